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
        let aberta = abrir(requisicao).await;
        aberta.map_or_else(|codigo| Outcome::Error((codigo, ())), Outcome::Success)
    }
}

/// A sessão do registro que o cookie indica; sem ele, uma vazia e ainda sem id.
async fn abrir<'r>(requisicao: &'r Request<'_>) -> Result<Sessao<'r>, Status> {
    let armazem: Option<&Box<dyn Armazem>> = requisicao.rocket().state();
    let armazem = armazem.ok_or(Status::InternalServerError)?.as_ref();
    let jar = requisicao.cookies();
    if let Some(cookie) = jar.get_private(COOKIE)
        && let Some(texto) = armazem.ler(&nome(cookie.value())).await?
        && let Ok(valores) = serde_json::from_str(&texto)
    {
        let id = Some(cookie.value().to_owned());
        return Ok(Sessao { jar, armazem, id, valores });
    }
    Ok(Sessao { jar, armazem, id: None, valores: Valores::new() })
}

/// O dicionário do registro: em debug, o Raio-X o mostra ao lado do id.
pub const REGISTRO: shared::Registro = shared::Registro(|requisicao| {
    Box::pin(async { Some(Value::from_iter(abrir(requisicao).await.ok()?.valores)) })
});

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

    /// Grava o dicionário no registro da sessão; 401 se ela terminou antes.
    pub async fn gravar(&mut self) -> Result<(), Status> {
        if self.id.is_none() && self.valores.is_empty() {
            return Ok(());
        }
        let Some(id) = self.id.clone() else { return self.gravar_com_outro_id().await };
        let texto = Value::from_iter(self.valores.clone()).to_string();
        if !self.armazem.trocar(&nome(&id), &texto).await? {
            return Err(Status::Unauthorized);
        }
        self.enviar(id);
        Ok(())
    }

    /// Grava com um id novo e apaga o registro do antigo, que alguém pode conhecer.
    pub async fn gravar_com_outro_id(&mut self) -> Result<(), Status> {
        let texto = Value::from_iter(self.valores.clone()).to_string();
        let id = sortear()?;
        if !self.armazem.criar(&nome(&id), &texto).await? {
            return Err(Status::InternalServerError);
        }
        if let Some(antigo) = &self.id {
            self.armazem.apagar(&nome(antigo)).await?;
        }
        self.enviar(id);
        Ok(())
    }

    /// Manda ao navegador o id, e nada mais.
    fn enviar(&mut self, id: String) {
        let validade = OffsetDateTime::now_utc() + VALIDADE;
        // Só para aprender: o padrão do Rocket é `SameSite=Strict`, e quem vem por um
        // link de outro site chega sem a sessão. O capítulo 12 troca por `Lax`.
        self.jar.add_private(Cookie::build((COOKIE, id.clone())).expires(validade));
        self.id = Some(id);
    }
}

/// 128 bits do gerador do sistema, em 32 dígitos hexadecimais: são tantos ids possíveis
/// que ninguém acerta um, e os que já saíram não ajudam a adivinhar o próximo.
fn sortear() -> Result<String, Status> {
    let metade = || getrandom::u64().map_err(|_| Status::InternalServerError);
    Ok(format!("{:016x}{:016x}", metade()?, metade()?))
}
