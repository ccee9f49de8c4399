//! De onde veio um formulário: só muda algo o que uma página deste site mostrou.

use rocket::data::{self, Data, FromData, Limits};
use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::outcome::Outcome;
use rocket::request::{FromRequest, Request};
use subtle::ConstantTimeEq;

use super::sessao::Sessao;

/// A chave do dicionário em que a sessão guarda o token dos seus formulários.
const TOKEN: &str = "csrf";

// ANCHOR: token
/// O token desta sessão, para o campo escondido; se ela ainda não tem um, ganha agora.
pub fn token(sessao: &mut Sessao<'_>) -> String {
    let guardado = sessao.recuperar(TOKEN);
    guardado.unwrap_or_else(|| trocar_token(sessao))
}

/// Um token novo, de 128 bits aleatórios: o anterior deixa de valer.
pub fn trocar_token(sessao: &mut Sessao<'_>) -> String {
    let token = format!("{:032x}", rand::random::<u128>());
    sessao.armazenar(TOKEN, token.as_str());
    token
}
// ANCHOR_END: token

// ANCHOR: protegido
/// Um formulário que veio deste site, com o token desta sessão. Sem isso, a resposta é
/// 403, e a rota não executa.
pub struct Protegido<T> {
    /// Os campos; `None` se um deles falta ou não tem o que a rota espera.
    pub dados: Option<T>,
}

/// O campo escondido de todo formulário, e o único dos que só têm um botão.
#[derive(FromForm)]
pub struct SoToken {
    csrf: String,
}

#[rocket::async_trait]
impl<'r, T: for<'a> FromForm<'a> + 'static> FromData<'r> for Protegido<T> {
    type Error = ();

    async fn from_data(
        requisicao: &'r Request<'_>,
        corpo: Data<'r>,
    ) -> data::Outcome<'r, Self> {
        match receber(requisicao, corpo).await {
            Some(formulario) => Outcome::Success(formulario),
            None => Outcome::Error((Status::Forbidden, ())),
        }
    }
}
// ANCHOR_END: protegido

// ANCHOR: receber
/// O que o formulário traz; `None` se não há prova de que veio deste site.
async fn receber<T: for<'a> FromForm<'a> + 'static>(
    requisicao: &Request<'_>,
    corpo: Data<'_>,
) -> Option<Protegido<T>> {
    if veio_de_outro_site(requisicao) {
        return None;
    }
    let limite = requisicao.limits().get("form").unwrap_or(Limits::FORM);
    let corpo = corpo.open(limite).into_string().await.ok()?;
    if !corpo.is_complete() {
        return None;
    }
    let formulario = corpo.as_str().into();
    let SoToken { csrf } = Form::parse_encoded(formulario).ok()?;
    let sessao = Sessao::from_request(requisicao).await.succeeded()?;
    let token: String = sessao.recuperar(TOKEN)?;
    // Compara até o fim: o tempo da resposta não diz quantos caracteres estavam certos.
    if !bool::from(token.as_bytes().ct_eq(csrf.as_bytes())) {
        return None;
    }
    Some(Protegido { dados: Form::parse_encoded(formulario).ok() })
}
// ANCHOR_END: receber

// ANCHOR: origem
/// O navegador diz em `Origin` de que site é a página do formulário e, em
/// `Sec-Fetch-Site`, se é a mesma origem. Um programa não manda nenhum: decide o token.
fn veio_de_outro_site(requisicao: &Request<'_>) -> bool {
    let cabecalhos = requisicao.headers();
    let origem = cabecalhos.get_one("Origin");
    let navegador = cabecalhos.get_one("Sec-Fetch-Site");
    origem.is_some_and(|origem| !e_daqui(requisicao, origem))
        || matches!(navegador, Some("cross-site" | "same-site"))
}

/// Verdadeiro se a origem, como `http://127.0.0.1:8000`, é a deste servidor.
fn e_daqui(requisicao: &Request<'_>, origem: &str) -> bool {
    let este = requisicao.headers().get_one("Host");
    origem.split_once("://").is_some_and(|(_, site)| Some(site) == este)
}
// ANCHOR_END: origem
