//! O que `cargo test` escreveu: o que passou, o que falhou e por quê.

use std::collections::{BTreeMap, BTreeSet};

/// Os testes que executaram, pelo nome, sem o do módulo.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Testes {
    /// Os que passaram.
    pub passaram: BTreeSet<String>,
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
        for linha in saida.lines() {
            let Some(resto) = linha.strip_prefix("test ") else { continue };
            match resto.split_once(" ... ") {
                Some((nome, "ok")) => drop(testes.passaram.insert(curto(nome))),
                Some((nome, "FAILED")) => {
                    let falha = Falha::ler(saida, nome).unwrap_or_default();
                    testes.falharam.insert(curto(nome), falha);
                }
                _ => {}
            }
        }
        testes
    }
}

impl Falha {
    fn ler(saida: &str, nome: &str) -> Option<Falha> {
        let (_, relato) = saida.split_once(&format!("---- {nome} stdout ----\n"))?;
        let (_, parada) = relato.split_once(" panicked at ")?;
        let (lugar, mensagem) = parada.split_once('\n')?;
        // Depois da mensagem vem uma linha em branco ou o conselho do Rust.
        let fim = |linha: &str| {
            linha.is_empty()
                || linha.starts_with("note: ")
                || linha == "stack backtrace:"
        };
        let mensagem: Vec<&str> = mensagem.lines().take_while(|l| !fim(l)).collect();
        let lugar = lugar.trim_end_matches(':').replace('\\', "/");
        Some(Falha { lugar, mensagem: mensagem.join("\n") })
    }
}

fn curto(nome: &str) -> String {
    nome.rsplit("::").next().unwrap_or(nome).to_owned()
}
