//! O que uma requisição leu da sessão, o que mudou nela, e como isso é gravado.

use rocket::http::Cookie;
use serde_json::json;

use super::armazem::{Falha, Registro, Resposta, Resumo, Versao, em_tempo};
use super::erro::Erro;
use super::fila;
use super::guardada::Guardada;
use super::instalacao::Sessoes;
use super::validade::Fim;
use super::valores::{Mudanca, Valores, por};

/// No servidor cabe muito mais que em um cookie, mas não tudo: sem um limite, uma
/// sessão seria um jeito de encher o armazenamento.
pub const LIMITE: usize = 65_536;

/// Quantos segundos o registro dura além do limite: o login ainda sabe o motivo.
const LEMBRANCA: i64 = 60 * 60;

/// O que esta requisição sabe da sessão, e o que fez com ela.
#[derive(Default)]
pub struct Mudancas {
    /// O que o cookie leva. `None` até que haja o que guardar.
    pub id: Option<String>,
    pub sessao: Guardada,
    /// Por que a sessão que o navegador trouxe terminou.
    pub fim: Option<Fim>,
    /// A versão do registro deste id. `None` se ele ainda não existe.
    versao: Option<Versao>,
    /// O registro de um id que deixou de valer. Com uma versão, só se apaga aquela.
    antigo: Option<(Resumo, Option<Versao>)>,
    /// Verdadeiro se esta requisição é um login, que não continua a sessão anterior.
    pub login: bool,
    feitas: Vec<(String, Mudanca)>,
    pub mudou: bool,
}

impl Mudancas {
    /// Lê a sessão que o cookie aponta. Se ela terminou, uma nova, com o motivo; sem um
    /// cookie, uma nova, que só ganha um id se houver o que guardar.
    pub async fn ler(sessoes: &Sessoes, cookie: Option<Cookie<'_>>) -> Resposta<Self> {
        let agora = sessoes.agora();
        let nova = Mudancas { sessao: Guardada::nova(agora), ..Mudancas::default() };
        let Some(cookie) = cookie else { return Ok(nova) };
        let resumo = sessoes.resumo(cookie.value());
        let lida = match sessoes.ler(&resumo).await {
            Err(Falha::Estragado) => {
                rocket::error!("sessão: {}", Falha::Estragado);
                None
            }
            lida => lida?,
        };
        let limites = &sessoes.ajustes.limites;
        let fim = lida.as_ref().map_or(Some(Fim::Encerrada), |(sessao, _)| {
            limites.fim(sessao.marcas, agora)
        });
        match lida {
            Some((sessao, versao)) if fim.is_none() => {
                let (id, versao) = (Some(cookie.value().to_owned()), Some(versao));
                Ok(Mudancas { id, sessao, versao, ..nova })
            }
            // O registro, se ainda há um, sai do armazenamento na próxima gravação.
            _ => Ok(Mudancas { fim, antigo: Some((resumo, None)), ..nova }),
        }
    }

    /// Faz a mudança e a anota, se havia o que mudar. Se falha ou não cabe, nada muda.
    pub fn mudar(&mut self, nome: &str, mudanca: Mudanca) -> Result<bool, Erro> {
        let mut valores = self.sessao.valores.clone();
        let depois = mudanca(valores.get(nome))?;
        if valores.get(nome) == depois.as_ref() {
            return Ok(false);
        }
        por(&mut valores, nome, depois);
        conferir_tamanho(&valores)?;
        self.sessao.valores = valores;
        self.feitas.push((nome.to_owned(), mudanca));
        self.mudou = true;
        Ok(true)
    }

    /// Um id novo para o mesmo dicionário: quem conhecia o anterior fica sem nada.
    pub fn trocar_de_id(&mut self, sessoes: &Sessoes) {
        if let (Some(id), Some(versao)) = (self.id.take(), self.versao.take()) {
            self.antigo = Some((sessoes.resumo(&id), Some(versao)));
        }
        self.mudou = true;
    }

    /// Verdadeiro para o registro desta sessão, e para o do id que ela está deixando.
    pub fn e_dela(&self, resumo: &Resumo, sessoes: &Sessoes) -> bool {
        let deste_id = self.id.as_deref().map(|id| sessoes.resumo(id));
        let antigo = self.antigo.as_ref().map(|(antigo, _)| antigo);
        [deste_id.as_ref(), antigo].contains(&Some(resumo))
    }

    /// Esvazia o dicionário. O registro anterior sai, não importa quem o mude até lá.
    pub fn limpar(&mut self, sessoes: &Sessoes) {
        self.trocar_de_id(sessoes);
        self.antigo = self.antigo.take().map(|(resumo, _)| (resumo, None));
        self.sessao = Guardada::nova(sessoes.agora());
        self.feitas.clear();
    }

    /// O id do cookie, sorteado na primeira vez em que há o que guardar.
    pub fn id(&mut self) -> Result<&str, Erro> {
        match &mut self.id {
            Some(id) => Ok(id),
            vazio => Ok(vazio.insert(sortear()?)),
        }
    }

    /// Grava o que mudou. Se outra requisição gravou antes, refaz as mudanças por cima
    /// do que ela deixou: nenhuma das duas se perde. O prazo é um, por mais tentativas
    /// que sejam; passado ele, a última pode ter sido gravada ou não.
    pub async fn gravar(mut self, sessoes: &Sessoes) -> Result<(), Erro> {
        em_tempo(async { Ok(self.insistir(sessoes).await) }).await?
    }

    async fn insistir(&mut self, sessoes: &Sessoes) -> Result<(), Erro> {
        // ANCHOR: encerrada
        // A sessão que alguém encerrou sai antes de tudo: no Redis, apagar funciona até
        // com a memória cheia, e o que vem depois pode falhar.
        if let Some((resumo, None)) = &self.antigo {
            sessoes.armazem.apagar(resumo, None).await?;
            self.antigo = None;
        }
        // ANCHOR_END: encerrada
        if self.tentar(sessoes).await? {
            return Ok(());
        }
        // ANCHOR: fila
        // Quem perde a vez entra em fila: todos juntos, perderiam de novo.
        let _vez = fila::vez(&self.disputada(sessoes)?).await;
        loop {
            self.refazer(sessoes).await?;
            if self.tentar(sessoes).await? {
                return Ok(());
            }
            fila::dar_a_vez().await;
        }
        // ANCHOR_END: fila
    }

    /// Grava o registro e apaga o do id anterior. Falso se um deles já é outro.
    async fn tentar(&mut self, sessoes: &Sessoes) -> Result<bool, Erro> {
        if !self.gravar_este(sessoes).await? {
            return Ok(false);
        }
        match &self.antigo {
            Some((resumo, lida)) => Ok(sessoes.armazem.apagar(resumo, *lida).await?),
            None => Ok(true),
        }
    }

    /// Grava o registro deste id. Falso se ele não é mais o que foi lido.
    async fn gravar_este(&mut self, sessoes: &Sessoes) -> Result<bool, Erro> {
        let Some(id) = &self.id else { return Ok(true) };
        let resumo = sessoes.resumo(id);
        if self.sessao.vazia() {
            let existe = self.versao.is_some();
            return Ok(!existe || sessoes.armazem.apagar(&resumo, self.versao).await?);
        }
        let vence = sessoes.ajustes.limites.vence(self.sessao.marcas, sessoes.agora());
        let texto = serde_json::to_string(&self.sessao)
            .map_err(|_| Erro::NaoVaiEmJson("session".to_owned()))?;
        let dono = self.sessao.dono.as_deref().map(|dono| sessoes.dono(dono));
        let registro = Registro { texto, dono, vence: vence + LEMBRANCA };
        let gravada = sessoes.armazem.gravar(&resumo, &registro, self.versao).await?;
        self.versao = gravada.or(self.versao);
        Ok(gravada.is_some())
    }

    /// Faz de novo as mudanças, por cima do que está guardado agora: no registro do id
    /// anterior, enquanto ele existe, porque um id novo ninguém mais conhece.
    async fn refazer(&mut self, sessoes: &Sessoes) -> Result<(), Erro> {
        let Some((guardada, versao)) = sessoes.ler(&self.disputada(sessoes)?).await?
        else {
            return self.sem_a_de_antes(sessoes).await;
        };
        let mut valores = guardada.valores;
        for (nome, mudanca) in &self.feitas {
            let depois = mudanca(valores.get(nome))?;
            por(&mut valores, nome, depois);
        }
        conferir_tamanho(&valores)?;
        self.sessao.valores = valores;
        match &mut self.antigo {
            Some((_, antiga)) => *antiga = Some(versao),
            None => self.versao = Some(versao),
        }
        Ok(())
    }

    /// Alguém encerrou a sessão no meio. Para um login, era o que se queria; o resto
    /// termina com ela, e o registro do id novo, se já foi gravado, sai.
    async fn sem_a_de_antes(&mut self, sessoes: &Sessoes) -> Result<(), Erro> {
        if self.antigo.take().is_some() {
            if self.login {
                return Ok(());
            }
            sessoes.armazem.apagar(&sessoes.resumo(self.id()?), None).await?;
        }
        Err(Erro::Encerrada)
    }

    /// O registro que outra requisição mudou: o do id anterior, enquanto ele existe.
    fn disputada(&mut self, sessoes: &Sessoes) -> Result<Resumo, Erro> {
        match &self.antigo {
            Some((resumo, _)) => Ok(resumo.clone()),
            None => Ok(sessoes.resumo(self.id()?)),
        }
    }
}

fn conferir_tamanho(valores: &Valores) -> Result<(), Erro> {
    let bytes = json!(valores).to_string().len();
    if bytes > LIMITE {
        return Err(Erro::GrandeDemais(bytes));
    }
    Ok(())
}

/// Um id: 128 bits do gerador do sistema, em 32 dígitos hexadecimais.
fn sortear() -> Result<String, Erro> {
    let metade = || getrandom::u64().map_err(|_| Erro::SemSorteio);
    Ok(format!("{:016x}{:016x}", metade()?, metade()?))
}
