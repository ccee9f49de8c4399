//! Exercício 10: um armário que não guarda o PIN.

use std::sync::{Mutex, MutexGuard, PoisonError};

use argon2::password_hash;
use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{State, get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};

#[cfg(test)]
mod tests;

/// O que o armário guarda do PIN; `None` quando está aberto.
struct Armario(Mutex<Option<String>>);

impl Armario {
    fn guardado(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Só para o exercício: a página mostra o que o armário guarda.
#[get("/")]
fn index(armario: &State<Armario>) -> Template {
    let guardado = armario.guardado().clone();
    Template::render("armario", context! { guardado })
}

#[derive(FromForm)]
struct Digitado<'r> {
    pin: &'r str,
}

#[post("/fechar", data = "<digitado>")]
fn fechar(
    armario: &State<Armario>,
    digitado: Form<Digitado<'_>>,
) -> Result<Redirect, Status> {
    let novo = guardar(digitado.pin).map_err(|_| Status::InternalServerError)?;
    *armario.guardado() = Some(novo);
    Ok(Redirect::to(uri!(index)))
}

/// O armário abre com o mesmo PIN; com outro, a resposta é 401.
#[post("/abrir", data = "<digitado>")]
fn abrir(
    armario: &State<Armario>,
    digitado: Form<Digitado<'_>>,
) -> Result<Redirect, Status> {
    let mut guardado = armario.guardado();
    match guardado.as_deref() {
        Some(texto) if !confere(digitado.pin, texto) => Err(Status::Unauthorized),
        _ => {
            *guardado = None;
            Ok(Redirect::to(uri!(index)))
        }
    }
}

// TODO: guarde um hash no lugar do PIN, e confira o PIN com ele.
/// O texto que o armário guarda.
fn guardar(pin: &str) -> Result<String, password_hash::Error> {
    Ok(pin.to_owned())
}

/// Verdadeiro se este é o PIN de que o texto veio.
fn confere(pin: &str, texto: &str) -> bool {
    pin == texto
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .manage(Armario(Mutex::new(None)))
        .mount("/", routes![index, fechar, abrir])
}
