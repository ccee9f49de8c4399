//! Solução do exercício 15: um armazenamento com um arquivo para cada sessão.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use armazem::{Armazem, Resposta};
use capitulo::{armazem, sessao::Sessao};
use rocket::form::Form;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::tokio::{fs, sync::Mutex};
use rocket::{Build, FromForm, Rocket, async_trait, error, get, launch, post};
use rocket::{routes, uri};
use rocket_dyn_templates::{Template, context};

// A sessão e o trait são os do capítulo; este programa não usa tudo o que há.
#[allow(dead_code)]
#[path = "../../src"]
mod capitulo {
    pub mod armazem;
    pub mod sessao;
}
#[cfg(test)]
#[path = "../src/tests.rs"]
mod tests;

/// O bloco de notas de quem o abre.
#[get("/")]
fn bloco(sessao: Sessao<'_>) -> Template {
    let notas: Vec<String> = sessao.recuperar("notas").unwrap_or_default();
    Template::render("bloco", context! { notas })
}

/// O campo do formulário.
#[derive(FromForm)]
struct Nota<'r> {
    nota: &'r str,
}

#[post("/anotar", data = "<formulario>")]
async fn anotar(
    mut sessao: Sessao<'_>,
    formulario: Form<Nota<'_>>,
) -> Result<Redirect, Status> {
    let mut notas: Vec<String> = sessao.recuperar("notas").unwrap_or_default();
    notas.push(formulario.nota.to_owned());
    sessao.armazenar("notas", notas);
    sessao.gravar().await?;
    Ok(Redirect::to(uri!(bloco)))
}

/// Encerra a sessão, com as notas dentro.
#[post("/rasgar")]
async fn rasgar(mut sessao: Sessao<'_>) -> Result<Redirect, Status> {
    sessao.limpar().await?;
    Ok(Redirect::to(uri!(bloco)))
}

/// Uma pasta com um arquivo para cada sessão.
struct Arquivos {
    pasta: PathBuf,
    /// Só quem tem a vez mexe na pasta: ninguém entra entre a consulta e a gravação.
    vez: Mutex<()>,
}

impl Arquivos {
    fn em(pasta: PathBuf) -> Arquivos {
        Arquivos { pasta, vez: Mutex::new(()) }
    }

    /// O nome é um hash, só de letras e números: nenhum sai da pasta.
    fn arquivo(&self, nome: &str) -> PathBuf {
        self.pasta.join(nome)
    }

    /// O que o arquivo traz; `None` se ele não existe.
    async fn texto(&self, nome: &str) -> Resposta<Option<String>> {
        // Só para aprender: um arquivo não vence. O capítulo 16 guarda até quando vale.
        match fs::read_to_string(self.arquivo(nome)).await {
            Ok(texto) => Ok(Some(texto)),
            Err(erro) if erro.kind() == ErrorKind::NotFound => Ok(None),
            Err(erro) => Err(fora_do_ar(erro)),
        }
    }

    /// Escreve o arquivo, exista ele ou não.
    async fn escrever(&self, nome: &str, texto: &str) -> Resposta<()> {
        fs::create_dir_all(&self.pasta).await.map_err(fora_do_ar)?;
        fs::write(self.arquivo(nome), texto).await.map_err(fora_do_ar)
    }
}

/// O log diz o que houve com o disco, e o navegador recebe a página do código 503.
fn fora_do_ar(erro: io::Error) -> Status {
    error!("sessões: o disco não atendeu: {erro}");
    Status::ServiceUnavailable
}

#[async_trait]
impl Armazem for Arquivos {
    async fn ler(&self, nome: &str) -> Resposta<Option<String>> {
        let _vez = self.vez.lock().await;
        self.texto(nome).await
    }

    // ANCHOR: solucao
    async fn criar(&self, nome: &str, texto: &str) -> Resposta<bool> {
        let _vez = self.vez.lock().await;
        if self.texto(nome).await?.is_some() {
            return Ok(false);
        }
        self.escrever(nome, texto).await?;
        Ok(true)
    }

    async fn trocar(&self, nome: &str, texto: &str) -> Resposta<bool> {
        let _vez = self.vez.lock().await;
        if self.texto(nome).await?.is_none() {
            return Ok(false);
        }
        self.escrever(nome, texto).await?;
        Ok(true)
    }

    async fn apagar(&self, nome: &str) -> Resposta<()> {
        let _vez = self.vez.lock().await;
        match fs::remove_file(self.arquivo(nome)).await {
            // Outra requisição já o apagou: era o que esta queria.
            Err(erro) if erro.kind() == ErrorKind::NotFound => Ok(()),
            feito => feito.map_err(fora_do_ar),
        }
    }
    // ANCHOR_END: solucao
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    aplicacao(shared::pasta_de_agora(env!("CARGO_MANIFEST_DIR")).join("sessoes"))
}

/// A aplicação com as sessões nesta pasta; cada teste usa uma.
fn aplicacao(pasta: PathBuf) -> Rocket<Build> {
    let arquivos: Box<dyn Armazem> = Box::new(Arquivos::em(pasta));
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .manage(arquivos)
        .mount("/", routes![bloco, anotar, rasgar])
}
