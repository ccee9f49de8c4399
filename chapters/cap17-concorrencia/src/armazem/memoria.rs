//! As sessões na memória do programa: somem quando ele termina.

use moka::ops::compute::{CompResult, Op};
use moka::sync::Cache;

use super::{Armazem, Resposta, VALIDADE, Versao};

// ANCHOR: memoria
/// Um mapa que várias requisições usam ao mesmo tempo e que esquece o que venceu.
struct Memoria(Cache<String, (String, Versao)>);

pub fn nova() -> Box<dyn Armazem> {
    Box::new(Memoria(Cache::builder().time_to_live(VALIDADE).build()))
}

#[rocket::async_trait]
impl Armazem for Memoria {
    async fn criar(&self, nome: &str, texto: &str) -> Resposta<Option<Versao>> {
        let registro = self.0.entry(nome.to_owned()).or_insert((texto.to_owned(), 1));
        Ok(registro.is_fresh().then_some(1))
    }

    async fn ler(&self, nome: &str) -> Resposta<Option<(String, Versao)>> {
        Ok(self.0.get(nome))
    }

    async fn trocar(
        &self,
        nome: &str,
        lida: Versao,
        texto: &str,
    ) -> Resposta<Option<Versao>> {
        let nova = lida + 1;
        let feito = self.0.entry(nome.to_owned()).and_compute_with(|atual| {
            let atual = atual.map(|atual| atual.value().1);
            if atual == Some(lida) {
                Op::Put((texto.to_owned(), nova))
            } else {
                Op::Nop
            }
        });
        Ok(matches!(feito, CompResult::ReplacedWith(_)).then_some(nova))
    }

    async fn apagar(&self, nome: &str) -> Resposta<()> {
        // O `invalidate` não espera por um `trocar` que já começou; isto espera.
        self.0.entry(nome.to_owned()).and_compute_with(|_| Op::Remove);
        Ok(())
    }
}
// ANCHOR_END: memoria
