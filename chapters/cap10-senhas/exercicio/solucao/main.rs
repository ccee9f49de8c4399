//! Solução do exercício 10: um armário que não guarda o PIN.

use std::sync::{Mutex, MutexGuard, PoisonError};

use argon2::password_hash::{self, SaltString};
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{State, get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};

#[cfg(test)]
#[path = "../src/tests.rs"]
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

// ANCHOR: solucao
/// O texto que o armário guarda.
fn guardar(pin: &str) -> Result<String, password_hash::Error> {
    // Um sal novo a cada vez: dois armários com o mesmo PIN guardam textos diferentes.
    let mut sal = [0; 16];
    getrandom::fill(&mut sal).map_err(|_| password_hash::Error::Crypto)?;
    let sal = SaltString::encode_b64(&sal)?;
    Ok(Argon2::default().hash_password(pin.as_bytes(), &sal)?.to_string())
}

/// Verdadeiro se este é o PIN de que o texto veio.
fn confere(pin: &str, texto: &str) -> bool {
    // O sal está no texto: chamar `guardar` de novo sortearia outro.
    PasswordHash::new(texto).is_ok_and(|hash| {
        Argon2::default().verify_password(pin.as_bytes(), &hash).is_ok()
    })
}
// ANCHOR_END: solucao

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .manage(Armario(Mutex::new(None)))
        .mount("/", routes![index, fechar, abrir])
}
