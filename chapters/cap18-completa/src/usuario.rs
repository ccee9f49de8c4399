//! Quem fez a requisição: as guardas que as rotas pedem.

use rocket::http::Status;
use rocket::outcome::try_outcome;
use rocket::request::{FromRequest, Outcome, Request};

use super::sessao::{ErroDeSessao, Sessao};

/// Quem entrou. Sem login, a guarda passa a vez à rota
/// seguinte; se não há outra, é um 401.
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
        match quem_entrou(&sessao) {
            Ok(Some(usuario)) => Outcome::Success(usuario),
            Ok(None) => Outcome::Forward(Status::Unauthorized),
            Err(erro) => {
                rocket::error!("sessão: {erro}");
                Outcome::Error((Status::InternalServerError, ()))
            }
        }
    }
}

fn quem_entrou(sessao: &Sessao<'_>) -> Result<Option<Usuario>, ErroDeSessao> {
    let username = sessao.recuperar("username")?;
    let user_id = sessao.recuperar("user_id")?;
    let role = sessao.recuperar_ou("role", "visitante".to_owned())?;
    Ok(username.zip(user_id).map(|(username, user_id)| Usuario {
        username,
        user_id,
        role,
    }))
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
