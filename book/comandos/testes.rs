//! Os testes de um pacote: compila-os, executa-os e lê o que passou, o que falhou e por quê.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use regex::Regex;
use serde_json::Value;

use crate::Resultado;
use crate::processo::{Ouvir, acompanhar, cargo, esquecer};
use crate::terminal::PARA_COMPILAR;

/// Quanto os testes de um pacote podem demorar: um laço sem fim também termina.
const PACIENCIA: Duration = Duration::from_secs(60);

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
    /// chegou a ele, o que o Cargo disse. Quem ouve fica sabendo o que o Cargo está fazendo.
    pub fn novos(selecao: &[&str], ouvir: Ouvir) -> Resultado<Compilados> {
        let mut cargo = cargo();
        cargo.args(["test", "--no-run", "--message-format=json"]).args(selecao);
        let (certo, saida) = acompanhar(PARA_COMPILAR, cargo, &mut |novo| {
            let andamento = novo.lines().filter(|linha| e_andamento(linha));
            ouvir(&andamento.map(|linha| format!("{linha}\n")).collect::<String>())
        })?;
        let (mut compilados, mut erros) = (Compilados::default(), String::new());
        let mut do_cargo = String::new();
        for linha in saida.lines().filter(|linha| !e_andamento(linha)) {
            let Ok(mensagem) = serde_json::from_str::<Value>(linha) else {
                do_cargo += &format!("{linha}\n");
                continue;
            };
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
        if certo {
            return Ok(compilados);
        }
        Err(if erros.is_empty() { do_cargo } else { erros })
    }

    /// Executa um programa; devolve se todos os testes passaram e o que ele escreveu, ou o erro de que
    /// não termina. Quem ouve recebe cada teste assim que ele termina.
    pub fn executar(&self, nome: &str, ouvir: Ouvir) -> Resultado<(bool, String)> {
        let (pasta, programa) = self.programas.get(nome).ok_or("sem testes")?;
        let mut testes = Command::new(programa);
        esquecer(&mut testes, &["ROCKET_", "RUST_BACKTRACE"]);
        testes.current_dir(pasta).env("CARGO_MANIFEST_DIR", pasta);
        acompanhar(PACIENCIA, testes, ouvir)
            .map_err(|erro| format!("os testes: {erro}. Há um laço sem fim?"))
    }
}

/// Se esta linha é do Cargo, dizendo o que faz: um verbo alinhado à direita, como em `   Compiling`.
fn e_andamento(linha: &str) -> bool {
    let verbo = linha.get(..12).map(str::trim_start).unwrap_or_default();
    linha.as_bytes().get(12) == Some(&b' ')
        && verbo.starts_with(|letra: char| letra.is_ascii_uppercase())
        && verbo.chars().all(|letra| letra.is_ascii_alphabetic())
}

/// `cargo test -p`: compila e executa os testes de um pacote. É um erro se não compilam ou não
/// terminam.
pub fn testar(pacote: &str, ouvir: Ouvir) -> Resultado<(bool, String)> {
    let compilados = Compilados::novos(&["-p", pacote], ouvir)?;
    let (mut certo, mut saida) = (true, String::new());
    for nome in compilados.programas.keys() {
        let (passou, escreveu) = compilados.executar(nome, ouvir)?;
        certo &= passou;
        saida += &escreveu;
    }
    Ok((certo, saida))
}
