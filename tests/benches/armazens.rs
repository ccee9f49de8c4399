//! Quanto cabe e quanto responde cada armazenamento do capítulo 18, em release. Execute com
//! `cargo bench -p tests --bench armazens`. Os servidores, desta máquina, vêm de `ARMAZENS`, com
//! endereços como os de `sessao_url`, separados por espaços; sem ela, só os que não precisam deles.

use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

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
    let criadas = por_segundo(&armazem, |armazem, n| async move {
        armazem.criar(&chave(n), &registro(n)).await.expect("deve criar");
    });
    let criadas = criadas.await;
    let bytes = ocupado(&url, pasta).await.saturating_sub(antes) / SESSOES as u64;
    let lidas = por_segundo(&armazem, |armazem, _| async move {
        let n = fastrand::usize(..SESSOES);
        let lido = armazem.ler(&chave(n)).await.expect("deve ler");
        assert!(lido.is_some(), "a sessão {n} sumiu: o armazenamento está cheio?");
    });
    let lidas = lidas.await;
    let trocadas = por_segundo(&armazem, |armazem, _| async move {
        let chave = chave(fastrand::usize(..SESSOES));
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

/// Faz a operação uma vez para cada sessão, em várias tarefas; responde quantas por segundo.
async fn por_segundo<F: Future<Output = ()> + Send>(
    armazem: &Arc<dyn Armazem>,
    operacao: impl Fn(Arc<dyn Armazem>, usize) -> F + Copy + Send + 'static,
) -> usize {
    let inicio = Instant::now();
    let tarefas = [(); AO_MESMO_TEMPO].map(|()| Arc::clone(armazem));
    let tarefas = tarefas.into_iter().enumerate().map(|(primeira, armazem)| {
        tokio::spawn(async move {
            for n in (primeira..SESSOES).step_by(AO_MESMO_TEMPO) {
                operacao(Arc::clone(&armazem), n).await;
            }
        })
    });
    for tarefa in tarefas.collect::<Vec<_>>() {
        tarefa.await.expect("a tarefa deve terminar");
    }
    (SESSOES as f64 / inicio.elapsed().as_secs_f64()) as usize
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
        // O SQLite conta também o que ainda está no diário de gravações (WAL).
        "sqlite" => {
            let arquivo = format!("sqlite:{}", pasta.join("sessoes.db").display());
            let bytes = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
            no_banco(&arquivo, bytes).await
        }
        "postgres" => {
            no_banco(url.as_str(), "SELECT pg_total_relation_size('sessoes')").await
        }
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

async fn no_banco(endereco: &str, sql: &'static str) -> u64 {
    sqlx::any::install_default_drivers();
    let banco = sqlx::AnyPool::connect(endereco).await.expect("deve conectar");
    let bytes = sqlx::query_scalar::<_, i64>(sql).fetch_one(&banco).await;
    bytes.expect("deve responder").try_into().expect("um tamanho")
}

fn numero_depois_de(nome: &str, dito: &str) -> u64 {
    let mut linhas = dito.lines();
    let numero = linhas.find_map(|linha| linha.strip_prefix(nome)?.trim().parse().ok());
    numero.unwrap_or_else(|| panic!("falta {nome}"))
}
