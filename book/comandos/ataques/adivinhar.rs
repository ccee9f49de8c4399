//! Quem não sabe a senha tenta as que mais gente usa.

use super::{Cena, codigo, para_onde};
use crate::Resultado;
use crate::navegador::Navegador;

pub(super) fn adivinhar(cena: &mut Cena<'_>) -> Resultado<bool> {
    let servidor = cena.iniciar()?;
    let mut navegador = Navegador::novo(&servidor.endereco);
    let mut tentar = |senha: &str| {
        let campos = [("username", "admin"), ("password", senha)];
        navegador.preencher("/login", "/login_submit", &campos)
    };
    let mut respostas: Vec<(String, usize)> = Vec::new();
    for senha in SENHAS_COMUNS.split(' ') {
        let resposta = tentar(senha)?;
        let resposta = codigo(&resposta);
        match respostas.last_mut() {
            Some((ultima, vezes)) if ultima == resposta => *vezes += 1,
            _ => respostas.push((resposta.to_owned(), 1)),
        }
    }
    let respostas =
        respostas.iter().map(|(codigo, vezes)| format!("{codigo} (× {vezes})"));
    let respostas: Vec<_> = respostas.collect();
    let quantas = SENHAS_COMUNS.split(' ').count();
    let passo = format!("Tenta {quantas} senhas comuns na conta admin.");
    cena.contar(&passo, &respostas.join(", "));

    let certa = tentar("123")?;
    cena.contar("Tenta mais uma, 123, que é a certa.", &para_onde(&certa));
    Ok(certa.codigo == 303)
}

const SENHAS_COMUNS: &str =
    "123456 password admin 12345678 123456789 1234 12345 102030 brasil senha qwerty";
