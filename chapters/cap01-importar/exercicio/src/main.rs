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

/// Monta a aplicação. O que vem de `shared` está explicado na página do capítulo 1.
#[launch]
fn rocket() -> _ {
    rocket::custom(shared::configuracao(env!("CARGO_MANIFEST_DIR")))
        .attach(Template::custom(shared::layout))
        .register("/", shared::paginas_de_erro())
        .mount("/", shared::estilo())
        .mount("/", routes![index])
}
