//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use teste::{Resposta, Visitante};

const UM_MINUTO: &str = "public, max-age=60";
const NUNCA: &str = "no-store";

#[test]
fn a_cotacao_pode_ficar_em_cache_por_um_minuto() {
    let resposta = Visitante::novo(super::rocket()).abrir("/");
    confere(
        &resposta,
        "a cotação",
        UM_MINUTO,
        "a página não olhou a sessão. Por que ela mudou?",
    );
}

#[test]
fn a_cotacao_pode_ficar_em_cache_mesmo_para_quem_tem_uma_sessao() {
    let mut visitante = com_deposito();
    confere(
        &visitante.abrir("/"),
        "a cotação pedida com o cookie",
        UM_MINUTO,
        "o navegador manda o cookie em toda requisição. Quem o leu?",
    );
}

#[test]
fn o_extrato_nao_fica_em_cache() {
    let mut visitante = com_deposito();
    let resposta = visitante.abrir("/extrato");
    resposta.mostra("R$ 70");
    confere(
        &resposta,
        "o extrato",
        NUNCA,
        "que função de `sessao.rs` diz que a rota pediu a sessão?",
    );
}

#[test]
fn o_extrato_de_quem_ainda_nao_tem_cookie_nao_fica_em_cache() {
    let resposta = Visitante::novo(super::rocket()).abrir("/extrato");
    confere(
        &resposta,
        "o extrato pedido sem cookie",
        NUNCA,
        "a rota abriu a sessão e a achou vazia. A página ainda é só desta pessoa?",
    );
}

#[test]
fn a_resposta_de_um_deposito_nao_fica_em_cache() {
    let resposta = Visitante::novo(super::rocket()).postar("/depositar", "reais=70");
    confere(
        &resposta,
        "o depósito",
        NUNCA,
        "o endereço não é `/extrato`, mas a rota também pediu a sessão?",
    );
}

/// Um navegador em que alguém depositou 70 reais.
fn com_deposito() -> Visitante {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.enviar("/extrato", "/depositar", &[("reais", "70")]);
    visitante
}

/// Confere o `Cache-Control` de uma resposta.
#[track_caller]
fn confere(resposta: &Resposta, qual: &str, esperado: &str, olhe: &str) {
    let veio = resposta.cabecalho("Cache-Control").unwrap_or("nenhum");
    assert!(
        veio == esperado,
        "Esperado: {qual} sai com Cache-Control: {esperado}.\n\
         Veio: {veio}.\nOlhe: {olhe}"
    );
}
