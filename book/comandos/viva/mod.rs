//! A página que executa: cada bloco de comandos ganha um botão, só para quem abriu o livro pelo
//! endereço com a chave.

use std::fs::DirBuilder;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use std::{env, process};

use book::Resultado;
use book::processo::pasta_dos_binarios;
use rocket::fairing::AdHoc;
use rocket::http::{ContentType, CookieJar, Status};
use rocket::response::Redirect;
use rocket::response::status::Custom;
use rocket::tokio::task::spawn_blocking;
use rocket::{Build, Config, Request, Response, Rocket, State, get, post, routes};
use serde_json::json;

use blocos::Bloco;
use guarda::Leitor;
use oficina::Oficina;

mod blocos;
mod guarda;
mod oficina;
/// A mesma guarda que o capítulo 12 ensina.
#[path = "../../../chapters/cap12-formularios/src/origem.rs"]
mod origem;

/// O livro que executa.
pub struct Livro {
    chave: String,
    blocos: Vec<Bloco>,
    oficina: Arc<Oficina>,
}

/// Acrescenta ao livro as rotas que executam, e às páginas que ele serve, o script que as usa. Os
/// arquivos do livro não mudam. Devolve também o caminho que dá a quem o abre o direito de executar.
pub fn montar(
    site: Rocket<Build>,
    pronto: &Path,
    porta: u16,
) -> Resultado<(Rocket<Build>, String)> {
    let pasta = pasta_dos_binarios().join("leitor");
    let mut criar = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut criar, 0o700);
    let criada = criar.recursive(true).create(&pasta);
    criada.map_err(|erro| format!("{}: {erro}", pasta.display()))?;
    // Sem porta certa, como nos testes, nenhum outro livro é este.
    let numero = if porta == 0 { process::id() } else { porta.into() };
    let variaveis = vec![
        ("ROCKET_SECRET_KEY", guarda::chave(&pasta.join("chave-secreta"))?),
        ("ROCKET_PORT", env::var("ROCKET_PORT").unwrap_or("8000".to_owned())),
        ("ENDERECO_DO_LIVRO", format!("http://127.0.0.1:{porta}")),
    ];
    let livro = Livro {
        chave: guarda::chave(&pasta.join("chave-do-livro"))?,
        blocos: blocos::ler(pronto)?,
        oficina: Arc::new(Oficina::nova(
            variaveis,
            pasta.join(format!("paginas-{numero}")),
        )),
    };
    let entrada = format!("/viva/entrar/{}", livro.chave);
    let rotas = routes![entrar, script, estilo, pagina, estado, executar, parar];
    let site = site
        .mount("/", routes![origem::recusar])
        .mount("/viva", rotas)
        .manage(livro)
        .attach(origem::so_desta_origem())
        .attach(AdHoc::on_response(
            "O script de cada página",
            |requisicao, resposta| Box::pin(acrescentar_o_script(requisicao, resposta)),
        ));
    Ok((site, entrada))
}

async fn acrescentar_o_script(requisicao: &Request<'_>, resposta: &mut Response<'_>) {
    let pagina = resposta.content_type().is_some_and(|tipo| tipo.is_html());
    let impressa = requisicao.uri().path().ends_with("print.html");
    if !pagina || impressa || resposta.status() != Status::Ok {
        return;
    }
    let Ok(texto) = resposta.body_mut().to_string().await else { return };
    let script = "<script defer src=\"/viva/viva.js\"></script>\n</body>";
    let texto = texto.replace("</body>", script);
    resposta.set_sized_body(texto.len(), Cursor::new(texto));
}

#[get("/entrar/<chave>")]
fn entrar(
    chave: &str,
    jar: &CookieJar<'_>,
    livro: &State<Livro>,
    config: &Config,
) -> Result<Redirect, Status> {
    if chave != livro.chave {
        return Err(Status::Forbidden);
    }
    jar.add(guarda::cookie(chave, config.port));
    Ok(Redirect::to("/"))
}

/// Sem a chave, um script vazio: a página fica como sempre.
#[get("/viva.js")]
fn script(leitor: Option<Leitor>) -> (ContentType, &'static str) {
    (ContentType::JavaScript, leitor.map_or("", |_| include_str!("viva.js")))
}

#[get("/viva.css")]
fn estilo() -> (ContentType, &'static str) {
    (ContentType::CSS, include_str!("viva.css"))
}

/// Os blocos de uma página.
#[get("/pagina/<pagina>")]
fn pagina(
    pagina: &str,
    _leitor: Leitor,
    livro: &State<Livro>,
) -> (ContentType, String) {
    let dela = livro.blocos.iter().filter(|bloco| bloco.pagina == pagina);
    (ContentType::JSON, json!(dela.collect::<Vec<_>>()).to_string())
}

/// O que está em execução; com um exercício, também quando os arquivos dele mudaram.
#[get("/estado?<visto>&<desde>&<lido>&<exercicio>")]
fn estado(
    visto: u64,
    desde: usize,
    lido: u64,
    exercicio: Option<&str>,
    _leitor: Leitor,
    livro: &State<Livro>,
) -> (ContentType, String) {
    let mut estado = livro.oficina.estado(visto, desde, lido);
    estado["arquivos"] = exercicio.and_then(|um| blocos::retrato(um).ok()).into();
    (ContentType::JSON, estado.to_string())
}

/// Executa um bloco do livro.
#[post("/executar/<nome>?<automatico>")]
async fn executar(
    nome: &str,
    automatico: bool,
    _leitor: Leitor,
    livro: &State<Livro>,
) -> Result<Status, Custom<String>> {
    let bloco = livro.blocos.iter().find(|bloco| bloco.nome == nome).cloned();
    let mudou = "O livro mudou: recarregue esta página.".to_owned();
    let bloco = bloco.ok_or(Custom(Status::NotFound, mudou))?;
    let oficina = Arc::clone(&livro.oficina);
    let comecar = spawn_blocking(move || oficina.comecar(&bloco, automatico));
    let comecou = comecar.await.unwrap_or_else(|erro| Err(erro.to_string()));
    comecou.map(|()| Status::Accepted).map_err(|atual| {
        Custom(Status::Conflict, format!("Um de cada vez: espere, ou pare, {atual}"))
    })
}

/// Para o trabalho em execução ou o capítulo no ar.
#[post("/parar/<o_que>")]
async fn parar(o_que: &str, _leitor: Leitor, livro: &State<Livro>) -> Status {
    let oficina = Arc::clone(&livro.oficina);
    match o_que {
        "trabalho" => oficina.parar(),
        "capitulo" => drop(spawn_blocking(move || oficina.parar_capitulo()).await),
        _ => return Status::NotFound,
    }
    Status::NoContent
}
