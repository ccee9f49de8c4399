//! Para onde ir depois do login.

use rocket::http::uri::Origin;

/// Muito mais que o maior endereço deste site, em bytes.
const MAIOR: usize = 200;

/// O endereço para onde ir depois do login, se é uma página deste site.
/// `//outro.site`, `/\outro.site` e as formas codificadas deles levariam a outro site; por
/// isso só passa o que começa com uma barra só e tem letras, dígitos, `-`, `_` e `/`. Um
/// endereço enorme não caberia em um cabeçalho da resposta.
pub fn volta_segura(volta: &str) -> Option<Origin<'static>> {
    let letras = |letra: char| letra.is_ascii_alphanumeric() || "-_/".contains(letra);
    let daqui = volta.starts_with('/')
        && !volta.contains("//")
        && volta.len() <= MAIOR
        && volta.chars().all(letras);
    daqui.then(|| Origin::parse_owned(volta.to_owned()).ok()).flatten()
}
