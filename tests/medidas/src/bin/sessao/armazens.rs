//! Quanto cabe e quanto responde cada armazenamento do capítulo 18, com dez sessões e com cem mil.

use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rocket::tokio;
use serde_json::json;
use teste::servidores::{memcached_texto, redis_cli};
use url::Url;

use crate::Armazens;
use crate::sites::{Faixa, faixa};
use rocket_sessoes::armazem::{self, Armazem, Registro, Resumo};

/// Com quantas sessões se lê, e quantas operações esperam ao mesmo tempo.
const POUCAS: usize = 10;
const MUITAS: usize = 100_000;
const AO_MESMO_TEMPO: usize = 16;

/// Quantas leituras tem cada medida, e quantas medidas se fazem.
const LEITURAS: usize = 30_000;
const VEZES: usize = 7;

/// O que a tabela diz de um armazenamento. O que não tem outra unidade é por segundo.
pub struct Crescimento {
    pub esquema: String,
    pub bytes: u64,
    pub criadas: f64,
    pub com_poucas: Faixa,
    pub com_muitas: Faixa,
    /// Com muitas, contra com poucas, em leituras vizinhas.
    pub razao: Faixa,
    pub trocadas: f64,
}

/// Mede um armazenamento depois do outro. De cada um há dois no ar, um com poucas sessões e um com
/// muitas: as leituras se alternam entre eles, e os dois veem a máquina no mesmo estado.
pub fn medir(poucas: &Armazens, muitas: &Armazens) -> Vec<Crescimento> {
    let execucao = tokio::runtime::Runtime::new().expect("o runtime deve iniciar");
    let pares = (0..poucas.enderecos.len()).map(|n| [(poucas, n), (muitas, n)]);
    let pares = pares.map(|par| {
        par.map(|(armazens, n)| (&*armazens.enderecos[n], armazens.pasta.path()))
    });
    pares.map(|[poucas, muitas]| execucao.block_on(crescer(poucas, muitas))).collect()
}

async fn crescer(poucas: (&str, &Path), muitas: (&str, &Path)) -> Crescimento {
    let (endereco, pasta) = muitas;
    println!("{MUITAS} sessões em {endereco}");
    let url = Url::parse(endereco).expect("um endereço");
    let pequeno = armazem::abrir(poucas.0, poucas.1).await.expect("deve abrir");
    let grande = armazem::abrir(endereco, pasta).await.expect("deve abrir");
    por_segundo(&pequeno, 0..POUCAS, criar).await;
    let antes = ocupado(&url, pasta).await;
    let criadas = por_segundo(&grande, 0..MUITAS, criar).await;
    let bytes = ocupado(&url, pasta).await.saturating_sub(antes) / MUITAS as u64;
    let (mut com_poucas, mut com_muitas) = (Vec::new(), Vec::new());
    for _ in 0..VEZES {
        com_poucas.push(lidas(&pequeno, POUCAS).await);
        com_muitas.push(lidas(&grande, MUITAS).await);
    }
    let razoes =
        com_poucas.iter().zip(&com_muitas).map(|(poucas, muitas)| muitas / poucas);
    let trocadas = por_segundo(&grande, 0..LEITURAS, |armazem, _| async move {
        let chave = resumo(fastrand::usize(..MUITAS));
        let lido = armazem.ler(&chave).await.expect("deve ler");
        let (registro, versao) = lido.expect("a sessão existe");
        armazem.gravar(&chave, &registro, Some(versao)).await.expect("deve trocar");
    });
    Crescimento {
        esquema: url.scheme().to_owned(),
        bytes,
        criadas,
        razao: faixa(razoes),
        com_poucas: faixa(com_poucas.into_iter()),
        com_muitas: faixa(com_muitas.into_iter()),
        trocadas: trocadas.await,
    }
}

async fn criar(armazem: Arc<dyn Armazem>, n: usize) {
    armazem.gravar(&resumo(n), &registro(n), None).await.expect("deve criar");
}

/// Quantas sessões sorteadas entre as `existentes` se leem por segundo.
async fn lidas(armazem: &Arc<dyn Armazem>, existentes: usize) -> f64 {
    let lidas = por_segundo(armazem, 0..LEITURAS, move |armazem, _| async move {
        let n = fastrand::usize(..existentes);
        let lido = armazem.ler(&resumo(n)).await.expect("deve ler");
        assert!(lido.is_some(), "a sessão {n} sumiu: o armazenamento está cheio?");
    });
    lidas.await
}

/// Faz a operação uma vez para cada número, em várias tarefas; responde quantas por segundo.
async fn por_segundo<F: Future<Output = ()> + Send>(
    armazem: &Arc<dyn Armazem>,
    numeros: std::ops::Range<usize>,
    operacao: impl Fn(Arc<dyn Armazem>, usize) -> F + Copy + Send + 'static,
) -> f64 {
    let inicio = Instant::now();
    let tarefas = (0..AO_MESMO_TEMPO).map(|primeira| {
        let (armazem, numeros) = (Arc::clone(armazem), numeros.clone());
        tokio::spawn(async move {
            for n in numeros.skip(primeira).step_by(AO_MESMO_TEMPO) {
                operacao(Arc::clone(&armazem), n).await;
            }
        })
    });
    for tarefa in tarefas.collect::<Vec<_>>() {
        tarefa.await.expect("a tarefa deve terminar");
    }
    numeros.len() as f64 / inicio.elapsed().as_secs_f64()
}

fn resumo(n: usize) -> Resumo {
    Resumo::do_id("sessoes", &format!("{n:032x}"))
}

/// A sessão de alguém que fez login com um navegador comum e tem dois produtos no carrinho. Cada
/// pessoa tem uma sessão, o caso mais caro para quem anota as sessões de cada uma.
fn registro(n: usize) -> Registro {
    let agora = SystemTime::now().duration_since(UNIX_EPOCH).expect("depois de 1970");
    let agora = i64::try_from(agora.as_secs()).expect("uma hora deste século");
    let dono = format!("pessoa{n:09}");
    let texto = json!({
        "versao": 1,
        "marcas": { "criada": agora, "usada": agora, "lembrar": false },
        "navegador": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                      Chrome/140.0.0.0 Safari/537.36",
        "valores": {
            "carimbo": format!("{n:016x}"),
            "carrinho": { "caderno": 1, "lápis": 12 },
            "role": "cliente",
            "user_id": n,
            "username": dono,
        },
    });
    let vence = agora + 1_800;
    Registro { texto: texto.to_string(), dono: Some(dono), vence }
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
