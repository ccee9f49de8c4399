//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use shared::teste::{Resposta, Visitante};

#[test]
fn o_formulario_da_pagina_traz_o_token() {
    let mut visitante = Visitante::novo(super::rocket());
    let veio = token(&mut visitante);
    let certo = veio.len() == 32;
    assert!(
        certo && token(&mut visitante) == veio,
        "Esperado: o campo csrf da página traz sempre o token da sessão.\n\
         Veio: {veio:?}.\n\
         Olhe: o template já tem o campo. O que `index` entrega a ele em `context!`?"
    );
}

#[test]
fn um_voto_pela_pagina_conta_e_se_pode_retirar() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.enviar("/", "/votar", &[("cor", "verde")]);
    let votou = voto(&mut visitante);
    let com_token = visitante.enviar("/", "/retirar", &[]).codigo == 303;
    let depois = voto(&mut visitante);
    // Antes do exercício a página não traz o token, e não há como retirar.
    let retirou = !com_token || depois == "nenhum";
    assert!(
        votou == "verde" && retirou,
        "Esperado: a página mostra o voto e, depois de retirado, nenhum.\n\
         Veio: {votou:?}, depois {depois:?}.\n\
         Olhe: a rota ainda armazena o voto com a chave \"voto\"?"
    );
}

#[test]
fn um_voto_sem_o_token_recebe_403_e_nao_conta() {
    for formulario in ["cor=azul", "cor=azul&csrf="] {
        let mut visitante = Visitante::novo(super::rocket());
        visitante.abrir("/");
        let resposta = visitante.postar("/votar", formulario);
        recusado(
            &mut visitante,
            &resposta,
            "que tipo a rota `retirar` pede, que `votar` não pede?",
        );
    }
}

#[test]
fn um_voto_com_o_token_de_outra_sessao_recebe_403_e_nao_conta() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.abrir("/");
    let alheio = token(&mut visitante.outro());
    let resposta = visitante.postar("/votar", &format!("cor=azul&csrf={alheio}"));
    recusado(
        &mut visitante,
        &resposta,
        "não basta que haja um token no formulário: ele é o desta sessão?",
    );
}

#[test]
fn um_voto_em_uma_cor_que_nao_ha_recebe_422() {
    let mut visitante = Visitante::novo(super::rocket());
    for campos in [[("cor", "roxo")].as_slice(), &[]] {
        let codigo = visitante.enviar("/", "/votar", campos).codigo;
        assert!(
            codigo == 422,
            "Esperado: com os campos {campos:?}, a resposta é 422.\n\
             Veio: {codigo}.\n\
             Olhe: `dados` é um `Option`. O que a rota responde quando ele é `None`?"
        );
    }
}

/// O token do formulário da página; vazio se não há.
fn token(visitante: &mut Visitante) -> String {
    entre(&visitante.abrir("/").corpo, r#"name="csrf" value=""#, '"')
}

/// O voto que a página mostra.
fn voto(visitante: &mut Visitante) -> String {
    entre(&visitante.abrir("/").corpo, "Seu voto: ", '<')
}

fn entre(pagina: &str, inicio: &str, fim: char) -> String {
    let depois = pagina.split_once(inicio).map(|(_, depois)| depois);
    depois.and_then(|texto| texto.split(fim).next()).unwrap_or_default().to_owned()
}

/// Confere que o voto foi recusado e que nada mudou.
#[track_caller]
fn recusado(visitante: &mut Visitante, resposta: &Resposta, olhe: &str) {
    let (codigo, voto) = (resposta.codigo, voto(visitante));
    assert!(
        codigo == 403 && voto == "nenhum",
        "Esperado: um voto sem o token desta sessão recebe 403 e não conta.\n\
         Veio: código {codigo}, e o voto ficou {voto:?}.\n\
         Olhe: {olhe}"
    );
}
