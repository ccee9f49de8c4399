//! De onde vem um formulário: de uma página deste site, com o token desta sessão.

use rocket::data::{self, Data, FromData, Limits};
use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::outcome::Outcome;
use rocket::request::{FromRequest, Request};
use subtle::ConstantTimeEq;

use super::ajustes::Site;
use super::sessao::{ErroDeSessao, Sessao, TOKEN, sortear};

/// O token dos formulários desta sessão, sorteado na primeira vez.
pub fn token(sessao: &Sessao<'_>) -> Result<String, ErroDeSessao> {
    if let Some(token) = sessao.recuperar(TOKEN)? {
        return Ok(token);
    }
    let token = sortear()?;
    sessao.armazenar(TOKEN, &token)?;
    Ok(token)
}

/// Compara até o fim, para que o tempo não diga quantos caracteres estavam certos.
fn confere(sessao: &Sessao<'_>, recebido: &str) -> bool {
    let token: Option<String> = sessao.recuperar(TOKEN).ok().flatten();
    token.is_some_and(|token| token.as_bytes().ct_eq(recebido.as_bytes()).into())
}

/// Um formulário que veio de uma página deste site, com o token desta sessão. Sem isso,
/// a resposta é 403, e a rota não chega a executar. Se a sessão terminou, a guarda
/// passa a vez à rota seguinte do mesmo caminho.
pub struct Protegido<T> {
    /// `None` se um campo falta ou não serve.
    pub dados: Option<T>,
}

/// O campo escondido que todo formulário tem, e o único dos que só têm um botão.
#[derive(FromForm)]
pub struct SoToken {
    csrf: String,
}

#[rocket::async_trait]
impl<'r, T> FromData<'r> for Protegido<T>
where
    T: for<'a> FromForm<'a> + 'static,
{
    type Error = ();

    async fn from_data(
        requisicao: &'r Request<'_>,
        dados: Data<'r>,
    ) -> data::Outcome<'r, Self> {
        if veio_de_outro_site(requisicao) {
            return Outcome::Error((Status::Forbidden, ()));
        }
        let sessao = match Sessao::from_request(requisicao).await {
            Outcome::Success(sessao) => sessao,
            Outcome::Error(erro) => return Outcome::Error(erro),
            Outcome::Forward(status) => return Outcome::Forward((dados, status)),
        };
        if sessao.fim().is_some() {
            return Outcome::Forward((dados, Status::Unauthorized));
        }
        match receber(requisicao, &sessao, dados).await {
            Ok(dados) => Outcome::Success(Protegido { dados }),
            Err(status) => Outcome::Error((status, ())),
        }
    }
}

async fn receber<T>(
    requisicao: &Request<'_>,
    sessao: &Sessao<'_>,
    dados: Data<'_>,
) -> Result<Option<T>, Status>
where
    T: for<'a> FromForm<'a> + 'static,
{
    let limite = requisicao.limits().get("form").unwrap_or(Limits::FORM);
    let corpo = dados.open(limite).into_string().await;
    let corpo = corpo.map_err(|_| Status::BadRequest)?;
    if !corpo.is_complete() {
        return Err(Status::PayloadTooLarge);
    }
    let formulario = corpo.as_str().into();
    match Form::<SoToken>::parse_encoded(formulario) {
        Ok(SoToken { csrf }) if confere(sessao, &csrf) => {}
        _ => return Err(Status::Forbidden),
    }
    Ok(Form::parse_encoded(formulario).ok())
}

/// O navegador diz em `Origin` de que site é a página do formulário, e
/// em `Sec-Fetch-Site` se é deste. Um programa não manda nenhum dos
/// dois, e aí quem decide é o token.
fn veio_de_outro_site(requisicao: &Request<'_>) -> bool {
    let cabecalhos = requisicao.headers();
    let origem = cabecalhos.get_one("Origin");
    let navegador = cabecalhos.get_one("Sec-Fetch-Site");
    origem.is_some_and(|origem| !e_daqui(requisicao, origem))
        || matches!(navegador, Some("cross-site" | "same-site"))
}

/// Verdadeiro se a origem é a deste servidor. Com um proxy na frente, só a configuração
/// sabe se o navegador chegou por HTTPS.
fn e_daqui(requisicao: &Request<'_>, origem: &str) -> bool {
    let este = requisicao.headers().get_one("Host").unwrap_or_default();
    origem.split_once("://").is_some_and(|(esquema, site)| {
        let https = requisicao.rocket().state().is_some_and(|site: &Site| site.https);
        let certo = esquema == "https" || esquema == "http" && !https;
        certo && !site.is_empty() && site.eq_ignore_ascii_case(este)
    })
}
