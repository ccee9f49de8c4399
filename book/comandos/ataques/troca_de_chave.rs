//! Quem administra o site troca a chave, como deve. Quem estava dentro dele continua?

use super::{Cena, ainda_abre, entrar, perfil};
use crate::Resultado;
use crate::navegador::Navegador;
use crate::processo;

pub(super) fn troca_de_chave(cena: &mut Cena<'_>) -> Resultado<bool> {
    let servidor = cena.iniciar()?;
    let mut navegador = entrar(&servidor)?;
    let cargo = perfil(&mut navegador)?;
    cena.contar("Com a chave 1, entra como admin e abre o perfil.", &cargo);
    drop(servidor);

    let anteriores = format!("[\"{}\"]", processo::chave_de_teste('1'));
    let lista: &[_] = &[("ROCKET_SECRET_KEYS_ANTERIORES", anteriores.as_str())];
    for (passo, variaveis) in [
        ("Inicia com a chave 2, e a 1 na lista das anteriores. Abre o perfil.", lista),
        ("Inicia só com a chave 2. Abre o perfil com o cookie que ficou.", &[]),
    ] {
        let servidor = cena.iniciar_com('2', variaveis)?;
        let mut de_volta = Navegador::novo(&servidor.endereco);
        de_volta.cookies.clone_from(&navegador.cookies);
        let (abriu, visto) = ainda_abre(&mut de_volta)?;
        if !abriu {
            cena.contar(passo, "pede login de novo: a sessão acabou");
            return Ok(true);
        }
        cena.contar(passo, &visto);
        navegador.cookies = de_volta.cookies;
    }
    Ok(false)
}
