//! A sessão: um dicionário que fica no servidor. O cookie criptografado só leva o id dele.

use std::collections::BTreeMap;

use rocket::http::{Cookie, CookieJar, Status};
use rocket::outcome::try_outcome;
use rocket::request::{FromRequest, Outcome};
use rocket::{Request, State};
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;

use crate::armazem::{Armazem, VALIDADE, nome};

/// O nome do cookie, o mesmo que o Flask usa.
const COOKIE: &str = "session";

// ANCHOR: tipos
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
// ANCHOR_END: tipos

// ANCHOR: guarda
#[rocket::async_trait]
impl<'r> FromRequest<'r> for Sessao<'r> {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Self, ()> {
        let jar = requisicao.cookies();
        let armazem: &State<Box<dyn Armazem>> = try_outcome!(requisicao.guard().await);
        match abrir(jar, armazem.as_ref()).await {
            Ok(sessao) => Outcome::Success(sessao),
            Err(status) => Outcome::Error((status, ())),
        }
    }
}

/// A sessão do registro que o cookie indica. Se o servidor não tem esse registro, ela
/// começa vazia e sem id: um id que o servidor não sorteou nunca é adotado.
async fn abrir<'r>(
    jar: &'r CookieJar<'r>,
    armazem: &'r dyn Armazem,
) -> Result<Sessao<'r>, Status> {
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
// ANCHOR_END: guarda

impl Sessao<'_> {
    // ANCHOR: armazenar
    /// `session[chave] = valor`.
    pub fn armazenar(&mut self, chave: &str, valor: impl Into<Value>) {
        self.valores.insert(chave.to_owned(), valor.into());
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
        self.valores.remove(chave);
    }
    // ANCHOR_END: remover

    // ANCHOR: limpar
    /// `session.clear()`. O registro sai do servidor: nenhuma cópia do cookie abre mais.
    pub async fn limpar(&mut self) -> Result<(), Status> {
        self.valores.clear();
        if let Some(id) = self.id.take() {
            self.armazem.apagar(&nome(&id)).await?;
        }
        self.jar.remove_private(COOKIE);
        Ok(())
    }
    // ANCHOR_END: limpar

    // ANCHOR: gravar
    /// Grava o dicionário como ele está agora e manda o id ao navegador.
    pub async fn gravar(&mut self) -> Result<(), Status> {
        if self.id.is_none() && self.valores.is_empty() {
            return Ok(());
        }
        let texto = Value::from_iter(self.valores.clone()).to_string();
        let id = self.id.clone().map_or_else(sortear, Ok)?;
        if !self.armazem.trocar(&nome(&id), self.id.is_some(), &texto).await? {
            // Outra requisição encerrou a sessão enquanto esta a usava.
            return Err(Status::Unauthorized);
        }
        let validade = OffsetDateTime::now_utc() + VALIDADE;
        self.jar.add_private(Cookie::build((COOKIE, id.clone())).expires(validade));
        self.id = Some(id);
        Ok(())
    }
    // ANCHOR_END: gravar

    // ANCHOR: outro_id
    /// Grava com um id novo, e o registro do antigo deixa de existir. É o que o login
    /// faz: se alguém conhece o id de antes, ele não abre a conta de quem entrou.
    pub async fn gravar_com_outro_id(&mut self) -> Result<(), Status> {
        let antigo = self.id.take();
        self.gravar().await?;
        let Some(antigo) = antigo else { return Ok(()) };
        self.armazem.apagar(&nome(&antigo)).await
    }
    // ANCHOR_END: outro_id
}

// ANCHOR: sortear
/// Um id: 128 bits do gerador do sistema, em 32 dígitos hexadecimais.
fn sortear() -> Result<String, Status> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Status::InternalServerError)?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
// ANCHOR_END: sortear
