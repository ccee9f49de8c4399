//! Os cookies que têm o nome do nosso só depois que o Rocket os lê.

use rocket::Request;
use rocket::http::Cookie;

// ANCHOR: disfarce
/// Verdadeiro se um cookie só tem este nome depois que o Rocket o lê. Ele desfaz os `%`
/// e tira espaços de qualquer alfabeto; o navegador, que confere o `__Host-`, não.
pub fn ha_disfarce(requisicao: &Request<'_>, nome: &str) -> bool {
    pares(requisicao).any(|(cru, par)| {
        cru != nome && Cookie::parse_encoded(par).is_ok_and(|lido| lido.name() == nome)
    })
}

/// O cookie que tem este nome ao pé da letra, ainda criptografado. De dois, fica o
/// último, como no Rocket; com `__Host-`, o navegador nunca envia dois.
pub fn literal(requisicao: &Request<'_>, nome: &str) -> Option<Cookie<'static>> {
    let nossos = pares(requisicao).filter(|(cru, _)| *cru == nome);
    nossos.filter_map(|(_, par)| Cookie::parse_encoded(par.to_owned()).ok()).last()
}

/// Cada cookie da requisição, e o nome dele como o navegador o escreveu.
fn pares<'r>(requisicao: &'r Request<'_>) -> impl Iterator<Item = (&'r str, &'r str)> {
    let linhas = requisicao.headers().get("Cookie");
    linhas.flat_map(|linha| linha.split(';')).filter_map(|par| {
        let (nome, _) = par.split_once('=')?;
        Some((nome.trim_matches([' ', '\t']), par))
    })
}
// ANCHOR_END: disfarce
