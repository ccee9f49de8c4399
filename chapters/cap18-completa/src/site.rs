//! O site inteiro, o primeiro a usar a biblioteca.

use std::collections::BTreeMap;
use std::env::args_os;
use std::net::IpAddr;
use std::process::ExitCode;
use std::time::Duration;

use rocket::figment::Figment;
use rocket::form::{Form, FromForm};
use rocket::http::{ContentType, Method, Status};
use rocket::request::Outcome;
use rocket::response::Redirect;
use rocket::tokio::time::sleep;
use rocket::{
    Build, Request, Rocket, State, catch, catchers, error, get, post, routes, uri,
};
use rocket_dyn_templates::{Template, context};
use serde::Deserialize;
use serde_json::Value;

use crate::{Erro, Feito, Fim, Restam, Sessao, Sessoes, Valores, conferir_chaves};
use comando::Fez;
use contas::{Conta, Contas};
use pagina::{
    Desfecho, Pagina, avisar, esperar, mostrar, muitas_tentativas, por_extenso,
};
use tentativas::Tentativas;
use usuario::{Admin, Usuario};
use volta::volta_segura;

mod cabecalhos;
mod comando;
pub mod contas;
pub mod log;
mod minhas_sessoes;
mod origem;
mod pagina;
pub mod tentativas;
mod usuario;
pub mod volta;

/// A raiz só aponta o caminho. `uri!` confere, na compilação, que a rota existe.
#[get("/")]
fn index() -> Redirect {
    Redirect::to(uri!(login(None::<&str>)))
}

/// `volta` é a página que pediu o login.
#[get("/login?<volta>")]
fn login(
    sessao: Sessao<'_>,
    usuario: Outcome<Usuario, ()>,
    volta: Option<&str>,
) -> Template {
    // Alguém entrou, mas a senha com que ele entrou já foi trocada.
    let senha_antiga = usuario.is_forward() && sessao.dono().is_some();
    let fim = sessao.fim().or(senha_antiga.then_some(Fim::Encerrada));
    // Dito o motivo, o cookie não serve para mais nada. Se o errado é o relógio daqui, ele
    // ainda serve em outra instância.
    if fim.is_some_and(|fim| fim != Fim::HoraDoFuturo) {
        sessao.limpar();
    }
    mostrar(&sessao, "login", context! { fim: fim.map(|fim| fim.to_string()), volta })
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

/// O que não é um formulário com os campos do login também recebe 401.
#[post("/login_submit", data = "<formulario>")]
async fn login_submit(
    sessao: Sessao<'_>,
    tentativas: &State<Tentativas>,
    contas: &State<Contas>,
    endereco: Option<IpAddr>,
    formulario: Option<Form<Credenciais>>,
) -> Result<Desfecho, Erro> {
    let Some(formulario) = formulario else {
        return Ok(login_invalido(&sessao, "", None));
    };
    let Credenciais { username, password, lembrar, volta } = formulario.into_inner();
    let agora = sessao.sessoes().agora();
    if let Err(segundos) = tentativas.contar(&username, endereco, agora) {
        let dados = context! { erro: muitas_tentativas(segundos), username, volta };
        return Ok(esperar(mostrar(&sessao, "login", dados), segundos));
    }
    let Some(conta) = contas.conferir(&username, password).await? else {
        return Ok(login_invalido(&sessao, &username, volta));
    };
    tentativas.esquecer(&username, endereco);
    sessao.entrar(&conta.username, lembrar).await?;
    sessao.armazenar("user_id", conta.user_id)?;
    sessao.armazenar("carimbo", conta.carimbo())?;
    sessao.armazenar("role", conta.role)?;
    let volta = volta.as_deref().and_then(volta_segura);
    Ok(Desfecho::Siga(Redirect::to(volta.unwrap_or(uri!(dashboard)))))
}

/// A mesma resposta para uma senha errada e para uma conta que não existe. O nome volta
/// escrito no formulário; a senha, não.
fn login_invalido(sessao: &Sessao, username: &str, volta: Option<String>) -> Desfecho {
    let dados = context! { erro: "Login inválido", username, volta };
    Desfecho::Recusada((Status::Unauthorized, mostrar(sessao, "login", dados)))
}

/// Quem enviou um formulário que pede login e já não está dentro vai ao login, que diz
/// o que houve. Quem abriu uma página também vai, e volta a ela depois. A do cargo diz
/// que não é para quem não entrou.
#[catch(401)]
fn sem_login(
    status: Status,
    requisicao: &Request<'_>,
) -> Result<Redirect, (ContentType, Template)> {
    match (requisicao.method(), requisicao.uri().path().as_str()) {
        // ANCHOR: sem_login
        (Method::Post, _) => Ok(Redirect::to(uri!(login(None::<&str>)))),
        (_, pagina @ ("/dashboard" | "/perfil" | "/sessoes")) => {
            Ok(Redirect::to(uri!(login(Some(pagina)))))
        }
        _ => Err(shared::pagina_do_erro(status)),
        // ANCHOR_END: sem_login
    }
}

#[get("/dashboard")]
fn dashboard(usuario: Usuario, sessao: Sessao<'_>) -> Template {
    let Usuario { username, user_id, .. } = usuario;
    mostrar(&sessao, "dashboard", context! { username, user_id })
}

#[get("/perfil")]
fn perfil(usuario: Usuario, sessao: Sessao<'_>) -> Template {
    let nomes: Vec<String> = sessao.itens().into_keys().collect();
    let Restam { inatividade, absoluto } = sessao.restam();
    let (sem_uso, no_maximo) = (por_extenso(inatividade), por_extenso(absoluto));
    let dados = context! { role: usuario.role, nomes, sem_uso, no_maximo };
    mostrar(&sessao, "perfil", dados)
}

/// Sem login, 401; com outro cargo, 403: a guarda decide antes da rota.
#[get("/admin")]
async fn admin(_um: Admin, sessao: Sessao<'_>, contas: &State<Contas>) -> Pagina {
    let linha = |uma: Conta| context! { nome: uma.username, role: uma.role };
    let contas: Vec<_> = contas.todas().await?.into_iter().map(linha).collect();
    Ok(mostrar(&sessao, "admin", context! { contas }))
}

/// `session.pop('role', None)`: remove um valor; se ele não existe, nada acontece.
#[post("/remover_cargo")]
fn remover_cargo(_usuario: Usuario, sessao: Sessao<'_>) -> Result<Redirect, Erro> {
    sessao.remover("role")?;
    Ok(Redirect::to(uri!(perfil)))
}

/// Só por POST: uma imagem ou um link de outro site não encerra a sessão.
#[post("/logout")]
fn logout(sessao: Sessao<'_>) -> Redirect {
    sessao.limpar();
    avisar(&sessao, "Você saiu.");
    Redirect::to(uri!(login(None::<&str>)))
}

/// 200 se o armazenamento e as contas fazem o que um login pede, 503 se não.
#[get("/saude")]
async fn saude(
    sessoes: &State<Sessoes>,
    contas: &State<Contas>,
) -> (Status, &'static str) {
    match sessoes.experimentar().await.and(contas.todas().await) {
        Ok(_) => (Status::Ok, "bem\n"),
        Err(falha) => {
            error!("saúde: {falha}");
            (Status::ServiceUnavailable, "o armazenamento não atende\n")
        }
    }
}

type Carrinho = BTreeMap<String, u32>;

/// Com estes limites, o carrinho cheio ocupa menos da metade da sessão.
const PRODUTOS: usize = 50;
const LETRAS_DO_PRODUTO: usize = 100;

/// O carrinho não pede login: a sessão começa com o primeiro valor que ela guarda.
#[get("/carrinho")]
fn carrinho(sessao: Sessao<'_>) -> Pagina {
    let produtos = sessao.recuperar_ou("carrinho", Carrinho::new())?;
    Ok(mostrar(&sessao, "carrinho", context! { produtos }))
}

#[derive(FromForm)]
struct Escolha {
    produto: String,
}

#[post("/carrinho", data = "<escolha>")]
fn adicionar(sessao: Sessao<'_>, escolha: Option<Form<Escolha>>) -> Feito<Desfecho> {
    let produtos = sessao.recuperar_ou("carrinho", Carrinho::new())?;
    // O carrinho como está, e o que houve com o produto que não entrou.
    let recusar = |status, erro| {
        let dados = context! { produtos: &produtos, erro };
        Ok(Desfecho::Recusada((status, mostrar(&sessao, "carrinho", dados))))
    };
    let produto = escolha.map(|escolha| escolha.into_inner().produto);
    let cabe = |nome: &String| (1..=LETRAS_DO_PRODUTO).contains(&nome.chars().count());
    let Some(produto) = produto.filter(cabe) else {
        let erro = "Escreva o nome do produto, com até 100 letras";
        return recusar(Status::UnprocessableEntity, erro);
    };
    if cheio(&produtos, &produto) {
        let erro = "O carrinho está cheio: esvazie-o antes";
        return recusar(Status::PayloadTooLarge, erro);
    }
    if let Some(fim) = sessao.fim() {
        avisar(&sessao, &format!("{fim} O carrinho começou de novo."));
    }
    let mais_um = move |produtos: &mut Carrinho| {
        // Outra aba pode tê-lo enchido entre a conferência e a gravação.
        if cheio(produtos, &produto) {
            return;
        }
        let quantidade = produtos.entry(produto.clone()).or_default();
        *quantidade = quantidade.saturating_add(1);
    };
    sessao.alterar("carrinho", mais_um)?;
    Ok(Desfecho::Siga(Redirect::to(uri!(carrinho))))
}

/// Verdadeiro se este produto seria um nome a mais do que cabe.
fn cheio(produtos: &Carrinho, produto: &str) -> bool {
    produtos.len() >= PRODUTOS && !produtos.contains_key(produto)
}

#[post("/carrinho/esvaziar")]
fn esvaziar(sessao: Sessao<'_>) -> Result<Redirect, Erro> {
    sessao.remover("carrinho")?;
    Ok(Redirect::to(uri!(carrinho)))
}

/// O que este site guarda tem o tipo que ele guardou. Com outro, toda página terminaria
/// em erro, até a de login: é melhor dar a sessão por encerrada.
fn tipos_certos(valores: &Valores) -> bool {
    let tem = |nome: &str, tipo: fn(&Value) -> bool| valores.get(nome).is_none_or(tipo);
    tem("role", Value::is_string)
        && tem("carimbo", Value::is_string)
        && tem("user_id", |valor| u32::deserialize(valor).is_ok())
        && tem("carrinho", |valor| Carrinho::deserialize(valor).is_ok())
}

/// O dicionário, que o Raio-X mostra em debug ao lado do id.
async fn registro(requisicao: &Request<'_>) -> Option<Value> {
    Some(Value::from_iter(requisicao.guard::<Sessao<'_>>().await.succeeded()?.itens()))
}

/// Monta a aplicação. O que vem de `shared` está explicado na página do capítulo 1.
pub fn rocket(sessoes: Sessoes, contas: Contas) -> Rocket<Build> {
    let https = sessoes.https();
    let sessoes =
        sessoes.conferindo(tipos_certos).com_pagina_de_erro(shared::resposta_de_erro);
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .attach(origem::so_desta_origem())
        .attach(sessoes.instalar())
        .attach(cabecalhos::cabecalhos(https))
        .manage(Tentativas::default())
        .manage(contas)
        .manage(shared::Registro(|requisicao| Box::pin(registro(requisicao))))
        .register("/", catchers![sem_login])
        .mount("/", routes![index, login, login_submit, logout, saude, origem::recusar])
        .mount("/", routes![dashboard, perfil, admin, remover_cargo])
        .mount("/", routes![carrinho, adicionar, esvaziar])
        .mount("/", minhas_sessoes::rotas())
}

/// Um erro ao iniciar é uma linha, que diz o que fazer.
pub fn main() -> ExitCode {
    let configuracao = shared::configuracao(env!("CARGO_MANIFEST_DIR"));
    if let Err(motivo) = rocket::execute(servir(&configuracao)) {
        eprintln!("erro: {motivo}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

async fn servir(configuracao: &Figment) -> Fez {
    // Antes de chamar o Rocket, que mostraria a linha inteira de um Rocket.toml que não
    // abre, e nela pode haver uma chave.
    conferir_chaves(configuracao)?;
    let pedido: Vec<_> = args_os().skip(1).collect();
    if !pedido.is_empty() {
        return comando::executar(configuracao, &pedido).await;
    }
    if log::perigoso(configuracao) {
        eprintln!("aviso: com `log_level` em debug, o log mostra senhas e cookies");
    }
    let sessoes = Sessoes::abrir(configuracao).await?;
    let contas = Contas::abrir(configuracao).await?;
    if contas.todas().await?.is_empty() {
        return Err(
            "não há nenhuma conta, e as da lição só entram em debug. Crie uma, com \
             estas mesmas variáveis: `cap18-completa conta criar NOME admin`"
                .into(),
        );
    }
    log::em_outra_thread(configuracao);
    let parado = rocket(sessoes, contas).launch().await;
    // As últimas linhas do log ainda podem estar na fila.
    sleep(Duration::from_millis(100)).await;
    parado.map(|_| ()).map_err(|erro| {
        let motivo = erro.pretty_print();
        shared::o_que_fazer(motivo).unwrap_or(motivo).into()
    })
}
