//! Exercício 13: um extrato que nenhum cache guarda.

use rocket::fairing::AdHoc;
use rocket::form::{Form, FromForm};
use rocket::response::Redirect;
use rocket::{Request, get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use sessao::Sessao;

// A sessão é a do capítulo; este banco não usa tudo o que ela oferece.
#[path = "../../src/disfarce.rs"]
mod disfarce;
#[expect(dead_code)]
#[path = "../../src/sessao.rs"]
mod sessao;
#[cfg(test)]
mod tests;

/// A cotação do dia é a mesma para todos: a página não olha a sessão.
#[get("/")]
fn index() -> Template {
    Template::render("banco", context! { cotacao: "5,40" })
}

/// O extrato é só de quem o pede.
#[get("/extrato")]
fn extrato(sessao: Sessao<'_>) -> Template {
    let depositos: Vec<u32> = sessao.recuperar("depositos").unwrap_or_default();
    Template::render("banco", context! { depositos })
}

#[derive(FromForm)]
struct Deposito {
    reais: u32,
}

#[post("/depositar", data = "<deposito>")]
fn depositar(mut sessao: Sessao<'_>, deposito: Form<Deposito>) -> Redirect {
    let mut depositos: Vec<u32> = sessao.recuperar("depositos").unwrap_or_default();
    depositos.push(deposito.reais);
    sessao.armazenar("depositos", depositos);
    Redirect::to(uri!(extrato))
}

// TODO: a resposta que dependeu da sessão não fica em cache nenhum: `no-store`.
// As outras continuam podendo ficar por um minuto, para todos.
fn ordem(_requisicao: &Request<'_>) -> &'static str {
    "public, max-age=60"
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    let caches = AdHoc::on_response("Caches", |requisicao, resposta| {
        Box::pin(async move {
            resposta.set_raw_header("Cache-Control", ordem(requisicao));
        })
    });
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .attach(caches)
        .mount("/", routes![index, extrato, depositar])
}
