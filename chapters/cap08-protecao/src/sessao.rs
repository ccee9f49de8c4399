//! A sessão: um dicionário tipado e as horas dele, em um só cookie criptografado.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use rocket::http::{Cookie, CookieJar, Status};
use rocket::outcome::try_outcome;
use rocket::request::{FromRequest, Outcome};
use rocket::response::{self, Responder};
use rocket::{Request, State, error};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use time::OffsetDateTime;

use super::protecao::Https;
use super::validade::{Fim, Limites, Relogio, Restam};

// ANCHOR: nome
/// O nome do cookie. Com `__Host-`, o navegador só o aceita por HTTPS, deste
/// servidor e para o site inteiro: outro servidor do mesmo domínio não
/// consegue pôr um cookie no lugar dele.
fn nome_do_cookie(https: bool) -> &'static str {
    if https { "__Host-session" } else { "session" }
}
// ANCHOR_END: nome

/// As chaves do dicionário que são da própria sessão.
const TOKEN: &str = "csrf";
const AVISOS: &str = "avisos";

/// O que muda quando muda a forma de guardar: um cookie de outra versão não é lido.
const VERSAO: u8 = 2;

/// O navegador aceita 4.096 bytes de cookie, e descarta um maior sem avisar.
/// Criptografados e em base64, 2.800 bytes viram 3.772; o que sobra é folga para `/` e
/// `=`, que viajam como `%2F` e `%3D`.
const LIMITE: usize = 2_800;

/// O dicionário: cada chave com um valor que o JSON sabe escrever.
type Valores = BTreeMap<String, Value>;

/// Desde quando a sessão vale. Vai dentro do texto
/// criptografado: o navegador não a muda.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Marcas {
    /// Quando a sessão começou, em segundos desde 1970; o login recomeça a conta.
    criada: i64,
    /// Quando o cookie foi escrito pela última vez.
    usada: i64,
    /// Verdadeiro para quem pediu "Lembrar de mim".
    lembrar: bool,
}

/// O que há dentro do cookie.
#[derive(Deserialize)]
struct Guardada {
    versao: u8,
    marcas: Marcas,
    valores: Valores,
}

/// O `session` do Flask. Todas as guardas de uma requisição veem o mesmo dicionário.
pub struct Sessao<'r> {
    jar: &'r CookieJar<'r>,
    https: bool,
    limites: &'r Limites,
    relogio: &'r Relogio,
    estado: &'r Estado,
}

/// O que as guardas de uma requisição dividem.
struct Estado {
    valores: Mutex<Valores>,
    marcas: Mutex<Marcas>,
    fim: Option<Fim>,
}

/// A sessão desta requisição, aberta na primeira vez em que alguém a pede.
#[derive(Default)]
struct Aberta(OnceLock<Estado>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Sessao<'r> {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Self, ()> {
        let jar = requisicao.cookies();
        let https = try_outcome!(requisicao.guard::<&State<Https>>().await).0;
        let limites = try_outcome!(requisicao.guard::<&State<Limites>>().await).inner();
        let relogio = try_outcome!(requisicao.guard::<&State<Relogio>>().await).inner();
        let aberta = requisicao.local_cache(Aberta::default);
        let primeira = aberta.0.get().is_none();
        let cookie = jar.get_private(nome_do_cookie(https));
        let estado = aberta.0.get_or_init(|| abrir(cookie, limites, relogio.agora()));
        let sessao = Sessao { jar, https, limites, relogio, estado };
        if primeira {
            sessao.renovar();
        }
        Outcome::Success(sessao)
    }
}

/// O que o cookie traz. Se ele falta, não abre, é de outra versão ou a sessão terminou,
/// um dicionário vazio, de uma sessão que começa agora.
fn abrir(cookie: Option<Cookie<'_>>, limites: &Limites, agora: i64) -> Estado {
    let guardada: Option<Guardada> =
        cookie.and_then(|cookie| serde_json::from_str(cookie.value()).ok());
    let desta_versao = guardada.filter(|guardada| guardada.versao == VERSAO);
    let Some(Guardada { marcas, valores, .. }) = desta_versao else {
        return Estado::novo(Marcas::novas(agora), Valores::new(), None);
    };
    match limites.prazo(marcas.lembrar).fim(marcas.criada, marcas.usada, agora) {
        None => Estado::novo(marcas, valores, None),
        fim => Estado::novo(Marcas::novas(agora), Valores::new(), fim),
    }
}

impl Estado {
    fn novo(marcas: Marcas, valores: Valores, fim: Option<Fim>) -> Estado {
        Estado { valores: Mutex::new(valores), marcas: Mutex::new(marcas), fim }
    }
}

impl Marcas {
    fn novas(agora: i64) -> Marcas {
        Marcas { criada: agora, usada: agora, lembrar: false }
    }
}

impl Sessao<'_> {
    /// O login começa a contar o tempo de novo. `lembrar` é
    /// o `session.permanent` do Flask.
    pub fn comecar(&self, lembrar: bool) -> Result<(), ErroDeSessao> {
        *self.marcas() = Marcas { lembrar, ..Marcas::novas(self.relogio.agora()) };
        // O que já estava na sessão, como um carrinho, passa a ter as horas novas. O
        // token é outro: o de antes do login, alguém pode ter visto.
        self.armazenar(TOKEN, sortear()?)
    }

    // ANCHOR: token
    /// O token dos formulários desta sessão, sorteado na primeira vez.
    pub fn token(&self) -> Result<String, ErroDeSessao> {
        if let Some(token) = self.recuperar(TOKEN)? {
            return Ok(token);
        }
        let token = sortear()?;
        self.armazenar(TOKEN, &token)?;
        Ok(token)
    }
    // ANCHOR_END: token

    /// Compara até o fim, para que o tempo não diga quantos caracteres estavam certos.
    pub fn confere_token(&self, recebido: &str) -> bool {
        let token: Option<String> = self.recuperar(TOKEN).ok().flatten();
        token.is_some_and(|token| token.as_bytes().ct_eq(recebido.as_bytes()).into())
    }

    // ANCHOR: avisos
    /// Um aviso para a próxima página, como o `flash` do Flask. Vai
    /// dentro da sessão: ninguém o forja.
    pub fn avisar(&self, aviso: &str) -> Result<(), ErroDeSessao> {
        let mut avisos = self.recuperar_ou(AVISOS, Vec::new())?;
        avisos.push(aviso.to_owned());
        self.armazenar(AVISOS, avisos)
    }

    /// Os avisos que esperavam por esta página. Cada um aparece uma vez.
    pub fn avisos(&self) -> Result<Vec<String>, ErroDeSessao> {
        let avisos = self.recuperar_ou(AVISOS, Vec::new());
        self.remover(AVISOS);
        avisos
    }
    // ANCHOR_END: avisos

    /// Por que a sessão que o navegador trouxe terminou.
    /// `None`, se ela vale ou se não há uma.
    pub fn fim(&self) -> Option<Fim> {
        self.estado.fim
    }

    /// Quantos segundos faltam para cada limite.
    pub fn restam(&self) -> Restam {
        let Marcas { criada, usada, lembrar } = *self.marcas();
        self.limites.prazo(lembrar).restam(criada, usada, self.relogio.agora())
    }

    /// `session[chave] = valor`. Se o dicionário não couber no cookie, nada muda.
    pub fn armazenar(
        &self,
        chave: &str,
        valor: impl Serialize,
    ) -> Result<(), ErroDeSessao> {
        let valor = serde_json::to_value(valor)
            .map_err(|_| ErroDeSessao::NaoVaiEmJson { chave: chave.to_owned() })?;
        let mut valores = self.valores();
        let mut novos = valores.clone();
        novos.insert(chave.to_owned(), valor);
        if novos == *valores {
            return Ok(());
        }
        let bytes = self.em_texto(&novos).len();
        if bytes > LIMITE {
            return Err(ErroDeSessao::GrandeDemais { chave: chave.to_owned(), bytes });
        }
        self.enviar(&novos);
        *valores = novos;
        Ok(())
    }

    /// `session.get(chave)`: `None` se a chave falta, e
    /// um erro se o valor não é um `T`.
    pub fn recuperar<T: DeserializeOwned>(
        &self,
        chave: &str,
    ) -> Result<Option<T>, ErroDeSessao> {
        let valores = self.valores();
        let Some(valor) = valores.get(chave) else { return Ok(None) };
        T::deserialize(valor).map(Some).map_err(|_| ErroDeSessao::OutroTipo {
            chave: chave.to_owned(),
            esperado: nome_do_tipo::<T>(),
            achado: tipo_json(valor),
        })
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
        self.valores().contains_key(chave)
    }

    /// `session.pop(chave, None)`: remove e devolve o valor, se ele existe.
    pub fn remover(&self, chave: &str) -> Option<Value> {
        let mut valores = self.valores();
        let removido = valores.remove(chave)?;
        self.enviar(&valores);
        Some(removido)
    }

    /// `session.clear()`.
    pub fn limpar(&self) {
        let mut valores = self.valores();
        valores.clear();
        *self.marcas() = Marcas::novas(self.relogio.agora());
        self.enviar(&valores);
    }

    /// `session.items()`: uma cópia do dicionário, em ordem alfabética.
    pub fn itens(&self) -> BTreeMap<String, Value> {
        self.valores().clone()
    }

    fn valores(&self) -> MutexGuard<'_, Valores> {
        // Se uma thread parou com o dicionário na mão, ele continua inteiro.
        self.estado.valores.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn marcas(&self) -> MutexGuard<'_, Marcas> {
        self.estado.marcas.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Escreve de novo o cookie que já gastou um bom pedaço do limite de inatividade.
    fn renovar(&self) {
        let valores = self.valores();
        let Marcas { usada, lembrar, .. } = *self.marcas();
        let prazo = self.limites.prazo(lembrar);
        if !valores.is_empty() && prazo.convem_renovar(usada, self.relogio.agora()) {
            self.enviar(&valores);
        }
    }

    /// Manda ao navegador o dicionário novo; vazio, manda remover o cookie.
    fn enviar(&self, valores: &Valores) {
        if valores.is_empty() {
            let cookie = Cookie::build(nome_do_cookie(self.https));
            return self.jar.remove_private(cookie.secure(self.https));
        }
        self.marcas().usada = self.relogio.agora();
        let cookie = (nome_do_cookie(self.https), self.em_texto(valores));
        let cookie = Cookie::build(cookie).secure(self.https);
        self.jar.add_private(cookie.expires(self.validade()));
    }

    /// `None` faz um cookie que o navegador descarta ao fechar.
    fn validade(&self) -> Option<OffsetDateTime> {
        let Marcas { criada, lembrar, .. } = *self.marcas();
        let ultima = criada.saturating_add(self.limites.prazo(lembrar).absoluto());
        OffsetDateTime::from_unix_timestamp(ultima).ok().filter(|_| lembrar)
    }

    fn em_texto(&self, valores: &Valores) -> String {
        let marcas = *self.marcas();
        json!({ "versao": VERSAO, "marcas": marcas, "valores": valores }).to_string()
    }
}

// ANCHOR: sortear
/// Um token: 128 bits do gerador do sistema, em 32 dígitos hexadecimais.
fn sortear() -> Result<String, ErroDeSessao> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| ErroDeSessao::SemSorteio)?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
// ANCHOR_END: sortear

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
    OutroTipo { chave: String, esperado: String, achado: &'static str },
    GrandeDemais { chave: String, bytes: usize },
    NaoVaiEmJson { chave: String },
    SemSorteio,
}

impl fmt::Display for ErroDeSessao {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErroDeSessao::OutroTipo { chave, esperado, achado } => {
                write!(f, "`{chave}` deveria ser {esperado}, e é {achado}")
            }
            ErroDeSessao::GrandeDemais { chave, bytes } => {
                write!(f, "com `{chave}` a sessão teria {bytes} bytes; cabem {LIMITE}")
            }
            ErroDeSessao::NaoVaiEmJson { chave } => {
                write!(f, "`{chave}` tem um valor que o JSON não sabe escrever")
            }
            ErroDeSessao::SemSorteio => write!(f, "o sistema não sorteou um token"),
        }
    }
}

/// O log diz a causa, e o navegador recebe uma página de erro. O Rocket descarta o que
/// a rota já tinha armazenado: ou tudo, ou nada.
impl<'r> Responder<'r, 'static> for ErroDeSessao {
    fn respond_to(self, _requisicao: &'r Request<'_>) -> response::Result<'static> {
        error!("sessão: {self}");
        match self {
            ErroDeSessao::GrandeDemais { .. } => Err(Status::PayloadTooLarge),
            _ => Err(Status::InternalServerError),
        }
    }
}

/// Verdadeiro se algo, nesta requisição, olhou para a sessão.
pub fn foi_aberta(requisicao: &Request<'_>) -> bool {
    requisicao.local_cache(Aberta::default).0.get().is_some()
}
