//! Solução do exercício 9: saber quando a chave antiga já pode sair da lista.

use std::sync::atomic::{AtomicU32, Ordering};

use rocket::http::{Cookie, CookieJar};
// Flask, @app.route
use rocket::{State, get, launch, routes};
// render_template
use rocket_dyn_templates::{Template, context};

use chaves::Anteriores;

// As chaves são as do capítulo.
#[path = "../../src/chaves.rs"]
mod chaves;
#[cfg(test)]
#[path = "../src/tests.rs"]
mod tests;

/// O cookie que leva o número do visitante.
const COOKIE: &str = "visitante";

/// O que aconteceu desde que o programa iniciou.
#[derive(Default)]
struct Placar {
    /// Os visitantes que receberam um número.
    novos: AtomicU32,
    /// Os cookies que cada chave abriu, e os que nenhuma abriu.
    de_agora: AtomicU32,
    de_antes: AtomicU32,
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

// ANCHOR: solucao
fn abrir(
    jar: &CookieJar<'_>,
    anteriores: &Anteriores,
    placar: &Placar,
) -> Option<Cookie<'static>> {
    let fechado = jar.get(COOKIE)?;
    let (cookie, conta) = if let Some(cookie) = jar.get_private(COOKIE) {
        (Some(cookie), &placar.de_agora)
    } else if let Some(cookie) = anteriores.abrir(fechado) {
        jar.add_private((COOKIE, cookie.value().to_owned()));
        (Some(cookie), &placar.de_antes)
    } else {
        (None, &placar.nenhuma)
    };
    somar_um(conta);
    cookie
}
// ANCHOR_END: solucao

/// O placar não abre o cookie de ninguém.
#[get("/placar")]
fn placar(placar: &State<Placar>) -> Template {
    let [de_agora, de_antes, nenhuma] =
        [&placar.de_agora, &placar.de_antes, &placar.nenhuma]
            .map(|conta| conta.load(Ordering::Relaxed));
    Template::render("placar", context! { de_agora, de_antes, nenhuma })
}

/// Monta a aplicação. O que vem de `shared` está explicado na página do capítulo 1.
#[launch]
fn rocket() -> _ {
    rocket::custom(shared::configuracao(env!("CARGO_MANIFEST_DIR")))
        .attach(Template::custom(shared::layout))
        .attach(chaves::preparar())
        .manage(Placar::default())
        .register("/", shared::paginas_de_erro())
        .mount("/", shared::estilo())
        .mount("/", routes![index, placar])
}
