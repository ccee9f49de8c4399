//! Quem copiou os cookies os apresenta depois que a vítima saiu.

use super::{Ataque, Cena, DE_ATAQUE, cargo_em, entrar, para_onde, perfil};
use crate::navegador::Navegador;

pub(super) const ATAQUE: Ataque = Ataque {
    nome: "reuso",
    descricao: "apresenta uma cópia dos cookies depois do logout",
    desde: "cap05-logout",
    impedem: &["cap15-servidor"],
    desfechos: DE_ATAQUE,
    executar: reuso,
};

fn reuso(cena: &mut Cena<'_>) -> Result<bool, String> {
    let servidor = cena.iniciar('1')?;
    let mut vitima = Navegador::novo(&servidor.endereco);
    entrar(&mut vitima)?;
    let mut copia = vitima.clone();
    let aberto = perfil(&mut copia)?;
    cena.contar(
        "A vítima entra como admin. Uma cópia dos cookies abre o perfil.",
        &aberto,
    );

    let saida = vitima.sair();
    let depois = vitima.get("/perfil");
    if depois.codigo == 200 {
        return Err(format!("o logout não saiu: {}", saida.estado));
    }
    cena.contar("A vítima sai e abre o perfil.", &para_onde(&depois));

    let resposta = copia.get("/perfil");
    let abriu = resposta.codigo == 200;
    let resposta = if abriu { cargo_em(&resposta)? } else { para_onde(&resposta) };
    cena.contar("A cópia abre o perfil outra vez.", &resposta);
    Ok(abriu)
}
