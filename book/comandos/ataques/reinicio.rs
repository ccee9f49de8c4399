//! O programa termina e inicia de novo, como em toda atualização e em toda troca de chave. Quem
//! estava dentro dele continua?

use super::{Cena, ainda_abre, entrar, perfil};
use crate::Resultado;
use crate::navegador::Navegador;
use crate::processo::chave_de_teste;

pub(super) fn reinicio(cena: &mut Cena<'_>) -> Resultado<bool> {
    let mut navegador = dentro(cena, "Entra como admin e abre o perfil.")?;
    let passo =
        "O programa termina e inicia de novo, com a mesma chave. Abre o perfil.";
    Ok(!continua(cena, &mut navegador, '1', &[], passo)?)
}

pub(super) fn troca_de_chave(cena: &mut Cena<'_>) -> Resultado<bool> {
    let mut navegador =
        dentro(cena, "Com a chave 1, entra como admin e abre o perfil.")?;
    let anteriores = format!("[\"{}\"]", chave_de_teste('1'));
    let lista = [("ROCKET_SECRET_KEYS_ANTERIORES", anteriores.as_str())];
    let passo = "Inicia com a chave 2, e a 1 na lista das anteriores. Abre o perfil.";
    if !continua(cena, &mut navegador, '2', &lista, passo)? {
        return Ok(true);
    }
    let passo = "Inicia só com a chave 2. Abre o perfil com o cookie que ficou.";
    Ok(!continua(cena, &mut navegador, '2', &[], passo)?)
}

/// Quem entra no capítulo, que para em seguida.
fn dentro(cena: &mut Cena<'_>, passo: &str) -> Resultado<Navegador> {
    let servidor = cena.iniciar()?;
    let mut navegador = entrar(&servidor)?;
    cena.contar(passo, &perfil(&mut navegador)?);
    Ok(navegador)
}

/// Se quem entrou antes ainda abre o perfil, com o programa iniciado assim.
fn continua(
    cena: &mut Cena<'_>,
    navegador: &mut Navegador,
    chave: char,
    variaveis: &[(&str, &str)],
    passo: &str,
) -> Resultado<bool> {
    let servidor = cena.iniciar_com(chave, variaveis)?;
    navegador.endereco.clone_from(&servidor.endereco);
    let (abriu, visto) = ainda_abre(navegador)?;
    cena.contar(passo, &visto);
    Ok(abriu)
}
