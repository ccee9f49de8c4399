//! Por que a sessão não fez o que lhe pediram, ou não iniciou.

use rocket::error;
use rocket::http::Status;
use rocket::request::Request;
use rocket::response::{self, Responder};
use thiserror::Error;

use super::armazem::Falha;

/// Por que as sessões não iniciaram. A mensagem diz o que fazer, e não mostra nenhum
/// segredo.
#[derive(Debug, Error)]
pub enum ErroAoIniciar {
    /// Um ajuste falta ou não serve: o texto diz qual, e o que escrever.
    #[error("{0}")]
    Ajuste(String),
    /// O endereço é de um armazenamento que o programa não compilou.
    #[error("ligue a feature `{0}` da biblioteca de sessões, no Cargo.toml")]
    SemFeature(&'static str),
    /// O armazenamento não abriu.
    #[error("não abri as sessões em {onde}: {motivo}. {conselho}")]
    NaoAbriu {
        /// O endereço, sem a senha.
        onde: String,
        /// O que disse a biblioteca que fala com ele.
        motivo: String,
        /// Como iniciar um.
        conselho: &'static str,
    },
}

impl From<String> for ErroAoIniciar {
    fn from(motivo: String) -> ErroAoIniciar {
        ErroAoIniciar::Ajuste(motivo)
    }
}

/// Por que a sessão não fez o que a rota pediu. A mensagem, que vai para o log, nunca
/// traz o valor, que pode ser segredo.
///
/// Uma rota o devolve com `?`: o navegador recebe o código de [`status`](Self::status),
/// e o que a rota já tinha mudado não é gravado. Ou tudo, ou nada.
#[derive(Debug, Error)]
pub enum ErroDeSessao {
    /// O valor com este nome não é do tipo que a rota pediu. Código 500.
    #[error("`{nome}` não é {esperado}")]
    OutroTipo {
        /// O nome do valor no dicionário.
        nome: String,
        /// O tipo que a rota pediu.
        esperado: &'static str,
    },
    /// O dicionário passaria de 64 KiB. Código 413.
    #[error("a sessão teria {bytes} bytes; cabem {limite}")]
    GrandeDemais {
        /// O tamanho que ele teria, em JSON.
        bytes: usize,
        /// O maior que cabe.
        limite: usize,
    },
    /// O valor não tem como ser escrito em JSON, como um mapa cujas chaves não são
    /// textos. Código 500.
    #[error("`{0}` tem um valor que o JSON não sabe escrever")]
    NaoVaiEmJson(String),
    /// O sistema operacional não sorteou um id. Código 500.
    #[error("o sistema não sorteou um id")]
    SemSorteio,
    /// Outra requisição encerrou a sessão antes que esta a gravasse. Código 401.
    #[error("terminou antes de ser gravada")]
    Encerrada,
    /// O armazenamento não atendeu. Código 503.
    #[error(transparent)]
    Armazem(#[from] Falha),
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

impl<'r> Responder<'r, 'static> for ErroDeSessao {
    fn respond_to(self, _requisicao: &'r Request<'_>) -> response::Result<'static> {
        error!("sessão: {self}");
        Err(self.status())
    }
}
