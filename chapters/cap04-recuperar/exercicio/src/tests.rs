//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use rocket::http::ContentType;
use rocket::local::blocking::{Client, LocalRequest};
use teste::cliente;

#[test]
fn a_primeira_visita_e_a_numero_1_e_de_um_visitante() {
    let navegador = cliente(super::rocket());
    confere(
        navegador.get("/"),
        "Olá, visitante! Esta é a sua visita número 1.",
        "que valor padrão faz a primeira soma dar 1?",
    );
}

#[test]
fn cada_visita_soma_um() {
    let navegador = cliente(super::rocket());
    visitar(&navegador);
    confere(
        navegador.get("/"),
        "Olá, visitante! Esta é a sua visita número 2.",
        "em `index`, o que fica na sessão de uma visita para a outra?",
    );
    for _ in 3..11 {
        visitar(&navegador);
    }
    confere(
        navegador.get("/"),
        "Olá, visitante! Esta é a sua visita número 11.",
        "a soma parte do que estava armazenado, em todas as visitas?",
    );
}

#[test]
fn a_pagina_continua_saudando_pelo_nome() {
    let navegador = cliente(super::rocket());
    navegador.post("/nome").header(ContentType::Form).body("nome=Ana").dispatch();
    confere(
        navegador.get("/"),
        "Olá, Ana! Esta é a sua visita número 1.",
        "a contagem usa uma chave só dela, diferente de `nome`?",
    );
}

#[test]
fn uma_contagem_escrita_a_mao_nao_vale() {
    let navegador = cliente(super::rocket());
    confere(
        navegador.get("/").cookie(("visitas", "1000")),
        "Olá, visitante! Esta é a sua visita número 1.",
        "`recuperar` só aceita o que a chave abre. Você leu a contagem com ele?",
    );
}

#[test]
fn uma_contagem_que_nao_e_numero_recomeca_do_1() {
    let navegador = cliente(super::rocket());
    confere(
        navegador.get("/").private_cookie(("visitas", "muitas")),
        "Olá, visitante! Esta é a sua visita número 1.",
        "que tipo você pediu a `recuperar`? O que ele devolve se o texto não é um número?",
    );
}

fn visitar(navegador: &Client) {
    navegador.get("/").dispatch();
}

/// Confere que a página diz esta frase.
#[track_caller]
fn confere(requisicao: LocalRequest<'_>, esperada: &str, olhe: &str) {
    let resposta = requisicao.dispatch();
    let codigo = resposta.status().code;
    let pagina = resposta.into_string().unwrap_or_default();
    let saudacao = pagina.lines().find(|linha| linha.contains("número"));
    let veio = saudacao
        .map_or(format!("código {codigo}, sem a saudação."), |linha| {
            linha.trim().replace("<p>", "").replace("</p>", "")
        });
    assert!(veio == esperada, "Esperado: {esperada}\nVeio: {veio}\nOlhe: {olhe}");
}
