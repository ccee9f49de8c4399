//! Uma página de outra origem faz o navegador de quem a abre mudar algo, ou o traz por um link.

use super::{Cena, cargo_em, entrar, para_onde, perfil, texto_em};
use crate::Resultado;
use crate::navegador::Navegador;

/// Outro programa da mesma máquina. A porta não faz parte do site: daqui os cookies vão.
const OUTRA_PORTA: &str = "http://127.0.0.1:9999";
const OUTRO_SITE: &str = "https://outro.example";

pub(super) fn outro_site(cena: &mut Cena<'_>) -> Resultado<bool> {
    let servidor = cena.iniciar()?;
    let mut vitima = entrar(&servidor)?;
    let cargo = perfil(&mut vitima)?;
    cena.contar("A vítima entra como admin e abre o perfil.", &cargo);

    // Só quem é deste site lê a resposta; para mudar algo, basta que a requisição chegue.
    let formulario = vitima.de_fora(OUTRA_PORTA, "/remover_cargo", Some(""));
    cena.contar(
        "Uma página de outra porta envia por ela o formulário de /remover_cargo.",
        &formulario.estado(),
    );
    let depois = ve(&mut vitima, "/perfil", "Cargo: ");
    cena.contar("A vítima abre o perfil.", &depois);

    let imagem = vitima.de_fora(OUTRA_PORTA, "/logout", None);
    cena.contar("A mesma página mostra uma imagem de /logout.", &imagem.estado());
    let ainda = ve(&mut vitima, "/perfil", "Cargo: ");
    cena.contar("A vítima abre o perfil.", &ainda);

    // Daqui os cookies não vão, mas o que a resposta manda guardar fica no navegador.
    let da_maria = Some("username=maria&password=456");
    let login = vitima.de_fora(OUTRO_SITE, "/login_submit", da_maria);
    cena.contar(
        &format!("{OUTRO_SITE} envia por ela o login da maria."),
        &login.estado(),
    );
    let painel = ve(&mut vitima, "/dashboard", "Bem-vindo, ");
    cena.contar("A vítima abre o Painel.", &painel);
    Ok([depois, ainda] != [cargo.as_str(), &cargo] || !painel.contains("admin"))
}

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

/// O que a página mostra a partir deste começo, ou aonde ela manda quem a abre.
fn ve(navegador: &mut Navegador, pagina: &str, comeco: &str) -> String {
    let resposta = navegador.get(pagina);
    texto_em(&resposta, comeco).unwrap_or_else(|_| para_onde(&resposta))
}
