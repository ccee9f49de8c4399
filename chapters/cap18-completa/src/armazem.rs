//! Onde as sessões ficam: o que todo armazenamento sabe fazer, e qual deles a
//! configuração escolhe.

use std::fmt;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rocket::fairing::{AdHoc, Fairing};
use rocket::tokio::spawn;
use rocket::tokio::time::{sleep, timeout};
use rocket::{async_trait, error};
use sha2::{Digest, Sha256};
use url::Url;

use self::memcached::Memcached;
use self::memoria::Memoria;
use self::redis::Redis;
use self::sql::Sql;

mod memcached;
mod memoria;
mod redis;
mod sql;

/// Quanto se espera por uma resposta do armazenamento. Depois disso, quem espera recebe
/// um 503.
const ESPERA: Duration = Duration::from_secs(2);

/// De quanto em quanto tempo os registros vencidos são apagados.
const ENTRE_LIMPEZAS: Duration = Duration::from_secs(60);

/// Os esquemas que `sessao_url` aceita.
const CONHECIDOS: &str = "memoria:, sqlite:, postgres:, redis:, rediss:, redis-cluster:, \
                          rediss-cluster: ou memcached:";

// ANCHOR: chave
/// O nome de um registro: o hash do id da sessão. Quem copia o armazenamento não leva
/// ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chave(String);

impl Chave {
    pub fn do_id(id: &str) -> Chave {
        let hash = Sha256::digest(id.as_bytes());
        Chave(hash.iter().map(|byte| format!("{byte:02x}")).collect())
    }

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

/// Abre o armazenamento deste endereço. O erro diz o que foi tentado e como iniciar um,
/// sem nunca mostrar a senha. Um arquivo do SQLite fica em `pasta`, a menos que o
/// caminho seja absoluto.
pub async fn abrir(endereco: &str, pasta: &Path) -> Result<Aberto, String> {
    let url = Url::parse(endereco).map_err(|_| nao_se_le())?;
    let em_rede = match url.scheme() {
        "memoria" | "sqlite" => false,
        "postgres" | "postgresql" | "redis" | "rediss" | "redis-cluster"
        | "rediss-cluster" | "memcached" => true,
        esquema => return Err(desconhecido(esquema)),
    };
    // Sem `//`, o endereço é um texto só, e não há como saber onde a senha está nele.
    if em_rede && !url.has_host() {
        return Err(nao_se_le());
    }
    em_tempo(conectar(&url, pasta)).await.map_err(|falha| nao_abriu(&url, &falha))
}

async fn conectar(url: &Url, pasta: &Path) -> Resposta<Aberto> {
    Ok(match url.scheme() {
        "memoria" => com_lista(Memoria::nova()),
        "sqlite" => com_lista(Sql::sqlite(url, pasta).await?),
        "postgres" | "postgresql" => com_lista(Sql::postgres(url).await?),
        "redis" | "rediss" => com_lista(Redis::um_servidor(url).await?),
        "redis-cluster" | "rediss-cluster" => com_lista(Redis::cluster(url).await?),
        // Resta o `memcached`, que não tem lista.
        _ => Aberto { armazem: Arc::new(Memcached::novo(url).await?), lista: None },
    })
}

fn com_lista(armazem: impl Armazem + ListaDeSessoes + 'static) -> Aberto {
    let armazem = Arc::new(armazem);
    Aberto { armazem: armazem.clone(), lista: Some(armazem) }
}

fn nao_abriu(url: &Url, falha: &Falha) -> String {
    // O erro de uma biblioteca pode repetir o endereço inteiro.
    let motivo = segredos(url)
        .iter()
        .fold(falha.to_string(), |motivo, segredo| motivo.replace(segredo, "***"));
    let (onde, conselho) = (sem_segredos(url), como_iniciar(url.scheme()));
    format!("não abri as sessões em {onde}: {motivo}. {conselho}")
}

fn desconhecido(esquema: &str) -> String {
    format!(
        "não conheço o armazenamento `{esquema}:` de `sessao_url`; use {CONHECIDOS}"
    )
}

/// Sem o endereço: não há como saber onde a senha está nele.
fn nao_se_le() -> String {
    format!(
        "não entendi o endereço em `sessao_url`; use {CONHECIDOS}. Confira a porta e, na senha, \
         escreva `/`, `#` e `@` como %2F, %23 e %40"
    )
}

/// O que um endereço pode ter de secreto: a senha antes do `@`, e o que vem depois do
/// `?`.
fn segredos(url: &Url) -> Vec<String> {
    let [senha, consulta] =
        [url.password(), url.query()].map(|texto| texto.map(str::to_owned));
    let da_consulta = url.query_pairs().filter(|(nome, _)| nome == "password");
    let da_consulta = da_consulta.map(|(_, senha)| senha.into_owned());
    let todos = senha.into_iter().chain(consulta).chain(da_consulta);
    todos.filter(|segredo| !segredo.is_empty()).collect()
}

fn sem_segredos(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    if url.password().is_some() {
        let _ = url.set_password(Some("***"));
    }
    url.to_string()
}

fn como_iniciar(esquema: &str) -> &'static str {
    match esquema {
        "sqlite" => "Confira se a pasta existe e se você pode escrever nela",
        "postgres" | "postgresql" => {
            "Se não há um no ar, inicie um com \
             `docker run -p 5432:5432 -e POSTGRES_HOST_AUTH_METHOD=trust postgres`"
        }
        "memcached" => {
            "Se não há um no ar, inicie um com `memcached` ou \
             `docker run -p 11211:11211 memcached`"
        }
        "redis-cluster" | "rediss-cluster" => {
            "Se não há um no ar, inicie os nós com `redis-server --cluster-enabled yes` e \
             junte-os com `redis-cli --cluster create`"
        }
        _ => {
            "Se não há um no ar, inicie um com `redis-server` ou \
             `docker run -p 6379:6379 redis`"
        }
    }
}
