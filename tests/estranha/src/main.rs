//! Uma lista de compras, em um site que usa a biblioteca do capítulo 18 e mais nada
//! deste livro.

use rocket::form::Form;
use rocket::response::Redirect;
use rocket::{FromForm, get, launch, post, routes};
use rocket_sessoes::{Erro, Sessao};

#[get("/")]
fn lista(sessao: Sessao<'_>) -> Result<String, Erro> {
    let quem = sessao.dono().unwrap_or("visitante".to_owned());
    let itens = sessao.recuperar_ou("itens", Vec::<String>::new())?;
    Ok(format!("{quem}: {}", itens.join(", ")))
}

#[derive(FromForm)]
struct Compra {
    item: String,
}

#[post("/comprar", data = "<compra>")]
fn comprar(sessao: Sessao<'_>, compra: Form<Compra>) -> Result<Redirect, Erro> {
    let Compra { item } = compra.into_inner();
    sessao.alterar("itens", move |itens: &mut Vec<String>| itens.push(item.clone()))?;
    Ok(Redirect::to("/"))
}

#[derive(FromForm)]
struct Entrada {
    nome: String,
    senha: String,
}

/// As senhas de um site de verdade ficam em um banco de dados, com o Argon2id.
#[post("/entrar", data = "<entrada>")]
async fn entrar(sessao: Sessao<'_>, entrada: Form<Entrada>) -> Result<Redirect, Erro> {
    if entrada.senha == "abre-te, sésamo" {
        sessao.entrar(&entrada.nome, false).await?;
    }
    Ok(Redirect::to("/"))
}

#[post("/sair")]
fn sair(sessao: Sessao<'_>) -> Redirect {
    sessao.limpar();
    Redirect::to("/")
}

#[get("/abertas")]
async fn abertas(sessao: Sessao<'_>) -> Result<String, Erro> {
    let abertas = sessao.abertas().await?.unwrap_or_default();
    Ok(format!("{} abertas", abertas.len()))
}

#[post("/encerrar_outras")]
async fn encerrar_outras(sessao: Sessao<'_>) -> Result<Redirect, Erro> {
    sessao.encerrar_outras(|_| true).await?;
    Ok(Redirect::to("/abertas"))
}

#[launch]
fn site() -> _ {
    rocket::build()
        .attach(rocket_sessoes::fairing())
        .mount("/", routes![lista, comprar, entrar, sair, abertas, encerrar_outras])
}
