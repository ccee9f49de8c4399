//! As sessões na memória do programa: somem quando ele para, e outro programa não as
//! vê.

use std::time::{Duration, Instant};

use moka::Expiry;
use moka::ops::compute::{CompResult, Op};
use moka::sync::Cache;
use rocket::async_trait;
use time::OffsetDateTime;

use super::{Armazem, Falha, Registro, Resumo, Versao};

type Guardado = (Registro, Versao);

/// O moka é um cache: com um prazo por registro e sem limite de tamanho, só apaga os
/// vencidos.
pub struct Memoria(Cache<Resumo, Guardado>);

impl Memoria {
    /// Uma memória sem sessões.
    pub fn nova() -> Memoria {
        Memoria(Cache::builder().expire_after(Vencimento).build())
    }

    /// Faz isto com o registro, se a versão dele ainda é a lida.
    fn se_ainda_for(
        &self,
        resumo: &Resumo,
        lida: Option<Versao>,
        operacao: Op<Guardado>,
    ) -> CompResult<Resumo, Guardado> {
        self.0.entry(resumo.clone()).and_compute_with(|atual| match atual {
            Some(atual) if lida.is_none_or(|lida| atual.value().1 == lida) => operacao,
            _ => Op::Nop,
        })
    }
}

struct Vencimento;

impl Expiry<Resumo, Guardado> for Vencimento {
    fn expire_after_create(
        &self,
        _: &Resumo,
        valor: &Guardado,
        _: Instant,
    ) -> Option<Duration> {
        Some(quanto_falta(&valor.0))
    }

    fn expire_after_update(
        &self,
        _: &Resumo,
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
    async fn gravar(
        &self,
        resumo: &Resumo,
        registro: &Registro,
        lida: Option<Versao>,
    ) -> Result<Option<Versao>, Falha> {
        let Some(lida) = lida else {
            let entrada = self.0.entry(resumo.clone());
            let novo = entrada.or_insert_with(|| (registro.clone(), 1));
            return Ok(novo.is_fresh().then_some(1));
        };
        let novo = Op::Put((registro.clone(), lida + 1));
        let feito = self.se_ainda_for(resumo, Some(lida), novo);
        Ok(matches!(feito, CompResult::ReplacedWith(_)).then_some(lida + 1))
    }

    async fn ler(&self, resumo: &Resumo) -> Result<Option<(Registro, Versao)>, Falha> {
        Ok(self.0.get(resumo))
    }

    async fn apagar(
        &self,
        resumo: &Resumo,
        lida: Option<Versao>,
    ) -> Result<bool, Falha> {
        let feito = self.se_ainda_for(resumo, lida, Op::Remove);
        Ok(matches!(feito, CompResult::Removed(_)))
    }

    async fn do_dono(
        &self,
        dono: &str,
    ) -> Result<Option<Vec<(Resumo, Registro)>>, Falha> {
        let todos = self.0.iter().map(|(resumo, (registro, _))| (resumo, registro));
        let dele = todos.filter(|(_, registro)| registro.dono.as_deref() == Some(dono));
        Ok(Some(dele.map(|(resumo, um)| (resumo.as_ref().clone(), um)).collect()))
    }
}
