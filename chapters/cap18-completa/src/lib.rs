//! Capítulo 18: a biblioteca de sessões e, em `site`, o site inteiro.

#[doc(hidden)]
pub mod ajustes;
#[doc(hidden)]
pub mod armazem;
#[doc(hidden)]
pub mod chaves;
mod disfarce;
#[doc(hidden)]
pub mod navegador;
#[doc(hidden)]
pub mod sessao;
#[doc(hidden)]
pub mod site;
#[doc(hidden)]
pub mod validade;
