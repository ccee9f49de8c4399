//! Para quem vigia o servidor.

use rocket::http::Status;
use rocket::{Route, State, get, routes};

use crate::Sessoes;

/// A rota `/saude`.
pub fn rotas() -> Vec<Route> {
    routes![saude]
}

// ANCHOR: saude
/// 200 se o armazenamento faz o que um login pede, 503 se não.
#[get("/saude")]
async fn saude(sessoes: &State<Sessoes>) -> (Status, &'static str) {
    match sessoes.experimentar().await {
        Ok(()) => (Status::Ok, "bem\n"),
        Err(falha) => {
            rocket::error!("saúde: {falha}");
            (Status::ServiceUnavailable, "o armazenamento não atende\n")
        }
    }
}
// ANCHOR_END: saude
