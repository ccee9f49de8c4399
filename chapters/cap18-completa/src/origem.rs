//! De que site veio uma requisição que muda algo.

use rocket::fairing::{AdHoc, Fairing};
use rocket::http::{Method, Status};
use rocket::{Request, post, uri};

// ANCHOR: fairing
/// O que muda algo só vale se veio de uma página deste site.
pub fn so_deste_site() -> impl Fairing {
    AdHoc::on_request("Só deste site", |requisicao, _| {
        Box::pin(async move {
            if muda(requisicao.method()) && de_outro_site(requisicao) {
                requisicao.set_method(Method::Post);
                requisicao.set_uri(uri!(recusar));
            }
        })
    })
}

/// A rota a que vai o que se recusou.
#[post("/recusado")]
pub fn recusar() -> Status {
    Status::Forbidden
}
// ANCHOR_END: fairing

// ANCHOR: origem
/// Um GET e um HEAD só mostram.
fn muda(metodo: Method) -> bool {
    !matches!(metodo, Method::Get | Method::Head | Method::Options)
}

/// O navegador diz em `Sec-Fetch-Site` de onde veio o pedido; um mais antigo, só em `Origin`. Sem
/// nenhum dos dois, não foi uma página que o mandou.
fn de_outro_site(requisicao: &Request<'_>) -> bool {
    let cabecalhos = requisicao.headers();
    match (cabecalhos.get_one("Sec-Fetch-Site"), cabecalhos.get_one("Origin")) {
        (Some(de), _) => !matches!(de, "same-origin" | "none"),
        (None, Some(origem)) => !e_este(requisicao, origem),
        (None, None) => false,
    }
}

/// Verdadeiro se a origem, como `http://127.0.0.1:8000`, é a deste servidor.
fn e_este(requisicao: &Request<'_>, origem: &str) -> bool {
    let este = requisicao.headers().get_one("Host");
    origem.split_once("://").is_some_and(|(_, site)| Some(site) == este)
}
// ANCHOR_END: origem
