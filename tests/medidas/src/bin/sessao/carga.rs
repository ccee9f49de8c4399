//! A carga do wrk em um site, e o que ela custa à máquina.

use std::fmt;
use std::process::Command;

use regex::Regex;

/// O que uma rodada disse de um site.
pub struct Carga {
    pub por_segundo: f64,
    pub p99_ms: f64,
    /// Quanta CPU cada requisição gastou, em microssegundos, nos processos do site.
    pub cpu_us: f64,
}

impl fmt::Display for Carga {
    fn fmt(&self, saida: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Carga { por_segundo, p99_ms, cpu_us } = self;
        write!(
            saida,
            "{por_segundo:8.0} por segundo, p99 {p99_ms:6.2} ms, CPU {cpu_us:6.1} µs"
        )
    }
}

/// Pede a página por dois segundos, com 32 conexões.
pub fn pedir(endereco: &str, cookie: &str, processo: u32) -> Carga {
    let antes = custo(processo).cpu_us;
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", "-c32", "-d2s", "--latency", endereco]);
    wrk.args(["-H", &format!("Cookie: {cookie}")]);
    let saida = wrk.output().expect("o wrk deve executar");
    let dito = String::from_utf8_lossy(&saida.stdout).into_owned();
    assert!(!dito.contains("Non-2xx"), "nem toda resposta foi a página:\n{dito}");
    let depois = custo(processo).cpu_us;
    let requisicoes: f64 = numero(&dito, r"(\d+) requests in");
    Carga {
        por_segundo: numero(&dito, r"Requests/sec:\s+([\d.]+)"),
        p99_ms: milissegundos(&dito),
        cpu_us: (depois - antes) / requisicoes,
    }
}

fn numero(dito: &str, padrao: &str) -> f64 {
    let achado = Regex::new(padrao).expect("expressão válida").captures(dito);
    let achado = achado.unwrap_or_else(|| panic!("o wrk não disse {padrao}:\n{dito}"));
    achado[1].parse().expect("um número")
}

/// O wrk escolhe a unidade.
fn milissegundos(dito: &str) -> f64 {
    let p99 = Regex::new(r"99%\s+([\d.]+)(us|ms|s)\s").expect("expressão válida");
    let achado = p99.captures(dito).unwrap_or_else(|| panic!("falta o p99:\n{dito}"));
    let vezes = match &achado[2] {
        "us" => 0.001,
        "ms" => 1.0,
        _ => 1_000.0,
    };
    achado[1].parse::<f64>().expect("um número") * vezes
}

/// O que um processo e os que ele iniciou gastaram até agora.
#[derive(Default)]
pub struct Custo {
    pub cpu_us: f64,
    pub memoria_mb: f64,
}

/// Só no Linux; fora dele, zero.
pub fn custo(processo: u32) -> Custo {
    let processos = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let processos = processos.filter_map(|pasta| {
        let numero: u32 = pasta.file_name().to_str()?.parse().ok()?;
        Some((numero, estado(numero)?))
    });
    let processos: Vec<_> = processos.collect();
    let mut familia = vec![processo];
    let mut custo = Custo::default();
    while let Some(um) = familia.pop() {
        for (numero, estado) in &processos {
            if estado.pai == um {
                familia.push(*numero);
            }
            if *numero == um {
                custo.cpu_us += estado.custo.cpu_us;
                custo.memoria_mb += estado.custo.memoria_mb;
            }
        }
    }
    custo
}

struct Estado {
    pai: u32,
    custo: Custo,
}

/// `/proc/<número>/stat`: depois do nome, que pode ter espaços, vêm o estado, o pai e os tempos.
fn estado(numero: u32) -> Option<Estado> {
    /// Centésimos de segundo e páginas de 4 KiB, as unidades do Linux em quase toda máquina.
    const MICROSSEGUNDOS: f64 = 10_000.0;
    const PAGINAS_EM_UM_MB: f64 = 256.0;
    let texto = std::fs::read_to_string(format!("/proc/{numero}/stat")).ok()?;
    let campos: Vec<&str> = texto.rsplit_once(')')?.1.split_whitespace().collect();
    let campo = |posicao: usize| campos.get(posicao)?.parse::<f64>().ok();
    let cpu_us = (campo(11)? + campo(12)?) * MICROSSEGUNDOS;
    let memoria_mb = campo(21)? / PAGINAS_EM_UM_MB;
    Some(Estado {
        pai: campos.get(1)?.parse().ok()?,
        custo: Custo { cpu_us, memoria_mb },
    })
}
