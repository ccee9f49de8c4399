//! Por que a sessão não fez o que lhe pediram.

use std::fmt;

use rocket::error;
use rocket::http::Status;
use rocket::request::Request;
use rocket::response::{self, Responder};

use super::super::armazem::Falha;

/// A mensagem nunca traz o valor, que pode ser segredo.
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
            ErroDeSessao::SemSorteio => write!(f, "o sistema não sorteou um id"),
            ErroDeSessao::Encerrada => write!(f, "terminou antes de ser gravada"),
            ErroDeSessao::Armazem(falha) => write!(f, "{falha}"),
        }
    }
}

impl ErroDeSessao {
    /// O código HTTP que este erro dá à resposta.
    pub fn status(&self) -> Status {
        match self {
            ErroDeSessao::GrandeDemais { .. } => Status::PayloadTooLarge,
            ErroDeSessao::Encerrada => Status::Unauthorized,
            ErroDeSessao::Armazem(_) => Status::ServiceUnavailable,
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
