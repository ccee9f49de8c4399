//! As sessões abertas de uma pessoa: ver, encerrar e abrir lugar para mais uma.

use std::cmp::Reverse;

use super::armazem::{Registro, Resumo, em_tempo};
use super::erro::Erro;
use super::guardada::Guardada;
use super::sessao::Sessao;
use super::validade::Marcas;

/// Com mais que isto, o login novo encerra a sessão parada há mais tempo: quem sabe a
/// senha não enche o armazenamento nem a lista.
const POR_DONO: usize = 50;

/// Uma sessão aberta, como o armazenamento a lista.
pub struct Aberta {
    /// O que a distingue das outras. Não serve para entrar.
    pub codigo: String,
    /// Como se apresentou o navegador do login, no `User-Agent`.
    pub navegador: String,
    /// Quando foi o login, em segundos desde 1970.
    pub criada: i64,
    /// Quando foi o último uso, com a precisão de um décimo do limite.
    pub usada: i64,
    /// Verdadeiro se é a desta requisição.
    pub esta: bool,
    resumo: Resumo,
}

/// As sessões de quem entrou nesta. `None` se o armazenamento não sabe procurar.
impl Sessao<'_> {
    /// As que estão abertas, a mais recente primeiro.
    pub async fn abertas(&self) -> Result<Option<Vec<Aberta>>, Erro> {
        match self.dono() {
            Some(dono) => self.abertas_de(&dono).await,
            None => Ok(Some(Vec::new())),
        }
    }

    /// Encerra as que a função escolhe (`|_| true`, todas), menos esta. Diz quantas eram.
    pub async fn encerrar_outras(
        &self,
        quais: impl Fn(&Aberta) -> bool,
    ) -> Result<Option<usize>, Erro> {
        let Some(abertas) = self.abertas().await? else { return Ok(None) };
        let mut encerradas = 0;
        for outra in abertas.iter().filter(|aberta| !aberta.esta && quais(aberta)) {
            let apagada = self.sessoes().armazem.apagar(&outra.resumo, None);
            encerradas += usize::from(em_tempo(apagada).await?);
        }
        Ok(Some(encerradas))
    }

    /// Antes de um login: as sessões paradas há mais tempo dão lugar à nova.
    pub(crate) async fn abrir_lugar(&self, dono: &str) -> Result<(), Erro> {
        let abertas = self.abertas_de(dono).await?.unwrap_or_default();
        for sobra in abertas.iter().filter(|aberta| !aberta.esta).skip(POR_DONO - 1) {
            em_tempo(self.sessoes().armazem.apagar(&sobra.resumo, None)).await?;
        }
        Ok(())
    }

    async fn abertas_de(&self, dono: &str) -> Result<Option<Vec<Aberta>>, Erro> {
        let dono = self.sessoes().dono(dono);
        let registros = em_tempo(self.sessoes().armazem.do_dono(&dono)).await?;
        let Some(registros) = registros else { return Ok(None) };
        let abertas = registros.into_iter().filter_map(|(r, um)| self.aberta(r, &um));
        let mut abertas: Vec<Aberta> = abertas.collect();
        abertas.sort_by_key(|aberta| Reverse(aberta.usada));
        Ok(Some(abertas))
    }

    /// `None` se o registro não se lê, ou se o tempo dele acabou.
    fn aberta(&self, resumo: Resumo, um: &Registro) -> Option<Aberta> {
        let sessoes = self.sessoes();
        let Guardada { marcas, navegador, .. } = Guardada::abrir(um, sessoes).ok()?;
        let Marcas { criada, usada, .. } = marcas;
        let fim = sessoes.ajustes.limites.fim(marcas, sessoes.agora());
        let (codigo, esta) = (resumo.como_texto().to_owned(), self.e_dela(&resumo));
        let aberta = Aberta { codigo, navegador, criada, usada, esta, resumo };
        fim.is_none().then_some(aberta)
    }
}
