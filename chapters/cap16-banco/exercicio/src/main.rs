//! Exercício 16: apagar do banco os registros vencidos.

use rocket::fairing::AdHoc;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{State, error, get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;

#[cfg(test)]
mod tests;

/// A tabela do capítulo, com três registros: em um relógio que marca 100, um já venceu, um
/// vence agora e um ainda vale.
const TABELA: &str = "
    CREATE TABLE sessoes (nome TEXT PRIMARY KEY, texto TEXT NOT NULL, vence INTEGER NOT NULL);
    INSERT INTO sessoes VALUES ('ana', '{}', 40), ('bia', '{}', 100), ('caio', '{}', 160)";

/// O que o relógio deste exercício marca.
const AGORA: i64 = 100;

#[get("/")]
async fn registros(conexoes: &State<SqlitePool>) -> Result<Template, Status> {
    let consulta = sqlx::query_scalar("SELECT nome FROM sessoes ORDER BY nome");
    let nomes: Vec<String> =
        consulta.fetch_all(conexoes.inner()).await.map_err(fora_do_ar)?;
    Ok(Template::render("registros", context! { nomes }))
}

#[post("/limpar")]
async fn limpar(conexoes: &State<SqlitePool>) -> Result<Redirect, Status> {
    apagar_vencidos(conexoes, AGORA).await.map_err(fora_do_ar)?;
    Ok(Redirect::to(uri!(registros)))
}

// TODO: apague os registros que não valem mais e responda quantos eram.
async fn apagar_vencidos(conexoes: &SqlitePool, agora: i64) -> sqlx::Result<u64> {
    let comando = sqlx::query("SELECT nome FROM sessoes WHERE vence = $1").bind(agora);
    comando.execute(conexoes).await?;
    Ok(0)
}

fn fora_do_ar(erro: sqlx::Error) -> Status {
    error!("o banco não atendeu: {erro}");
    Status::ServiceUnavailable
}

/// Um banco na memória, com uma conexão só: some com o programa.
async fn abrir() -> sqlx::Result<SqlitePool> {
    let uma = SqlitePoolOptions::new().max_connections(1);
    let conexoes = uma.connect("sqlite::memory:").await?;
    sqlx::raw_sql(TABELA).execute(&conexoes).await?;
    Ok(conexoes)
}

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    let banco = AdHoc::try_on_ignite("Banco", |aplicacao| async {
        match abrir().await {
            Ok(conexoes) => Ok(aplicacao.manage(conexoes)),
            Err(_) => Err(aplicacao),
        }
    });
    shared::aplicacao(env!("CARGO_MANIFEST_DIR"))
        .attach(banco)
        .mount("/", routes![registros, limpar])
}
