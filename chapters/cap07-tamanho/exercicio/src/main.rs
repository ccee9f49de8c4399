//! Exercício 7: guardar os recados mais novos que cabem.

use rocket::form::{Form, FromForm};
use rocket::response::Redirect;
use rocket::{get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use sessao::{NaoCabe, Sessao};

// A sessão é a do capítulo; este mural não usa tudo o que ela oferece.
#[expect(dead_code)]
#[path = "../../src/sessao.rs"]
mod sessao;
#[cfg(test)]
mod tests;

/// O mural, do recado mais antigo ao mais novo.
#[get("/")]
fn mural(sessao: Sessao<'_>) -> Template {
    let recados: Vec<String> = sessao.recuperar("recados").unwrap_or_default();
    Template::render("mural", context! { recados })
}

/// O campo do formulário do mural.
#[derive(FromForm)]
struct Novo<'r> {
    #[field(validate = len(1..))]
    recado: &'r str,
}

/// Um recado que não cabe nem sozinho recebe a página 413.
#[post("/", data = "<novo>")]
fn deixar(mut sessao: Sessao<'_>, novo: Form<Novo<'_>>) -> Result<Redirect, NaoCabe> {
    guardar(&mut sessao, novo.recado)?;
    Ok(Redirect::to(uri!(mural)))
}

// TODO: se não cabe, saem os recados mais antigos, e só os que precisam sair.
fn guardar(sessao: &mut Sessao<'_>, recado: &str) -> Result<(), NaoCabe> {
    let mut recados: Vec<String> = sessao.recuperar("recados").unwrap_or_default();
    recados.push(recado.to_owned());
    sessao.armazenar("recados", recados)
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR")).mount("/", routes![mural, deixar])
}
