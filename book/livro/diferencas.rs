//! O que muda de um capítulo para o outro, gerado dos dois programas, para que a página nunca
//! conte uma mudança que não houve.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use diffy::{Line, Patch};

use crate::{Erro, ler};

/// O que difere só porque os capítulos têm nomes diferentes.
const SO_O_NOME: [&str; 3] = ["name = ", "description = ", "default-run = "];

/// As pastas de um capítulo que a página compara, além do `Cargo.toml`.
pub(crate) const PASTAS: [&str; 4] = ["src", "src/armazem", "src/bin", "templates"];

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

/// A página com a diferença de cada capítulo para o anterior: onde fica gravada e o texto dela.
///
/// # Erros
///
/// [`Erro::Leitura`] quando um arquivo de um capítulo não abre.
pub fn gerar(raiz: &Path) -> Result<Vec<(PathBuf, String)>, Erro> {
    let nomes = capitulos(raiz)?;
    let pares = nomes.iter().zip(nomes.iter().skip(1));
    // O site inteiro junta todos os capítulos: a página dele traz um mapa no lugar da lista.
    pares
        .filter(|(_, depois)| *depois != "cap18-completa")
        .map(|(antes, depois)| {
            let arquivo = raiz.join("book/diferencas").join(format!("{depois}.md"));
            let antes = arquivos(&raiz.join("chapters").join(antes))?;
            let depois = arquivos(&raiz.join("chapters").join(depois))?;
            Ok((arquivo, entre(&antes, &depois)))
        })
        .collect()
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

/// O que um capítulo tem para comparar: o `Cargo.toml`, o Rust e os templates, pelo caminho.
pub(crate) fn arquivos(capitulo: &Path) -> Result<BTreeMap<String, String>, Erro> {
    let mut achados = BTreeMap::new();
    achados.insert("Cargo.toml".to_owned(), ler(&capitulo.join("Cargo.toml"))?);
    for pasta in PASTAS {
        let Ok(entradas) = fs::read_dir(capitulo.join(pasta)) else { continue };
        for caminho in entradas.filter_map(|entrada| Some(entrada.ok()?.path())) {
            if caminho.is_file()
                && let Some(nome) = caminho.file_name().and_then(|nome| nome.to_str())
            {
                achados.insert(format!("{pasta}/{nome}"), ler(&caminho)?);
            }
        }
    }
    Ok(achados)
}

fn entre(
    antes: &BTreeMap<String, String>,
    depois: &BTreeMap<String, String>,
) -> String {
    let nomes: BTreeSet<&String> = antes.keys().chain(depois.keys()).collect();
    // Os testes e os armazenamentos pesariam mais do que a lição na página.
    let nomes = nomes.into_iter().filter(|nome| {
        nome.as_str() != "src/tests.rs" && !nome.starts_with("src/armazem/")
    });
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

/// O texto como o leitor o vê: sem as âncoras do livro e sem o que é só o nome do capítulo.
fn sem_marcas(nome: &str, texto: Option<&String>) -> String {
    let so_o_nome = |linha: &&str| {
        nome == "Cargo.toml" && SO_O_NOME.iter().any(|inicio| linha.starts_with(inicio))
    };
    let linhas = texto.map(String::as_str).unwrap_or_default().lines();
    let visiveis =
        linhas.filter(|linha| !linha.contains("ANCHOR") && !so_o_nome(linha));
    visiveis.map(|linha| format!("{linha}\n")).collect()
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
