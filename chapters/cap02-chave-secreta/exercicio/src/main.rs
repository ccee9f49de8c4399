//! Exercício 2: reconhecer quem volta pelo selo que só a chave abre.

// session
use rocket::http::CookieJar;
// Flask, @app.route
use rocket::{get, launch, routes};
// render_template
use rocket_dyn_templates::{Template, context};

#[cfg(test)]
mod tests;

/// Diz se já conhece este navegador e deixa nele um selo que só a chave atual abre.
#[get("/")]
fn index(jar: &CookieJar<'_>) -> Template {
    // TODO: são três casos, e aqui há dois. Falta a visita "estranha": o selo chegou,
    // e a chave atual não o abre.
    let visita = if jar.get("selo").is_some() { "conhecida" } else { "nova" };
    jar.add_private(("selo", "criptografado com a chave atual"));
    Template::render("visita", context! { visita })
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR")).mount("/", routes![index])
}
