//! O que o navegador e os caches no caminho podem fazer com a resposta.

use rocket::fairing::{AdHoc, Fairing};
use rocket::http::Header;
use rocket::shield::{Frame, Hsts, Policy, Referrer, Shield};
use time::Duration;

use super::sessao::foi_aberta;

// ANCHOR: caches
/// A página que olhou a sessão é só de quem a pediu: nenhum cache a guarda.
pub fn caches() -> impl Fairing {
    AdHoc::on_response("Caches", |requisicao, resposta| {
        Box::pin(async move {
            if foi_aberta(requisicao) {
                resposta.adjoin_raw_header("Vary", "Cookie");
                resposta.set_raw_header("Cache-Control", "no-store");
            }
        })
    })
}
// ANCHOR_END: caches

// ANCHOR: cabecalhos
/// As ordens que vão em toda resposta. As outras são as de sempre do Rocket.
pub fn cabecalhos() -> Shield {
    Shield::default()
        .enable(Conteudo)
        .enable(Frame::Deny)
        .enable(Referrer::SameOrigin)
        .enable(Hsts::IncludeSubDomains(Duration::days(365)))
}
// ANCHOR_END: cabecalhos

// ANCHOR: politica
/// Só o que é deste site aparece na página, e nenhum outro a mostra dentro da sua.
#[derive(Default)]
struct Conteudo;

impl Policy for Conteudo {
    const NAME: &'static str = "Content-Security-Policy";

    fn header(&self) -> Header<'static> {
        let politica = "default-src 'none'; style-src 'self'; img-src data:; \
            form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        Header::new(Self::NAME, politica)
    }
}
// ANCHOR_END: politica
