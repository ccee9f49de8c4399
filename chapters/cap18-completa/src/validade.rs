//! Quando uma sessão termina: os limites, que vêm da configuração.

use std::num::NonZeroU32;

use rocket::figment::{Error, Figment, error::Kind};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Até esta diferença, em segundos, são só dois relógios, e não adulteração.
const TOLERANCIA: i64 = 60;

/// Desde quando a sessão vale. Vai no registro, que o navegador não vê.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub struct Marcas {
    /// Quando a sessão começou, em segundos desde 1970; o login recomeça a conta.
    pub criada: i64,
    /// Quando o registro foi gravado pela última vez.
    pub usada: i64,
    /// Verdadeiro para quem pediu "Lembrar de mim".
    pub lembrar: bool,
}

/// Quanto uma sessão pode durar, em segundos.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Prazo {
    /// O limite de inatividade, contado do último uso.
    inatividade: NonZeroU32,
    /// O limite absoluto, contado do login.
    absoluto: NonZeroU32,
}

/// O prazo de uma sessão comum e o de quem pediu para ser lembrado.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limites {
    comum: Prazo,
    lembrada: Prazo,
}

impl Limites {
    fn prazo(&self, marcas: Marcas) -> Prazo {
        if marcas.lembrar { self.lembrada } else { self.comum }
    }

    /// Por que uma sessão com estas marcas já terminou. `None`, se ainda vale.
    pub fn fim(&self, marcas: Marcas, agora: i64) -> Option<Fim> {
        let Restam { inatividade, absoluto } = self.restam(marcas, agora);
        match marcas.criada.max(marcas.usada) > agora.saturating_add(TOLERANCIA) {
            true => Some(Fim::HoraDoFuturo),
            _ if absoluto <= 0 => Some(Fim::LimiteAbsoluto),
            _ if inatividade <= 0 => Some(Fim::Inatividade),
            _ => None,
        }
    }

    pub fn restam(&self, marcas: Marcas, agora: i64) -> Restam {
        let Prazo { inatividade, absoluto } = self.prazo(marcas);
        let falta = |limite: NonZeroU32, desde| {
            i64::from(limite.get()).saturating_sub(agora.saturating_sub(desde))
        };
        Restam {
            inatividade: falta(inatividade, marcas.usada),
            absoluto: falta(absoluto, marcas.criada),
        }
    }

    /// Escrever o cookie a cada requisição custaria caro. Um décimo do limite basta.
    pub fn convem_renovar(&self, marcas: Marcas, agora: i64) -> bool {
        let decimo = i64::from(self.prazo(marcas).inatividade.get()) / 10;
        agora.saturating_sub(marcas.usada) >= decimo.max(1)
    }

    /// Quando a sessão termina, se ninguém a usar mais.
    pub fn vence(&self, marcas: Marcas, agora: i64) -> i64 {
        let Restam { inatividade, absoluto } = self.restam(marcas, agora);
        agora.saturating_add(inatividade.min(absoluto))
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
    #[error("Sua sessão traz um horário que ainda não chegou.")]
    HoraDoFuturo,
    /// O servidor não a tem mais: venceu, ou alguém a encerrou.
    #[error("Sua sessão terminou. Entre de novo.")]
    Encerrada,
}

/// Os limites da configuração. O erro diz onde, e o que escrever.
pub fn limites(configuracao: &Figment) -> Result<Limites, String> {
    let limites: Limites =
        configuracao.focus("sessao").extract().map_err(em_portugues)?;
    for (nome, prazo) in [("comum", limites.comum), ("lembrada", limites.lembrada)] {
        if prazo.inatividade > prazo.absoluto {
            return Err(format!(
                "em `sessao.{nome}`, `inatividade` não pode passar de `absoluto`"
            ));
        }
    }
    Ok(limites)
}

fn em_portugues(erro: Error) -> String {
    let lugar = format!("sessao.{}", erro.path.join("."));
    match erro.kind {
        Kind::UnknownField(campo, _) => format!("não conheço `{campo}` em `sessao`"),
        _ if lugar.ends_with("inatividade") || lugar.ends_with("absoluto") => {
            format!("`{lugar}` deve ser um número de segundos, maior que zero")
        }
        _ => format!("`{lugar}` deve ser uma tabela, com `inatividade` e `absoluto`"),
    }
}
