//! Capítulo 3: armazenar valores na sessão com cookies privados.

// request.form
use rocket::form::{Form, FromForm};
// session
use rocket::http::{Cookie, CookieJar, Status};
// redirect
use rocket::response::Redirect;
// Flask, @app.route, url_for
use rocket::{Config, get, launch, post, routes, uri};
// render_template
use rocket_dyn_templates::{Template, context};
use serde::Serialize;
use time::{Duration, OffsetDateTime};

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

// ANCHOR: formulario
/// Os campos do formulário de login; os nomes são os do HTML.
#[derive(FromForm)]
struct Credenciais<'r> {
    username: &'r str,
    password: &'r str,
}
// ANCHOR_END: formulario

// ANCHOR: login_submit
/// Um corpo que não é um formulário chega como `None`, e também recebe 401.
#[post("/login_submit", data = "<formulario>")]
fn login_submit(
    jar: &CookieJar<'_>,
    formulario: Option<Form<Credenciais<'_>>>,
) -> Result<Redirect, (Status, Template)> {
    match formulario.as_deref() {
        // Só para aprender: a senha está no código. O capítulo 8 a troca por Argon2id.
        Some(Credenciais { username: "admin", password: "123" }) => {
            // Só para aprender: cookies soltos se
            // misturam. O capítulo 6 os junta em um.
            armazenar(jar, "username", "admin");
            armazenar(jar, "user_id", 12345);
            armazenar(jar, "role", "admin");
            Ok(Redirect::to(uri!(cookies)))
        }
        _ => {
            let dados =
                context! { cookies: jar.iter().count(), erro: "Login inválido" };
            Err((Status::Unauthorized, Template::render("login", dados)))
        }
    }
}
// ANCHOR_END: login_submit

// ANCHOR: armazenar
/// `session[chave] = valor`: criptografa o valor e o guarda uma hora no navegador.
fn armazenar(jar: &CookieJar<'_>, chave: &'static str, valor: impl ToString) {
    let validade = OffsetDateTime::now_utc() + Duration::hours(1);
    jar.add_private(Cookie::build((chave, valor.to_string())).expires(validade));
}
// ANCHOR_END: armazenar

// ANCHOR: cookies
/// Um cookie como o navegador o guarda, e se a chave secreta de agora o abre.
#[derive(Serialize)]
struct Guardado<'a> {
    nome: &'a str,
    texto: &'a str,
    abriu: bool,
}

/// Só para aprender: esta página expõe os cookies. O capítulo 8 a retira.
#[get("/cookies")]
fn cookies(jar: &CookieJar<'_>, config: &Config) -> Template {
    let definida = config.secret_key.is_provided();
    let guardados: Vec<_> = jar.iter().map(|cookie| guardado(jar, cookie)).collect();
    Template::render("cookies", context! { definida, guardados })
}

fn guardado<'a>(jar: &CookieJar<'_>, cookie: &'a Cookie<'_>) -> Guardado<'a> {
    let abriu = jar.get_private(cookie.name()).is_some();
    Guardado { nome: cookie.name(), texto: cookie.value(), abriu }
}
// ANCHOR_END: cookies

/// Monta a aplicação. O que vem de `shared` está explicado na página do capítulo 1.
#[launch]
fn rocket() -> _ {
    rocket::custom(shared::configuracao(env!("CARGO_MANIFEST_DIR")))
        .attach(Template::custom(shared::layout))
        .attach(shared::raio_x())
        .register("/", shared::paginas_de_erro())
        .mount("/", shared::estilo())
        .mount("/", routes![index, login, login_submit, cookies])
}
