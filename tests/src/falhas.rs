//! A tabela de falhas do livro: o que cada teste viu, ao lado do que se espera.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// O arquivo da tabela, que se escreve à mão.
pub fn tabela() -> PathBuf {
    crate::livro().join("saidas/falhas.md")
}

/// Compara o que este teste viu com a linha da tabela que fala do que quebrou.
pub fn conferir(quebra: &str, visto: &str) {
    let texto = crate::ler(tabela());
    let mut linhas = texto.lines().map(|linha| linha.split(" | ").collect::<Vec<_>>());
    let inicio = format!("| {quebra}");
    let linha = linhas.find(|linha| linha[0] == inicio);
    let linha = linha.unwrap_or_else(|| panic!("falta em falhas.md: {quebra}"));
    let conselho = "Se a mudança é de propósito, corrija falhas.md";
    assert_eq!(linha[2..], [format!("{visto} |")], "{quebra}\n{conselho}");
}

/// Um limite que a demora não passou. Ler e gravar esperam 2 s cada um; o dobro disso dá a mesma
/// frase em uma máquina ocupada.
pub fn em_menos_de(demora: Duration) -> String {
    let passa = |limite: &&u64| demora < Duration::from_secs(**limite);
    let limite = [8, 15].iter().find(passa);
    limite.map_or(format!("em {demora:?}"), |limite| format!("em menos de {limite} s"))
}

/// Um limite que a conta não passou: o que se vê muda um pouco de uma vez para outra.
pub fn no_maximo(limite: usize, vistos: usize) -> String {
    format!("no máximo {}", limite.max(vistos))
}

/// Os códigos vistos, em ordem: “200 e 503”.
pub fn codigos(vistos: impl IntoIterator<Item = u16>) -> String {
    let vistos: BTreeSet<u16> = vistos.into_iter().collect();
    let vistos: Vec<String> = vistos.iter().map(u16::to_string).collect();
    vistos.join(" e ")
}
