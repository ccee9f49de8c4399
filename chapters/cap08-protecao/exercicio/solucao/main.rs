//! Solução do exercício 8: só o gerente zera o estoque, e só por um formulário da loja.

use std::sync::atomic::{AtomicU32, Ordering};

// request.form
use rocket::form::FromForm;
use rocket::http::Status;
use rocket::outcome::try_outcome;
use rocket::request::{FromRequest, Outcome, Request};
// redirect
use rocket::response::Redirect;
// Flask, @app.route, url_for
use rocket::{State, get, launch, post, routes, uri};
// render_template
use rocket_dyn_templates::{Template, context};

use protecao::{Protegido, SoToken};
// session
use sessao::{ErroDeSessao, Sessao};

// Os módulos são os do capítulo; esta loja não usa tudo o que eles oferecem.
#[expect(dead_code)]
#[path = "../../src/protecao.rs"]
mod protecao;
#[expect(dead_code)]
#[path = "../../src/sessao.rs"]
mod sessao;
#[cfg(test)]
#[path = "../src/tests.rs"]
mod tests;
#[cfg_attr(test, expect(dead_code))]
#[path = "../../src/validade.rs"]
mod validade;

/// Quantos cadernos há.
struct Estoque(AtomicU32);

#[get("/")]
fn index(
    sessao: Sessao<'_>,
    estoque: &State<Estoque>,
) -> Result<Template, ErroDeSessao> {
    let role: Option<String> = sessao.recuperar("role")?;
    let cadernos = estoque.0.load(Ordering::Relaxed);
    let csrf = sessao.token()?;
    Ok(Template::render("estoque", context! { cadernos, role, csrf }))
}

#[derive(FromForm)]
struct Entrada {
    role: String,
}

/// Só para o exercício: entra sem senha, com o cargo que escolher.
#[post("/entrar", data = "<entrada>")]
fn entrar(
    sessao: Sessao<'_>,
    entrada: Protegido<Entrada>,
) -> Result<Redirect, ErroDeSessao> {
    if let Some(Entrada { role }) = entrada.dados {
        sessao.comecar(false)?;
        sessao.armazenar("role", role)?;
    }
    Ok(Redirect::to(uri!(index)))
}

/// Quem entrou com o cargo `gerente`.
struct Gerente;

// ANCHOR: solucao
#[rocket::async_trait]
impl<'r> FromRequest<'r> for Gerente {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Self, ()> {
        let sessao = try_outcome!(Sessao::from_request(requisicao).await);
        match sessao.recuperar::<String>("role") {
            Ok(Some(role)) if role == "gerente" => Outcome::Success(Gerente),
            Ok(Some(_)) => Outcome::Error((Status::Forbidden, ())),
            Ok(None) => Outcome::Error((Status::Unauthorized, ())),
            // Um cargo que não é texto é um defeito do programa, e não de quem pede.
            Err(_) => Outcome::Error((Status::InternalServerError, ())),
        }
    }
}

#[post("/zerar", data = "<_formulario>")]
fn zerar(
    _gerente: Gerente,
    estoque: &State<Estoque>,
    _formulario: Protegido<SoToken>,
) -> Redirect {
    estoque.0.store(0, Ordering::Relaxed);
    Redirect::to(uri!(index))
}
// ANCHOR_END: solucao

/// Monta a aplicação. O que vem de `shared` está explicado na página do capítulo 1.
#[launch]
fn rocket() -> _ {
    rocket::custom(shared::configuracao(env!("CARGO_MANIFEST_DIR")))
        .attach(Template::custom(shared::layout))
        .attach(validade::preparar())
        .attach(protecao::preparar())
        .attach(protecao::cabecalhos())
        .manage(Estoque(AtomicU32::new(12)))
        .register("/", shared::paginas_de_erro())
        .mount("/", shared::estilo())
        .mount("/", routes![index, entrar, zerar])
}
