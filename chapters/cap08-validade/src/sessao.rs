//! A sessão: um dicionário e as horas dele, em um cookie criptografado.

use std::collections::BTreeMap;

use rocket::Request;
use rocket::http::{Cookie, CookieJar};
use rocket::request::{FromRequest, Outcome};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::validade::{Horas, agora};

/// O nome do cookie, o mesmo que o Flask usa.
const COOKIE: &str = "session";

// ANCHOR: tipos
/// O dicionário: cada chave com um valor que o JSON sabe escrever.
type Valores = BTreeMap<String, Value>;

/// O `session` do Flask.
pub struct Sessao<'r> {
    jar: &'r CookieJar<'r>,
    horas: Horas,
    valores: Valores,
}

/// O que há dentro do cookie.
#[derive(Deserialize)]
struct Guardada {
    horas: Horas,
    valores: Valores,
}
// ANCHOR_END: tipos

// ANCHOR: guarda
#[rocket::async_trait]
impl<'r> FromRequest<'r> for Sessao<'r> {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Self, ()> {
        let jar = requisicao.cookies();
        let Guardada { horas, valores } = abrir(jar);
        let mut sessao = Sessao { jar, horas, valores };
        sessao.renovar();
        Outcome::Success(sessao)
    }
}

/// O que o cookie traz. Se ele falta, não abre, não traz as horas ou passou de um
/// limite, a sessão começa vazia.
fn abrir(jar: &CookieJar<'_>) -> Guardada {
    let cookie = jar.get_private(COOKIE);
    let guardada: Option<Guardada> =
        cookie.and_then(|cookie| serde_json::from_str(cookie.value()).ok());
    let no_prazo = guardada.filter(|guardada| guardada.horas.valem(agora()));
    no_prazo
        .unwrap_or_else(|| Guardada { horas: Horas::novas(), valores: Valores::new() })
}
// ANCHOR_END: guarda

impl Sessao<'_> {
    // ANCHOR: renovar
    /// O login chama: as horas de antes dele não contam mais.
    pub fn comecar(&mut self) {
        self.horas = Horas::novas();
    }

    /// Um uso adia o limite de inatividade: o cookie vai de novo, com a hora nova.
    fn renovar(&mut self) {
        if self.horas.convem_renovar(agora()) {
            self.horas.usada = agora();
            self.enviar();
        }
    }
    // ANCHOR_END: renovar

    // ANCHOR: armazenar
    /// `session[chave] = valor`.
    pub fn armazenar(&mut self, chave: &str, valor: impl Into<Value>) {
        self.valores.insert(chave.to_owned(), valor.into());
        self.enviar();
    }
    // ANCHOR_END: armazenar

    // ANCHOR: recuperar
    /// `session.get(chave)`: `None` se a chave falta ou se o valor não é um `T`.
    pub fn recuperar<T: DeserializeOwned>(&self, chave: &str) -> Option<T> {
        T::deserialize(self.valores.get(chave)?).ok()
    }

    /// `chave in session`.
    pub fn contem(&self, chave: &str) -> bool {
        self.valores.contains_key(chave)
    }
    // ANCHOR_END: recuperar

    // ANCHOR: remover
    /// `session.pop(chave, None)`: remove um valor; se ele não existe, nada acontece.
    pub fn remover(&mut self, chave: &str) {
        if self.valores.remove(chave).is_some() {
            self.enviar();
        }
    }

    /// `session.clear()`.
    pub fn limpar(&mut self) {
        self.valores.clear();
        self.enviar();
    }
    // ANCHOR_END: remover

    // ANCHOR: enviar
    /// Manda ao navegador as horas e o dicionário; vazio, manda apagar o cookie.
    fn enviar(&self) {
        if self.valores.is_empty() {
            return self.jar.remove_private(COOKIE);
        }
        let guardada = json!({ "horas": self.horas, "valores": self.valores });
        let texto = guardada.to_string();
        let validade = OffsetDateTime::now_utc() + Duration::hours(1);
        // Só para aprender: o padrão do Rocket é `SameSite=Strict`, e quem vem por um
        // link de outro site chega sem a sessão. O capítulo 12 troca por `Lax`.
        self.jar.add_private(Cookie::build((COOKIE, texto)).expires(validade));
    }
    // ANCHOR_END: enviar
}
