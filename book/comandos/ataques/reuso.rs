//! Quem copiou os cookies os apresenta depois que a vítima saiu.

use super::{Cena, ainda_abre, entrar, perfil};
use crate::Resultado;

pub(super) fn reuso(cena: &mut Cena<'_>) -> Resultado<bool> {
    let servidor = cena.iniciar()?;
    let mut vitima = entrar(&servidor)?;
    let mut copia = vitima.clone();
    let aberto = perfil(&mut copia)?;
    let passo = "A vítima entra como admin. Uma cópia dos cookies abre o perfil.";
    cena.contar(passo, &aberto);

    vitima.sair();
    let (dentro, visto) = ainda_abre(&mut vitima)?;
    if dentro {
        return Err("o logout não saiu".to_owned());
    }
    cena.contar("A vítima sai e abre o perfil.", &visto);

    let (abriu, visto) = ainda_abre(&mut copia)?;
    cena.contar("A cópia abre o perfil outra vez.", &visto);
    Ok(abriu)
}
