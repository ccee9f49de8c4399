//! As sessões em um arquivo do SQLite: continuam lá quando o programa termina.

use std::path::Path;
use std::time::Duration;

use rocket::http::Status;
use rocket::{async_trait, error};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use time::OffsetDateTime;

use super::{Armazem, Resposta, VALIDADE};

/// Quanto se espera por um banco ocupado. Depois disso, a resposta é 503.
const ESPERA: Duration = Duration::from_secs(1);

/// Executada a cada início: cria a tabela na primeira vez e, nas outras, não faz nada.
const TABELA: &str = "CREATE TABLE IF NOT EXISTS sessoes (
    nome TEXT PRIMARY KEY,
    texto TEXT NOT NULL,
    vence INTEGER NOT NULL
)";

// ANCHOR: abrir
/// As conexões com o banco, que as requisições usam por turnos.
pub struct Sqlite(SqlitePool);

impl Sqlite {
    pub async fn abrir(arquivo: &Path) -> sqlx::Result<Sqlite> {
        let opcoes = SqliteConnectOptions::new()
            .filename(arquivo)
            .create_if_missing(true)
            // Neste modo, uma leitura não espera por uma gravação.
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(ESPERA);
        let conexoes = SqlitePoolOptions::new().acquire_timeout(ESPERA);
        let conexoes = match conexoes.clone().connect_with(opcoes.clone()).await {
            Ok(conexoes) => conexoes,
            // Se outro programa cria o arquivo neste instante, o SQLite pode recusar
            // um deles sem esperar. Na segunda vez, o arquivo já está lá.
            Err(_) => conexoes.connect_with(opcoes).await?,
        };
        sqlx::query(TABELA).execute(&conexoes).await?;
        // Só para aprender: os vencidos só saem no início. O capítulo 18 limpa sempre.
        let vencidos = sqlx::query("DELETE FROM sessoes WHERE vence <= $1");
        vencidos.bind(agora()).execute(&conexoes).await?;
        Ok(Sqlite(conexoes))
    }
}

fn agora() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

fn vencimento() -> i64 {
    agora().saturating_add_unsigned(VALIDADE.as_secs())
}
// ANCHOR_END: abrir

// ANCHOR: sqlite
#[async_trait]
impl Armazem for Sqlite {
    async fn criar(&self, nome: &str, texto: &str) -> Resposta<bool> {
        let sql = "INSERT INTO sessoes VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        let comando = sqlx::query(sql).bind(nome).bind(texto).bind(vencimento());
        let feito = comando.execute(&self.0).await.map_err(fora_do_ar)?;
        Ok(feito.rows_affected() == 1)
    }

    async fn ler(&self, nome: &str) -> Resposta<Option<String>> {
        let sql = "SELECT texto FROM sessoes WHERE nome = $1 AND vence > $2";
        let consulta = sqlx::query_scalar(sql).bind(nome).bind(agora());
        consulta.fetch_optional(&self.0).await.map_err(fora_do_ar)
    }

    async fn trocar(&self, nome: &str, texto: &str) -> Resposta<bool> {
        let sql =
            "UPDATE sessoes SET texto = $2, vence = $3 WHERE nome = $1 AND vence > $4";
        let comando = sqlx::query(sql).bind(nome).bind(texto).bind(vencimento());
        let feito = comando.bind(agora()).execute(&self.0).await.map_err(fora_do_ar)?;
        Ok(feito.rows_affected() == 1)
    }

    async fn apagar(&self, nome: &str) -> Resposta<()> {
        let comando = sqlx::query("DELETE FROM sessoes WHERE nome = $1").bind(nome);
        comando.execute(&self.0).await.map(|_| ()).map_err(fora_do_ar)
    }
}

/// O log diz o que o banco respondeu, e o navegador recebe a página do código 503.
fn fora_do_ar(erro: sqlx::Error) -> Status {
    error!("sessões: o banco não atendeu: {erro}");
    Status::ServiceUnavailable
}
// ANCHOR_END: sqlite
