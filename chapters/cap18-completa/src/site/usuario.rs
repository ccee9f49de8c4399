//! Quem fez a requisição: as guardas que as rotas pedem.

use rocket::State;
use rocket::http::Status;
use rocket::outcome::try_outcome;
use rocket::request::{FromRequest, Outcome, Request};

use super::contas::Contas;
use crate::{Feito, Sessao};

/// Quem entrou. Sem login, a guarda passa a vez à rota seguinte; se não há outra, é um 401.
pub struct Usuario {
    pub username: String,
    pub user_id: u32,
    pub role: String,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Usuario {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Self, ()> {
        let sessao = try_outcome!(Sessao::from_request(requisicao).await);
        let contas = try_outcome!(requisicao.guard::<&State<Contas>>().await);
        match quem_entrou(&sessao, contas).await {
            Ok(Some(usuario)) => Outcome::Success(usuario),
            Ok(None) => Outcome::Forward(Status::Unauthorized),
            Err(erro) => {
                rocket::error!("sessão: {erro}");
                Outcome::Error((erro.status(), ()))
            }
        }
    }
}

/// Quem entrou com a senha que a conta ainda tem. O login de quem trazia a senha antiga
/// pode terminar depois da troca: o carimbo dele já não serve.
async fn quem_entrou(sessao: &Sessao<'_>, contas: &Contas) -> Feito<Option<Usuario>> {
    let role = sessao.recuperar_ou("role", "visitante".to_owned())?;
    let carimbo: Option<String> = sessao.recuperar("carimbo")?;
    let quem = sessao.dono().zip(sessao.recuperar("user_id")?).zip(carimbo);
    let Some(((username, user_id), carimbo)) = quem else { return Ok(None) };
    let vale = contas.vale(&username, &carimbo).await?;
    Ok(vale.then_some(Usuario { username, user_id, role }))
}

/// Quem entrou e tem o cargo `admin`. Com outro cargo, a resposta é 403.
pub struct Admin;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Admin {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Self, ()> {
        match try_outcome!(Usuario::from_request(requisicao).await) {
            Usuario { role, .. } if role == "admin" => Outcome::Success(Admin),
            _ => Outcome::Error((Status::Forbidden, ())),
        }
    }
}
