//! Maria tenta ter o cargo de outra pessoa: põe o cookie dele ao lado dos cookies dela.

use super::{Cena, entrar, perfil, texto_em};
use crate::Resultado;
use crate::navegador::Navegador;

pub(super) fn emenda(cena: &mut Cena<'_>) -> Resultado<bool> {
    let servidor = cena.iniciar()?;
    let janela_a = entrar(&servidor)?;
    let guardados: Vec<&str> = janela_a.cookies.keys().map(String::as_str).collect();
    cena.contar(
        "Na janela A, admin entra e guarda os cookies.",
        &format!("cookies: {}", guardados.join(", ")),
    );

    let mut janela_b = Navegador::novo(&servidor.endereco);
    let campos = [("username", "maria"), ("password", "456")];
    janela_b.preencher("/login", "/login_submit", &campos)?;
    let antes = perfil(&mut janela_b)?;
    cena.contar("Na janela B, maria entra e abre o perfil.", &antes);
    if antes != "Cargo: cliente" {
        return Err("maria deveria ser cliente".to_owned());
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

    let quem = texto_em(&janela_b.get("/dashboard"), "Bem-vindo, ")?;
    cena.contar("Na janela B, abre o Painel.", &quem);
    Ok(depois == "Cargo: admin" && quem.contains("maria"))
}
