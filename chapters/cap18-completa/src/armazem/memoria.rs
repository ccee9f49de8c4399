//! As sessões na memória do programa: somem quando ele para, e outro programa não as
//! vê.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rocket::async_trait;

use super::{Armazem, Registro, Resposta, Resumo, Versao, agora};

type Guardado = (Registro, Versao);

/// Um mapa. Os vencidos ficam nele até a próxima limpeza, e ninguém os vê.
#[derive(Default)]
pub struct Memoria(Mutex<HashMap<Resumo, Guardado>>);

impl Memoria {
    fn mapa(&self) -> MutexGuard<'_, HashMap<Resumo, Guardado>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn vale((registro, _): &&Guardado) -> bool {
    registro.vence > agora()
}

#[async_trait]
impl Armazem for Memoria {
    async fn gravar(
        &self,
        resumo: &Resumo,
        registro: &Registro,
        lida: Option<Versao>,
    ) -> Resposta<Option<Versao>> {
        let mut mapa = self.mapa();
        if mapa.get(resumo).filter(vale).map(|(_, versao)| *versao) != lida {
            return Ok(None);
        }
        let versao = lida.unwrap_or_default() + 1;
        mapa.insert(resumo.clone(), (registro.clone(), versao));
        Ok(Some(versao))
    }

    async fn ler(&self, resumo: &Resumo) -> Resposta<Option<Guardado>> {
        Ok(self.mapa().get(resumo).filter(vale).cloned())
    }

    async fn apagar(&self, resumo: &Resumo, lida: Option<Versao>) -> Resposta<bool> {
        let mut mapa = self.mapa();
        let atual = mapa.get(resumo).filter(vale);
        let apaga = atual.is_some_and(|um| lida.is_none_or(|lida| um.1 == lida));
        Ok(apaga && mapa.remove(resumo).is_some())
    }

    async fn limpar(&self) -> Resposta<u64> {
        let vencidos = self.mapa().extract_if(|_, um| !vale(&&*um)).count();
        Ok(vencidos.try_into().unwrap_or(u64::MAX))
    }

    async fn do_dono(&self, dono: &str) -> Resposta<Option<Vec<(Resumo, Registro)>>> {
        let mapa = self.mapa();
        let validos = mapa.iter().filter(|(_, um)| vale(um));
        let dele = validos.filter(|(_, (um, _))| um.dono.as_deref() == Some(dono));
        Ok(Some(dele.map(|(resumo, (um, _))| (resumo.clone(), um.clone())).collect()))
    }
}
