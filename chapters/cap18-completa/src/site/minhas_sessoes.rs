//! O que o usuário faz com as próprias sessões: ver, encerrar e trocar a senha.

use std::net::IpAddr;

use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Route, State, get, post, routes, uri};
use rocket_dyn_templates::context;
use woothee::parser::Parser;

use super::contas::{Conta, Contas, hash_de};
use super::pagina::{
    Desfecho, Pagina, avisar, esperar, mostrar, muitas_tentativas, por_extenso,
};
use super::tentativas::Tentativas;
use super::usuario::Usuario;
use crate::{Aberta, Erro, Sessao};

/// Como no mínimo da OWASP: uma senha curta cai por tentativas.
const MENOR_SENHA: usize = 8;

/// As rotas de `/sessoes` e a da troca de senha.
pub fn rotas() -> Vec<Route> {
    routes![sessoes, encerrar, encerrar_outras, trocar_senha]
}

#[get("/sessoes")]
async fn sessoes(_usuario: Usuario, sessao: Sessao<'_>) -> Pagina {
    listar(&sessao, None).await
}

async fn listar(sessao: &Sessao<'_>, erro: Option<&str>) -> Pagina {
    let Some(abertas) = sessao.abertas().await? else {
        return Ok(mostrar(sessao, "sessoes", context! { sem_lista: true, erro }));
    };
    let agora = sessao.sessoes().agora();
    let linhas = abertas.iter().map(|aberta| {
        context! {
            codigo: &aberta.codigo,
            navegador: navegador(&aberta.navegador),
            desde: ha_quanto(agora - aberta.criada),
            ultimo_uso: ha_quanto(agora - aberta.usada),
            esta: aberta.esta,
        }
    });
    let sessoes: Vec<_> = linhas.collect();
    Ok(mostrar(sessao, "sessoes", context! { sessoes, erro }))
}

fn ha_quanto(segundos: i64) -> String {
    match segundos {
        ..60 => "agora".to_owned(),
        _ => format!("há {}", por_extenso(segundos)),
    }
}

/// “Chrome no Linux”, em vez do texto comprido com que o navegador se apresenta.
fn navegador(user_agent: &str) -> String {
    match Parser::new().parse(user_agent) {
        Some(lido) if lido.os != "UNKNOWN" => format!("{} no {}", lido.name, lido.os),
        _ => "Navegador desconhecido".to_owned(),
    }
}

type Ida = Result<Redirect, Erro>;

#[derive(FromForm)]
struct Escolhida {
    codigo: String,
}

/// Só as sessões deste usuário: o código da de outra pessoa não encerra nada.
#[post("/sessoes/encerrar", data = "<qual>")]
async fn encerrar(_usuario: Usuario, sessao: Sessao<'_>, qual: Form<Escolhida>) -> Ida {
    encerrar_quais(&sessao, |outra| outra.codigo == qual.codigo).await
}

#[post("/sessoes/encerrar_outras")]
async fn encerrar_outras(_usuario: Usuario, sessao: Sessao<'_>) -> Ida {
    encerrar_quais(&sessao, |_| true).await
}

async fn encerrar_quais(sessao: &Sessao<'_>, quais: impl Fn(&Aberta) -> bool) -> Ida {
    let aviso = match sessao.encerrar_outras(quais).await? {
        None => "Nada foi encerrado: o armazenamento não acha as suas sessões.",
        Some(0) => "Nenhuma sessão foi encerrada.",
        Some(1) => "Uma sessão encerrada.",
        Some(quantas) => &format!("{quantas} sessões encerradas."),
    };
    avisar(sessao, aviso);
    Ok(Redirect::to(uri!(sessoes)))
}

#[derive(FromForm)]
struct NovaSenha {
    atual: String,
    nova: String,
}

/// Quem troca a senha pode ter sido invadido: as outras sessões terminam, e esta ganha
/// outro id.
#[post("/senha", data = "<formulario>")]
async fn trocar_senha(
    usuario: Usuario,
    sessao: Sessao<'_>,
    contas: &State<Contas>,
    tentativas: &State<Tentativas>,
    endereco: Option<IpAddr>,
    formulario: Option<Form<NovaSenha>>,
) -> Result<Desfecho, Erro> {
    let username = &usuario.username;
    let recusar = async |erro| {
        let pagina = listar(&sessao, Some(erro)).await?;
        Ok(Desfecho::Recusada((Status::UnprocessableEntity, pagina)))
    };
    let Some(formulario) = formulario else {
        return recusar("Preencha as duas senhas").await;
    };
    let NovaSenha { atual, nova } = formulario.into_inner();
    if nova.chars().count() < MENOR_SENHA {
        return recusar("A senha nova precisa ter 8 caracteres ou mais").await;
    }
    // Quem achou um navegador aberto também não pode adivinhar a senha.
    let agora = sessao.sessoes().agora();
    if let Err(segundos) = tentativas.contar(username, endereco, agora) {
        let erro = muitas_tentativas(segundos);
        let pagina = listar(&sessao, Some(&erro)).await?;
        return Ok(esperar(pagina, segundos));
    }
    let Some(antiga) = contas.conferir(username, atual).await? else {
        return recusar("A senha atual não é essa").await;
    };
    tentativas.esquecer(username, endereco);
    let Some(hash) = hash_de(nova).await else {
        return recusar("A senha não mudou: tente de novo").await;
    };
    let nova = Conta { hash, ..antiga.clone() };
    // O que pode falhar vem antes: com um erro, a senha ainda é a antiga.
    sessao.trocar_de_id()?;
    sessao.armazenar("carimbo", nova.carimbo())?;
    if !contas.trocar(username, &antiga.hash, &nova.hash).await? {
        // Outra instância acabou de trocá-la, e com isso encerrou esta sessão.
        return Err(Erro::Encerrada);
    }
    avisar(&sessao, "Senha trocada. As outras sessões terminaram.");
    // Já não abrem nada; aqui saem também da lista, se o armazenamento responde.
    if let Err(erro) = sessao.encerrar_outras(|_| true).await {
        rocket::error!("troca de senha: {erro}");
    }
    Ok(Desfecho::Siga(Redirect::to(uri!(sessoes))))
}
