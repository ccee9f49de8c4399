//! Os testes de um pacote: compila-os, executa-os e lê o que passou, o que falhou e por quê.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use regex::Regex;
use serde_json::Value;

use crate::Resultado;
use crate::processo::{ate, cargo, esquecer};

/// Quanto os testes de um pacote podem demorar: um laço sem fim também termina.
const PACIENCIA: Duration = Duration::from_secs(120);

/// Os testes que executaram, pelo nome, sem o do módulo.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Testes {
    /// Os que passaram.
    pub passaram: BTreeSet<String>,
    /// Os que não executaram, porque estão marcados com `#[ignore]`.
    pub ignorados: BTreeSet<String>,
    /// Os que falharam, e por quê.
    pub falharam: BTreeMap<String, Falha>,
}

/// Por que um teste falhou.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Falha {
    /// O arquivo, a linha e a coluna em que ele parou, com barras normais.
    pub lugar: String,
    /// O que ele disse.
    pub mensagem: String,
}

impl Testes {
    /// Lê a saída de um programa de testes, no formato `pretty`.
    pub fn ler(saida: &str) -> Testes {
        let mut testes = Testes::default();
        for linha in saida.lines().filter_map(|linha| linha.strip_prefix("test ")) {
            let Some((nome, fim)) = linha.split_once(" ... ") else { continue };
            let curto = nome.rsplit("::").next().unwrap_or(nome).to_owned();
            if fim == "ok" {
                testes.passaram.insert(curto);
            } else if fim == "FAILED" {
                let falha = Falha::ler(saida, nome).unwrap_or_default();
                testes.falharam.insert(curto, falha);
            } else if fim.starts_with("ignored") {
                testes.ignorados.insert(curto);
            }
        }
        testes
    }
}

impl Falha {
    fn ler(saida: &str, nome: &str) -> Option<Falha> {
        let (_, relato) = saida.split_once(&format!("---- {nome} stdout ----\n"))?;
        // Depois da mensagem vem uma linha em branco ou o conselho do Rust.
        let parada =
            r"(?s) panicked at ([^\n]+):\n(.*?)\n(?:\n|note: |stack backtrace:)";
        let [lugar, mensagem] = Regex::new(parada).ok()?.captures(relato)?.extract().1;
        Some(Falha { lugar: lugar.replace('\\', "/"), mensagem: mensagem.to_owned() })
    }
}

/// Os programas de teste que o Cargo compilou, pelo nome, com a pasta do pacote de cada um.
#[derive(Debug, Default)]
pub struct Compilados {
    programas: BTreeMap<String, (PathBuf, PathBuf)>,
    /// Os avisos do compilador.
    pub avisos: String,
}

impl Compilados {
    /// Compila os testes que esta seleção pede ao Cargo. O erro é o que o compilador disse ou, se nem
    /// chegou a ele, o que o Cargo disse.
    pub fn novos(selecao: &[&str]) -> Resultado<Compilados> {
        let mut cargo = cargo();
        cargo.args(["test", "--no-run", "--quiet", "--message-format=json"]);
        let saida = cargo.args(selecao).output().map_err(|erro| erro.to_string())?;
        let (mut compilados, mut erros) = (Compilados::default(), String::new());
        for linha in String::from_utf8_lossy(&saida.stdout).lines() {
            let mensagem: Value = serde_json::from_str(linha).unwrap_or_default();
            let texto = |onde: &str| {
                mensagem.pointer(onde).and_then(Value::as_str).unwrap_or_default()
            };
            match texto("/message/level") {
                "error" => erros += texto("/message/rendered"),
                "warning" => compilados.avisos += texto("/message/rendered"),
                _ => {}
            }
            let de_teste =
                mensagem.pointer("/profile/test").is_some_and(|um| um == true);
            if de_teste && let Some(programa) = mensagem["executable"].as_str() {
                let pasta = Path::new(texto("/manifest_path")).with_file_name("");
                let nome = texto("/target/name").to_owned();
                compilados.programas.insert(nome, (pasta, programa.into()));
            }
        }
        if saida.status.success() {
            return Ok(compilados);
        }
        if erros.is_empty() {
            erros += &String::from_utf8_lossy(&saida.stderr);
        }
        Err(erros)
    }

    /// Executa um programa; devolve se todos os testes passaram e o que ele escreveu, ou o erro de que
    /// não termina.
    pub fn executar(&self, nome: &str) -> Resultado<(bool, String)> {
        let (pasta, programa) = self.programas.get(nome).ok_or("sem testes")?;
        let mut testes = Command::new(programa);
        esquecer(&mut testes, &["ROCKET_", "RUST_BACKTRACE"]);
        testes.current_dir(pasta).env("CARGO_MANIFEST_DIR", pasta);
        ate(PACIENCIA, testes).map_err(|_| {
            let segundos = PACIENCIA.as_secs();
            format!("os testes não terminam em {segundos} s: há um laço sem fim?")
        })
    }
}

/// `cargo test -p`: compila e executa os testes de um pacote. É um erro se não compilam ou não
/// terminam.
pub fn testar(pacote: &str) -> Resultado<(bool, String)> {
    let compilados = Compilados::novos(&["-p", pacote])?;
    let (mut certo, mut saida) = (true, String::new());
    for nome in compilados.programas.keys() {
        let (passou, escreveu) = compilados.executar(nome)?;
        certo &= passou;
        saida += &escreveu;
    }
    Ok((certo, saida))
}
