//! Quem perdeu o cargo tenta tê-lo de volta com um cookie de quando ainda o tinha.

use super::{Ataque, Cena, DE_ATAQUE, entrar, perfil};
use crate::Resultado;

pub(super) const ATAQUE: Ataque = Ataque {
    nome: "emenda",
    descricao: "põe um cookie de uma sessão ao lado dos cookies de outra",
    desde: "cap05-logout",
    impedem: &["cap06-dicionario"],
    desfechos: DE_ATAQUE,
    executar: emenda,
};

fn emenda(cena: &mut Cena<'_>) -> Resultado<bool> {
    let servidor = cena.iniciar()?;
    let janela_a = entrar(&servidor)?;
    let guardados: Vec<&str> = janela_a.cookies.keys().map(String::as_str).collect();
    cena.contar(
        "Na janela A, entra como admin e guarda os cookies.",
        &format!("cookies: {}", guardados.join(", ")),
    );

    let mut janela_b = entrar(&servidor)?;
    janela_b.preencher("/perfil", "/remover_cargo", &[])?;
    let sem_cargo = perfil(&mut janela_b)?;
    cena.contar("Na janela B, entra, perde o cargo e abre o perfil.", &sem_cargo);
    if sem_cargo != "Cargo: visitante" {
        return Err("a janela B deveria ter perdido o cargo".to_owned());
    }

    let por_nome = janela_a.cookies.get_key_value("role");
    let levado = por_nome.or_else(|| janela_a.cookies.first_key_value());
    let (nome, valor) = levado.ok_or("a janela A não recebeu nenhum cookie")?;
    janela_b.cookies.insert("role".to_owned(), valor.clone());
    let depois = perfil(&mut janela_b)?;
    let com_nome = if nome == "role" { "" } else { ", com o nome role," };
    let passo = format!(
        "Leva à janela B o cookie {nome} da janela A{com_nome} e abre o perfil."
    );
    cena.contar(&passo, &depois);
    Ok(depois == "Cargo: admin")
}
