//! O que o capítulo 12 promete.

use rocket::http::{ContentType, Method};
use serde_json::json;
use shared::teste::{Resposta, Visitante};

// `corpos` não vale aqui: um corpo que não é formulário não traz o token. É 403.
shared::promessas!(super::rocket: casa, login, paginas, saida, dicionario);

/// Tudo o que muda algo, com os outros campos que a rota espera.
const FORMULARIOS: [(&str, &str); 4] = [
    ("/login_submit", "&username=admin&password=123"),
    ("/remover_cargo", ""),
    ("/logout", ""),
    ("/carrinho", "&produto=caneca"),
];

#[test]
fn cada_formulario_com_o_token_da_pagina_faz_o_que_o_capitulo_6_fazia() {
    let mut visitante = Visitante::novo(super::rocket());
    let campos = [("produto", "caneca")];
    visitante.enviar("/carrinho", "/carrinho", &campos).leva_a("/carrinho", "produto");
    visitante.entrar().leva_a("/dashboard", "login");
    visitante.enviar("/perfil", "/remover_cargo", &[]).leva_a("/perfil", "cargo");
    visitante.abrir("/carrinho").mostra("<li>caneca</li>");
    visitante.enviar("/perfil", "/logout", &[]).leva_a("/login", "logout");
    visitante.esta_fora("depois do logout");
}

#[test]
fn sem_o_token_desta_sessao_todo_formulario_recebe_403_e_nada_muda() {
    let mut visitante = dentro();
    let certo = token(&mut visitante);
    // De outra sessão do mesmo servidor, como a de quem ataca.
    let alheio = token(&mut visitante.outro());
    for (caminho, campos) in FORMULARIOS {
        for csrf in ["", "0", &certo[1..], &certo.to_uppercase(), "\u{e7}", &alheio] {
            let caso = format!("{caminho} com {csrf:?}");
            let resposta = visitante.postar(caminho, &format!("csrf={csrf}{campos}"));
            recusado(&mut visitante, &resposta, &caso);
        }
        let resposta = visitante.postar(caminho, campos.trim_start_matches('&'));
        recusado(&mut visitante, &resposta, &format!("{caminho} sem o campo"));
    }
}

#[test]
fn sem_o_cookie_da_sessao_o_token_dela_nao_vale() {
    let mut visitante = Visitante::novo(super::rocket());
    let csrf = token(&mut visitante);
    let mut de_fora = visitante.outro();
    let campos = format!("csrf={csrf}&username=admin&password=123");
    assert_eq!(de_fora.postar("/login_submit", &campos).codigo, 403);
    // Uma sessão sem token não aceita um campo vazio.
    assert_eq!(de_fora.postar("/carrinho", "csrf=&produto=caneca").codigo, 403);
}

#[test]
fn um_formulario_de_outro_site_recebe_403_mesmo_com_o_token() {
    let mut visitante = dentro();
    let csrf = token(&mut visitante);
    for cabecalho in [
        ("Origin", "https://outro.example"),
        ("Origin", "http://127.0.0.1:8001"),
        ("Origin", "null"),
        ("Origin", ""),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        for (caminho, campos) in FORMULARIOS {
            let mut de_fora = deste_host(&visitante);
            de_fora.cabecalhos.push((cabecalho.0, cabecalho.1.to_owned()));
            let resposta = de_fora.postar(caminho, &format!("csrf={csrf}{campos}"));
            recusado(&mut visitante, &resposta, &format!("{caminho}, {cabecalho:?}"));
        }
    }
}

#[test]
fn um_formulario_deste_site_passa_com_os_cabecalhos_que_o_navegador_manda() {
    for (nome, valor) in [
        ("Origin", "http://127.0.0.1:8000"),
        ("Origin", "https://127.0.0.1:8000"),
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Site", "none"),
    ] {
        let mut visitante = deste_host(&Visitante::novo(super::rocket()));
        visitante.cabecalhos.push((nome, valor.to_owned()));
        visitante.entrar().leva_a("/dashboard", valor);
    }
}

#[test]
fn o_login_troca_o_token_e_o_de_antes_nao_vale_mais() {
    let mut visitante = Visitante::novo(super::rocket());
    let antes = token(&mut visitante);
    visitante.entrar();
    assert_ne!(token(&mut visitante), antes);
    let resposta = visitante.postar("/remover_cargo", &format!("csrf={antes}"));
    recusado(&mut visitante, &resposta, "o token de antes do login");
}

#[test]
fn o_token_fica_o_mesmo_de_uma_pagina_para_outra_e_e_de_uma_sessao_so() {
    let mut visitante = Visitante::novo(super::rocket());
    let primeiro = token(&mut visitante);
    assert_eq!(primeiro.len(), 32, "{primeiro}");
    assert!(primeiro.bytes().all(|letra| letra.is_ascii_hexdigit()), "{primeiro}");
    // Duas abas da mesma sessão enviam o mesmo token, e nenhuma invalida a outra.
    assert_eq!(token(&mut visitante), primeiro);
    assert!(visitante.abrir("/carrinho").corpo.contains(&primeiro));
    assert_ne!(token(&mut visitante.outro()), primeiro);
}

#[test]
fn get_e_head_nao_encerram_a_sessao_nem_mudam_o_cargo() {
    let mut visitante = dentro();
    for metodo in [Method::Get, Method::Head] {
        for caminho in ["/logout", "/remover_cargo"] {
            let resposta = visitante.pedir(metodo, caminho, None, b"");
            assert_eq!(resposta.codigo, 404, "{metodo} {caminho}");
            visitante.abrir("/perfil").mostra("Cargo: admin");
        }
    }
}

#[test]
fn com_o_token_certo_um_campo_que_nao_serve_recebe_a_resposta_da_rota() {
    let mut visitante = Visitante::novo(super::rocket());
    let csrf = token(&mut visitante);
    for campos in ["", "&username=admin", "&username=admin&password=errada"] {
        let resposta =
            visitante.postar("/login_submit", &format!("csrf={csrf}{campos}"));
        resposta.login_invalido(campos);
        // A página do erro já traz o token para tentar de novo.
        assert!(resposta.corpo.contains(&csrf), "{campos}");
    }
    for campos in ["", "&produto=", "&outro=caneca"] {
        let resposta = visitante.postar("/carrinho", &format!("csrf={csrf}{campos}"));
        assert_eq!(resposta.codigo, 422, "{campos}");
    }
    visitante.abrir("/carrinho").mostra("Nada ainda.");
}

#[test]
fn um_corpo_que_nao_e_formulario_nao_traz_o_token_e_recebe_403() {
    let mut visitante = dentro();
    let csrf = token(&mut visitante);
    let json = format!(r#"{{"csrf":"{csrf}","produto":"caneca"}}"#);
    let enorme = format!("csrf={csrf}&produto={}", "a".repeat(40_000));
    for (caso, corpo) in [
        ("vazio", b"".as_slice()),
        ("JSON", json.as_bytes()),
        ("bytes que não são texto", &[0xff, 0xfe, 0x00]),
        ("maior do que o limite", enorme.as_bytes()),
    ] {
        let formulario = Some(ContentType::Form);
        let resposta = visitante.pedir(Method::Post, "/carrinho", formulario, corpo);
        recusado(&mut visitante, &resposta, caso);
    }
}

#[test]
fn um_token_de_outro_tipo_na_sessao_e_como_um_que_falta() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.forjar("session", json!({ "csrf": 5, "carrinho": ["caneca"] }));
    assert_eq!(visitante.postar("/carrinho", "csrf=5&produto=copo").codigo, 403);
    assert_eq!(token(&mut visitante).len(), 32);
    visitante.abrir("/carrinho").mostra("<li>caneca</li>");
}

/// Um navegador em que o admin entrou.
fn dentro() -> Visitante {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    visitante
}

/// Uma cópia que diz em que servidor quer chegar, como todo navegador.
fn deste_host(visitante: &Visitante) -> Visitante {
    let mut outro = visitante.clone();
    outro.cabecalhos.push(("Host", "127.0.0.1:8000".to_owned()));
    outro
}

/// O token do campo escondido da página do carrinho, que abre para todos.
fn token(visitante: &mut Visitante) -> String {
    let pagina = visitante.abrir("/carrinho").corpo;
    let (_, depois) = pagina.split_once(r#"name="csrf" value=""#).unwrap();
    depois.split('"').next().unwrap().to_owned()
}

/// Confere que a resposta é 403, que não escreve cookie e que a sessão continua igual.
#[track_caller]
fn recusado(visitante: &mut Visitante, resposta: &Resposta, caso: &str) {
    assert_eq!(resposta.codigo, 403, "{caso}");
    assert_eq!(resposta.cabecalho("Set-Cookie"), None, "{caso}");
    visitante.abrir("/perfil").mostra("Cargo: admin");
    visitante.abrir("/carrinho").mostra("Nada ainda.");
}
