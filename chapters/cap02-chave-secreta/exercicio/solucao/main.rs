//! Solução do exercício 2: reconhecer quem volta pelo selo que só a chave abre.

// session
use rocket::http::CookieJar;
// Flask, @app.route
use rocket::{get, launch, routes};
// render_template
use rocket_dyn_templates::{Template, context};

#[cfg(test)]
#[path = "../src/tests.rs"]
mod tests;

// ANCHOR: solucao
/// Diz se já conhece este navegador e deixa nele um selo que só a chave atual abre.
#[get("/")]
fn index(jar: &CookieJar<'_>) -> Template {
    // Primeiro `get_private`: só o que a chave abre foi este servidor que criptografou.
    let visita = if jar.get_private("selo").is_some() {
        "conhecida"
    // `get` só diz que algo chegou, e qualquer um escreve um cookie à mão.
    } else if jar.get("selo").is_some() {
        "estranha"
    } else {
        "nova"
    };
    jar.add_private(("selo", "criptografado com a chave atual"));
    Template::render("visita", context! { visita })
}
// ANCHOR_END: solucao

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR")).mount("/", routes![index])
}
