//! As perguntas “Antes de seguir”: cada uma tem uma alternativa certa, provada por um teste.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use tests::{capitulos, ler, livro};

use crate::paginas::fontes_dos_testes;

/// Uma pergunta, como está no arquivo do capítulo dela.
struct Pergunta {
    ancora: String,
    /// A posição da alternativa certa.
    certa: Option<usize>,
    prova: String,
}

#[test]
fn cada_capitulo_tem_3_ou_4_perguntas_e_um_teste_prova_a_resposta_de_cada_uma() {
    let (mut total, mut posicoes) = (0, BTreeMap::new());
    for capitulo in capitulos() {
        let pagina = livro().join(format!("src/{capitulo}.md"));
        let (testes, pagina) = (fontes_dos_testes(&pagina), ler(&pagina));
        let perguntas = perguntas(&capitulo);
        assert!((3..=4).contains(&perguntas.len()), "{capitulo}");
        total += perguntas.len();
        for Pergunta { ancora, certa, prova } in perguntas {
            *posicoes.entry(certa).or_insert(0) += 1;
            let existe = testes.contains(&format!("fn {prova}("));
            assert!(existe, "{capitulo}: não existe o teste {prova}");
            let inclusao = format!("{{{{#include perguntas/{capitulo}.md:{ancora}}}}}");
            assert_eq!(pagina.matches(&inclusao).count(), 1, "{capitulo}: {ancora}");
        }
    }
    // Se a certa estivesse quase sempre no mesmo lugar, ele a denunciaria.
    assert!(posicoes.values().all(|vezes| vezes * 2 <= total), "{posicoes:?}");
}

/// Uma pergunta inteira, e uma alternativa dela: a explicação começa por dizer se é a certa, e tem no
/// máximo 40 palavras.
static PARTES: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    [
        concat!(
            r#"(?s)<!-- ANCHOR: (\w+) -->\n<div class="pergunta" id="(cap\d\d)-(\w+)" "#,
            r#"data-conceito="[^"]+" data-prova="(\w+)">\n\n\*\*Antes de seguir\.\*\* "#,
            r"((?:\S+ ){1,39}\S+)\n\n(<details.*?)</div>\n<!-- ANCHOR_END: (\w+) -->",
        ),
        concat!(
            r"<details( data-certa)?>\n<summary>[^\n]+</summary>\n\n",
            r"\*\*(Certo|Ainda não)\.\*\* (?:\S+ ){1,39}\S+\n\n</details>\n",
        ),
    ]
    .map(|padrao| Regex::new(padrao).unwrap())
});

fn perguntas(capitulo: &str) -> Vec<Pergunta> {
    let texto = ler(livro().join(format!("src/perguntas/{capitulo}.md")));
    let [pergunta, alternativa] = &*PARTES;
    let achadas = pergunta.captures_iter(&texto).map(|achada| {
        let (_, [ancora, numero, id, prova, _, dentro, fim]) = achada.extract();
        assert_eq!([numero, id, fim], [&capitulo[..5], ancora, ancora]);
        let certas = alternativa.captures_iter(dentro).map(|achada| {
            assert_eq!(achada.get(1).is_some(), &achada[2] == "Certo", "{ancora}");
            achada.get(1).is_some()
        });
        let certas: Vec<bool> = certas.collect();
        assert_eq!(certas.len(), dentro.matches("<details").count(), "{ancora}");
        assert!((2..=4).contains(&certas.len()), "{ancora}");
        assert_eq!(certas.iter().filter(|certa| **certa).count(), 1, "{ancora}");
        let certa = certas.iter().position(|certa| *certa);
        let [ancora, prova] = [ancora, prova].map(str::to_owned);
        Pergunta { ancora, certa, prova }
    });
    let achadas: Vec<Pergunta> = achadas.collect();
    assert_eq!(achadas.len(), texto.matches("ANCHOR:").count(), "{capitulo}");
    achadas
}
