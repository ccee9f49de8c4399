//! O Raio-X: em debug, uma página que abre a sessão para quem está aprendendo.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rocket::fairing::{AdHoc, Fairing};
use rocket::figment::Profile;
use rocket::form::Form;
use rocket::http::{Cookie, CookieJar, Header};
use rocket::response::Redirect;
use rocket::serde::Serialize;
use rocket::tokio::io::{AsyncReadExt, AsyncWriteExt};
use rocket::tokio::net::TcpStream;
use rocket::tokio::time::timeout;
use rocket::{Config, FromForm, Responder, Response, State, get, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use serde_json::{Map, Value};

/// Quantos nomes de cookie o Raio-X lembra; os nomes vêm do servidor, e são poucos.
const LIMITE: usize = 64;

/// Quanto o servidor espera pela própria resposta.
const PACIENCIA: Duration = Duration::from_secs(5);

/// As páginas do Raio-X, para o MiniJinja; `base` é a do site.
pub const TEMPLATES: [(&str, &str); 2] = [
    ("raio-x", include_str!("../templates/raio-x.html.j2")),
    ("adulterado", include_str!("../templates/adulterado.html.j2")),
];

/// A única decisão: o Raio-X existe se o programa foi compilado e iniciado em debug.
// ANCHOR: ligado
pub fn ligado(perfil: &Profile) -> bool {
    // Só em debug: a quem trouxesse um cookie copiado, a
    // página diria o que há dentro dele.
    cfg!(debug_assertions) && *perfil == Config::DEBUG_PROFILE
}
// ANCHOR_END: ligado

/// Um fairing que, em debug, monta a página `/raio-x`. Fora de debug, não faz nada.
// ANCHOR: raio_x
pub fn raio_x() -> impl Fairing {
    AdHoc::on_ignite("Raio-X", |aplicacao| async {
        if !ligado(aplicacao.figment().profile()) {
            return aplicacao;
        }
        aplicacao
            .manage(Atributos::default())
            .attach(AdHoc::on_response("Raio-X", |requisicao, resposta| {
                Box::pin(async move {
                    if let Some(atributos) = requisicao.rocket().state::<Atributos>() {
                        atributos.anotar(resposta);
                    }
                })
            }))
            .mount("/raio-x", routes![pagina, adulterar, quantos_abrem])
    })
}
// ANCHOR_END: raio_x

/// Os atributos com que o servidor definiu cada cookie pela última vez, desde que
/// iniciou. O navegador não os devolve: na requisição só viajam o nome e o valor.
#[derive(Default)]
struct Atributos(Mutex<BTreeMap<String, Vec<String>>>);

impl Atributos {
    /// Lê os `Set-Cookie` de uma resposta. Um cookie de remoção
    /// não muda o que se sabe do outro.
    fn anotar(&self, resposta: &Response<'_>) {
        for linha in resposta.headers().get("Set-Cookie") {
            let Ok(cookie) = Cookie::parse_encoded(linha) else { continue };
            if cookie.max_age().is_some_and(|duracao| duracao.is_zero()) {
                continue;
            }
            let mut anotados = self.abrir();
            if anotados.len() < LIMITE || anotados.contains_key(cookie.name()) {
                let atributos = linha.split("; ").skip(1).map(str::to_owned).collect();
                anotados.insert(cookie.name().to_owned(), atributos);
            }
        }
    }

    fn de(&self, nome: &str) -> Option<Vec<String>> {
        self.abrir().get(nome).cloned()
    }

    fn abrir(&self) -> MutexGuard<'_, BTreeMap<String, Vec<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Uma página que ninguém guarda: ela mostra o que os cookies escondem.
#[derive(Responder)]
#[response(content_type = "html")]
struct SemGuardar {
    pagina: Template,
    cache: Header<'static>,
}

impl SemGuardar {
    fn nova(template: &'static str, dados: impl Serialize) -> SemGuardar {
        SemGuardar {
            pagina: Template::render(template, dados),
            cache: Header::new("Cache-Control", "no-store"),
        }
    }
}

/// Um cookie por fora, como o navegador o enviou, e por dentro, se a chave o abre.
#[derive(Serialize)]
#[serde(crate = "rocket::serde")]
struct Visto<'a> {
    nome: &'a str,
    texto: String,
    tamanho: String,
    atributos: Option<Vec<String>>,
    aberto: Option<String>,
}

#[get("/")]
fn pagina(jar: &CookieJar<'_>, atributos: &State<Atributos>) -> SemGuardar {
    let mut cookies: Vec<_> = jar
        .iter()
        .map(|cookie| Visto {
            nome: cookie.name(),
            texto: como_viaja(cookie.value()),
            tamanho: com_ponto(
                como_viaja(cookie.name()).len() + como_viaja(cookie.value()).len(),
            ),
            atributos: atributos.de(cookie.name()),
            aberto: aberto(jar, cookie.name()),
        })
        .collect();
    cookies.sort_by_key(|cookie| cookie.nome);
    let json = sessao_em_json(&cookies);
    let miolo = json.as_ref().map(|json| URL_SAFE_NO_PAD.encode(json));
    SemGuardar::nova("raio-x", context! { cookies, json, miolo })
}

/// O ponto dos milhares, que a página mostra em português.
/// Um cookie não chega ao milhão.
fn com_ponto(numero: usize) -> String {
    match (numero / 1_000, numero % 1_000) {
        (0, resto) => resto.to_string(),
        (milhares, resto) => format!("{milhares}.{resto:03}"),
    }
}

#[derive(FromForm)]
struct Escolhido<'r> {
    nome: &'r str,
}

/// Troca um caractere do valor que chegou e pergunta ao servidor o que ele vê.
/// Nenhum cookie do navegador muda: o valor adulterado só existe na requisição
/// que o servidor faz a si mesmo.
#[post("/adulterar", data = "<escolhido>")]
async fn adulterar(
    jar: &CookieJar<'_>,
    escolhido: Option<Form<Escolhido<'_>>>,
    config: &Config,
) -> Result<SemGuardar, Redirect> {
    let chegou = escolhido.and_then(|escolhido| jar.get(escolhido.nome));
    let Some((cookie, troca)) =
        chegou.and_then(|cookie| Some((cookie, Troca::no_meio_de(cookie.value())?)))
    else {
        return Err(Redirect::to(uri!("/raio-x", pagina)));
    };
    let adulterado = Cookie::new(cookie.name().to_owned(), troca.depois());
    let resposta = timeout(PACIENCIA, perguntar(config, &adulterado)).await;
    let abriu = resposta.ok().and_then(Result::ok);
    let (nome, troca) = (cookie.name(), troca.como_viaja());
    let aberto = aberto(jar, nome);
    Ok(SemGuardar::nova("adulterado", context! { nome, aberto, troca, abriu }))
}

/// Quantos dos cookies desta requisição a chave atual abre.
#[get("/quantos-abrem")]
fn quantos_abrem(jar: &CookieJar<'_>) -> String {
    let abrem = jar.iter().filter(|cookie| aberto(jar, cookie.name()).is_some());
    abrem.count().to_string()
}

/// O valor que o servidor lê com a chave atual; `None`, se ela não abre o cookie.
fn aberto(jar: &CookieJar<'_>, nome: &str) -> Option<String> {
    jar.get_private(nome).map(|cookie| cookie.value().to_owned())
}

/// O texto como viaja em um cookie: o que não é letra nem
/// dígito pode virar `%` e um código.
fn como_viaja(texto: &str) -> String {
    let cookie = Cookie::new("", texto).encoded().stripped().to_string();
    cookie.trim_start_matches('=').to_owned()
}

/// Um valor com um caractere trocado: o que vem antes dele,
/// ele, o novo e o que vem depois.
#[derive(Serialize)]
#[serde(crate = "rocket::serde")]
struct Troca {
    antes: String,
    era: String,
    agora: &'static str,
    resto: String,
}

impl Troca {
    /// Troca o caractere do meio; `None`, se não há nenhum.
    fn no_meio_de(valor: &str) -> Option<Troca> {
        let meio = valor.chars().count() / 2;
        let mut letras = valor.chars();
        let antes = letras.by_ref().take(meio).collect();
        let era = letras.next()?.to_string();
        let agora = if era == "A" { "B" } else { "A" };
        Some(Troca { antes, era, agora, resto: letras.collect() })
    }

    fn depois(&self) -> String {
        format!("{}{}{}", self.antes, self.agora, self.resto)
    }

    /// A mesma troca, com os textos como viajam.
    fn como_viaja(&self) -> Troca {
        let [antes, era, resto] =
            [&self.antes, &self.era, &self.resto].map(|texto| como_viaja(texto));
        Troca { antes, era, agora: self.agora, resto }
    }
}

/// Faz a este mesmo servidor uma requisição com este cookie; diz se a chave o abriu.
/// O Rocket só abre o cookie que chega em uma requisição, e nunca empresta a chave.
async fn perguntar(config: &Config, cookie: &Cookie<'_>) -> io::Result<bool> {
    let requisicao = format!(
        "GET {} HTTP/1.1\r\nHost: raio-x\r\nCookie: {}\r\nConnection: close\r\n\r\n",
        uri!("/raio-x", quantos_abrem),
        cookie.encoded().stripped()
    );
    // Um servidor pode atender em todos os endereços da máquina, mas só se conecta a um.
    let endereco = match config.address {
        todos if todos.is_unspecified() => "localhost".to_owned(),
        um => um.to_string(),
    };
    let mut conexao = TcpStream::connect((endereco, config.port)).await?;
    conexao.write_all(requisicao.as_bytes()).await?;
    let mut resposta = String::new();
    conexao.take(4_096).read_to_string(&mut resposta).await?;
    match resposta.rsplit_once("\r\n\r\n") {
        Some((_, "0")) => Ok(false),
        Some((_, "1")) => Ok(true),
        _ => Err(io::Error::other("quem respondeu não foi o Raio-X")),
    }
}

/// Os valores abertos como o Flask os escreveria: JSON sem espaços,
/// em ordem alfabética. `None`, se nenhum cookie abriu: de uma
/// sessão vazia o Flask não faz cookie.
fn sessao_em_json(cookies: &[Visto<'_>]) -> Option<String> {
    let mut valores = Map::new();
    for cookie in cookies {
        let Some(aberto) = &cookie.aberto else { continue };
        match dicionario(cookie.nome, aberto) {
            Some(dicionario) => valores.extend(dicionario),
            // Um cookie que ficou de outro capítulo não toma
            // o lugar de um valor da sessão.
            None => {
                valores.entry(cookie.nome).or_insert_with(|| aberto.as_str().into());
            }
        }
    }
    (!valores.is_empty()).then(|| em_json(valores.into()))
}

/// A sessão inteira de um cookie: o dicionário sozinho, no cookie da sessão, ou
/// `{"valores": {…}}`. Qualquer outro cookie é um valor só.
fn dicionario(nome: &str, aberto: &str) -> Option<Map<String, Value>> {
    let Value::Object(mut objeto) = serde_json::from_str(aberto).ok()? else {
        return None;
    };
    match objeto.remove("valores") {
        Some(Value::Object(valores)) => Some(valores),
        None if matches!(nome, "session" | "__Host-session") => Some(objeto),
        _ => None,
    }
}

/// Um valor em JSON como o Python o escreve: em ordem alfabética e só com caracteres ASCII.
fn em_json(mut valor: Value) -> String {
    valor.sort_all_objects();
    let json = valor.to_string();
    let letras = json.encode_utf16().map(|unidade| match unidade {
        0x20..=0x7e => String::from_utf16_lossy(&[unidade]),
        _ => format!("\\u{unidade:04x}"),
    });
    letras.collect()
}

#[cfg(test)]
mod tests;
