//! As chaves secretas anteriores: ainda abrem os cookies que fecharam, e não fecham
//! mais nenhum.

use cookie::{Cookie, CookieJar, Key};
use rocket::error;
use rocket::fairing::{AdHoc, Fairing};
use rocket::figment::Figment;

/// O nome da lista na configuração; no ambiente, `ROCKET_SECRET_KEYS_ANTERIORES`.
const LISTA: &str = "secret_keys_anteriores";

// ANCHOR: abrir
/// As chaves anteriores, da mais nova para a mais velha.
pub struct Anteriores(Vec<Key>);

impl Anteriores {
    /// Abre um cookie que a chave atual não abriu. `None`, se nenhuma o fechou.
    pub fn abrir(&self, cookie: &Cookie<'static>) -> Option<Cookie<'static>> {
        let jar = CookieJar::new();
        self.0.iter().find_map(|chave| jar.private(chave).decrypt(cookie.clone()))
    }
}
// ANCHOR_END: abrir

// ANCHOR: preparar
/// Entrega as chaves anteriores às guardas. Se a lista tem um erro, o servidor diz
/// qual é e não inicia.
pub fn preparar() -> impl Fairing {
    AdHoc::try_on_ignite("Chaves anteriores", |aplicacao| async {
        match conferir(aplicacao.figment()) {
            Ok(anteriores) => Ok(aplicacao.manage(anteriores)),
            Err(motivo) => {
                error!("{motivo}");
                Err(aplicacao)
            }
        }
    })
}
// ANCHOR_END: preparar

// ANCHOR: conferir
/// Confere a lista. O erro diz qual chave não serve, e nunca a mostra.
pub fn conferir(configuracao: &Figment) -> Result<Anteriores, String> {
    let atual: Option<String> = configuracao.extract_inner("secret_key").ok();
    let atual = atual.and_then(|texto| chave(&texto));
    let mut chaves = Vec::new();
    for (indice, texto) in lista(configuracao)?.iter().enumerate() {
        let nome = format!("a {}ª chave de `{LISTA}`", indice + 1);
        let nova = chave(texto).ok_or(format!(
            "{nome} deve ter 64 dígitos hexadecimais, como as do gerador"
        ))?;
        if chaves.contains(&nova) || atual.as_ref() == Some(&nova) {
            return Err(format!("{nome} repete outra da lista ou a chave atual"));
        }
        chaves.push(nova);
    }
    Ok(Anteriores(chaves))
}

/// Os textos da lista. Sem lista nenhuma, não há chaves anteriores.
fn lista(configuracao: &Figment) -> Result<Vec<String>, String> {
    if !configuracao.contains(LISTA) {
        return Ok(Vec::new());
    }
    let lida = configuracao.extract_inner(LISTA);
    lida.map_err(|_| format!("`{LISTA}` deve ser uma lista de textos: '[\"chave\"]'"))
}

/// A chave que o Rocket faz de 64 dígitos hexadecimais: eles são 32 bytes, e a crate
/// `cookie` deriva deles os que usa.
fn chave(texto: &str) -> Option<Key> {
    let bytes = hex::decode(texto).ok().filter(|bytes| bytes.len() == 32)?;
    Some(Key::derive_from(&bytes))
}
// ANCHOR_END: conferir
