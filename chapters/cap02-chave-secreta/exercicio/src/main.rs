//! Exercício 2: reconhecer quem volta pelo selo que só a chave abre.

// session
use rocket::http::CookieJar;
// Flask, @app.route
use rocket::{get, launch, routes};
// render_template
use rocket_dyn_templates::{Template, context};

#[cfg(test)]
mod tests;

/// Diz se já conhece este navegador e deixa nele um selo fechado com a chave de agora.
#[get("/")]
fn index(jar: &CookieJar<'_>) -> Template {
    // TODO: são três casos, e aqui há dois. Falta a visita "estranha": o selo chegou,
    // e a chave de agora não o abre.
    let visita = if jar.get("selo").is_some() { "conhecida" } else { "nova" };
    jar.add_private(("selo", "fechado com a chave de agora"));
    Template::render("visita", context! { visita })
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
