//! Exercício 3: armazenar uma preferência por 30 dias.

// request.form
use rocket::form::{Form, FromForm};
// session
use rocket::http::{Cookie, CookieJar, Status};
// redirect
use rocket::response::Redirect;
// Flask, @app.route, url_for
use rocket::{get, launch, post, routes, uri};
// render_template
use rocket_dyn_templates::{Template, context};
use time::{Duration, OffsetDateTime};

#[cfg(test)]
mod tests;

/// A página diz se já há um tema armazenado; ler qual deles é assunto do capítulo 4.
#[get("/")]
fn index(jar: &CookieJar<'_>) -> Template {
    Template::render("tema", context! { escolhido: jar.get_private("tema").is_some() })
}

/// O campo do formulário; o nome é o do HTML.
#[derive(FromForm)]
struct Escolha<'r> {
    tema: &'r str,
}

// TODO: o tema dura 30 dias, e só existem dois: `claro` e
// `escuro`. Os outros recebem 422.
#[post("/tema", data = "<formulario>")]
fn escolher(
    jar: &CookieJar<'_>,
    formulario: Option<Form<Escolha<'_>>>,
) -> Result<Redirect, Status> {
    match formulario.as_deref() {
        Some(Escolha { tema }) => {
            armazenar(jar, "tema", tema);
            Ok(Redirect::to(uri!(index)))
        }
        None => Err(Status::UnprocessableEntity),
    }
}

/// `session[chave] = valor`: criptografa o valor e o guarda uma hora no navegador.
fn armazenar(jar: &CookieJar<'_>, chave: &'static str, valor: impl ToString) {
    let validade = OffsetDateTime::now_utc() + Duration::hours(1);
    jar.add_private(Cookie::build((chave, valor.to_string())).expires(validade));
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR")).mount("/", routes![index, escolher])
}
