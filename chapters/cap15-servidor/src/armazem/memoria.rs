//! As sessões na memória do programa: somem quando ele termina.

use moka::ops::compute::{CompResult, Op};
use moka::sync::Cache;

use super::{Armazem, Resposta, VALIDADE};

// ANCHOR: memoria
/// Um mapa que várias requisições usam ao mesmo tempo e que esquece o que venceu.
struct Memoria(Cache<String, String>);

pub fn nova() -> Box<dyn Armazem> {
    Box::new(Memoria(Cache::builder().time_to_live(VALIDADE).build()))
}

#[rocket::async_trait]
impl Armazem for Memoria {
    async fn criar(&self, nome: &str, texto: &str) -> Resposta<bool> {
        Ok(self.0.entry(nome.to_owned()).or_insert(texto.to_owned()).is_fresh())
    }

    async fn ler(&self, nome: &str) -> Resposta<Option<String>> {
        Ok(self.0.get(nome))
    }

    async fn trocar(&self, nome: &str, texto: &str) -> Resposta<bool> {
        let feito = self.0.entry(nome.to_owned()).and_compute_with(|atual| {
            if atual.is_some() { Op::Put(texto.to_owned()) } else { Op::Nop }
        });
        Ok(matches!(feito, CompResult::ReplacedWith(_)))
    }

    async fn apagar(&self, nome: &str) -> Resposta<()> {
        // O `invalidate` não espera por um `trocar` que já começou; isto espera.
        self.0.entry(nome.to_owned()).and_compute_with(|_| Op::Remove);
        Ok(())
    }
}
// ANCHOR_END: memoria
