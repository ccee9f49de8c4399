//! Avisos para a próxima página, como o `flash` do Flask. Cada um vai em um cookie
//! privado, que ninguém forja: avisar não ocupa o armazenamento.

use rocket::http::{Cookie, SameSite};
use time::Duration;

use crate::Sessao;

/// Quem não chega à próxima página neste tempo não a espera mais.
const VALIDADE: Duration = Duration::minutes(1);

/// Deixa um aviso para a próxima página, seja ela qual for.
pub fn avisar(sessao: &Sessao<'_>, aviso: &str) {
    let mut cookie = cookie(sessao.sessoes().https(), aviso.to_owned());
    cookie.set_max_age(VALIDADE);
    sessao.jar().add_private(cookie);
}

/// O aviso que esperava por esta página. Aparece uma vez: a resposta manda removê-lo.
pub fn tirar(sessao: &Sessao<'_>) -> Option<String> {
    let vazio = cookie(sessao.sessoes().https(), String::new());
    let aviso = sessao.jar().get_private(vazio.name())?;
    sessao.jar().remove_private(vazio);
    Some(aviso.value().to_owned())
}

fn cookie(https: bool, aviso: String) -> Cookie<'static> {
    let nome = if https { "__Host-aviso" } else { "aviso" };
    Cookie::build((nome, aviso)).secure(https).same_site(SameSite::Lax).build()
}
