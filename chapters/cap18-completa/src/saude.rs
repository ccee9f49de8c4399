//! Para quem vigia o servidor.

use rocket::http::Status;
use rocket::{Route, State, get, routes};

use super::ajustes::Site;
use super::armazem::em_tempo;

/// A rota `/saude`.
pub fn rotas() -> Vec<Route> {
    routes![saude]
}

// ANCHOR: saude
/// 200 se o armazenamento responde, 503 se não.
#[get("/saude")]
async fn saude(site: &State<Site>) -> (Status, &'static str) {
    // Esta chave nunca existe: interessa se alguém responde.
    match em_tempo(site.armazem.ler(&site.chave("saude"))).await {
        Ok(_) => (Status::Ok, "bem\n"),
        Err(falha) => {
            rocket::error!("saúde: {falha}");
            (Status::ServiceUnavailable, "o armazenamento não responde\n")
        }
    }
}
// ANCHOR_END: saude
