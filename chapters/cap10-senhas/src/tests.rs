//! O que o capítulo 10 promete.

use std::collections::BTreeSet;
use std::sync::Mutex;

use argon2::PasswordHash;
use rocket::http::ContentType;
use rocket::local::asynchronous::Client;
use teste::{Resposta, Visitante, caminhos::*};

use super::contas::{CONTAS, DE_NINGUEM};

teste::promessas!(super::rocket: casa, login, corpos, paginas, saida, dicionario);

#[test]
fn cada_conta_entra_com_a_senha_dela_e_nao_com_a_da_outra() {
    for (username, password, texto) in [
        ("admin", "123", "Bem-vindo, admin! Seu ID é: 12345"),
        ("maria", "456", "Bem-vindo, maria! Seu ID é: 67890"),
    ] {
        let mut visitante = Visitante::novo(super::rocket());
        visitante.entrar_com(username, password).leva_a(DASHBOARD, username);
        visitante.abrir(DASHBOARD).mostra(texto);
    }
    for (username, password) in [("admin", "456"), ("maria", "123")] {
        let mut visitante = Visitante::novo(super::rocket());
        visitante.entrar_com(username, password).login_invalido(username);
        visitante.esta_fora(username);
    }
}

#[test]
fn nenhuma_senha_esta_no_codigo() {
    for codigo in [include_str!("main.rs"), include_str!("contas.rs")] {
        for senha in [r#""123""#, r#""456""#] {
            assert!(!codigo.contains(senha), "{senha}");
        }
    }
}

#[test]
fn o_hash_de_uma_conta_nao_serve_de_senha() {
    for conta in CONTAS {
        let resposta =
            Visitante::novo(super::rocket()).entrar_com(conta.username, conta.hash);
        resposta.login_invalido(conta.username);
    }
}

#[test]
fn toda_senha_conferida_custa_o_que_a_owasp_pede() {
    for hash in hashes() {
        let lido = PasswordHash::new(hash).unwrap();
        assert_eq!(lido.algorithm.as_str(), "argon2id", "{hash}");
        let parametro = |nome| lido.params.get_decimal(nome);
        let parametros = [parametro("m"), parametro("t"), parametro("p")];
        assert_eq!(parametros, [Some(19_456), Some(2), Some(1)], "{hash}");
    }
}

#[test]
fn cada_hash_tem_um_sal_so_dele() {
    let sais = hashes().map(|hash| hash.split('$').nth(4).unwrap());
    assert_eq!(BTreeSet::from(sais).len(), sais.len(), "{sais:?}");
    // 16 bytes em Base64, sem os `=` do fim.
    assert!(sais.iter().all(|sal| sal.len() == 22), "{sais:?}");
}

#[test]
fn o_hash_da_conta_que_nao_existe_nao_abre_conta_nenhuma() {
    for (username, password) in [("ninguem", DE_NINGUEM), ("ninguem", "123")] {
        let mut visitante = Visitante::novo(super::rocket());
        visitante.entrar_com(username, password).login_invalido(password);
        visitante.esta_fora(password);
    }
}

#[test]
fn uma_senha_errada_e_uma_conta_que_nao_existe_recebem_a_mesma_resposta() {
    let errar = |username| {
        let resposta = Visitante::novo(super::rocket()).entrar_com(username, "errada");
        let Resposta { codigo, mut cabecalhos, corpo, .. } = resposta;
        // O Rocket não promete a ordem deles.
        cabecalhos.sort();
        // O formulário traz de volta o nome que recebeu.
        let corpo = corpo.replace(&format!("value=\"{username}\""), "");
        (codigo, cabecalhos, corpo)
    };
    assert_eq!(errar("admin"), errar("ninguem"));
}

#[test]
fn uma_conta_que_nao_existe_custa_o_mesmo_trabalho() {
    let ordem = rocket::execute(quem_termina_primeiro("ninguem"));
    assert_eq!(ordem, ["a página", "o login"], "nada foi calculado");
}

#[test]
fn a_senha_e_conferida_inteira() {
    for senha in ["", "1", "12", "1234", "123\0", " 123", "123\n", "１２３"] {
        let mut visitante = Visitante::novo(super::rocket());
        visitante.entrar_com("admin", senha).login_invalido(senha);
    }
}

#[test]
fn enquanto_uma_senha_e_conferida_o_servidor_atende_outras_paginas() {
    let ordem = rocket::execute(quem_termina_primeiro("admin"));
    assert_eq!(ordem, ["a página", "o login"], "a página esperou o Argon2id");
}

#[test]
fn atalho_nada_conta_as_senhas_erradas_ate_o_capitulo_11() {
    let mut visitante = Visitante::novo(super::rocket());
    for vez in 1..=12 {
        let errada = visitante.entrar_com("admin", "errada");
        errada.login_invalido(&format!("vez {vez}"));
    }
    visitante.entrar().leva_a(DASHBOARD, "depois de doze erros");
}

/// Todo hash que o capítulo confere.
fn hashes() -> [&'static str; 3] {
    let [admin, maria] = CONTAS.map(|conta| conta.hash);
    [admin, maria, DE_NINGUEM]
}

/// Pede um login e, logo depois, uma página; devolve a ordem das respostas.
async fn quem_termina_primeiro(username: &str) -> Vec<&'static str> {
    let aplicacao = super::rocket();
    let chave = ("secret_key", shared::chave_nova().unwrap());
    let ajustes = aplicacao.figment().clone().merge(chave);
    let aplicacao = aplicacao.configure(ajustes.merge(("log_level", "critical")));
    let cliente = Client::untracked(aplicacao).await.unwrap();
    let ordem = Mutex::new(Vec::new());
    let login = async {
        let pedido = cliente.post(LOGIN_SUBMIT).header(ContentType::Form);
        pedido.body(format!("username={username}&password=errada")).dispatch().await;
        ordem.lock().unwrap().push("o login");
    };
    let pagina = async {
        cliente.get(LOGIN).dispatch().await;
        ordem.lock().unwrap().push("a página");
    };
    rocket::tokio::join!(biased; login, pagina);
    ordem.into_inner().unwrap()
}
