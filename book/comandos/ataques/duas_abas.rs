//! Uma pessoa adiciona um produto em cada aba, ao mesmo tempo. Os dois ficam no carrinho?

use std::thread;
use std::time::Duration;

use super::Cena;
use crate::Resultado;
use crate::navegador::Navegador;

const PRODUTOS: [&str; 3] = ["caneca", "caderno", "camiseta"];

pub(super) fn duas_abas(cena: &mut Cena<'_>) -> Resultado<bool> {
    let servidor = cena.iniciar()?;
    let mut navegador = Navegador::novo(&servidor.endereco);
    let [primeiro, da_aba_a, da_aba_b] = PRODUTOS;
    navegador.preencher("/carrinho", "/carrinho", &[("produto", primeiro)])?;
    let antes = carrinho(&mut navegador);
    cena.contar(&format!("Põe {primeiro} no carrinho."), &antes.join(", "));

    let mut aba_a = navegador.clone();
    let mut aba_b = navegador.clone();
    let mut da_b = Err("a aba B não chegou a enviar".to_owned());
    let da_a = aba_a.post_lento("/carrinho", &format!("produto={da_aba_a}"), || {
        // O servidor começa a requisição lenta: em uma máquina ocupada, menos não basta.
        thread::sleep(Duration::from_secs(1));
        da_b = aba_b.preencher("/carrinho", "/carrinho", &[("produto", da_aba_b)]);
    });
    let (da_a, da_b) = (da_a.estado(), da_b?.estado());
    cena.contar(
        &format!(
            "Na aba A, a conexão é lenta: começa a enviar {da_aba_a}. Antes que o formulário \
             chegue inteiro, a aba B envia {da_aba_b}."
        ),
        &format!("a resposta da aba B é {da_b}, e a da aba A, {da_a}"),
    );

    // As abas têm um cookie só: fica o da última resposta, que foi a da aba A.
    navegador.cookies = aba_a.cookies;
    let depois = carrinho(&mut navegador);
    cena.contar("Abre o carrinho.", &depois.join(", "));
    Ok(depois.len() < PRODUTOS.len())
}

/// Os produtos que a página do carrinho mostra.
fn carrinho(navegador: &mut Navegador) -> Vec<&'static str> {
    let pagina = navegador.get("/carrinho").corpo;
    PRODUTOS.into_iter().filter(|produto| pagina.contains(produto)).collect()
}
