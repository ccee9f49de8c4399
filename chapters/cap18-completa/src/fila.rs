//! Quem perde a vez de gravar uma sessão espera em uma fila.

use std::time::Duration;

use rocket::tokio::sync::{Mutex, MutexGuard};
use rocket::tokio::time::sleep;

use super::armazem::Resumo;

/// Quase uma fila por sessão: quem disputa a própria não atrasa as dos outros.
static FILAS: [Mutex<()>; 64] = [const { Mutex::const_new(()) }; 64];

/// A vez de quem grava este registro, que dura até o valor devolvido sair do escopo.
pub async fn vez(resumo: &Resumo) -> MutexGuard<'static, ()> {
    let inicio = resumo.como_texto().get(..8).unwrap_or_default();
    let sorteada = usize::from_str_radix(inicio, 16).unwrap_or_default();
    FILAS[sorteada % FILAS.len()].lock().await
}

/// Outra instância do programa tem as filas dela: quem perde para ela espera um tempo
/// sorteado.
pub async fn dar_a_vez() {
    let sorteado = getrandom::u32().unwrap_or_default() % 20;
    sleep(Duration::from_millis(sorteado.into())).await;
}
