//! O que o navegador não deve fazer com as páginas deste site.

use rocket::fairing::{AdHoc, Fairing};

/// Só o que é deste site aparece na página, e ninguém a mostra dentro de outra.
const POLITICA: &str = "default-src 'none'; style-src 'self'; img-src data:; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Os cabeçalhos que dizem ao navegador o que ele não deve fazer.
pub fn cabecalhos(https: bool) -> impl Fairing {
    AdHoc::on_response("Cabeçalhos", move |_, resposta| {
        Box::pin(async move {
            resposta.set_raw_header("Content-Security-Policy", POLITICA);
            // `no-referrer` faria o navegador enviar `Origin: null` nos formulários
            // daqui.
            resposta.set_raw_header("Referrer-Policy", "same-origin");
            resposta.set_raw_header("Cross-Origin-Opener-Policy", "same-origin");
            resposta.set_raw_header("Cross-Origin-Resource-Policy", "same-origin");
            if https {
                // Um dia, enquanto o certificado ainda não se renovou sozinho.
                resposta.set_raw_header("Strict-Transport-Security", "max-age=86400");
            }
        })
    })
}
