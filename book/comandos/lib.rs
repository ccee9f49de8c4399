//! O que `cargo livro`, `cargo ataque` e `cargo progresso` têm em comum. Aqui, o livro: constrói-o
//! e confere o que o mdBook deixa passar: ele só registra no log um arquivo
//! incluído que falta, e diante de uma âncora que falta deixa o bloco vazio, sem aviso.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::LazyLock;

use mdbook_driver::MDBook;

pub mod ataques;
pub mod capitulos;
pub mod diferencas;
pub mod exercicio;
pub mod navegador;
pub mod processo;
mod revisao;
pub mod terminal;
pub mod testes;
pub mod vigia;

pub use teste::html;

/// O que um comando diz quando não pode fazer o que lhe pedem, já em uma frase.
pub type Resultado<T> = Result<T, String>;

/// Como um comando termina: `false` e um erro são falhas, e o erro vai para o terminal.
pub fn terminar(fim: Result<bool, impl Display>) -> ExitCode {
    match fim {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(erro) => {
            eprintln!("erro: {erro}");
            ExitCode::FAILURE
        }
    }
}

/// Um `{{#include arquivo:ancora}}` de uma página.
#[derive(Debug)]
pub struct Inclusao {
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
pub fn paginas(livro: &Path) -> Resultado<Vec<PathBuf>> {
    let mut paginas = arquivos(&livro.join("src"))?;
    paginas.retain(|arquivo| arquivo.extension().is_some_and(|tipo| tipo == "md"));
    Ok(paginas)
}

/// Os arquivos de uma pasta e de suas subpastas, em ordem alfabética, sem os que o Cargo compila.
pub fn arquivos(pasta: &Path) -> Resultado<Vec<PathBuf>> {
    let erro = |erro| format!("não consegui ler {}: {erro}", pasta.display());
    let mut achados = Vec::new();
    for entrada in fs::read_dir(pasta).map_err(erro)? {
        let caminho = entrada.map_err(erro)?.path();
        if !caminho.is_dir() {
            achados.push(caminho);
        } else if !caminho.ends_with("target") {
            achados.extend(arquivos(&caminho)?);
        }
    }
    achados.sort();
    Ok(achados)
}

/// A seção `[package]` do `Cargo.toml` desta pasta.
pub fn pacote(pasta: &Path) -> Resultado<toml::Value> {
    let arquivo = pasta.join("Cargo.toml");
    let erro = |motivo: String| format!("{}: {motivo}", arquivo.display());
    let cargo = ler(&arquivo)?.parse::<toml::Table>();
    let mut cargo = cargo.map_err(|motivo| erro(motivo.to_string()))?;
    cargo.remove("package").ok_or_else(|| erro("falta [package]".to_owned()))
}

/// Todas as inclusões de uma página.
pub fn inclusoes(pagina: &Path) -> Resultado<Vec<Inclusao>> {
    let mut achadas = Vec::new();
    for (linha, texto) in (1..).zip(ler(pagina)?.lines()) {
        for pedaco in texto.split("{{#include ").skip(1) {
            let alvo = pedaco.split("}}").next().unwrap_or(pedaco).trim();
            let (arquivo, ancora) = match alvo.split_once(':') {
                Some((arquivo, ancora)) => (arquivo, Some(ancora.to_owned())),
                None => (alvo, None),
            };
            let arquivo = pagina.with_file_name("").join(arquivo);
            achadas.push(Inclusao { linha, arquivo, ancora });
        }
    }
    Ok(achadas)
}

/// Confere as inclusões de todas as páginas; o erro tem uma linha para cada uma que falta.
pub fn conferir(livro: &Path) -> Resultado<()> {
    let mut faltam = String::new();
    for pagina in paginas(livro)? {
        for Inclusao { linha, arquivo, ancora } in inclusoes(&pagina)? {
            let texto = ler(&arquivo).ok();
            let incluido = match &ancora {
                Some(ancora) => texto.and_then(|texto| trecho(&texto, ancora)),
                None => texto,
            };
            if incluido.is_none_or(|texto| texto.trim().is_empty()) {
                let (pagina, arquivo) = (pagina.display(), arquivo.display());
                let ancora = ancora.unwrap_or_default();
                faltam += &format!("\n  {pagina}, linha {linha}: {arquivo} {ancora}");
            }
        }
    }
    let erro = format!("o livro inclui o que não existe ou está vazio:{faltam}");
    if faltam.is_empty() { Ok(()) } else { Err(erro) }
}

/// Constrói o livro em `destino`; devolve a pasta com as páginas prontas.
/// Sem `destino`, vale o `build-dir` do `book.toml`, o mesmo de `mdbook build`.
pub fn construir(livro: &Path, destino: Option<&Path>) -> Resultado<PathBuf> {
    let construir = || {
        let mut mdbook = MDBook::load(livro)?;
        if let Some(destino) = destino {
            mdbook.config.build.build_dir = destino.to_owned();
        }
        mdbook.build()?;
        Ok(mdbook.build_dir_for("html").canonicalize()?)
    };
    construir().map_err(|erro: mdbook_driver::errors::Error| {
        format!("o mdBook não construiu o livro: {erro:#}")
    })
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

fn ler(caminho: &Path) -> Resultado<String> {
    fs::read_to_string(caminho)
        .map_err(|erro| format!("não consegui ler {}: {erro}", caminho.display()))
}
