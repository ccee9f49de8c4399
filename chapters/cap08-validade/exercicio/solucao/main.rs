//! Solução do exercício 8: uma reserva de dois minutos.

use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use sessao::Sessao;
use validade::agora;

// A sessão é a do capítulo; esta bilheteria não usa tudo o que ela oferece.
#[expect(dead_code)]
#[path = "../../src/sessao.rs"]
mod sessao;
#[cfg(test)]
#[path = "../src/tests.rs"]
mod tests;
#[path = "../../src/validade.rs"]
mod validade;

/// Por quanto tempo o lugar fica reservado, em segundos.
const PRAZO: i64 = 120;

/// A bilheteria, com a reserva desta sessão, se houver uma.
#[get("/")]
fn index(mut sessao: Sessao<'_>) -> Template {
    let faltam = faltam(&mut sessao, agora());
    let comprado = sessao.contem("comprado");
    Template::render("bilheteria", context! { faltam, comprado })
}

/// A hora da reserva é a do servidor. Reservar de novo não a prolonga.
#[post("/reservar")]
fn reservar(mut sessao: Sessao<'_>) -> Redirect {
    let agora = agora();
    if faltam(&mut sessao, agora).is_none() {
        sessao.armazenar("reservada", agora);
    }
    Redirect::to(uri!(index))
}

#[post("/comprar")]
fn comprar(mut sessao: Sessao<'_>) -> Result<Redirect, (Status, Template)> {
    if faltam(&mut sessao, agora()).is_none() {
        let dados = context! { erro: "Sua reserva venceu. Reserve de novo." };
        return Err((Status::Gone, Template::render("bilheteria", dados)));
    }
    sessao.remover("reservada");
    sessao.armazenar("comprado", true);
    Ok(Redirect::to(uri!(index)))
}

// ANCHOR: solucao
fn faltam(sessao: &mut Sessao<'_>, agora: i64) -> Option<i64> {
    let reservada: i64 = sessao.recuperar("reservada")?;
    // A hora vem da sessão, e pode ser qualquer número: esta conta não estoura.
    let passaram = agora.saturating_sub(reservada);
    if (0..PRAZO).contains(&passaram) {
        return Some(PRAZO - passaram);
    }
    sessao.remover("reservada");
    None
}
// ANCHOR_END: solucao

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .mount("/", routes![index, reservar, comprar])
}
