//! O que `cargo livro`, `cargo ataque` e `cargo progresso` têm em comum. Aqui, o livro: constrói-o
//! e confere o que o mdBook deixa passar: ele só registra no log um arquivo
//! incluído que falta, e diante de uma âncora que falta deixa o bloco vazio, sem aviso.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use mdbook_driver::MDBook;

pub mod ataques;
pub mod diferencas;
pub mod html;
pub mod navegador;
pub mod processo;
pub mod testes;

const INICIO: &str = "{{#include ";
const FIM: &str = "}}";

/// Por que o livro não pôde ser construído.
#[derive(Debug)]
pub enum Erro {
    /// Um arquivo ou pasta do livro não pôde ser lido.
    Leitura(PathBuf, std::io::Error),
    /// Inclusões que não levam a nada; uma frase por problema.
    Inclusoes(Vec<String>),
    /// O mdBook recusou o livro.
    MdBook(String),
}

impl fmt::Display for Erro {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Erro::Leitura(caminho, erro) => {
                write!(f, "não consegui ler {}: {erro}", caminho.display())
            }
            Erro::Inclusoes(problemas) => {
                write!(
                    f,
                    "o livro inclui o que não existe:\n  {}",
                    problemas.join("\n  ")
                )
            }
            Erro::MdBook(motivo) => {
                write!(f, "o mdBook não construiu o livro: {motivo}")
            }
        }
    }
}

impl std::error::Error for Erro {}

/// Um `{{#include arquivo:ancora}}` de uma página.
#[derive(Debug)]
pub struct Inclusao {
    /// A página que inclui.
    pub pagina: PathBuf,
    /// A linha da página, a partir de 1.
    pub linha: usize,
    /// O arquivo incluído, já resolvido a partir da pasta da página.
    pub arquivo: PathBuf,
    /// A âncora pedida; sem ela, o arquivo entra inteiro.
    pub ancora: Option<String>,
}

/// A pasta deste livro.
pub fn pasta() -> PathBuf {
    raiz().join("book")
}

/// A pasta raiz do repositório, que contém o livro e os capítulos.
pub fn raiz() -> &'static Path {
    static RAIZ: LazyLock<PathBuf> = LazyLock::new(|| {
        let gravada = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        // O repositório pode ter mudado de lugar: vale antes a pasta que o Cargo informa agora, que
        // é a do pacote em execução.
        let informada = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let pastas = informada.iter().chain([&gravada]).flat_map(|p| p.ancestors());
        let raiz =
            pastas.into_iter().find(|pasta| pasta.join("book/book.toml").is_file());
        raiz.unwrap_or(&gravada).to_owned()
    });
    &RAIZ
}

/// As páginas do livro que está em `livro`: os arquivos `.md` de `src`, em ordem alfabética.
///
/// # Erros
///
/// [`Erro::Leitura`] quando a pasta não abre.
pub fn paginas(livro: &Path) -> Result<Vec<PathBuf>, Erro> {
    let fontes = livro.join("src");
    let entradas =
        fs::read_dir(&fontes).map_err(|erro| Erro::Leitura(fontes.clone(), erro))?;
    let mut paginas = Vec::new();
    for entrada in entradas {
        let caminho =
            entrada.map_err(|erro| Erro::Leitura(fontes.clone(), erro))?.path();
        if caminho.extension().is_some_and(|extensao| extensao == "md") {
            paginas.push(caminho);
        }
    }
    paginas.sort();
    Ok(paginas)
}

/// Todas as inclusões de uma página.
///
/// # Erros
///
/// [`Erro::Leitura`] quando a página não abre.
pub fn inclusoes(pagina: &Path) -> Result<Vec<Inclusao>, Erro> {
    let texto = ler(pagina)?;
    let pasta = pagina.parent().unwrap_or(Path::new("."));
    let mut achadas = Vec::new();
    for (indice, linha) in texto.lines().enumerate() {
        for pedaco in linha.split(INICIO).skip(1) {
            let alvo = pedaco.split(FIM).next().unwrap_or(pedaco).trim();
            let (arquivo, ancora) = match alvo.split_once(':') {
                Some((arquivo, ancora)) => (arquivo, Some(ancora.to_owned())),
                None => (alvo, None),
            };
            achadas.push(Inclusao {
                pagina: pagina.to_owned(),
                linha: indice + 1,
                arquivo: pasta.join(arquivo),
                ancora,
            });
        }
    }
    Ok(achadas)
}

/// Confere as inclusões de todas as páginas e devolve uma frase por problema.
///
/// # Erros
///
/// [`Erro::Leitura`] quando a pasta ou uma página não abre.
pub fn conferir(livro: &Path) -> Result<Vec<String>, Erro> {
    let mut problemas = Vec::new();
    for pagina in paginas(livro)? {
        for inclusao in inclusoes(&pagina)? {
            if let Some(problema) = problema(&inclusao) {
                let nome = pagina.file_name().unwrap_or_default().display();
                problemas.push(format!("{nome}, linha {}: {problema}", inclusao.linha));
            }
        }
    }
    Ok(problemas)
}

/// Confere as inclusões e constrói o livro em `destino`; devolve a pasta com as páginas prontas.
/// Sem `destino`, vale o `build-dir` do `book.toml`, o mesmo de `mdbook build`.
///
/// # Erros
///
/// Qualquer caso de [`Erro`].
pub fn construir(livro: &Path, destino: Option<&Path>) -> Result<PathBuf, Erro> {
    let problemas = conferir(livro)?;
    if !problemas.is_empty() {
        return Err(Erro::Inclusoes(problemas));
    }
    let mut mdbook =
        MDBook::load(livro).map_err(|erro| Erro::MdBook(format!("{erro:#}")))?;
    if let Some(destino) = destino {
        mdbook.config.build.build_dir = destino.to_owned();
    }
    mdbook.build().map_err(|erro| Erro::MdBook(format!("{erro:#}")))?;
    let pronto = mdbook.build_dir_for("html");
    pronto.canonicalize().map_err(|erro| Erro::Leitura(pronto, erro))
}

/// O que há de errado com uma inclusão, se houver.
fn problema(inclusao: &Inclusao) -> Option<String> {
    let arquivo = inclusao.arquivo.display();
    let Ok(texto) = ler(&inclusao.arquivo) else {
        return Some(format!("o arquivo {arquivo} não existe"));
    };
    let conteudo = match &inclusao.ancora {
        None => texto,
        Some(ancora) => match trecho(&texto, ancora) {
            Some(conteudo) => conteudo,
            None => {
                return Some(format!(
                    "{arquivo} não tem a âncora `{ancora}`, do início ao fim"
                ));
            }
        },
    };
    conteudo
        .trim()
        .is_empty()
        .then(|| format!("o trecho incluído de {arquivo} está vazio"))
}

/// As linhas entre `ANCHOR: nome` e `ANCHOR_END: nome`, sem os marcadores de outras âncoras.
///
/// `None` quando falta o início ou o fim.
pub fn trecho(texto: &str, ancora: &str) -> Option<String> {
    let marca = |linha: &str, palavra: &str| {
        // Depois do nome pode vir o fim do comentário, como em Markdown.
        let nome = linha.split_once(palavra).map(|(_, nome)| nome);
        nome.and_then(|nome| nome.split_whitespace().next()) == Some(ancora)
    };
    let linhas: Vec<&str> = texto.lines().collect();
    let inicio = linhas.iter().position(|linha| marca(linha, "ANCHOR:"))?;
    let fim = linhas.iter().position(|linha| marca(linha, "ANCHOR_END:"))?;
    let dentro = linhas.get(inicio + 1..fim)?;
    let visiveis = dentro.iter().filter(|linha| !linha.contains("ANCHOR"));
    Some(visiveis.map(|linha| format!("{linha}\n")).collect())
}

fn ler(caminho: &Path) -> Result<String, Erro> {
    fs::read_to_string(caminho).map_err(|erro| Erro::Leitura(caminho.to_owned(), erro))
}
