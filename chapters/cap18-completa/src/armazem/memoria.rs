//! As sessões na memória do programa: somem quando ele para, e outro não as vê.

use std::collections::HashMap;

use parking_lot::Mutex;
use rocket::async_trait;

use super::{Armazem, Registro, Resposta, Resumo, Versao, agora};

type Guardado = (Registro, Versao);

/// Um mapa. Os vencidos ficam nele até a próxima limpeza, e ninguém os vê.
#[derive(Default)]
pub struct Memoria(Mutex<HashMap<Resumo, Guardado>>);

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
        let mut mapa = self.0.lock();
        if mapa.get(resumo).filter(vale).map(|(_, versao)| *versao) != lida {
            return Ok(None);
        }
        let versao = lida.unwrap_or_default() + 1;
        mapa.insert(resumo.clone(), (registro.clone(), versao));
        Ok(Some(versao))
    }

    async fn ler(&self, resumo: &Resumo) -> Resposta<Option<Guardado>> {
        Ok(self.0.lock().get(resumo).filter(vale).cloned())
    }

    async fn apagar(&self, resumo: &Resumo, lida: Option<Versao>) -> Resposta<bool> {
        let mut mapa = self.0.lock();
        let atual = mapa.get(resumo).filter(vale);
        let apaga = atual.is_some_and(|um| lida.is_none_or(|lida| um.1 == lida));
        Ok(apaga && mapa.remove(resumo).is_some())
    }

    async fn limpar(&self) -> Resposta<u64> {
        let vencidos = self.0.lock().extract_if(|_, um| !vale(&&*um)).count();
        Ok(vencidos.try_into().unwrap_or(u64::MAX))
    }

    async fn do_dono(&self, dono: &str) -> Resposta<Option<Vec<(Resumo, Registro)>>> {
        let mapa = self.0.lock();
        let validos = mapa.iter().filter(|(_, um)| vale(um));
        let dele = validos.filter(|(_, (um, _))| um.dono.as_deref() == Some(dono));
        Ok(Some(dele.map(|(resumo, (um, _))| (resumo.clone(), um.clone())).collect()))
    }
}
