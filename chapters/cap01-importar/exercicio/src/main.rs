//! Exercício 1: uma rota que conta os cookies que chegaram.

// Flask, @app.route
use rocket::{get, launch, routes};
// render_template
use rocket_dyn_templates::{Template, context};

#[cfg(test)]
mod tests;

// TODO: crie a rota `/bagagem`, que mostra este template com o número de cookies que
// chegaram, e faça a raiz só redirecionar para ela.
#[get("/")]
fn index() -> Template {
    Template::render("bagagem", context! { cookies: 0 })
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR")).mount("/", routes![index])
}
