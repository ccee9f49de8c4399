//! Capítulo 1: o que a linha de import do Flask vira em Rust.

// ANCHOR: importar
// session
use rocket::http::CookieJar;
// redirect
use rocket::response::Redirect;
// Flask, @app.route, url_for
use rocket::{get, launch, routes, uri};
// render_template
use rocket_dyn_templates::{Template, context};
// ANCHOR_END: importar

#[cfg(test)]
mod tests;

// ANCHOR: index
/// A raiz só aponta o caminho. `uri!` confere, na compilação, que a rota existe.
#[get("/")]
fn index() -> Redirect {
    Redirect::to(uri!(login))
}
// ANCHOR_END: index

// ANCHOR: login
/// O `CookieJar` traz os cookies que o navegador enviou com a requisição.
#[get("/login")]
fn login(jar: &CookieJar<'_>) -> Template {
    Template::render("login", context! { cookies: jar.iter().count() })
}
// ANCHOR_END: login

// ANCHOR: rocket
/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR")).mount("/", routes![index, login])
}
// ANCHOR_END: rocket
