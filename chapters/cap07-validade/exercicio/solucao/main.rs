//! Solução do exercício 7: uma reserva de dois minutos.

use rocket::http::Status;
// redirect
use rocket::response::Redirect;
// Flask, @app.route, url_for
use rocket::{Responder, State, get, launch, post, routes, uri};
// render_template
use rocket_dyn_templates::{Template, context};
// session
use sessao::{ErroDeSessao, Sessao};
use validade::Relogio;

// A sessão e o relógio são os do capítulo; esta bilheteria
// não usa tudo o que eles oferecem.
#[expect(dead_code)]
#[path = "../../src/sessao.rs"]
mod sessao;
#[cfg(test)]
#[path = "../src/tests.rs"]
mod tests;
#[path = "../../src/validade.rs"]
mod validade;

/// Por quanto tempo o lugar fica reservado, em segundos.
const PRAZO: i64 = 120;

/// Como uma rota termina quando a página pedida não aparece.
#[derive(Responder)]
enum Desvio {
    Venceu((Status, Template)),
    Sessao(ErroDeSessao),
}

/// Com isto, um `?` transforma o erro da sessão na resposta da rota.
impl From<ErroDeSessao> for Desvio {
    fn from(erro: ErroDeSessao) -> Desvio {
        Desvio::Sessao(erro)
    }
}

/// A bilheteria, com a reserva desta sessão, se houver uma.
#[get("/")]
fn index(sessao: Sessao<'_>, relogio: &State<Relogio>) -> Result<Template, Desvio> {
    let faltam = faltam(&sessao, relogio.agora())?;
    let comprado = sessao.contem("comprado");
    Ok(Template::render("bilheteria", context! { faltam, comprado }))
}

/// A hora da reserva é a do servidor. Reservar de novo não a prolonga.
#[post("/reservar")]
fn reservar(sessao: Sessao<'_>, relogio: &State<Relogio>) -> Result<Redirect, Desvio> {
    let agora = relogio.agora();
    if faltam(&sessao, agora)?.is_none() {
        sessao.armazenar("reservada", agora)?;
    }
    Ok(Redirect::to(uri!(index)))
}

#[post("/comprar")]
fn comprar(sessao: Sessao<'_>, relogio: &State<Relogio>) -> Result<Redirect, Desvio> {
    if faltam(&sessao, relogio.agora())?.is_none() {
        let dados = context! { erro: "Sua reserva venceu. Reserve de novo." };
        let pagina = Template::render("bilheteria", dados);
        return Err(Desvio::Venceu((Status::Gone, pagina)));
    }
    sessao.remover("reservada");
    sessao.armazenar("comprado", true)?;
    Ok(Redirect::to(uri!(index)))
}

// ANCHOR: solucao
fn faltam(sessao: &Sessao<'_>, agora: i64) -> Result<Option<i64>, ErroDeSessao> {
    let reservada: Option<i64> = sessao.recuperar("reservada")?;
    let Some(reservada) = reservada else { return Ok(None) };
    let passaram = agora.saturating_sub(reservada);
    if (0..PRAZO).contains(&passaram) {
        return Ok(Some(PRAZO - passaram));
    }
    sessao.remover("reservada");
    Ok(None)
}
// ANCHOR_END: solucao

/// Monta a aplicação. O que vem de `shared` está explicado na página do capítulo 1.
#[launch]
fn rocket() -> _ {
    rocket::custom(shared::configuracao(env!("CARGO_MANIFEST_DIR")))
        .attach(Template::custom(shared::layout))
        .attach(validade::preparar())
        .attach(sessao::varia_com_o_cookie())
        .register("/", shared::paginas_de_erro())
        .mount("/", shared::estilo())
        .mount("/", routes![index, reservar, comprar])
}
