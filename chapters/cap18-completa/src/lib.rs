#![doc = include_str!("../README.md")]

pub use abertas::Aberta;
pub use erro::{Erro, ErroAoIniciar, Feito};
pub use instalacao::{Sessoes, conferir_chaves, fairing};
pub use sessao::Sessao;
pub use validade::{Fim, Restam};
pub use valores::Valores;

mod abertas;
mod ajustes;
pub mod armazem;
mod chaves;
mod disfarce;
mod erro;
mod fila;
mod guardada;
mod instalacao;
mod mudancas;
mod sessao;
#[cfg(feature = "site")]
pub mod site;
mod validade;
mod valores;
