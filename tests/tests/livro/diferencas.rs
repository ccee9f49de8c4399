//! De que capítulo cada um parte, o que muda nele e a Revisão, como as páginas mostram.

use std::fs;

use book::capitulos::{linhagem, parte_de, passos};
use tests::{arquivos, capitulos, ler, livro};

#[test]
fn o_que_se_gera_dos_capitulos_esta_gravado() {
    for (arquivo, texto) in book::diferencas::gerar().unwrap() {
        let gravado = fs::read_to_string(&arquivo).unwrap_or_default();
        let em_dia = gravado == texto;
        assert!(em_dia, "{} mudou: cargo livro diferencas", arquivo.display());
    }
}

#[test]
fn cada_capitulo_diz_de_qual_parte_e_mostra_o_que_mudou() {
    let mut sem_partida = Vec::new();
    for capitulo in capitulos() {
        let antes = parte_de(&capitulo).unwrap();
        for um in &antes {
            let existe = capitulos().contains(um);
            let antes_dele = existe && !linhagem(um).unwrap().contains(&capitulo);
            assert!(antes_dele, "{capitulo} diz que parte de {um}");
        }
        if antes.is_empty() {
            sem_partida.push(capitulo);
        }
    }
    // Só o primeiro não tem de onde partir.
    assert_eq!(sem_partida.len(), 1, "falta `parte-de` em um destes: {sem_partida:?}");
    let passos = passos().unwrap();
    for (_, capitulo) in &passos {
        let pagina = ler(livro().join("src").join(format!("{capitulo}.md")));
        let inclusao = format!("{{{{#include ../diferencas/{capitulo}.md}}}}");
        assert!(pagina.contains(&inclusao), "{capitulo}.md não mostra o que mudou");
    }
    let gravadas = arquivos(&livro().join("diferencas")).len();
    assert_eq!(gravadas, passos.len(), "sobra uma diferença gravada");
}
