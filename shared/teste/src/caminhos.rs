//! Os caminhos da lição, escritos uma vez: uma rota que muda de nome não muda os testes de ninguém.

/// O formulário de login.
pub const LOGIN: &str = "/login";
/// Para onde ele é enviado.
pub const LOGIN_SUBMIT: &str = "/login_submit";
/// As boas-vindas, com o nome e o número.
pub const DASHBOARD: &str = "/dashboard";
/// O cargo.
pub const PERFIL: &str = "/perfil";
/// Tira o cargo.
pub const REMOVER_CARGO: &str = "/remover_cargo";
/// Termina a sessão.
pub const LOGOUT: &str = "/logout";
/// Os produtos, desde o capítulo 6.
pub const CARRINHO: &str = "/carrinho";
/// A administração, desde o capítulo 6.
pub const ADMIN: &str = "/admin";
