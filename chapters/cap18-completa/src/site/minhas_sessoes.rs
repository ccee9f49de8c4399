//! O que o usuário faz com as próprias sessões: ver, encerrar, e trocar a senha de
//! todas.

use std::cmp::Reverse;
use std::net::IpAddr;

use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Route, State, get, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use serde::Serialize;
use woothee::parser::Parser;

use super::avisos::avisar;
use super::contas::{self, Senhas, carimbo};
use super::pagina::{Resposta, esperar, mostrar, muitas_tentativas, por_extenso};
use super::tentativas::Tentativas;
use super::usuario::Usuario;
use crate::ajustes::Site;
use crate::armazem::{Chave, ListaDeSessoes, Registro, em_tempo};
use crate::sessao::guardada::{Guardada, Marcas};
use crate::sessao::{ErroDeSessao, Sessao};

/// Com mais que isto, o login novo encerra a sessão parada há mais tempo: quem sabe a
/// senha não enche o armazenamento nem a lista.
const POR_CONTA: usize = 50;

/// Como no mínimo da OWASP: uma senha curta cai por tentativas.
const MENOR_SENHA: usize = 8;

/// As rotas de `/sessoes` e a da troca de senha.
pub fn rotas() -> Vec<Route> {
    routes![sessoes, encerrar, encerrar_outras, trocar_senha]
}

/// Uma sessão aberta, como o armazenamento a lista.
struct Achada {
    chave: Chave,
    marcas: Marcas,
    navegador: String,
}

/// As sessões abertas de uma pessoa, a mais recente primeiro.
async fn abertas(
    site: &Site,
    lista: &dyn ListaDeSessoes,
    username: &str,
) -> Result<Vec<Achada>, ErroDeSessao> {
    let registros = em_tempo(lista.do_usuario(&site.dono(username))).await?;
    let achadas = registros.into_iter().filter_map(|(c, r)| aberta(site, c, &r));
    let mut achadas: Vec<Achada> = achadas.collect();
    achadas.sort_by_key(|achada| Reverse(achada.marcas.usada));
    Ok(achadas)
}

/// `None` se o registro não se lê, ou se o tempo dele acabou.
fn aberta(site: &Site, chave: Chave, registro: &Registro) -> Option<Achada> {
    let Guardada { marcas, navegador, .. } = Guardada::abrir(registro).ok()?;
    let Marcas { criada, usada, lembrar } = marcas;
    let fim = site.limites.prazo(lembrar).fim(criada, usada, site.agora());
    fim.is_none().then_some(Achada { chave, marcas, navegador })
}

/// Encerra as sessões desta pessoa para as quais a função responde verdadeiro, menos
/// esta. Responde quantas eram.
async fn encerrar_quais(
    site: &Site,
    lista: &dyn ListaDeSessoes,
    (username, sessao): (&str, &Sessao<'_>),
    quais: impl Fn(&Chave) -> bool,
) -> Result<usize, ErroDeSessao> {
    let mut encerradas = 0;
    for Achada { chave, .. } in abertas(site, lista, username).await? {
        if !sessao.e_o_registro(&chave) && quais(&chave) {
            encerradas +=
                usize::from(em_tempo(site.armazem.apagar(&chave, None)).await?);
        }
    }
    Ok(encerradas)
}

/// Antes de um login: as sessões paradas há mais tempo dão lugar à nova.
pub async fn abrir_lugar(
    site: &Site,
    sessao: &Sessao<'_>,
    username: &str,
) -> Result<(), ErroDeSessao> {
    let Some(lista) = &site.lista else { return Ok(()) };
    let abertas = abertas(site, lista.as_ref(), username).await?;
    let esta = sessao.chave();
    let outras = abertas.iter().filter(|achada| Some(&achada.chave) != esta.as_ref());
    for Achada { chave, .. } in outras.skip(POR_CONTA - 1) {
        em_tempo(site.armazem.apagar(chave, None)).await?;
    }
    Ok(())
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
async fn sessoes(
    usuario: Usuario,
    sessao: Sessao<'_>,
    site: &State<Site>,
) -> Result<Template, ErroDeSessao> {
    listar(&usuario, &sessao, site, None).await
}

async fn listar(
    usuario: &Usuario,
    sessao: &Sessao<'_>,
    site: &Site,
    erro: Option<&str>,
) -> Result<Template, ErroDeSessao> {
    let Some(lista) = &site.lista else {
        return mostrar(sessao, "sessoes", context! { sem_lista: true, erro });
    };
    let esta = sessao.chave();
    let abertas = abertas(site, lista.as_ref(), &usuario.username).await?;
    let agora = site.agora();
    let linhas = abertas.into_iter().map(|achada| linha(achada, esta.as_ref(), agora));
    let linhas: Vec<Linha> = linhas.collect();
    mostrar(sessao, "sessoes", context! { sessoes: linhas, erro })
}

fn linha(achada: Achada, esta: Option<&Chave>, agora: i64) -> Linha {
    Linha {
        esta: esta == Some(&achada.chave),
        desde: ha_quanto(agora - achada.marcas.criada),
        ultimo_uso: ha_quanto(agora - achada.marcas.usada),
        chave: achada.chave.como_texto().to_owned(),
        navegador: navegador(&achada.navegador),
    }
}

fn ha_quanto(segundos: i64) -> String {
    if segundos < 60 {
        "agora".to_owned()
    } else {
        format!("há {}", por_extenso(segundos))
    }
}

/// “Chrome no Linux”, em vez do texto comprido com que o navegador se apresenta.
fn navegador(user_agent: &str) -> String {
    match Parser::new().parse(user_agent) {
        Some(lido) if lido.os != "UNKNOWN" => format!("{} no {}", lido.name, lido.os),
        _ => "Navegador desconhecido".to_owned(),
    }
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
    site: &State<Site>,
    formulario: Form<Escolhida>,
) -> Result<Redirect, ErroDeSessao> {
    let escolhida = &formulario.chave;
    encerrar_e_avisar(site, &usuario, &sessao, |chave| chave.como_texto() == escolhida)
        .await
}

#[post("/sessoes/encerrar_outras")]
async fn encerrar_outras(
    usuario: Usuario,
    sessao: Sessao<'_>,
    site: &State<Site>,
) -> Result<Redirect, ErroDeSessao> {
    encerrar_e_avisar(site, &usuario, &sessao, |_| true).await
}

async fn encerrar_e_avisar(
    site: &Site,
    usuario: &Usuario,
    sessao: &Sessao<'_>,
    quais: impl Fn(&Chave) -> bool,
) -> Result<Redirect, ErroDeSessao> {
    let aviso = match &site.lista {
        None => "Este armazenamento não sabe que sessões são suas.".to_owned(),
        Some(lista) => {
            let de_quem = (usuario.username.as_str(), sessao);
            match encerrar_quais(site, lista.as_ref(), de_quem, quais).await? {
                0 => "Nenhuma sessão foi encerrada.".to_owned(),
                1 => "Uma sessão encerrada.".to_owned(),
                quantas => format!("{quantas} sessões encerradas."),
            }
        }
    };
    avisar(sessao, &aviso);
    Ok(Redirect::to(uri!(sessoes)))
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
    site: &State<Site>,
    senhas: &State<Senhas>,
    tentativas: &State<Tentativas>,
    endereco: Option<IpAddr>,
    formulario: Option<Form<NovaSenha>>,
) -> Result<Resposta, ErroDeSessao> {
    let username = &usuario.username;
    let recusar = async |erro| {
        let pagina = listar(&usuario, &sessao, site, Some(erro)).await?;
        Ok(Resposta::Recusada((Status::UnprocessableEntity, pagina)))
    };
    let Some(formulario) = formulario else {
        return recusar("Preencha as duas senhas").await;
    };
    let NovaSenha { atual, nova } = formulario.into_inner();
    if nova.chars().count() < MENOR_SENHA {
        return recusar("A senha nova precisa de 8 caracteres").await;
    }
    // Quem achou um navegador aberto também não pode adivinhar a senha.
    if let Err(segundos) = tentativas.contar(username, endereco, site.agora()) {
        let erro = muitas_tentativas(segundos);
        let pagina = listar(&usuario, &sessao, site, Some(&erro)).await?;
        return Ok(esperar(pagina, segundos));
    }
    if contas::conferir(senhas, username, atual).await.is_none() {
        return recusar("A senha atual não é essa").await;
    }
    tentativas.esquecer(username, endereco);
    let Some(hash) = contas::hash_de(nova).await else {
        return recusar("A senha não mudou: tente de novo").await;
    };
    // O que pode não caber vem antes: com um erro, a senha ainda é a antiga.
    sessao.trocar_de_id()?;
    sessao.armazenar("carimbo", carimbo(&hash))?;
    senhas.trocar(username, hash);
    avisar(&sessao, "Senha trocada. As outras sessões terminaram.");
    encerrar_as_outras(site, &sessao, username).await;
    Ok(Resposta::Siga(Redirect::to(uri!(sessoes))))
}

/// O carimbo delas já não serve; aqui saem também da lista, se o armazenamento
/// responde.
async fn encerrar_as_outras(site: &Site, sessao: &Sessao<'_>, username: &str) {
    let Some(lista) = &site.lista else { return };
    let de_quem = (username, sessao);
    if let Err(erro) = encerrar_quais(site, lista.as_ref(), de_quem, |_| true).await {
        rocket::error!("troca de senha: {erro}");
    }
}
// ANCHOR_END: senha
