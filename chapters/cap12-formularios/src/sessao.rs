//! A sessão: um dicionário, guardado inteiro em um cookie criptografado.

use std::collections::BTreeMap;

use rocket::Request;
use rocket::http::{Cookie, CookieJar, SameSite};
use rocket::request::{FromRequest, Outcome};
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

/// O nome do cookie, o mesmo que o Flask usa.
const COOKIE: &str = "session";

// ANCHOR: tipos
/// O dicionário: cada chave com um valor que o JSON sabe escrever.
type Valores = BTreeMap<String, Value>;

/// O `session` do Flask.
pub struct Sessao<'r> {
    jar: &'r CookieJar<'r>,
    valores: Valores,
}
// ANCHOR_END: tipos

// ANCHOR: guarda
#[rocket::async_trait]
impl<'r> FromRequest<'r> for Sessao<'r> {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Self, ()> {
        let jar = requisicao.cookies();
        Outcome::Success(Sessao { jar, valores: abrir(jar) })
    }
}

/// O que o cookie traz. Se ele falta, não abre ou não é um dicionário, a sessão
/// começa vazia.
fn abrir(jar: &CookieJar<'_>) -> Valores {
    let cookie = jar.get_private(COOKIE);
    let valores = cookie.and_then(|cookie| serde_json::from_str(cookie.value()).ok());
    valores.unwrap_or_default()
}
// ANCHOR_END: guarda

impl Sessao<'_> {
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
    /// Manda ao navegador o dicionário inteiro; vazio, manda apagar o cookie.
    fn enviar(&self) {
        if self.valores.is_empty() {
            return self.jar.remove_private(COOKIE);
        }
        let texto = Value::from_iter(self.valores.clone()).to_string();
        let validade = OffsetDateTime::now_utc() + Duration::hours(1);
        let cookie = Cookie::build((COOKIE, texto)).expires(validade);
        // Quem vem por um link de outro site chega com a sessão; um POST de lá, sem
        // ela. O padrão do Rocket, `Strict`, não a deixa ir em nenhum dos dois.
        self.jar.add_private(cookie.same_site(SameSite::Lax));
    }
    // ANCHOR_END: enviar
}
