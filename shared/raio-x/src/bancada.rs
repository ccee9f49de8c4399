//! O que as páginas do Raio-X têm na mão.

use rocket::Request;
use rocket::http::{CookieJar, Method, Status};
use rocket::request::{FromRequest, Outcome};
use serde_json::{Value, json};

use crate::Registro;
use crate::memoria::Memoria;

/// A guarda de todas: um formulário que veio de outro site não chega a nenhuma.
pub struct Bancada<'r> {
    pub jar: &'r CookieJar<'r>,
    pub memoria: &'r Memoria,
    /// O dicionário que está no servidor; por fora, `None` onde a sessão não fica nele.
    pub registro: Option<Option<Value>>,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Bancada<'r> {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Bancada<'r>, ()> {
        let so_mostra = requisicao.method() == Method::Get;
        if !so_mostra && de_outro_site(requisicao) {
            return Outcome::Error((Status::Forbidden, ()));
        }
        let Some(memoria) = requisicao.rocket().state() else {
            return Outcome::Error((Status::InternalServerError, ()));
        };
        let mut registro = None;
        if let Some(Registro(ler)) = requisicao.rocket().state().filter(|_| so_mostra) {
            // Um dicionário vazio é o de quem não tem um registro.
            registro = Some(ler(requisicao).await.filter(|lido| *lido != json!({})));
        }
        Outcome::Success(Bancada { jar: requisicao.cookies(), memoria, registro })
    }
}

/// A pergunta do capítulo 12, que os de antes ainda não fazem.
fn de_outro_site(requisicao: &Request<'_>) -> bool {
    let todos = |nome| requisicao.headers().get(nome).collect::<Vec<_>>();
    match (todos("Sec-Fetch-Site").as_slice(), todos("Origin").as_slice()) {
        (["same-origin" | "none"], _) | ([], []) => false,
        ([], [origem]) => {
            let site = origem.split_once("://").map(|(_, site)| site);
            site.is_none() || site != requisicao.headers().get_one("Host")
        }
        _ => true,
    }
}
