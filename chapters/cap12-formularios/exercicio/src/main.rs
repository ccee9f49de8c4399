//! Exercício 12: uma enquete que só aceita votos da própria página.

use formularios::{Protegido, SoToken};
use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use sessao::Sessao;

// Os módulos são os do capítulo; esta enquete não usa tudo o que eles oferecem.
#[allow(dead_code)]
#[path = "../../src/formularios.rs"]
mod formularios;
#[expect(dead_code)]
#[path = "../../src/sessao.rs"]
mod sessao;
#[cfg(test)]
mod tests;

/// As cores em que se pode votar.
const CORES: [&str; 3] = ["azul", "verde", "vermelho"];

// TODO: a página mostra o token desta sessão, e só um formulário com ele conta um voto.
#[get("/")]
fn index(sessao: Sessao<'_>) -> Template {
    let voto: Option<String> = sessao.recuperar("voto");
    Template::render("enquete", context! { cores: CORES, voto })
}

#[derive(FromForm)]
struct Voto {
    cor: String,
}

/// Um voto por sessão: votar de novo troca o anterior.
#[post("/votar", data = "<formulario>")]
fn votar(mut sessao: Sessao<'_>, formulario: Form<Voto>) -> Result<Redirect, Status> {
    let Voto { cor } = formulario.into_inner();
    if !CORES.contains(&cor.as_str()) {
        return Err(Status::UnprocessableEntity);
    }
    sessao.armazenar("voto", cor);
    Ok(Redirect::to(uri!(index)))
}

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
