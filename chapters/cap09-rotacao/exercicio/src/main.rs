//! Exercício 9: saber quando a chave antiga já pode sair da lista.

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

// TODO: o cookie que uma chave anterior abre tem de ser fechado de novo com a de
// agora. E cada cookie que chegou soma um na conta certa: a da chave de agora, a
// das anteriores ou a de nenhuma.
fn abrir(
    jar: &CookieJar<'_>,
    anteriores: &Anteriores,
    placar: &Placar,
) -> Option<Cookie<'static>> {
    let fechado = jar.get(COOKIE)?;
    let cookie = jar.get_private(COOKIE).or_else(|| anteriores.abrir(fechado))?;
    somar_um(&placar.de_agora);
    Some(cookie)
}

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
