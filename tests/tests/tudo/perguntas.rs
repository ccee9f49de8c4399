//! As perguntas “Antes de seguir”: cada uma tem uma alternativa certa, provada por um teste.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use tests::pagina::prosa;
use tests::{capitulos, ler, livro};

use crate::livro::testes_que_provam;

/// Uma pergunta, como está no arquivo do capítulo dela.
struct Pergunta {
    capitulo: String,
    ancora: String,
    conceito: String,
    prova: String,
    /// Se cada alternativa é a certa, e a explicação dela.
    alternativas: Vec<(bool, String)>,
}

impl Pergunta {
    fn certa(&self) -> usize {
        self.alternativas.iter().position(|(certa, _)| *certa).unwrap()
    }

    fn inclusao(&self) -> String {
        format!("{{{{#include perguntas/{}.md:{}}}}}", self.capitulo, self.ancora)
    }
}

#[test]
fn cada_pergunta_tem_uma_alternativa_certa_e_um_teste_que_a_prova() {
    let perguntas = perguntas();
    for capitulo in capitulos() {
        let testes = testes_que_provam(&livro().join(format!("src/{capitulo}.md")));
        let dele = perguntas.iter().filter(|pergunta| pergunta.capitulo == capitulo);
        assert!((3..=4).contains(&dele.clone().count()), "{capitulo}");
        for Pergunta { ancora, prova, alternativas, .. } in dele {
            assert!((2..=4).contains(&alternativas.len()), "{capitulo}: {ancora}");
            let certas = alternativas.iter().filter(|(certa, _)| *certa).count();
            assert_eq!(certas, 1, "{capitulo}: {ancora}");
            for (certa, explicacao) in alternativas {
                let comeco = if *certa { "**Certo.** " } else { "**Ainda não.** " };
                assert!(explicacao.starts_with(comeco), "{capitulo}: {explicacao}");
                let palavras = prosa(explicacao).split_whitespace().count();
                assert!(palavras <= 42, "{capitulo}: {palavras} em {explicacao}");
            }
            assert!(testes.contains(prova), "{capitulo}: não existe o teste {prova}");
        }
    }
}

#[test]
fn a_posicao_da_certa_nao_a_denuncia() {
    let perguntas = perguntas();
    let mut vezes = BTreeMap::new();
    for pergunta in &perguntas {
        *vezes.entry(pergunta.certa()).or_insert(0) += 1;
    }
    assert!(vezes.values().all(|vezes| vezes * 2 <= perguntas.len()), "{vezes:?}");
}

#[test]
fn toda_pergunta_esta_na_pagina_do_capitulo_e_em_revisao_sob_o_conceito_dela() {
    let revisao = ler(livro().join("src/revisao.md"));
    let secoes: BTreeMap<&str, &str> = revisao
        .split("\n## ")
        .skip(1)
        .filter_map(|secao| secao.split_once('\n'))
        .collect();
    let mut usados = BTreeSet::new();
    for pergunta in perguntas() {
        let Pergunta { capitulo, ancora, conceito, .. } = &pergunta;
        let secao = secoes.get(&**conceito).copied().unwrap_or_default();
        let numero = &capitulo[..5];
        let ligacao = format!("]({capitulo}.md#{numero}-{ancora})");
        let pagina = ler(livro().join(format!("src/{capitulo}.md")));
        for (texto, trecho) in [
            (secao, &pergunta.inclusao()),
            (&*pagina, &pergunta.inclusao()),
            (secao, &ligacao),
        ] {
            assert_eq!(texto.matches(&**trecho).count(), 1, "{conceito}: {trecho}");
        }
        usados.insert(pergunta.conceito);
    }
    assert!(secoes.keys().all(|secao| usados.contains(*secao)), "{usados:?}");
}

fn perguntas() -> Vec<Pergunta> {
    let pergunta = Regex::new(concat!(
        r#"(?s)<!-- ANCHOR: (\w+) -->\n<div class="pergunta" id="(cap\d\d-\w+)" "#,
        r#"data-conceito="([^"]+)" data-prova="(\w+)">\n\n\*\*Antes de seguir\.\*\* [^\n]+\n\n"#,
        r#"((?:<details.*?</details>\n)+)</div>\n<!-- ANCHOR_END: (\w+) -->"#,
    ));
    let pergunta = pergunta.unwrap();
    let alternativa = Regex::new(
        r"<details( data-certa)?>\n<summary>[^\n]+</summary>\n\n([^\n]+)\n\n</details>\n",
    );
    let alternativa = alternativa.unwrap();
    let do_capitulo = |capitulo: String| {
        let texto = ler(livro().join(format!("src/perguntas/{capitulo}.md")));
        let achadas = pergunta.captures_iter(&texto).map(|achada| {
            let (_, [ancora, id, conceito, prova, alternativas, fim]) =
                achada.extract();
            assert_eq!((id, fim), (&*format!("{}-{ancora}", &capitulo[..5]), ancora));
            let achadas = alternativa.captures_iter(alternativas);
            let alternativas: Vec<_> =
                achadas.map(|a| (a.get(1).is_some(), a[2].to_owned())).collect();
            let (ancora, conceito, prova) =
                (ancora.into(), conceito.into(), prova.into());
            Pergunta {
                capitulo: capitulo.clone(),
                ancora,
                conceito,
                prova,
                alternativas,
            }
        });
        let achadas: Vec<Pergunta> = achadas.collect();
        assert_eq!(achadas.len(), texto.matches("ANCHOR:").count(), "{capitulo}");
        achadas
    };
    capitulos().into_iter().flat_map(do_capitulo).collect()
}
