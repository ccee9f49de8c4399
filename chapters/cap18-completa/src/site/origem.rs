//! De que origem veio uma requisição que muda algo.

use rocket::fairing::{AdHoc, Fairing};
use rocket::http::{Method, Status};
use rocket::{Request, post, uri};

// ANCHOR: fairing
/// O que muda algo e vem de outra origem é recusado antes que o Rocket procure a rota:
/// nenhuma precisa se lembrar de pedir.
pub fn so_desta_origem() -> impl Fairing {
    AdHoc::on_request("Só desta origem", |requisicao, _| {
        Box::pin(async move {
            if muda_algo(requisicao.method()) && de_outra_origem(requisicao) {
                requisicao.set_method(Method::Post);
                requisicao.set_uri(uri!(recusar));
            }
        })
    })
}

/// A rota em que terminam as requisições recusadas; quem a pede de propósito também
/// recebe 403.
#[post("/veio_de_outra_origem")]
pub fn recusar() -> Status {
    Status::Forbidden
}
// ANCHOR_END: fairing

// ANCHOR: origem
/// GET, HEAD e OPTIONS só mostram.
pub fn muda_algo(metodo: Method) -> bool {
    !matches!(metodo, Method::Get | Method::Head | Method::Options)
}

/// O navegador diz de onde vem a requisição em `Sec-Fetch-Site`; um mais antigo, só em
/// `Origin`. Sem nenhum dos dois, não foi uma página que a enviou.
pub fn de_outra_origem(requisicao: &Request<'_>) -> bool {
    let todos = |nome| requisicao.headers().get(nome).collect::<Vec<_>>();
    match (todos("Sec-Fetch-Site").as_slice(), todos("Origin").as_slice()) {
        (["same-origin" | "none"], _) | ([], []) => false,
        ([], [origem]) => !e_daqui(requisicao, origem),
        // Outra origem, ou um valor que nenhum navegador escreve.
        _ => true,
    }
}

/// Verdadeiro se a origem, como `http://127.0.0.1:8000`, é a deste servidor.
fn e_daqui(requisicao: &Request<'_>, origem: &str) -> bool {
    let este = requisicao.headers().get_one("Host");
    origem.split_once("://").is_some_and(|(_, site)| Some(site) == este)
}
// ANCHOR_END: origem
