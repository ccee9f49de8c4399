//! Capítulo 9: cada rota diz quem pode pedi-la.

use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use sessao::Sessao;
use usuario::{Admin, Usuario};

mod sessao;
#[cfg(test)]
mod tests;
mod usuario;

/// A raiz só aponta o caminho. `uri!` confere, na compilação, que a rota existe.
#[get("/")]
fn index() -> Redirect {
    Redirect::to(uri!(login))
}

#[get("/login")]
fn login() -> Template {
    Template::render("login", context! {})
}

// ANCHOR: formulario
/// Os campos do formulário de login; os nomes são os do HTML.
#[derive(FromForm)]
struct Credenciais<'r> {
    username: &'r str,
    password: &'r str,
}
// ANCHOR_END: formulario

// ANCHOR: login_submit
/// Um corpo que não é um formulário chega como `None`, e também recebe 401.
#[post("/login_submit", data = "<formulario>")]
fn login_submit(
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
    Ok(Redirect::to(uri!(dashboard)))
}
// ANCHOR_END: login_submit

// ANCHOR: dashboard
#[get("/dashboard")]
fn dashboard(usuario: Usuario) -> Template {
    let (username, user_id) = (usuario.username(), usuario.user_id());
    Template::render("dashboard", context! { username, user_id })
}

/// A mesma página, pedida sem login: o Rocket tenta esta rota depois da outra.
#[get("/dashboard", rank = 2)]
fn dashboard_sem_login() -> Redirect {
    Redirect::to(uri!(login))
}
// ANCHOR_END: dashboard

// ANCHOR: perfil
#[get("/perfil")]
fn perfil(usuario: Usuario) -> Template {
    Template::render("perfil", context! { role: usuario.role() })
}

#[get("/perfil", rank = 2)]
fn perfil_sem_login() -> Redirect {
    Redirect::to(uri!(login))
}
// ANCHOR_END: perfil

// ANCHOR: remover_cargo
/// `session.pop('role', None)`: remove um valor; se ele não existe, nada acontece.
#[post("/remover_cargo")]
fn remover_cargo(_usuario: Usuario, mut sessao: Sessao<'_>) -> Redirect {
    sessao.remover("role");
    Redirect::to(uri!(perfil))
}
// ANCHOR_END: remover_cargo

// ANCHOR: logout
/// Só para aprender: um GET não deveria mudar nada. O capítulo 12 usa POST para sair.
#[get("/logout")]
fn logout(mut sessao: Sessao<'_>) -> Redirect {
    sessao.limpar();
    Redirect::to(uri!(saiu))
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
fn adicionar(mut sessao: Sessao<'_>, escolha: Form<Escolha<'_>>) -> Redirect {
    let mut produtos: Vec<String> = sessao.recuperar("carrinho").unwrap_or_default();
    produtos.push(escolha.produto.to_owned());
    sessao.armazenar("carrinho", produtos);
    Redirect::to(uri!(carrinho))
}
// ANCHOR_END: carrinho

// ANCHOR: admin
/// O parâmetro não é usado: basta pedi-lo para que a rota só seja chamada com o cargo.
#[get("/admin")]
fn admin(_admin: Admin) -> Template {
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
            dashboard_sem_login,
            perfil,
            perfil_sem_login,
            remover_cargo,
            logout,
            saiu,
            carrinho,
            adicionar,
            admin
        ],
    )
}
