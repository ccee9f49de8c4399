//! Por que a sessão não fez o que lhe pediram, ou não iniciou.

use rocket::error;
use rocket::http::Status;
use rocket::request::Request;
use rocket::response::{self, Responder};
use thiserror::Error;

use super::armazem::Falha;
use super::mudancas::LIMITE;

/// Por que as sessões não iniciaram: que ajuste não serve, e o que escrever nele, ou como
/// iniciar o armazenamento que não abriu. A mensagem não mostra nenhum segredo.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct ErroAoIniciar(pub(crate) String);

/// Por que a sessão não fez o que a rota pediu. A mensagem, que vai para o log, nunca
/// traz o valor, que pode ser segredo.
///
/// Uma rota o devolve com `?`: o navegador recebe o código de [`status`](Self::status),
/// e o que a rota já tinha mudado não é gravado. Ou tudo, ou nada.
#[derive(Debug, Error)]
pub enum Erro {
    /// O valor com este nome não é do tipo que a rota pediu. Código 500.
    #[error("`{0}` não é {1}")]
    OutroTipo(String, &'static str),
    /// O dicionário passaria de 64 KiB, e teria tantos bytes em JSON. Código 413.
    #[error("a sessão teria {0} bytes; cabem {LIMITE}")]
    GrandeDemais(usize),
    /// O valor não vai em JSON, como um mapa cujas chaves não são textos. Código 500.
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

/// O que uma operação da sessão responde.
pub type Feito<T = ()> = Result<T, Erro>;

impl Erro {
    /// O código HTTP que este erro dá à resposta.
    pub fn status(&self) -> Status {
        match self {
            Erro::GrandeDemais(_) => Status::PayloadTooLarge,
            Erro::Encerrada => Status::Unauthorized,
            Erro::Armazem(_) => Status::ServiceUnavailable,
            _ => Status::InternalServerError,
        }
    }
}

impl<'r> Responder<'r, 'static> for Erro {
    fn respond_to(self, _requisicao: &'r Request<'_>) -> response::Result<'static> {
        error!("sessão: {self}");
        Err(self.status())
    }
}
