//! Solução do exercício 11: contar as tentativas do PIN de um vale-presente.

use rocket::form::{Form, FromForm};
use rocket::http::Header;
use rocket::{Responder, State, get, launch, post, routes};
use rocket_dyn_templates::{Template, context};
use tentativas::Tentativas;
use time::OffsetDateTime;

// A contagem é a do capítulo: aqui, cada vale tem a sua.
#[path = "../../src/tentativas.rs"]
mod tentativas;
#[cfg(test)]
#[path = "../src/tests.rs"]
mod tests;

/// O número, o PIN e o valor de cada vale.
const VALES: [(&str, &str, u32); 2] = [("1001", "4821", 50), ("1002", "7390", 100)];

#[get("/")]
fn index() -> Template {
    Template::render("vale", context! {})
}

/// Os campos do formulário do vale.
#[derive(FromForm)]
struct Pedido<'r> {
    vale: &'r str,
    pin: &'r str,
}

#[post("/", data = "<pedido>")]
fn consultar(
    tentativas: &State<Tentativas>,
    pedido: Form<Pedido<'_>>,
) -> Result<Template, Recusa> {
    let agora = OffsetDateTime::now_utc().unix_timestamp();
    let reais = conferir(tentativas, pedido.vale, pedido.pin, agora)?;
    Ok(Template::render("vale", context! { reais }))
}

/// Por que o vale não abre.
#[derive(Responder)]
enum Recusa {
    #[response(status = 401)]
    PinErrado(Template),
    #[response(status = 429)]
    Espere(Template, Header<'static>),
}

fn pin_errado() -> Recusa {
    Recusa::PinErrado(Template::render("vale", context! { erro: "PIN errado" }))
}

fn espere(segundos: i64) -> Recusa {
    let pagina = Template::render("vale", context! { erro: "Muitas tentativas" });
    Recusa::Espere(pagina, Header::new("Retry-After", segundos.to_string()))
}

// ANCHOR: solucao
fn conferir(
    tentativas: &Tentativas,
    vale: &str,
    pin: &str,
    agora: i64,
) -> Result<u32, Recusa> {
    // Antes de tudo: um vale que não existe conta, e nem o PIN certo fura a espera.
    tentativas.contar(vale, agora).map_err(espere)?;
    let achado = VALES.iter().find(|(numero, _, _)| *numero == vale);
    let (_, certo, reais) = achado.ok_or_else(pin_errado)?;
    if pin == *certo {
        tentativas.esquecer(vale);
        return Ok(*reais);
    }
    Err(pin_errado())
}
// ANCHOR_END: solucao

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    let aplicacao = shared::aplicacao(env!("CARGO_MANIFEST_DIR"));
    aplicacao.manage(Tentativas::default()).mount("/", routes![index, consultar])
}
