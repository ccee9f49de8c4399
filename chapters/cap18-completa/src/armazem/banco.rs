//! Um banco de dados SQL: as mesmas instruções servem ao SQLite e ao PostgreSQL.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rocket::http::RawStr;
use rocket::tokio::time::sleep;
use sqlx::any::{AnyRow, install_default_drivers};
use sqlx::{Any, AnyConnection, Connection, Execute, Executor};
use url::Url;

use super::conexoes::Conexoes;
use super::{Falha, Resposta};

type Linhas = Resposta<Vec<AnyRow>>;

pub struct Banco {
    endereco: String,
    /// O que cada conexão nova executa antes de tudo.
    ajustes: &'static str,
    conexoes: Conexoes<AnyConnection>,
}

/// Quem espera por outra gravação desiste junto com a requisição. WAL: quem lê não espera
/// por quem escreve. Com NORMAL, só a falta de luz perde o fim.
const NO_SQLITE: &str = "PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;";

/// Sem isto, o comando de quem desistiu continua lá, e ocupa uma conexão.
const NO_POSTGRES: &str = "SET statement_timeout = 2000";

impl Banco {
    /// O deste endereço, com esta tabela, criada se não existe.
    pub async fn abrir(
        url: &Url,
        pasta: &Path,
        tabela: &'static str,
    ) -> Resposta<Self> {
        install_default_drivers();
        let (endereco, ajustes) = match url.scheme() {
            "sqlite" => (arquivo(url, pasta)?, NO_SQLITE),
            _ => (url.to_string(), NO_POSTGRES),
        };
        let banco = Banco { endereco, ajustes, conexoes: Conexoes::nenhuma() };
        // Duas instâncias que iniciam juntas a criam ao mesmo tempo: a que perde tenta de
        // novo, e a acha pronta.
        for pausa in [50, 100, 200].map(Duration::from_millis) {
            if banco.mudar(sqlx::raw_sql(tabela)).await.is_ok() {
                return Ok(banco);
            }
            sleep(pausa).await;
        }
        banco.mudar(sqlx::raw_sql(tabela)).await.map(|_| banco)
    }

    async fn nova(&self) -> Resposta<AnyConnection> {
        let conexao = AnyConnection::connect(&self.endereco).await;
        let mut conexao = conexao.map_err(Falha::de)?;
        let ajustes = sqlx::raw_sql(self.ajustes).execute(&mut conexao).await;
        ajustes.map_err(Falha::de)?;
        Ok(conexao)
    }

    /// Quantas linhas este comando mudou.
    pub async fn mudar<'q>(&self, um: impl Execute<'q, Any> + 'q) -> Resposta<u64> {
        let (_vaga, mut conexao) = self.conexoes.uma(self.nova()).await?;
        let feito = conexao.execute(um).await;
        self.conexoes.devolver(conexao, &feito);
        Ok(feito.map_err(Falha::de)?.rows_affected())
    }

    /// As linhas que esta consulta acha.
    pub async fn linhas<'q>(&self, uma: impl Execute<'q, Any> + 'q) -> Linhas {
        let (_vaga, mut conexao) = self.conexoes.uma(self.nova()).await?;
        let linhas = conexao.fetch_all(uma).await;
        self.conexoes.devolver(conexao, &linhas);
        linhas.map_err(Falha::de)
    }
}

/// O endereço de um arquivo do SQLite, criado se não existe.
fn arquivo(url: &Url, pasta: &Path) -> Resposta<String> {
    // `sqlite://sessoes.db` diz um servidor, e `sqlite::memory:`, arquivo nenhum.
    let servidor = url.host_str().unwrap_or_default();
    if !servidor.is_empty() || ["", ":memory:"].contains(&url.path()) {
        let motivo = "falta o caminho de um arquivo, como em `sqlite:sessoes.db`";
        return Err(Falha::ForaDoAr(motivo.to_owned()));
    }
    // No endereço, um espaço ou um acento está como %XX.
    let arquivo = pasta.join(&*RawStr::new(url.path()).percent_decode_lossy());
    criar_so_do_dono(&arquivo);
    let nome = arquivo.display().to_string().replace('%', "%25").replace('?', "%3F");
    Ok(format!("sqlite:{nome}?mode=rwc"))
}

/// Os outros usuários da máquina não leem o arquivo novo, nem os que o SQLite põe ao
/// lado dele. Se não dá para criá-lo, quem abre diz por quê.
fn criar_so_do_dono(arquivo: &Path) {
    let mut opcoes = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut opcoes, 0o600);
    let _ = opcoes.write(true).create_new(true).open(arquivo);
}
