//! O programa termina e inicia de novo, como em toda atualização. As sessões continuam?

use super::{Ataque, Cena, DE_FALHA, cargo_em, entrar, para_onde, perfil};
use crate::navegador::Navegador;

pub(super) const ATAQUE: Ataque = Ataque {
    nome: "reinicio",
    descricao: "termina o programa e o inicia outra vez, com a mesma chave",
    desde: "cap15-servidor",
    impedem: &["cap16-banco"],
    desfechos: DE_FALHA,
    executar: reinicio,
};

fn reinicio(cena: &mut Cena<'_>) -> Result<bool, String> {
    let servidor = cena.iniciar('1')?;
    let mut navegador = Navegador::novo(&servidor.endereco);
    entrar(&mut navegador)?;
    let cargo = perfil(&mut navegador)?;
    cena.contar("Entra como admin e abre o perfil.", &cargo);
    drop(servidor);

    let servidor = cena.iniciar('1')?;
    let mut de_volta = Navegador::novo(&servidor.endereco);
    de_volta.cookies = navegador.cookies;
    let resposta = de_volta.get("/perfil");
    let dentro = resposta.codigo == 200;
    let visto = if dentro { cargo_em(&resposta)? } else { para_onde(&resposta) };
    cena.contar(
        "O programa termina e inicia de novo, com a mesma chave. Abre o perfil.",
        &visto,
    );
    Ok(!dentro)
}
