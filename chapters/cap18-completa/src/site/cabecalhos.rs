//! O que o navegador não deve fazer com as páginas deste site.

use rocket::fairing::{AdHoc, Fairing};

/// Só o que é deste site aparece na página, e ninguém a mostra dentro de outra.
const POLITICA: &str = "default-src 'none'; style-src 'self'; img-src data:; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

pub fn cabecalhos(https: bool) -> impl Fairing {
    AdHoc::on_response("Cabeçalhos", move |_, resposta| {
        Box::pin(async move {
            resposta.set_raw_header("Content-Security-Policy", POLITICA);
            // Com `no-referrer`, os formulários daqui viriam com `Origin: null`.
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
