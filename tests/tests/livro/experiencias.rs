//! As experiências de “Quebre de propósito”: cada uma deixa vermelho o que a página promete.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use book::processo::{ate_o_fim, testes};
use book::testes::Testes;
use regex::Regex;
use serde::Deserialize;
use tests::{capitulos, copia, ler, livro, raiz};

/// Uma experiência, como tests/experiencias.toml a descreve.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Experiencia {
    #[serde(default)]
    trocas: Vec<(PathBuf, String, String)>,
    falham: Option<BTreeSet<String>>,
    diz: Option<String>,
    a_mao: Option<String>,
}

#[test]
fn toda_experiencia_das_paginas_se_aplica_e_promete_o_que_se_prova() {
    let numerada = Regex::new(r"(?m)^\d\. ").unwrap();
    let citado = Regex::new(r"`([a-z0-9]+(?:_[a-z0-9]+){4,})`").unwrap();
    let todas = experiencias();
    for capitulo in capitulos() {
        let pagina = ler(livro().join(format!("src/{capitulo}.md")));
        let secao = pagina.split("\n## Quebre de propósito\n").nth(1).expect(&capitulo);
        let secao = secao.split("\n## ").next().unwrap();
        let (pedidos, respostas) = secao.split_once("<details>").expect(&capitulo);
        let respostas = respostas.split("</details>").next().unwrap();
        let nenhuma = Vec::new();
        let dele = todas.get(&capitulo).unwrap_or(&nenhuma);
        for texto in [pedidos, respostas] {
            assert_eq!(numerada.find_iter(texto).count(), dele.len(), "{capitulo}");
        }
        let provados: BTreeSet<&str> = dele
            .iter()
            .flat_map(|uma| &uma.falham)
            .flatten()
            .map(String::as_str)
            .collect();
        for achado in citado.captures_iter(respostas).filter(|_| !dele.is_empty()) {
            assert!(
                provados.contains(&achado[1]),
                "{capitulo}: ninguém prova {}",
                &achado[1]
            );
        }
        for experiencia in dele {
            assert_eq!(
                experiencia.a_mao.is_some(),
                experiencia.trocas.is_empty(),
                "{capitulo}"
            );
            for (arquivo, de, _) in &experiencia.trocas {
                let fonte = ler(raiz()
                    .join("chapters")
                    .join(&capitulo)
                    .join("src")
                    .join(arquivo));
                assert!(
                    fonte.contains(de),
                    "{capitulo}: {} não tem {de}",
                    arquivo.display()
                );
            }
        }
    }
}

#[test]
#[ignore = "leva minutos"]
fn toda_experiencia_deixa_vermelho_o_que_a_pagina_promete() {
    let copia = copia();
    let mut erradas = Vec::new();
    for (capitulo, experiencias) in experiencias() {
        for (indice, experiencia) in experiencias.iter().enumerate() {
            if let Err(veio) = aplicar(experiencia, &capitulo, copia.path()) {
                erradas.push(format!("{capitulo}, experiência {}: {veio}", indice + 1));
            }
        }
    }
    assert!(erradas.is_empty(), "{}", erradas.join("\n"));
}

fn experiencias() -> BTreeMap<String, Vec<Experiencia>> {
    toml::from_str(&ler(raiz().join("tests/experiencias.toml"))).unwrap()
}

/// Quebra a cópia, executa os testes e devolve o código como estava.
fn aplicar(
    experiencia: &Experiencia,
    capitulo: &str,
    copia: &Path,
) -> Result<(), String> {
    let src = copia.join("chapters").join(capitulo).join("src");
    let mut antes = Vec::new();
    for (arquivo, de, para) in &experiencia.trocas {
        let arquivo = src.join(arquivo);
        let fonte = ler(&arquivo);
        fs::write(&arquivo, fonte.replacen(de, para, 1)).unwrap();
        antes.push((arquivo, fonte));
    }
    let veio =
        if antes.is_empty() { Ok(()) } else { conferir(experiencia, capitulo, copia) };
    // A mais nova primeiro: duas trocas podem ser no mesmo arquivo.
    for (arquivo, fonte) in antes.into_iter().rev() {
        fs::write(arquivo, fonte).unwrap();
    }
    veio
}

fn conferir(
    experiencia: &Experiencia,
    capitulo: &str,
    copia: &Path,
) -> Result<(), String> {
    let mut comando = testes(capitulo);
    // As dependências já compiladas servem: só o capítulo e a casa são outros.
    comando.current_dir(copia).env("CARGO_TARGET_DIR", raiz().join("target"));
    comando.args(experiencia.falham.iter().flatten());
    let (certo, saida) = ate_o_fim(comando);
    let disse = experiencia.diz.as_ref().is_none_or(|texto| saida.contains(texto));
    let falharam: BTreeSet<String> = Testes::ler(&saida).falharam.into_keys().collect();
    let vermelho = match &experiencia.falham {
        Some(promete) if promete.is_empty() => certo,
        Some(promete) => promete.is_subset(&falharam),
        None => !certo && falharam.is_empty(),
    };
    if disse && vermelho {
        Ok(())
    } else {
        Err(format!("falharam {falharam:?}\n{saida}"))
    }
}
