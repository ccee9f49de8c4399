//! As sessões em um banco de dados: as mesmas instruções servem ao SQLite e ao
//! PostgreSQL.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rocket::async_trait;
use rocket::http::RawStr;
use rocket::tokio::time::sleep;
use sqlx::any::{AnyArguments, AnyRow, install_default_drivers};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, Connection, Row};
use url::Url;

use super::conexoes::Conexoes;
use super::{Armazem, Falha, Registro, Resposta, Resumo, Versao, agora};

pub struct Sql {
    endereco: String,
    /// O que cada conexão nova executa antes de tudo.
    ajustes: &'static str,
    conexoes: Conexoes<AnyConnection>,
}

const TABELA: &str = "
    CREATE TABLE IF NOT EXISTS sessoes (
        chave TEXT PRIMARY KEY,
        texto TEXT NOT NULL,
        usuario TEXT,
        versao BIGINT NOT NULL,
        vence BIGINT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS sessoes_do_usuario ON sessoes (usuario);
    CREATE INDEX IF NOT EXISTS sessoes_vencidas ON sessoes (vence);";

/// Quantos vencidos um comando apaga. Um que passasse do prazo seria desfeito inteiro.
const POR_VEZ: u32 = 1_000;

impl Sql {
    /// Um arquivo do SQLite, criado se não existe.
    #[cfg_attr(not(feature = "sqlite"), allow(dead_code))]
    pub async fn sqlite(url: &Url, pasta: &Path) -> Resposta<Sql> {
        // `sqlite://sessoes.db` diz um servidor, e `sqlite::memory:`, arquivo nenhum.
        let servidor = url.host_str().unwrap_or_default();
        if !servidor.is_empty() || ["", ":memory:"].contains(&url.path()) {
            let motivo = "falta o caminho de um arquivo, como em `sqlite:sessoes.db`";
            return Err(Falha::ForaDoAr(motivo.to_owned()));
        }
        // No endereço, um espaço ou um acento está como %XX.
        let arquivo = pasta.join(&*RawStr::new(url.path()).percent_decode_lossy());
        criar_so_do_dono(&arquivo);
        let nome =
            arquivo.display().to_string().replace('%', "%25").replace('?', "%3F");
        let endereco = format!("sqlite:{nome}?mode=rwc");
        // Quem espera por outra gravação desiste junto com a requisição. WAL: quem lê
        // não espera por quem escreve. Com NORMAL, só a falta de luz perde o fim.
        let ajustes = "PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;";
        Sql::abrir(&endereco, ajustes).await
    }

    #[cfg_attr(not(feature = "postgres"), allow(dead_code))]
    pub async fn postgres(url: &Url) -> Resposta<Sql> {
        // Sem isto, o comando de quem desistiu continua lá, e ocupa uma conexão.
        Sql::abrir(url.as_str(), "SET statement_timeout = 2000").await
    }

    async fn abrir(endereco: &str, ajustes: &'static str) -> Resposta<Sql> {
        install_default_drivers();
        let (endereco, conexoes) = (endereco.to_owned(), Conexoes::nenhuma());
        let sql = Sql { endereco, ajustes, conexoes };
        // Duas instâncias que iniciam juntas a criam ao mesmo tempo: a que perde tenta de
        // novo, e a acha pronta.
        for pausa in [50, 100, 200].map(Duration::from_millis) {
            if sql.criar_tabela().await.is_ok() {
                return Ok(sql);
            }
            sleep(pausa).await;
        }
        sql.criar_tabela().await.map(|()| sql)
    }

    async fn criar_tabela(&self) -> Resposta<()> {
        let mut conexao = self.nova().await?;
        let criada = sqlx::raw_sql(TABELA).execute(&mut conexao).await;
        self.conexoes.devolver(conexao, &criada);
        criada.map(|_| ()).map_err(Falha::de)
    }

    async fn nova(&self) -> Resposta<AnyConnection> {
        let conexao = AnyConnection::connect(&self.endereco).await;
        let mut conexao = conexao.map_err(Falha::de)?;
        let ajustes = sqlx::raw_sql(self.ajustes).execute(&mut conexao).await;
        ajustes.map_err(Falha::de)?;
        Ok(conexao)
    }

    async fn mudar(&self, comando: Query<'_, Any, AnyArguments>) -> Resposta<u64> {
        let (_vaga, mut conexao) = self.conexoes.uma(self.nova()).await?;
        let feito = comando.execute(&mut conexao).await;
        self.conexoes.devolver(conexao, &feito);
        Ok(feito.map_err(Falha::de)?.rows_affected())
    }
}

/// Os outros usuários da máquina não leem o arquivo novo, nem os que o SQLite põe ao
/// lado dele. Se não dá para criá-lo, quem abre diz por quê.
fn criar_so_do_dono(arquivo: &Path) {
    let mut opcoes = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut opcoes, 0o600);
    let _ = opcoes.write(true).create_new(true).open(arquivo);
}

/// Uma coluna de outro tipo, ou que falta, é um registro estragado.
fn registro(linha: &AnyRow) -> Result<Registro, sqlx::Error> {
    Ok(Registro {
        texto: linha.try_get("texto")?,
        dono: linha.try_get("usuario")?,
        vence: linha.try_get("vence")?,
    })
}

#[async_trait]
impl Armazem for Sql {
    async fn gravar(
        &self,
        resumo: &Resumo,
        registro: &Registro,
        lida: Option<Versao>,
    ) -> Resposta<Option<Versao>> {
        // Um registro vencido que a limpeza ainda não levou não conta como existente.
        let sql = match lida {
            Some(_) => {
                "UPDATE sessoes SET texto = $2, usuario = $3, vence = $4, versao = versao + 1
                WHERE chave = $1 AND versao = $6 AND vence > $5"
            }
            None => {
                "INSERT INTO sessoes (chave, texto, usuario, vence, versao) VALUES ($1, $2, $3, $4, $6 + 1)
                ON CONFLICT (chave) DO UPDATE
                SET texto = excluded.texto, usuario = excluded.usuario, versao = 1, vence = excluded.vence
                WHERE sessoes.vence <= $5"
            }
        };
        let lida = lida.unwrap_or_default();
        let comando = sqlx::query(sql)
            .bind(resumo.como_texto())
            .bind(&registro.texto)
            .bind(registro.dono.as_deref())
            .bind(registro.vence)
            .bind(agora())
            .bind(lida);
        Ok((self.mudar(comando).await? == 1).then_some(lida + 1))
    }

    async fn ler(&self, resumo: &Resumo) -> Resposta<Option<(Registro, Versao)>> {
        let sql = "SELECT texto, usuario, versao, vence FROM sessoes WHERE chave = $1 AND vence > $2";
        let consulta = sqlx::query(sql).bind(resumo.como_texto()).bind(agora());
        let (_vaga, mut conexao) = self.conexoes.uma(self.nova()).await?;
        let linha = consulta.fetch_optional(&mut conexao).await;
        self.conexoes.devolver(conexao, &linha);
        let linha = linha.map_err(Falha::de)?;
        let lido = linha.map(|linha| Ok((registro(&linha)?, linha.try_get("versao")?)));
        lido.transpose().map_err(|_: sqlx::Error| Falha::Estragado)
    }

    async fn apagar(&self, resumo: &Resumo, lida: Option<Versao>) -> Resposta<bool> {
        let sql = "DELETE FROM sessoes WHERE chave = $1 AND ($2 = 0 OR versao = $2)";
        let comando = sqlx::query(sql).bind(resumo.como_texto());
        Ok(self.mudar(comando.bind(lida.unwrap_or_default())).await? == 1)
    }

    async fn limpar(&self) -> Resposta<u64> {
        let sql = "DELETE FROM sessoes WHERE chave IN
            (SELECT chave FROM sessoes WHERE vence <= $1 LIMIT $2)";
        let mut apagados = 0;
        loop {
            let comando = sqlx::query(sql).bind(agora()).bind(i64::from(POR_VEZ));
            let vez = self.mudar(comando).await?;
            apagados += vez;
            if vez < u64::from(POR_VEZ) {
                return Ok(apagados);
            }
        }
    }

    async fn do_dono(&self, dono: &str) -> Resposta<Option<Vec<(Resumo, Registro)>>> {
        let sql = "SELECT chave, texto, usuario, vence FROM sessoes WHERE usuario = $1 AND vence > $2";
        let consulta = sqlx::query(sql).bind(dono).bind(agora());
        let (_vaga, mut conexao) = self.conexoes.uma(self.nova()).await?;
        let linhas = consulta.fetch_all(&mut conexao).await;
        self.conexoes.devolver(conexao, &linhas);
        let linhas = linhas.map_err(Falha::de)?;
        // Um registro que não se lê não abre sessão nenhuma: não há o que mostrar dele.
        let lidos = linhas.iter().filter_map(|linha| {
            Some((Resumo(linha.try_get("chave").ok()?), registro(linha).ok()?))
        });
        Ok(Some(lidos.collect()))
    }
}
