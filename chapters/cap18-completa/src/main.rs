//! Capítulo 18: o site inteiro.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::process::ExitCode;

use rocket::figment::Figment;
// request.form
use rocket::form::FromForm;
use rocket::http::{Header, Status};
// redirect
use rocket::response::Redirect;
// Flask, @app.route, url_for
use rocket::{
    Build, Responder, Rocket, State, catch, catchers, get, post, routes, uri,
};
// render_template
use rocket_dyn_templates::{Template, context};
use serde::Serialize;

use contas::{CONTAS, Senhas};
use protecao::{Protegido, SoToken, volta_segura};
// session
use sessao::{ErroDeSessao, Sessao};
use tentativas::Tentativas;
use usuario::{Admin, Usuario};
use validade::Relogio;

mod armazem;
mod chaves;
mod contas;
mod diario;
mod minhas_sessoes;
mod protecao;
mod rascunho;
mod sessao;
mod tentativas;
#[cfg(test)]
mod tests;
mod usuario;
mod validade;

/// Como uma rota termina quando a página pedida não aparece.
#[derive(Responder)]
enum Desvio {
    Recusado((Status, Template)),
    Espere((Status, Espera)),
    Sessao(ErroDeSessao),
}

/// Com isto, um `?` transforma o erro da sessão na resposta da rota.
impl From<ErroDeSessao> for Desvio {
    fn from(erro: ErroDeSessao) -> Desvio {
        Desvio::Sessao(erro)
    }
}

/// A página de quem já errou vezes demais, e em quantos segundos tentar de novo.
#[derive(Responder)]
struct Espera {
    pagina: Template,
    retry_after: Header<'static>,
}

/// O que toda página precisa, junto do que é só dela.
#[derive(Serialize)]
struct Pagina<T> {
    /// Todo formulário leva este token em um campo escondido.
    csrf: String,
    /// O que a requisição anterior deixou dito, para mostrar uma vez.
    avisos: Vec<String>,
    entrou: bool,
    #[serde(flatten)]
    dados: T,
}

fn pagina(
    sessao: &Sessao<'_>,
    nome: &'static str,
    dados: impl Serialize,
) -> Result<Template, ErroDeSessao> {
    let avisos = sessao.avisos()?;
    let entrou = sessao.contem("username");
    Ok(Template::render(nome, Pagina { csrf: sessao.token()?, avisos, entrou, dados }))
}

/// A raiz só aponta o caminho. `uri!` confere, na compilação, que a rota existe.
#[get("/")]
fn index() -> Redirect {
    Redirect::to(uri!(login(None::<&str>)))
}

/// `volta` é a página que pediu o login.
#[get("/login?<volta>")]
fn login(sessao: Sessao<'_>, volta: Option<&str>) -> Result<Template, Desvio> {
    let aviso = sessao.fim().map(|fim| fim.to_string());
    // Dito o motivo, o cookie que venceu não serve para mais nada.
    if aviso.is_some() {
        sessao.limpar();
    }
    Ok(pagina(&sessao, "login", context! { aviso, volta })?)
}

/// Os campos do formulário de login; os nomes são os do HTML.
#[derive(FromForm)]
struct Credenciais {
    username: String,
    password: String,
    /// Uma caixa desmarcada não chega ao servidor, e vale `false`.
    lembrar: bool,
    volta: Option<String>,
}

/// Um formulário sem os campos do login também recebe 401.
#[post("/login_submit", data = "<formulario>")]
async fn login_submit(
    sessao: Sessao<'_>,
    tentativas: &State<Tentativas>,
    relogio: &State<Relogio>,
    senhas: &State<Senhas>,
    endereco: Option<IpAddr>,
    formulario: Protegido<Credenciais>,
) -> Result<Redirect, Desvio> {
    let Some(credenciais) = formulario.dados else {
        return Err(login_invalido(&sessao, None)?);
    };
    let Credenciais { username, password, lembrar, volta } = credenciais;
    if let Err(segundos) = tentativas.contar(&username, endereco, relogio.agora()) {
        let dados = context! { erro: muitas_tentativas(segundos) };
        return Err(espere(pagina(&sessao, "login", dados)?, segundos));
    }
    let Some(conta) = contas::conferir(senhas, &username, password).await else {
        return Err(login_invalido(&sessao, volta)?);
    };
    tentativas.esquecer(&username, endereco);
    // O carrinho de quem ainda não tinha entrado continua; o de outra pessoa, não.
    let de_antes: Option<String> = sessao.recuperar("username")?;
    if de_antes.is_some_and(|de_antes| de_antes != conta.username) {
        sessao.limpar();
    }
    sessao.comecar(lembrar)?;
    sessao.armazenar("username", conta.username)?;
    sessao.armazenar("user_id", conta.user_id)?;
    sessao.armazenar("role", conta.role)?;
    let volta = volta.as_deref().and_then(volta_segura);
    Ok(Redirect::to(volta.unwrap_or(uri!(dashboard))))
}

/// A mesma resposta para uma senha errada e para uma conta que não existe.
fn login_invalido(
    sessao: &Sessao<'_>,
    volta: Option<String>,
) -> Result<Desvio, ErroDeSessao> {
    let dados = context! { erro: "Login inválido", volta };
    Ok(Desvio::Recusado((Status::Unauthorized, pagina(sessao, "login", dados)?)))
}

/// Quem enviou um formulário que ficou aberto além do limite: o login diz o que houve.
#[catch(440)]
fn sessao_terminada() -> Redirect {
    Redirect::to(uri!(login(None::<&str>)))
}

fn muitas_tentativas(segundos: i64) -> String {
    format!("Muitas tentativas. Tente de novo em {} min.", (segundos + 59) / 60)
}

fn espere(pagina: Template, segundos: i64) -> Desvio {
    let retry_after = Header::new("Retry-After", segundos.to_string());
    Desvio::Espere((Status::TooManyRequests, Espera { pagina, retry_after }))
}

#[get("/dashboard")]
fn dashboard(usuario: Usuario, sessao: Sessao<'_>) -> Result<Template, Desvio> {
    let Usuario { username, user_id, .. } = usuario;
    Ok(pagina(&sessao, "dashboard", context! { username, user_id })?)
}

/// Sem login, a guarda `Usuario` passa a vez a esta rota, que tem o mesmo caminho.
#[get("/dashboard", rank = 2)]
fn dashboard_sem_login() -> Redirect {
    Redirect::to(uri!(login(Some("/dashboard"))))
}

#[get("/perfil")]
fn perfil(usuario: Usuario, sessao: Sessao<'_>) -> Result<Template, Desvio> {
    let chaves: Vec<String> = sessao.itens().into_keys().collect();
    let dados = context! { role: usuario.role, chaves, restam: sessao.restam() };
    Ok(pagina(&sessao, "perfil", dados)?)
}

#[get("/perfil", rank = 2)]
fn perfil_sem_login() -> Redirect {
    Redirect::to(uri!(login(Some("/perfil"))))
}

/// Sem login, 401; com outro cargo, 403: a guarda decide antes da rota.
#[get("/admin")]
fn admin(_admin: Admin, sessao: Sessao<'_>) -> Result<Template, Desvio> {
    let contas =
        CONTAS.map(|conta| context! { nome: conta.username, role: conta.role });
    Ok(pagina(&sessao, "admin", context! { contas })?)
}

/// `session.pop('role', None)`: remove um valor; se ele não existe, nada acontece.
#[post("/remover_cargo", data = "<_formulario>")]
fn remover_cargo(
    sessao: Sessao<'_>,
    _formulario: Protegido<SoToken>,
) -> Result<Redirect, Desvio> {
    sessao.remover("role")?;
    Ok(Redirect::to(uri!(perfil)))
}

/// Só por POST, e com o token: uma imagem ou um link de
/// outro site não encerra a sessão.
#[post("/logout", data = "<_formulario>")]
fn logout(
    sessao: Sessao<'_>,
    _formulario: Protegido<SoToken>,
) -> Result<Redirect, Desvio> {
    sessao.limpar();
    sessao.avisar("Você saiu.")?;
    Ok(Redirect::to(uri!(login(None::<&str>))))
}

/// O nome de cada produto e quantos há.
type Carrinho = BTreeMap<String, u32>;

/// O carrinho não pede login: a sessão começa com o primeiro valor que ela guarda.
#[get("/carrinho")]
fn carrinho(sessao: Sessao<'_>) -> Result<Template, Desvio> {
    let produtos = sessao.recuperar_ou("carrinho", Carrinho::new())?;
    Ok(pagina(&sessao, "carrinho", context! { produtos })?)
}

#[derive(FromForm)]
struct Escolha {
    #[field(validate = len(1..))]
    produto: String,
}

#[post("/carrinho", data = "<escolha>")]
fn adicionar(
    sessao: Sessao<'_>,
    escolha: Protegido<Escolha>,
) -> Result<Redirect, Desvio> {
    let produtos = sessao.recuperar_ou("carrinho", Carrinho::new())?;
    let Some(Escolha { produto }) = escolha.dados else {
        let dados = context! { produtos, erro: "Escreva o nome do produto" };
        let pagina = pagina(&sessao, "carrinho", dados)?;
        return Err(Desvio::Recusado((Status::UnprocessableEntity, pagina)));
    };
    // ANCHOR: alterar
    let mais_um = move |produtos: &mut Carrinho| {
        let quantidade = produtos.entry(produto.clone()).or_default();
        *quantidade = quantidade.saturating_add(1);
    };
    match sessao.alterar("carrinho", mais_um) {
        // ANCHOR_END: alterar
        Ok(()) => Ok(Redirect::to(uri!(carrinho))),
        Err(ErroDeSessao::GrandeDemais { .. }) => {
            let dados = context! { produtos, erro: "Não cabe mais nada na sessão" };
            let pagina = pagina(&sessao, "carrinho", dados)?;
            Err(Desvio::Recusado((Status::PayloadTooLarge, pagina)))
        }
        Err(erro) => Err(erro.into()),
    }
}

/// Monta a aplicação. O que vem de `shared` está explicado na página do capítulo 1.
fn rocket() -> Rocket<Build> {
    rocket::custom(shared::configuracao(env!("CARGO_MANIFEST_DIR")))
        .attach(Template::custom(shared::layout))
        .attach(shared::raio_x())
        .attach(shared::metodo_do_formulario())
        .attach(validade::preparar())
        .attach(protecao::preparar())
        .attach(chaves::preparar())
        .attach(armazem::limpeza())
        .attach(sessao::guardar())
        .attach(protecao::cabecalhos())
        .attach(diario::preparar())
        .manage(Tentativas::default())
        .manage(Senhas::default())
        .register("/", shared::paginas_de_erro())
        .register("/", catchers![sessao_terminada])
        .mount("/", shared::estilo())
        .mount(
            "/",
            routes![
                index,
                login,
                login_submit,
                dashboard,
                dashboard_sem_login,
                perfil,
                perfil_sem_login,
                admin,
                remover_cargo,
                logout,
                carrinho,
                adicionar
            ],
        )
        .mount("/", minhas_sessoes::rotas())
}

// ANCHOR: main
/// Confere as chaves e abre o armazenamento antes do Rocket: o erro diz o que fazer, e
/// não mostra nenhum segredo.
fn main() -> ExitCode {
    let configuracao = shared::configuracao(env!("CARGO_MANIFEST_DIR"));
    let conferida = chaves::conferir(&configuracao);
    match conferida.and_then(|_| rocket::execute(servir(&configuracao))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(motivo) => {
            eprintln!("erro: {motivo}");
            ExitCode::FAILURE
        }
    }
}

async fn servir(configuracao: &Figment) -> Result<(), String> {
    let pasta = shared::pasta_de_agora(env!("CARGO_MANIFEST_DIR"));
    let armazem = armazem::da_configuracao(configuracao, &pasta).await?;
    let parado = rocket().manage(armazem).launch().await;
    parado.map(|_| ()).map_err(|erro| erro.pretty_print().to_string())
}
// ANCHOR_END: main
