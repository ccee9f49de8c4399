//! O que o usuário faz com as próprias sessões: ver, encerrar, e trocar a senha de todas.

use std::net::IpAddr;
use std::sync::Arc;

use rocket::form::FromForm;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Route, State, get, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use serde::Serialize;
use time::OffsetDateTime;
use time::macros::format_description;

use super::armazem::{Armazem, Chave, em_tempo};
use super::contas::{self, Senhas};
use super::protecao::{Protegido, SoToken};
use super::rascunho::Resumo;
use super::sessao::Sessao;
use super::tentativas::Tentativas;
use super::usuario::Usuario;
use super::validade::Relogio;
use super::{Desvio, espere, muitas_tentativas, pagina};

/// Como no mínimo da OWASP: uma senha curta cai por tentativas.
const MENOR_SENHA: usize = 8;

pub fn rotas() -> Vec<Route> {
    routes![sessoes, sessoes_sem_login, encerrar, encerrar_outras, trocar_senha, saude]
}

/// Uma linha da página: a sessão, com as horas que uma pessoa lê.
#[derive(Serialize)]
struct Linha {
    chave: String,
    navegador: String,
    desde: String,
    ultimo_uso: String,
    esta: bool,
}

#[get("/sessoes")]
async fn sessoes(usuario: Usuario, sessao: Sessao<'_>) -> Result<Template, Desvio> {
    mostrar(&usuario, &sessao, None).await
}

#[get("/sessoes", rank = 2)]
fn sessoes_sem_login() -> Redirect {
    Redirect::to(uri!(super::login(Some("/sessoes"))))
}

async fn mostrar(
    usuario: &Usuario,
    sessao: &Sessao<'_>,
    erro: Option<&str>,
) -> Result<Template, Desvio> {
    let esta = sessao.chave();
    let abertas = sessao.do_usuario(&usuario.username).await?;
    let linhas = abertas.map(|abertas| {
        abertas
            .into_iter()
            .map(|resumo| linha(resumo, esta.as_deref()))
            .collect::<Vec<_>>()
    });
    Ok(pagina(sessao, "sessoes", context! { sessoes: linhas, erro })?)
}

fn linha(resumo: Resumo, esta: Option<&str>) -> Linha {
    Linha {
        esta: esta == Some(resumo.chave.as_str()),
        desde: em_texto(resumo.criada),
        ultimo_uso: em_texto(resumo.usada),
        chave: resumo.chave,
        navegador: resumo.navegador,
    }
}

fn em_texto(segundos: i64) -> String {
    let formato = format_description!("[day]/[month]/[year] [hour]:[minute] UTC");
    let hora = OffsetDateTime::from_unix_timestamp(segundos).ok();
    hora.and_then(|hora| hora.format(&formato).ok()).unwrap_or_default()
}

#[derive(FromForm)]
struct Escolhida {
    chave: String,
}

/// Só as sessões deste usuário: uma chave de outra pessoa não encerra nada.
#[post("/sessoes/encerrar", data = "<formulario>")]
async fn encerrar(
    usuario: Usuario,
    sessao: Sessao<'_>,
    formulario: Protegido<Escolhida>,
) -> Result<Redirect, Desvio> {
    let escolhida = formulario.dados.map(|dados| dados.chave).unwrap_or_default();
    let encerradas =
        sessao.encerrar(&usuario.username, |chave| chave == escolhida).await?;
    avisar(&sessao, encerradas)?;
    Ok(Redirect::to(uri!(sessoes)))
}

#[post("/sessoes/encerrar_outras", data = "<_formulario>")]
async fn encerrar_outras(
    usuario: Usuario,
    sessao: Sessao<'_>,
    _formulario: Protegido<SoToken>,
) -> Result<Redirect, Desvio> {
    let encerradas = sessao.encerrar(&usuario.username, |_| true).await?;
    avisar(&sessao, encerradas)?;
    Ok(Redirect::to(uri!(sessoes)))
}

fn avisar(sessao: &Sessao<'_>, encerradas: Option<usize>) -> Result<(), Desvio> {
    let aviso = match encerradas {
        None => "Este armazenamento não sabe que sessões são suas.".to_owned(),
        Some(0) => "Nenhuma sessão foi encerrada.".to_owned(),
        Some(1) => "Uma sessão encerrada.".to_owned(),
        Some(quantas) => format!("{quantas} sessões encerradas."),
    };
    Ok(sessao.avisar(&aviso)?)
}

#[derive(FromForm)]
struct NovaSenha {
    atual: String,
    nova: String,
}

// ANCHOR: senha
/// Quem troca a senha pode ter sido invadido: as outras sessões terminam, e esta ganha
/// outro id.
#[post("/senha", data = "<formulario>")]
async fn trocar_senha(
    usuario: Usuario,
    sessao: Sessao<'_>,
    senhas: &State<Senhas>,
    tentativas: &State<Tentativas>,
    relogio: &State<Relogio>,
    endereco: Option<IpAddr>,
    formulario: Protegido<NovaSenha>,
) -> Result<Redirect, Desvio> {
    let username = &usuario.username;
    let Some(NovaSenha { atual, nova }) = formulario.dados else {
        return Err(recusar(&usuario, &sessao, "Preencha as duas senhas").await?);
    };
    if nova.chars().count() < MENOR_SENHA {
        return Err(
            recusar(&usuario, &sessao, "A senha nova precisa de 8 caracteres").await?
        );
    }
    // Quem achou um navegador aberto também não pode adivinhar a senha.
    if let Err(segundos) = tentativas.contar(username, endereco, relogio.agora()) {
        let erro = muitas_tentativas(segundos);
        let pagina = mostrar(&usuario, &sessao, Some(&erro)).await?;
        return Err(espere(pagina, segundos));
    }
    if contas::conferir(senhas, username, atual).await.is_none() {
        return Err(recusar(&usuario, &sessao, "A senha atual não é essa").await?);
    }
    tentativas.esquecer(username, endereco);
    let Some(hash) = contas::hash_de(nova).await else {
        return Err(
            recusar(&usuario, &sessao, "A senha não mudou: tente de novo").await?
        );
    };
    // Tudo o que pode falhar vem antes: com um erro, a senha ainda é a de antes.
    let encerradas = sessao.encerrar(username, |_| true).await?;
    sessao.comecar(sessao.lembrar())?;
    sessao.avisar(match encerradas {
        Some(_) => "Senha trocada. As outras sessões terminaram.",
        None => "Senha trocada. As outras sessões valem até o limite delas.",
    })?;
    senhas.trocar(username, hash);
    // De novo: alguém pode ter entrado com a senha antiga há um instante.
    sessao.encerrar(username, |_| true).await?;
    Ok(Redirect::to(uri!(sessoes)))
}
// ANCHOR_END: senha

async fn recusar(
    usuario: &Usuario,
    sessao: &Sessao<'_>,
    erro: &str,
) -> Result<Desvio, Desvio> {
    let pagina = mostrar(usuario, sessao, Some(erro)).await?;
    Ok(Desvio::Recusado((Status::UnprocessableEntity, pagina)))
}

// ANCHOR: saude
/// Para quem vigia o servidor: 200 se o armazenamento responde, 503 se não.
#[get("/saude")]
async fn saude(armazem: &State<Arc<dyn Armazem>>) -> (Status, &'static str) {
    // Esta chave nunca existe: interessa se alguém responde.
    match em_tempo(armazem.ler(&Chave::do_id("saude"))).await {
        Ok(_) => (Status::Ok, "bem\n"),
        Err(falha) => {
            rocket::error!("saúde: {falha}");
            (Status::ServiceUnavailable, "o armazenamento não responde\n")
        }
    }
}
// ANCHOR_END: saude
