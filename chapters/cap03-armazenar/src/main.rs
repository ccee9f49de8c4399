//! Capítulo 3: armazenar valores na sessão com cookies privados.

use rocket::form::{Form, FromForm};
use rocket::http::{Cookie, CookieJar, Status};
use rocket::response::Redirect;
use rocket::{get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use time::{Duration, OffsetDateTime};

#[cfg(test)]
mod tests;

/// A raiz só aponta o caminho. `uri!` confere, na compilação, que a rota existe.
#[get("/")]
fn index() -> Redirect {
    Redirect::to(uri!(login))
}

#[get("/login")]
fn login() -> Template {
    Template::render("login", context! {})
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
        // Só para aprender: a senha está no código. O capítulo 10 a troca por Argon2id.
        Some(Credenciais { username: "admin", password: "123" }) => {
            // Só para aprender: cookies soltos se misturam. O capítulo 6 os junta.
            armazenar(jar, "username", "admin");
            armazenar(jar, "user_id", 12345);
            armazenar(jar, "role", "admin");
            Ok(Redirect::to(uri!(entrou)))
        }
        _ => {
            // O nome volta escrito no formulário; a senha, não.
            let username = formulario.as_deref().map(|campos| campos.username);
            let dados = context! { erro: "Login inválido", username };
            let pagina = Template::render("login", dados);
            Err((Status::Unauthorized, pagina))
        }
    }
}

/// A página de login, com um aviso: qualquer pessoa pode pedir este endereço.
#[get("/login?entrou")]
fn entrou() -> Template {
    let aviso = "Login certo: o seu navegador guardou username, user_id e role.";
    Template::render("login", context! { aviso })
}
// ANCHOR_END: login_submit

// ANCHOR: armazenar
/// `session[chave] = valor`: criptografa o valor e o guarda uma hora no navegador.
fn armazenar(jar: &CookieJar<'_>, chave: &'static str, valor: impl ToString) {
    let validade = OffsetDateTime::now_utc() + Duration::hours(1);
    // Só para aprender: o padrão do Rocket é `SameSite=Strict`, e quem vem por um link
    // de outro site chega sem a sessão. O capítulo 12 troca por `Lax`.
    jar.add_private(Cookie::build((chave, valor.to_string())).expires(validade));
}
// ANCHOR_END: armazenar

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .mount("/", routes![index, login, login_submit, entrou])
}
