//! Ninguém ataca: o carrinho cresce até que o cookie não caiba no navegador, que o descarta.

use super::{Cena, codigo};
use crate::Resultado;
use crate::navegador::Navegador;

/// Juntos, passam do que cabe em um cookie.
const PRODUTOS: usize = 20;
const LETRAS: usize = 200;

pub(super) fn transborda(cena: &mut Cena<'_>) -> Resultado<bool> {
    let servidor = cena.iniciar()?;
    let mut navegador = Navegador::novo(&servidor.endereco);
    for numero in 1..=PRODUTOS {
        let produto = format!("{numero:02}{}", "a".repeat(LETRAS - 2));
        let campos = [("produto", produto.as_str())];
        let resposta = navegador.preencher("/carrinho", "/carrinho", &campos)?;
        let aceitou = resposta.codigo == 303;
        let esta_la = navegador.get("/carrinho").corpo.contains(&produto);
        if aceitou && esta_la {
            continue;
        }
        contar_os_de_antes(cena, numero - 1);
        let disse = if aceitou { "o servidor aceitou" } else { "o servidor recusou" };
        let passo = format!("Põe mais um, o produto {numero}.");
        cena.contar(&passo, &format!("{}: {disse}", codigo(&resposta)));
        let mostra = if esta_la { "está" } else { "não está" };
        let passo = "Abre o carrinho de novo.";
        cena.contar(passo, &format!("o produto {numero} {mostra} lá"));
        return Ok(aceitou != esta_la);
    }
    contar_os_de_antes(cena, PRODUTOS);
    Ok(false)
}

fn contar_os_de_antes(cena: &mut Cena<'_>, quantos: usize) {
    let passo =
        format!("Põe {quantos} produtos no carrinho, cada um com {LETRAS} letras.");
    cena.contar(&passo, &format!("o carrinho mostra os {quantos}"));
}
