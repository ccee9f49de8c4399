//! Exercício 18: contar todas as palmas que chegam ao mesmo tempo.

use std::collections::BTreeMap;
use std::time::Duration;

// redirect
use rocket::response::Redirect;
use rocket::tokio::time::sleep;
// Flask, @app.route, url_for
use rocket::{get, launch, post, routes, uri};
// render_template
use rocket_dyn_templates::{Template, context};

// session
use rocket_sessoes::{Erro, Sessao};

#[cfg(test)]
mod tests;

/// Os textos do blog.
const TEXTOS: [&str; 2] = ["Chuva", "Sol"];

/// Quantas palmas uma pessoa bate para um texto, no máximo.
const MAXIMO: u32 = 10;

/// Quanto a rota espera por outro serviço. Enquanto isso, chegam outros cliques.
const OUTRO_SERVICO: Duration = Duration::from_millis(200);

/// As palmas que esta pessoa bateu para cada texto.
type Palmas = BTreeMap<String, u32>;

#[get("/")]
fn index(sessao: Sessao<'_>) -> Result<Template, Erro> {
    let palmas = sessao.recuperar_ou("palmas", Palmas::new())?;
    let textos = TEXTOS.map(|texto| {
        context! { texto, palmas: palmas.get(texto).copied().unwrap_or_default() }
    });
    Ok(Template::render("blog", context! { textos }))
}

#[post("/palmas/<texto>")]
async fn palmas(texto: &str, sessao: Sessao<'_>) -> Result<Option<Redirect>, Erro> {
    if !TEXTOS.contains(&texto) {
        return Ok(None);
    }
    sleep(OUTRO_SERVICO).await;
    bater(&sessao, texto)?;
    Ok(Some(Redirect::to(uri!(index))))
}

// TODO: quem clica depressa envia várias requisições ao mesmo tempo, e todas leem a
// mesma conta. Cada clique tem de contar, e nenhum texto pode passar de `MAXIMO`.
fn bater(sessao: &Sessao<'_>, texto: &str) -> Result<(), Erro> {
    let mut palmas = sessao.recuperar_ou("palmas", Palmas::new())?;
    let vezes = palmas.entry(texto.to_owned()).or_default();
    *vezes = MAXIMO.min(*vezes + 1);
    sessao.armazenar("palmas", palmas)
}

/// Monta a aplicação. O que vem de `shared` está explicado na página do capítulo 1.
#[launch]
fn rocket() -> _ {
    rocket::custom(shared::configuracao(env!("CARGO_MANIFEST_DIR")))
        .attach(Template::custom(shared::layout))
        .attach(rocket_sessoes::fairing())
        .register("/", shared::paginas_de_erro())
        .mount("/", shared::estilo())
        .mount("/", routes![index, palmas])
}
