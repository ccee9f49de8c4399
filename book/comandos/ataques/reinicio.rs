//! O programa termina e inicia de novo, como em toda atualização. As sessões continuam?

use super::{Cena, ainda_abre, entrar, perfil};
use crate::Resultado;
use crate::navegador::Navegador;

pub(super) fn reinicio(cena: &mut Cena<'_>) -> Resultado<bool> {
    let servidor = cena.iniciar()?;
    let mut navegador = entrar(&servidor)?;
    let cargo = perfil(&mut navegador)?;
    cena.contar("Entra como admin e abre o perfil.", &cargo);
    drop(servidor);

    let servidor = cena.iniciar()?;
    let mut de_volta = Navegador::novo(&servidor.endereco);
    de_volta.cookies = navegador.cookies;
    let (dentro, visto) = ainda_abre(&mut de_volta)?;
    let passo =
        "O programa termina e inicia de novo, com a mesma chave. Abre o perfil.";
    cena.contar(passo, &visto);
    Ok(!dentro)
}
