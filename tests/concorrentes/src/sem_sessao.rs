//! A mesma página, no mesmo Rocket, sem sessão: o 1,00 de cada razão.

use rocket::{Request, get, routes};
use rocket_dyn_templates::{Template, context};

use crate::Fim;
use crate::pagina::e_a_completa;

/// Os cabeçalhos do capítulo 18, como ele os escreve.
#[path = "../../../chapters/cap18-completa/src/site/cabecalhos.rs"]
mod cabecalhos;

pub fn servir(pasta: &str, porta: u16) -> Fim {
    let aplicacao = shared::aplicacao(pasta);
    let configuracao = aplicacao.figment().clone().merge(("port", porta));
    let aplicacao = aplicacao.configure(configuracao);
    let aplicacao = if e_a_completa(pasta) {
        let rotas = routes![entrar_na_completa, completa];
        aplicacao.attach(cabecalhos::cabecalhos(false)).mount("/", rotas)
    } else {
        aplicacao.mount("/", routes![entrar, dashboard])
    };
    rocket::execute(aplicacao.launch())
        .map(|_| ())
        .map_err(|erro| erro.to_string().into())
}

#[get("/dashboard")]
fn dashboard() -> Template {
    Template::render("dashboard", context! { username: "admin", user_id: 12345 })
}

#[get("/entrar")]
fn entrar() -> Template {
    dashboard()
}

/// A guarda que dá à resposta os cabeçalhos de uma página que é só de uma pessoa.
struct SoDestaPessoa;

#[rocket::async_trait]
impl<'r> rocket::request::FromRequest<'r> for SoDestaPessoa {
    type Error = ();

    async fn from_request(
        requisicao: &'r Request<'_>,
    ) -> rocket::request::Outcome<Self, ()> {
        navegador::so_desta_pessoa(requisicao);
        rocket::outcome::Outcome::Success(SoDestaPessoa)
    }
}

#[get("/dashboard")]
fn completa(_guarda: SoDestaPessoa) -> Template {
    let dados =
        context! { entrou: true, quem: "admin", username: "admin", user_id: 12345 };
    Template::render("dashboard", dados)
}

#[get("/entrar")]
fn entrar_na_completa(guarda: SoDestaPessoa) -> Template {
    completa(guarda)
}
