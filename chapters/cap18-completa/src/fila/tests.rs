//! Quem espera por quem.

use rocket::futures::FutureExt;

use super::vez;
use crate::armazem::Resumo;

#[test]
fn quem_disputa_a_propria_sessao_quase_nunca_atrasa_as_dos_outros() {
    let resumo = |id: u32| Resumo::do_id("sessoes", &id.to_string());
    let _minha = vez(&resumo(0)).now_or_never().unwrap();
    assert!(vez(&resumo(0)).now_or_never().is_none());
    // Dos outros, um em cada 64.
    let esperam = (1..1_000).filter(|id| vez(&resumo(*id)).now_or_never().is_none());
    assert!(esperam.count() < 40);
}
