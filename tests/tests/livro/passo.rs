//! Um capítulo é um passo: uma ideia a mais, pequena, e toda contada na página.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

use book::capitulos::{linhagem, parte_de, passos};
use book::diferencas::{fontes, linhas_novas};
use book::processo::pasta_do_capitulo;
use regex::Regex;
use tests::{capitulos, ler, livro, pagina};

#[test]
fn toda_funcao_que_muda_ou_entra_aparece_na_pagina() {
    let mut caladas = Vec::new();
    for (antes, capitulo) in passos().unwrap() {
        let (antes, pagina) = (itens(&antes), ler(pagina_de(&capitulo)));
        let citados = pagina.split('`').skip(1).step_by(2);
        let separa = |letra: char| letra != '_' && !letra.is_alphanumeric();
        let citados: BTreeSet<&str> = citados.flat_map(|um| um.split(separa)).collect();
        let listados = listados(&capitulo);
        for (nome, texto) in itens(&capitulo) {
            let igual = antes.contains(&(nome.clone(), texto));
            if !igual && !listados.contains(&nome) && !citados.contains(&*nome) {
                caladas.push(format!("{capitulo}: {nome}"));
            }
        }
    }
    assert!(caladas.is_empty(), "a página não lista nem cita: {caladas:#?}");
}

#[test]
fn um_passo_cabe_em_120_linhas_de_codigo_200_de_testes_e_1500_palavras() {
    let mut grandes = Vec::new();
    let mut medir = |capitulo: &str, medida: usize, limite: usize, de_que: &str| {
        if medida > limite {
            grandes.push(format!("{capitulo}: {medida} {de_que}, mais de {limite}"));
        }
    };
    for (antes, capitulo) in passos().unwrap() {
        let linhas = linhas_novas(&antes, &capitulo).unwrap();
        medir(&capitulo, linhas, 120, "linhas de código");
    }
    for capitulo in capitulos().into_iter().filter(|nome| !junta_outros(nome)) {
        let testes = ler(pasta_do_capitulo(&capitulo).join("src/tests.rs"));
        medir(&capitulo, testes.lines().count(), 200, "linhas de testes");
        let prosa = pagina::prosa(&ler(pagina_de(&capitulo)));
        medir(&capitulo, prosa.split_whitespace().count(), 1_500, "palavras");
    }
    assert!(grandes.is_empty(), "{}", grandes.join("\n"));
}

#[test]
fn o_site_inteiro_leva_cada_arquivo_como_foi_ensinado_ou_a_pagina_diz_o_que_mudou() {
    for site in capitulos().iter().filter(|nome| junta_outros(nome)) {
        let pagina = ler(pagina_de(site));
        let tabelas: String = pagina.lines().filter(|l| l.starts_with('|')).collect();
        let no_site = fontes(site).unwrap();
        for capitulo in linhagem(site).unwrap().iter().filter(|um| *um != site) {
            for (arquivo, texto) in fontes(capitulo).unwrap() {
                let Some(nome) = arquivo.strip_prefix("src/") else { continue };
                // As rotas são as do site; uma ferramenta não faz parte dele.
                if nome == "main.rs" || nome.starts_with("bin/") {
                    continue;
                }
                // O que é só do site, e não da biblioteca, fica em uma pasta à parte.
                let contado = no_site.get(&arquivo) == Some(&texto)
                    || no_site.get(&format!("src/site/{nome}")) == Some(&texto)
                    || tabelas.contains(&format!("{nome}`"));
                assert!(contado, "{site} não diz o que mudou em {nome}, de {capitulo}");
            }
        }
    }
}

/// A aplicação que junta os outros é um passeio: não há um passo até ela.
fn junta_outros(capitulo: &str) -> bool {
    parte_de(capitulo).unwrap().len() > 1
}

fn pagina_de(capitulo: &str) -> PathBuf {
    livro().join(format!("src/{capitulo}.md"))
}

/// Uma função ou um tipo, com os atributos dele.
static DEFINICAO: LazyLock<Regex> = LazyLock::new(|| {
    let visivel = r"(?:pub(?:\(\w+\))? )?(?:async )?(?:fn|struct|enum|trait) (\w+)";
    Regex::new(&format!(r"(?m)^( *)(?:#\[.*\]\n *)*{visivel}")).unwrap()
});

/// As funções e os tipos de um capítulo, fora dos testes: o nome e o texto, sem os comentários.
fn itens(capitulo: &str) -> BTreeSet<(String, String)> {
    let mut itens = BTreeSet::new();
    let fontes = fontes(capitulo).unwrap().into_iter();
    for (_, texto) in fontes.filter(|(arquivo, _)| arquivo.ends_with(".rs")) {
        let visivel = |l: &&str| !l.trim_start().starts_with("//") && !l.is_empty();
        let texto = texto.lines().filter(visivel).collect::<Vec<_>>().join("\n");
        for achado in DEFINICAO.captures_iter(&texto) {
            let resto = &texto[achado.get(0).unwrap().start()..];
            // O rustfmt alinha o fim de um item com o começo; sem corpo, ele termina em `;`.
            let marcas = ["{\n", ";\n", &format!("\n{}}}", &achado[1])];
            let [abre, fecha, fim] =
                marcas.map(|marca| resto.find(marca).unwrap_or(resto.len()));
            let fim = if abre < fecha { fim } else { fecha };
            itens.insert((achado[2].to_owned(), resto[..fim].to_owned()));
        }
    }
    itens
}

/// Os nomes definidos nos trechos que a página inclui dos capítulos.
fn listados(capitulo: &str) -> BTreeSet<String> {
    let incluidos = book::inclusoes(&pagina_de(capitulo)).unwrap().into_iter();
    let trechos = incluidos.map(|inclusao| {
        let texto = ler(&inclusao.arquivo);
        let trecho = inclusao.ancora.and_then(|ancora| book::trecho(&texto, &ancora));
        trecho.unwrap_or(texto) + "\n"
    });
    let trechos: String = trechos.collect();
    DEFINICAO.captures_iter(&trechos).map(|achado| achado[2].to_owned()).collect()
}
