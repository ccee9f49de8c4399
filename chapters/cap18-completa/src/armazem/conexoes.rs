//! As conexões com um armazenamento que responde uma pergunta de cada vez.

use parking_lot::Mutex;
use rocket::tokio::sync::{Semaphore, SemaphorePermit};

use super::{Falha, Resposta};

/// Acima deste número, quem chega espera.
pub const CONEXOES: usize = 8;

/// As conexões que ninguém está usando. O `Pool` da sqlx faria o mesmo, e perguntaria ao
/// banco, a cada uso, se a conexão ainda vale: isso dobra o custo de ler uma sessão.
pub struct Conexoes<C> {
    livres: Mutex<Vec<C>>,
    vagas: Semaphore,
}

impl<C> Conexoes<C> {
    pub fn nenhuma() -> Conexoes<C> {
        Conexoes { livres: Mutex::default(), vagas: Semaphore::new(CONEXOES) }
    }

    /// A vez de usar uma conexão, e uma livre; se não há, espera por `nova`.
    pub async fn uma(
        &self,
        nova: impl Future<Output = Resposta<C>>,
    ) -> Resposta<(SemaphorePermit<'_>, C)> {
        let vaga = self.vagas.acquire().await.map_err(Falha::de)?;
        let livre = self.livres.lock().pop();
        match livre {
            Some(livre) => Ok((vaga, livre)),
            None => Ok((vaga, nova.await?)),
        }
    }

    /// Guarda a conexão para a próxima pergunta. Se esta falhou, nenhuma fica: o
    /// problema de uma costuma ser o de todas.
    pub fn devolver<T, E>(&self, conexao: C, resposta: &Result<T, E>) {
        let mut livres = self.livres.lock();
        match resposta {
            Ok(_) => livres.push(conexao),
            Err(_) => livres.clear(),
        }
    }
}
