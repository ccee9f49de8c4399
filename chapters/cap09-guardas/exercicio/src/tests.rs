//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use teste::{Resposta, Visitante};

#[test]
fn o_gerente_zera_o_estoque() {
    let mut ana = com("gerente");
    let resposta = zerar(&mut ana);
    confere(
        &mut ana,
        &resposta,
        (303, "/", 0),
        "a guarda devolve `Success` a quem tem o cargo `gerente`?",
    );
}

#[test]
fn uma_pessoa_que_nao_entrou_vai_para_a_pagina_de_entrada() {
    let mut visitante = Visitante::novo(super::rocket());
    let resposta = zerar(&mut visitante);
    confere(
        &mut visitante,
        &resposta,
        (303, "/?entre", 12),
        "sem login, o que `Usuario` devolve? E o que a sua guarda faz com isso?",
    );
}

#[test]
fn uma_pessoa_com_outro_cargo_recebe_403() {
    let mut ana = com("cliente");
    let resposta = zerar(&mut ana);
    confere(
        &mut ana,
        &resposta,
        (403, "", 12),
        "com outro cargo, a guarda passa a vez ou responde já com um erro?",
    );
}

#[test]
fn um_cargo_parecido_tambem_recebe_403() {
    for role in ["admin", "Gerente", "gerentes", ""] {
        let mut ana = com(role);
        let resposta = zerar(&mut ana);
        confere(
            &mut ana,
            &resposta,
            (403, "", 12),
            "com que texto a guarda compara o cargo? Ele é exatamente `gerente`?",
        );
    }
}

#[test]
fn um_get_nao_zera_o_estoque() {
    let mut ana = com("gerente");
    let resposta = ana.abrir("/zerar");
    confere(&mut ana, &resposta, (404, "", 12), "a rota `zerar` ainda é POST?");
}

/// A loja, vista por quem entrou com este cargo.
fn com(role: &str) -> Visitante {
    let mut ana = Visitante::novo(super::rocket());
    ana.enviar("/", "/entrar", &[("role", role)]);
    ana
}

/// Envia o formulário que zera o estoque.
fn zerar(visitante: &mut Visitante) -> Resposta {
    visitante.enviar("/", "/zerar", &[])
}

/// Confere a resposta, para onde ela leva e quantos cadernos a página diz que restam.
#[track_caller]
fn confere(
    visitante: &mut Visitante,
    resposta: &Resposta,
    esperado: (u16, &str, u32),
    olhe: &str,
) {
    let pagina = visitante.abrir("/").corpo;
    let depois = pagina.split_once("Cadernos: ").map(|(_, depois)| depois);
    let restam = depois.and_then(|depois| depois.split('.').next()?.parse().ok());
    let destino = resposta.cabecalho("Location").unwrap_or_default();
    let veio = (resposta.codigo, destino, restam.unwrap_or_default());
    assert!(
        veio == esperado,
        "Esperado: {}.\nVeio: {}.\nOlhe: {olhe}",
        contado(esperado),
        contado(veio)
    );
}

fn contado((codigo, destino, restam): (u16, &str, u32)) -> String {
    let destino = match destino {
        "" => String::new(),
        destino => format!(", que leva a {destino}"),
    };
    format!("código {codigo}{destino}, e {restam} cadernos no estoque")
}
