//! Quem fez a requisição: as guardas que as rotas pedem.

use rocket::Request;
use rocket::http::Status;
use rocket::outcome::try_outcome;
use rocket::request::{FromRequest, Outcome};

use super::sessao::Sessao;

// ANCHOR: usuario
/// Quem entrou. Os campos são privados: fora deste arquivo, ninguém monta um `Usuario`.
pub struct Usuario {
    username: String,
    user_id: u32,
    role: String,
}
// ANCHOR_END: usuario

// ANCHOR: guarda
/// Sem login, a guarda passa a vez à próxima rota do mesmo endereço; se não há outra,
/// a resposta é 401.
#[rocket::async_trait]
impl<'r> FromRequest<'r> for Usuario {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Self, ()> {
        let sessao = try_outcome!(Sessao::from_request(requisicao).await);
        match quem_entrou(&sessao) {
            Some(usuario) => Outcome::Success(usuario),
            None => Outcome::Forward(Status::Unauthorized),
        }
    }
}

/// Entrou quem tem na sessão o nome e o número; o cargo pode faltar.
fn quem_entrou(sessao: &Sessao<'_>) -> Option<Usuario> {
    Some(Usuario {
        username: sessao.recuperar("username")?,
        user_id: sessao.recuperar("user_id")?,
        role: sessao.recuperar("role").unwrap_or("visitante".to_owned()),
    })
}
// ANCHOR_END: guarda

// ANCHOR: leitura
impl Usuario {
    /// O nome com que entrou.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// O número da conta.
    pub fn user_id(&self) -> u32 {
        self.user_id
    }

    /// O cargo ou, sem um na sessão, `visitante`.
    pub fn role(&self) -> &str {
        &self.role
    }
}
// ANCHOR_END: leitura

// ANCHOR: admin
/// Quem entrou e tem o cargo `admin`. Com outro cargo, a resposta é 403.
pub struct Admin(());

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Admin {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Self, ()> {
        let usuario = try_outcome!(Usuario::from_request(requisicao).await);
        match usuario.role() {
            "admin" => Outcome::Success(Admin(())),
            _ => Outcome::Error((Status::Forbidden, ())),
        }
    }
}
// ANCHOR_END: admin
