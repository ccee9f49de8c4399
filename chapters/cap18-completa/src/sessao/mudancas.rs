//! O que uma requisição leu da sessão, o que mudou nela, e como isso é gravado.

use serde_json::{Value, json};

use super::super::ajustes::Site;
use super::super::armazem::{
    Armazem, Chave, Falha, Registro, Resposta, Versao, em_tempo,
};
use super::super::validade::Fim;
use super::erro::ErroDeSessao;
use super::fila;
use super::guardada::{Guardada, Marcas};
use super::valores::{Mudanca, Valores, por};

/// No servidor cabe muito mais que em um cookie, mas não tudo: sem um limite, uma
/// sessão seria um jeito de encher o armazenamento.
const LIMITE: usize = 65_536;

/// Quantos segundos o registro dura além do limite, para que o login ainda saiba o
/// motivo.
const LEMBRANCA: i64 = 60 * 60;

// ANCHOR: mudancas
/// O que esta requisição sabe da sessão, e o que fez com ela.
pub struct Mudancas {
    /// O que o cookie leva. `None` até que haja o que guardar.
    pub id: Option<String>,
    pub sessao: Guardada,
    /// Por que a sessão que o navegador trouxe terminou.
    pub fim: Option<Fim>,
    /// A versão do registro deste id. `None` se ele ainda não existe.
    versao: Option<Versao>,
    /// O registro de um id que deixou de valer. Com uma versão, só se apaga aquela.
    antigo: Option<(Chave, Option<Versao>)>,
    /// O registro que só parece do futuro: fica, a não ser que a pessoa saia.
    do_futuro: Option<Chave>,
    /// Verdadeiro se esta requisição é um login, que não continua a sessão de antes.
    pub login: bool,
    feitas: Vec<(String, Mudanca)>,
    mudou: bool,
}
// ANCHOR_END: mudancas

impl Mudancas {
    /// Uma sessão nova, que ainda não tem o que gravar.
    pub fn nenhuma(agora: i64) -> Mudancas {
        Mudancas {
            id: None,
            sessao: Guardada::nova(agora),
            fim: None,
            versao: None,
            antigo: None,
            do_futuro: None,
            login: false,
            feitas: Vec::new(),
            mudou: false,
        }
    }

    // ANCHOR: ler
    /// Lê a sessão deste id. Se ela não existe mais ou o tempo dela acabou, uma nova,
    /// com o motivo.
    pub async fn ler(site: &Site, id: String) -> Resposta<Mudancas> {
        let (chave, agora) = (site.chave(&id), site.agora());
        let terminada = |fim| Mudancas { fim: Some(fim), ..Mudancas::nenhuma(agora) };
        let (sessao, versao) = match ler_guardada(site.armazem.as_ref(), &chave).await {
            Ok(Some(lida)) => lida,
            Ok(None) => return Ok(terminada(Fim::Encerrada)),
            Err(Falha::Estragado) => {
                rocket::error!("sessão: {}", Falha::Estragado);
                let antigo = Some((chave, None));
                return Ok(Mudancas { antigo, ..terminada(Fim::Encerrada) });
            }
            Err(falha) => return Err(falha),
        };
        let Marcas { criada, usada, lembrar } = sessao.marcas;
        if let Some(fim) = site.limites.prazo(lembrar).fim(criada, usada, agora) {
            // O registro sai do armazenamento na próxima gravação.
            let (antigo, do_futuro) = match fim.e_de_vez() {
                true => (Some((chave, None)), None),
                false => (None, Some(chave)),
            };
            return Ok(Mudancas { antigo, do_futuro, ..terminada(fim) });
        }
        let (id, versao) = (Some(id), Some(versao));
        Ok(Mudancas { id, sessao, versao, ..Mudancas::nenhuma(agora) })
    }
    // ANCHOR_END: ler

    /// O valor desta chave, com as mudanças já feitas.
    pub fn valor(&self, chave: &str) -> Option<&Value> {
        self.sessao.valores.get(chave)
    }

    /// Faz a mudança no dicionário e a anota. Se ela falha ou não cabe, nada muda.
    /// Responde se havia o que mudar.
    pub fn mudar(
        &mut self,
        chave: &str,
        mudanca: Mudanca,
    ) -> Result<bool, ErroDeSessao> {
        let valores = &mut self.sessao.valores;
        let antes = valores.get(chave).cloned();
        let depois = mudanca.depois(antes.as_ref())?;
        if antes == depois {
            return Ok(false);
        }
        por(valores, chave, depois);
        if let Err(erro) = conferir_tamanho(valores) {
            por(valores, chave, antes);
            return Err(erro);
        }
        self.feitas.push((chave.to_owned(), mudanca));
        self.mudou = true;
        Ok(true)
    }

    /// Anota que o registro deve ser gravado, mesmo que o dicionário seja o mesmo.
    pub fn tocar(&mut self, agora: i64) {
        self.sessao.marcas.usada = agora;
        self.mudou = true;
    }

    // ANCHOR: trocar_de_id
    /// Um id novo para o mesmo dicionário: quem conhecia o de antes fica sem nada.
    pub fn trocar_de_id(&mut self, site: &Site) {
        if let (Some(id), Some(versao)) = (self.id.take(), self.versao.take()) {
            self.antigo = Some((site.chave(&id), Some(versao)));
        }
        self.mudou = true;
    }
    // ANCHOR_END: trocar_de_id

    /// Verdadeiro se este registro é o do id que a sessão está deixando.
    pub fn deixa(&self, chave: &Chave) -> bool {
        self.antigo.as_ref().is_some_and(|(antigo, _)| antigo == chave)
    }

    /// Esvazia o dicionário. O registro de antes sai, não importa quem o mude até lá.
    pub fn limpar(&mut self, site: &Site) {
        self.trocar_de_id(site);
        let antigo = self.antigo.take().map(|(chave, _)| chave);
        self.antigo = antigo.or(self.do_futuro.take()).map(|chave| (chave, None));
        self.sessao = Guardada::nova(site.agora());
        self.feitas.clear();
    }

    /// O id do cookie, sorteado na primeira vez em que há o que guardar.
    pub fn id(&mut self) -> Result<&str, ErroDeSessao> {
        match &mut self.id {
            Some(id) => Ok(id),
            vazio => Ok(vazio.insert(sortear()?)),
        }
    }

    /// O que há para gravar. Depois disto, não há mais nada.
    pub fn para_gravar(&mut self, agora: i64) -> Option<Mudancas> {
        let prontas = std::mem::replace(self, Mudancas::nenhuma(agora));
        prontas.mudou.then_some(prontas)
    }

    // ANCHOR: gravar
    /// Grava o que mudou. Se outra requisição gravou antes, refaz as mudanças por cima
    /// do que ela deixou: nenhuma das duas se perde. O prazo é um, por mais tentativas
    /// que sejam; passado ele, a última pode ter sido gravada ou não.
    pub async fn gravar(mut self, site: &Site) -> Result<(), ErroDeSessao> {
        em_tempo(async { Ok(self.insistir(site).await) }).await?
    }

    async fn insistir(&mut self, site: &Site) -> Result<(), ErroDeSessao> {
        self.apagar_encerrada(site.armazem.as_ref()).await?;
        if self.tentar(site).await? {
            return Ok(());
        }
        // Quem perde a vez entra em fila: todos juntos, perderiam de novo.
        let _vez = fila::vez(&self.disputada(site)?).await;
        loop {
            self.refazer(site).await?;
            if self.tentar(site).await? {
                return Ok(());
            }
            fila::dar_a_vez().await;
        }
    }

    /// Grava o registro e apaga o do id de antes. Falso se um deles mudou depois de
    /// lido.
    async fn tentar(&mut self, site: &Site) -> Result<bool, ErroDeSessao> {
        Ok(self.gravar_este(site).await?
            && self.apagar_antigo(site.armazem.as_ref()).await?)
    }
    // ANCHOR_END: gravar

    /// A sessão que alguém encerrou sai antes de tudo: no Redis, apagar funciona até
    /// com a memória cheia, e o que vem depois pode falhar.
    async fn apagar_encerrada(&mut self, armazem: &dyn Armazem) -> Resposta<()> {
        if let Some((chave, None)) = &self.antigo {
            armazem.apagar(chave, None).await?;
            self.antigo = None;
        }
        Ok(())
    }

    /// Grava o registro deste id. Falso se ele não é mais o que foi lido.
    async fn gravar_este(&mut self, site: &Site) -> Result<bool, ErroDeSessao> {
        let Some(id) = &self.id else { return Ok(true) };
        let chave = site.chave(id);
        let gravada = match (self.versao, self.sessao.valores.is_empty()) {
            (None, true) => return Ok(true),
            (versao, true) => return Ok(site.armazem.apagar(&chave, versao).await?),
            (None, false) => site.armazem.criar(&chave, &self.registro(site)?).await?,
            (Some(versao), false) => {
                site.armazem.trocar(&chave, versao, &self.registro(site)?).await?
            }
        };
        self.versao = gravada.or(self.versao);
        Ok(gravada.is_some())
    }

    /// Apaga o registro do id de antes. Falso se ele mudou depois de lido.
    async fn apagar_antigo(&self, armazem: &dyn Armazem) -> Resposta<bool> {
        match &self.antigo {
            Some((chave, versao)) => armazem.apagar(chave, *versao).await,
            None => Ok(true),
        }
    }

    // ANCHOR: refazer
    /// Faz de novo as mudanças, por cima do que está guardado agora: no registro do id
    /// de antes, enquanto ele existe, porque um id novo ninguém mais conhece.
    async fn refazer(&mut self, site: &Site) -> Result<(), ErroDeSessao> {
        let chave = self.disputada(site)?;
        let Some((guardada, versao)) =
            ler_guardada(site.armazem.as_ref(), &chave).await?
        else {
            return self.sem_a_de_antes(site).await;
        };
        let mut valores = guardada.valores;
        for (chave, mudanca) in &self.feitas {
            let depois = mudanca.depois(valores.get(chave))?;
            por(&mut valores, chave, depois);
        }
        conferir_tamanho(&valores)?;
        self.sessao.valores = valores;
        match &mut self.antigo {
            Some((_, antiga)) => *antiga = Some(versao),
            None => self.versao = Some(versao),
        }
        Ok(())
    }
    // ANCHOR_END: refazer

    /// Alguém encerrou a sessão no meio. Para um login, era o que se queria; o resto
    /// termina com ela, e o registro do id novo, se já foi gravado, sai.
    async fn sem_a_de_antes(&mut self, site: &Site) -> Result<(), ErroDeSessao> {
        if self.antigo.take().is_some() {
            if self.login {
                return Ok(());
            }
            site.armazem.apagar(&site.chave(self.id()?), None).await?;
        }
        Err(ErroDeSessao::Encerrada)
    }

    /// O registro que outra requisição mudou: o do id de antes, enquanto ele existe.
    fn disputada(&mut self, site: &Site) -> Result<Chave, ErroDeSessao> {
        match &self.antigo {
            Some((chave, _)) => Ok(chave.clone()),
            None => Ok(site.chave(self.id()?)),
        }
    }

    fn registro(&self, site: &Site) -> Result<Registro, ErroDeSessao> {
        let Marcas { criada, usada, lembrar } = self.sessao.marcas;
        let vence = site.limites.prazo(lembrar).vence(criada, usada, site.agora());
        let texto = serde_json::to_string(&self.sessao)
            .map_err(|_| ErroDeSessao::NaoVaiEmJson { chave: "session".to_owned() })?;
        let usuario = self.valor("username").and_then(Value::as_str);
        let usuario = usuario.map(|username| site.dono(username));
        Ok(Registro { texto, usuario, vence: vence + LEMBRANCA })
    }
}

async fn ler_guardada(
    armazem: &dyn Armazem,
    chave: &Chave,
) -> Resposta<Option<(Guardada, Versao)>> {
    let lido = em_tempo(armazem.ler(chave)).await?;
    let aberta =
        lido.map(|(registro, versao)| Ok((Guardada::abrir(&registro)?, versao)));
    aberta.transpose()
}

fn conferir_tamanho(valores: &Valores) -> Result<(), ErroDeSessao> {
    let bytes = json!(valores).to_string().len();
    if bytes > LIMITE {
        return Err(ErroDeSessao::GrandeDemais { bytes, limite: LIMITE });
    }
    Ok(())
}

/// Um id: 128 bits do gerador do sistema, em 32 dígitos hexadecimais.
fn sortear() -> Result<String, ErroDeSessao> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| ErroDeSessao::SemSorteio)?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
