//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use rocket::http::Status;
use teste::cliente;

#[test]
fn da_raiz_se_chega_a_uma_pagina_em_portugues() {
    let navegador = cliente(super::rocket());
    let resposta = navegador.get("/").dispatch();
    let destino = resposta.headers().get_one("Location").unwrap_or("/").to_owned();
    let pagina = navegador.get(&destino).dispatch().into_string().unwrap_or_default();
    assert!(
        pagina.contains("<h1>Bagagem</h1>"),
        "Esperado: seguindo da raiz se chega à página com o título Bagagem.\n\
         Veio: em {destino} há outra página, ou nenhuma.\n\
         Olhe: a rota para onde a raiz aponta está em `routes!`? Ela usa o template `bagagem`?"
    );
}

#[test]
fn a_raiz_redireciona_para_a_bagagem() {
    let navegador = cliente(super::rocket());
    let resposta = navegador.get("/").dispatch();
    let (codigo, destino) = (resposta.status(), resposta.headers().get_one("Location"));
    assert!(
        codigo == Status::SeeOther && destino == Some("/bagagem"),
        "Esperado: a raiz responde 303 e aponta para /bagagem.\n\
         Veio: código {}, destino {}.\n\
         Olhe: o tipo que `index` devolve, e como `uri!` vira um endereço.",
        codigo.code,
        destino.unwrap_or("nenhum")
    );
}

#[test]
fn a_bagagem_conta_os_cookies_que_chegaram() {
    let navegador = cliente(super::rocket());
    let requisicao = navegador.get("/bagagem");
    let requisicao = requisicao.cookie(("tema", "escuro")).cookie(("idioma", "pt"));
    let resposta = requisicao.dispatch();
    let codigo = resposta.status().code;
    let pagina = resposta.into_string().unwrap_or_default();
    assert!(
        pagina.contains("Cookies na bagagem: 2"),
        "Esperado: com dois cookies, /bagagem mostra \"Cookies na bagagem: 2\".\n\
         Veio: código {codigo}, e a página não mostra essa conta.\n\
         Olhe: com 404, a rota existe e está em `routes!`? Com 200, o que conta os cookies do jar?"
    );
}
