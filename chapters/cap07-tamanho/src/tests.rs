//! O que o capítulo 7 promete.

use serde_json::json;
use teste::{Resposta, Visitante, caminhos::*};

teste::promessas!(super::rocket: casa, login, corpos, paginas, saida, dicionario);

const AVISO: &str = "Não cabe mais nada na sessão";

#[test]
fn a_maior_sessao_que_cabe_nunca_passa_de_4096_bytes() {
    let visitante = Visitante::novo(super::rocket());
    let produto = "a".repeat(espaco(0));
    // O nonce muda a cada vez, e com ele quantos `/` viajam como `%2F`.
    for _ in 0..100 {
        let resposta = por(&mut visitante.outro(), &produto);
        let linha = resposta.set_cookie("session").unwrap();
        let (nome_e_valor, _) = linha.split_once(';').unwrap();
        let bytes = nome_e_valor.len();
        assert!((3_700..=4_096).contains(&bytes), "{bytes} bytes");
    }
}

#[test]
fn um_byte_a_mais_ja_nao_cabe() {
    let produto = "a".repeat(espaco(0) + 1);
    nao_coube(&por(&mut Visitante::novo(super::rocket()), &produto), "um byte a mais");
}

#[test]
fn o_que_conta_sao_os_bytes_do_json() {
    for (letra, bytes) in [("a", 1), ("ç", 2), ("\"", 2), ("\n", 2), ("🦀", 4)] {
        let cabem = espaco(0) / bytes;
        let mut visitante = Visitante::novo(super::rocket());
        por(&mut visitante, &letra.repeat(cabem)).leva_a(CARRINHO, letra);
        let resposta = por(&mut visitante.outro(), &letra.repeat(cabem + 1));
        nao_coube(&resposta, letra);
    }
}

#[test]
fn todo_produto_que_o_servidor_aceita_esta_no_carrinho() {
    let mut visitante = Visitante::novo(super::rocket());
    let mut aceitos = 0;
    loop {
        let produto = format!("{aceitos:02}{}", "a".repeat(98));
        let resposta = por(&mut visitante, &produto);
        if resposta.codigo == 413 {
            break;
        }
        resposta.leva_a(CARRINHO, &produto);
        visitante.abrir(CARRINHO).mostra(&format!("<li>{produto}</li>"));
        aceitos += 1;
    }
    assert_eq!(aceitos, 27);
}

#[test]
fn um_produto_que_nao_cabe_nao_muda_o_carrinho_e_a_pagina_diz_por_que() {
    let mut visitante = Visitante::novo(super::rocket());
    por(&mut visitante, "caneca");
    let antes = visitante.cookies.clone();
    let resposta = por(&mut visitante, &"a".repeat(5_000));
    nao_coube(&resposta, "5.000 letras");
    assert!(resposta.corpo.contains("<li>caneca</li>"), "{}", resposta.corpo);
    assert!(!resposta.corpo.contains("aaa"), "{}", resposta.corpo);
    assert_eq!(visitante.cookies, antes);
}

#[test]
fn depois_de_um_que_nao_cabe_um_menor_ainda_entra() {
    let mut visitante = Visitante::novo(super::rocket());
    for produto in ["a".repeat(2_000), "b".repeat(2_000), "caneca".to_owned()] {
        por(&mut visitante, &produto);
    }
    let pagina = visitante.abrir(CARRINHO);
    pagina.mostra("<li>caneca</li>");
    assert!(!pagina.corpo.contains("bbb"), "{}", pagina.corpo);
}

#[test]
fn uma_sessao_vazia_a_que_nada_coube_continua_sem_cookie() {
    let mut visitante = Visitante::novo(super::rocket());
    nao_coube(&por(&mut visitante, &"a".repeat(5_000)), "sessão vazia");
    assert!(visitante.cookies.is_empty());
    visitante.abrir(CARRINHO).mostra("está vazio");
}

#[test]
fn um_login_que_nao_cabe_nao_entra_pela_metade() {
    // Cabem, destes três valores do login: nenhum, o primeiro, os dois primeiros.
    for (livres, caso) in [(10, "nenhum"), (25, "o nome"), (40, "o nome e o número")] {
        let mut visitante = com_espaco(livres);
        let carrinho = visitante.cookies.clone();
        let resposta = visitante.entrar();
        assert_eq!(resposta.codigo, 413, "{caso}");
        assert_eq!(resposta.cabecalho("Set-Cookie"), None, "{caso}");
        assert!(resposta.corpo.contains("Conteúdo grande demais"), "{caso}");
        assert_eq!(visitante.cookies, carrinho, "{caso}");
        visitante.esta_fora(caso);
    }
}

#[test]
fn um_login_que_cabe_justo_entra_e_o_carrinho_continua() {
    let login = r#","role":"admin","user_id":12345,"username":"admin""#;
    let mut visitante = com_espaco(login.len());
    visitante.entrar().leva_a(DASHBOARD, "cabe justo");
    visitante.abrir(CARRINHO).mostra("<li>aaa");
    assert_eq!(com_espaco(login.len() - 1).entrar().codigo, 413);
}

#[test]
fn trocar_um_valor_por_outro_do_mesmo_tamanho_sempre_cabe() {
    let login = r#","role":"admin","user_id":12345,"username":"admin""#;
    let mut visitante = com_espaco(login.len());
    visitante.entrar();
    visitante.entrar().leva_a(DASHBOARD, "segunda vez, com a sessão cheia");
}

#[test]
fn remover_um_valor_abre_espaco() {
    let login = r#","role":"admin","user_id":12345,"username":"admin""#;
    let mut visitante = com_espaco(login.len());
    visitante.entrar();
    nao_coube(&por(&mut visitante, "caneca"), "com o cargo");
    visitante.enviar(PERFIL, REMOVER_CARGO, &[]);
    por(&mut visitante, "caneca").leva_a(CARRINHO, "sem o cargo");
}

/// Quantas letras de um produto cabem, se devem sobrar estes bytes.
fn espaco(livres: usize) -> usize {
    2_800 - json!({ "carrinho": [""] }).to_string().len() - livres
}

/// Um navegador em cuja sessão só cabem mais estes bytes.
fn com_espaco(livres: usize) -> Visitante {
    let mut visitante = Visitante::novo(super::rocket());
    por(&mut visitante, &"a".repeat(espaco(livres))).leva_a(CARRINHO, "cheio");
    visitante
}

/// Coloca um produto no carrinho, pelo formulário.
fn por(visitante: &mut Visitante, produto: &str) -> Resposta {
    visitante.enviar(CARRINHO, CARRINHO, &[("produto", produto)])
}

/// Confere que o carrinho recusou um produto, disse por que e não mandou cookie.
#[track_caller]
fn nao_coube(resposta: &Resposta, caso: &str) {
    assert_eq!(resposta.codigo, 413, "{caso}");
    assert_eq!(resposta.cabecalho("Set-Cookie"), None, "{caso}");
    assert!(resposta.corpo.contains(AVISO), "{caso}: {}", resposta.corpo);
}
