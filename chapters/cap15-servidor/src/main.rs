//! Capítulo 15: o cookie leva um id, e o dicionário fica no servidor.

use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use sessao::Sessao;

mod armazem;
mod sessao;
#[cfg(test)]
mod tests;

/// A raiz só aponta o caminho. `uri!` confere, na compilação, que a rota existe.
#[get("/")]
fn index() -> Redirect {
    Redirect::to(uri!(login))
}

#[get("/login")]
fn login() -> Template {
    Template::render("login", context! {})
}

/// Os campos do formulário de login; os nomes são os do HTML.
#[derive(FromForm)]
struct Credenciais<'r> {
    username: &'r str,
    password: &'r str,
}

// ANCHOR: login_submit
/// Um corpo que não é um formulário chega como `None`, e também recebe 401.
#[post("/login_submit", data = "<formulario>")]
async fn login_submit(
    mut sessao: Sessao<'_>,
    formulario: Option<Form<Credenciais<'_>>>,
) -> Result<Redirect, (Status, Template)> {
    // Só para aprender: as senhas estão no código. O capítulo 10 as troca por Argon2id.
    let (username, user_id, role) = match formulario.as_deref() {
        Some(Credenciais { username: "admin", password: "123" }) => {
            ("admin", 12345, "admin")
        }
        Some(Credenciais { username: "maria", password: "456" }) => {
            ("maria", 67890, "cliente")
        }
        _ => {
            // O nome volta escrito no formulário; a senha, não.
            let username = formulario.as_deref().map(|campos| campos.username);
            let dados = context! { erro: "Login inválido", username };
            let pagina = Template::render("login", dados);
            return Err((Status::Unauthorized, pagina));
        }
    };
    sessao.armazenar("username", username);
    sessao.armazenar("user_id", user_id);
    sessao.armazenar("role", role);
    let gravada = sessao.gravar_com_outro_id().await;
    let dados = context! { erro: "Não foi possível entrar. Tente de novo.", username };
    gravada.map_err(|codigo| (codigo, Template::render("login", dados)))?;
    Ok(Redirect::to(uri!(dashboard)))
}
// ANCHOR_END: login_submit

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

#[get("/perfil")]
fn perfil(sessao: Sessao<'_>) -> Result<Template, Redirect> {
    if !sessao.contem("username") {
        return Err(Redirect::to(uri!(login)));
    }
    let role = sessao.recuperar("role").unwrap_or("visitante".to_owned());
    Ok(Template::render("perfil", context! { role }))
}

/// `session.pop('role', None)`: remove um valor; se ele não existe, nada acontece.
#[post("/remover_cargo")]
async fn remover_cargo(mut sessao: Sessao<'_>) -> Result<Redirect, Status> {
    sessao.remover("role");
    sessao.gravar().await?;
    Ok(Redirect::to(uri!(perfil)))
}

// ANCHOR: logout
/// Só para aprender: um GET não deveria mudar nada. O capítulo 12 usa POST para sair.
#[get("/logout")]
async fn logout(mut sessao: Sessao<'_>) -> Result<Redirect, Status> {
    sessao.limpar().await?;
    Ok(Redirect::to(uri!(saiu)))
}

/// A página de login, com um aviso: qualquer pessoa pode pedir este endereço.
#[get("/login?saiu")]
fn saiu() -> Template {
    Template::render("login", context! { aviso: "Você saiu." })
}
// ANCHOR_END: logout

// ANCHOR: carrinho
/// O carrinho não pede login: a sessão começa com o primeiro valor que ela guarda.
#[get("/carrinho")]
fn carrinho(sessao: Sessao<'_>) -> Template {
    let produtos: Vec<String> = sessao.recuperar("carrinho").unwrap_or_default();
    Template::render("carrinho", context! { produtos })
}

/// O campo do formulário do carrinho; sem um nome de produto, a resposta é 422.
#[derive(FromForm)]
struct Escolha<'r> {
    #[field(validate = len(1..))]
    produto: &'r str,
}

#[post("/carrinho", data = "<escolha>")]
async fn adicionar(
    mut sessao: Sessao<'_>,
    escolha: Form<Escolha<'_>>,
) -> Result<Redirect, Status> {
    let mut produtos: Vec<String> = sessao.recuperar("carrinho").unwrap_or_default();
    produtos.push(escolha.produto.to_owned());
    sessao.armazenar("carrinho", produtos);
    sessao.gravar().await?;
    Ok(Redirect::to(uri!(carrinho)))
}
// ANCHOR_END: carrinho

/// Só para aprender: a rota esqueceu de perguntar quem a pede. O capítulo 9 corrige.
#[get("/admin")]
fn admin() -> Template {
    Template::render("admin", context! {})
}

// ANCHOR: rocket
/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    let site = shared::aplicacao(env!("CARGO_MANIFEST_DIR")).manage(sessao::REGISTRO);
    site.manage(armazem::memoria::nova()).mount(
        "/",
        routes![
            index,
            login,
            login_submit,
            dashboard,
            perfil,
            remover_cargo,
            logout,
            saiu,
            carrinho,
            adicionar,
            admin
        ],
    )
}
// ANCHOR_END: rocket
