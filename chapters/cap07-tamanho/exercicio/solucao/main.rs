//! Solução do exercício 7: guardar os recados mais novos que cabem.

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
#[path = "../src/tests.rs"]
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

// ANCHOR: solucao
fn guardar(sessao: &mut Sessao<'_>, recado: &str) -> Result<(), NaoCabe> {
    let mut recados: Vec<String> = sessao.recuperar("recados").unwrap_or_default();
    recados.push(recado.to_owned());
    while let Err(erro) = sessao.armazenar("recados", recados.clone()) {
        // Se o novo não cabe nem sozinho, os antigos não têm por que sair.
        if recados.len() == 1 {
            return Err(erro);
        }
        recados.remove(0);
    }
    Ok(())
}
// ANCHOR_END: solucao

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR")).mount("/", routes![mural, deixar])
}
