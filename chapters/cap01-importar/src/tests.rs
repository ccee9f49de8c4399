//! O que o capítulo 1 promete.

use rocket::http::{Accept, ContentType, Status};
use shared::teste::cliente;

// ANCHOR: redireciona
#[test]
fn a_raiz_redireciona_para_o_login() {
    let navegador = cliente(super::rocket());
    let resposta = navegador.get("/").dispatch();
    assert_eq!(resposta.status(), Status::SeeOther);
    assert_eq!(resposta.headers().get_one("Location"), Some("/login"));
}
// ANCHOR_END: redireciona

#[test]
fn a_pagina_de_login_vem_do_template_em_portugues() {
    let navegador = cliente(super::rocket());
    let pagina = navegador.get("/login").dispatch().into_string().unwrap();
    assert!(pagina.contains(r#"<html lang="pt-BR">"#), "{pagina}");
    assert!(pagina.contains("<h1>Login</h1>"), "{pagina}");
}

#[test]
fn o_jar_traz_os_cookies_que_o_navegador_enviou() {
    let navegador = cliente(super::rocket());
    let pagina = navegador.get("/login").dispatch().into_string().unwrap();
    assert!(pagina.contains("Cookies que seu navegador enviou: 0"), "{pagina}");

    let com_dois =
        navegador.get("/login").cookie(("tema", "escuro")).cookie(("idioma", "pt"));
    let pagina = com_dois.dispatch().into_string().unwrap();
    assert!(pagina.contains("Cookies que seu navegador enviou: 2"), "{pagina}");
}

#[test]
fn um_endereco_que_nao_existe_recebe_um_404_em_portugues() {
    let navegador = cliente(super::rocket());
    let resposta = navegador.get("/nao-existe").header(Accept::HTML).dispatch();
    assert_eq!(resposta.status(), Status::NotFound);
    assert_eq!(resposta.content_type(), Some(ContentType::HTML));
    let pagina = resposta.into_string().unwrap();
    assert!(pagina.contains("<h1>Página não encontrada</h1>"), "{pagina}");
}
