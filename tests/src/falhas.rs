//! A tabela de falhas do livro: o que cada teste viu, ao lado do que se espera.

use std::collections::BTreeSet;

/// Compara o que este teste viu com a linha da tabela que fala do que quebrou.
pub fn conferir(quebra: &str, visto: &str) {
    // A tabela se escreve à mão.
    let texto = crate::ler(crate::livro().join("saidas/falhas.md"));
    let mut linhas = texto.lines().map(|linha| linha.split(" | ").collect::<Vec<_>>());
    let inicio = format!("| {quebra}");
    let linha = linhas.find(|linha| linha[0] == inicio);
    let linha = linha.unwrap_or_else(|| panic!("falta em falhas.md: {quebra}"));
    let conselho = "Se a mudança é de propósito, corrija falhas.md";
    assert_eq!(linha[2..], [format!("{visto} |")], "{quebra}\n{conselho}");
}

/// Os códigos vistos, em ordem: “200 e 503”.
pub fn codigos(vistos: impl IntoIterator<Item = u16>) -> String {
    let vistos: BTreeSet<u16> = vistos.into_iter().collect();
    let vistos: Vec<String> = vistos.iter().map(u16::to_string).collect();
    vistos.join(" e ")
}
