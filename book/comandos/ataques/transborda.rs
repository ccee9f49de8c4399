//! Ninguém ataca: o carrinho cresce até que o cookie não caiba no navegador, que o descarta.

use super::Cena;
use crate::Resultado;
use crate::navegador::Navegador;

/// Juntos, passam do que cabe em um cookie.
const PRODUTOS: usize = 20;
const LETRAS: usize = 200;

pub(super) fn transborda(cena: &mut Cena<'_>) -> Resultado<bool> {
    let servidor = cena.iniciar()?;
    let mut navegador = Navegador::novo(&servidor.endereco);
    let (mut couberam, mut falha) = (0, None);
    while falha.is_none() && couberam < PRODUTOS {
        let produto = format!("{:02}{}", couberam + 1, "a".repeat(LETRAS - 2));
        let campos = [("produto", produto.as_str())];
        let resposta = navegador.preencher("/carrinho", "/carrinho", &campos)?;
        let esta_la = navegador.get("/carrinho").corpo.contains(&produto);
        if resposta.codigo == 303 && esta_la {
            couberam += 1;
        } else {
            falha = Some((resposta, esta_la));
        }
    }
    let passo =
        format!("Põe {couberam} produtos no carrinho, cada um com {LETRAS} letras.");
    cena.contar(&passo, &format!("o carrinho mostra os {couberam}"));
    let Some((resposta, esta_la)) = falha else { return Ok(false) };
    let (numero, aceitou) = (couberam + 1, resposta.codigo == 303);
    let disse = if aceitou { "o servidor aceitou" } else { "o servidor recusou" };
    let passo = format!("Põe mais um, o produto {numero}.");
    cena.contar(&passo, &format!("{}: {disse}", resposta.estado()));
    let mostra = if esta_la { "está" } else { "não está" };
    cena.contar("Abre o carrinho de novo.", &format!("o produto {numero} {mostra} lá"));
    Ok(aceitou != esta_la)
}
