//! O que as três medidas têm em comum.

use std::path::Path;

/// Lê um arquivo do repositório; a medida para, dizendo qual, se ele não abre.
pub fn ler(caminho: impl AsRef<Path>) -> String {
    let caminho = caminho.as_ref();
    std::fs::read_to_string(caminho)
        .unwrap_or_else(|erro| panic!("não consegui ler {}: {erro}", caminho.display()))
}
