//! Solução do exercício 17: no máximo quatro ingressos, mesmo em duas abas.

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
#[path = "../src/tests.rs"]
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

// ANCHOR: solucao
/// Mais um ingresso, até o máximo.
fn mais_um(sessao: &mut Sessao<'_>) {
    sessao.alterar("ingressos", |ingressos: &mut u32| {
        // Aqui dentro, a comparação se repete, com o número que a outra aba deixou.
        if *ingressos < MAXIMO {
            *ingressos += 1;
        }
    });
}
// ANCHOR_END: solucao

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .manage(armazem::memoria::nova())
        .mount("/", routes![teatro, reservar])
}
