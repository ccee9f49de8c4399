//! Um terminal que executa os comandos de uma página e anota o que eles respondem, para que a
//! página nunca mostre uma saída que o programa não dá.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use cookie::Cookie;
use cookie::time::OffsetDateTime;
use regex::Regex;
use tempfile::TempDir;

use crate::Lembrados;
use crate::exercicio::{self, RESOLVIDO, exercicios};
use crate::pagina::{self, Bloco};
use book::ataques::ATAQUES;
use book::navegador::Navegador;
use book::processo::{self, Processo};
use book::testes::Testes;

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
    let mut blocos = pagina::blocos(&crate::ler(pagina)).into_iter().peekable();
    let mut passos = Vec::new();
    while let Some(bloco) = blocos.next() {
        if matches!(bloco.linguagem.as_str(), "sh" | "bash") {
            let saida = blocos.peek().and_then(saida_incluida);
            passos.push(Passo {
                bloco,
                gravada: saida.map(|nome| pagina.with_file_name(nome)),
            });
        }
    }
    passos
}

fn saida_incluida(bloco: &Bloco) -> Option<&str> {
    let alvo = bloco.texto.trim().strip_prefix("{{#include ")?.strip_suffix("}}")?;
    (bloco.linguagem == "text" && alvo.contains("saidas/")).then_some(alvo)
}

/// O que a página manda executar e outro teste, ou o CI, já executa; e a medida, que leva minutos.
const DE_OUTROS_TESTES: [&str; 6] = [
    "cargo bench -p tests --bench sessao",
    "cargo test",
    "cargo test -p tests --test paridade -- --ignored",
    "mdbook serve book",
    "python3 -m venv target/flask",
    "target/flask/bin/pip install -r tests/flask/requirements.txt",
];

/// Onde os capítulos atendem, nas páginas.
const ENDERECO: &str = "http://127.0.0.1:8000";

/// O terminal de quem segue uma página, do primeiro comando ao último.
#[derive(Default)]
pub struct Terminal {
    /// A pasta em que o `curl` de verdade grava os cookies; sem ela, quem fala é o `Navegador`.
    pasta_do_curl: Option<TempDir>,
    variaveis: BTreeMap<String, String>,
    /// A pasta em que o terminal está, a partir da raiz.
    pasta: PathBuf,
    servidor: Option<Processo>,
    /// Onde o capítulo que as tem guarda as sessões: só as desta página.
    sessoes: OnceCell<TempDir>,
    /// O que cada arquivo de cookies do `curl` guarda.
    arquivos_de_cookies: BTreeMap<String, BTreeMap<String, String>>,
}

impl Terminal {
    /// Um terminal que usa o `curl` desta máquina no lugar do nosso.
    pub fn com_curl() -> Terminal {
        let pasta = tempfile::tempdir().expect("a pasta temporária deve abrir");
        Terminal { pasta_do_curl: Some(pasta), ..Terminal::default() }
    }

    /// Executa os comandos de um bloco e devolve o que eles escreveram, já sem o que muda de uma
    /// execução para outra.
    pub fn executar(&mut self, bloco: &Bloco) -> String {
        let outro_terminal = bloco.marcas.iter().any(|marca| marca == "outro-terminal");
        let comandos = bloco.texto.lines().filter(|linha| !linha.trim().is_empty());
        let saida: String = comandos
            .map(|linha| {
                let palavras = shlex::split(linha).expect("toda aspa aberta fecha");
                let palavras: Vec<&str> = palavras.iter().map(String::as_str).collect();
                match palavras[..] {
                    ["cargo", "run", "-p", nome] if outro_terminal => {
                        self.em_paralelo(nome)
                    }
                    _ => self.comando(linha, &palavras),
                }
            })
            .collect();
        normalizar(&saida)
    }

    fn comando(&mut self, linha: &str, palavras: &[&str]) -> String {
        match palavras[..] {
            ["cargo", "run", "-p", _, "--bin", nome] => return self.ferramenta(nome),
            ["cargo", "run", "-p", nome] => return self.servir(nome, None),
            ["cargo", "run", "-p", nome, "--config", ajuste] => {
                return self.servir(nome, Some(ajuste));
            }
            ["cargo", "run"] => {
                let pasta = self.pasta.clone();
                let capitulo = pasta.file_name().and_then(|nome| nome.to_str());
                return self.servir(capitulo.expect("a pasta de um capítulo"), None);
            }
            ["cargo", "test", "-p", pacote] => return testar(pacote),
            // A barra de progresso só aparece em um terminal.
            ["cargo", "progresso"] => return self.ferramenta("progresso"),
            ["cargo", "ataque", ataque, capitulo] => return atacar(ataque, capitulo),
            ["cargo", "livro", ref opcoes @ ..] => return livro(opcoes),
            ["curl", ref opcoes @ ..] => return self.curl(opcoes),
            ["export", atribuicao] => self.definir(atribuicao),
            ["unset", nome] => drop(self.variaveis.remove(nome)),
            ["cd", "../.."] => self.pasta = PathBuf::new(),
            ["cd", pasta] => self.pasta = existente(pasta),
            ["git", "restore", pasta] => drop(existente(pasta)),
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
        saida
            .lines()
            .filter_map(|linha| linha.strip_prefix("export "))
            .for_each(|l| self.definir(l));
        saida
    }

    /// Inicia um capítulo no lugar do que estiver no ar. Se ele recusa iniciar, a resposta é tudo
    /// o que escreveu; se inicia, são os avisos e a linha em que diz onde atende.
    fn servir(&mut self, capitulo: &str, ajuste: Option<&str>) -> String {
        self.servidor = None;
        let mut comando = self.capitulo(capitulo);
        // A opção `--config` do Cargo, como `env.NOME='valor'`.
        comando.envs(ajuste.map(|ajuste| {
            let par =
                ajuste.strip_prefix("env.").and_then(|ajuste| ajuste.split_once('='));
            let (nome, valor) = par.expect("--config define uma variável");
            (nome, valor.trim_matches('\''))
        }));
        // A porta do livro pode estar em uso nesta máquina: o teste pede uma livre ao sistema.
        comando.env("ROCKET_PORT", "0");
        match Processo::tentar(comando) {
            Ok(servidor) => {
                let saida = avisos(&servidor.saida());
                self.servidor = Some(servidor);
                saida
            }
            Err(saida) => a_partir_do_erro(&saida),
        }
    }

    /// Executa, em outro terminal, um capítulo que quer a porta do que já está no ar.
    fn em_paralelo(&self, capitulo: &str) -> String {
        let mut comando = self.capitulo(capitulo);
        comando.env("ROCKET_PORT", self.no_ar().porta());
        let (certo, saida) = processo::ate_o_fim(comando);
        assert!(!certo, "a porta já estava em uso, e mesmo assim iniciou:\n{saida}");
        a_partir_do_erro(&saida)
    }

    fn capitulo(&self, nome: &str) -> Command {
        let mut comando = processo::comando(nome);
        comando.env("ROCKET_CLI_COLORS", "false");
        // As páginas executam em debug; um teste em release precisa pedir o mesmo.
        comando.env("ROCKET_PROFILE", "debug").env("ROCKET_LOG_LEVEL", "normal");
        let pasta = || tempfile::tempdir().expect("a pasta temporária deve abrir");
        let sessoes = self.sessoes.get_or_init(pasta).path().join("sessoes.db");
        comando.env("ROCKET_SESSAO_URL", format!("sqlite:{}", sessoes.display()));
        comando.envs(&self.variaveis);
        comando
    }

    fn no_ar(&self) -> &Processo {
        self.servidor.as_ref().expect("a página deve iniciar um capítulo antes disto")
    }

    /// A resposta ao `curl`, com os cabeçalhos em ordem alfabética, já que o Rocket não promete
    /// nenhuma, e só o miolo da página.
    fn curl(&mut self, opcoes: &[&str]) -> String {
        let mut saida = match &self.pasta_do_curl {
            Some(pasta) => {
                curl_de_verdade(pasta.path(), &self.no_ar().endereco, opcoes)
            }
            None => self.conversar(opcoes),
        };
        if opcoes.contains(&"-i") {
            let (cabecalhos, corpo) =
                saida.split_once("\n\n").expect("linha em branco");
            let mut cabecalhos: Vec<_> = cabecalhos.lines().collect();
            cabecalhos[1..].sort();
            saida = format!("{}\n\n{}", cabecalhos.join("\n"), miolo(corpo));
        } else {
            saida = miolo(&saida);
        }
        saida
    }

    /// O que o `curl` faria, com as opções que o livro usa.
    fn conversar(&mut self, opcoes: &[&str]) -> String {
        let mut navegador = Navegador::novo(&self.no_ar().endereco);
        let (mut caminho, mut metodo, mut formulario) = ("", "GET", None);
        let (mut a_gravar, mut com_cabecalhos) = (None, false);
        let mut opcoes = opcoes.iter().copied();
        while let Some(opcao) = opcoes.next() {
            let mut valor = || opcoes.next().expect("a opção tem um valor");
            match opcao {
                "-i" => com_cabecalhos = true,
                "-b" => navegador.cookies = self.cookies(valor()),
                "-c" => a_gravar = Some(valor()),
                "-d" => formulario = Some(valor()),
                "-H" => navegador.cabecalhos.extend(em_par(valor(), ": ")),
                "-X" => metodo = valor(),
                _ => {
                    let resto = opcao.strip_prefix(ENDERECO);
                    caminho = resto.unwrap_or_else(|| panic!("curl com {opcao}?"));
                }
            }
        }
        let resposta = match formulario {
            Some(corpo) => navegador.post(caminho, corpo),
            None => navegador.pedir(metodo, caminho, None, b""),
        };
        if let Some(arquivo) = a_gravar {
            self.arquivos_de_cookies.insert(arquivo.to_owned(), navegador.cookies);
        }
        if !com_cabecalhos {
            return resposta.corpo;
        }
        let cabecalhos = resposta.cabecalhos.iter();
        let cabecalhos: String =
            cabecalhos.map(|(nome, valor)| format!("{nome}: {valor}\n")).collect();
        format!("{}\n{cabecalhos}\n{}", resposta.estado, resposta.corpo)
    }

    /// Os cookies que o `curl -b` envia: os de um arquivo, ou estes, como `tema=escuro; idioma=pt`.
    fn cookies(&self, origem: &str) -> BTreeMap<String, String> {
        if origem.contains('=') {
            origem.split("; ").filter_map(|cookie| em_par(cookie, "=")).collect()
        } else {
            self.arquivos_de_cookies.get(origem).cloned().unwrap_or_default()
        }
    }
}

fn em_par(texto: &str, separador: &str) -> Option<(String, String)> {
    let (nome, valor) = texto.split_once(separador)?;
    Some((nome.to_owned(), valor.to_owned()))
}

fn existente(pasta: &str) -> PathBuf {
    assert!(crate::raiz().join(pasta).is_dir(), "a pasta não existe: {pasta}");
    pasta.into()
}

fn curl_de_verdade(pasta: &Path, endereco: &str, opcoes: &[&str]) -> String {
    let mut curl = Command::new("curl");
    let no_endereco = |opcao: &&str| opcao.replace(ENDERECO, endereco);
    curl.current_dir(pasta).args(["-s", "-S"]).args(opcoes.iter().map(no_endereco));
    let (certo, saida) = processo::ate_o_fim(curl);
    assert!(certo, "curl {opcoes:?}:\n{saida}");
    saida.replace("\r\n", "\n")
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
    if let Some(exercicio) = exercicios().iter().find(|um| um.pacote == pacote) {
        let (certo, saida) = exercicio::testar(exercicio, pacote);
        assert!(!certo, "{pacote} já passa. {RESOLVIDO}\n{saida}");
        return so_o_que_falhou(&saida);
    }
    // Compila antes, junto com o resto, para que o Rocket não seja refeito só para um pacote.
    processo::binario(pacote);
    let (certo, saida) = processo::ate_o_fim(processo::testes(pacote));
    assert!(certo, "cargo test -p {pacote}:\n{saida}");
    saida
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

fn livro(opcoes: &[&str]) -> String {
    static LEMBRADOS: Lembrados<String> = Lembrados::novos();
    let conhecida = |opcao: &&str| ["--abrir", "--porta", "3001"].contains(opcao);
    assert!(opcoes.iter().all(conhecida), "cargo livro {opcoes:?}");
    LEMBRADOS.lembrar("livro", || {
        let destino = tempfile::tempdir().expect("a pasta temporária deve abrir");
        let livro = Processo::iniciar(processo::livro(destino.path()));
        let porta = livro.porta().to_owned();
        livro.parar().replace(&porta, "3000")
    })
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
            // Onde uma porta fechada não responde logo, o motivo é a espera.
            (r"(não respondeu: ).*?(\. Inicie)", "$1‹mensagem do sistema›$2"),
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
    let mut texto =
        saida.replace(&crate::raiz().display().to_string(), "‹repositório›");
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
        1..=120 => format!("‹daqui a {minutos} minutos›"),
        _ => format!("‹daqui a {} dias›", (minutos + 720) / 1440),
    };
    let data = Regex::new("Expires=[^;]+").expect("expressão válida");
    data.replace(linha, format!("Expires={palavras}")).into_owned()
}
