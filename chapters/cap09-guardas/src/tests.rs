//! O que o capítulo 9 promete.

use rocket::http::Method;
use serde_json::{Value, json};
use teste::{Visitante, caminhos::*, formulario};

teste::promessas!(super::rocket: casa, login, corpos, paginas, saida, dicionario);

/// O que qualquer pessoa pode pedir sem ter entrado.
const PUBLICAS: [(Method, &str); 7] = [
    (Method::Get, "/"),
    (Method::Get, "/estilo.css"),
    (Method::Get, LOGIN),
    (Method::Post, LOGIN_SUBMIT),
    (Method::Get, LOGOUT),
    (Method::Get, CARRINHO),
    (Method::Post, CARRINHO),
];

#[test]
fn toda_rota_que_nao_e_publica_pergunta_quem_a_pede() {
    let mut conferidas = 0;
    for rota in super::rocket().routes() {
        let caminho = rota.uri.path();
        if PUBLICAS.contains(&(rota.method, caminho)) {
            continue;
        }
        let mut visitante = Visitante::novo(super::rocket());
        let resposta = visitante.pedir(rota.method, caminho, None, b"");
        let recusada = match resposta.codigo {
            303 => resposta.destino() == Some(LOGIN),
            codigo => codigo == 401,
        };
        assert!(recusada, "{rota} responde {} a qualquer pessoa", resposta.codigo);
        conferidas += 1;
    }
    assert!(conferidas >= 4, "só {conferidas} rotas conferidas");
}

#[test]
fn sem_login_a_pagina_do_admin_recebe_401() {
    let resposta = Visitante::novo(super::rocket()).abrir(ADMIN);
    assert_eq!(resposta.codigo, 401);
    assert!(resposta.corpo.contains("Login necessário"), "{}", resposta.corpo);
}

#[test]
fn com_o_cargo_admin_a_pagina_do_admin_abre() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    visitante.abrir(ADMIN).mostra("<h1>Administração</h1>");
}

#[test]
fn a_maria_entra_mas_a_pagina_do_admin_lhe_responde_403() {
    let mut maria = Visitante::novo(super::rocket());
    maria.entrar_com("maria", "456");
    assert_eq!(maria.abrir(ADMIN).codigo, 403);
}

#[test]
fn com_outro_cargo_a_pagina_do_admin_recebe_403() {
    for role in [json!("cliente"), json!("Admin"), json!("admin "), json!(""), json!(7)]
    {
        let caso = role.to_string();
        let sessao = json!({ "username": "ana", "user_id": 7, "role": role });
        let resposta = com(&sessao).abrir(ADMIN);
        assert_eq!(resposta.codigo, 403, "{caso}");
        assert!(resposta.corpo.contains("Acesso negado"), "{}", resposta.corpo);
    }
}

#[test]
fn quem_perde_o_cargo_perde_a_pagina_do_admin() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    visitante.enviar(PERFIL, REMOVER_CARGO, &[]);
    assert_eq!(visitante.abrir(ADMIN).codigo, 403);
    visitante.abrir(PERFIL).mostra("Seu perfil. Cargo: visitante");
}

#[test]
fn o_cargo_sem_o_nome_e_o_numero_nao_abre_nada() {
    for sessao in [
        json!({ "role": "admin" }),
        json!({ "role": "admin", "username": "admin" }),
        json!({ "role": "admin", "user_id": 12345 }),
        json!({ "role": "admin", "username": "admin", "user_id": "doze mil" }),
        json!({ "role": "admin", "username": ["admin"], "user_id": 12345 }),
        json!({ "role": "admin", "username": "admin", "user_id": -1 }),
    ] {
        let mut visitante = com(&sessao);
        assert_eq!(visitante.abrir(ADMIN).codigo, 401, "{sessao}");
        visitante.esta_fora(&sessao.to_string());
    }
}

#[test]
fn sem_login_remover_o_cargo_recebe_401_e_nada_muda() {
    for sessao in [json!({}), json!({ "role": "admin", "carrinho": ["caneca"] })] {
        let resposta = com(&sessao).postar(REMOVER_CARGO, "");
        assert_eq!(resposta.codigo, 401, "{sessao}");
        assert_eq!(resposta.cabecalho("Set-Cookie"), None, "{sessao}");
    }
}

#[test]
fn as_paginas_mostram_quem_entrou_seja_quem_for() {
    let mut ana = com(&json!({ "username": "<ana>", "user_id": 7, "role": "cliente" }));
    ana.abrir(DASHBOARD).mostra("Bem-vindo, &lt;ana&gt;! Seu ID é: 7");
    ana.abrir(PERFIL).mostra("Seu perfil. Cargo: cliente");
}

#[test]
fn a_resposta_nao_depende_do_que_o_formulario_ou_a_url_dizem() {
    let mut visitante = Visitante::novo(super::rocket());
    assert_eq!(visitante.abrir("/admin?role=admin&username=admin").codigo, 401);
    let campos = [("username", "admin"), ("user_id", "12345"), ("role", "admin")];
    assert_eq!(visitante.postar(REMOVER_CARGO, &formulario(campos)).codigo, 401);
}

#[test]
fn um_head_pergunta_o_mesmo_que_um_get() {
    let mut visitante = Visitante::novo(super::rocket());
    assert_eq!(visitante.pedir(Method::Head, ADMIN, None, b"").codigo, 401);
    visitante.pedir(Method::Head, PERFIL, None, b"").leva_a(LOGIN, "HEAD");
}

#[test]
fn atalho_o_cargo_de_um_cookie_copiado_ainda_abre_ate_o_capitulo_15() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    let mut copia = visitante.clone();
    visitante.enviar(PERFIL, REMOVER_CARGO, &[]);
    copia.abrir(ADMIN).mostra("<h1>Administração</h1>");
}

/// Quem chega com este dicionário na sessão.
fn com(sessao: &Value) -> Visitante {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.forjar("session", sessao);
    visitante
}
