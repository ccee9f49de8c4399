//! O dicionário, e uma mudança nele.

use std::any::type_name;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::erro::{Erro, Feito};

/// O dicionário: cada nome com um valor que o JSON sabe escrever.
pub type Valores = BTreeMap<String, Value>;

/// O que se faz com um valor: do que ele era ao que passa a ser. `None` é não estar no
/// dicionário. Se outra requisição gravou antes, a função é chamada de novo, com o que
/// ela gravou.
pub type Mudanca =
    Box<dyn Fn(Option<&Value>) -> Result<Option<Value>, Erro> + Send + Sync>;

/// Guarda o valor com este nome; `None` o remove.
pub fn por(valores: &mut Valores, nome: &str, valor: Option<Value>) {
    match valor {
        Some(valor) => valores.insert(nome.to_owned(), valor),
        None => valores.remove(nome),
    };
}

/// Um valor do dicionário, como um `T`.
pub fn ler<T: DeserializeOwned>(nome: &str, qual: Option<&Value>) -> Feito<Option<T>> {
    let lido = qual.map(T::deserialize).transpose();
    lido.map_err(|_| Erro::OutroTipo(nome.to_owned(), type_name::<T>()))
}

/// O valor em JSON, ou um erro que diz o nome.
pub fn em_json(nome: &str, valor: impl Serialize) -> Result<Value, Erro> {
    serde_json::to_value(valor).map_err(|_| Erro::NaoVaiEmJson(nome.to_owned()))
}
