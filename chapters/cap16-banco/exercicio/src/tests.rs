//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use rocket::execute;
use teste::Visitante;

use crate::{AGORA, abrir, apagar_vencidos};

#[test]
fn a_limpeza_diz_quantos_apagou() {
    let [primeira, segunda] = execute(async {
        let conexoes = abrir().await.unwrap();
        let primeira = apagar_vencidos(&conexoes, AGORA).await.unwrap();
        [primeira, apagar_vencidos(&conexoes, AGORA).await.unwrap()]
    });
    assert!(
        [primeira, segunda] == [2, 0],
        "Esperado: a limpeza responde 2 e, repetida, 0.\nVeio: {primeira} e {segunda}.\n\
         Olhe: o que `execute` devolve, e como o capítulo sabe quantas linhas mudaram?"
    );
}

#[test]
fn os_vencidos_saem_e_os_outros_ficam() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.postar("/limpar", "");
    confere(
        &visitante.abrir("/").corpo,
        &["caio"],
        "que comando apaga linhas? No capítulo, um registro que vence agora ainda abre?",
    );
}

#[test]
fn antes_da_limpeza_ha_tres_registros() {
    confere(
        &Visitante::novo(super::rocket()).abrir("/").corpo,
        &["ana", "bia", "caio"],
        "a tabela já veio pronta. Ela mudou?",
    );
}

#[test]
fn quem_chega_antes_de_tudo_vencer_nao_apaga_nada() {
    let apagados = execute(async {
        let conexoes = abrir().await.unwrap();
        apagar_vencidos(&conexoes, 0).await.unwrap()
    });
    assert!(
        apagados == 0,
        "Esperado: com o relógio em 0, nenhum registro venceu.\nVeio: {apagados} apagados.\n\
         Olhe: a comparação usa o relógio que chegou em `agora`?"
    );
}

/// Confere os registros que a página mostra.
#[track_caller]
fn confere(pagina: &str, esperados: &[&str], olhe: &str) {
    let linhas = pagina.lines().filter_map(|linha| linha.trim().strip_prefix("<li>"));
    let veio: Vec<&str> =
        linhas.filter_map(|linha| linha.strip_suffix("</li>")).collect();
    assert!(
        veio == esperados,
        "Esperado: a página mostra {esperados:?}.\nVeio: {veio:?}.\nOlhe: {olhe}"
    );
}
