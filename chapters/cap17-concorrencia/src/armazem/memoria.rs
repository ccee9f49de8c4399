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
    async fn ler(&self, nome: &str) -> Resposta<Option<(String, Versao)>> {
        Ok(self.0.get(nome))
    }

    async fn trocar(&self, nome: &str, lida: Versao, texto: &str) -> Resposta<bool> {
        let feito = self.0.entry(nome.to_owned()).and_compute_with(|atual| {
            let versao = atual.map_or(0, |atual| atual.value().1);
            let nova = (texto.to_owned(), versao + 1);
            if versao == lida { Op::Put(nova) } else { Op::Nop }
        });
        Ok(matches!(feito, CompResult::Inserted(_) | CompResult::ReplacedWith(_)))
    }

    async fn apagar(&self, nome: &str) -> Resposta<()> {
        self.0.invalidate(nome);
        Ok(())
    }
}
// ANCHOR_END: memoria
