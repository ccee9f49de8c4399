//! Exercício 12: uma enquete em que outro site não vota por ninguém.

use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use sessao::Sessao;

// Os módulos são os do capítulo; esta enquete ainda não usa tudo o que eles oferecem.
#[allow(dead_code)]
#[path = "../../src/origem.rs"]
mod origem;
#[expect(dead_code)]
#[path = "../../src/sessao.rs"]
mod sessao;
#[cfg(test)]
mod tests;

/// As cores em que se pode votar.
const CORES: [&str; 3] = ["azul", "verde", "vermelho"];

#[get("/")]
fn index(sessao: Sessao<'_>) -> Template {
    let voto: Option<String> = sessao.recuperar("voto");
    Template::render("enquete", context! { cores: CORES, voto })
}

/// O link que um jornal já imprimiu: `/votar?cor=azul`.
// TODO: um link só mostra a página `confirmar`, e nada muda quando quem envia é outro site.
// Um voto que vem de fora leva a essa página; o resto recebe 403.
#[get("/votar?<cor>")]
fn pelo_link(mut sessao: Sessao<'_>, cor: &str) -> Result<Redirect, Status> {
    gravar(&mut sessao, cor)
}

#[derive(FromForm)]
struct Voto<'r> {
    cor: &'r str,
}

#[post("/votar", data = "<voto>")]
fn votar(mut sessao: Sessao<'_>, voto: Form<Voto<'_>>) -> Result<Redirect, Status> {
    gravar(&mut sessao, voto.cor)
}

/// Um voto por sessão: votar de novo troca o anterior.
fn gravar(sessao: &mut Sessao<'_>, cor: &str) -> Result<Redirect, Status> {
    if !CORES.contains(&cor) {
        return Err(Status::UnprocessableEntity);
    }
    sessao.armazenar("voto", cor);
    Ok(Redirect::to(uri!(index)))
}

#[post("/retirar")]
fn retirar(mut sessao: Sessao<'_>) -> Redirect {
    sessao.remover("voto");
    Redirect::to(uri!(index))
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .mount("/", routes![index, pelo_link, votar, retirar])
}
