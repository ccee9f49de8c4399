//! Os exemplos do Laboratório do livro: a página e os testes leem o mesmo arquivo.

use std::path::PathBuf;

use regex::Regex;

/// A letra que, repetida, é a chave de brinquedo dos exemplos, a mesma no Flask e no Rocket.
pub const LETRA: char = 'a';

/// A pasta dos scripts do Laboratório.
pub fn pasta() -> PathBuf {
    crate::livro().join("src/laboratorio")
}

/// O exemplo gravado com este nome.
pub fn exemplo(nome: &str) -> String {
    let texto = crate::ler(pasta().join("exemplos.mjs"));
    let padrao = Regex::new(&format!(r#"\b{nome}(?: =|:) "([^"]*)""#));
    let achado = padrao.expect("expressão bem formada").captures(&texto);
    achado.unwrap_or_else(|| panic!("falta {nome} em exemplos.mjs"))[1].to_owned()
}
