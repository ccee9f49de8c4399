//! As experiências de “Quebre de propósito”: cada uma deixa vermelho o que a página promete.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use book::processo::{ate_o_fim, cargo};
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
    let mut todas = experiencias();
    for capitulo in capitulos() {
        let pagina = ler(livro().join(format!("src/{capitulo}.md")));
        let secao = pagina.split("\n## Quebre de propósito\n").nth(1).expect(&capitulo);
        let secao = secao.split("\n## ").next().unwrap();
        let (pedidos, respostas) = secao.split_once("<details>").expect(&capitulo);
        let respostas = respostas.split("</details>").next().unwrap();
        let Some(dele) = todas.remove(&capitulo) else {
            assert!(!numerada.is_match(pedidos), "{capitulo}: sem experiencias.toml");
            continue;
        };
        for texto in [pedidos, respostas] {
            assert_eq!(numerada.find_iter(texto).count(), dele.len(), "{capitulo}");
        }
        let provados: BTreeSet<_> =
            dele.iter().flat_map(|uma| uma.falham.iter().flatten()).collect();
        for achado in citado.captures_iter(respostas) {
            let provado = provados.contains(&achado[1].to_owned());
            assert!(provado, "{capitulo}: ninguém prova {}", &achado[1]);
        }
        for Experiencia { trocas, a_mao, .. } in dele {
            assert_eq!(a_mao.is_some(), trocas.is_empty(), "{capitulo}");
            for (arquivo, de, _) in trocas {
                let arquivo = fonte(raiz(), &capitulo, &arquivo);
                assert!(ler(&arquivo).contains(&de), "{arquivo:?} não tem {de}");
            }
        }
    }
}

#[test]
#[ignore = "leva minutos"]
fn toda_experiencia_deixa_vermelho_o_que_a_pagina_promete() {
    let _vez = tests::vez_do_cargo();
    let copia = copia();
    let mut erradas = String::new();
    for (capitulo, experiencias) in experiencias() {
        for (numero, experiencia) in (1..).zip(experiencias) {
            if let Err(veio) = aplicar(&experiencia, &capitulo, copia.path()) {
                erradas += &format!("{capitulo}, experiência {numero}: {veio}\n");
            }
        }
    }
    assert!(erradas.is_empty(), "{erradas}");
}

fn experiencias() -> BTreeMap<String, Vec<Experiencia>> {
    toml::from_str(&ler(raiz().join("tests/experiencias.toml"))).unwrap()
}

fn fonte(raiz: &Path, capitulo: &str, arquivo: &Path) -> PathBuf {
    raiz.join("chapters").join(capitulo).join("src").join(arquivo)
}

/// Quebra a cópia, executa os testes e devolve o código como estava.
fn aplicar(uma: &Experiencia, capitulo: &str, copia: &Path) -> Result<(), String> {
    let Experiencia { trocas, falham, diz, .. } = uma;
    if trocas.is_empty() {
        return Ok(());
    }
    for (arquivo, de, para) in trocas {
        let arquivo = fonte(copia, capitulo, arquivo);
        fs::write(&arquivo, ler(&arquivo).replacen(de, para, 1)).unwrap();
    }
    let mut comando = cargo();
    comando.args(["test", "--quiet", "--no-fail-fast", "-p", capitulo, "--"]);
    comando.args(falham.iter().flatten()).args(["--format", "pretty"]);
    // As dependências já compiladas servem: só o capítulo e a casa são outros.
    comando.current_dir(copia).env("CARGO_TARGET_DIR", raiz().join("target"));
    let (certo, saida) = ate_o_fim(comando);
    for (arquivo, ..) in trocas {
        let [de, para] = [raiz(), copia].map(|pasta| fonte(pasta, capitulo, arquivo));
        fs::write(para, ler(de)).unwrap();
    }
    let disse = diz.as_ref().is_none_or(|texto| saida.contains(texto));
    let falharam: BTreeSet<String> = Testes::ler(&saida).falharam.into_keys().collect();
    let vermelho = match falham {
        Some(promete) if promete.is_empty() => certo,
        Some(promete) => promete.is_subset(&falharam),
        None => !certo && falharam.is_empty(),
    };
    let veio = || format!("falharam {falharam:?}\n{saida}");
    (disse && vermelho).then_some(()).ok_or_else(veio)
}
