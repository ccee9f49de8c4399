//! Exercício 6: lembrar os três últimos produtos vistos.

use rocket::http::Status;
// Flask, @app.route
use rocket::{Responder, get, launch, routes};
// render_template
use rocket_dyn_templates::{Template, context};
// session
use sessao::{ErroDeSessao, Sessao};

// A sessão é a do capítulo; esta loja não usa tudo o que ela oferece.
#[expect(dead_code)]
#[path = "../../src/sessao.rs"]
mod sessao;
#[cfg(test)]
mod tests;

/// O que a loja vende.
const PRODUTOS: [&str; 4] = ["caderno", "caneta", "borracha", "régua"];

/// Como uma rota termina quando a página pedida não aparece.
#[derive(Responder)]
enum Desvio {
    NaoExiste(Status),
    Sessao(ErroDeSessao),
}

/// Com isto, um `?` transforma o erro da sessão na resposta da rota.
impl From<ErroDeSessao> for Desvio {
    fn from(erro: ErroDeSessao) -> Desvio {
        Desvio::Sessao(erro)
    }
}

/// A vitrine: ela não abre a sessão.
#[get("/")]
fn index() -> Template {
    Template::render("loja", context! { produtos: PRODUTOS })
}

/// A página de um produto, com os últimos vistos. Ver um produto já o põe na lista.
#[get("/produto/<nome>")]
fn produto(sessao: Sessao<'_>, nome: &str) -> Result<Template, Desvio> {
    if !PRODUTOS.contains(&nome) {
        return Err(Desvio::NaoExiste(Status::NotFound));
    }
    let vistos = lembrar(&sessao, nome)?;
    Ok(Template::render("loja", context! { produtos: PRODUTOS, nome, vistos }))
}

// TODO: o mais novo vem primeiro, nenhum se repete, e só ficam três. Uma sessão do
// formato antigo, em que `vistos` era um texto só, começa uma lista nova.
fn lembrar(sessao: &Sessao<'_>, produto: &str) -> Result<Vec<String>, ErroDeSessao> {
    let mut vistos: Vec<String> = sessao.recuperar_ou("vistos", Vec::new())?;
    vistos.push(produto.to_owned());
    sessao.armazenar("vistos", &vistos)?;
    Ok(vistos)
}

/// Monta a aplicação. O que vem de `shared` está explicado na página do capítulo 1.
#[launch]
fn rocket() -> _ {
    rocket::custom(shared::configuracao(env!("CARGO_MANIFEST_DIR")))
        .attach(Template::custom(shared::layout))
        .attach(sessao::varia_com_o_cookie())
        .register("/", shared::paginas_de_erro())
        .mount("/", shared::estilo())
        .mount("/", routes![index, produto])
}
