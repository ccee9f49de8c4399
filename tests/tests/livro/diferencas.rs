//! O que se gera dos capítulos, e o número e o título de cada um onde quer que o livro o cite.

use std::fs;

use tests::{capitulos, ler, livro, raiz};

#[test]
fn o_que_se_gera_dos_capitulos_esta_gravado() {
    for (arquivo, texto) in book::diferencas::gerar().unwrap() {
        let gravado = fs::read_to_string(&arquivo).unwrap_or_default();
        let em_dia = gravado == texto;
        assert!(em_dia, "{} mudou: cargo livro diferencas", arquivo.display());
    }
}

#[test]
fn cada_capitulo_tem_o_mesmo_numero_e_titulo_onde_quer_que_o_livro_o_cite() {
    let readme = ler(raiz().join("README.md"));
    let linhas = readme.lines().filter_map(|linha| linha.strip_prefix("| [`cap"));
    let crates = linhas.map(|linha| format!("cap{}", linha.split('`').next().unwrap()));
    assert_eq!(crates.collect::<Vec<_>>(), capitulos(), "a tabela do README");
    let sumario = ler(livro().join("src/SUMMARY.md"));
    for capitulo in capitulos() {
        let numero = capitulo[3..5].trim_start_matches('0');
        let pagina = ler(livro().join(format!("src/{capitulo}.md")));
        let titulo = pagina.lines().next().unwrap().trim_start_matches("# ");
        assert!(titulo.starts_with(&format!("{numero}. ")), "{capitulo}: {titulo}");
        let link = format!("- [{titulo}]({capitulo}.md)\n");
        assert!(sumario.contains(&link), "o sumário não tem {link}");
    }
}
