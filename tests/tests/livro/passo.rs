//! Um capítulo é um passo: uma ideia a mais, pequena, e toda contada na página.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use book::diferencas::{fontes, linhas_novas, passos};
use book::processo::pasta_do_capitulo;
use regex::Regex;
use tests::{capitulos, ler, livro, pagina, raiz};

/// A aplicação completa é um passeio: não há um passo até ela.
const PASSEIO: &str = "cap18-completa";

#[test]
fn toda_funcao_que_muda_ou_entra_aparece_na_pagina() {
    let mut caladas = Vec::new();
    for (antes, capitulo) in passos(raiz()).unwrap() {
        let antes = itens(&antes);
        let pagina = ler(pagina_de(&capitulo));
        let citados = pagina.split('`').skip(1).step_by(2);
        let separa = |letra: char| letra != '_' && !letra.is_alphanumeric();
        let citados: BTreeSet<&str> = citados.flat_map(|um| um.split(separa)).collect();
        let listado = listado(&pagina_de(&capitulo));
        for (nome, texto) in itens(&capitulo) {
            let igual = antes.contains(&(nome.clone(), texto));
            if !igual && !listado.contains(&nome) && !citados.contains(&*nome) {
                caladas.push(format!("{capitulo}: {nome}"));
            }
        }
    }
    assert!(
        caladas.is_empty(),
        "mudaram sem que a página as liste ou cite:\n{}",
        caladas.join("\n")
    );
}

#[test]
fn um_passo_cabe_em_120_linhas_de_codigo_200_de_testes_e_1500_palavras() {
    let mut grandes = Vec::new();
    let mut medir = |capitulo: &str, medida: usize, limite: usize, de_que: &str| {
        if medida > limite {
            grandes.push(format!("{capitulo}: {medida} {de_que}, mais de {limite}"));
        }
    };
    let mut passos = passos(raiz()).unwrap();
    passos.retain(|(_, nome)| nome.as_str() > "cap03");
    for (antes, capitulo) in passos {
        let linhas = linhas_novas(raiz(), &antes, &capitulo).unwrap();
        medir(&capitulo, linhas, 120, "linhas de código");
    }
    for capitulo in pequenos() {
        let testes = ler(pasta_do_capitulo(&capitulo).join("src/tests.rs"));
        medir(&capitulo, testes.lines().count(), 200, "linhas de testes");
        let prosa = pagina::prosa(&ler(pagina_de(&capitulo)));
        medir(&capitulo, prosa.split_whitespace().count(), 1_500, "palavras");
    }
    assert!(grandes.is_empty(), "{}", grandes.join("\n"));
}

#[test]
fn o_site_inteiro_leva_cada_arquivo_como_foi_ensinado_ou_a_pagina_diz_o_que_mudou() {
    let pagina = ler(pagina_de(PASSEIO));
    let tabelas: String =
        pagina.lines().filter(|linha| linha.starts_with('|')).collect();
    let fontes_do_site = fontes(raiz(), PASSEIO).unwrap();
    for capitulo in pequenos() {
        for (arquivo, texto) in fontes(raiz(), &capitulo).unwrap() {
            let Some(nome) = arquivo.strip_prefix("src/") else { continue };
            // As rotas são as do site; uma ferramenta não faz parte dele.
            if nome == "main.rs" || nome.starts_with("bin/") {
                continue;
            }
            let no_site = [&arquivo, &format!("src/site/{nome}")]
                .map(|um| fontes_do_site.get(um));
            let igual = no_site.contains(&Some(&texto));
            assert!(
                igual || tabelas.contains(&format!("{nome}`")),
                "a página do site não diz o que mudou em {nome}, de {capitulo}"
            );
        }
    }
}

fn pequenos() -> impl Iterator<Item = String> {
    capitulos().into_iter().filter(|nome| nome != PASSEIO)
}

fn pagina_de(capitulo: &str) -> PathBuf {
    livro().join(format!("src/{capitulo}.md"))
}

/// As funções e os tipos de um capítulo, fora dos testes: o nome e o texto, sem os comentários.
fn itens(capitulo: &str) -> BTreeSet<(String, String)> {
    let fontes = fontes(raiz(), capitulo).unwrap().into_iter();
    let codigo = fontes.filter(|(arquivo, _)| arquivo.ends_with(".rs"));
    codigo.flat_map(|(_, texto)| itens_em(&texto)).collect()
}

/// O rustfmt alinha o fim de um item com o começo: é pelo recuo que se vê onde ele termina.
fn itens_em(texto: &str) -> Vec<(String, String)> {
    static ROTAS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"routes!\[[^\]]*\]").unwrap());
    let linhas: Vec<&str> = texto
        .lines()
        .filter(|linha| !linha.trim_start().starts_with("//") && !linha.is_empty())
        .collect();
    let achados = linhas.iter().enumerate().filter_map(|(indice, linha)| {
        let achado = DEFINICAO.captures(linha)?;
        let recuo = &achado[1];
        // Um atributo, como o da rota, é parte da função.
        let atributo = |linha: &&&str| {
            linha.strip_prefix(recuo).is_some_and(|resto| resto.starts_with("#["))
        };
        let atributos = linhas[..indice].iter().rev().take_while(atributo).count();
        let fim = linhas[indice..].iter().position(|linha| {
            let dentro = linha.strip_prefix(recuo).unwrap_or_default();
            !dentro.starts_with(' ') && linha.ends_with(['}', ';'])
        });
        let fim = indice + fim.unwrap_or_default();
        let item = linhas[indice - atributos..=fim].iter().map(|linha| linha.trim());
        let texto = item.collect::<Vec<_>>().join("\n");
        // Basta que a rota apareça: a lista em que ela entra não diz mais nada.
        let texto = ROTAS.replace(&texto, "routes![]").into_owned();
        Some((achado[2].to_owned(), texto))
    });
    achados.collect()
}

static DEFINICAO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?m)^( *)(?:pub(?:\(\w+\))? )?(?:async )?(?:fn|struct|enum|trait) (\w+)",
    )
    .unwrap()
});

/// O que uma página lista: os nomes definidos nos trechos que ela inclui dos capítulos.
fn listado(pagina: &Path) -> BTreeSet<String> {
    let incluidos = book::inclusoes(pagina).unwrap().into_iter().map(|inclusao| {
        let texto = ler(&inclusao.arquivo);
        let trecho = inclusao.ancora.and_then(|ancora| book::trecho(&texto, &ancora));
        trecho.unwrap_or(texto)
    });
    let nomes = |trecho: String| {
        let achados = DEFINICAO.captures_iter(&trecho);
        achados.map(|achado| achado[2].to_owned()).collect::<Vec<_>>()
    };
    incluidos.flat_map(nomes).collect()
}
