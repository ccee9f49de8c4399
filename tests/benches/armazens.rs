//! Quanto cabe e quanto responde cada armazenamento do capítulo 18, em release. Execute com
//! `cargo bench -p tests --bench armazens`. Os servidores, desta máquina, vêm de `ARMAZENS`, com
//! endereços como os de `sessao_url`, separados por espaços; sem ela, só os que não precisam deles.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rocket::tokio;
use serde_json::json;
use tempfile::TempDir;
use tests::servidores::{memcached_texto, redis_cli};
use url::Url;

/// Os armazenamentos do capítulo 18, como eles são.
#[allow(dead_code, reason = "a medida usa só uma parte")]
#[path = "../../chapters/cap18-completa/src"]
mod cap18 {
    pub mod armazem;
}

use cap18::armazem::{self, Armazem, Chave, Registro};

/// Quantas sessões cada armazenamento recebe, e quantas operações esperam ao mesmo tempo.
const SESSOES: usize = 50_000;
const AO_MESMO_TEMPO: usize = 16;
/// Quanto dura a medida das leituras e a das gravações.
const DURACAO: Duration = Duration::from_secs(5);

fn main() {
    let pasta = TempDir::new().expect("a pasta temporária deve abrir");
    let de_fora = std::env::var("ARMAZENS").unwrap_or_default();
    let enderecos = ["memoria:", "sqlite:sessoes.db"].into_iter();
    println!("{SESSOES} sessões de {} bytes de texto", registro(0).texto.len());
    tokio::runtime::Runtime::new().expect("o runtime deve iniciar").block_on(async {
        for endereco in enderecos.chain(de_fora.split_whitespace()) {
            medir(endereco, pasta.path()).await;
        }
    });
}

async fn medir(endereco: &str, pasta: &Path) {
    let url = Url::parse(endereco).expect("`ARMAZENS` deve ter endereços");
    let armazem = armazem::abrir(endereco, pasta).await.expect("deve abrir").armazem;
    let antes = ocupado(&url, pasta).await;
    let inicio = Instant::now();
    let feitas = Arc::new(AtomicUsize::new(0));
    ao_mesmo_tempo(&armazem, move |armazem| {
        let n = feitas.fetch_add(1, Ordering::Relaxed);
        async move {
            if n < SESSOES {
                armazem.criar(&chave(n), &registro(n)).await.expect("deve criar");
            }
            n < SESSOES
        }
    })
    .await;
    let criadas = por_segundo(SESSOES, inicio);
    let bytes = ocupado(&url, pasta).await.saturating_sub(antes) / SESSOES as u64;

    let lidas = enquanto_ha_tempo(&armazem, |armazem| async move {
        let n = fastrand::usize(..SESSOES);
        let lido = armazem.ler(&chave(n)).await.expect("deve ler");
        assert!(lido.is_some(), "a sessão {n} sumiu: o armazenamento está cheio?");
    });
    let lidas = lidas.await;
    let trocadas = enquanto_ha_tempo(&armazem, |armazem| async move {
        let n = fastrand::usize(..SESSOES);
        let chave = chave(n);
        let lido = armazem.ler(&chave).await.expect("deve ler");
        let (registro, versao) = lido.expect("a sessão existe");
        armazem.trocar(&chave, versao, &registro).await.expect("deve trocar");
    });
    let trocadas = trocadas.await;
    println!(
        "{:10} {bytes:5} bytes por sessão; por segundo: {criadas:6} criadas, {lidas:6} lidas, \
         {trocadas:6} lidas e trocadas",
        url.scheme()
    );
}

/// Repete a operação por uma duração fixa, em várias tarefas; responde quantas por segundo.
async fn enquanto_ha_tempo<F>(
    armazem: &Arc<dyn Armazem>,
    operacao: impl Fn(Arc<dyn Armazem>) -> F + Clone + Send + 'static,
) -> usize
where
    F: Future<Output = ()> + Send,
{
    let feitas = Arc::new(AtomicUsize::new(0));
    let inicio = Instant::now();
    let contadas = Arc::clone(&feitas);
    ao_mesmo_tempo(armazem, move |armazem| {
        let (operacao, feitas) = (operacao.clone(), Arc::clone(&contadas));
        async move {
            operacao(armazem).await;
            feitas.fetch_add(1, Ordering::Relaxed);
            inicio.elapsed() < DURACAO
        }
    })
    .await;
    por_segundo(feitas.load(Ordering::Relaxed), inicio)
}

/// Várias tarefas repetem a operação, cada uma até que a sua responda falso.
async fn ao_mesmo_tempo<F>(
    armazem: &Arc<dyn Armazem>,
    operacao: impl Fn(Arc<dyn Armazem>) -> F + Clone + Send + 'static,
) where
    F: Future<Output = bool> + Send,
{
    let tarefas: Vec<_> = (0..AO_MESMO_TEMPO)
        .map(|_| {
            let (armazem, operacao) = (Arc::clone(armazem), operacao.clone());
            tokio::spawn(async move { while operacao(Arc::clone(&armazem)).await {} })
        })
        .collect();
    for tarefa in tarefas {
        tarefa.await.expect("a tarefa deve terminar");
    }
}

fn por_segundo(quantas: usize, desde: Instant) -> usize {
    (quantas as f64 / desde.elapsed().as_secs_f64()) as usize
}

fn chave(n: usize) -> Chave {
    Chave::do_id(&format!("{n:032x}"))
}

/// A sessão de alguém que fez login com um navegador comum e tem dois produtos no carrinho. Cada
/// pessoa tem uma sessão, o caso mais caro para quem anota as sessões de cada uma.
fn registro(n: usize) -> Registro {
    let agora = SystemTime::now().duration_since(UNIX_EPOCH).expect("depois de 1970");
    let agora = i64::try_from(agora.as_secs()).expect("uma hora deste século");
    let usuario = format!("pessoa{n:09}");
    let texto = json!({
        "versao": 1,
        "marcas": { "criada": agora, "usada": agora, "lembrar": false },
        "navegador": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                      Chrome/140.0.0.0 Safari/537.36",
        "valores": {
            "carrinho": { "caderno": 1, "lápis": 12 },
            "csrf": format!("{n:032x}"),
            "role": "cliente",
            "user_id": n,
            "username": usuario,
        },
    });
    let vence = agora + 1_800;
    Registro { texto: texto.to_string(), usuario: Some(usuario), vence }
}

/// Quantos bytes o armazenamento ocupa agora, como ele mesmo diz.
async fn ocupado(url: &Url, pasta: &Path) -> u64 {
    match url.scheme() {
        "memoria" => memoria_deste_processo(),
        "sqlite" => em_arquivos(pasta).await,
        "postgres" => no_postgres(url).await,
        "redis" => {
            let dito = redis_cli(url.port().unwrap_or(6379), &["INFO", "memory"]);
            numero_depois_de("used_memory:", &dito)
        }
        "memcached" => {
            let dito = memcached_texto(url.port().unwrap_or(11211), "stats");
            numero_depois_de("STAT bytes ", &dito)
        }
        outro => panic!("não sei medir {outro}:"),
    }
}

/// Só no Linux; fora dele, zero.
fn memoria_deste_processo() -> u64 {
    let paginas = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let residentes = paginas.split(' ').nth(1).and_then(|n| n.parse::<u64>().ok());
    residentes.unwrap_or(0) * 4_096
}

/// Só o banco: antes, o que está no diário de gravações (WAL) passa para ele.
async fn em_arquivos(pasta: &Path) -> u64 {
    let arquivo = pasta.join("sessoes.db");
    let wal = std::fs::metadata(pasta.join("sessoes.db-wal")).map_or(0, |m| m.len());
    println!("sqlite: o WAL tem {} MB", wal / 1_000_000);
    let endereco = format!("sqlite:{}", arquivo.display());
    let banco = sqlx::SqlitePool::connect(&endereco).await.expect("deve abrir");
    let pedido = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&banco);
    pedido.await.expect("deve passar");
    std::fs::metadata(arquivo).expect("o arquivo existe").len()
}

/// A tabela com os índices dela.
async fn no_postgres(url: &Url) -> u64 {
    let banco = sqlx::PgPool::connect(url.as_str()).await.expect("deve conectar");
    let (bytes,): (i64,) = sqlx::query_as("SELECT pg_total_relation_size('sessoes')")
        .fetch_one(&banco)
        .await
        .expect("a tabela existe");
    bytes.try_into().expect("um tamanho")
}

fn numero_depois_de(nome: &str, dito: &str) -> u64 {
    let mut linhas = dito.lines();
    let numero = linhas.find_map(|linha| linha.strip_prefix(nome)?.trim().parse().ok());
    numero.unwrap_or_else(|| panic!("falta {nome}"))
}
