//! O que o capítulo 5 promete.

use rocket::http::Method;
use teste::{Visitante, caminhos::*};

teste::promessas!(super::rocket: casa, login, corpos, paginas, saida);

#[test]
fn o_logout_apaga_os_tres_cookies_com_uma_data_no_passado() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    let resposta = visitante.sair();
    for chave in ["username", "user_id", "role"] {
        let linha = resposta.set_cookie(chave).unwrap();
        assert!(linha.starts_with(&format!("{chave}=;")), "{linha}");
        assert!(linha.contains("Max-Age=0"), "{linha}");
    }
    assert!(visitante.cookies.is_empty());
}

#[test]
fn sem_o_cookie_a_remocao_nao_manda_nada() {
    let mut visitante = Visitante::novo(super::rocket());
    for caminho in [LOGOUT, PERFIL] {
        assert_eq!(visitante.abrir(caminho).cabecalho("Set-Cookie"), None, "{caminho}");
    }
}

#[test]
fn um_quarto_cookie_do_site_sobrevive_ao_logout() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    visitante.cookies.insert("tema".to_owned(), "escuro".to_owned());
    visitante.sair();
    assert_eq!(visitante.cookies["tema"], "escuro");
}

// Os três testes seguintes mostram atalhos desta lição, e cada um diz que capítulo o remove.

#[test]
fn atalho_um_head_em_logout_tambem_encerra_a_sessao_ate_o_capitulo_12() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    visitante.pedir(Method::Head, LOGOUT, None, b"");
    visitante.esta_fora("depois do HEAD");
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
fn atalho_cookies_de_duas_sessoes_podem_ser_emendados_ate_o_capitulo_6() {
    let mut admin = Visitante::novo(super::rocket());
    admin.entrar();
    let mut maria = admin.outro();
    maria.entrar_com("maria", "456");
    maria.cookies.insert("role".to_owned(), admin.cookies["role"].clone());
    maria.abrir(PERFIL).mostra("Seu perfil. Cargo: admin");
    maria.abrir(DASHBOARD).mostra("Bem-vindo, maria! Seu ID é: 67890");
}
