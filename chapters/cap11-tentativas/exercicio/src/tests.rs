//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use teste::{Resposta, Visitante};

const VALE: &str = "1001";
const PIN: &str = "4821";

#[test]
fn o_pin_certo_mostra_quanto_o_vale_tem() {
    let resposta = tentar(&mut Visitante::novo(super::rocket()), VALE, PIN);
    confere(&resposta, 200, "o que `conferir` devolve quando o PIN está certo?");
    assert!(
        resposta.corpo.contains("R$ 50"),
        "Esperado: a página mostra R$ 50.\nVeio: outro valor, ou nenhum.\n\
         Olhe: `conferir` devolve o valor deste vale?"
    );
}

#[test]
fn depois_de_dez_erros_o_proximo_espera() {
    let mut visitante = Visitante::novo(super::rocket());
    errar(&mut visitante, VALE, 10);
    let resposta = tentar(&mut visitante, VALE, "0000");
    confere(&resposta, 429, "quem apaga a contagem a cada tentativa?");
}

#[test]
fn durante_a_espera_nem_o_pin_certo_abre() {
    let mut visitante = Visitante::novo(super::rocket());
    errar(&mut visitante, VALE, 10);
    let resposta = tentar(&mut visitante, VALE, PIN);
    confere(&resposta, 429, "o que vem antes em `conferir`: olhar o PIN ou contar?");
}

#[test]
fn um_vale_que_nao_existe_espera_como_os_outros() {
    let mut visitante = Visitante::novo(super::rocket());
    errar(&mut visitante, "9999", 10);
    let resposta = tentar(&mut visitante, "9999", "0000");
    confere(
        &resposta,
        429,
        "se só os vales que existem esperam, o que a espera conta a quem ataca?",
    );
}

#[test]
fn quem_acerta_recomeca_do_zero() {
    let mut visitante = Visitante::novo(super::rocket());
    for _ in 0..3 {
        errar(&mut visitante, VALE, 9);
        let resposta = tentar(&mut visitante, VALE, PIN);
        confere(&resposta, 200, "o que acontece com a contagem de quem acerta?");
    }
}

#[test]
fn os_erros_em_um_vale_nao_fazem_outro_esperar() {
    let mut visitante = Visitante::novo(super::rocket());
    errar(&mut visitante, "1002", 10);
    let resposta = tentar(&mut visitante, VALE, PIN);
    confere(&resposta, 200, "com que nome você conta as tentativas?");
}

/// Erra o PIN do vale, e cada erro ainda recebe 401.
#[track_caller]
fn errar(visitante: &mut Visitante, vale: &str, vezes: usize) {
    for _ in 0..vezes {
        let resposta = tentar(visitante, vale, "0000");
        confere(&resposta, 401, "quantas vezes cada tentativa é contada?");
    }
}

/// Preenche o formulário do vale e o envia.
fn tentar(visitante: &mut Visitante, vale: &str, pin: &str) -> Resposta {
    visitante.enviar("/", "/", &[("vale", vale), ("pin", pin)])
}

/// Confere o código da resposta.
#[track_caller]
fn confere(resposta: &Resposta, esperado: u16, olhe: &str) {
    let veio = resposta.codigo;
    assert!(
        veio == esperado,
        "Esperado: código {esperado}.\nVeio: código {veio}.\nOlhe: {olhe}"
    );
}
