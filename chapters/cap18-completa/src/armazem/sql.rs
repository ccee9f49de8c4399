//! As sessões em um banco de dados.

use rocket::async_trait;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::banco::Banco;
use super::{Armazem, Falha, Registro, Resposta, Resumo, Versao, agora};

pub const TABELA: &str = "
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

/// Uma coluna de outro tipo, ou que falta, é um registro estragado.
fn registro(linha: &AnyRow) -> Result<Registro, sqlx::Error> {
    Ok(Registro {
        texto: linha.try_get("texto")?,
        dono: linha.try_get("usuario")?,
        vence: linha.try_get("vence")?,
    })
}

#[async_trait]
impl Armazem for Banco {
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
        let linha = self.linhas(consulta).await?.pop();
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
        let linhas = self.linhas(consulta).await?;
        // Um registro que não se lê não abre sessão nenhuma: não há o que mostrar dele.
        let lidos = linhas.iter().filter_map(|linha| {
            Some((Resumo(linha.try_get("chave").ok()?), registro(linha).ok()?))
        });
        Ok(Some(lidos.collect()))
    }
}
