//! O diário: uma linha em JSON por requisição, para quem cuida do servidor.

use std::io::{Write, stdout};
use std::time::Instant;

use rocket::fairing::{AdHoc, Fairing};
use rocket::http::Status;
use rocket::request::Request;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// O diário, se o ajuste o liga. Vem depois de quem troca a resposta, para dizer o
/// código que o navegador viu.
pub fn diario(ligado: bool) -> impl Fairing {
    AdHoc::on_ignite("Diário", move |aplicacao| async move {
        if ligado { aplicacao.attach(chegada()).attach(saida()) } else { aplicacao }
    })
}

/// Quando a requisição chegou.
fn chegada() -> impl Fairing {
    AdHoc::on_request("Diário: a chegada", |requisicao, _| {
        Box::pin(async move {
            requisicao.local_cache(Instant::now);
        })
    })
}

fn saida() -> impl Fairing {
    AdHoc::on_response("Diário: a saída", |requisicao, resposta| {
        Box::pin(async move {
            // Sem quem leia a saída, o diário se perde, e o servidor continua.
            let _ =
                writeln!(stdout().lock(), "{}", linha(requisicao, resposta.status()));
        })
    })
}

// ANCHOR: linha
/// Só o que o programa escolheu: a rota é a que o código declara, e nunca o endereço,
/// que pode trazer um token ou um texto de quem chega.
fn linha(requisicao: &Request<'_>, status: Status) -> String {
    let milissegundos = requisicao.local_cache(Instant::now).elapsed().as_millis();
    let linha = json!({
        "hora": OffsetDateTime::now_utc().format(&Rfc3339).ok(),
        "metodo": requisicao.method().as_str(),
        "rota": requisicao.route().map(|rota| rota.uri.path()),
        "status": status.code,
        "ms": u64::try_from(milissegundos).ok(),
    });
    linha.to_string()
}
// ANCHOR_END: linha

#[cfg(test)]
mod tests;
