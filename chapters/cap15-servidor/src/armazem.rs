//! Onde as sessões ficam: o que todo armazenamento sabe fazer.

use std::time::Duration;

use rocket::http::Status;
use sha2::{Digest, Sha256};

pub mod memoria;

/// Quanto um registro dura depois da última gravação, e o cookie dele também.
pub const VALIDADE: Duration = Duration::from_hours(1);

// ANCHOR: armazem
/// O que um armazenamento responde; se falha, é o código que o navegador recebe.
pub type Resposta<T> = Result<T, Status>;

#[rocket::async_trait]
pub trait Armazem: Send + Sync {
    /// Guarda um registro novo, sem nunca cobrir outro. Falso se o nome já existe.
    async fn criar(&self, nome: &str, texto: &str) -> Resposta<bool>;

    /// O texto do registro; `None` se ele não existe ou já venceu.
    async fn ler(&self, nome: &str) -> Resposta<Option<String>>;

    /// Troca o texto de um registro que ainda está lá. Falso se ele não está mais.
    async fn trocar(&self, nome: &str, texto: &str) -> Resposta<bool>;

    /// Depois disto, nem um `trocar` que já tinha começado traz o registro de volta.
    async fn apagar(&self, nome: &str) -> Resposta<()>;
}
// ANCHOR_END: armazem

// ANCHOR: nome
/// O nome do registro é o hash do id: uma cópia do armazenamento não traz os ids.
pub fn nome(id: &str) -> String {
    format!("{:x}", Sha256::digest(id))
}
// ANCHOR_END: nome
