//! O que o capítulo 6 promete.

use rocket::http::Method;
use rocket::request::{FromRequest, Outcome};
use rocket::{Request, get, routes};
use serde_json::{Value, json};
use teste::{Resposta, Visitante, caminhos::*};

teste::promessas!(super::rocket: casa, login, corpos, paginas, saida, dicionario);

// ANCHOR: contagem
/// Quantos cookies vieram com a requisição.
struct Contagem(usize);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Contagem {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Contagem, ()> {
        let quantos = requisicao.cookies().iter().count();
        Outcome::Success(Contagem(quantos))
    }
}

#[get("/contagem")]
fn contagem(cookies: Contagem) -> String {
    format!("Chegaram {} cookies.", cookies.0)
}
// ANCHOR_END: contagem

#[test]
fn uma_guarda_que_so_conta_os_cookies_entrega_a_conta_a_rota() {
    let aplicacao = super::rocket().mount("/", routes![contagem]);
    let mut visitante = Visitante::novo(aplicacao);
    visitante.abrir("/contagem").mostra("Chegaram 0 cookies.");
    visitante.cookies.insert("tema".to_owned(), "escuro".to_owned());
    visitante.cookies.insert("idioma".to_owned(), "pt".to_owned());
    visitante.abrir("/contagem").mostra("Chegaram 2 cookies.");
}

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
    for atributo in ["HttpOnly", "Path=/", "Expires="] {
        assert!(linha.contains(atributo), "falta {atributo} em {linha}");
    }
}

#[test]
fn remover_um_valor_manda_o_dicionario_sem_ele() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    let resposta = visitante.enviar(PERFIL, REMOVER_CARGO, &[]);
    let esperado = json!({ "username": "admin", "user_id": 12345 });
    assert_eq!(dicionario(&resposta), esperado);
}

#[test]
fn remover_o_que_nao_ha_nao_escreve_cookie() {
    let mut visitante = Visitante::novo(super::rocket());
    let resposta = visitante.postar(REMOVER_CARGO, "");
    assert_eq!(resposta.cabecalho("Set-Cookie"), None);
}

#[test]
fn remover_o_ultimo_valor_apaga_o_cookie() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.forjar("session", json!({ "role": "admin" }));
    let resposta = visitante.postar(REMOVER_CARGO, "");
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
        visitante.abrir(DASHBOARD).leva_a(LOGIN, &sessao.to_string());
    }
    let mut visitante = Visitante::novo(super::rocket());
    visitante.forjar("session", json!({ "username": "admin", "role": 7 }));
    visitante.abrir(PERFIL).mostra("Seu perfil. Cargo: visitante");
}

#[test]
fn um_texto_que_nao_e_um_dicionario_conta_como_sessao_vazia() {
    for texto in ["", "admin", "[]", "null", "{", r#"{"username""#, "7"] {
        let mut visitante = Visitante::novo(super::rocket());
        visitante.forjar("session", texto);
        visitante.esta_fora(texto);
        visitante.entrar().leva_a(DASHBOARD, texto);
    }
}

#[test]
fn o_carrinho_guarda_uma_lista_e_continua_depois_do_login() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.abrir(CARRINHO).mostra("está vazio");
    for produto in ["caneca", "<b>camiseta</b>"] {
        let campos = [("produto", produto)];
        visitante.enviar(CARRINHO, CARRINHO, &campos).leva_a(CARRINHO, produto);
    }
    let sessao = dicionario(&visitante.entrar());
    assert_eq!(sessao["carrinho"], json!(["caneca", "<b>camiseta</b>"]));
    visitante.abrir(CARRINHO).mostra("<li>&lt;b&gt;camiseta&lt;&#x2f;b&gt;</li>");
}

#[test]
fn um_produto_sem_nome_e_recusado_e_nada_muda() {
    for formulario in ["", "produto=", "outro=caneca"] {
        let resposta = Visitante::novo(super::rocket()).postar(CARRINHO, formulario);
        assert_eq!(resposta.codigo, 422, "{formulario}");
        assert_eq!(resposta.cabecalho("Set-Cookie"), None, "{formulario}");
    }
}

// Os testes seguintes mostram os atalhos deste capítulo, e cada um diz que capítulo o remove.

#[test]
fn atalho_um_head_em_logout_tambem_encerra_a_sessao_ate_o_capitulo_12() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    visitante.pedir(Method::Head, LOGOUT, None, b"");
    visitante.esta_fora("depois do HEAD");
}

#[test]
fn atalho_quem_chega_por_um_link_de_outro_site_chega_sem_a_sessao_ate_o_capitulo_12() {
    let resposta = Visitante::novo(super::rocket()).entrar();
    // Com este atributo, o navegador não leva o cookie se o link está em outro site.
    let linha = resposta.set_cookie("session").unwrap();
    assert!(linha.contains("SameSite=Strict"), "{linha}");
}

#[test]
fn atalho_um_cookie_copiado_antes_do_logout_ainda_abre_ate_o_capitulo_15() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    let mut copia = visitante.clone();
    visitante.sair();
    copia.abrir(DASHBOARD).mostra("Bem-vindo, admin!");
}

#[test]
fn atalho_de_duas_abas_que_mudam_a_sessao_so_fica_a_ultima_ate_o_capitulo_17() {
    let mut uma_aba = Visitante::novo(super::rocket());
    uma_aba.entrar();
    // As duas abas leram o mesmo dicionário, e cada uma manda o seu inteiro.
    let mut outra_aba = uma_aba.clone();
    uma_aba.postar(CARRINHO, "produto=caneca");
    let ultima = outra_aba.postar(CARRINHO, "produto=camiseta");
    assert_eq!(dicionario(&ultima)["carrinho"], json!(["camiseta"]));
}

#[test]
fn atalho_quem_entra_por_cima_de_outra_pessoa_herda_o_carrinho_dela_ate_o_capitulo_18()
{
    let mut navegador = Visitante::novo(super::rocket());
    navegador.entrar();
    navegador.postar(CARRINHO, "produto=caneca");
    navegador.entrar_com("maria", "456");
    navegador.abrir(CARRINHO).mostra("<li>caneca</li>");
}

#[test]
fn atalho_um_cookie_grande_demais_sai_sem_aviso_ate_o_capitulo_7() {
    let mut visitante = Visitante::novo(super::rocket());
    let produto = format!("produto={}", "a".repeat(5_000));
    let resposta = visitante.postar(CARRINHO, &produto);
    assert!(resposta.set_cookie("session").unwrap().len() > 4_096);
}

#[test]
fn atalho_a_pagina_da_administracao_abre_para_todos_ate_o_capitulo_9() {
    assert_eq!(Visitante::novo(super::rocket()).abrir(ADMIN).codigo, 200);
}

/// O dicionário que a resposta manda guardar, aberto com a chave do servidor.
fn dicionario(resposta: &Resposta) -> Value {
    serde_json::from_str(&resposta.abertos["session"]).unwrap()
}
