//! Solução do exercício 6: lembrar os três últimos produtos vistos.

use rocket::http::Status;
use rocket::{get, launch, routes};
use rocket_dyn_templates::{Template, context};
use sessao::Sessao;

// A sessão é a do capítulo; esta loja não usa tudo o que ela oferece.
#[expect(dead_code)]
#[path = "../../src/sessao.rs"]
mod sessao;
#[cfg(test)]
#[path = "../src/tests.rs"]
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

// ANCHOR: solucao
fn lembrar(sessao: &mut Sessao<'_>, produto: &str) -> Vec<String> {
    let mut vistos: Vec<String> = sessao.recuperar("vistos").unwrap_or_default();
    // Se já estava na lista, sai de onde estava antes de entrar no começo.
    vistos.retain(|visto| visto != produto);
    vistos.insert(0, produto.to_owned());
    vistos.truncate(3);
    // A lista mudou só aqui: sem esta linha, o navegador ficaria com a antiga.
    sessao.armazenar("vistos", vistos.clone());
    vistos
}
// ANCHOR_END: solucao

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR")).mount("/", routes![index, produto])
}
