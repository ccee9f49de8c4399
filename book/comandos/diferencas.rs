//! O que cada capítulo muda no capítulo de que parte, gerado dos dois programas, para que a página
//! nunca conte uma mudança que não houve.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use diffy::{Line, Patch};

use crate::{Erro, ler};

/// O que difere só porque os capítulos têm nomes diferentes.
const SO_O_NOME: [&str; 3] = ["name = ", "description = ", "default-run = "];

/// Os capítulos da pasta `chapters`, em ordem.
///
/// # Erros
///
/// [`Erro::Leitura`] quando a pasta não abre.
pub fn capitulos(raiz: &Path) -> Result<Vec<String>, Erro> {
    let pasta = raiz.join("chapters");
    let entradas = fs::read_dir(&pasta).map_err(|erro| Erro::Leitura(pasta, erro))?;
    let nomes =
        entradas.filter_map(|entrada| entrada.ok()?.file_name().into_string().ok());
    let mut nomes: Vec<String> = nomes.filter(|nome| nome.starts_with("cap")).collect();
    nomes.sort();
    Ok(nomes)
}

/// O capítulo de que este parte, se ele diz: `parte-de`, nos metadados do seu `Cargo.toml`.
///
/// # Erros
///
/// [`Erro::Leitura`] quando o `Cargo.toml` não abre ou não é TOML.
pub fn parte_de(raiz: &Path, capitulo: &str) -> Result<Option<String>, Erro> {
    let arquivo = raiz.join("chapters").join(capitulo).join("Cargo.toml");
    let cargo: toml::Table = ler(&arquivo)?
        .parse()
        .map_err(|erro| Erro::Leitura(arquivo, std::io::Error::other(erro)))?;
    let dados = cargo.get("package").and_then(|pacote| pacote.get("metadata"));
    let parte_de = dados.and_then(|dados| dados.get("capitulo")?.get("parte-de"));
    Ok(parte_de.and_then(|nome| nome.as_str()).map(str::to_owned))
}

/// Cada capítulo que parte de outro: o outro e ele.
///
/// # Erros
///
/// [`Erro::Leitura`] quando a pasta ou um `Cargo.toml` não abre.
pub fn passos(raiz: &Path) -> Result<Vec<(String, String)>, Erro> {
    let mut passos = Vec::new();
    for capitulo in capitulos(raiz)? {
        if let Some(antes) = parte_de(raiz, &capitulo)? {
            passos.push((antes, capitulo));
        }
    }
    Ok(passos)
}

/// A página com o que cada capítulo muda: onde fica gravada e o texto dela.
///
/// # Erros
///
/// [`Erro::Leitura`] quando um arquivo de um capítulo não abre.
pub fn gerar(raiz: &Path) -> Result<Vec<(PathBuf, String)>, Erro> {
    passos(raiz)?
        .iter()
        .map(|(antes, depois)| {
            let arquivo = raiz.join("book/diferencas").join(format!("{depois}.md"));
            Ok((arquivo, entre(&arquivos(raiz, antes)?, &arquivos(raiz, depois)?)))
        })
        .collect()
}

/// Quantas linhas de Rust um capítulo muda ou acrescenta, fora dos testes e das linhas em branco.
///
/// # Erros
///
/// [`Erro::Leitura`] quando um arquivo de um capítulo não abre.
pub fn linhas_novas(raiz: &Path, antes: &str, depois: &str) -> Result<usize, Erro> {
    let (antes, depois) = (arquivos(raiz, antes)?, arquivos(raiz, depois)?);
    let do_codigo = depois.keys().filter(|nome| nome.ends_with(".rs"));
    let de_cada = do_codigo.map(|nome| {
        let (velho, novo) =
            (sem_marcas(nome, antes.get(nome)), sem_marcas(nome, depois.get(nome)));
        let diferenca = diffy::create_patch(&velho, &novo);
        let linhas = diferenca.hunks().iter().flat_map(|trecho| trecho.lines());
        linhas
            .filter(|linha| matches!(linha, Line::Insert(l) if !l.trim().is_empty()))
            .count()
    });
    Ok(de_cada.sum())
}

/// Grava de novo todas as diferenças; devolve os arquivos que mudaram.
///
/// # Erros
///
/// [`Erro::Leitura`] quando um arquivo não abre ou não pode ser gravado.
pub fn gravar(raiz: &Path) -> Result<Vec<PathBuf>, Erro> {
    let mut mudados = Vec::new();
    for (arquivo, texto) in gerar(raiz)? {
        if fs::read_to_string(&arquivo).is_ok_and(|gravado| gravado == texto) {
            continue;
        }
        fs::write(&arquivo, texto)
            .map_err(|erro| Erro::Leitura(arquivo.clone(), erro))?;
        mudados.push(arquivo);
    }
    Ok(mudados)
}

/// O que um capítulo tem para comparar, pelo caminho: o `Cargo.toml`, o Rust e os templates, mas não
/// os testes, que pesariam mais do que a lição na página.
fn arquivos(raiz: &Path, capitulo: &str) -> Result<BTreeMap<String, String>, Erro> {
    let capitulo = raiz.join("chapters").join(capitulo);
    let mut a_ler = vec![capitulo.join("Cargo.toml")];
    let mut pastas = vec![capitulo.join("src"), capitulo.join("templates")];
    while let Some(pasta) = pastas.pop() {
        let Ok(entradas) = fs::read_dir(&pasta) else { continue };
        for caminho in entradas.filter_map(|entrada| Some(entrada.ok()?.path())) {
            if caminho.is_dir() {
                pastas.push(caminho);
            } else if caminho.file_name().is_some_and(|nome| nome != "tests.rs") {
                a_ler.push(caminho);
            }
        }
    }
    let mut achados = BTreeMap::new();
    for caminho in a_ler {
        let nome = caminho.strip_prefix(&capitulo).unwrap_or(&caminho);
        let nome = nome.display().to_string().replace('\\', "/");
        achados.insert(nome, ler(&caminho)?);
    }
    Ok(achados)
}

fn entre(
    antes: &BTreeMap<String, String>,
    depois: &BTreeMap<String, String>,
) -> String {
    let nomes: BTreeSet<&String> = antes.keys().chain(depois.keys()).collect();
    let mut blocos: Vec<(&String, String)> = nomes
        .into_iter()
        .filter_map(|nome| {
            Some((nome, bloco(nome, antes.get(nome), depois.get(nome))?))
        })
        .collect();
    // A lição vem primeiro; o resto, em ordem alfabética.
    blocos.sort_by_key(|(nome, _)| nome.as_str() != "src/main.rs");
    blocos.into_iter().map(|(_, bloco)| bloco).collect::<Vec<_>>().join("\n")
}

/// A diferença de um arquivo, dobrada; só a lição vem aberta. `None` quando nada mudou.
fn bloco(
    nome: &str,
    antes: Option<&String>,
    depois: Option<&String>,
) -> Option<String> {
    let (velho, novo) = (sem_marcas(nome, antes), sem_marcas(nome, depois));
    let diferenca = diffy::create_patch(&velho, &novo);
    let (entraram, sairam) = contar(&diferenca);
    if entraram + sairam == 0 {
        return None;
    }
    let resumo = match (antes, depois) {
        (None, _) => format!("arquivo novo, {}", linhas(entraram)),
        (_, None) => "o arquivo saiu".to_owned(),
        _ => format!("{} a mais, {} a menos", linhas(entraram), linhas(sairam)),
    };
    let aberto = if nome == "src/main.rs" { " open" } else { "" };
    Some(format!(
        "<details{aberto}>\n<summary><code>{nome}</code>: {resumo}</summary>\n\n\
         ```diff\n{}```\n\n</details>\n",
        em_texto(&diferenca)
    ))
}

fn linhas(quantas: usize) -> String {
    if quantas == 1 { "1 linha".to_owned() } else { format!("{quantas} linhas") }
}

/// O texto como o leitor o vê: sem as âncoras do livro e sem o que é só o nome do capítulo e o do
/// capítulo de que ele parte.
fn sem_marcas(nome: &str, texto: Option<&String>) -> String {
    let texto = texto.map(String::as_str).unwrap_or_default();
    if nome == "Cargo.toml" {
        let secoes = texto.split("\n\n");
        let secoes = secoes.filter(|secao| !secao.starts_with("[package.metadata"));
        let texto = secoes.collect::<Vec<_>>().join("\n\n");
        let so_o_nome = |linha: &str| SO_O_NOME.iter().any(|i| linha.starts_with(i));
        return linhas_sem(&texto, so_o_nome);
    }
    linhas_sem(texto, |linha| linha.contains("ANCHOR"))
}

fn linhas_sem(texto: &str, sobra: impl Fn(&str) -> bool) -> String {
    let ficam = texto.lines().filter(|linha| !sobra(linha));
    ficam.map(|linha| format!("{linha}\n")).collect()
}

fn contar(diferenca: &Patch<'_, str>) -> (usize, usize) {
    let linhas = || diferenca.hunks().iter().flat_map(|trecho| trecho.lines());
    let entraram = linhas().filter(|linha| matches!(linha, Line::Insert(_))).count();
    let sairam = linhas().filter(|linha| matches!(linha, Line::Delete(_))).count();
    (entraram, sairam)
}

/// Um sinal no começo de cada linha: `+` entrou, `-` saiu, espaço ficou. `…` marca o que foi pulado.
fn em_texto(diferenca: &Patch<'_, str>) -> String {
    let mut texto = String::new();
    for trecho in diferenca.hunks() {
        if trecho.old_range().start() > 1 {
            texto.push_str("…\n");
        }
        for linha in trecho.lines() {
            match linha {
                Line::Context(conteudo) => texto += &format!(" {conteudo}"),
                Line::Delete(conteudo) => texto += &format!("-{conteudo}"),
                Line::Insert(conteudo) => texto += &format!("+{conteudo}"),
            }
        }
    }
    texto
}
