//! A sessão como o armazenamento a guarda: um texto em JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::armazem::{Falha, Registro, Resposta};
use super::valores::Valores;

/// O que muda quando muda a forma de guardar: um registro de outra versão não é lido.
const VERSAO: u8 = 1;

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
    /// As de uma sessão que começa agora.
    pub fn novas(agora: i64) -> Marcas {
        Marcas { criada: agora, usada: agora, lembrar: false }
    }
}

/// O que vai no texto do registro.
#[derive(Serialize, Deserialize)]
pub struct Guardada {
    versao: u8,
    pub marcas: Marcas,
    /// Com que navegador foi o login.
    pub navegador: String,
    pub valores: Valores,
}

impl Guardada {
    /// Uma sessão que começa agora, com o dicionário vazio.
    pub fn nova(agora: i64) -> Guardada {
        let (navegador, valores) = (String::new(), Valores::new());
        Guardada { versao: VERSAO, marcas: Marcas::novas(agora), navegador, valores }
    }

    /// Lê o texto de um registro. O que não se lê, ou é de outra versão, está
    /// estragado.
    pub fn abrir(registro: &Registro) -> Resposta<Guardada> {
        let guardada: Option<Guardada> = serde_json::from_str(&registro.texto).ok();
        let certa = |guardada: &Guardada| {
            guardada.versao == VERSAO && tipos_certos(&guardada.valores)
        };
        guardada.filter(certa).ok_or(Falha::Estragado)
    }
}

/// O que o próprio site guarda tem o tipo que ele guardou. Com outro, toda página
/// terminaria em erro, até a de login: é melhor dar a sessão por encerrada.
fn tipos_certos(valores: &Valores) -> bool {
    let tem =
        |chave: &str, tipo: fn(&Value) -> bool| valores.get(chave).is_none_or(tipo);
    let textos = ["username", "role", "carimbo"];
    textos.into_iter().all(|chave| tem(chave, Value::is_string))
        && tem("user_id", |valor| u32::deserialize(valor).is_ok())
        && tem("carrinho", |valor| BTreeMap::<String, u32>::deserialize(valor).is_ok())
}
