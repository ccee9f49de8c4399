//! Exercício 6: lembrar os três últimos produtos vistos.

use rocket::http::Status;
use rocket::{get, launch, routes};
use rocket_dyn_templates::{Template, context};
use sessao::Sessao;

// A sessão é a do capítulo; esta loja não usa tudo o que ela oferece.
#[expect(dead_code)]
#[path = "../../src/sessao.rs"]
mod sessao;
#[cfg(test)]
mod tests;

/// O que a loja vende.
const PRODUTOS: [&str; 4] = ["caderno", "caneta", "borracha", "régua"];

/// A vitrine: ela não abre a sessão.
#[get("/")]
fn index() -> Template {
    Template::render("loja", context! { produtos: PRODUTOS })
}

/// A página de um produto, com os últimos vistos. Ver um produto já o coloca na lista.
#[get("/produto/<nome>")]
fn produto(mut sessao: Sessao<'_>, nome: &str) -> Result<Template, Status> {
    if !PRODUTOS.contains(&nome) {
        return Err(Status::NotFound);
    }
    let vistos = lembrar(&mut sessao, nome);
    Ok(Template::render("loja", context! { produtos: PRODUTOS, nome, vistos }))
}

// TODO: o mais novo vem primeiro, nenhum se repete, e só ficam três.
fn lembrar(sessao: &mut Sessao<'_>, produto: &str) -> Vec<String> {
    let mut vistos: Vec<String> = sessao.recuperar("vistos").unwrap_or_default();
    vistos.push(produto.to_owned());
    sessao.armazenar("vistos", vistos.clone());
    vistos
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR")).mount("/", routes![index, produto])
}
