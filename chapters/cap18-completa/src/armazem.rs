//! Onde as sessões ficam: o que todo armazenamento sabe fazer, e os que vêm prontos.

use std::time::Duration;

use rocket::async_trait;
use rocket::tokio::time::timeout;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use time::OffsetDateTime;

pub use self::endereco::abrir;
#[cfg(feature = "site")]
pub(crate) use self::{banco::Banco, endereco::abrir_banco};

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod banco;
#[allow(dead_code, reason = "a memória não precisa de conexões")]
mod conexoes;
mod endereco;
#[cfg(feature = "memcached")]
mod memcached;
mod memoria;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;

/// Quanto se espera por uma resposta do armazenamento, antes de um 503.
const ESPERA: Duration = Duration::from_secs(2);

/// O nome de um registro: o hash do nome do site e do id da sessão. Quem copia o
/// armazenamento não leva ids, e a sessão de um site não abre as páginas de outro.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resumo(String);

impl Resumo {
    /// O do registro deste id, neste site.
    pub fn do_id(site: &str, id: &str) -> Resumo {
        Resumo(format!("{:x}", Sha256::digest(format!("{site}:{id}"))))
    }

    /// Como o armazenamento o escreve: 64 dígitos hexadecimais.
    pub fn como_texto(&self) -> &str {
        &self.0
    }
}

/// O que se guarda de uma sessão. O armazenamento não lê o texto.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registro {
    /// O dicionário e os horários da sessão, em JSON.
    pub texto: String,
    /// De quem é, depois do login: o nome do site, dois-pontos e o da pessoa.
    #[serde(alias = "usuario")]
    pub dono: Option<String>,
    /// Quando deixa de valer, em segundos desde 1970.
    pub vence: i64,
}

/// Muda a cada gravação: quem grava diz qual leu, e só grava por cima dela.
pub type Versao = i64;

// ANCHOR: armazem
/// O que todo armazenamento sabe fazer. Um registro vencido é como um que não existe.
/// Para escrever outro, as três primeiras funções bastam; quem o usa espera até 2 s por
/// cada uma.
#[async_trait]
pub trait Armazem: Send + Sync {
    /// Grava por cima da versão lida ou, sem uma, cria o registro. `None` se o que está
    /// lá é outra coisa: outra versão, nenhuma, ou um registro onde não devia haver um.
    async fn gravar(
        &self,
        resumo: &Resumo,
        registro: &Registro,
        lida: Option<Versao>,
    ) -> Resposta<Option<Versao>>;

    /// O registro, e a versão dele. `None` se ele não existe.
    async fn ler(&self, resumo: &Resumo) -> Resposta<Option<(Registro, Versao)>>;

    /// Apaga o registro; com uma versão, só se ainda for aquela. Falso se não apagou.
    async fn apagar(&self, resumo: &Resumo, lida: Option<Versao>) -> Resposta<bool>;

    /// Apaga os vencidos, onde ninguém faz isso sozinho. Responde quantos eram.
    async fn limpar(&self) -> Resposta<u64> {
        Ok(0)
    }

    /// Os registros desta pessoa. `None` se o armazenamento não sabe procurar, como o
    /// Memcached.
    async fn do_dono(&self, _dono: &str) -> Resposta<Option<Vec<(Resumo, Registro)>>> {
        Ok(None)
    }
}
// ANCHOR_END: armazem

/// O que uma operação do armazenamento responde.
pub type Resposta<T> = Result<T, Falha>;

/// Por que o armazenamento não atendeu. A mensagem é para o log.
#[derive(Debug, Error)]
pub enum Falha {
    /// Parado, lento ou cortado no meio.
    #[error("o armazenamento não atendeu: {0}")]
    ForaDoAr(String),
    /// O registro está lá, mas não se lê.
    #[error("o registro está estragado")]
    Estragado,
}

impl Falha {
    /// O erro da biblioteca que fala com o armazenamento.
    pub fn de(erro: impl ToString) -> Falha {
        Falha::ForaDoAr(erro.to_string())
    }
}

/// Agora, em segundos desde 1970.
pub(crate) fn agora() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

/// Espera por uma operação, mas não para sempre: 2 s.
pub async fn em_tempo<T>(operacao: impl Future<Output = Resposta<T>>) -> Resposta<T> {
    let demorou = || Falha::ForaDoAr(format!("passaram {} s", ESPERA.as_secs()));
    timeout(ESPERA, operacao).await.unwrap_or_else(|_| Err(demorou()))
}
