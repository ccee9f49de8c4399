//! Solução do exercício 12: uma enquete que só aceita votos da própria página.

use formularios::{Protegido, SoToken};
use rocket::form::FromForm;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use sessao::Sessao;

#[path = "../../src/formularios.rs"]
mod formularios;
// A sessão é a do capítulo; esta enquete não usa tudo o que ela oferece.
#[expect(dead_code)]
#[path = "../../src/sessao.rs"]
mod sessao;
#[cfg(test)]
#[path = "../src/tests.rs"]
mod tests;

/// As cores em que se pode votar.
const CORES: [&str; 3] = ["azul", "verde", "vermelho"];

// ANCHOR: solucao
#[get("/")]
fn index(mut sessao: Sessao<'_>) -> Template {
    let voto: Option<String> = sessao.recuperar("voto");
    let csrf = formularios::token(&mut sessao);
    Template::render("enquete", context! { cores: CORES, voto, csrf })
}

#[derive(FromForm)]
struct Voto {
    cor: String,
}

/// Um voto por sessão: votar de novo troca o anterior.
#[post("/votar", data = "<formulario>")]
fn votar(
    mut sessao: Sessao<'_>,
    formulario: Protegido<Voto>,
) -> Result<Redirect, Status> {
    // O token já foi conferido; os campos ainda podem faltar.
    let Voto { cor } = formulario.dados.ok_or(Status::UnprocessableEntity)?;
    if !CORES.contains(&cor.as_str()) {
        return Err(Status::UnprocessableEntity);
    }
    sessao.armazenar("voto", cor);
    Ok(Redirect::to(uri!(index)))
}
// ANCHOR_END: solucao

/// Retira o voto. Esta rota já pede o token.
#[post("/retirar", data = "<_formulario>")]
fn retirar(mut sessao: Sessao<'_>, _formulario: Protegido<SoToken>) -> Redirect {
    sessao.remover("voto");
    Redirect::to(uri!(index))
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .mount("/", routes![index, votar, retirar])
}
