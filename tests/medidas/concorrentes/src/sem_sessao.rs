//! A mesma página, no mesmo Rocket, sem sessão: o 1,00 de cada razão.

use rocket::fairing::{AdHoc, Fairing};
use rocket::{get, routes};
use rocket_dyn_templates::{Template, context};

use crate::Fim;
use crate::pagina::e_a_completa;

/// Os cabeçalhos do capítulo 18, como ele os escreve.
#[path = "../../../../chapters/cap18-completa/src/site/cabecalhos.rs"]
mod cabecalhos;

pub fn servir(pasta: &str, porta: u16) -> Fim {
    let aplicacao = shared::aplicacao(pasta);
    let configuracao = aplicacao.figment().clone().merge(("port", porta));
    let aplicacao = aplicacao.configure(configuracao);
    let aplicacao = if e_a_completa(pasta) {
        let rotas = routes![entrar_na_completa, completa];
        let aplicacao = aplicacao.attach(cabecalhos::cabecalhos(false));
        aplicacao.attach(so_de_uma_pessoa()).mount("/", rotas)
    } else {
        aplicacao.mount("/", routes![entrar, dashboard])
    };
    rocket::execute(aplicacao.launch())
        .map(|_| ())
        .map_err(|erro| erro.to_string().into())
}

/// Os cabeçalhos de uma página que é só de uma pessoa.
fn so_de_uma_pessoa() -> impl Fairing {
    AdHoc::on_response("Só de uma pessoa", |_, resposta| {
        Box::pin(async move {
            resposta.adjoin_raw_header("Vary", "Cookie");
            resposta.set_raw_header("Cache-Control", "no-store");
        })
    })
}

#[get("/dashboard")]
fn dashboard() -> Template {
    Template::render("dashboard", context! { username: "admin", user_id: 12345 })
}

#[get("/entrar")]
fn entrar() -> Template {
    dashboard()
}

#[get("/dashboard")]
fn completa() -> Template {
    let dados =
        context! { entrou: true, quem: "admin", username: "admin", user_id: 12345 };
    Template::render("dashboard", dados)
}

#[get("/entrar")]
fn entrar_na_completa() -> Template {
    completa()
}
