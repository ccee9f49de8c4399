//! A sessão: um dicionário que fica no servidor. O cookie só leva o id dele.

use std::collections::BTreeMap;

use rocket::Request;
use rocket::http::{Cookie, CookieJar, Status};
use rocket::request::{FromRequest, Outcome};
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;

use crate::armazem::{Armazem, VALIDADE, nome};

/// O nome do cookie, o mesmo que o Flask usa.
const COOKIE: &str = "session";

/// O dicionário: cada chave com um valor que o JSON sabe escrever.
type Valores = BTreeMap<String, Value>;

/// O `session` do Flask.
pub struct Sessao<'r> {
    jar: &'r CookieJar<'r>,
    armazem: &'r dyn Armazem,
    /// O id de um registro que existe; `None` enquanto a sessão não tem um.
    id: Option<String>,
    valores: Valores,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Sessao<'r> {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Self, ()> {
        match abrir(requisicao).await {
            Ok(sessao) => Outcome::Success(sessao),
            Err(status) => Outcome::Error((status, ())),
        }
    }
}

/// A sessão do registro que o cookie indica; sem ele, uma vazia e ainda sem id.
async fn abrir<'r>(requisicao: &'r Request<'_>) -> Result<Sessao<'r>, Status> {
    let armazem: Option<&Box<dyn Armazem>> = requisicao.rocket().state();
    let armazem = armazem.ok_or(Status::InternalServerError)?.as_ref();
    let jar = requisicao.cookies();
    let mut sessao = Sessao { jar, armazem, id: None, valores: Valores::new() };
    if let Some(cookie) = jar.get_private(COOKIE)
        && let Some(texto) = armazem.ler(&nome(cookie.value())).await?
        && let Ok(valores) = serde_json::from_str(&texto)
    {
        sessao.id = Some(cookie.value().to_owned());
        sessao.valores = valores;
    }
    Ok(sessao)
}

impl Sessao<'_> {
    /// `session[chave] = valor`.
    pub fn armazenar(&mut self, chave: &str, valor: impl Into<Value>) {
        self.valores.insert(chave.to_owned(), valor.into());
    }

    /// `session.get(chave)`: `None` se a chave falta ou se o valor não é um `T`.
    pub fn recuperar<T: DeserializeOwned>(&self, chave: &str) -> Option<T> {
        T::deserialize(self.valores.get(chave)?).ok()
    }

    /// `chave in session`.
    pub fn contem(&self, chave: &str) -> bool {
        self.valores.contains_key(chave)
    }

    /// `session.pop(chave, None)`: remove um valor; se ele não existe, nada acontece.
    pub fn remover(&mut self, chave: &str) {
        self.valores.remove(chave);
    }

    /// `session.clear()`. O registro sai do servidor: nenhuma cópia abre mais.
    pub async fn limpar(&mut self) -> Result<(), Status> {
        self.valores.clear();
        if let Some(id) = self.id.take() {
            self.armazem.apagar(&nome(&id)).await?;
        }
        self.jar.remove_private(COOKIE);
        Ok(())
    }

    /// Grava o dicionário e manda o id ao navegador; 401 se a sessão terminou antes.
    pub async fn gravar(&mut self) -> Result<(), Status> {
        if self.id.is_none() && self.valores.is_empty() {
            return Ok(());
        }
        let texto = Value::from_iter(self.valores.clone()).to_string();
        let id = self.id.clone().map_or_else(shared::chave_nova, Ok);
        let id = id.map_err(|_| Status::InternalServerError)?;
        if !self.armazem.trocar(&nome(&id), self.id.is_some(), &texto).await? {
            return Err(Status::Unauthorized);
        }
        let validade = OffsetDateTime::now_utc() + VALIDADE;
        // Só para aprender: o padrão do Rocket é `SameSite=Strict`, e quem vem por um
        // link de outro site chega sem a sessão. O capítulo 12 troca por `Lax`.
        self.jar.add_private(Cookie::build((COOKIE, id.clone())).expires(validade));
        self.id = Some(id);
        Ok(())
    }

    /// Grava com outro id e apaga o registro do antigo, que alguém pode conhecer.
    pub async fn gravar_com_outro_id(&mut self) -> Result<(), Status> {
        let antigo = self.id.take();
        self.gravar().await?;
        let Some(antigo) = antigo else { return Ok(()) };
        self.armazem.apagar(&nome(&antigo)).await
    }
}
