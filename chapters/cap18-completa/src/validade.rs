//! Quando uma sessão termina: os limites, que vêm da configuração.

use std::num::NonZeroU32;

use rocket::figment::{Error, Figment, error::Kind};
use serde::Deserialize;
use thiserror::Error;

/// Dois servidores nunca têm a mesma hora: até esta diferença,
/// em segundos, não é adulteração.
const TOLERANCIA: i64 = 60;

/// Quanto uma sessão pode durar, em segundos.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prazo {
    /// O limite de inatividade, contado do último uso.
    inatividade: NonZeroU32,
    /// O limite absoluto, contado do login.
    absoluto: NonZeroU32,
}

/// O prazo de uma sessão comum e o de quem pediu para ser lembrado.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limites {
    comum: Prazo,
    lembrada: Prazo,
}

/// A parte da configuração que diz os limites.
#[derive(Deserialize)]
struct Configuracao {
    sessao: Limites,
}

impl Limites {
    /// O prazo de uma sessão comum, ou o da lembrada.
    pub fn prazo(&self, lembrar: bool) -> Prazo {
        if lembrar { self.lembrada } else { self.comum }
    }
}

impl Prazo {
    /// Por que uma sessão criada e usada nestas horas já
    /// terminou. `None`, se ainda vale.
    pub fn fim(&self, criada: i64, usada: i64, agora: i64) -> Option<Fim> {
        let restam = self.restam(criada, usada, agora);
        if criada.max(usada) > agora.saturating_add(TOLERANCIA) {
            Some(Fim::HoraDoFuturo)
        } else if restam.absoluto <= 0 {
            Some(Fim::LimiteAbsoluto)
        } else if restam.inatividade <= 0 {
            Some(Fim::Inatividade)
        } else {
            None
        }
    }

    /// Quantos segundos faltam para cada limite.
    pub fn restam(&self, criada: i64, usada: i64, agora: i64) -> Restam {
        Restam {
            inatividade: self.inatividade().saturating_sub(agora.saturating_sub(usada)),
            absoluto: self.absoluto().saturating_sub(agora.saturating_sub(criada)),
        }
    }

    /// Escrever o cookie a cada requisição custaria caro. Um décimo do limite basta.
    pub fn convem_renovar(&self, usada: i64, agora: i64) -> bool {
        agora.saturating_sub(usada) >= (self.inatividade() / 10).max(1)
    }

    /// Quando a sessão termina, se ninguém a usar mais.
    pub fn vence(&self, criada: i64, usada: i64, agora: i64) -> i64 {
        let Restam { inatividade, absoluto } = self.restam(criada, usada, agora);
        agora.saturating_add(inatividade.min(absoluto))
    }

    /// O limite absoluto, em segundos.
    pub fn absoluto(&self) -> i64 {
        self.absoluto.get().into()
    }

    fn inatividade(&self) -> i64 {
        self.inatividade.get().into()
    }
}

/// Quantos segundos faltam para a sessão terminar.
pub struct Restam {
    /// Para o limite de inatividade.
    pub inatividade: i64,
    /// Para o limite absoluto.
    pub absoluto: i64,
}

/// Por que uma sessão terminou, como uma frase para a pessoa.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Fim {
    /// Passou o limite de inatividade.
    #[error("Sua sessão terminou por falta de uso.")]
    Inatividade,
    /// Passou o limite absoluto.
    #[error("Sua sessão chegou ao tempo máximo.")]
    LimiteAbsoluto,
    /// Os relógios de duas instâncias não combinam, ou alguém mexeu no registro.
    #[error("Sua sessão diz vir do futuro.")]
    HoraDoFuturo,
    /// O servidor não a tem mais: venceu, ou alguém a encerrou.
    #[error("Sua sessão terminou. Entre de novo.")]
    Encerrada,
}

impl Fim {
    /// Falso se o registro não deve ser apagado: uma hora do futuro pode só dizer que o
    /// relógio desta instância atrasou, e nas outras a sessão ainda vale.
    pub fn e_de_vez(self) -> bool {
        self != Fim::HoraDoFuturo
    }
}

/// Os limites da configuração: os do `Rocket.toml` e, por cima, os de `ROCKET_SESSAO`.
pub fn limites(configuracao: &Figment) -> Result<Limites, String> {
    let Configuracao { sessao: limites } =
        configuracao.extract().map_err(|erro| em_portugues(&erro))?;
    for (nome, prazo) in [("comum", limites.comum), ("lembrada", limites.lembrada)] {
        if prazo.inatividade > prazo.absoluto {
            return Err(format!(
                "em `sessao.{nome}`, `inatividade` não pode passar de `absoluto`"
            ));
        }
    }
    Ok(limites)
}

fn em_portugues(erro: &Error) -> String {
    let lugar = erro.path.join(".");
    match &erro.kind {
        Kind::UnknownField(campo, _) => format!("não conheço `{campo}` em `sessao`"),
        Kind::MissingField(campo) => {
            format!("falta `{campo}` no Rocket.toml: veja o que vem com o capítulo")
        }
        _ if lugar.ends_with("inatividade") || lugar.ends_with("absoluto") => {
            format!("`{lugar}` deve ser um número de segundos, maior que zero")
        }
        _ => format!("`{lugar}` deve ser uma tabela: veja o Rocket.toml do capítulo"),
    }
}
