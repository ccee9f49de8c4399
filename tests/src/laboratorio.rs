//! Os exemplos do Laboratório do livro: a página e os testes leem o mesmo arquivo.

use regex::Regex;

/// O exemplo gravado com este nome.
pub fn exemplo(nome: &str) -> String {
    let texto = crate::ler(crate::livro().join("src/laboratorio/exemplos.mjs"));
    let padrao = Regex::new(&format!(r#"\b{nome}(?: =|:) "([^"]*)""#));
    let achado = padrao.expect("expressão bem formada").captures(&texto);
    achado.unwrap_or_else(|| panic!("falta {nome} em exemplos.mjs"))[1].to_owned()
}
