//! A sessão: um dicionário tipado, guardado inteiro em um só cookie criptografado.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use rocket::fairing::{AdHoc, Fairing};
use rocket::http::{Cookie, CookieJar, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::response::{self, Responder};
use rocket::{Request, error};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

/// O nome do cookie, o mesmo que o Flask usa.
const COOKIE: &str = "session";

// ANCHOR: limite
/// O que muda quando muda a forma de guardar: um cookie de outra versão não é lido.
const VERSAO: u8 = 1;

/// O navegador aceita 4.096 bytes de cookie, e descarta um maior sem avisar.
/// Criptografados e em base64, 2.800 bytes viram 3.772; o que sobra é folga para `/` e
/// `=`, que viajam como `%2F` e `%3D`.
const LIMITE: usize = 2_800;
// ANCHOR_END: limite

/// O dicionário: cada chave com um valor que o JSON sabe escrever.
type Valores = BTreeMap<String, Value>;

/// O que há dentro do cookie.
#[derive(Deserialize)]
struct Guardada {
    versao: u8,
    valores: Valores,
}

// ANCHOR: guarda
/// O `session` do Flask. Todas as guardas de uma requisição veem o mesmo dicionário.
pub struct Sessao<'r> {
    jar: &'r CookieJar<'r>,
    valores: &'r Mutex<Valores>,
}

/// O dicionário desta requisição, aberto na primeira vez em que alguém o pede.
#[derive(Default)]
struct Aberta(OnceLock<Mutex<Valores>>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Sessao<'r> {
    type Error = Infallible;

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Self, Infallible> {
        let jar = requisicao.cookies();
        let aberta = requisicao.local_cache(Aberta::default);
        let valores = aberta.0.get_or_init(|| Mutex::new(abrir(jar)));
        Outcome::Success(Sessao { jar, valores })
    }
}
// ANCHOR_END: guarda

// ANCHOR: abrir
/// O que o cookie traz. Se ele falta, não abre ou é de
/// outra versão, um dicionário vazio.
fn abrir(jar: &CookieJar<'_>) -> Valores {
    let cookie = jar.get_private(COOKIE);
    let guardada: Option<Guardada> =
        cookie.and_then(|cookie| serde_json::from_str(cookie.value()).ok());
    let desta_versao = guardada.filter(|guardada| guardada.versao == VERSAO);
    desta_versao.map(|guardada| guardada.valores).unwrap_or_default()
}
// ANCHOR_END: abrir

impl Sessao<'_> {
    // ANCHOR: armazenar
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
        let bytes = em_texto(&novos).len();
        if bytes > LIMITE {
            return Err(ErroDeSessao::GrandeDemais { chave: chave.to_owned(), bytes });
        }
        self.enviar(&novos);
        *valores = novos;
        Ok(())
    }
    // ANCHOR_END: armazenar

    // ANCHOR: recuperar
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
    // ANCHOR_END: recuperar

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
        self.enviar(&valores);
    }

    /// `session.items()`: uma cópia do dicionário, em ordem alfabética.
    pub fn itens(&self) -> BTreeMap<String, Value> {
        self.valores().clone()
    }

    fn valores(&self) -> MutexGuard<'_, Valores> {
        // Se uma thread parou com o dicionário na mão, ele continua inteiro.
        self.valores.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // ANCHOR: enviar
    /// Manda ao navegador o dicionário novo; vazio, manda remover o cookie.
    fn enviar(&self, valores: &Valores) {
        if valores.is_empty() {
            return self.jar.remove_private(COOKIE);
        }
        let validade = OffsetDateTime::now_utc() + Duration::hours(1);
        let cookie = Cookie::build((COOKIE, em_texto(valores))).expires(validade);
        self.jar.add_private(cookie);
    }
    // ANCHOR_END: enviar
}

fn em_texto(valores: &Valores) -> String {
    json!({ "versao": VERSAO, "valores": valores }).to_string()
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
    OutroTipo { chave: String, esperado: String, achado: &'static str },
    GrandeDemais { chave: String, bytes: usize },
    NaoVaiEmJson { chave: String },
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
        }
    }
}

// ANCHOR: responder
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
// ANCHOR_END: responder

// ANCHOR: vary
/// Avisa aos caches no caminho que a página depende do
/// cookie, se a rota abriu a sessão.
pub fn varia_com_o_cookie() -> impl Fairing {
    AdHoc::on_response("Vary: Cookie", |requisicao, resposta| {
        Box::pin(async move {
            if requisicao.local_cache(Aberta::default).0.get().is_some() {
                resposta.adjoin_raw_header("Vary", "Cookie");
            }
        })
    })
}
// ANCHOR_END: vary
