//! Exercício 5: tirar do carrinho uma unidade de cada vez.

use std::str::FromStr;

// request.form
use rocket::form::{Form, FromForm};
// session
use rocket::http::{Cookie, CookieJar, Status};
// redirect
use rocket::response::Redirect;
// Flask, @app.route, url_for
use rocket::{get, launch, post, routes, uri};
// render_template
use rocket_dyn_templates::{Template, context};
use time::{Duration, OffsetDateTime};

#[cfg(test)]
mod tests;

/// O que a loja vende. Cada produto no carrinho é um cookie, e o valor é a quantidade.
const PRODUTOS: [&str; 3] = ["caderno", "caneta", "borracha"];

/// Os produtos que há no carrinho, com a quantidade de cada um.
#[get("/")]
fn index(jar: &CookieJar<'_>) -> Template {
    let quantidade = |produto| recuperar::<u32>(jar, produto);
    let carrinho: Vec<_> = PRODUTOS
        .iter()
        .filter_map(|&produto| Some((produto, quantidade(produto)?)))
        .collect();
    Template::render("carrinho", context! { produtos: PRODUTOS, carrinho })
}

/// O campo dos formulários; o nome é o do HTML.
#[derive(FromForm)]
struct Pedido<'r> {
    produto: &'r str,
}

/// O produto pedido, se a loja o vende: o nome de um cookie nunca vem do formulário.
fn vendido(formulario: Option<Form<Pedido<'_>>>) -> Result<&'static str, Status> {
    let pedido = formulario.ok_or(Status::UnprocessableEntity)?;
    let achado = PRODUTOS.into_iter().find(|&produto| produto == pedido.produto);
    achado.ok_or(Status::UnprocessableEntity)
}

#[post("/adicionar", data = "<formulario>")]
fn adicionar(
    jar: &CookieJar<'_>,
    formulario: Option<Form<Pedido<'_>>>,
) -> Result<Redirect, Status> {
    let produto = vendido(formulario)?;
    let quantidade: u32 = recuperar(jar, produto).unwrap_or(0);
    armazenar(jar, produto, quantidade + 1);
    Ok(Redirect::to(uri!(index)))
}

// TODO: quando sai a última unidade, o cookie sai junto.
// Tirar o que não há não muda nada.
#[post("/tirar", data = "<formulario>")]
fn tirar(
    jar: &CookieJar<'_>,
    formulario: Option<Form<Pedido<'_>>>,
) -> Result<Redirect, Status> {
    let produto = vendido(formulario)?;
    let quantidade: u32 = recuperar(jar, produto).unwrap_or(0);
    armazenar(jar, produto, quantidade.saturating_sub(1));
    Ok(Redirect::to(uri!(index)))
}

/// `session.clear()`: remove tudo o que a loja armazenou.
#[post("/esvaziar")]
fn esvaziar(jar: &CookieJar<'_>) -> Redirect {
    for produto in PRODUTOS {
        jar.remove_private(produto);
    }
    Redirect::to(uri!(index))
}

/// `session[chave] = valor`: criptografa o valor e o guarda uma hora no navegador.
fn armazenar(jar: &CookieJar<'_>, chave: &'static str, valor: impl ToString) {
    let validade = OffsetDateTime::now_utc() + Duration::hours(1);
    jar.add_private(Cookie::build((chave, valor.to_string())).expires(validade));
}

/// `session.get(chave)`: `None` se a chave falta, não abre ou não é um `T`.
fn recuperar<T: FromStr>(jar: &CookieJar<'_>, chave: &str) -> Option<T> {
    jar.get_private(chave)?.value().parse().ok()
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .mount("/", routes![index, adicionar, tirar, esvaziar])
}
