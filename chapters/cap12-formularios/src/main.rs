//! Capítulo 12: só muda algo o formulário que veio deste site, com o token da sessão.

use formularios::{Protegido, SoToken};
use rocket::form::FromForm;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use sessao::Sessao;

mod formularios;
mod sessao;
#[cfg(test)]
mod tests;

/// A raiz só aponta o caminho. `uri!` confere, na compilação, que a rota existe.
#[get("/")]
fn index() -> Redirect {
    Redirect::to(uri!(login))
}

// ANCHOR: login
#[get("/login")]
fn login(mut sessao: Sessao<'_>) -> Template {
    Template::render("login", context! { csrf: formularios::token(&mut sessao) })
}
// ANCHOR_END: login

// ANCHOR: formulario
/// Os campos do formulário de login; os nomes são os do HTML.
#[derive(FromForm)]
struct Credenciais {
    username: String,
    password: String,
}
// ANCHOR_END: formulario

// ANCHOR: login_submit
/// Um campo que falta chega como `None`, e também recebe 401.
#[post("/login_submit", data = "<formulario>")]
fn login_submit(
    mut sessao: Sessao<'_>,
    formulario: Protegido<Credenciais>,
) -> Result<Redirect, (Status, Template)> {
    match formulario.dados {
        // Só para aprender: a senha está no código. O capítulo 10 a troca por Argon2id.
        Some(dados) if dados.username == "admin" && dados.password == "123" => {
            formularios::trocar_token(&mut sessao);
            sessao.armazenar("username", "admin");
            sessao.armazenar("user_id", 12345);
            sessao.armazenar("role", "admin");
            Ok(Redirect::to(uri!(dashboard)))
        }
        _ => {
            let csrf = formularios::token(&mut sessao);
            let erro = "Login inválido";
            let pagina = Template::render("login", context! { erro, csrf });
            Err((Status::Unauthorized, pagina))
        }
    }
}
// ANCHOR_END: login_submit

// ANCHOR: dashboard
#[get("/dashboard")]
fn dashboard(sessao: Sessao<'_>) -> Result<Template, Redirect> {
    let username: Option<String> = sessao.recuperar("username");
    let user_id: Option<u32> = sessao.recuperar("user_id");
    match (username, user_id) {
        (Some(username), Some(user_id)) => {
            Ok(Template::render("dashboard", context! { username, user_id }))
        }
        _ => Err(Redirect::to(uri!(login))),
    }
}
// ANCHOR_END: dashboard

// ANCHOR: perfil
#[get("/perfil")]
fn perfil(mut sessao: Sessao<'_>) -> Result<Template, Redirect> {
    if !sessao.contem("username") {
        return Err(Redirect::to(uri!(login)));
    }
    let role = sessao.recuperar("role").unwrap_or("visitante".to_owned());
    let csrf = formularios::token(&mut sessao);
    Ok(Template::render("perfil", context! { role, csrf }))
}
// ANCHOR_END: perfil

// ANCHOR: remover_cargo
/// `session.pop('role', None)`: remove um valor; se ele não existe, nada acontece.
#[post("/remover_cargo", data = "<_formulario>")]
fn remover_cargo(mut sessao: Sessao<'_>, _formulario: Protegido<SoToken>) -> Redirect {
    sessao.remover("role");
    Redirect::to(uri!(perfil))
}
// ANCHOR_END: remover_cargo

// ANCHOR: logout
/// O formulário só tem um botão e o token: basta que ele chegue.
#[post("/logout", data = "<_formulario>")]
fn logout(mut sessao: Sessao<'_>, _formulario: Protegido<SoToken>) -> Redirect {
    sessao.limpar();
    Redirect::to(uri!(login))
}
// ANCHOR_END: logout

// ANCHOR: carrinho
/// O carrinho não pede login: a sessão começa com o primeiro valor que ela guarda.
#[get("/carrinho")]
fn carrinho(mut sessao: Sessao<'_>) -> Template {
    let produtos: Vec<String> = sessao.recuperar("carrinho").unwrap_or_default();
    let csrf = formularios::token(&mut sessao);
    Template::render("carrinho", context! { produtos, csrf })
}

/// O campo do formulário do carrinho; sem um nome de produto, a resposta é 422.
#[derive(FromForm)]
struct Escolha {
    #[field(validate = len(1..))]
    produto: String,
}

#[post("/carrinho", data = "<formulario>")]
fn adicionar(
    mut sessao: Sessao<'_>,
    formulario: Protegido<Escolha>,
) -> Result<Redirect, Status> {
    let escolha = formulario.dados.ok_or(Status::UnprocessableEntity)?;
    let mut produtos: Vec<String> = sessao.recuperar("carrinho").unwrap_or_default();
    produtos.push(escolha.produto);
    sessao.armazenar("carrinho", produtos);
    Ok(Redirect::to(uri!(carrinho)))
}
// ANCHOR_END: carrinho

// ANCHOR: admin
/// Só para aprender: a rota esqueceu de perguntar quem a pede. O capítulo 9 corrige.
#[get("/admin")]
fn admin() -> Template {
    Template::render("admin", context! {})
}
// ANCHOR_END: admin

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR")).mount(
        "/",
        routes![
            index,
            login,
            login_submit,
            dashboard,
            perfil,
            remover_cargo,
            logout,
            carrinho,
            adicionar,
            admin
        ],
    )
}
