//! Capítulo 2: a chave secreta, que criptografa e descriptografa os cookies.

use rocket::http::CookieJar;
use rocket::response::Redirect;
use rocket::{Config, get, launch, routes, uri};
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
/// Carimba o navegador com um cookie que só a chave secreta atual abre.
#[get("/chave")]
fn chave(jar: &CookieJar<'_>, config: &Config) -> Template {
    let definida = config.secret_key.is_provided();
    let chegou = jar.get("carimbo").is_some();
    let abriu = jar.get_private("carimbo").is_some();
    jar.add_private(("carimbo", "criptografado com a chave atual"));
    Template::render("chave", context! { definida, chegou, abriu })
}
// ANCHOR_END: chave

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .mount("/", routes![index, login, chave])
}
