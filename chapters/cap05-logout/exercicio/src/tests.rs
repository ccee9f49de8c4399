//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use rocket::http::ContentType;
use rocket::local::blocking::{Client, LocalResponse};
use teste::cliente;

#[test]
fn adicionar_duas_vezes_deixa_duas_unidades() {
    let navegador = cliente(super::rocket());
    pedir(&navegador, "/adicionar", "caderno");
    pedir(&navegador, "/adicionar", "caderno");
    confere(&navegador, &["caderno: 2"], "`adicionar` já veio pronto. Ele mudou?");
}

#[test]
fn tirar_uma_de_duas_unidades_deixa_uma() {
    let navegador = cliente(super::rocket());
    pedir(&navegador, "/adicionar", "caderno");
    pedir(&navegador, "/adicionar", "caderno");
    pedir(&navegador, "/adicionar", "caneta");
    pedir(&navegador, "/tirar", "caderno");
    confere(
        &navegador,
        &["caderno: 1", "caneta: 1"],
        "se ainda sobram unidades, o que `tirar` deve armazenar?",
    );
}

#[test]
fn tirar_a_ultima_unidade_remove_o_cookie() {
    let navegador = cliente(super::rocket());
    pedir(&navegador, "/adicionar", "caderno");
    pedir(&navegador, "/adicionar", "caneta");
    pedir(&navegador, "/tirar", "caderno");
    confere(
        &navegador,
        &["caneta: 1"],
        "quando resta uma unidade, o que `tirar` pede ao jar: armazenar ou remover?",
    );
}

#[test]
fn tirar_o_que_nao_esta_no_carrinho_nao_cria_cookie() {
    let navegador = cliente(super::rocket());
    let resposta = pedir(&navegador, "/tirar", "borracha");
    let (codigo, cookie) =
        (resposta.status().code, resposta.headers().get_one("Set-Cookie"));
    assert!(
        codigo == 303 && cookie.is_none(),
        "Esperado: tirar do carrinho vazio responde 303, e nenhum cookie.\n\
         Veio: código {codigo}, {}.\n\
         Olhe: `recuperar` devolve `Option`. O que `tirar` faz quando vem `None`?",
        if cookie.is_some() { "com um cookie" } else { "sem cookie" }
    );
}

#[test]
fn tirar_de_um_cookie_com_zero_remove_o_cookie() {
    let navegador = cliente(super::rocket());
    let requisicao = navegador.post("/tirar").header(ContentType::Form);
    let requisicao = requisicao.private_cookie(("caderno", "0"));
    let resposta = requisicao.body("produto=caderno").dispatch();
    let (codigo, cookie) =
        (resposta.status().code, resposta.headers().get_one("Set-Cookie"));
    let removeu = cookie.is_some_and(|cookie| cookie.contains("Max-Age=0"));
    assert!(
        codigo == 303 && removeu,
        "Esperado: tirar de um cookie com zero responde 303 e remove o cookie.\n\
         Veio: código {codigo}, {}.\n\
         Olhe: como veio, o programa deixa cookies com zero. Que caso de `tirar` os atende?",
        match cookie {
            Some(_) if removeu => "e o cookie sai",
            Some(_) => "e o cookie continua",
            None => "sem mudar o cookie",
        }
    );
}

#[test]
fn um_produto_que_a_loja_nao_vende_recebe_422() {
    let navegador = cliente(super::rocket());
    for caminho in ["/adicionar", "/tirar"] {
        let codigo = pedir(&navegador, caminho, "piano").status().code;
        assert!(
            codigo == 422,
            "Esperado: {caminho} recusa o que a loja não vende, com o código 422.\n\
             Veio: código {codigo}.\n\
             Olhe: a rota ainda começa por `vendido`?"
        );
    }
}

#[test]
fn esvaziar_remove_todos_os_produtos() {
    let navegador = cliente(super::rocket());
    pedir(&navegador, "/adicionar", "caderno");
    pedir(&navegador, "/adicionar", "borracha");
    navegador.post("/esvaziar").dispatch();
    confere(&navegador, &[], "`esvaziar` já veio pronto. Ele mudou?");
}

/// Envia o formulário de um produto.
fn pedir<'c>(navegador: &'c Client, caminho: &str, produto: &str) -> LocalResponse<'c> {
    let requisicao = navegador.post(caminho.to_owned()).header(ContentType::Form);
    requisicao.body(format!("produto={produto}")).dispatch()
}

/// Confere o que a página mostra no carrinho.
#[track_caller]
fn confere(navegador: &Client, esperado: &[&str], olhe: &str) {
    let pagina = navegador.get("/").dispatch().into_string().unwrap_or_default();
    let linhas = pagina.lines().filter_map(|linha| linha.trim().strip_prefix("<li>"));
    let veio: Vec<_> = linhas.filter_map(|linha| linha.strip_suffix("</li>")).collect();
    assert!(
        veio == esperado,
        "Esperado: o carrinho mostra {esperado:?}.\nVeio: {veio:?}.\nOlhe: {olhe}"
    );
}
