//! Um terminal que executa os comandos de uma página e anota o que eles respondem, para que a
//! página nunca mostre uma saída que o programa não dá.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use cookie::Cookie;
use cookie::time::OffsetDateTime;
use regex::Regex;
use tempfile::TempDir;

use crate::pagina::{self, Bloco};
use book::ataques::ATAQUES;
use book::processo::{self, Processo};
use book::terminal::Comando;
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
    (bloco.linguagem == "text").then_some(alvo)
}

/// O que a página manda executar e outro teste, ou o CI, já executa; e a medida, que leva
/// minutos.
const DE_OUTROS_TESTES: &str = include_str!("../de_outros_testes.txt");

/// O terminal de quem segue uma página: o de `cargo livro`, em uma porta livre, que anota o que muda de
/// uma execução para outra por palavras.
pub struct Terminal {
    /// Só desta página: os arquivos de cookies do `curl` e as sessões do capítulo que as guarda.
    _temporaria: TempDir,
    terminal: book::terminal::Terminal,
    servidor: Option<Processo>,
}

impl Terminal {
    /// Um terminal que acaba de abrir, para seguir esta página.
    pub fn novo(pagina: &Path) -> Terminal {
        processo::binario("livro");
        let temporaria = tempfile::tempdir().expect("a pasta temporária deve abrir");
        let pasta = temporaria.path().to_owned();
        let no = |arquivo| format!("sqlite:{}", pasta.join(arquivo).display());
        let variaveis = [
            ("ROCKET_SECRET_KEY", processo::chave_de_teste('1')),
            ("ROCKET_PORT", "0".to_owned()),
            ("ROCKET_SESSAO_URL", no("sessoes.db")),
            ("ROCKET_CONTAS_URL", no("contas.db")),
        ];
        let nome =
            pagina.file_stem().and_then(|nome| nome.to_str()).unwrap_or_default();
        let terminal = book::terminal::Terminal::novo(nome, pasta, &variaveis, false);
        Terminal { _temporaria: temporaria, terminal, servidor: None }
    }

    /// Executa os comandos de um bloco e devolve o que eles escreveram, já sem o que muda de uma
    /// execução para outra.
    pub fn executar(&mut self, bloco: &Bloco) -> String {
        let comandos = bloco.texto.lines().filter(|linha| !linha.trim().is_empty());
        let outro_terminal = bloco.marcas.iter().any(|marca| marca == "outro-terminal");
        let saida = comandos.map(|linha| match Comando::ler(linha) {
            Some(Comando::Executar(_, programa, argumentos))
                if programa == "ataque" =>
            {
                atacar(&argumentos)
            }
            // É o que desfaz a mudança de quem estuda.
            Some(Comando::Desfazer(_)) => String::new(),
            Some(Comando::Testar(pacote)) => testar(&pacote),
            Some(comando) if outro_terminal => self.no_outro(comando),
            Some(comando) => self.comando(&comando),
            None if linha == "cargo livro" => livro(),
            None => {
                let conhecido = DE_OUTROS_TESTES.lines().any(|uma| uma == linha);
                assert!(conhecido, "este terminal não sabe executar: {linha}");
                String::new()
            }
        });
        normalizar(&saida.collect::<String>())
    }

    fn comando(&mut self, comando: &Comando) -> String {
        if matches!(comando, Comando::Servir(..)) {
            self.servidor = None;
        }
        let _vez = matches!(comando, Comando::Executar(..)).then(crate::vez_do_cargo);
        let no_ar = self.servidor.as_ref().map(|um| um.endereco.clone());
        let mut saida = String::new();
        let fim =
            self.terminal.executar(comando, &no_ar.unwrap_or_default(), &mut |novo| {
                saida += novo;
                true
            });
        let (certo, iniciou) = fim.unwrap_or_else(|erro| panic!("{comando:?}: {erro}"));
        let e_curl = matches!(comando, Comando::Curl(_));
        assert!(certo || !e_curl, "{comando:?}: {saida}");
        self.servidor = iniciou.or(self.servidor.take());
        saida
    }

    /// O servidor continua no ar enquanto o outro terminal tenta a porta dele.
    fn no_outro(&mut self, comando: Comando) -> String {
        let no_ar = self.servidor.take().expect("a página já iniciou um capítulo");
        let porta = ("ROCKET_PORT".to_owned(), no_ar.porta().to_owned());
        let Comando::Servir(pacote, _) = comando else { panic!("{comando:?}") };
        let saida = self.comando(&Comando::Servir(pacote, Some(porta)));
        self.servidor = Some(no_ar);
        saida
    }
}

/// Os testes de um capítulo, que passam, ou os de um exercício por resolver, que falham.
fn testar(pacote: &str) -> String {
    let _vez = crate::vez_do_cargo();
    let (certo, saida) =
        testes::testar(pacote, &mut |_| true).unwrap_or_else(|erro| panic!("{erro}"));
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

/// Um ataque, que outro teste pode já ter feito.
fn atacar(argumentos: &[String]) -> String {
    let [nome, capitulo] = argumentos else { panic!("{argumentos:?}") };
    let ataque = ATAQUES.iter().find(|ataque| ataque.nome == nome);
    crate::atacar(ataque.expect("a página cita um ataque que existe"), capitulo).1
}

fn livro() -> String {
    let destino = tempfile::tempdir().expect("a pasta temporária deve abrir");
    let livro = Processo::iniciar(processo::livro(destino.path()));
    let porta = livro.porta().to_owned();
    livro.parar().replace(&porta, "3000")
}

const ESTILO: &str =
    concat!("<style>\n", include_str!("../../shared/estilo.css"), "</style>");

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
            (r"(?m)^[0-9a-f]{24}$", "‹a senha sorteada›"),
            (r"(?m)(^set-cookie: [\w-]+=)[\w%+/=-]{30,}", "$1‹texto criptografado›"),
            (r"(\$argon2id\$[\w=,$]+\$)[\w+/]{22}\$[\w+/]{43}", "$1‹sal›$$‹resultado›"),
            // As telas da aplicação, que o livro mostra sem o servidor delas.
            (r#"<link rel="stylesheet".*>"#, ESTILO),
            (r"(<code>Expires=)[^<]*", "$1(daqui a uma hora)"),
            (r#"(<code>|val\w+="?)[\w%+/=-]{40,}"#, "${1}hT5NqX0eW9vT2mBs8LhYd4R…"),
            (r"\d+ (bytes, com o nome)", "cerca de 50 $1"),
            (r"finished in [\d.]+s", "finished in ‹segundos›s"),
            (r"thread 'main' \(\d+\)", "thread 'main' (‹número›)"),
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
