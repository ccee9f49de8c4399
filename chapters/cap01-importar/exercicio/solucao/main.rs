//! Solução do exercício 1: uma rota que conta os cookies que chegaram.

// session
use rocket::http::CookieJar;
// redirect
use rocket::response::Redirect;
// Flask, @app.route, url_for
use rocket::{get, launch, routes, uri};
// render_template
use rocket_dyn_templates::{Template, context};

#[cfg(test)]
#[path = "../src/tests.rs"]
mod tests;

// ANCHOR: solucao
/// Com `uri!`, e não com o texto "/bagagem": se a rota
/// mudar de nome, o compilador avisa.
#[get("/")]
fn index() -> Redirect {
    Redirect::to(uri!(bagagem))
}

/// Os cookies são desta requisição: por isso o jar é um
/// parâmetro, e não uma variável global.
#[get("/bagagem")]
fn bagagem(jar: &CookieJar<'_>) -> Template {
    Template::render("bagagem", context! { cookies: jar.iter().count() })
}

/// Declarar a rota não basta: ela só responde depois de montada, em `routes!`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR")).mount("/", routes![index, bagagem])
}
// ANCHOR_END: solucao
