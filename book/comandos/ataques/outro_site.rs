//! Uma página de outra origem faz o navegador de quem a abre mudar algo.

use super::{Cena, codigo, entrar, para_onde, perfil, texto_em};
use crate::Resultado;
use crate::navegador::Navegador;

/// Outro programa da mesma máquina. A porta não faz parte do site: daqui os cookies vão.
const OUTRA_PORTA: &str = "http://127.0.0.1:9999";
pub(super) const OUTRO_SITE: &str = "https://outro.example";

pub(super) fn outro_site(cena: &mut Cena<'_>) -> Resultado<bool> {
    let servidor = cena.iniciar()?;
    let mut vitima = entrar(&servidor)?;
    let cargo = perfil(&mut vitima)?;
    cena.contar("A vítima entra como admin e abre o perfil.", &cargo);

    // Só quem é deste site lê a resposta; para mudar algo, basta que a requisição chegue.
    let formulario = vitima.de_fora(OUTRA_PORTA, "/remover_cargo", Some(""));
    cena.contar(
        "Uma página de outra porta envia por ela o formulário de /remover_cargo.",
        codigo(&formulario),
    );
    let depois = ve(&mut vitima, "/perfil", "Cargo: ");
    cena.contar("A vítima abre o perfil.", &depois);

    let imagem = vitima.de_fora(OUTRA_PORTA, "/logout", None);
    cena.contar("A mesma página mostra uma imagem de /logout.", codigo(&imagem));
    let ainda = ve(&mut vitima, "/perfil", "Cargo: ");
    cena.contar("A vítima abre o perfil.", &ainda);

    // Daqui os cookies não vão, mas o que a resposta manda guardar fica no navegador.
    let da_maria = Some("username=maria&password=456");
    let login = vitima.de_fora(OUTRO_SITE, "/login_submit", da_maria);
    cena.contar(
        &format!("{OUTRO_SITE} envia por ela o login da maria."),
        codigo(&login),
    );
    let painel = ve(&mut vitima, "/dashboard", "Bem-vindo, ");
    cena.contar("A vítima abre o Painel.", &painel);
    Ok([depois, ainda] != [cargo.as_str(), &cargo] || !painel.contains("admin"))
}

/// O que a página mostra a partir deste começo, ou aonde ela manda quem a abre.
fn ve(navegador: &mut Navegador, pagina: &str, comeco: &str) -> String {
    let resposta = navegador.get(pagina);
    texto_em(&resposta, comeco, "").unwrap_or_else(|_| para_onde(&resposta))
}
