//! A sessão: um dicionário tipado e as horas dele, guardados no servidor. O cookie leva um id.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rocket::fairing::{AdHoc, Fairing};
use rocket::http::{Cookie, CookieJar, Status};
use rocket::outcome::try_outcome;
use rocket::request::{FromRequest, Outcome};
use rocket::response::{self, Responder};
use rocket::tokio::sync::OnceCell;
use rocket::{Request, Response, State, error};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use subtle::ConstantTimeEq;
use time::OffsetDateTime;

use super::armazem::{Armazem, Chave, Falha, Resposta, em_tempo};
use super::chaves::Anteriores;
use super::protecao::Https;
use super::rascunho::{Marcas, Mudanca, Rascunho, Resumo, Valores};
use super::validade::{Fim, Limites, Relogio, Restam};

/// O nome do cookie. Com `__Host-`, o navegador só o aceita por HTTPS, deste
/// servidor e para o site inteiro: outro servidor do mesmo domínio não
/// consegue pôr um cookie no lugar dele.
fn nome_do_cookie(https: bool) -> &'static str {
    if https { "__Host-session" } else { "session" }
}

/// As chaves do dicionário que são da própria sessão.
const TOKEN: &str = "csrf";
const AVISOS: &str = "avisos";

/// O navegador diz quem é em um texto do tamanho que quiser; na lista, o começo basta.
const LETRAS_DO_NAVEGADOR: usize = 200;

/// O `session` do Flask. Todas as guardas de uma requisição veem o mesmo dicionário.
pub struct Sessao<'r> {
    jar: &'r CookieJar<'r>,
    https: bool,
    limites: &'r Limites,
    relogio: &'r Relogio,
    armazem: &'r dyn Armazem,
    navegador: &'r str,
    estado: &'r Estado,
}

/// O que as guardas de uma requisição dividem.
struct Estado {
    rascunho: Mutex<Rascunho>,
    fim: Option<Fim>,
}

/// A sessão desta requisição, lida na primeira vez em que alguém a pede.
#[derive(Default)]
struct Aberta(OnceCell<Estado>);

// ANCHOR: guarda
#[rocket::async_trait]
impl<'r> FromRequest<'r> for Sessao<'r> {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Self, ()> {
        let jar = requisicao.cookies();
        let https = try_outcome!(requisicao.guard::<&State<Https>>().await).0;
        let limites = try_outcome!(requisicao.guard::<&State<Limites>>().await).inner();
        let relogio = try_outcome!(requisicao.guard::<&State<Relogio>>().await).inner();
        let anteriores = try_outcome!(requisicao.guard::<&State<Anteriores>>().await);
        let armazem =
            try_outcome!(requisicao.guard::<&State<Arc<dyn Armazem>>>().await).as_ref();
        let nome = nome_do_cookie(https);
        let de_agora = jar.get_private(nome);
        let antiga = de_agora.is_none();
        let cookie =
            de_agora.or_else(|| jar.get(nome).and_then(|c| anteriores.abrir(c)));
        let aberta = requisicao.local_cache(Aberta::default);
        let primeira = aberta.0.get().is_none();
        let ler = || abrir(cookie, armazem, limites, relogio.agora());
        let estado = match aberta.0.get_or_try_init(ler).await {
            Ok(estado) => estado,
            Err(falha) => {
                error!("sessão: {falha}");
                return Outcome::Error((Status::ServiceUnavailable, ()));
            }
        };
        let navegador = requisicao.headers().get_one("User-Agent").unwrap_or_default();
        let sessao =
            Sessao { jar, https, limites, relogio, armazem, navegador, estado };
        if primeira {
            sessao.renovar(antiga);
        }
        Outcome::Success(sessao)
    }
}
// ANCHOR_END: guarda

// ANCHOR: abrir
/// A sessão que o cookie aponta. Se ele falta, não abre ou aponta para o que não existe
/// mais, uma nova, que só ganha um id se houver o que guardar.
async fn abrir(
    cookie: Option<Cookie<'_>>,
    armazem: &dyn Armazem,
    limites: &Limites,
    agora: i64,
) -> Resposta<Estado> {
    let (rascunho, fim) = match cookie {
        Some(cookie) => {
            let id = cookie.value().to_owned();
            Rascunho::ler(armazem, id, limites, agora).await?
        }
        None => (Rascunho::novo(agora), None),
    };
    Ok(Estado { rascunho: Mutex::new(rascunho), fim })
}
// ANCHOR_END: abrir

impl Estado {
    fn rascunho(&self) -> MutexGuard<'_, Rascunho> {
        // Se uma thread parou com o rascunho na mão, ele continua inteiro.
        self.rascunho.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sessao<'_> {
    // ANCHOR: comecar
    /// O login começa a contar o tempo de novo, com outro id. `lembrar` é o
    /// `session.permanent` do Flask.
    pub fn comecar(&self, lembrar: bool) -> Result<(), ErroDeSessao> {
        let mut rascunho = self.estado.rascunho();
        rascunho.trocar_de_id();
        rascunho.marcas = Marcas { lembrar, ..Marcas::novas(self.relogio.agora()) };
        rascunho.navegador = self.navegador.chars().take(LETRAS_DO_NAVEGADOR).collect();
        drop(rascunho);
        // O que já estava na sessão, como um carrinho, passa a ter as horas novas. O
        // token é outro: o de antes do login, alguém pode ter visto.
        self.armazenar(TOKEN, sortear()?)
    }
    // ANCHOR_END: comecar

    /// O token dos formulários desta sessão, sorteado na primeira vez.
    pub fn token(&self) -> Result<String, ErroDeSessao> {
        if let Some(token) = self.recuperar(TOKEN)? {
            return Ok(token);
        }
        let token = sortear()?;
        self.armazenar(TOKEN, &token)?;
        Ok(token)
    }

    /// Compara até o fim, para que o tempo não diga quantos caracteres estavam certos.
    pub fn confere_token(&self, recebido: &str) -> bool {
        let token: Option<String> = self.recuperar(TOKEN).ok().flatten();
        token.is_some_and(|token| token.as_bytes().ct_eq(recebido.as_bytes()).into())
    }

    /// Um aviso para a próxima página, como o `flash` do Flask. Vai dentro da sessão: ninguém o forja.
    pub fn avisar(&self, aviso: &str) -> Result<(), ErroDeSessao> {
        let aviso = aviso.to_owned();
        self.alterar(AVISOS, move |avisos: &mut Vec<String>| avisos.push(aviso.clone()))
    }

    /// Os avisos que esperavam por esta página. Cada um aparece uma vez.
    pub fn avisos(&self) -> Result<Vec<String>, ErroDeSessao> {
        let avisos = self.recuperar_ou(AVISOS, Vec::new());
        self.remover(AVISOS)?;
        avisos
    }

    /// Por que a sessão que o navegador trouxe terminou.
    /// `None`, se ela vale ou se não há uma.
    pub fn fim(&self) -> Option<Fim> {
        self.estado.fim
    }

    /// Verdadeiro se o login pediu "Lembrar de mim".
    pub fn lembrar(&self) -> bool {
        self.estado.rascunho().marcas.lembrar
    }

    /// Quantos segundos faltam para cada limite.
    pub fn restam(&self) -> Restam {
        let Marcas { criada, usada, lembrar } = self.estado.rascunho().marcas;
        self.limites.prazo(lembrar).restam(criada, usada, self.relogio.agora())
    }

    /// `session[chave] = valor`. Se o dicionário não couber, nada muda.
    pub fn armazenar(
        &self,
        chave: &str,
        valor: impl Serialize,
    ) -> Result<(), ErroDeSessao> {
        let valor = em_json(chave, valor)?;
        let chave = chave.to_owned();
        self.mudar(Box::new(move |valores| {
            valores.insert(chave.clone(), valor.clone());
            Ok(())
        }))
    }

    // ANCHOR: alterar
    /// Muda um valor a partir do que ele era. Se outra requisição o mudou antes, a
    /// função é chamada de novo, com o valor novo: nenhuma das duas mudanças se perde.
    pub fn alterar<T>(
        &self,
        chave: &str,
        funcao: impl Fn(&mut T) + Send + Sync + 'static,
    ) -> Result<(), ErroDeSessao>
    where
        T: Default + Serialize + DeserializeOwned,
    {
        let chave = chave.to_owned();
        self.mudar(Box::new(move |valores| {
            let mut valor: T = ler(valores, &chave)?.unwrap_or_default();
            funcao(&mut valor);
            valores.insert(chave.clone(), em_json(&chave, valor)?);
            Ok(())
        }))
    }
    // ANCHOR_END: alterar

    /// `session.get(chave)`: `None` se a chave falta, e um erro se o valor não é um `T`.
    pub fn recuperar<T: DeserializeOwned>(
        &self,
        chave: &str,
    ) -> Result<Option<T>, ErroDeSessao> {
        ler(&self.estado.rascunho().valores, chave)
    }

    /// `session.get(chave, padrao)`.
    pub fn recuperar_ou<T: DeserializeOwned>(
        &self,
        chave: &str,
        padrao: T,
    ) -> Result<T, ErroDeSessao> {
        Ok(self.recuperar(chave)?.unwrap_or(padrao))
    }

    /// `chave in session`.
    pub fn contem(&self, chave: &str) -> bool {
        self.estado.rascunho().valores.contains_key(chave)
    }

    /// `session.pop(chave, None)`: remove e devolve o valor, se ele existe.
    pub fn remover(&self, chave: &str) -> Result<Option<Value>, ErroDeSessao> {
        let removido = self.estado.rascunho().valores.get(chave).cloned();
        let chave = chave.to_owned();
        self.mudar(Box::new(move |valores| {
            valores.remove(&chave);
            Ok(())
        }))?;
        Ok(removido)
    }

    /// `session.clear()`. O registro sai do servidor: nenhuma cópia do cookie abre mais nada.
    pub fn limpar(&self) {
        self.estado.rascunho().limpar(self.relogio.agora());
        self.remover_cookie();
    }

    /// `session.items()`: uma cópia do dicionário, em ordem alfabética.
    pub fn itens(&self) -> BTreeMap<String, Value> {
        self.estado.rascunho().valores.clone()
    }

    /// As sessões abertas deste usuário, a mais recente primeiro. `None` se o
    /// armazenamento não sabe procurar.
    pub async fn do_usuario(
        &self,
        username: &str,
    ) -> Result<Option<Vec<Resumo>>, ErroDeSessao> {
        let achados = em_tempo(self.armazem.do_usuario(username)).await?;
        Ok(achados.map(|achados| {
            let agora = self.relogio.agora();
            let mut sessoes: Vec<Resumo> = achados
                .iter()
                .filter_map(|(chave, registro)| {
                    Resumo::de(chave, registro, self.limites, agora)
                })
                .collect();
            sessoes.sort_by_key(|sessao| std::cmp::Reverse(sessao.usada));
            sessoes
        }))
    }

    /// O nome do registro desta sessão, como aparece em `do_usuario`.
    pub fn chave(&self) -> Option<String> {
        let rascunho = self.estado.rascunho();
        let id = rascunho.id.as_deref()?;
        Some(Chave::do_id(id).como_texto().to_owned())
    }

    /// Encerra as sessões do usuário para as quais a função responde verdadeiro, menos
    /// esta. Responde quantas eram; `None` se o armazenamento não sabe procurar.
    pub async fn encerrar(
        &self,
        username: &str,
        quais: impl Fn(&str) -> bool,
    ) -> Result<Option<usize>, ErroDeSessao> {
        let esta = self.chave();
        let Some(achados) = em_tempo(self.armazem.do_usuario(username)).await? else {
            return Ok(None);
        };
        let mut encerradas = 0;
        for (chave, registro) in achados {
            let nome = chave.como_texto();
            if esta.as_deref() == Some(nome) || !quais(nome) {
                continue;
            }
            let apagada = em_tempo(self.armazem.apagar(&chave, None)).await?;
            // A que já tinha vencido não estava na lista que o usuário viu.
            let valia =
                Resumo::de(&chave, &registro, self.limites, self.relogio.agora());
            encerradas += usize::from(apagada && valia.is_some());
        }
        Ok(Some(encerradas))
    }

    fn mudar(&self, mudanca: Mudanca) -> Result<(), ErroDeSessao> {
        let mut rascunho = self.estado.rascunho();
        if rascunho.mudar(mudanca)? { self.enviar(&mut rascunho) } else { Ok(()) }
    }

    /// Grava de novo o registro que já gastou um bom pedaço do limite de inatividade, e
    /// o cookie que outra chave fechou.
    fn renovar(&self, antiga: bool) {
        let mut rascunho = self.estado.rascunho();
        let Marcas { usada, lembrar, .. } = rascunho.marcas;
        let prazo = self.limites.prazo(lembrar);
        let renova = antiga || prazo.convem_renovar(usada, self.relogio.agora());
        if renova && !rascunho.valores.is_empty() {
            // Só falharia o sorteio de um id, e esta sessão já tem o dela.
            let _ = self.enviar(&mut rascunho);
        }
    }

    // ANCHOR: enviar
    /// Manda ao navegador o id; com o dicionário vazio, manda remover o cookie.
    fn enviar(&self, rascunho: &mut Rascunho) -> Result<(), ErroDeSessao> {
        if rascunho.valores.is_empty() {
            self.remover_cookie();
            return Ok(());
        }
        rascunho.tocar(self.relogio.agora());
        let validade = self.validade(rascunho.marcas);
        let cookie = (nome_do_cookie(self.https), rascunho.id()?.to_owned());
        let cookie = Cookie::build(cookie).secure(self.https);
        self.jar.add_private(cookie.expires(validade));
        Ok(())
    }
    // ANCHOR_END: enviar

    fn remover_cookie(&self) {
        let cookie = Cookie::build(nome_do_cookie(self.https));
        self.jar.remove_private(cookie.secure(self.https));
    }

    /// `None` faz um cookie que o navegador descarta ao fechar.
    fn validade(&self, marcas: Marcas) -> Option<OffsetDateTime> {
        let Marcas { criada, lembrar, .. } = marcas;
        let ultima = criada.saturating_add(self.limites.prazo(lembrar).absoluto());
        OffsetDateTime::from_unix_timestamp(ultima).ok().filter(|_| lembrar)
    }
}

// ANCHOR: guardar
/// Grava a sessão antes que a resposta saia. Se não consegue, quem pediu recebe um 503,
/// e não a página de um sucesso que não houve.
pub fn guardar() -> impl Fairing {
    AdHoc::on_response("Guarda a sessão", |requisicao, resposta| {
        Box::pin(async move {
            // Quando a rota termina em erro, o Rocket joga fora a resposta dela, com o
            // cookie que `enviar` pôs lá.
            if !leva_o_cookie(resposta) {
                return;
            }
            if let Err(erro) = gravar(requisicao).await {
                error!("sessão: {erro}");
                resposta.remove_header("Set-Cookie");
                resposta.remove_header("Location");
                resposta.merge(shared::resposta_de_erro(erro.status(), requisicao));
            }
        })
    })
}

async fn gravar(requisicao: &Request<'_>) -> Result<(), ErroDeSessao> {
    let estado = requisicao.local_cache(Aberta::default).0.get();
    let aplicacao = requisicao.rocket();
    let armazem: Option<&Arc<dyn Armazem>> = aplicacao.state();
    let (Some(estado), Some(armazem), Some(limites), Some(relogio)) =
        (estado, armazem, aplicacao.state::<Limites>(), aplicacao.state::<Relogio>())
    else {
        return Ok(());
    };
    let agora = relogio.agora();
    let a_gravar = estado.rascunho().para_gravar(agora);
    match a_gravar {
        Some(rascunho) => rascunho.gravar(armazem.as_ref(), limites, agora).await,
        None => Ok(()),
    }
}

fn leva_o_cookie(resposta: &Response<'_>) -> bool {
    let nomes = [nome_do_cookie(false), nome_do_cookie(true)];
    resposta.headers().get("Set-Cookie").any(|cookie| {
        let nome = cookie.split('=').next().unwrap_or_default();
        nomes.contains(&nome)
    })
}
// ANCHOR_END: guardar

/// O valor desta chave, como um `T`.
fn ler<T: DeserializeOwned>(
    valores: &Valores,
    chave: &str,
) -> Result<Option<T>, ErroDeSessao> {
    let Some(valor) = valores.get(chave) else { return Ok(None) };
    T::deserialize(valor).map(Some).map_err(|_| ErroDeSessao::OutroTipo {
        chave: chave.to_owned(),
        esperado: nome_do_tipo::<T>(),
        achado: tipo_json(valor),
    })
}

fn em_json(chave: &str, valor: impl Serialize) -> Result<Value, ErroDeSessao> {
    serde_json::to_value(valor)
        .map_err(|_| ErroDeSessao::NaoVaiEmJson { chave: chave.to_owned() })
}

/// Um id ou um token: 128 bits do gerador do sistema, em 32 dígitos hexadecimais.
pub fn sortear() -> Result<String, ErroDeSessao> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| ErroDeSessao::SemSorteio)?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

/// O tipo que a rota pediu, sem o caminho: `String`, e não `alloc::string::String`.
fn nome_do_tipo<T>() -> String {
    let partes = std::any::type_name::<T>().split_inclusive(['<', '(', '[', ' ']);
    partes
        .map(|parte| parte.rsplit_once("::").map_or(parte, |(_, nome)| nome))
        .collect()
}

/// O tipo de um valor, com o nome que ele tem no JSON.
fn tipo_json(valor: &Value) -> &'static str {
    match valor {
        Value::Null => "null",
        Value::Bool(_) => "booleano",
        Value::Number(_) => "número",
        Value::String(_) => "texto",
        Value::Array(_) => "lista",
        Value::Object(_) => "objeto",
    }
}

/// Por que a sessão não fez o que lhe pediram. A mensagem nunca traz
/// o valor, que pode ser segredo.
#[derive(Debug)]
pub enum ErroDeSessao {
    OutroTipo {
        chave: String,
        esperado: String,
        achado: &'static str,
    },
    GrandeDemais {
        bytes: usize,
        limite: usize,
    },
    NaoVaiEmJson {
        chave: String,
    },
    SemSorteio,
    /// Outra requisição encerrou a sessão antes que esta a gravasse.
    Encerrada,
    /// Outras requisições não pararam de mudar a mesma sessão.
    Disputada,
    Armazem(Falha),
}

impl From<Falha> for ErroDeSessao {
    fn from(falha: Falha) -> ErroDeSessao {
        ErroDeSessao::Armazem(falha)
    }
}

impl fmt::Display for ErroDeSessao {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErroDeSessao::OutroTipo { chave, esperado, achado } => {
                write!(f, "`{chave}` deveria ser {esperado}, e é {achado}")
            }
            ErroDeSessao::GrandeDemais { bytes, limite } => {
                write!(f, "a sessão teria {bytes} bytes; cabem {limite}")
            }
            ErroDeSessao::NaoVaiEmJson { chave } => {
                write!(f, "`{chave}` tem um valor que o JSON não sabe escrever")
            }
            ErroDeSessao::SemSorteio => write!(f, "o sistema não sorteou um token"),
            ErroDeSessao::Encerrada => write!(f, "terminou antes de ser gravada"),
            ErroDeSessao::Disputada => write!(f, "muitas mudanças ao mesmo tempo"),
            ErroDeSessao::Armazem(falha) => write!(f, "{falha}"),
        }
    }
}

impl ErroDeSessao {
    fn status(&self) -> Status {
        match self {
            ErroDeSessao::GrandeDemais { .. } => Status::PayloadTooLarge,
            ErroDeSessao::Encerrada => Status::Unauthorized,
            ErroDeSessao::Disputada | ErroDeSessao::Armazem(_) => {
                Status::ServiceUnavailable
            }
            _ => Status::InternalServerError,
        }
    }
}

/// O log diz a causa, e o navegador recebe uma página de erro. O que a rota já tinha
/// mudado não é gravado: ou tudo, ou nada.
impl<'r> Responder<'r, 'static> for ErroDeSessao {
    fn respond_to(self, _requisicao: &'r Request<'_>) -> response::Result<'static> {
        error!("sessão: {self}");
        Err(self.status())
    }
}

/// Verdadeiro se algo, nesta requisição, olhou para a sessão.
pub fn foi_aberta(requisicao: &Request<'_>) -> bool {
    requisicao.local_cache(Aberta::default).0.get().is_some()
}
