//! A sessão: um dicionário, guardado inteiro em um cookie criptografado, se couber.

use std::collections::BTreeMap;

use rocket::Request;
use rocket::http::{Cookie, CookieJar, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::response::{self, Responder};
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

/// O nome do cookie, o mesmo que o Flask usa.
const COOKIE: &str = "session";

// ANCHOR: limite
/// Quantos bytes de texto a sessão pode ter. O navegador aceita 4.096 de nome e valor;
/// criptografados e em base64, 2.800 viram 3.772. O que sobra é folga para `/` e `=`,
/// que viajam como `%2F` e `%3D`.
const LIMITE: usize = 2_800;
// ANCHOR_END: limite

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
    /// `session[chave] = valor`. Se o dicionário não couber no cookie, nada muda.
    pub fn armazenar(
        &mut self,
        chave: &str,
        valor: impl Into<Value>,
    ) -> Result<(), NaoCabe> {
        let mut novos = self.valores.clone();
        novos.insert(chave.to_owned(), valor.into());
        if em_texto(&novos).len() > LIMITE {
            return Err(NaoCabe);
        }
        self.valores = novos;
        self.enviar();
        Ok(())
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
        let texto = em_texto(&self.valores);
        let validade = OffsetDateTime::now_utc() + Duration::hours(1);
        // Só para aprender: o padrão do Rocket é `SameSite=Strict`, e quem vem por um
        // link de outro site chega sem a sessão. O capítulo 12 troca por `Lax`.
        self.jar.add_private(Cookie::build((COOKIE, texto)).expires(validade));
    }
    // ANCHOR_END: enviar
}

// ANCHOR: em_texto
/// O dicionário como vai dentro do cookie, antes de ser criptografado.
fn em_texto(valores: &Valores) -> String {
    Value::from_iter(valores.clone()).to_string()
}
// ANCHOR_END: em_texto

// ANCHOR: nao_cabe
/// O dicionário ficaria maior do que um cookie pode ser.
#[derive(Debug)]
pub struct NaoCabe;

/// Se a rota termina com este erro, a resposta é a página 413, e o Rocket descarta o
/// que a rota já tinha armazenado.
impl<'r> Responder<'r, 'static> for NaoCabe {
    fn respond_to(self, _requisicao: &'r Request<'_>) -> response::Result<'static> {
        Err(Status::PayloadTooLarge)
    }
}
// ANCHOR_END: nao_cabe
