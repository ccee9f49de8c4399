//! O que o capítulo 10 faz por HTTP, com cada armazenamento.
use super::Cenario;
pub const CENARIOS: &[Cenario] = &[];
