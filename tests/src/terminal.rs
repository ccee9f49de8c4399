//! Um terminal que executa os comandos de uma página e anota o que eles respondem, para que a
//! página nunca mostre uma saída que o programa não dá.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use cookie::Cookie;
use cookie::time::OffsetDateTime;
use regex::Regex;
use tempfile::TempDir;

use crate::pagina::{self, Bloco};
use book::ataques::ATAQUES;
use book::processo::{self, Processo};
use book::testes::{self, Testes};

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
    let blocos = pagina::blocos(&crate::ler(pagina));
    let passos = blocos.iter().enumerate().filter_map(|(indice, bloco)| {
        let saida = blocos.get(indice + 1).and_then(saida_incluida);
        let gravada = saida.map(|nome| pagina.with_file_name(nome));
        let de_comandos = matches!(bloco.linguagem.as_str(), "sh" | "bash");
        de_comandos.then(|| Passo { bloco: bloco.clone(), gravada })
    });
    passos.collect()
}

fn saida_incluida(bloco: &Bloco) -> Option<&str> {
    let alvo = bloco.texto.trim().strip_prefix("{{#include ")?.strip_suffix("}}")?;
    (bloco.linguagem == "text" && alvo.contains("saidas/")).then_some(alvo)
}

/// O que a página manda executar e outro teste, ou o CI, já executa; a medida, que leva minutos; e o
/// que desfaz a mudança de quem estuda.
const DE_OUTROS_TESTES: [&str; 8] = [
    "cargo livro --porta 3001 --abrir",
    "cargo medir sessao",
    "cargo test",
    "cargo test -p tests --test paridade -- --ignored",
    "git restore chapters/cap01-importar/src",
    "mdbook serve book",
    "python3 -m venv target/flask",
    "target/flask/bin/pip install -r tests/flask/requirements.txt",
];

/// Onde os capítulos atendem, nas páginas.
const ENDERECO: &str = "http://127.0.0.1:8000";

/// O terminal de quem segue uma página, do primeiro comando ao último.
pub struct Terminal {
    /// Só desta página: os arquivos de cookies do `curl` e as sessões do capítulo que as guarda.
    temporaria: TempDir,
    variaveis: BTreeMap<String, String>,
    servidor: Option<Processo>,
}

impl Terminal {
    /// Um terminal que acaba de abrir.
    pub fn novo() -> Terminal {
        Terminal {
            temporaria: tempfile::tempdir().expect("a pasta temporária deve abrir"),
            variaveis: BTreeMap::new(),
            servidor: None,
        }
    }

    /// Executa os comandos de um bloco e devolve o que eles escreveram, já sem o que muda de uma
    /// execução para outra.
    pub fn executar(&mut self, bloco: &Bloco) -> String {
        // O servidor continua no ar enquanto o outro terminal tenta a porta dele.
        let outro_terminal = bloco.marcas.iter().any(|marca| marca == "outro-terminal");
        let porta = outro_terminal.then(|| self.no_ar().porta().to_owned());
        let comandos = bloco.texto.lines().filter(|linha| !linha.trim().is_empty());
        let saida = comandos.map(|linha| self.comando(linha, porta.as_deref()));
        normalizar(&saida.collect::<String>())
    }

    /// Quem inicia um capítulo usa esta porta ou uma livre: a do livro pode estar em uso.
    fn comando(&mut self, linha: &str, porta: Option<&str>) -> String {
        let palavras = shlex::split(linha).expect("toda aspa aberta fecha");
        match palavras.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["cargo", "run", "-p", _, "--bin", nome] => return self.ferramenta(nome),
            ["cargo", "run", "-p", nome] => return self.servir(nome, None, porta),
            ["cargo", "run", "-p", nome, "--config", ajuste] => {
                return self.servir(nome, Some(ajuste), porta);
            }
            ["cargo", "test", "-p", pacote] => return testar(pacote),
            ["cargo", "progresso"] => return self.ferramenta("progresso"),
            ["cargo", "ataque", ataque, capitulo] => return atacar(ataque, capitulo),
            ["cargo", "livro"] => return livro(),
            ["curl", ref opcoes @ ..] => return self.curl(opcoes),
            ["export", atribuicao] => self.definir(atribuicao),
            ["unset", nome] => drop(self.variaveis.remove(nome)),
            _ => {
                let conhecido = DE_OUTROS_TESTES.contains(&linha);
                assert!(conhecido, "este terminal não sabe executar: {linha}");
            }
        }
        String::new()
    }

    fn definir(&mut self, atribuicao: &str) {
        let (nome, valor) = atribuicao.split_once('=').expect("export NOME=valor");
        // O que já está no terminal entra pelo nome.
        let atual = self.variaveis.get("ROCKET_SECRET_KEY").map_or("", String::as_str);
        let valor = valor.trim_matches('"').replace("$ROCKET_SECRET_KEY", atual);
        self.variaveis.insert(nome.to_owned(), valor);
    }

    fn ferramenta(&mut self, nome: &str) -> String {
        let mut comando = processo::comando(nome);
        comando.envs(&self.variaveis);
        let saida = processo::ate_o_fim(comando).1;
        // A página pede que se copie a linha que define a chave.
        let copiadas = saida.lines().filter_map(|linha| linha.strip_prefix("export "));
        copiadas.for_each(|atribuicao| self.definir(atribuicao));
        saida
    }

    /// Inicia um capítulo no lugar do que estiver no ar ou, com uma porta, ao lado dele. Se ele recusa
    /// iniciar, a resposta é tudo o que escreveu; se inicia, são os avisos e a linha em que diz onde
    /// atende.
    fn servir(
        &mut self,
        capitulo: &str,
        ajuste: Option<&str>,
        porta: Option<&str>,
    ) -> String {
        if porta.is_none() {
            self.servidor = None;
        }
        let mut comando = processo::comando(capitulo);
        // As páginas executam em debug; um teste em release precisa pedir o mesmo.
        comando.env("ROCKET_PROFILE", "debug").env("ROCKET_LOG_LEVEL", "normal");
        comando.env("ROCKET_CLI_COLORS", "false");
        let sessoes = self.temporaria.path().join("sessoes.db");
        comando.env("ROCKET_SESSAO_URL", format!("sqlite:{}", sessoes.display()));
        comando.envs(&self.variaveis);
        // A opção `--config` do Cargo, como `env.NOME='valor'`.
        comando.envs(ajuste.map(|ajuste| {
            let par = ajuste.strip_prefix("env.").and_then(|par| par.split_once('='));
            let (nome, valor) = par.expect("--config define uma variável");
            (nome, valor.trim_matches('\''))
        }));
        comando.env("ROCKET_PORT", porta.unwrap_or("0"));
        match Processo::tentar(comando) {
            Ok(servidor) => avisos(&self.servidor.insert(servidor).saida()),
            Err(saida) => a_partir_do_erro(&saida),
        }
    }

    fn no_ar(&self) -> &Processo {
        self.servidor.as_ref().expect("a página deve iniciar um capítulo antes disto")
    }

    /// A resposta ao `curl` desta máquina, com os cabeçalhos em ordem alfabética, já que o Rocket não
    /// promete nenhuma, e só o miolo da página.
    fn curl(&self, opcoes: &[&str]) -> String {
        let endereco = &self.no_ar().endereco;
        // Nem os ajustes da pessoa, nem o proxy da rede dela.
        let mut curl = Command::new("curl");
        curl.args(["-q", "-s", "-S", "--noproxy", "*"]);
        curl.args(opcoes.iter().map(|opcao| opcao.replace(ENDERECO, endereco)));
        curl.current_dir(self.temporaria.path());
        let (certo, saida) = processo::ate_o_fim(curl);
        assert!(certo, "curl {opcoes:?}:\n{saida}");
        let saida = saida.replace("\r\n", "\n");
        if !opcoes.contains(&"-i") {
            return miolo(&saida);
        }
        let (cabecalhos, corpo) = saida.split_once("\n\n").expect("linha em branco");
        let mut cabecalhos: Vec<_> = cabecalhos.lines().collect();
        cabecalhos[1..].sort();
        format!("{}\n\n{}", cabecalhos.join("\n"), miolo(corpo))
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

/// Os testes de um capítulo, que passam, ou os de um exercício por resolver, que falham.
fn testar(pacote: &str) -> String {
    let (certo, saida) = testes::testar(pacote).unwrap_or_else(|erro| panic!("{erro}"));
    assert_eq!(certo, pacote.starts_with("cap"), "cargo test -p {pacote}:\n{saida}");
    if certo { saida } else { so_o_que_falhou(&saida) }
}

/// De testes que falharam, só as mensagens, em ordem alfabética, e o resultado. O corte fica
/// marcado com `…`.
fn so_o_que_falhou(saida: &str) -> String {
    let testes = Testes::ler(saida);
    let mensagens = testes.falharam.iter().map(|(teste, falha)| {
        format!("---- tests::{teste} stdout ----\n…\n{}\n…\n", falha.mensagem)
    });
    let resultado = saida.lines().find(|linha| linha.starts_with("test result: "));
    format!("…\n{}{}\n", mensagens.collect::<String>(), resultado.unwrap_or_default())
}

fn atacar(nome: &str, capitulo: &str) -> String {
    let ataque = ATAQUES.iter().find(|ataque| ataque.nome == nome);
    crate::atacar(ataque.expect("a página cita um ataque que existe"), capitulo).1
}

fn livro() -> String {
    let destino = tempfile::tempdir().expect("a pasta temporária deve abrir");
    let livro = Processo::iniciar(processo::livro(destino.path()));
    let porta = livro.porta().to_owned();
    livro.parar().replace(&porta, "3000")
}

/// Troca o que muda de uma execução para outra por palavras: datas, portas, caminhos, durações e
/// o texto criptografado. Ordena as linhas dos testes, que terminam em qualquer ordem.
fn normalizar(saida: &str) -> String {
    static TROCAS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        [
            (r"(?m)^date: .*$", "date: ‹agora›"),
            (r"(?m)^retry-after: \d+$", "retry-after: ‹segundos que faltam›"),
            // Em release a página não tem o link do Raio-X, e é mais curta.
            (r"(?m)^content-length: [1-9]\d*$", "content-length: ‹tamanho da página›"),
            // Uma porta de cinco dígitos foi o sistema que deu a este teste.
            (r"127\.0\.0\.1:\d{5}", "127.0.0.1:8000"),
            (r"\b[0-9a-f]{64}\b", "‹64 dígitos aleatórios›"),
            (r"(?m)(^set-cookie: [\w-]+=)[\w%+/=-]{30,}", "$1‹texto criptografado›"),
            (r"(\$argon2id\$[\w=,$]+\$)[\w+/]{22}\$[\w+/]{43}", "$1‹sal›$$‹resultado›"),
            (r"<code>[\w%+/=&#;-]{30,}</code>", "<code>‹texto criptografado›</code>"),
            (r"finished in [\d.]+s", "finished in 0.00s"),
            (r"thread 'main' \(\d+\)", "thread 'main'"),
            (
                r"panicked at .*[/\\](rocket-[\d.]+)[/\\]src[/\\]",
                "panicked at ‹crates›/$1/src/",
            ),
            (r"[^:>\n]* \(os error \d+\)", " ‹mensagem do sistema›"),
        ]
        .map(|(padrao, troca)| (Regex::new(padrao).expect("expressão válida"), troca))
        .into()
    });
    let mut texto = saida.to_owned();
    for (padrao, troca) in TROCAS.iter() {
        texto = padrao.replace_all(&texto, *troca).into_owned();
    }
    let mut linhas: Vec<String> = texto.lines().map(validade_em_palavras).collect();
    let e_teste =
        |linha: &String| linha.starts_with("test ") && linha.contains(" ... ");
    let grupos = linhas.chunk_by_mut(|a, b| e_teste(a) && e_teste(b));
    grupos.for_each(|grupo| grupo.sort());
    // Os espaços do começo alinham a tabela de `cargo progresso`.
    linhas.join("\n").trim_end().trim_start_matches('\n').to_owned() + "\n"
}

/// Diz se a validade de um `Set-Cookie` está no futuro ou no passado.
fn validade_em_palavras(linha: &str) -> String {
    let cookie = linha.strip_prefix("set-cookie: ").and_then(|c| Cookie::parse(c).ok());
    let Some(validade) = cookie.and_then(|cookie| cookie.expires_datetime()) else {
        return linha.trim_end().to_owned();
    };
    let minutos = (validade - OffsetDateTime::now_utc()).whole_minutes() + 1;
    let palavras = match minutos {
        ..=0 => "‹data no passado›".to_owned(),
        _ => format!("‹daqui a {minutos} minutos›"),
    };
    let data = Regex::new("Expires=[^;]+").expect("expressão válida");
    data.replace(linha, format!("Expires={palavras}")).into_owned()
}
