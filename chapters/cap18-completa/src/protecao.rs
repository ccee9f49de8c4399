//! De onde vem a requisição, e o que o navegador pode fazer com a resposta.

use rocket::data::{self, Data, FromData, Limits};
use rocket::fairing::{AdHoc, Fairing};
use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::http::uri::Origin;
use rocket::outcome::Outcome;
use rocket::request::{FromRequest, Request};
use rocket::{Response, error};

use super::sessao::{self, Sessao};

/// Verdadeiro quando o navegador chega por HTTPS, direto ou por um proxy na frente.
pub struct Https(pub bool);

/// Lê `protecao.https` ao iniciar. Se não serve, diz por quê, e o servidor não inicia.
pub fn preparar() -> impl Fairing {
    AdHoc::try_on_ignite("Proteção", |aplicacao| async {
        match aplicacao.figment().extract_inner("protecao.https") {
            Ok(https) => Ok(aplicacao.manage(Https(https))),
            Err(_) => {
                error!("`protecao.https` deve ser true ou false no Rocket.toml");
                Err(aplicacao)
            }
        }
    })
}

/// Só o que é deste site aparece na página, e ninguém a mostra dentro de outra.
const POLITICA: &str = "default-src 'none'; style-src 'self'; img-src data:; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Os cabeçalhos que dizem ao navegador o que ele não deve fazer.
pub fn cabecalhos() -> impl Fairing {
    AdHoc::on_response("Cabeçalhos", |requisicao, resposta| {
        Box::pin(async move {
            proteger(requisicao, resposta);
        })
    })
}

fn proteger(requisicao: &Request<'_>, resposta: &mut Response<'_>) {
    resposta.set_raw_header("Content-Security-Policy", POLITICA);
    // `no-referrer` faria o navegador enviar `Origin: null` nos formulários daqui.
    resposta.set_raw_header("Referrer-Policy", "same-origin");
    resposta.set_raw_header("Cross-Origin-Opener-Policy", "same-origin");
    resposta.set_raw_header("Cross-Origin-Resource-Policy", "same-origin");
    if com_https(requisicao) {
        let um_ano = "max-age=31536000; includeSubDomains";
        resposta.set_raw_header("Strict-Transport-Security", um_ano);
    }
    if sessao::foi_aberta(requisicao) {
        resposta.adjoin_raw_header("Vary", "Cookie");
        // Sem isto, o botão de voltar mostraria a página de quem já saiu.
        resposta.set_raw_header("Cache-Control", "no-store");
    }
}

fn com_https(requisicao: &Request<'_>) -> bool {
    requisicao.rocket().state().is_some_and(|Https(https)| *https)
}

/// Um formulário que veio de uma página deste site, com o token desta sessão.
/// Sem isso, a resposta é 403, e a rota não chega a executar.
pub struct Protegido<T> {
    /// `None` se um campo falta ou não serve.
    pub dados: Option<T>,
}

/// A sessão do formulário terminou. O navegador não vê este código: um catcher o leva
/// ao login.
const TERMINADA: Status = Status::new(440);

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
        match receber(requisicao, dados).await {
            Ok(dados) => Outcome::Success(Protegido { dados }),
            Err(status) => Outcome::Error((status, ())),
        }
    }
}

async fn receber<T>(
    requisicao: &Request<'_>,
    dados: Data<'_>,
) -> Result<Option<T>, Status>
where
    T: for<'a> FromForm<'a> + 'static,
{
    if veio_de_outro_site(requisicao) {
        return Err(Status::Forbidden);
    }
    let sessao = match Sessao::from_request(requisicao).await {
        Outcome::Success(sessao) => sessao,
        Outcome::Error((status, ())) | Outcome::Forward(status) => return Err(status),
    };
    if sessao.fim().is_some() {
        return Err(TERMINADA);
    }
    let limite = requisicao.limits().get("form").unwrap_or(Limits::FORM);
    let corpo = dados.open(limite).into_string().await;
    let corpo = corpo.map_err(|_| Status::BadRequest)?;
    if !corpo.is_complete() {
        return Err(Status::PayloadTooLarge);
    }
    let formulario = corpo.as_str().into();
    match Form::<SoToken>::parse_encoded(formulario) {
        Ok(SoToken { csrf }) if sessao.confere_token(&csrf) => {}
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
        let certo = esquema == "https" || esquema == "http" && !com_https(requisicao);
        certo && !site.is_empty() && site.eq_ignore_ascii_case(este)
    })
}

/// O endereço para onde ir depois do login, se é uma página deste site.
///
/// `//outro.site`, `/\outro.site` e as formas codificadas deles levariam a
/// outro site; por isso só passa o que começa com uma barra só e tem
/// letras, dígitos, `-`, `_` e `/`.
pub fn volta_segura(volta: &str) -> Option<Origin<'static>> {
    let letras = |letra: char| letra.is_ascii_alphanumeric() || "-_/".contains(letra);
    let daqui =
        volta.starts_with('/') && !volta.contains("//") && volta.chars().all(letras);
    daqui.then(|| Origin::parse_owned(volta.to_owned()).ok()).flatten()
}
