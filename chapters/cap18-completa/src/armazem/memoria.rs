//! As sessões na memória do programa: somem quando ele para, e outro programa não as
//! vê.

use moka::Expiry;
use moka::ops::compute::{CompResult, Op};
use moka::sync::Cache;
use rocket::async_trait;
use std::time::{Duration, Instant};
use time::OffsetDateTime;

use super::{Armazem, Chave, ListaDeSessoes, Registro, Resposta, Versao};

type Guardado = (Registro, Versao);

/// O moka é um cache: com um prazo por registro e sem limite de tamanho, só apaga os
/// vencidos.
pub struct Memoria(Cache<Chave, Guardado>);

impl Memoria {
    /// Uma memória sem sessões.
    pub fn nova() -> Memoria {
        Memoria(Cache::builder().expire_after(Vencimento).build())
    }
}

struct Vencimento;

impl Expiry<Chave, Guardado> for Vencimento {
    fn expire_after_create(
        &self,
        _: &Chave,
        valor: &Guardado,
        _: Instant,
    ) -> Option<Duration> {
        Some(quanto_falta(&valor.0))
    }

    fn expire_after_update(
        &self,
        _: &Chave,
        valor: &Guardado,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(quanto_falta(&valor.0))
    }
}

fn quanto_falta(registro: &Registro) -> Duration {
    let segundos = registro.vence - OffsetDateTime::now_utc().unix_timestamp();
    Duration::from_secs(segundos.try_into().unwrap_or(0))
}

#[async_trait]
impl Armazem for Memoria {
    async fn criar(
        &self,
        chave: &Chave,
        registro: &Registro,
    ) -> Resposta<Option<Versao>> {
        let novo = self.0.entry(chave.clone()).or_insert_with(|| (registro.clone(), 1));
        Ok(novo.is_fresh().then_some(1))
    }

    async fn ler(&self, chave: &Chave) -> Resposta<Option<(Registro, Versao)>> {
        Ok(self.0.get(chave))
    }

    async fn trocar(
        &self,
        chave: &Chave,
        versao: Versao,
        registro: &Registro,
    ) -> Resposta<Option<Versao>> {
        let resultado =
            self.0.entry(chave.clone()).and_compute_with(|atual| match atual {
                Some(atual) if atual.value().1 == versao => {
                    Op::Put((registro.clone(), versao + 1))
                }
                _ => Op::Nop,
            });
        Ok(matches!(resultado, CompResult::ReplacedWith(_)).then_some(versao + 1))
    }

    async fn apagar(&self, chave: &Chave, versao: Option<Versao>) -> Resposta<bool> {
        let resultado =
            self.0.entry(chave.clone()).and_compute_with(|atual| match atual {
                Some(atual)
                    if versao.is_none_or(|versao| atual.value().1 == versao) =>
                {
                    Op::Remove
                }
                _ => Op::Nop,
            });
        Ok(matches!(resultado, CompResult::Removed(_)))
    }
}

#[async_trait]
impl ListaDeSessoes for Memoria {
    async fn do_usuario(&self, usuario: &str) -> Resposta<Vec<(Chave, Registro)>> {
        let dele = self
            .0
            .iter()
            .filter(|(_, (registro, _))| registro.usuario.as_deref() == Some(usuario));
        Ok(dele
            .map(|(chave, (registro, _))| (chave.as_ref().clone(), registro))
            .collect())
    }
}
