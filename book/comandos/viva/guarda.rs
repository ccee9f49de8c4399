//! Quem pode pedir que algo execute neste computador: quem abriu o endereço com a chave, neste nome de
//! máquina. De que origem veio o pedido é a guarda do capítulo 12 que diz.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use book::Resultado;
use cookie::Key;
use rocket::http::{Cookie, SameSite, Status};
use rocket::outcome::IntoOutcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Config, State};

use super::Livro;

/// Quem abriu o livro pelo endereço com a chave.
pub struct Leitor;

/// O cookie que vale a chave. Só as rotas daqui o recebem: os capítulos atendem no mesmo nome, e
/// cookies não distinguem portas. Por isso também a porta está no nome dele.
pub fn cookie(chave: &str, porta: u16) -> Cookie<'static> {
    Cookie::build((format!("livro-{porta}"), chave.to_owned()))
        .http_only(true)
        .same_site(SameSite::Strict)
        .path("/viva")
        .build()
}

// ANCHOR: leitor
#[rocket::async_trait]
impl<'r> FromRequest<'r> for Leitor {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> request::Outcome<Leitor, ()> {
        let livro = requisicao.guard::<&State<Livro>>().await.succeeded();
        let porta = requisicao.guard::<&Config>().await.succeeded().map(|um| um.port);
        let certo = livro.zip(porta).is_some_and(|(livro, porta)| {
            // Com outro nome, é outro site que aponta para cá (DNS rebinding).
            let host = requisicao.headers().get_one("Host");
            let nomes =
                ["127.0.0.1", "localhost"].map(|nome| format!("{nome}:{porta}"));
            let deve = cookie(&livro.chave, porta);
            let veio = requisicao.cookies().get(deve.name());
            nomes.iter().any(|nome| Some(nome.as_str()) == host)
                && veio.is_some_and(|veio| veio.value() == deve.value())
        });
        certo.then_some(Leitor).or_error((Status::Forbidden, ()))
    }
}
// ANCHOR_END: leitor

/// A chave que está neste arquivo; na primeira vez, uma nova, que só quem executa o livro pode ler.
pub fn chave(arquivo: &Path) -> Resultado<String> {
    // Uma que ficou pela metade não vale: a vazia, qualquer um saberia.
    if let Ok(chave) = fs::read_to_string(arquivo)
        && hex::decode(&chave).is_ok_and(|chave| chave.len() == 32)
    {
        return Ok(chave);
    }
    let _ = fs::remove_file(arquivo);
    let chave = hex::encode(&Key::generate().master()[..32]);
    let mut abrir = OpenOptions::new();
    abrir.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut abrir, 0o600);
    let gravar = abrir.open(arquivo).and_then(|mut um| um.write_all(chave.as_bytes()));
    gravar
        .map_err(|erro| format!("não consegui gravar {}: {erro}", arquivo.display()))?;
    Ok(chave)
}
