//! Para quem vigia o servidor.

use rocket::http::Status;
use rocket::{Route, State, get, routes};

use crate::ajustes::Site;
use crate::armazem::{Registro, Resposta, em_tempo};

/// A rota `/saude`.
pub fn rotas() -> Vec<Route> {
    routes![saude]
}

// ANCHOR: saude
/// 200 se o armazenamento faz o que um login pede, 503 se não.
#[get("/saude")]
async fn saude(site: &State<Site>) -> (Status, &'static str) {
    match em_tempo(experimentar(site)).await {
        Ok(()) => (Status::Ok, "bem\n"),
        Err(falha) => {
            rocket::error!("saúde: {falha}");
            (Status::ServiceUnavailable, "o armazenamento não atende\n")
        }
    }
}

/// Um registro que não é de ninguém, sempre com o mesmo nome: por mais que perguntem,
/// nunca há dois. Só ler não bastaria: um armazenamento cheio ainda lê.
async fn experimentar(site: &Site) -> Resposta<()> {
    let (chave, dono) = (site.chave("saude"), site.dono(""));
    let vence = site.agora() + 60;
    let registro =
        Registro { texto: String::new(), usuario: Some(dono.clone()), vence };
    site.armazem.criar(&chave, &registro).await?;
    site.armazem.ler(&chave).await?;
    if let Some(lista) = &site.lista {
        lista.do_usuario(&dono).await?;
    }
    site.armazem.apagar(&chave, None).await.map(|_| ())
}
// ANCHOR_END: saude
