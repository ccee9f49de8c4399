//! O que cada capítulo muda no capítulo de que parte, como a página mostra.

use std::fs;

use tests::{arquivos, capitulos, ler, livro, raiz};

#[test]
fn as_diferencas_gravadas_sao_as_dos_capitulos() {
    for (arquivo, texto) in book::diferencas::gerar(raiz()).unwrap() {
        let gravada = fs::read_to_string(&arquivo).unwrap_or_default();
        assert!(
            gravada == texto,
            "{} não mostra o que mudou. Grave de novo: cargo livro diferencas",
            arquivo.display()
        );
    }
}

#[test]
fn cada_capitulo_diz_de_qual_parte_e_mostra_o_que_mudou() {
    let passos = book::diferencas::passos(raiz()).unwrap();
    for (antes, capitulo) in &passos {
        let existe = capitulos().contains(antes) && antes < capitulo;
        assert!(existe, "{capitulo} diz que parte de {antes}");
        let pagina = ler(livro().join("src").join(format!("{capitulo}.md")));
        let inclusao = format!("{{{{#include ../diferencas/{capitulo}.md}}}}");
        assert!(pagina.contains(&inclusao), "{capitulo}.md não mostra o que mudou");
    }
    let com_partida: Vec<_> =
        passos.into_iter().map(|(_, capitulo)| capitulo).collect();
    // O primeiro não tem de onde partir, e o que junta todos parte de todos.
    let esperados = capitulos()
        .into_iter()
        .filter(|nome| !matches!(nome.as_str(), "cap01-importar" | "cap18-completa"));
    assert_eq!(com_partida, esperados.collect::<Vec<_>>(), "falta `parte-de`");
    let gravadas = arquivos(&livro().join("diferencas")).len();
    assert_eq!(gravadas, com_partida.len(), "sobra uma diferença gravada");
}
