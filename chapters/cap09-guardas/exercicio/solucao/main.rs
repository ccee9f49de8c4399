//! Solução do exercício 9: só o gerente zera o estoque.

use std::sync::atomic::{AtomicU32, Ordering};

use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::outcome::try_outcome;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::Redirect;
use rocket::{State, get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use sessao::Sessao;
use usuario::Usuario;

// Os módulos são os do capítulo; esta loja não usa tudo o que eles oferecem.
#[expect(dead_code)]
#[path = "../../src/sessao.rs"]
mod sessao;
#[cfg(test)]
#[path = "../src/tests.rs"]
mod tests;
#[expect(dead_code)]
#[path = "../../src/usuario.rs"]
mod usuario;

/// Quantos cadernos há.
struct Estoque(AtomicU32);

/// A página é de todos: sem login, a guarda vira `None`.
#[get("/")]
fn index(usuario: Option<Usuario>, estoque: &State<Estoque>) -> Template {
    let cadernos = estoque.0.load(Ordering::Relaxed);
    let role = usuario.as_ref().map(Usuario::role);
    Template::render("estoque", context! { cadernos, role })
}

#[derive(FromForm)]
struct Entrada<'r> {
    role: &'r str,
}

/// Só para o exercício: entra sem senha, com o cargo que escolher.
#[post("/entrar", data = "<entrada>")]
fn entrar(mut sessao: Sessao<'_>, entrada: Form<Entrada<'_>>) -> Redirect {
    sessao.armazenar("username", "ana");
    sessao.armazenar("user_id", 7);
    sessao.armazenar("role", entrada.role);
    Redirect::to(uri!(index))
}

/// Quem entrou com o cargo `gerente`.
struct Gerente;

// ANCHOR: solucao
#[rocket::async_trait]
impl<'r> FromRequest<'r> for Gerente {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Self, ()> {
        // Sem login, `Usuario` já passa a vez; `try_outcome!` só repete o que ela diz.
        let usuario = try_outcome!(Usuario::from_request(requisicao).await);
        match usuario.role() {
            "gerente" => Outcome::Success(Gerente),
            // Passar a vez mandaria ao login quem já entrou.
            _ => Outcome::Error((Status::Forbidden, ())),
        }
    }
}
// ANCHOR_END: solucao

#[post("/zerar")]
fn zerar(_gerente: Gerente, estoque: &State<Estoque>) -> Redirect {
    estoque.0.store(0, Ordering::Relaxed);
    Redirect::to(uri!(index))
}

/// O mesmo pedido, sem login: a página de entrada tem o formulário.
#[post("/zerar", rank = 2)]
fn zerar_sem_login() -> Redirect {
    Redirect::to("/?entre")
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .manage(Estoque(AtomicU32::new(12)))
        .mount("/", routes![index, entrar, zerar, zerar_sem_login])
}
