//! Um capítulo é um passo: uma ideia a mais, pequena, e toda contada na página.

use std::collections::BTreeSet;
use std::path::Path;

use book::processo::pasta_do_capitulo;
use regex::Regex;
use tests::{arquivos, capitulos, ler, livro, pagina, raiz};

/// A aplicação completa é um passeio: não há um passo até ela.
const PASSEIO: &str = "cap18-completa";

const LINHAS_DE_CODIGO: usize = 120;
const LINHAS_DE_TESTES: usize = 200;
const PALAVRAS: usize = 1_500;

#[test]
fn toda_funcao_que_muda_ou_entra_aparece_na_pagina() {
    let mut caladas = Vec::new();
    for (antes, capitulo) in passos() {
        let antes = itens(&antes);
        let caminho = livro().join("src").join(format!("{capitulo}.md"));
        let pagina = ler(&caminho);
        let listado = listado(&caminho);
        for (nome, texto) in itens(&capitulo) {
            let palavra = Regex::new(&format!(r"\b{nome}\b")).unwrap();
            let igual = antes.contains(&(nome.clone(), texto));
            let citado = pagina.split('`').skip(1).step_by(2);
            let aparece = listado.contains(&nome)
                || citado.into_iter().any(|codigo| palavra.is_match(codigo));
            if !igual && !aparece {
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
fn nenhum_passo_passa_de_120_linhas_de_codigo() {
    let mut grandes = Vec::new();
    for (antes, capitulo) in passos().filter(|(_, nome)| nome.as_str() > "cap03") {
        let linhas = book::diferencas::linhas_novas(raiz(), &antes, &capitulo).unwrap();
        if linhas > LINHAS_DE_CODIGO {
            grandes.push(format!("{capitulo}: {linhas} linhas"));
        }
    }
    assert!(grandes.is_empty(), "mais de {LINHAS_DE_CODIGO}: {grandes:?}");
}

#[test]
fn os_testes_de_um_capitulo_cabem_em_200_linhas() {
    for capitulo in pequenos() {
        let linhas =
            ler(pasta_do_capitulo(&capitulo).join("src/tests.rs")).lines().count();
        assert!(linhas <= LINHAS_DE_TESTES, "{capitulo}: {linhas} linhas de testes");
    }
}

#[test]
fn a_pagina_de_um_capitulo_tem_no_maximo_1500_palavras() {
    for capitulo in pequenos() {
        let pagina = ler(livro().join("src").join(format!("{capitulo}.md")));
        let palavras = pagina::prosa(&pagina).split_whitespace().count();
        assert!(palavras <= PALAVRAS, "{capitulo}: {palavras} palavras");
    }
}

#[test]
fn o_site_inteiro_leva_cada_arquivo_como_foi_ensinado_ou_a_pagina_diz_o_que_mudou() {
    let pagina = ler(livro().join("src").join(format!("{PASSEIO}.md")));
    let linhas: Vec<&str> =
        pagina.lines().filter(|linha| linha.starts_with('|')).collect();
    for capitulo in capitulos().into_iter().filter(|nome| nome != PASSEIO) {
        let pasta = pasta_do_capitulo(&capitulo).join("src");
        for arquivo in arquivos(&pasta) {
            let nome = arquivo.strip_prefix(&pasta).unwrap();
            let no_site = pasta_do_capitulo(PASSEIO).join("src").join(nome);
            let nome = nome.display().to_string().replace('\\', "/");
            // As rotas e os testes são os do site; uma ferramenta não faz parte dele.
            if matches!(nome.as_str(), "main.rs" | "tests.rs")
                || nome.starts_with("bin/")
            {
                continue;
            }
            let igual = no_site.exists()
                && sem_marcas(&ler(&no_site)) == sem_marcas(&ler(&arquivo));
            let dito = linhas.iter().any(|linha| linha.contains(&format!("`{nome}`")));
            assert!(
                igual || dito,
                "a página do site não diz o que mudou em {nome}, de {capitulo}"
            );
        }
    }
}

fn sem_marcas(texto: &str) -> String {
    let linhas = texto.lines().filter(|linha| !linha.contains("ANCHOR"));
    linhas.map(|linha| format!("{linha}\n")).collect()
}

fn pequenos() -> impl Iterator<Item = String> {
    capitulos().into_iter().filter(|nome| nome != PASSEIO)
}

/// O capítulo de que se parte e o que se alcança, de cada passo.
fn passos() -> impl Iterator<Item = (String, String)> {
    let passos = book::diferencas::passos(raiz()).unwrap();
    passos.into_iter().filter(|(_, nome)| pequenos().any(|pequeno| pequeno == *nome))
}

/// As funções e os tipos de um capítulo, fora dos testes: o nome e o texto, sem os comentários.
fn itens(capitulo: &str) -> BTreeSet<(String, String)> {
    let fontes = arquivos(&pasta_do_capitulo(capitulo).join("src"));
    let codigo = fontes.iter().filter(|fonte| !fonte.ends_with("tests.rs")).map(ler);
    codigo.flat_map(|texto| itens_em(&texto)).collect()
}

/// O rustfmt alinha o fim de um item com o começo: é pelo recuo que se vê onde ele termina.
fn itens_em(texto: &str) -> Vec<(String, String)> {
    let comeco = Regex::new(DEFINICAO).unwrap();
    let rotas = Regex::new(r"routes!\[[^\]]*\]").unwrap();
    let linhas: Vec<&str> = texto
        .lines()
        .filter(|linha| !linha.trim_start().starts_with("//") && !linha.is_empty())
        .collect();
    let achados = linhas.iter().enumerate().filter_map(|(indice, linha)| {
        let achado = comeco.captures(linha)?;
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
        let texto = rotas.replace(&texto, "routes![]").into_owned();
        Some((achado[2].to_owned(), texto))
    });
    achados.collect()
}

const DEFINICAO: &str =
    r"(?m)^( *)(?:pub(?:\(\w+\))? )?(?:async )?(?:fn|struct|enum|trait) (\w+)";

/// O que uma página lista: os nomes definidos nos trechos que ela inclui dos capítulos.
fn listado(pagina: &Path) -> BTreeSet<String> {
    let definicao = Regex::new(DEFINICAO).unwrap();
    let incluidos = book::inclusoes(pagina).unwrap().into_iter().map(|inclusao| {
        let texto = ler(&inclusao.arquivo);
        let trecho = inclusao.ancora.and_then(|ancora| book::trecho(&texto, &ancora));
        trecho.unwrap_or(texto)
    });
    let nomes = |trecho: String| {
        let achados = definicao.captures_iter(&trecho);
        achados.map(|achado| achado[2].to_owned()).collect::<Vec<_>>()
    };
    incluidos.flat_map(nomes).collect()
}
