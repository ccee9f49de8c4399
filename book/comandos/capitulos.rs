//! A árvore dos capítulos: de qual cada um parte e que ataques ele impede. Quem diz é o `Cargo.toml`
//! de cada um, e só ele: um capítulo novo não muda nenhum programa.

use std::collections::BTreeSet;
use std::fs;

use toml::Value;

use crate::{Resultado, pacote, raiz};

/// Os capítulos da pasta `chapters`, em ordem.
pub fn capitulos() -> Resultado<Vec<String>> {
    let pasta = raiz().join("chapters");
    let entradas = fs::read_dir(&pasta)
        .map_err(|erro| format!("não consegui ler {}: {erro}", pasta.display()))?;
    let nomes = entradas.filter_map(|um| um.ok()?.file_name().into_string().ok());
    let mut nomes: Vec<String> = nomes.filter(|nome| nome.starts_with("cap")).collect();
    nomes.sort();
    Ok(nomes)
}

/// Os capítulos de que este parte: o primeiro, de nenhum; o que junta outros, de todos eles.
pub fn parte_de(capitulo: &str) -> Resultado<Vec<String>> {
    metadados(capitulo, "parte-de")
}

/// Os ataques que funcionam no capítulo de que este parte, e nele não mais.
pub fn impede(capitulo: &str) -> Resultado<Vec<String>> {
    metadados(capitulo, "impede")
}

/// O capítulo e todos os que vieram antes dele, até o primeiro.
pub fn linhagem(capitulo: &str) -> Resultado<BTreeSet<String>> {
    let mut linhagem = BTreeSet::new();
    let mut a_ver = vec![capitulo.to_owned()];
    while let Some(um) = a_ver.pop() {
        if linhagem.insert(um.clone()) {
            a_ver.extend(parte_de(&um)?);
        }
    }
    Ok(linhagem)
}

/// Cada capítulo que parte de um só: esse e ele. Um que junta vários não é um passo.
pub fn passos() -> Resultado<Vec<(String, String)>> {
    let mut passos = Vec::new();
    for capitulo in capitulos()? {
        if let Ok([antes]) = <[String; 1]>::try_from(parte_de(&capitulo)?) {
            passos.push((antes, capitulo));
        }
    }
    Ok(passos)
}

fn metadados(capitulo: &str, nome: &str) -> Resultado<Vec<String>> {
    let pacote = pacote(&raiz().join("chapters").join(capitulo))?;
    Ok(textos(&pacote, "capitulo", nome))
}

/// Um texto, ou uma lista de textos, de `[package.metadata]`.
pub(crate) fn textos(pacote: &Value, secao: &str, nome: &str) -> Vec<String> {
    let dado = pacote.get("metadata").and_then(|dados| dados.get(secao)?.get(nome));
    match dado.cloned() {
        Some(Value::String(um)) => vec![um],
        outro => outro.and_then(|varios| varios.try_into().ok()).unwrap_or_default(),
    }
}
