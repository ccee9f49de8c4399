//! Um terminal que executa os comandos de uma página e anota o que eles respondem, para que a
//! página nunca mostre uma saída que o programa não dá.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use cookie::Cookie;
use cookie::time::OffsetDateTime;
use regex::Regex;
use tempfile::TempDir;

use crate::pagina::{self, Bloco};
use book::navegador::{self, Navegador, Resposta};
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
    /// O token do último formulário que o `curl` mostrou: quem lê o copia à mão.
    token: String,
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
        let comandos = bloco.texto.lines().filter(|linha| !linha.trim().is_empty());
        let outro_terminal = bloco.marcas.iter().any(|marca| marca == "outro-terminal");
        let saida: String = comandos
            .map(|linha| {
                if outro_terminal {
                    self.em_paralelo(linha)
                } else {
                    self.comando(linha)
                }
            })
            .collect();
        normalizar(&saida)
    }

    fn comando(&mut self, linha: &str) -> String {
        let palavras =
            shlex::split(linha).unwrap_or_else(|| panic!("aspas abertas em: {linha}"));
        let palavras: Vec<&str> = palavras.iter().map(String::as_str).collect();
        match palavras[..] {
            ["export", atribuicao] => self.definir(atribuicao),
            ["unset", nome] => {
                self.variaveis.remove(nome);
                String::new()
            }
            ["cargo", "run", "-p", _, "--bin", ferramenta] => {
                let saida = self.ferramenta(ferramenta);
                // A página pede que se copie a linha que define a chave.
                for linha in saida.lines().filter_map(|l| l.strip_prefix("export ")) {
                    self.definir(linha);
                }
                saida
            }
            ["cargo", "run", "-p", capitulo] => self.servir(capitulo, None),
            ["cargo", "run", "-p", capitulo, "--config", ajuste] => {
                self.servir(capitulo, Some(variavel_do_cargo(ajuste)))
            }
            ["cargo", "test", "-p", capitulo] => testar(capitulo),
            ["cargo", "run"] => {
                let capitulo =
                    self.pasta.file_name().expect("`cargo run` na pasta do capítulo");
                let capitulo = capitulo.to_string_lossy().into_owned();
                self.servir(&capitulo, None)
            }
            // A barra de progresso só aparece em um terminal.
            ["cargo", "progresso"] => self.ferramenta("progresso"),
            ["cargo", "ataque", ataque, capitulo] => atacar(ataque, capitulo),
            ["cargo", "livro", ref opcoes @ ..] => livro(opcoes),
            ["curl", ref opcoes @ ..] => self.curl(opcoes),
            ["sleep", segundos] => {
                let segundos = segundos.parse().expect("sleep recebe segundos");
                std::thread::sleep(Duration::from_secs(segundos));
                String::new()
            }
            ["cd", "../.."] => {
                self.pasta = PathBuf::new();
                String::new()
            }
            ["cd", pasta] | ["git", "restore", pasta] => {
                assert!(
                    crate::raiz().join(pasta).is_dir(),
                    "a pasta não existe: {linha}"
                );
                if palavras[0] == "cd" {
                    self.pasta = pasta.into();
                }
                String::new()
            }
            // O próprio teste é o `cargo test`; o CI executa os outros.
            ["cargo", "test"]
            | ["mdbook", "serve", "book"]
            | ["python3", "-m", "venv", "target/flask"]
            | [
                "target/flask/bin/pip",
                "install",
                "-r",
                "tests/flask/requirements.txt",
            ]
            | ["cargo", "test", "-p", "tests", "paridade", "--", "--ignored"] => {
                String::new()
            }
            _ => panic!("este terminal não sabe executar: {linha}"),
        }
    }

    fn definir(&mut self, atribuicao: &str) -> String {
        let (nome, valor) = atribuicao.split_once('=').expect("export NOME=valor");
        let valor = valor.trim_matches('"');
        // O que já está no terminal entra pelo nome.
        let atual = self.variaveis.get("ROCKET_SECRET_KEY").map_or("", String::as_str);
        let valor = valor.replace("$ROCKET_SECRET_KEY", atual);
        self.variaveis.insert(nome.to_owned(), valor);
        String::new()
    }

    fn ferramenta(&self, nome: &str) -> String {
        let mut comando = processo::comando(nome);
        comando.envs(&self.variaveis);
        processo::ate_o_fim(comando).1
    }

    /// Inicia um capítulo no lugar do que estiver no ar. Se ele recusa iniciar, a resposta é tudo
    /// o que escreveu; se inicia, são os avisos e a linha em que diz onde atende.
    fn servir(&mut self, capitulo: &str, ajuste: Option<(String, String)>) -> String {
        self.servidor = None;
        let mut comando = self.capitulo(capitulo);
        comando.envs(ajuste);
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
    fn em_paralelo(&self, linha: &str) -> String {
        let capitulo =
            linha.strip_prefix("cargo run -p ").expect("cargo run -p capítulo");
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
        self.servidor
            .as_ref()
            .expect("a página deve iniciar um capítulo antes deste comando")
    }

    fn curl(&mut self, opcoes: &[&str]) -> String {
        let com_token =
            opcoes.iter().map(|opcao| opcao.replace("SEU_TOKEN", &self.token));
        let com_token: Vec<String> = com_token.collect();
        let opcoes: Vec<&str> = com_token.iter().map(String::as_str).collect();
        let saida = self.conversar(&opcoes);
        if let Some(token) = navegador::token(&saida) {
            self.token = token;
        }
        saida
    }

    fn conversar(&mut self, opcoes: &[&str]) -> String {
        if let Some(pasta) = &self.pasta_do_curl {
            return curl_de_verdade(pasta.path(), &self.no_ar().endereco, opcoes);
        }
        let curl = Curl::ler(opcoes);
        let endereco = &self
            .servidor
            .as_ref()
            .expect("o curl precisa de um capítulo no ar")
            .endereco;
        let caminho = curl.endereco.strip_prefix("http://127.0.0.1:8000");
        let caminho = caminho.expect("os capítulos atendem em http://127.0.0.1:8000");
        let mut navegador = Navegador::novo(endereco);
        navegador.cookies = match curl.cookies_a_enviar {
            Some(pares) if pares.contains('=') => em_pares(pares),
            Some(arquivo) => self.cookies_de(arquivo),
            None => BTreeMap::new(),
        };
        let cabecalhos = curl.cabecalhos.iter().map(|cabecalho| {
            let (nome, valor) = cabecalho.split_once(": ").expect("-H \"Nome: valor\"");
            (nome.to_owned(), valor.to_owned())
        });
        navegador.cabecalhos = cabecalhos.collect();
        let resposta = match curl.formulario {
            Some(corpo) => navegador.post(caminho, corpo),
            None => navegador.pedir(curl.metodo, caminho, None, b""),
        };
        if let Some(arquivo) = curl.arquivo_a_gravar {
            self.arquivos_de_cookies.insert(arquivo.to_owned(), navegador.cookies);
        }
        curl.mostrar(&resposta)
    }

    fn cookies_de(&self, arquivo: &str) -> BTreeMap<String, String> {
        self.arquivos_de_cookies.get(arquivo).cloned().unwrap_or_default()
    }
}

/// `tema=escuro; idioma=pt`, como o `curl -b` aceita.
fn em_pares(cookies: &str) -> BTreeMap<String, String> {
    let pares = cookies.split("; ").filter_map(|par| par.split_once('='));
    pares.map(|(nome, valor)| (nome.to_owned(), valor.to_owned())).collect()
}

/// O nome e o valor de `env.NOME='valor'`, a opção `--config` do Cargo.
fn variavel_do_cargo(ajuste: &str) -> (String, String) {
    let tabela: toml::Table =
        ajuste.parse().expect("--config recebe uma linha de TOML");
    let variaveis = tabela["env"].as_table().expect("--config define `env`");
    let (nome, valor) = variaveis.iter().next().expect("--config define uma variável");
    let valor = valor.as_str().expect("o valor é um texto");
    (nome.clone(), valor.to_owned())
}

fn curl_de_verdade(pasta: &Path, endereco: &str, opcoes: &[&str]) -> String {
    let mut curl = Command::new("curl");
    let no_endereco = |opcao: &&str| opcao.replace("http://127.0.0.1:8000", endereco);
    curl.current_dir(pasta).args(["-s", "-S"]).args(opcoes.iter().map(no_endereco));
    let (certo, saida) = processo::ate_o_fim(curl);
    assert!(certo, "curl {opcoes:?}:\n{saida}");
    let saida = saida.replace("\r\n", "\n");
    let Some((estado, resto)) =
        saida.split_once('\n').filter(|_| opcoes.contains(&"-i"))
    else {
        return miolo(&saida);
    };
    let (cabecalhos, corpo) =
        resto.split_once("\n\n").expect("linha em branco antes do corpo");
    let cabecalhos = em_ordem(cabecalhos.lines().map(str::to_owned).collect());
    format!("{estado}\n{cabecalhos}\n{}", miolo(corpo))
}

/// O Rocket não promete a ordem dos cabeçalhos; a alfabética serve a quem lê.
fn em_ordem(mut cabecalhos: Vec<String>) -> String {
    cabecalhos.sort();
    cabecalhos.iter().map(|linha| format!("{linha}\n")).collect()
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

/// As opções do `curl` que o livro usa.
struct Curl<'a> {
    endereco: &'a str,
    metodo: &'a str,
    formulario: Option<&'a str>,
    cabecalhos: Vec<&'a str>,
    /// Um arquivo, ou os próprios cookies: `nome=valor`.
    cookies_a_enviar: Option<&'a str>,
    arquivo_a_gravar: Option<&'a str>,
    com_cabecalhos: bool,
}

impl<'a> Curl<'a> {
    fn ler(opcoes: &[&'a str]) -> Curl<'a> {
        let mut curl = Curl {
            endereco: "",
            metodo: "GET",
            formulario: None,
            cabecalhos: Vec::new(),
            cookies_a_enviar: None,
            arquivo_a_gravar: None,
            com_cabecalhos: false,
        };
        let mut opcoes = opcoes.iter().copied();
        while let Some(opcao) = opcoes.next() {
            let mut valor =
                || opcoes.next().unwrap_or_else(|| panic!("falta o valor de {opcao}"));
            match opcao {
                "-i" => curl.com_cabecalhos = true,
                "-b" => curl.cookies_a_enviar = Some(valor()),
                "-c" => curl.arquivo_a_gravar = Some(valor()),
                "-d" => curl.formulario = Some(valor()),
                "-H" => curl.cabecalhos.push(valor()),
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
            let cabecalhos = resposta.cabecalhos.iter();
            texto += &em_ordem(
                cabecalhos.map(|(nome, valor)| format!("{nome}: {valor}")).collect(),
            );
            texto += "\n";
        }
        texto + miolo(&resposta.corpo).as_str()
    }
}

/// De uma página inteira, só o que está dentro de `<main>`; o corte fica marcado com `…`.
fn miolo(corpo: &str) -> String {
    let dentro =
        corpo.split_once("<main").and_then(|(_, resto)| resto.split_once(">\n"));
    let Some((conteudo, _)) = dentro.and_then(|(_, resto)| resto.split_once("</main>"))
    else {
        return corpo.to_owned();
    };
    let linhas =
        conteudo.lines().map(str::trim_end).filter(|linha| !linha.trim().is_empty());
    let linhas: String = linhas.map(|linha| format!("{linha}\n")).collect();
    format!("…\n{linhas}…\n")
}

/// Os testes de um capítulo, que passam, ou os de um exercício por resolver, que falham.
fn testar(pacote: &str) -> String {
    // Compila antes, junto com o resto, para que o Rocket não seja refeito só para um pacote.
    processo::binario(pacote);
    let mut cargo = processo::cargo();
    cargo.current_dir(crate::raiz()).env_remove("RUST_BACKTRACE");
    cargo.args(["test", "--quiet", "-p", pacote, "--", "--format", "pretty"]);
    let (certo, saida) = processo::ate_o_fim(cargo);
    let por_resolver = pacote.starts_with("ex");
    if por_resolver {
        assert!(!certo, "{pacote} já passa. {}\n{saida}", crate::RESOLVIDO);
        return so_o_que_falhou(&saida);
    }
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

/// Um ataque contra um capítulo: o programa termina bem, tenha o ataque funcionado ou não.
fn atacar(ataque: &str, capitulo: &str) -> String {
    let mut comando = processo::comando("ataque");
    comando.args([ataque, capitulo]);
    let (certo, saida) = processo::ate_o_fim(comando);
    assert!(certo, "cargo ataque {ataque} {capitulo}:\n{saida}");
    saida
}

fn livro(opcoes: &[&str]) -> String {
    let destino = tempfile::tempdir().expect("a pasta temporária deve abrir");
    let comando = processo::livro(destino.path());
    for opcao in opcoes {
        assert!(
            matches!(*opcao, "--abrir" | "--porta" | "3001"),
            "opção de cargo livro: {opcao}"
        );
    }
    let livro = Processo::iniciar(comando);
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
            (r#"(name="csrf" value=")[0-9a-f]{32}"#, "$1‹token›"),
            (r"(\$argon2id\$[\w=,$]+\$)[\w+/]{22}\$[\w+/]{43}", "$1‹sal›$$‹resultado›"),
            (r"<code>[\w%+/=&#;-]{30,}</code>", "<code>‹texto criptografado›</code>"),
            (
                r"Termina em \d+ s sem uso, ou em \d+ s",
                "Termina em ‹n› s sem uso, ou em ‹n› s",
            ),
            (r"\d{2}&#x2f;\d{2}&#x2f;\d{4} \d{2}:\d{2} UTC", "‹agora›"),
            (
                r"<p>(?:curl(?:/|&#x2f;)[\d.]+|navegador-de-teste)<br>",
                "<p>curl/‹versão›<br>",
            ),
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
    let linhas: Vec<String> = texto.lines().map(validade_em_palavras).collect();
    let texto = ordenar_testes(linhas).join("\n");
    // Os espaços do começo alinham a tabela de `cargo progresso`.
    texto.trim_end().trim_start_matches('\n').to_owned() + "\n"
}

/// Diz se a validade de um `Set-Cookie` está no futuro ou no passado.
fn validade_em_palavras(linha: &str) -> String {
    let Some(cookie) =
        linha.strip_prefix("set-cookie: ").and_then(|c| Cookie::parse(c).ok())
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
    let inicio =
        linha.find("Expires=").expect("o cookie tem Expires") + "Expires=".len();
    let fim = linha[inicio..].find(';').map_or(linha.len(), |posicao| inicio + posicao);
    format!("{}{palavras}{}", &linha[..inicio], &linha[fim..])
}

fn ordenar_testes(mut linhas: Vec<String>) -> Vec<String> {
    let e_teste =
        |linha: &String| linha.starts_with("test ") && linha.contains(" ... ");
    let mut testes: Vec<String> =
        linhas.iter().filter(|linha| e_teste(linha)).cloned().collect();
    testes.sort();
    let mut ordenados = testes.into_iter();
    for linha in linhas.iter_mut().filter(|linha| e_teste(linha)) {
        if let Some(proximo) = ordenados.next() {
            *linha = proximo;
        }
    }
    linhas
}
