//! O que o navegador e os caches do caminho podem fazer com a resposta e com o cookie.

use std::sync::atomic::{AtomicBool, Ordering};

use rocket::fairing::{AdHoc, Fairing};
use rocket::http::{Cookie, SameSite};
use rocket::request::Request;
use rocket::response::Response;

/// O nome do cookie. Com `__Host-`, o navegador só o aceita por HTTPS, deste
/// servidor e para o site inteiro: outro servidor do mesmo domínio não
/// consegue pôr um cookie no lugar dele.
pub fn nome_do_cookie(https: bool) -> &'static str {
    if https { "__Host-session" } else { "session" }
}

/// O cookie com este valor, como o navegador o deve guardar ou remover.
pub fn cookie(https: bool, valor: String) -> Cookie<'static> {
    let cookie = Cookie::build((nome_do_cookie(https), valor)).secure(https);
    // Quem vem por um link de outro site chega com a sessão; um POST de lá, sem ela. O
    // padrão do Rocket, `Strict`, não a deixa ir em nenhum dos dois.
    cookie.same_site(SameSite::Lax).build()
}

/// Verdadeiro se este `Set-Cookie` é o da sessão.
pub fn e_o_cookie(enviado: &str) -> bool {
    let nome = enviado.split('=').next().unwrap_or_default();
    [false, true].map(nome_do_cookie).contains(&nome)
}

/// Marcada por quem olhou para a sessão.
#[derive(Default)]
struct SoDestaPessoa(AtomicBool);

/// A resposta depende do cookie: nenhum cache a mostra a outra pessoa.
pub fn so_desta_pessoa(requisicao: &Request<'_>) {
    let marca = requisicao.local_cache(SoDestaPessoa::default);
    marca.0.store(true, Ordering::Relaxed);
}

/// Só o que é deste site aparece na página, e ninguém a mostra dentro de outra.
const POLITICA: &str = "default-src 'none'; style-src 'self'; img-src data:; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Os cabeçalhos que dizem ao navegador o que ele não deve fazer.
pub fn cabecalhos(https: bool) -> impl Fairing {
    AdHoc::on_response("Cabeçalhos", move |requisicao, resposta| {
        Box::pin(async move {
            proteger(requisicao, resposta, https);
        })
    })
}

fn proteger(requisicao: &Request<'_>, resposta: &mut Response<'_>, https: bool) {
    resposta.set_raw_header("Content-Security-Policy", POLITICA);
    // `no-referrer` faria o navegador enviar `Origin: null` nos formulários daqui.
    resposta.set_raw_header("Referrer-Policy", "same-origin");
    resposta.set_raw_header("Cross-Origin-Opener-Policy", "same-origin");
    resposta.set_raw_header("Cross-Origin-Resource-Policy", "same-origin");
    if https {
        let um_ano = "max-age=31536000; includeSubDomains";
        resposta.set_raw_header("Strict-Transport-Security", um_ano);
    }
    if requisicao.local_cache(SoDestaPessoa::default).0.load(Ordering::Relaxed) {
        resposta.adjoin_raw_header("Vary", "Cookie");
        // Sem isto, o botão de voltar mostraria a página de quem já saiu.
        resposta.set_raw_header("Cache-Control", "no-store");
    }
}
