//! Exercício 15: outro id quando alguém ganha poderes.

use capitulo::{armazem, sessao::Sessao};
use rocket::form::Form;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{FromForm, get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};

// A sessão e o armazenamento são os do capítulo; o fórum não usa tudo o que há.
#[allow(dead_code)]
#[path = "../../src"]
mod capitulo {
    pub mod armazem;
    pub mod sessao;
}
#[cfg(test)]
mod tests;

/// O fórum mostra o apelido e o cargo de quem o abre.
#[get("/")]
fn forum(sessao: Sessao<'_>) -> Template {
    let apelido: Option<String> = sessao.recuperar("apelido");
    let cargo: Option<String> = sessao.recuperar("cargo");
    Template::render("forum", context! { apelido, cargo })
}

/// O apelido não pede senha: a sessão começa aqui.
#[derive(FromForm)]
struct Apelido<'r> {
    apelido: &'r str,
}

#[post("/apelido", data = "<formulario>")]
async fn apelido(
    mut sessao: Sessao<'_>,
    formulario: Form<Apelido<'_>>,
) -> Result<Redirect, Status> {
    sessao.armazenar("apelido", formulario.apelido);
    sessao.gravar().await?;
    Ok(Redirect::to(uri!(forum)))
}

/// O código que a equipe entrega a quem vai moderar.
#[derive(FromForm)]
struct Codigo<'r> {
    codigo: &'r str,
}

#[post("/moderar", data = "<formulario>")]
async fn moderar(
    mut sessao: Sessao<'_>,
    formulario: Form<Codigo<'_>>,
) -> Result<Redirect, Status> {
    if formulario.codigo != "equipe" {
        return Err(Status::Forbidden);
    }
    // TODO: uma cópia feita antes não deve moderar, e o apelido deve continuar.
    sessao.armazenar("cargo", "moderador");
    sessao.gravar().await?;
    Ok(Redirect::to(uri!(forum)))
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .manage(armazem::memoria::nova())
        .mount("/", routes![forum, apelido, moderar])
}
