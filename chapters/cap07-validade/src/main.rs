//! Capítulo 7: o servidor decide quando a sessão termina.

use std::collections::BTreeMap;

// request.form
use rocket::form::{Form, FromForm};
use rocket::http::Status;
// redirect
use rocket::response::Redirect;
// Flask, @app.route, url_for
use rocket::{Responder, get, launch, post, routes, uri};
// render_template
use rocket_dyn_templates::{Template, context};
// session
use sessao::{ErroDeSessao, Sessao};

mod sessao;
#[cfg(test)]
mod tests;
mod validade;

/// Quem pode entrar. Só para aprender: as senhas estão no código, até o capítulo 8.
struct Conta {
    username: &'static str,
    password: &'static str,
    user_id: u32,
    role: &'static str,
}

const CONTAS: [Conta; 2] = [
    Conta { username: "admin", password: "123", user_id: 12345, role: "admin" },
    Conta { username: "maria", password: "456", user_id: 67890, role: "cliente" },
];

/// Como uma rota termina quando a página pedida não aparece.
#[derive(Responder)]
enum Desvio {
    Login(Redirect),
    Recusado((Status, Template)),
    Sessao(ErroDeSessao),
}

/// Com isto, um `?` transforma o erro da sessão na resposta da rota.
impl From<ErroDeSessao> for Desvio {
    fn from(erro: ErroDeSessao) -> Desvio {
        Desvio::Sessao(erro)
    }
}

/// A raiz só aponta o caminho. `uri!` confere, na compilação, que a rota existe.
#[get("/")]
fn index() -> Redirect {
    Redirect::to(uri!(login))
}

// ANCHOR: login
#[get("/login")]
fn login(sessao: Sessao<'_>) -> Template {
    let aviso = sessao.fim().map(|fim| fim.to_string());
    // Dito o motivo, o cookie que venceu não serve para mais nada.
    if aviso.is_some() {
        sessao.limpar();
    }
    Template::render("login", context! { aviso })
}
// ANCHOR_END: login

/// Os campos do formulário de login; os nomes são os do HTML.
#[derive(FromForm)]
struct Credenciais<'r> {
    username: &'r str,
    password: &'r str,
    /// Uma caixa desmarcada não chega ao servidor, e vale `false`.
    lembrar: bool,
}

/// Um corpo que não é um formulário chega como `None`, e também recebe 401.
#[post("/login_submit", data = "<formulario>")]
fn login_submit(
    sessao: Sessao<'_>,
    formulario: Option<Form<Credenciais<'_>>>,
) -> Result<Redirect, Desvio> {
    let lembrar = formulario.as_ref().is_some_and(|credenciais| credenciais.lembrar);
    match formulario.and_then(|credenciais| conta_de(&credenciais)) {
        Some(conta) => {
            sessao.comecar(lembrar);
            sessao.armazenar("username", conta.username)?;
            sessao.armazenar("user_id", conta.user_id)?;
            sessao.armazenar("role", conta.role)?;
            Ok(Redirect::to(uri!(dashboard)))
        }
        None => {
            let pagina = Template::render("login", context! { erro: "Login inválido" });
            Err(Desvio::Recusado((Status::Unauthorized, pagina)))
        }
    }
}

fn conta_de(credenciais: &Credenciais<'_>) -> Option<&'static Conta> {
    CONTAS.iter().find(|conta| {
        conta.username == credenciais.username && conta.password == credenciais.password
    })
}

#[get("/dashboard")]
fn dashboard(sessao: Sessao<'_>) -> Result<Template, Desvio> {
    let username: Option<String> = sessao.recuperar("username")?;
    let user_id: Option<u32> = sessao.recuperar("user_id")?;
    match (username, user_id) {
        (Some(username), Some(user_id)) => {
            Ok(Template::render("dashboard", context! { username, user_id }))
        }
        _ => Err(Desvio::Login(Redirect::to(uri!(login)))),
    }
}

#[get("/perfil")]
fn perfil(sessao: Sessao<'_>) -> Result<Template, Desvio> {
    if !sessao.contem("username") {
        return Err(Desvio::Login(Redirect::to(uri!(login))));
    }
    let role = sessao.recuperar_ou("role", "visitante".to_owned())?;
    Ok(Template::render("perfil", context! { role }))
}

/// `session.pop('role', None)`: remove um valor; se ele não existe, nada acontece.
#[post("/remover_cargo")]
fn remover_cargo(sessao: Sessao<'_>) -> Redirect {
    sessao.remover("role");
    Redirect::to(uri!(perfil))
}

/// Só para aprender: um GET não deveria mudar nada. O capítulo 8 faz o logout por POST.
#[get("/logout")]
fn logout(sessao: Sessao<'_>) -> Redirect {
    sessao.limpar();
    Redirect::to(uri!(login))
}

/// O nome de cada produto e quantos há.
type Carrinho = BTreeMap<String, u32>;

/// O carrinho não pede login: a sessão começa com o primeiro valor que ela guarda.
#[get("/carrinho")]
fn carrinho(sessao: Sessao<'_>) -> Result<Template, Desvio> {
    let produtos = sessao.recuperar_ou("carrinho", Carrinho::new())?;
    Ok(Template::render("carrinho", context! { produtos }))
}

#[derive(FromForm)]
struct Escolha<'r> {
    #[field(validate = len(1..))]
    produto: &'r str,
}

#[post("/carrinho", data = "<escolha>")]
fn adicionar(
    sessao: Sessao<'_>,
    escolha: Form<Escolha<'_>>,
) -> Result<Redirect, Desvio> {
    let produtos = sessao.recuperar_ou("carrinho", Carrinho::new())?;
    let mut novos = produtos.clone();
    let quantidade = novos.entry(escolha.produto.to_owned()).or_default();
    *quantidade = quantidade.saturating_add(1);
    match sessao.armazenar("carrinho", novos) {
        Ok(()) => Ok(Redirect::to(uri!(carrinho))),
        Err(ErroDeSessao::GrandeDemais { .. }) => {
            let dados = context! { produtos, erro: "Não cabe mais nada na sessão" };
            let pagina = Template::render("carrinho", dados);
            Err(Desvio::Recusado((Status::PayloadTooLarge, pagina)))
        }
        Err(erro) => Err(erro.into()),
    }
}

/// Só para aprender: esta página mostra a sessão inteira. O capítulo 8 a retira.
#[get("/sessao")]
fn dicionario(sessao: Sessao<'_>) -> Template {
    let dados = context! { itens: sessao.itens(), restam: sessao.restam() };
    Template::render("sessao", dados)
}

/// Monta a aplicação. O que vem de `shared` está explicado na página do capítulo 1.
#[launch]
fn rocket() -> _ {
    rocket::custom(shared::configuracao(env!("CARGO_MANIFEST_DIR")))
        .attach(Template::custom(shared::layout))
        .attach(shared::raio_x())
        .attach(validade::preparar())
        .attach(sessao::varia_com_o_cookie())
        .register("/", shared::paginas_de_erro())
        .mount("/", shared::estilo())
        .mount(
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
                dicionario
            ],
        )
}
