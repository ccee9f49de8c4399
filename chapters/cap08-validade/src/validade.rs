//! Até quando uma sessão vale: as horas que ela leva e os limites do servidor.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

// ANCHOR: limites
/// O limite de inatividade: 30 minutos, em segundos, contados do último uso.
const INATIVIDADE: i64 = 30 * 60;

/// O limite absoluto: 8 horas, em segundos, contadas do login.
const ABSOLUTO: i64 = 8 * 60 * 60;

/// Dois servidores nunca têm a mesma hora: até 60 segundos, a diferença é do relógio.
const TOLERANCIA: i64 = 60;
// ANCHOR_END: limites

// ANCHOR: horas
/// As horas de uma sessão, em segundos desde 1970. Vão dentro do texto criptografado,
/// que o navegador não sabe escrever.
#[derive(Serialize, Deserialize)]
pub struct Horas {
    criada: i64,
    /// Quando o último uso foi anotado.
    pub usada: i64,
}
// ANCHOR_END: horas

impl Horas {
    /// As horas de uma sessão que começa agora.
    pub fn novas() -> Horas {
        let agora = agora();
        Horas { criada: agora, usada: agora }
    }

    // ANCHOR: valem
    /// Falso, se a sessão passou de um dos limites ou se diz vir do futuro.
    pub fn valem(&self, agora: i64) -> bool {
        let do_futuro = self.criada.max(self.usada) > agora + TOLERANCIA;
        let sem_uso = agora.saturating_sub(self.usada);
        let ao_todo = agora.saturating_sub(self.criada);
        !do_futuro && sem_uso < INATIVIDADE && ao_todo < ABSOLUTO
    }
    // ANCHOR_END: valem

    // ANCHOR: convem_renovar
    /// Escrever o cookie a cada leitura custaria caro: um décimo do limite basta.
    pub fn convem_renovar(&self, agora: i64) -> bool {
        agora.saturating_sub(self.usada) >= INATIVIDADE / 10
    }
    // ANCHOR_END: convem_renovar
}

// ANCHOR: agora
/// A hora do servidor, em segundos desde 1970.
pub fn agora() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}
// ANCHOR_END: agora
