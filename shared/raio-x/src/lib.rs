//! O Raio-X: em debug, uma página que abre a sessão para quem está aprendendo.

use std::env;
use std::io;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rocket::fairing::{AdHoc, Fairing};
use rocket::figment::Profile;
use rocket::form::Form;
use rocket::futures::future::BoxFuture;
use rocket::http::{Cookie, CookieJar, Header, RawStr};
use rocket::response::Redirect;
use rocket::serde::Serialize;
use rocket::tokio::io::{AsyncReadExt, AsyncWriteExt};
use rocket::tokio::net::TcpStream;
use rocket::tokio::time::timeout;
use rocket::{Config, FromForm, Request, Responder, get, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use serde_json::Value;

use bancada::Bancada;
use flask::{em_json, sessao_em_json};
use memoria::Memoria;

mod bancada;
mod flask;
mod memoria;

/// Os nomes do cookie que leva a sessão inteira, ou o id dela.
const DA_SESSAO: [&str; 2] = ["session", "__Host-session"];

/// Quanto cabe em um cookie, com o nome: um navegador recusa os maiores.
const CABE: usize = 4_096;

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
            .manage(Memoria::default())
            .attach(AdHoc::on_response("Raio-X", |requisicao, resposta| {
                Box::pin(async move {
                    // O que a bancada devolve não é o servidor definindo um cookie.
                    let da_bancada = requisicao.uri().path().starts_with("/raio-x");
                    let memoria = requisicao.rocket().state::<Memoria>();
                    if let Some(memoria) = memoria.filter(|_| !da_bancada) {
                        memoria.anotar(resposta);
                    }
                })
            }))
            .mount(
                "/raio-x",
                routes![
                    pagina,
                    guardar,
                    devolver,
                    trocar,
                    apagar,
                    adulterar,
                    quantos_abrem
                ],
            )
    })
}
// ANCHOR_END: raio_x

/// Como ler o dicionário de uma sessão que fica no servidor: o Raio-X só conhece o cookie,
/// e ele leva só um id. O capítulo entrega esta função com `manage`.
pub struct Registro(pub for<'a> fn(&'a Request<'_>) -> BoxFuture<'a, Option<Value>>);

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
    da_sessao: bool,
    laboratorio: String,
}

#[get("/?<feito>")]
fn pagina(bancada: Bancada<'_>, feito: Option<&str>) -> SemGuardar {
    let visto = |cookie| visto(&bancada, cookie);
    let mut cookies: Vec<_> = bancada.jar.iter().map(visto).collect();
    cookies.sort_by_key(|cookie| cookie.nome);
    let Bancada { memoria, registro, .. } = &bancada;
    let define = DA_SESSAO.iter().any(|nome| memoria.definido(nome).is_some());
    let (json, soltos) = match registro {
        None => sessao_em_json(&cookies, define).unzip(),
        Some(valores) => (valores.clone().map(em_json), None),
    };
    let miolo = json.as_ref().map(|json| URL_SAFE_NO_PAD.encode(json));
    let no_servidor = registro.is_some();
    let registro = registro.iter().flatten().map(ToString::to_string).next();
    let (copias, agora) = (memoria.copias(), memoria::agora());
    let dados = context! {
        cookies, copias, agora, json, miolo, soltos, no_servidor, registro, feito,
    };
    SemGuardar::nova("raio-x", dados)
}

fn visto<'a>(bancada: &Bancada<'a>, cookie: &'a Cookie<'_>) -> Visto<'a> {
    let nome = cookie.name();
    let texto = como_viaja(cookie.value());
    Visto {
        nome,
        tamanho: com_ponto(como_viaja(nome).len() + texto.len()),
        atributos: bancada.memoria.definido(nome).map(|cookie| atributos(&cookie)),
        aberto: aberto(bancada.jar, nome),
        da_sessao: DA_SESSAO.contains(&nome),
        laboratorio: laboratorio(nome, &texto),
        texto,
    }
}

/// `HttpOnly`, `Path=/`…: o que vem depois do nome e do valor.
fn atributos(cookie: &Cookie<'_>) -> Vec<String> {
    cookie.encoded().to_string().split("; ").skip(1).map(str::to_owned).collect()
}

/// O endereço do Laboratório do livro, com o cookie depois do `#`, que não viaja.
fn laboratorio(nome: &str, texto: &str) -> String {
    let livro = env::var("ENDERECO_DO_LIVRO");
    let livro = livro.as_deref().unwrap_or("http://127.0.0.1:3000");
    let [nome, texto] = [nome, texto].map(|um| RawStr::new(um).percent_encode());
    format!("{livro}/laboratorio.html#nome={nome}&valor={texto}")
}

/// O ponto dos milhares, que a página mostra em português.
/// Um cookie não chega ao milhão.
fn com_ponto(numero: usize) -> String {
    match (numero / 1_000, numero % 1_000) {
        (0, resto) => resto.to_string(),
        (milhares, resto) => format!("{milhares}.{resto:03}"),
    }
}

/// O que um botão pede: um cookie que chegou ou uma cópia guardada.
#[derive(FromForm)]
struct Pedido<'r> {
    #[field(default = "")]
    nome: &'r str,
    #[field(default = "")]
    valor: &'r str,
    #[field(default = 0)]
    numero: usize,
}

/// Volta à página, que diz o que houve.
fn volta(feito: &str) -> Redirect {
    Redirect::to(uri!("/raio-x", pagina(Some(feito))))
}

#[post("/guardar", data = "<pedido>")]
fn guardar(bancada: Bancada<'_>, pedido: Form<Pedido<'_>>) -> Redirect {
    let Some(cookie) = bancada.jar.get(pedido.nome) else { return volta("sem-cookie") };
    let texto = como_viaja(cookie.value());
    bancada.memoria.guardar(cookie, texto, aberto(bancada.jar, pedido.nome));
    volta("guardada")
}

#[post("/devolver", data = "<pedido>")]
fn devolver(bancada: Bancada<'_>, pedido: Form<Pedido<'_>>) -> Redirect {
    let copia =
        bancada.memoria.copias().into_iter().find(|um| um.numero == pedido.numero);
    let Some(copia) = copia else { return volta("sem-copia") };
    bancada.jar.add(bancada.memoria.vestir(&copia.nome, &copia.valor));
    volta("devolvida")
}

/// O valor vem escrito como viaja, e assim o navegador o recebe de volta.
#[post("/trocar", data = "<pedido>")]
fn trocar(bancada: Bancada<'_>, pedido: Form<Pedido<'_>>) -> Redirect {
    let nome = pedido.nome;
    if bancada.jar.get(nome).is_none() {
        return volta("sem-cookie");
    }
    let Ok(valor) = RawStr::new(pedido.valor.trim()).percent_decode() else {
        return volta("ilegivel");
    };
    if como_viaja(nome).len() + como_viaja(&valor).len() > CABE {
        return volta("grande");
    }
    bancada.jar.add(bancada.memoria.vestir(nome, &valor));
    volta("trocado")
}

/// Apaga do navegador o cookie com este nome; sem um nome, todos os que chegaram.
#[post("/apagar", data = "<pedido>")]
fn apagar(bancada: Bancada<'_>, pedido: Form<Pedido<'_>>) -> Redirect {
    let pedidos = |cookie: &&Cookie<'_>| ["", cookie.name()].contains(&pedido.nome);
    let cookies: Vec<_> = bancada.jar.iter().filter(pedidos).collect();
    for cookie in &cookies {
        bancada.jar.remove(bancada.memoria.vestir(cookie.name(), ""));
    }
    volta(if cookies.is_empty() { "sem-cookie" } else { "apagado" })
}

/// Troca um caractere do valor que chegou e pergunta ao servidor o que ele vê.
/// Nenhum cookie do navegador muda: o valor adulterado só existe na requisição
/// que o servidor faz a si mesmo.
#[post("/adulterar", data = "<pedido>")]
async fn adulterar(
    bancada: Bancada<'_>,
    pedido: Option<Form<Pedido<'_>>>,
    config: &Config,
) -> Result<SemGuardar, Redirect> {
    let chegou = pedido.and_then(|pedido| bancada.jar.get(pedido.nome));
    let Some((nome, trocado)) =
        chegou.and_then(|cookie| Some((cookie.name(), troca(cookie.value())?)))
    else {
        return Err(volta("sem-cookie"));
    };
    let [antes, _, agora, resto] = &trocado;
    let adulterado = Cookie::new(nome, format!("{antes}{agora}{resto}"));
    let resposta = timeout(PACIENCIA, perguntar(config, &adulterado)).await;
    let abriu = resposta.ok().and_then(Result::ok);
    let troca = trocado.map(|texto| como_viaja(&texto));
    let aberto = aberto(bancada.jar, nome);
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

/// Um valor com o caractere do meio trocado: o que vem antes dele, ele, o novo e o que vem
/// depois. `None`, se não há nenhum.
fn troca(valor: &str) -> Option<[String; 4]> {
    let mut letras = valor.chars();
    let antes = letras.by_ref().take(valor.chars().count() / 2).collect();
    let era = letras.next()?.to_string();
    let agora = if era == "A" { "B" } else { "A" };
    Some([antes, era, agora.to_owned(), letras.collect()])
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

#[cfg(test)]
mod tests;
