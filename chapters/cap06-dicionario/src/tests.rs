//! O que o capítulo 6 promete.

use rocket::http::Method;
use serde_json::{Value, json};
use shared::teste::{Resposta, Visitante};

shared::promessas!(super::rocket: casa, login, corpos, paginas, saida, dicionario);

#[test]
fn o_login_manda_um_cookie_com_o_dicionario_em_json() {
    let resposta = Visitante::novo(super::rocket()).entrar();
    assert_eq!(resposta.cookies.len(), 1);
    let esperado = json!({ "username": "admin", "user_id": 12345, "role": "admin" });
    assert_eq!(dicionario(&resposta), esperado);
}

#[test]
fn o_navegador_guarda_a_sessao_por_uma_hora() {
    let resposta = Visitante::novo(super::rocket()).entrar();
    let linha = resposta.set_cookie("session").unwrap();
    for atributo in ["HttpOnly", "SameSite=Strict", "Path=/", "Expires="] {
        assert!(linha.contains(atributo), "falta {atributo} em {linha}");
    }
}

#[test]
fn remover_um_valor_manda_o_dicionario_sem_ele() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    let resposta = visitante.enviar("/perfil", "/remover_cargo", &[]);
    let esperado = json!({ "username": "admin", "user_id": 12345 });
    assert_eq!(dicionario(&resposta), esperado);
}

#[test]
fn remover_o_que_nao_ha_nao_escreve_cookie() {
    let mut visitante = Visitante::novo(super::rocket());
    let resposta = visitante.postar("/remover_cargo", "");
    assert_eq!(resposta.cabecalho("Set-Cookie"), None);
}

#[test]
fn remover_o_ultimo_valor_apaga_o_cookie() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.forjar("session", json!({ "role": "admin" }));
    let resposta = visitante.postar("/remover_cargo", "");
    let linha = resposta.set_cookie("session").unwrap();
    assert!(linha.starts_with("session=;") && linha.contains("Max-Age=0"), "{linha}");
}

#[test]
fn um_valor_de_outro_tipo_e_como_um_que_falta() {
    for sessao in [
        json!({ "username": "admin", "user_id": "doze mil", "role": "admin" }),
        json!({ "username": "admin", "user_id": -1 }),
        json!({ "username": ["admin"], "user_id": 12345 }),
    ] {
        let mut visitante = Visitante::novo(super::rocket());
        visitante.forjar("session", &sessao);
        visitante.abrir("/dashboard").leva_a("/login", &sessao.to_string());
    }
    let mut visitante = Visitante::novo(super::rocket());
    visitante.forjar("session", json!({ "username": "admin", "role": 7 }));
    visitante.abrir("/perfil").mostra("Seu perfil. Cargo: visitante");
}

#[test]
fn um_texto_que_nao_e_um_dicionario_conta_como_sessao_vazia() {
    for texto in ["", "admin", "[]", "null", "{", r#"{"username""#, "7"] {
        let mut visitante = Visitante::novo(super::rocket());
        visitante.forjar("session", texto);
        visitante.esta_fora(texto);
        visitante.entrar().leva_a("/dashboard", texto);
    }
}

// Os testes seguintes mostram os atalhos deste capítulo, e cada um diz que capítulo o remove.

#[test]
fn atalho_um_head_em_logout_tambem_encerra_a_sessao_ate_o_capitulo_12() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    visitante.pedir(Method::Head, "/logout", None, b"");
    visitante.esta_fora("depois do HEAD");
}

#[test]
fn atalho_um_cookie_copiado_antes_do_logout_ainda_abre_ate_o_capitulo_15() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    let mut copia = visitante.clone();
    visitante.sair();
    copia.abrir("/dashboard").mostra("Bem-vindo, admin!");
}

#[test]
fn atalho_de_duas_abas_que_mudam_a_sessao_so_fica_a_ultima_ate_o_capitulo_17() {
    let mut uma_aba = Visitante::novo(super::rocket());
    uma_aba.entrar();
    let mut outra_aba = uma_aba.clone();
    uma_aba.enviar("/perfil", "/remover_cargo", &[]);
    // As duas leram o mesmo dicionário; a resposta desta chega por último.
    let do_login = outra_aba.entrar();
    assert_eq!(dicionario(&do_login)["role"], "admin");
}

/// O dicionário que a resposta manda guardar, aberto com a chave do servidor.
fn dicionario(resposta: &Resposta) -> Value {
    serde_json::from_str(&resposta.abertos["session"]).unwrap()
}
