//! Exercício 14: saber quando a chave antiga já pode sair da lista.

use std::sync::atomic::{AtomicU32, Ordering};

use chaves::Anteriores;
use rocket::http::{Cookie, CookieJar};
use rocket::{State, get, launch, routes};
use rocket_dyn_templates::{Template, context};

// As chaves são as do capítulo.
#[path = "../../src/chaves.rs"]
mod chaves;
#[cfg(test)]
mod tests;

/// O cookie que leva o número do visitante.
const COOKIE: &str = "visitante";

/// O que aconteceu desde que o programa iniciou.
#[derive(Default)]
struct Placar {
    /// Os visitantes que receberam um número.
    novos: AtomicU32,
    /// Os cookies que cada chave abriu, e os que nenhuma abriu.
    da_atual: AtomicU32,
    das_anteriores: AtomicU32,
    nenhuma: AtomicU32,
}

fn somar_um(conta: &AtomicU32) -> u32 {
    conta.fetch_add(1, Ordering::Relaxed) + 1
}

/// Quem já tem um número continua com ele; quem não tem recebe o próximo.
#[get("/")]
fn index(
    jar: &CookieJar<'_>,
    anteriores: &State<Anteriores>,
    placar: &State<Placar>,
) -> Template {
    let numero = match abrir(jar, anteriores, placar) {
        Some(cookie) => cookie.value().to_owned(),
        None => {
            let numero = somar_um(&placar.novos).to_string();
            jar.add_private((COOKIE, numero.clone()));
            numero
        }
    };
    Template::render("visitante", context! { numero })
}

// TODO: feche de novo, com a chave atual, o cookie que uma anterior abriu. E cada cookie
// que chega soma um na conta certa: a da chave atual, a das anteriores ou a de nenhuma.
fn abrir(
    jar: &CookieJar<'_>,
    anteriores: &Anteriores,
    placar: &Placar,
) -> Option<Cookie<'static>> {
    let fechado = jar.get(COOKIE)?;
    let cookie = jar.get_private(COOKIE).or_else(|| anteriores.abrir(fechado))?;
    somar_um(&placar.da_atual);
    Some(cookie)
}

/// O placar não abre o cookie de ninguém.
#[get("/placar")]
fn placar(placar: &State<Placar>) -> Template {
    let [da_atual, das_anteriores, nenhuma] =
        [&placar.da_atual, &placar.das_anteriores, &placar.nenhuma]
            .map(|conta| conta.load(Ordering::Relaxed));
    Template::render("placar", context! { da_atual, das_anteriores, nenhuma })
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .attach(chaves::preparar())
        .manage(Placar::default())
        .mount("/", routes![index, placar])
}
