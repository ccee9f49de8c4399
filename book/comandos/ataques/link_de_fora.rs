//! Quem entrou segue um link de outro site.

use super::outro_site::OUTRO_SITE;
use super::{Cena, cargo_em, entrar, para_onde, perfil};
use crate::Resultado;

pub(super) fn link_de_fora(cena: &mut Cena<'_>) -> Resultado<bool> {
    let servidor = cena.iniciar()?;
    let mut pessoa = entrar(&servidor)?;
    cena.contar("Entra como admin e abre o perfil.", &perfil(&mut pessoa)?);

    let chegada = pessoa.de_fora(OUTRO_SITE, "/perfil", None);
    let visto = cargo_em(&chegada).unwrap_or_else(|_| para_onde(&chegada));
    cena.contar(&format!("Em {OUTRO_SITE}, clica em um link para o perfil."), &visto);

    let depois = perfil(&mut pessoa)?;
    cena.contar("Abre o perfil outra vez, pelo menu do site.", &depois);
    Ok(visto != depois)
}
