//! Solução do exercício 12: uma enquete em que outro site não vota por ninguém.

use origem::{de_outra_origem, muda_algo};
use rocket::fairing::{AdHoc, Fairing};
use rocket::form::{Form, FromForm};
use rocket::http::{Method, Status};
use rocket::response::Redirect;
use rocket::{get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use sessao::Sessao;

// Os módulos são os do capítulo; esta enquete não usa tudo o que eles oferecem.
#[expect(dead_code)]
#[path = "../../src/origem.rs"]
mod origem;
#[expect(dead_code)]
#[path = "../../src/sessao.rs"]
mod sessao;
#[cfg(test)]
#[path = "../src/tests.rs"]
mod tests;

/// As cores em que se pode votar.
const CORES: [&str; 3] = ["azul", "verde", "vermelho"];

#[get("/")]
fn index(sessao: Sessao<'_>) -> Template {
    let voto: Option<String> = sessao.recuperar("voto");
    Template::render("enquete", context! { cores: CORES, voto })
}

// ANCHOR: solucao
/// O link que um jornal já imprimiu: mostra a cor, e quem vota é o botão da página.
#[get("/votar?<cor>")]
fn pelo_link(cor: &str) -> Result<Template, Status> {
    if !CORES.contains(&cor) {
        return Err(Status::UnprocessableEntity);
    }
    Ok(Template::render("confirmar", context! { cor }))
}

/// O voto que outro site enviou: não conta, mas leva à página que o confirma.
#[post("/voto_de_fora", data = "<voto>")]
fn de_fora(voto: Form<Voto<'_>>) -> Redirect {
    Redirect::to(uri!(pelo_link(voto.cor)))
}

fn so_daqui() -> impl Fairing {
    AdHoc::on_request("Só daqui", |requisicao, _| {
        Box::pin(async move {
            if !muda_algo(requisicao.method()) || !de_outra_origem(requisicao) {
                return;
            }
            let voto = requisicao.method() == Method::Post
                && requisicao.uri().path() == "/votar";
            let destino = if voto { uri!(de_fora) } else { uri!(origem::recusar) };
            requisicao.set_method(Method::Post);
            requisicao.set_uri(destino);
        })
    })
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    let rotas = routes![index, pelo_link, votar, retirar, de_fora, origem::recusar];
    shared::aplicacao(env!("CARGO_MANIFEST_DIR")).attach(so_daqui()).mount("/", rotas)
}
// ANCHOR_END: solucao

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
