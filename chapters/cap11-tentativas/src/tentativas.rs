//! Quantas vezes se pode tentar a senha de uma conta.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

// ANCHOR: tipos
/// Quantas tentativas uma conta aceita antes de ter de esperar.
const LIMITE: u32 = 10;

/// Quanto dura uma contagem, em segundos, desde a primeira tentativa.
const JANELA: i64 = 15 * 60;

#[derive(Clone, Copy)]
struct Contagem {
    tentativas: u32,
    termina: i64,
}

/// As tentativas de cada nome. Fica na memória, e todas as requisições a compartilham.
///
/// Só para aprender: um nome inventado ocupa a memória até o programa terminar. O
/// capítulo 18 limita quantos ela guarda.
#[derive(Default)]
pub struct Tentativas(Mutex<HashMap<String, Contagem>>);
// ANCHOR_END: tipos

impl Tentativas {
    // ANCHOR: contar
    /// Conta uma tentativa, antes de conferir a senha. `agora` é em segundos. O erro é
    /// quantos segundos faltam para tentar de novo.
    pub fn contar(&self, username: &str, agora: i64) -> Result<(), i64> {
        let nova = Contagem { tentativas: 0, termina: agora + JANELA };
        let mut contagens = self.contagens();
        let contagem = contagens.entry(username.to_owned()).or_insert(nova);
        if contagem.termina <= agora {
            *contagem = nova;
        }
        if contagem.tentativas >= LIMITE {
            return Err(contagem.termina - agora);
        }
        contagem.tentativas += 1;
        Ok(())
    }
    // ANCHOR_END: contar

    // ANCHOR: esquecer
    /// Acertar a senha faz a contagem da conta recomeçar do zero.
    pub fn esquecer(&self, username: &str) {
        self.contagens().remove(username);
    }

    fn contagens(&self) -> MutexGuard<'_, HashMap<String, Contagem>> {
        // Se uma thread parou com a tabela na mão, as contagens continuam inteiras.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    // ANCHOR_END: esquecer
}
