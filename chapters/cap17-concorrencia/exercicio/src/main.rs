//! Exercício 17: no máximo quatro ingressos, mesmo em duas abas.

use capitulo::{armazem, sessao::Sessao};
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};

// A sessão e o armazenamento são os do capítulo; o teatro não usa tudo o que há.
#[allow(dead_code)]
#[path = "../../src"]
mod capitulo {
    pub mod armazem;
    pub mod sessao;
}
#[cfg(test)]
mod tests;

/// Quantos ingressos uma pessoa pode reservar.
const MAXIMO: u32 = 4;

#[get("/")]
fn teatro(sessao: Sessao<'_>) -> Template {
    let ingressos: u32 = sessao.recuperar("ingressos").unwrap_or_default();
    Template::render("teatro", context! { ingressos, maximo: MAXIMO })
}

#[post("/reservar")]
async fn reservar(mut sessao: Sessao<'_>) -> Result<Redirect, Status> {
    mais_um(&mut sessao);
    sessao.gravar().await?;
    Ok(Redirect::to(uri!(teatro)))
}

/// Mais um ingresso, até o máximo.
fn mais_um(sessao: &mut Sessao<'_>) {
    // TODO: duas abas ao mesmo tempo reservam dois, e juntas nunca passam do máximo.
    let ingressos: u32 = sessao.recuperar("ingressos").unwrap_or_default();
    if ingressos < MAXIMO {
        sessao.armazenar("ingressos", ingressos + 1);
    }
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .manage(armazem::memoria::nova())
        .mount("/", routes![teatro, reservar])
}
