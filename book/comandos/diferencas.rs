//! O que cada capítulo muda no capítulo de que parte, gerado dos dois programas, para que a página
//! nunca conte uma mudança que não houve.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use diffy::{PatchFormatter, create_patch};
use regex::Regex;

use crate::capitulos::passos;
use crate::{Resultado, arquivos, ler, pasta, raiz, revisao};

/// O que o livro mostra dos capítulos e ninguém escreve à mão: o que cada um muda e a Revisão. Cada
/// arquivo e o texto dele.
pub fn gerar() -> Resultado<Vec<(PathBuf, String)>> {
    let mut gerados = vec![revisao::gerar()?];
    for (antes, depois) in passos()? {
        let arquivo = pasta().join("diferencas").join(format!("{depois}.md"));
        gerados.push((arquivo, entre(&antes, &depois)?));
    }
    Ok(gerados)
}

/// Grava de novo o que mudou; devolve os arquivos.
pub fn gravar() -> Resultado<Vec<PathBuf>> {
    let mut mudados = Vec::new();
    for (arquivo, texto) in gerar()? {
        if !fs::read_to_string(&arquivo).is_ok_and(|gravado| gravado == texto) {
            fs::write(&arquivo, texto).map_err(|erro| {
                format!("não consegui gravar {}: {erro}", arquivo.display())
            })?;
            mudados.push(arquivo);
        }
    }
    Ok(mudados)
}

/// Quantas linhas de código um capítulo muda ou acrescenta, fora dos testes. Um comentário não conta:
/// o limite não deve pesar sobre quem diz o porquê.
pub fn linhas_novas(antes: &str, depois: &str) -> Resultado<usize> {
    let (antes, depois) = (fontes(antes)?, fontes(depois)?);
    let do_codigo = depois.iter().filter(|(nome, _)| nome.ends_with(".rs"));
    let de_cada = do_codigo.map(|(nome, novo)| {
        let velho = antes.get(nome).map_or("", String::as_str);
        let diferenca = diferenca(velho, novo);
        let novas = diferenca.lines().filter_map(|linha| linha.strip_prefix('+'));
        let novas = novas.map(str::trim_start);
        novas.filter(|linha| !linha.is_empty() && !linha.starts_with("//")).count()
    });
    Ok(de_cada.sum())
}

/// O que o leitor não precisa ver: as âncoras do livro e o que é só o nome do capítulo e o do capítulo
/// de que ele parte.
const SOBRAS: &str = concat!(
    r"(?m)^(?:\[package\.metadata(?s:.*?)\n\n|(?:name|description|default-run) = .*\n|",
    r".*(?:shared/features|features-tudo|ANCHOR).*\n)",
);

/// O que um capítulo tem para comparar, pelo caminho: o `Cargo.toml`, o Rust e os templates, mas não
/// os testes, que pesariam mais do que a lição na página.
pub fn fontes(capitulo: &str) -> Resultado<BTreeMap<String, String>> {
    let pasta = raiz().join("chapters").join(capitulo);
    let mut caminhos = vec![pasta.join("Cargo.toml")];
    caminhos.extend(arquivos(&pasta.join("src"))?);
    caminhos.extend(arquivos(&pasta.join("templates"))?);
    caminhos.retain(|caminho| !caminho.ends_with("tests.rs"));
    let sobras = Regex::new(SOBRAS).map_err(|erro| erro.to_string())?;
    let fontes = caminhos.iter().map(|caminho| {
        let nome = caminho.strip_prefix(&pasta).unwrap_or(caminho);
        let nome = nome.display().to_string().replace('\\', "/");
        Ok((nome, sobras.replace_all(&ler(caminho)?, "").into_owned()))
    });
    fontes.collect()
}

fn entre(antes: &str, depois: &str) -> Resultado<String> {
    let (antes, depois) = (fontes(antes)?, fontes(depois)?);
    // A lição vem primeiro; o resto, em ordem alfabética.
    let nomes = antes.keys().chain(depois.keys());
    let nomes: BTreeSet<_> = nomes.map(|nome| (nome != "src/main.rs", nome)).collect();
    let blocos = nomes
        .into_iter()
        .filter_map(|(_, nome)| bloco(nome, antes.get(nome), depois.get(nome)));
    Ok(blocos.collect::<Vec<_>>().join("\n"))
}

/// A diferença de um arquivo, dobrada; só a lição vem aberta. `None` quando nada mudou.
fn bloco(
    nome: &str,
    antes: Option<&String>,
    depois: Option<&String>,
) -> Option<String> {
    let [velho, novo] = [antes, depois].map(|fonte| fonte.map_or("", String::as_str));
    let diferenca = diferenca(velho, novo);
    let com = |sinal| diferenca.lines().filter(|um| um.starts_with(sinal)).count();
    let (entraram, sairam) = (com('+'), com('-'));
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
         ```diff\n{diferenca}```\n\n</details>\n"
    ))
}

fn linhas(quantas: usize) -> String {
    if quantas == 1 { "1 linha".to_owned() } else { format!("{quantas} linhas") }
}

/// Um sinal no começo de cada linha: `+` entrou, `-` saiu, espaço ficou. `…` marca o que foi pulado.
fn diferenca(velho: &str, novo: &str) -> String {
    let formato = PatchFormatter::new().suppress_blank_empty(false);
    let diferenca = formato.fmt_patch(&create_patch(velho, novo)).to_string();
    // As duas primeiras dizem os nomes dos arquivos.
    let linhas = diferenca.lines().skip(2).filter_map(|linha| {
        let Some(lugar) = linha.strip_prefix("@@ -") else {
            return Some(format!("{linha}\n"));
        };
        let do_comeco = ["0,", "1,", "1 "].iter().any(|um| lugar.starts_with(um));
        (!do_comeco).then(|| "…\n".to_owned())
    });
    linhas.collect()
}
