//! Um terminal que executa os comandos de uma página e anota o que eles respondem, para que a
//! página nunca mostre uma saída que o programa não dá.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use cookie::Cookie;
use cookie::time::OffsetDateTime;
use regex::Regex;

use crate::navegador::{Navegador, Resposta};
use crate::pagina::{self, Bloco};
use crate::processo::{self, Processo};

/// Os comandos de um bloco da página e, se ela mostra a resposta, onde a resposta está gravada.
#[derive(Debug)]
pub struct Passo {
    /// O bloco com os comandos, um por linha.
    pub bloco: Bloco,
    /// O arquivo com a saída que a página mostra.
    pub gravada: Option<PathBuf>,
}

/// Os passos de uma página: todo bloco `sh`, e todo bloco `bash`, que só define variáveis.
pub fn passos(pagina: &Path) -> Vec<Passo> {
    let pasta = pagina.parent().expect("a página fica em uma pasta");
    let blocos = pagina::blocos(&crate::ler(pagina));
    let seguintes = blocos.iter().skip(1).map(Some).chain([None]);
    let comandos = blocos
        .iter()
        .zip(seguintes)
        .filter(|(bloco, _)| matches!(bloco.linguagem.as_str(), "sh" | "bash"));
    comandos
        .map(|(bloco, seguinte)| Passo {
            bloco: bloco.clone(),
            gravada: seguinte.and_then(|bloco| saida_incluida(pasta, bloco)),
        })
        .collect()
}

fn saida_incluida(pasta: &Path, bloco: &Bloco) -> Option<PathBuf> {
    let alvo = bloco.texto.trim().strip_prefix("{{#include ")?.strip_suffix("}}")?;
    (bloco.linguagem == "text" && alvo.contains("saidas/")).then(|| pasta.join(alvo))
}

/// O terminal de quem segue uma página, do primeiro comando ao último.
#[derive(Default)]
pub struct Terminal {
    variaveis: BTreeMap<String, String>,
    servidor: Option<Processo>,
    /// Um navegador por arquivo de cookies do `curl`.
    navegadores: BTreeMap<String, Navegador>,
}

impl Terminal {
    /// Executa os comandos de um bloco e devolve o que eles escreveram, já sem o que muda de uma
    /// execução para outra.
    pub fn executar(&mut self, bloco: &Bloco) -> String {
        let comandos = bloco.texto.lines().filter(|linha| !linha.trim().is_empty());
        let saida: String = comandos.map(|linha| self.comando(linha)).collect();
        normalizar(&saida)
    }

    fn comando(&mut self, linha: &str) -> String {
        let palavras = shlex::split(linha).unwrap_or_else(|| panic!("aspas abertas em: {linha}"));
        let palavras: Vec<&str> = palavras.iter().map(String::as_str).collect();
        match palavras[..] {
            ["export", atribuicao] => self.definir(atribuicao),
            ["unset", nome] => {
                self.variaveis.remove(nome);
                String::new()
            }
            ["cargo", "run", "-p", _, "--bin", ferramenta] => self.ferramenta(ferramenta),
            ["cargo", "run", "-p", capitulo] => self.servir(capitulo),
            ["cargo", "test", "-p", capitulo] => testar(capitulo),
            ["cargo", "livro", ref opcoes @ ..] => livro(opcoes),
            ["curl", ref opcoes @ ..] => self.curl(opcoes),
            // O próprio teste é o `cargo test`; o CI executa os outros dois.
            ["cargo", "test"] | ["cargo", "test", "--release"] => String::new(),
            ["mdbook", "serve", "book"] => String::new(),
            ["cd", pasta] => {
                assert!(crate::raiz().join(pasta).is_dir(), "a pasta não existe: {linha}");
                String::new()
            }
            _ => panic!("este terminal não sabe executar: {linha}"),
        }
    }

    fn definir(&mut self, atribuicao: &str) -> String {
        let (nome, valor) = atribuicao.split_once('=').expect("export NOME=valor");
        // O livro não traz chave nenhuma: onde ela entraria há uma palavra, e aqui uma de teste.
        let valor = match valor {
            "SUA_CHAVE" => processo::chave_de_teste('1'),
            "OUTRA_CHAVE" => processo::chave_de_teste('2'),
            _ => valor.to_owned(),
        };
        self.variaveis.insert(nome.to_owned(), valor);
        String::new()
    }

    fn ferramenta(&self, nome: &str) -> String {
        let mut comando = processo::comando(nome);
        comando.envs(&self.variaveis);
        processo::ate_o_fim(comando).1
    }

    /// Inicia um capítulo no lugar do que estiver no ar. Se ele recusa iniciar, a resposta é tudo
    /// o que escreveu; se inicia, é a linha em que diz onde atende.
    fn servir(&mut self, capitulo: &str) -> String {
        self.servidor = None;
        let mut comando = processo::comando(capitulo);
        comando.env("ROCKET_PORT", "0").env("ROCKET_CLI_COLORS", "false").envs(&self.variaveis);
        match Processo::tentar(comando) {
            Ok(servidor) => {
                let saida = servidor.saida();
                self.servidor = Some(servidor);
                let avisos = saida.lines().filter(|linha| {
                    linha.starts_with("Warning") || linha.contains("launched from")
                });
                avisos.map(|linha| format!("{linha}\n")).collect()
            }
            Err(saida) => saida,
        }
    }

    fn curl(&mut self, opcoes: &[&str]) -> String {
        let curl = Curl::ler(opcoes);
        let endereco =
            &self.servidor.as_ref().expect("o curl precisa de um capítulo no ar").endereco;
        let caminho = curl.endereco.strip_prefix("http://127.0.0.1:8000");
        let caminho = caminho.expect("os capítulos atendem em http://127.0.0.1:8000");
        let nome = curl.arquivo_de_cookies.unwrap_or_default();
        let mut navegador = Navegador::novo(endereco);
        if let Some(conhecido) = self.navegadores.get(nome) {
            navegador.cookies = conhecido.cookies.clone();
        }
        let resposta = match curl.formulario {
            Some(corpo) => navegador.post(caminho, corpo),
            None => navegador.pedir(curl.metodo, caminho, None, b""),
        };
        if !nome.is_empty() {
            self.navegadores.insert(nome.to_owned(), navegador);
        }
        curl.mostrar(&resposta)
    }
}

/// As opções do `curl` que o livro usa.
struct Curl<'a> {
    endereco: &'a str,
    metodo: &'a str,
    formulario: Option<&'a str>,
    arquivo_de_cookies: Option<&'a str>,
    com_cabecalhos: bool,
}

impl<'a> Curl<'a> {
    fn ler(opcoes: &[&'a str]) -> Curl<'a> {
        let mut curl = Curl {
            endereco: "",
            metodo: "GET",
            formulario: None,
            arquivo_de_cookies: None,
            com_cabecalhos: false,
        };
        let mut opcoes = opcoes.iter().copied();
        while let Some(opcao) = opcoes.next() {
            let mut valor = || opcoes.next().unwrap_or_else(|| panic!("falta o valor de {opcao}"));
            match opcao {
                "-i" => curl.com_cabecalhos = true,
                "-b" | "-c" => curl.arquivo_de_cookies = Some(valor()),
                "-d" => curl.formulario = Some(valor()),
                "-X" => curl.metodo = valor(),
                _ if opcao.starts_with("http://") => curl.endereco = opcao,
                _ => panic!("este terminal não conhece a opção `{opcao}` do curl"),
            }
        }
        curl
    }

    fn mostrar(&self, resposta: &Resposta) -> String {
        let mut texto = String::new();
        if self.com_cabecalhos {
            texto += &format!("{}\n", resposta.estado);
            for (nome, valor) in &resposta.cabecalhos {
                texto += &format!("{nome}: {valor}\n");
            }
            texto += "\n";
        }
        texto + &resposta.corpo
    }
}

fn testar(capitulo: &str) -> String {
    // Compila antes, junto com o resto, para que o Rocket não seja refeito só para um capítulo.
    processo::binario(capitulo);
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(crate::raiz()).env_remove("RUST_BACKTRACE");
    cargo.args(["test", "--quiet", "-p", capitulo, "--", "--format", "pretty"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let (certo, saida) = processo::ate_o_fim(cargo);
    assert!(certo, "cargo test -p {capitulo}:\n{saida}");
    saida
}

fn livro(opcoes: &[&str]) -> String {
    let mut comando = processo::comando("livro");
    comando.args(["--porta", "0"]);
    for opcao in opcoes {
        assert!(matches!(*opcao, "--abrir" | "--porta" | "3001"), "opção de cargo livro: {opcao}");
    }
    Processo::iniciar(comando).parar()
}

/// Troca o que muda de uma execução para outra por palavras: datas, portas, caminhos, durações e
/// o texto criptografado. Ordena as linhas dos testes, que terminam em qualquer ordem.
fn normalizar(saida: &str) -> String {
    static TROCAS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        [
            (r"(?m)^date: .*$", "date: ‹agora›"),
            (r"127\.0\.0\.1:\d+", "127.0.0.1:8000"),
            (r"\b[0-9a-f]{64}\b", "‹64 algarismos sorteados›"),
            (r"(?m)(^set-cookie: \w+=)[\w%+/=-]{30,}", "$1‹texto criptografado›"),
            (r"<code>[\w%+/=-]{30,}</code>", "<code>‹texto criptografado›</code>"),
            (r"finished in [\d.]+s", "finished in 0.00s"),
            (r"thread 'main' \(\d+\)", "thread 'main'"),
            (r"panicked at .*[/\\](rocket-[\d.]+)[/\\]src[/\\]", "panicked at ‹crates›/$1/src/"),
            (r"\(os error \d+\)", "(os error ‹código›)"),
        ]
        .map(|(padrao, troca)| (Regex::new(padrao).expect("expressão válida"), troca))
        .into()
    });
    let mut texto = saida.replace(&crate::raiz().display().to_string(), "‹repositório›");
    for (padrao, troca) in TROCAS.iter() {
        texto = padrao.replace_all(&texto, *troca).into_owned();
    }
    let linhas: Vec<String> = texto.lines().map(validade_em_palavras).collect();
    ordenar_testes(linhas).join("\n") + "\n"
}

/// Diz se a validade de um `Set-Cookie` está no futuro ou no passado.
fn validade_em_palavras(linha: &str) -> String {
    let Some(cookie) = linha.strip_prefix("set-cookie: ").and_then(|c| Cookie::parse(c).ok())
    else {
        return linha.trim_end().to_owned();
    };
    let Some(validade) = cookie.expires_datetime() else {
        return linha.to_owned();
    };
    let minutos = (validade - OffsetDateTime::now_utc()).whole_minutes() + 1;
    let palavras = match minutos {
        ..=0 => "‹data no passado›".to_owned(),
        1..=120 => format!("‹daqui a {minutos} minutos›"),
        _ => format!("‹daqui a {} dias›", (minutos + 720) / 1440),
    };
    let inicio = linha.find("Expires=").expect("o cookie tem Expires") + "Expires=".len();
    let fim = linha[inicio..].find(';').map_or(linha.len(), |posicao| inicio + posicao);
    format!("{}{palavras}{}", &linha[..inicio], &linha[fim..])
}

fn ordenar_testes(mut linhas: Vec<String>) -> Vec<String> {
    let e_teste = |linha: &String| linha.starts_with("test ") && linha.contains(" ... ");
    let mut testes: Vec<String> = linhas.iter().filter(|linha| e_teste(linha)).cloned().collect();
    testes.sort();
    let mut ordenados = testes.into_iter();
    for linha in linhas.iter_mut().filter(|linha| e_teste(linha)) {
        if let Some(proximo) = ordenados.next() {
            *linha = proximo;
        }
    }
    linhas
}
