//! Entre a rota e o armazenamento: o que foi lido, o que a rota mudou, e como isso é gravado.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rocket::tokio::sync::Mutex;
use rocket::tokio::time::{sleep, timeout};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::armazem::{Armazem, Chave, Falha, Registro, Resposta, Versao, em_tempo};
use super::sessao::{ErroDeSessao, sortear};
use super::validade::{Fim, Limites};

/// O que muda quando muda a forma de guardar: um registro de outra versão não é lido.
const VERSAO: u8 = 1;

/// No servidor cabe muito mais que em um cookie, mas não tudo: sem um limite, uma sessão
/// seria um jeito de encher o armazenamento.
const LIMITE: usize = 65_536;

/// Quantos segundos o registro dura além do limite, para que o login ainda saiba o motivo.
const LEMBRANCA: i64 = 60 * 60;

/// Por quanto tempo se tenta gravar uma sessão que outras requisições não param de mudar.
const PACIENCIA: Duration = Duration::from_secs(10);

/// O dicionário: cada chave com um valor que o JSON sabe escrever.
pub type Valores = BTreeMap<String, Value>;

// ANCHOR: mudanca
/// Uma mudança no dicionário. Se outra requisição gravou antes, ela é feita de novo,
/// por cima do que a outra gravou.
pub type Mudanca = Box<dyn Fn(&mut Valores) -> Result<(), ErroDeSessao> + Send + Sync>;
// ANCHOR_END: mudanca

/// Desde quando a sessão vale. Vai no registro, que o navegador não vê.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Marcas {
    /// Quando a sessão começou, em segundos desde 1970; o login recomeça a conta.
    pub criada: i64,
    /// Quando o registro foi gravado pela última vez.
    pub usada: i64,
    /// Verdadeiro para quem pediu "Lembrar de mim".
    pub lembrar: bool,
}

impl Marcas {
    pub fn novas(agora: i64) -> Marcas {
        Marcas { criada: agora, usada: agora, lembrar: false }
    }
}

/// O texto do registro.
#[derive(Serialize, Deserialize)]
struct Guardada {
    versao: u8,
    marcas: Marcas,
    navegador: String,
    valores: Valores,
}

// ANCHOR: rascunho
/// O que esta requisição sabe da sessão, e o que fez com ela.
pub struct Rascunho {
    /// O que o cookie leva. `None` até que haja o que guardar.
    pub id: Option<String>,
    pub valores: Valores,
    pub marcas: Marcas,
    /// Com que navegador foi o login.
    pub navegador: String,
    /// A versão do registro deste id. `None` se ele ainda não existe.
    versao: Option<Versao>,
    /// O registro de um id que deixou de valer. Com uma versão, só se apaga aquela.
    antigo: Option<(Chave, Option<Versao>)>,
    mudancas: Vec<Mudanca>,
    mudou: bool,
}
// ANCHOR_END: rascunho

impl Rascunho {
    pub fn novo(agora: i64) -> Rascunho {
        Rascunho {
            id: None,
            valores: Valores::new(),
            marcas: Marcas::novas(agora),
            navegador: String::new(),
            versao: None,
            antigo: None,
            mudancas: Vec::new(),
            mudou: false,
        }
    }

    /// Lê a sessão deste id. Se ela não existe mais ou o tempo dela acabou, uma nova, com
    /// o motivo.
    pub async fn ler(
        armazem: &dyn Armazem,
        id: String,
        limites: &Limites,
        agora: i64,
    ) -> Resposta<(Rascunho, Option<Fim>)> {
        let chave = Chave::do_id(&id);
        let (guardada, versao) = match ler_guardada(armazem, &chave).await {
            Ok(Some(lida)) => lida,
            Ok(None) => return Ok((Rascunho::novo(agora), Some(Fim::Encerrada))),
            Err(Falha::Estragado) => {
                rocket::error!("sessão: {}", Falha::Estragado);
                return Ok((Rascunho::terminado(chave, agora), Some(Fim::Encerrada)));
            }
            Err(falha) => return Err(falha),
        };
        let Guardada { marcas, navegador, valores, .. } = guardada;
        let prazo = limites.prazo(marcas.lembrar);
        if let Some(fim) = prazo.fim(marcas.criada, marcas.usada, agora) {
            return Ok((Rascunho::terminado(chave, agora), Some(fim)));
        }
        let (id, versao) = (Some(id), Some(versao));
        let lido = Rascunho {
            id,
            valores,
            marcas,
            navegador,
            versao,
            ..Rascunho::novo(agora)
        };
        Ok((lido, None))
    }

    /// O registro de uma sessão que terminou sai do armazenamento na próxima gravação.
    fn terminado(chave: Chave, agora: i64) -> Rascunho {
        Rascunho { antigo: Some((chave, None)), ..Rascunho::novo(agora) }
    }

    /// Faz a mudança no dicionário e a anota. Se ela falha ou não cabe, nada muda.
    /// Responde se havia o que mudar.
    pub fn mudar(&mut self, mudanca: Mudanca) -> Result<bool, ErroDeSessao> {
        let mut novos = self.valores.clone();
        mudanca(&mut novos)?;
        if novos == self.valores {
            return Ok(false);
        }
        conferir_tamanho(&novos)?;
        self.valores = novos;
        self.mudancas.push(mudanca);
        self.mudou = true;
        Ok(true)
    }

    /// Anota que o registro deve ser gravado, mesmo que o dicionário seja o mesmo.
    pub fn tocar(&mut self, agora: i64) {
        self.marcas.usada = agora;
        self.mudou = true;
    }

    // ANCHOR: trocar_de_id
    /// Um id novo para o mesmo dicionário: quem conhecia o de antes fica sem nada.
    pub fn trocar_de_id(&mut self) {
        if let (Some(id), Some(versao)) = (self.id.take(), self.versao.take()) {
            self.antigo = Some((Chave::do_id(&id), Some(versao)));
        }
        self.mudou = true;
    }
    // ANCHOR_END: trocar_de_id

    /// Esvazia o dicionário. O registro de antes sai, não importa quem o mude até lá.
    pub fn limpar(&mut self, agora: i64) {
        self.trocar_de_id();
        if let Some((_, versao)) = &mut self.antigo {
            *versao = None;
        }
        self.valores.clear();
        self.mudancas.clear();
        self.marcas = Marcas::novas(agora);
    }

    /// O id do cookie, sorteado na primeira vez em que há o que guardar.
    pub fn id(&mut self) -> Result<&str, ErroDeSessao> {
        match &mut self.id {
            Some(id) => Ok(id),
            vazio => Ok(vazio.insert(sortear()?)),
        }
    }

    /// O que há para gravar. Depois disto, o rascunho não guarda mais nada.
    pub fn para_gravar(&mut self, agora: i64) -> Option<Rascunho> {
        let pronto = std::mem::replace(self, Rascunho::novo(agora));
        pronto.mudou.then_some(pronto)
    }

    // ANCHOR: gravar
    /// Grava o que mudou. Se outra requisição gravou antes, refaz as mudanças por cima
    /// do que ela deixou: nenhuma das duas se perde.
    pub async fn gravar(
        mut self,
        armazem: &dyn Armazem,
        limites: &Limites,
        agora: i64,
    ) -> Result<(), ErroDeSessao> {
        self.apagar_encerrada(armazem).await?;
        if self.tentar(armazem, limites, agora).await? {
            return Ok(());
        }
        let inicio = Instant::now();
        // Enquanto esta variável existe, as outras esperam na fila.
        let _vez = timeout(PACIENCIA, fila_de(&self.disputada()?).lock()).await;
        while inicio.elapsed() < PACIENCIA {
            self.refazer(armazem).await?;
            if self.tentar(armazem, limites, agora).await? {
                return Ok(());
            }
            dar_a_vez().await;
        }
        Err(ErroDeSessao::Disputada)
    }

    /// Grava o registro e apaga o do id de antes. Falso se um deles mudou depois de
    /// lido.
    async fn tentar(
        &mut self,
        armazem: &dyn Armazem,
        limites: &Limites,
        agora: i64,
    ) -> Resposta<bool> {
        Ok(self.gravar_este(armazem, limites, agora).await?
            && self.apagar_antigo(armazem).await?)
    }
    // ANCHOR_END: gravar

    /// A sessão que alguém encerrou sai antes de tudo: apagar funciona até com o
    /// armazenamento cheio, e o que vem depois pode falhar.
    async fn apagar_encerrada(&mut self, armazem: &dyn Armazem) -> Resposta<()> {
        if let Some((chave, None)) = &self.antigo {
            em_tempo(armazem.apagar(chave, None)).await?;
            self.antigo = None;
        }
        Ok(())
    }

    /// Grava o registro deste id. Falso se ele não é mais o que foi lido.
    async fn gravar_este(
        &mut self,
        armazem: &dyn Armazem,
        limites: &Limites,
        agora: i64,
    ) -> Resposta<bool> {
        let Some(id) = &self.id else { return Ok(true) };
        let chave = Chave::do_id(id);
        let registro = self.registro(limites, agora);
        let gravada = match (self.versao, self.valores.is_empty()) {
            (None, true) => return Ok(true),
            (None, false) => em_tempo(armazem.criar(&chave, &registro)).await?,
            (Some(versao), false) => {
                em_tempo(armazem.trocar(&chave, versao, &registro)).await?
            }
            (versao, true) => return em_tempo(armazem.apagar(&chave, versao)).await,
        };
        self.versao = gravada.or(self.versao);
        Ok(gravada.is_some())
    }

    /// Apaga o registro do id de antes. Falso se ele mudou depois de lido.
    async fn apagar_antigo(&self, armazem: &dyn Armazem) -> Resposta<bool> {
        match &self.antigo {
            Some((chave, versao)) => em_tempo(armazem.apagar(chave, *versao)).await,
            None => Ok(true),
        }
    }

    /// O registro que outras requisições também mudam: o do id de antes, enquanto ele existe.
    /// Um id novo, ninguém mais conhece.
    fn disputada(&mut self) -> Result<Chave, ErroDeSessao> {
        match &self.antigo {
            Some((chave, _)) => Ok(chave.clone()),
            None => Ok(Chave::do_id(self.id()?)),
        }
    }

    /// Faz de novo as mudanças, por cima do que está guardado agora.
    async fn refazer(&mut self, armazem: &dyn Armazem) -> Result<(), ErroDeSessao> {
        let chave = self.disputada()?;
        let Some((guardada, versao)) = ler_guardada(armazem, &chave).await? else {
            // O id de antes não vale mais: era o que se queria.
            return self.antigo.take().map(|_| ()).ok_or(ErroDeSessao::Encerrada);
        };
        let mut valores = guardada.valores;
        for mudanca in &self.mudancas {
            mudanca(&mut valores)?;
        }
        conferir_tamanho(&valores)?;
        self.valores = valores;
        match &mut self.antigo {
            Some((_, antiga)) => *antiga = Some(versao),
            None => self.versao = Some(versao),
        }
        Ok(())
    }

    fn registro(&self, limites: &Limites, agora: i64) -> Registro {
        let Marcas { criada, usada, lembrar } = self.marcas;
        let texto = json!({
            "versao": VERSAO,
            "marcas": self.marcas,
            "navegador": self.navegador,
            "valores": self.valores,
        });
        let usuario = self.valores.get("username").and_then(Value::as_str);
        Registro {
            texto: texto.to_string(),
            usuario: usuario.map(str::to_owned),
            vence: limites.prazo(lembrar).vence(criada, usada, agora) + LEMBRANCA,
        }
    }
}

async fn ler_guardada(
    armazem: &dyn Armazem,
    chave: &Chave,
) -> Resposta<Option<(Guardada, Versao)>> {
    let lido = em_tempo(armazem.ler(chave)).await?;
    let aberta = lido.map(|(registro, versao)| Ok((abrir(&registro)?, versao)));
    aberta.transpose()
}

fn abrir(registro: &Registro) -> Resposta<Guardada> {
    let guardada: Option<Guardada> = serde_json::from_str(&registro.texto).ok();
    guardada.filter(|guardada| guardada.versao == VERSAO).ok_or(Falha::Estragado)
}

fn conferir_tamanho(valores: &Valores) -> Result<(), ErroDeSessao> {
    let bytes = json!(valores).to_string().len();
    if bytes > LIMITE {
        return Err(ErroDeSessao::GrandeDemais { bytes, limite: LIMITE });
    }
    Ok(())
}

/// Quem perde a vez na mesma sessão entra em fila: todos juntos, perderiam de novo. Cada sessão usa
/// uma das filas, conforme o começo da chave.
static FILAS: [Mutex<()>; 256] = [const { Mutex::const_new(()) }; 256];

fn fila_de(chave: &Chave) -> &'static Mutex<()> {
    let byte = chave.como_texto().get(..2);
    let byte = byte.and_then(|byte| u8::from_str_radix(byte, 16).ok());
    &FILAS[usize::from(byte.unwrap_or_default())]
}

/// Outra instância do programa tem a fila dela: quem perde para ela espera um tempo
/// sorteado.
async fn dar_a_vez() {
    let sorteado = getrandom::u32().unwrap_or_default() % 20;
    sleep(Duration::from_millis(sorteado.into())).await;
}

/// Uma sessão da lista do usuário.
#[derive(Serialize)]
pub struct Resumo {
    pub chave: String,
    pub criada: i64,
    pub usada: i64,
    pub navegador: String,
}

impl Resumo {
    /// `None` se o registro não se lê, ou se o tempo dele acabou.
    pub fn de(
        chave: &Chave,
        registro: &Registro,
        limites: &Limites,
        agora: i64,
    ) -> Option<Resumo> {
        let Guardada { marcas, navegador, .. } = abrir(registro).ok()?;
        let Marcas { criada, usada, lembrar } = marcas;
        let fim = limites.prazo(lembrar).fim(criada, usada, agora);
        let chave = chave.como_texto().to_owned();
        fim.is_none().then_some(Resumo { chave, criada, usada, navegador })
    }
}
