//! Onde as sessões ficam: o que todo armazenamento sabe fazer.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use rocket::fairing::{AdHoc, Fairing};
use rocket::tokio::spawn;
use rocket::tokio::time::{sleep, timeout};
use rocket::{async_trait, error};
use sha2::{Digest, Sha256};

pub use self::endereco::abrir;

mod conexoes;
mod endereco;
mod memcached;
mod memoria;
mod redis;
mod sql;

/// Quanto se espera por uma resposta do armazenamento. Depois disso, quem espera recebe
/// um 503.
const ESPERA: Duration = Duration::from_secs(2);

/// De quanto em quanto tempo os registros vencidos são apagados.
const ENTRE_LIMPEZAS: Duration = Duration::from_secs(60);

// ANCHOR: chave
/// O nome de um registro: o hash do nome do site e do id da sessão. Quem copia o
/// armazenamento não leva ids, e a sessão de um site não abre as páginas de outro.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chave(String);

impl Chave {
    /// A chave do registro deste id, neste site.
    pub fn do_id(site: &str, id: &str) -> Chave {
        Chave(format!("{:x}", Sha256::digest(format!("{site}:{id}"))))
    }

    /// Como o armazenamento a escreve: 64 dígitos hexadecimais.
    pub fn como_texto(&self) -> &str {
        &self.0
    }
}
// ANCHOR_END: chave

// ANCHOR: registro
/// O que se guarda de uma sessão. O armazenamento não lê o texto.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registro {
    pub texto: String,
    /// De quem é, depois do login.
    pub usuario: Option<String>,
    /// Quando deixa de valer, em segundos desde 1970.
    pub vence: i64,
}

/// Muda a cada gravação: quem grava diz qual leu, e só grava por cima dela.
pub type Versao = i64;
// ANCHOR_END: registro

// ANCHOR: armazem
/// O que todo armazenamento sabe fazer. Um registro vencido é como um que não existe.
#[async_trait]
pub trait Armazem: Send + Sync {
    /// Guarda um registro novo, sem nunca escrever por cima de outro. `None` se a chave
    /// já existe.
    async fn criar(
        &self,
        chave: &Chave,
        registro: &Registro,
    ) -> Resposta<Option<Versao>>;

    async fn ler(&self, chave: &Chave) -> Resposta<Option<(Registro, Versao)>>;

    /// Grava por cima da versão lida. `None` se ela já é outra, ou se o registro não
    /// existe mais.
    async fn trocar(
        &self,
        chave: &Chave,
        versao: Versao,
        registro: &Registro,
    ) -> Resposta<Option<Versao>>;

    /// Apaga o registro; com uma versão, só se ainda for aquela. Falso se não apagou.
    async fn apagar(&self, chave: &Chave, versao: Option<Versao>) -> Resposta<bool>;

    /// Apaga os vencidos, onde ninguém faz isso sozinho. Responde quantos eram.
    async fn limpar(&self) -> Resposta<u64> {
        Ok(0)
    }
}
// ANCHOR_END: armazem

// ANCHOR: lista
/// O que só alguns sabem: achar as sessões de uma pessoa. O Memcached não sabe.
#[async_trait]
pub trait ListaDeSessoes: Send + Sync {
    async fn do_usuario(&self, usuario: &str) -> Resposta<Vec<(Chave, Registro)>>;
}

/// Um armazenamento aberto, com a lista dele, se ele tem uma.
#[derive(Clone)]
pub struct Aberto {
    pub armazem: Arc<dyn Armazem>,
    pub lista: Option<Arc<dyn ListaDeSessoes>>,
}
// ANCHOR_END: lista

/// O que uma operação do armazenamento responde.
pub type Resposta<T> = Result<T, Falha>;

/// Por que o armazenamento não atendeu. A mensagem é para o log.
#[derive(Debug)]
pub enum Falha {
    /// Parado, lento ou cortado no meio.
    ForaDoAr(String),
    /// O registro está lá, mas não se lê.
    Estragado,
}

impl fmt::Display for Falha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Falha::ForaDoAr(motivo) => {
                write!(f, "o armazenamento não atendeu: {motivo}")
            }
            Falha::Estragado => f.write_str("o registro está estragado"),
        }
    }
}

impl Falha {
    fn de(erro: impl fmt::Display) -> Falha {
        Falha::ForaDoAr(erro.to_string())
    }
}

/// Espera por uma operação, mas não para sempre.
pub async fn em_tempo<T>(operacao: impl Future<Output = Resposta<T>>) -> Resposta<T> {
    let demorou = || Falha::ForaDoAr(format!("passaram {} s", ESPERA.as_secs()));
    timeout(ESPERA, operacao).await.unwrap_or_else(|_| Err(demorou()))
}

/// Apaga as sessões vencidas de tempos em tempos, onde o armazenamento não faz isso
/// sozinho.
pub fn limpeza(armazem: Arc<dyn Armazem>) -> impl Fairing {
    AdHoc::on_liftoff("Limpeza das sessões", |_| {
        Box::pin(async move {
            spawn(limpar_sempre(armazem));
        })
    })
}

async fn limpar_sempre(armazem: Arc<dyn Armazem>) {
    loop {
        sleep(ENTRE_LIMPEZAS).await;
        if let Err(falha) = em_tempo(armazem.limpar()).await {
            error!("limpeza: {falha}");
        }
    }
}
