//! Quem não sabe a senha tenta as que mais gente usa.

use super::{Cena, para_onde};
use crate::Resultado;
use crate::navegador::Navegador;

pub(super) fn adivinhar(cena: &mut Cena<'_>) -> Resultado<bool> {
    let servidor = cena.iniciar()?;
    let mut navegador = Navegador::novo(&servidor.endereco);
    let mut tentar = |senha: &str| {
        let campos = [("username", "admin"), ("password", senha)];
        navegador.preencher("/login", "/login_submit", &campos)
    };
    let mut codigos = Vec::new();
    for senha in SENHAS_COMUNS.split(' ') {
        codigos.push(tentar(senha)?.estado());
    }
    let iguais = codigos.chunk_by(|um, outro| um == outro);
    let respostas = iguais.map(|iguais| format!("{} (× {})", iguais[0], iguais.len()));
    let respostas: Vec<_> = respostas.collect();
    let passo = format!("Tenta {} senhas comuns na conta admin.", codigos.len());
    cena.contar(&passo, &respostas.join(", "));

    let certa = tentar("123")?;
    cena.contar("Tenta mais uma, 123, que é a certa.", &para_onde(&certa));
    Ok(certa.codigo == 303)
}

const SENHAS_COMUNS: &str =
    "123456 password admin 12345678 123456789 1234 12345 102030 brasil senha qwerty";
