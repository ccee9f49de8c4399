//! A sessão como o armazenamento a guarda: um texto em JSON.

use serde::{Deserialize, Serialize};

use super::armazem::{Falha, Registro, Resposta};
use super::instalacao::Sessoes;
use super::validade::Marcas;
use super::valores::Valores;

/// O que muda quando muda a forma de guardar: um registro de outra versão não é lido.
const VERSAO: u8 = 1;

#[derive(Default, Serialize, Deserialize)]
pub struct Guardada {
    versao: u8,
    pub marcas: Marcas,
    /// De quem é. O registro o leva fora do texto, onde o armazenamento sabe procurar.
    #[serde(skip)]
    pub dono: Option<String>,
    /// Com que navegador foi o login.
    pub navegador: String,
    pub valores: Valores,
}

impl Guardada {
    /// Uma sessão que começa agora, com o dicionário vazio.
    pub fn nova(agora: i64) -> Guardada {
        let marcas = Marcas { criada: agora, usada: agora, lembrar: false };
        Guardada { versao: VERSAO, marcas, ..Guardada::default() }
    }

    /// Lê um registro. O que não se lê, é de outra versão ou tem um valor que o site
    /// recusa está estragado.
    pub fn abrir(registro: &Registro, sessoes: &Sessoes) -> Resposta<Guardada> {
        let guardada: Option<Guardada> = serde_json::from_str(&registro.texto).ok();
        let certa = |guardada: &Guardada| {
            guardada.versao == VERSAO && (sessoes.confere)(&guardada.valores)
        };
        let guardada = guardada.filter(certa).ok_or(Falha::Estragado)?;
        let site = sessoes.dono("");
        let dono = registro.dono.as_deref().and_then(|dono| dono.strip_prefix(&site));
        Ok(Guardada { dono: dono.map(str::to_owned), ..guardada })
    }

    pub fn vazia(&self) -> bool {
        self.dono.is_none() && self.valores.is_empty()
    }
}
