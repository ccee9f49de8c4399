//! A sessão: um dicionário, guardado inteiro em um cookie criptografado.

use std::collections::BTreeMap;

use cookie::Key;
use rocket::http::{Cookie, CookieJar};
use rocket::request::{FromRequest, Outcome};
use rocket::{Config, Request};
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::disfarce::{ha_disfarce, literal};

// ANCHOR: nome
/// O nome do cookie. Com `__Host-`, o navegador só o aceita por HTTPS, deste servidor
/// e para o site inteiro; sem HTTPS, o nome é o mesmo que o Flask usa.
fn nome_do_cookie(https: bool) -> &'static str {
    if https { "__Host-session" } else { "session" }
}

/// Só para aprender: fora do perfil debug, o site está atrás de HTTPS. No capítulo 18,
/// quem decide é uma configuração.
fn com_https(requisicao: &Request<'_>) -> bool {
    requisicao.rocket().config().profile != Config::DEBUG_PROFILE
}
// ANCHOR_END: nome

// ANCHOR: tipos
/// O dicionário: cada chave com um valor que o JSON sabe escrever.
type Valores = BTreeMap<String, Value>;

/// O `session` do Flask.
pub struct Sessao<'r> {
    jar: &'r CookieJar<'r>,
    https: bool,
    valores: Valores,
}
// ANCHOR_END: tipos

// ANCHOR: guarda
#[rocket::async_trait]
impl<'r> FromRequest<'r> for Sessao<'r> {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Self, ()> {
        requisicao.local_cache(|| Aberta(true));
        let jar = requisicao.cookies();
        let https = com_https(requisicao);
        let valores = ler(abrir(requisicao, nome_do_cookie(https)));
        Outcome::Success(Sessao { jar, https, valores })
    }
}

/// O que o cookie traz. Se ele falta, não abre ou não é um dicionário, a sessão
/// começa vazia.
fn ler(cookie: Option<Cookie<'_>>) -> Valores {
    let valores = cookie.and_then(|cookie| serde_json::from_str(cookie.value()).ok());
    valores.unwrap_or_default()
}
// ANCHOR_END: guarda

// ANCHOR: abrir
/// O cookie da sessão. Se há um disfarçado, o Rocket pode ter ficado com ele: aí quem
/// abre é a crate `cookie`, que o Rocket usa por dentro, e só o que tem o nome literal.
fn abrir(requisicao: &Request<'_>, nome: &str) -> Option<Cookie<'static>> {
    if !ha_disfarce(requisicao, nome) {
        return requisicao.cookies().get_private(nome);
    }
    let nosso = literal(requisicao, nome)?;
    let configuracao = requisicao.rocket().figment();
    let texto: String = configuracao.extract_inner("secret_key").ok()?;
    cookie::CookieJar::new().private(&chave(&texto)?).decrypt(nosso)
}

/// A chave que o Rocket faz de 64 dígitos hexadecimais: eles são 32 bytes, e a crate
/// `cookie` deriva deles os que usa.
fn chave(texto: &str) -> Option<Key> {
    let bytes = hex::decode(texto).ok().filter(|bytes| bytes.len() == 32)?;
    Some(Key::derive_from(&bytes))
}
// ANCHOR_END: abrir

// ANCHOR: aberta
/// O que fica anotado na requisição em que uma rota pediu a sessão.
struct Aberta(bool);

/// Verdadeiro se a resposta desta requisição depende da sessão.
pub fn foi_aberta(requisicao: &Request<'_>) -> bool {
    requisicao.local_cache(|| Aberta(false)).0
}
// ANCHOR_END: aberta

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
        let nome = nome_do_cookie(self.https);
        if self.valores.is_empty() {
            let removido = Cookie::build(nome).secure(self.https);
            return self.jar.remove_private(removido);
        }
        let texto = Value::from_iter(self.valores.clone()).to_string();
        let validade = OffsetDateTime::now_utc() + Duration::hours(1);
        // Só para aprender: o padrão do Rocket é `SameSite=Strict`, e quem vem por um
        // link de outro site chega sem a sessão. O capítulo 12 troca por `Lax`.
        let cookie = Cookie::build((nome, texto)).expires(validade);
        self.jar.add_private(cookie.secure(self.https));
    }
    // ANCHOR_END: enviar
}
