//! Capítulo 2: a chave secreta, que fecha e abre os cookies.

// session
use rocket::http::CookieJar;
// redirect
use rocket::response::Redirect;
// Flask, @app.route, url_for
use rocket::{Config, get, launch, routes, uri};
// render_template
use rocket_dyn_templates::{Template, context};

#[cfg(test)]
mod tests;

/// A raiz só aponta o caminho. `uri!` confere, na compilação, que a rota existe.
#[get("/")]
fn index() -> Redirect {
    Redirect::to(uri!(login))
}

/// O `CookieJar` traz os cookies que o navegador enviou com a requisição.
#[get("/login")]
fn login(jar: &CookieJar<'_>) -> Template {
    Template::render("login", context! { cookies: jar.iter().count() })
}

// ANCHOR: chave
/// Carimba o navegador com um cookie que só a chave secreta de agora fecha e abre.
#[get("/chave")]
fn chave(jar: &CookieJar<'_>, config: &Config) -> Template {
    let definida = config.secret_key.is_provided();
    let chegou = jar.get("carimbo").is_some();
    let abriu = jar.get_private("carimbo").is_some();
    jar.add_private(("carimbo", "fechado com a chave de agora"));
    Template::render("chave", context! { definida, chegou, abriu })
}
// ANCHOR_END: chave

/// Monta a aplicação. O que vem de `shared` está explicado na página do capítulo 1.
#[launch]
fn rocket() -> _ {
    rocket::custom(shared::configuracao(env!("CARGO_MANIFEST_DIR")))
        .attach(Template::custom(shared::layout))
        .attach(shared::raio_x())
        .register("/", shared::paginas_de_erro())
        .mount("/", shared::estilo())
        .mount("/", routes![index, login, chave])
}
