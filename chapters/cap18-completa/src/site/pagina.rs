//! Como uma rota responde: uma página, um caminho, ou por que não.

use rocket::Responder;
use rocket::http::{Cookie, Header, SameSite, Status};
use rocket::response::Redirect;
use rocket_dyn_templates::Template;
use serde::Serialize;
use time::Duration;

use crate::{Erro, Sessao};

/// O que responde uma rota que recebe um formulário.
#[derive(Responder)]
pub enum Desfecho {
    Siga(Redirect),
    Recusada((Status, Template)),
    /// A quem já errou vezes demais, em quantos segundos tentar de novo.
    #[response(status = 429)]
    Espere(Template, Header<'static>),
}

/// A página, ou por que a sessão não deixou fazê-la.
pub type Pagina = Result<Template, Erro>;

/// O que toda página precisa, junto do que é só dela.
#[derive(Serialize)]
struct Dados<T> {
    /// O que a requisição anterior deixou dito, para mostrar uma vez.
    aviso: Option<String>,
    /// O nome de quem entrou, para o menu.
    quem: Option<String>,
    #[serde(flatten)]
    dados: T,
}

/// `render_template`, com o que toda página precisa.
pub fn mostrar(
    sessao: &Sessao<'_>,
    nome: &'static str,
    dados: impl Serialize,
) -> Template {
    let (aviso, quem) = (tirar_aviso(sessao), sessao.dono());
    Template::render(nome, Dados { aviso, quem, dados })
}

/// A página que pede a quem errou vezes demais que espere.
pub fn esperar(pagina: Template, segundos: i64) -> Desfecho {
    Desfecho::Espere(pagina, Header::new("Retry-After", segundos.to_string()))
}

/// O que a página diz a quem tem de esperar.
pub fn muitas_tentativas(segundos: i64) -> String {
    format!("Muitas tentativas. Tente de novo em {}.", por_extenso(segundos))
}

/// Uma duração como se fala: 15 min, 7 h 30 min, 30 dias. Minutos que começaram contam.
pub fn por_extenso(segundos: i64) -> String {
    let minutos = (segundos + 59) / 60;
    match (minutos / 60, minutos % 60) {
        (0, minutos) => format!("{minutos} min"),
        (horas @ 48.., _) => format!("{} dias", (horas + 12) / 24),
        (horas, 0) => format!("{horas} h"),
        (horas, minutos) => format!("{horas} h {minutos} min"),
    }
}

/// Deixa um aviso para a próxima página, como o `flash` do Flask, em um cookie privado,
/// que ninguém forja, e por um minuto: avisar não ocupa o armazenamento.
pub fn avisar(sessao: &Sessao<'_>, aviso: &str) {
    let mut cookie = cookie(sessao.sessoes().https(), aviso.to_owned());
    cookie.set_max_age(Duration::minutes(1));
    sessao.jar().add_private(cookie);
}

/// O aviso que esperava por esta página. Aparece uma vez: a resposta manda removê-lo.
fn tirar_aviso(sessao: &Sessao<'_>) -> Option<String> {
    let vazio = cookie(sessao.sessoes().https(), String::new());
    let aviso = sessao.jar().get_private(vazio.name())?;
    sessao.jar().remove_private(vazio);
    Some(aviso.value().to_owned())
}

fn cookie(https: bool, aviso: String) -> Cookie<'static> {
    let nome = if https { "__Host-aviso" } else { "aviso" };
    Cookie::build((nome, aviso)).secure(https).same_site(SameSite::Lax).build()
}
