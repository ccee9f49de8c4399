//! O terminal de uma página: executa os comandos dela para quem a lê em `cargo livro` e, do mesmo jeito,
//! para os testes, que gravam o que a página mostra.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::capitulos::parte_de;
use crate::processo::{
    ATE_TERMINAR, Ouvir, Processo, acompanhar, cargo_build, compilado,
};
use crate::{Resultado, testes};

/// Onde os capítulos atendem, nas páginas.
const ENDERECO: &str = "http://127.0.0.1:8000";

/// O prazo de uma compilação.
pub const PARA_COMPILAR: Duration = Duration::from_secs(1_200);

/// O que uma linha de um bloco `sh` ou `bash` manda fazer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comando {
    /// `cargo run -p PACOTE`: um capítulo ou um exercício, com o nome e o valor da variável que
    /// `--config "env.NOME='valor'"` define.
    Servir(String, Option<(String, String)>),
    /// Um programa que termina sozinho: o pacote, o nome dele e o que vem depois.
    Executar(String, String, Vec<String>),
    /// `cargo test -p PACOTE`.
    Testar(String),
    /// `curl`, com estas opções.
    Curl(Vec<String>),
    /// `export NOME=valor`.
    Definir(String, String),
    /// `unset NOME`.
    Remover(String),
    /// `git restore chapters/CAPITULO/src`, que não alcança o exercício.
    Desfazer(String),
}

impl Comando {
    /// Lê uma linha; `None` se ela não é um comando que uma página executa.
    pub fn ler(linha: &str) -> Option<Comando> {
        let palavras = shlex::split(linha)?;
        let donas = |palavras: &[&str]| palavras.iter().map(|&um| um.into()).collect();
        Some(match palavras.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["cargo", "run", "-p", pacote] => Comando::Servir(pacote.into(), None),
            ["cargo", "run", "-p", pacote, "--config", ajuste] => {
                let (nome, valor) = ajuste.strip_prefix("env.")?.split_once('=')?;
                let ajuste = (nome.to_owned(), valor.trim_matches('\'').to_owned());
                Comando::Servir(pacote.into(), Some(ajuste))
            }
            ["cargo", "run", "-p", pacote, "--bin", programa] => {
                Comando::Executar(pacote.into(), programa.into(), Vec::new())
            }
            ["cargo", "run", "-p", pacote, "--", ref argumentos @ ..] => {
                Comando::Executar(pacote.into(), pacote.into(), donas(argumentos))
            }
            ["cargo", programa @ ("ataque" | "progresso"), ref argumentos @ ..] => {
                Comando::Executar("book".into(), programa.into(), donas(argumentos))
            }
            ["cargo", "test", "-p", pacote] => Comando::Testar(pacote.into()),
            ["curl", ref opcoes @ ..] => Comando::Curl(donas(opcoes)),
            ["export", atribuicao] => {
                let (nome, valor) = atribuicao.split_once('=')?;
                Comando::Definir(nome.into(), valor.trim_matches('"').into())
            }
            ["git", "restore", pasta]
                if pasta.starts_with("chapters/cap") && pasta.ends_with("/src") =>
            {
                Comando::Desfazer(pasta.into())
            }
            ["unset", nome] => Comando::Remover(nome.into()),
            _ => return None,
        })
    }
}

/// O terminal de quem segue uma página, do primeiro comando ao último.
#[derive(Debug)]
pub struct Terminal {
    /// Onde o `curl` grava os cookies.
    pasta: PathBuf,
    variaveis: BTreeMap<String, String>,
    /// Se cada comando compila antes o que executa; os testes já compilaram tudo.
    compila: bool,
}

impl Terminal {
    /// O terminal desta página, como `cap05-logout`, com estas variáveis. O primeiro capítulo vem antes
    /// de existir uma chave.
    pub fn novo(
        pagina: &str,
        pasta: PathBuf,
        variaveis: &[(&str, String)],
        compila: bool,
    ) -> Terminal {
        let pares = variaveis.iter().map(|(nome, um)| (nome.to_string(), um.clone()));
        let mut variaveis: BTreeMap<_, _> = pares.collect();
        if parte_de(pagina).is_ok_and(|antes| antes.is_empty()) {
            variaveis.remove("ROCKET_SECRET_KEY");
        }
        Terminal { pasta, variaveis, compila }
    }

    /// Executa um comando; devolve se deu certo e, se ele ficou no ar, o processo. `endereco` é o do
    /// capítulo que está no ar. É um erro se algo impede o comando de terminar; o resto é dele, e
    /// quem ouve sabe.
    pub fn executar(
        &mut self,
        comando: &Comando,
        endereco: &str,
        ouvir: Ouvir,
    ) -> Resultado<(bool, Option<Processo>)> {
        let certo = match comando {
            Comando::Servir(pacote, ajuste) => {
                return self.servir(pacote, ajuste.as_ref(), ouvir);
            }
            Comando::Executar(pacote, programa, argumentos) => {
                if !self.compilar(&["-p", pacote, "--bin", programa], ouvir)? {
                    return Ok((false, None));
                }
                let mut comando = self.comando(programa);
                comando.args(argumentos);
                let (certo, saida) = acompanhar(ATE_TERMINAR, comando, ouvir)?;
                // A página pede que se copie a linha que define a chave.
                for linha in saida.lines().filter(|um| um.starts_with("export ROCKET_"))
                {
                    if let Some(Comando::Definir(nome, valor)) = Comando::ler(linha) {
                        self.variaveis.insert(nome, valor);
                    }
                }
                certo
            }
            Comando::Testar(pacote) => testes::testar(pacote, ouvir)?.0,
            Comando::Curl(opcoes) => self.curl(opcoes, endereco, ouvir)?,
            Comando::Definir(nome, valor) => {
                // O que já está no terminal entra pelo nome.
                let atual = self.variaveis.get("ROCKET_SECRET_KEY").map_or("", |um| um);
                let valor = valor.replace("$ROCKET_SECRET_KEY", atual);
                self.variaveis.insert(nome.clone(), valor);
                true
            }
            Comando::Desfazer(pasta) => {
                let mut git = Command::new("git");
                git.current_dir(crate::raiz()).args(["restore", pasta]);
                let feito = acompanhar(ATE_TERMINAR, git, ouvir);
                if !matches!(feito, Ok((true, _))) {
                    ouvir("Sem o git, copie a pasta do ZIP e execute `cargo clean`.\n");
                }
                feito?.0
            }
            Comando::Remover(nome) => {
                self.variaveis.remove(nome);
                true
            }
        };
        Ok((certo, None))
    }

    /// Inicia um programa que fica no ar. Se recusa iniciar, ouve-se tudo o que escreveu; se inicia,
    /// os avisos e a linha em que diz onde atende.
    fn servir(
        &self,
        pacote: &str,
        ajuste: Option<&(String, String)>,
        ouvir: Ouvir,
    ) -> Resultado<(bool, Option<Processo>)> {
        if !self.compilar(&["-p", pacote, "--bin", pacote], ouvir)? {
            return Ok((false, None));
        }
        let mut comando = self.comando(pacote);
        comando.envs(ajuste.map(|(nome, valor)| (nome, valor)));
        Ok(match Processo::tentar_ouvindo(comando, &mut || ouvir("")) {
            Ok(processo) => {
                ouvir(&avisos(&processo.saida()));
                (true, Some(processo))
            }
            Err(saida) => {
                ouvir(&a_partir_do_erro(&saida));
                (false, None)
            }
        })
    }

    fn compilar(&self, selecao: &[&str], ouvir: Ouvir) -> Resultado<bool> {
        if !self.compila {
            return Ok(true);
        }
        let mut cargo = cargo_build();
        cargo.args(selecao);
        acompanhar(PARA_COMPILAR, cargo, ouvir).map(|(certo, _)| certo)
    }

    fn comando(&self, programa: &str) -> Command {
        let mut comando = compilado(programa);
        // As páginas executam em debug; um programa em release precisa pedir o mesmo.
        comando.env("ROCKET_PROFILE", "debug").env("ROCKET_LOG_LEVEL", "normal");
        comando.env("ROCKET_CLI_COLORS", "false").envs(&self.variaveis);
        comando
    }

    /// A resposta ao `curl`, com os cabeçalhos em ordem alfabética; da página, só o miolo, salvo com `--raw`.
    fn curl(&self, opcoes: &[String], endereco: &str, ouvir: Ouvir) -> Resultado<bool> {
        let mut curl = Command::new("curl");
        // Nem os ajustes da pessoa, nem o proxy da rede dela.
        curl.current_dir(&self.pasta).args(["-q", "-s", "-S", "--noproxy", "*"]);
        curl.args(opcoes.iter().map(|opcao| opcao.replace(ENDERECO, endereco)));
        fs::create_dir_all(&self.pasta).map_err(|erro| erro.to_string())?;
        let (certo, saida) = acompanhar(ATE_TERMINAR, curl, &mut |_| true)?;
        let saida = saida.replace("\r\n", "\n");
        let com_cabecalhos = opcoes.iter().any(|opcao| opcao == "-i");
        ouvir(&match saida.split_once("\n\n").filter(|_| com_cabecalhos) {
            Some((inicio, corpo)) => {
                let (estado, cabecalhos) = inicio.split_once('\n').unwrap_or_default();
                let mut cabecalhos: Vec<_> = cabecalhos.lines().collect();
                cabecalhos.sort();
                format!("{estado}\n{}\n\n{}", cabecalhos.join("\n"), miolo(corpo))
            }
            None if opcoes.iter().any(|opcao| opcao == "--raw") => saida,
            None => miolo(&saida),
        });
        Ok(certo)
    }
}

/// O que um Rocket que não iniciou escreveu, sem os ajustes da máquina que vêm antes do erro.
fn a_partir_do_erro(saida: &str) -> String {
    match saida.find("Error:") {
        Some(inicio) if inicio > 0 => format!("…\n{}", &saida[inicio..]),
        _ => saida.to_owned(),
    }
}

/// Os avisos de um Rocket que iniciou e a linha em que ele diz onde atende.
fn avisos(saida: &str) -> String {
    let mut dentro = false;
    let linhas = saida.lines().filter(|linha| {
        let detalhe = linha.starts_with("   >>");
        dentro = if detalhe { dentro } else { linha.starts_with("Warning") };
        dentro || linha.contains("launched from")
    });
    let linhas: String = linhas.map(|linha| format!("{linha}\n")).collect();
    format!("…\n{linhas}")
}

/// De uma página inteira, só o que está dentro de `<main>`; o corte fica marcado com `…`.
fn miolo(corpo: &str) -> String {
    let dentro = corpo.split_once("<main").and_then(|(_, resto)| {
        let (_, conteudo) = resto.split_once(">\n")?;
        Some(conteudo.split_once("</main>")?.0)
    });
    let Some(conteudo) = dentro else { return corpo.to_owned() };
    let linhas = conteudo.lines().map(str::trim_end).filter(|linha| !linha.is_empty());
    let linhas: String = linhas.map(|linha| format!("{linha}\n")).collect();
    format!("…\n{linhas}…\n")
}
