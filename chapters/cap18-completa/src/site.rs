//! Capítulo 18: o site inteiro.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::process::ExitCode;

use rocket::figment::Figment;
use rocket::form::{Form, FromForm};
use rocket::http::{ContentType, Method, Status};
use rocket::response::Redirect;
use rocket::{Build, Request, Rocket, State, catch, catchers, get, post, routes, uri};
use rocket_dyn_templates::{Template, context};

use crate::ajustes::{self, Site};
use crate::sessao::{self, ErroDeSessao, Sessao};
use crate::validade::{Fim, Restam};
use crate::{armazem, chaves, navegador};
use avisos::avisar;
use contas::{CONTAS, Senhas};
use pagina::{Resposta, esperar, mostrar, muitas_tentativas, por_extenso};
use tentativas::Tentativas;
use usuario::{Admin, Usuario};
use volta::volta_segura;

pub mod avisos;
pub mod contas;
pub mod diario;
mod minhas_sessoes;
mod origem;
mod pagina;
mod saude;
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
    usuario: Option<Usuario>,
    volta: Option<&str>,
) -> Result<Template, ErroDeSessao> {
    // Há um nome, mas a senha com que ele entrou já foi trocada.
    let senha_antiga = usuario.is_none() && sessao.contem("username");
    let fim = sessao.fim().or(senha_antiga.then_some(Fim::Encerrada));
    // Dito o motivo, o cookie não serve para mais nada. Se o errado é o relógio daqui, ele
    // ainda serve em outra instância.
    if fim.is_some_and(Fim::e_de_vez) {
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
    site: &State<Site>,
    tentativas: &State<Tentativas>,
    senhas: &State<Senhas>,
    endereco: Option<IpAddr>,
    formulario: Option<Form<Credenciais>>,
) -> Result<Resposta, ErroDeSessao> {
    let Some(formulario) = formulario else {
        return login_invalido(&sessao, None);
    };
    let Credenciais { username, password, lembrar, volta } = formulario.into_inner();
    if let Err(segundos) = tentativas.contar(&username, endereco, site.agora()) {
        let dados = context! { erro: muitas_tentativas(segundos) };
        return Ok(esperar(mostrar(&sessao, "login", dados)?, segundos));
    }
    let Some((conta, carimbo)) = contas::conferir(senhas, &username, password).await
    else {
        return login_invalido(&sessao, volta);
    };
    tentativas.esquecer(&username, endereco);
    minhas_sessoes::abrir_lugar(site, &sessao, conta.username).await?;
    // O carrinho de quem ainda não tinha entrado continua; o de outra pessoa, não.
    let de_antes: Option<String> = sessao.recuperar("username")?;
    if de_antes.is_some_and(|de_antes| de_antes != conta.username) {
        sessao.limpar();
    }
    sessao.comecar(lembrar)?;
    sessao.armazenar("username", conta.username)?;
    sessao.armazenar("user_id", conta.user_id)?;
    sessao.armazenar("role", conta.role)?;
    sessao.armazenar("carimbo", carimbo)?;
    let volta = volta.as_deref().and_then(volta_segura);
    Ok(Resposta::Siga(Redirect::to(volta.unwrap_or(uri!(dashboard)))))
}

/// A mesma resposta para uma senha errada e para uma conta que não existe.
fn login_invalido(
    sessao: &Sessao<'_>,
    volta: Option<String>,
) -> Result<Resposta, ErroDeSessao> {
    let dados = context! { erro: "Login inválido", volta };
    let login = mostrar(sessao, "login", dados)?;
    Ok(Resposta::Recusada((Status::Unauthorized, login)))
}

// ANCHOR: sem_login
/// Quem enviou um formulário que pede login e já não está dentro vai ao login, que diz
/// o que houve. Quem abriu uma página sem login vê o erro.
#[catch(401)]
fn sem_login(
    status: Status,
    requisicao: &Request<'_>,
) -> Result<Redirect, (ContentType, Template)> {
    match requisicao.method() {
        Method::Post => Ok(Redirect::to(uri!(login(None::<&str>)))),
        _ => Err(shared::pagina_do_erro(status)),
    }
}
// ANCHOR_END: sem_login

#[get("/dashboard")]
fn dashboard(usuario: Usuario, sessao: Sessao<'_>) -> Result<Template, ErroDeSessao> {
    let Usuario { username, user_id, .. } = usuario;
    mostrar(&sessao, "dashboard", context! { username, user_id })
}

/// Sem login, a guarda `Usuario` passa a vez a esta rota, que tem o mesmo caminho.
#[get("/dashboard", rank = 2)]
fn dashboard_sem_login() -> Redirect {
    Redirect::to(uri!(login(Some("/dashboard"))))
}

#[get("/perfil")]
fn perfil(usuario: Usuario, sessao: Sessao<'_>) -> Result<Template, ErroDeSessao> {
    let chaves: Vec<String> = sessao.itens().into_keys().collect();
    let Restam { inatividade, absoluto } = sessao.restam();
    let (sem_uso, no_maximo) = (por_extenso(inatividade), por_extenso(absoluto));
    let dados = context! { role: usuario.role, chaves, sem_uso, no_maximo };
    mostrar(&sessao, "perfil", dados)
}

#[get("/perfil", rank = 2)]
fn perfil_sem_login() -> Redirect {
    Redirect::to(uri!(login(Some("/perfil"))))
}

#[get("/sessoes", rank = 2)]
fn sessoes_sem_login() -> Redirect {
    Redirect::to(uri!(login(Some("/sessoes"))))
}

/// Sem login, 401; com outro cargo, 403: a guarda decide antes da rota.
#[get("/admin")]
fn admin(_admin: Admin, sessao: Sessao<'_>) -> Result<Template, ErroDeSessao> {
    let contas =
        CONTAS.map(|conta| context! { nome: conta.username, role: conta.role });
    mostrar(&sessao, "admin", context! { contas })
}

/// `session.pop('role', None)`: remove um valor; se ele não existe, nada acontece.
#[post("/remover_cargo")]
fn remover_cargo(
    _usuario: Usuario,
    sessao: Sessao<'_>,
) -> Result<Redirect, ErroDeSessao> {
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

/// O nome de cada produto e quantos há.
type Carrinho = BTreeMap<String, u32>;

/// Com estes limites, o carrinho cheio ocupa menos da metade da sessão: sobra onde
/// guardar um login.
const PRODUTOS: usize = 50;
const LETRAS_DO_PRODUTO: usize = 100;

/// O carrinho não pede login: a sessão começa com o primeiro valor que ela guarda.
#[get("/carrinho")]
fn carrinho(sessao: Sessao<'_>) -> Result<Template, ErroDeSessao> {
    let produtos = sessao.recuperar_ou("carrinho", Carrinho::new())?;
    mostrar(&sessao, "carrinho", context! { produtos })
}

#[derive(FromForm)]
struct Escolha {
    produto: String,
}

#[post("/carrinho", data = "<escolha>")]
fn adicionar(
    sessao: Sessao<'_>,
    escolha: Option<Form<Escolha>>,
) -> Result<Resposta, ErroDeSessao> {
    let produto = escolha.map(|escolha| escolha.into_inner().produto);
    let letras = 1..=LETRAS_DO_PRODUTO;
    let Some(produto) = produto.filter(|nome| letras.contains(&nome.chars().count()))
    else {
        let erro = "Escreva o nome do produto, com até 100 letras";
        return recusar(&sessao, Status::UnprocessableEntity, erro);
    };
    let produtos = sessao.recuperar_ou("carrinho", Carrinho::new())?;
    if cheio(&produtos, &produto) {
        let erro = "O carrinho está cheio: esvazie-o antes";
        return recusar(&sessao, Status::PayloadTooLarge, erro);
    }
    if let Some(fim) = sessao.fim() {
        avisar(&sessao, &format!("{fim} O carrinho começou de novo."));
    }
    // ANCHOR: alterar
    let mais_um = move |produtos: &mut Carrinho| {
        // Outra aba pode tê-lo enchido entre a conferência e a gravação.
        if cheio(produtos, &produto) {
            return;
        }
        let quantidade = produtos.entry(produto.clone()).or_default();
        *quantidade = quantidade.saturating_add(1);
    };
    sessao.alterar("carrinho", mais_um)?;
    // ANCHOR_END: alterar
    Ok(Resposta::Siga(Redirect::to(uri!(carrinho))))
}

/// Verdadeiro se este produto seria um nome a mais do que cabe.
fn cheio(produtos: &Carrinho, produto: &str) -> bool {
    produtos.len() >= PRODUTOS && !produtos.contains_key(produto)
}

#[post("/carrinho/esvaziar")]
fn esvaziar(sessao: Sessao<'_>) -> Result<Redirect, ErroDeSessao> {
    sessao.remover("carrinho")?;
    Ok(Redirect::to(uri!(carrinho)))
}

/// O carrinho como está, e o que houve com o produto que não entrou.
fn recusar(
    sessao: &Sessao<'_>,
    status: Status,
    erro: &str,
) -> Result<Resposta, ErroDeSessao> {
    let produtos = sessao.recuperar_ou("carrinho", Carrinho::new())?;
    let carrinho = mostrar(sessao, "carrinho", context! { produtos, erro })?;
    Ok(Resposta::Recusada((status, carrinho)))
}

/// Monta a aplicação. O que vem de `shared` está explicado na página do capítulo 1.
pub fn rocket(site: Site) -> Rocket<Build> {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .attach(origem::so_desta_origem())
        .attach(armazem::limpeza(site.armazem.clone()))
        .attach(sessao::guardar())
        .attach(navegador::cabecalhos(site.https))
        .attach(diario::diario(site.diario))
        .manage(site)
        .manage(Tentativas::default())
        .manage(Senhas::default())
        .register("/", catchers![sem_login])
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
                sessoes_sem_login,
                admin,
                remover_cargo,
                logout,
                carrinho,
                adicionar,
                esvaziar,
                origem::recusar
            ],
        )
        .mount("/", minhas_sessoes::rotas())
        .mount("/", saude::rotas())
}

// ANCHOR: main
/// Confere as chaves antes de chamar o Rocket, que mostraria a linha inteira de um
/// Rocket.toml que não abre, e nela pode haver uma.
pub fn main() -> ExitCode {
    let configuracao = shared::configuracao(env!("CARGO_MANIFEST_DIR"));
    let conferidas = chaves::conferir(&configuracao);
    match conferidas.and_then(|_| rocket::execute(servir(&configuracao))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(motivo) => {
            eprintln!("erro: {motivo}");
            ExitCode::FAILURE
        }
    }
}

async fn servir(configuracao: &Figment) -> Result<(), String> {
    if ajustes::log_perigoso(configuracao) {
        eprintln!("aviso: com `log_level` em debug, o log mostra senhas e cookies");
    }
    let pasta = shared::pasta_de_agora(env!("CARGO_MANIFEST_DIR"));
    let site = Site::da_configuracao(configuracao, &pasta).await?;
    let _ate_o_fim =
        diario::juntar_o_log(site.diario, ajustes::nivel_do_log(configuracao));
    let parado = rocket(site).launch().await;
    parado.map(|_| ()).map_err(|erro| {
        let motivo = erro.pretty_print();
        shared::o_que_fazer(motivo).unwrap_or(motivo).to_string()
    })
}
// ANCHOR_END: main
