//! Avisos para a próxima página, como o `flash` do Flask. Vão dentro da sessão: ninguém
//! os forja.

use super::sessao::{ErroDeSessao, Sessao};

const AVISOS: &str = "avisos";

/// Deixa um aviso para a próxima página, seja ela qual for.
pub fn avisar(sessao: &Sessao<'_>, aviso: &str) -> Result<(), ErroDeSessao> {
    let aviso = aviso.to_owned();
    sessao.alterar(AVISOS, move |avisos: &mut Vec<String>| avisos.push(aviso.clone()))
}

/// Os avisos que esperavam por esta página. Cada um aparece uma vez.
pub fn tirar(sessao: &Sessao<'_>) -> Result<Vec<String>, ErroDeSessao> {
    let avisos = sessao.recuperar_ou(AVISOS, Vec::new());
    sessao.remover(AVISOS)?;
    avisos
}
