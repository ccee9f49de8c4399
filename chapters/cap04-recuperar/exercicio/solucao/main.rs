//! Solução do exercício 4: contar as visitas, com um valor padrão para a primeira.

use std::str::FromStr;

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
#[path = "../src/tests.rs"]
mod tests;

// ANCHOR: solucao
/// Saúda pelo nome e diz qual é esta visita.
#[get("/")]
fn index(jar: &CookieJar<'_>) -> Template {
    let nome = recuperar(jar, "nome").unwrap_or("visitante".to_owned());
    // O padrão é zero, e não um: ele vale para antes desta visita. Uma contagem
    // que não é número vira `None` e também recomeça do zero.
    let antes: u32 = recuperar(jar, "visitas").unwrap_or(0);
    let visitas = antes + 1;
    // Somar não basta: a soma só existe na próxima visita se o navegador a receber.
    armazenar(jar, "visitas", visitas);
    Template::render("visitas", context! { nome, visitas })
}
// ANCHOR_END: solucao

/// O campo do formulário; o nome é o do HTML.
#[derive(FromForm)]
struct Apresentacao<'r> {
    nome: &'r str,
}

/// Lembra o nome de quem se apresenta.
#[post("/nome", data = "<formulario>")]
fn apresentar(
    jar: &CookieJar<'_>,
    formulario: Option<Form<Apresentacao<'_>>>,
) -> Result<Redirect, Status> {
    let formulario = formulario.ok_or(Status::UnprocessableEntity)?;
    armazenar(jar, "nome", formulario.nome);
    Ok(Redirect::to(uri!(index)))
}

/// `session[chave] = valor`: criptografa o valor e o guarda uma hora no navegador.
fn armazenar(jar: &CookieJar<'_>, chave: &'static str, valor: impl ToString) {
    let validade = OffsetDateTime::now_utc() + Duration::hours(1);
    jar.add_private(Cookie::build((chave, valor.to_string())).expires(validade));
}

/// `session.get(chave)`: `None` se a chave falta, não abre ou não é um `T`.
fn recuperar<T: FromStr>(jar: &CookieJar<'_>, chave: &str) -> Option<T> {
    jar.get_private(chave)?.value().parse().ok()
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR")).mount("/", routes![index, apresentar])
}
