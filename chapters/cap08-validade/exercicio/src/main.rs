//! Exercício 8: uma reserva de dois minutos.

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

// TODO: a reserva vale por `PRAZO` segundos. Uma que venceu, ou que diz vir do futuro,
// sai da sessão e conta como nenhuma.
fn faltam(sessao: &mut Sessao<'_>, agora: i64) -> Option<i64> {
    let reservada: i64 = sessao.recuperar("reservada")?;
    Some(PRAZO - (agora - reservada))
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .mount("/", routes![index, reservar, comprar])
}
