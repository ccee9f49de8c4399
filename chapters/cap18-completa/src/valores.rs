//! O dicionário, e uma mudança nele.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::erro::ErroDeSessao;

/// O dicionário: cada nome com um valor que o JSON sabe escrever.
pub type Valores = BTreeMap<String, Value>;

type Funcao = Box<dyn Fn(Option<&Value>) -> Result<Value, ErroDeSessao> + Send + Sync>;

// ANCHOR: mudanca
/// O que se faz com o valor de um nome. Se outra requisição gravou antes, a mudança é
/// feita de novo, por cima do que a outra gravou.
pub enum Mudanca {
    Armazenar(Value),
    Remover,
    /// O valor novo depende do que ele era: só uma função o sabe calcular de novo.
    Alterar(Funcao),
}

impl Mudanca {
    /// O valor depois da mudança. `None`, se ele sai do dicionário.
    pub fn depois(&self, antes: Option<&Value>) -> Result<Option<Value>, ErroDeSessao> {
        match self {
            Mudanca::Armazenar(valor) => Ok(Some(valor.clone())),
            Mudanca::Remover => Ok(None),
            Mudanca::Alterar(funcao) => funcao(antes).map(Some),
        }
    }
}
// ANCHOR_END: mudanca

/// Põe o valor neste nome; `None` o remove.
pub fn por(valores: &mut Valores, nome: &str, valor: Option<Value>) {
    match valor {
        Some(valor) => valores.insert(nome.to_owned(), valor),
        None => valores.remove(nome),
    };
}

/// Um valor do dicionário, como um `T`.
pub fn ler<T: DeserializeOwned>(
    nome: &str,
    valor: Option<&Value>,
) -> Result<Option<T>, ErroDeSessao> {
    let Some(valor) = valor else { return Ok(None) };
    T::deserialize(valor).map(Some).map_err(|_| ErroDeSessao::OutroTipo {
        nome: nome.to_owned(),
        esperado: nome_do_tipo::<T>(),
        achado: tipo_json(valor),
    })
}

/// O valor em JSON, ou um erro que diz o nome.
pub fn em_json(nome: &str, valor: impl Serialize) -> Result<Value, ErroDeSessao> {
    serde_json::to_value(valor).map_err(|_| ErroDeSessao::NaoVaiEmJson(nome.to_owned()))
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
