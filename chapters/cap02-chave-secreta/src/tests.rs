//! O que o capítulo 2 promete.

use rocket::error::ErrorKind;
use rocket::figment::Figment;
use rocket::http::{Accept, ContentType, Status};
use rocket::local::blocking::Client;
use rocket::{Build, Config, Rocket};
use shared::teste::cliente;

#[test]
fn a_raiz_redireciona_para_o_login() {
    let navegador = cliente(super::rocket());
    let resposta = navegador.get("/").dispatch();
    assert_eq!(resposta.status(), Status::SeeOther);
    assert_eq!(resposta.headers().get_one("Location"), Some("/login"));
}

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

#[test]
fn a_mesma_chave_abre_o_carimbo() {
    let navegador = cliente(super::rocket());
    let primeira = navegador.get("/chave").dispatch().into_string().unwrap();
    assert!(primeira.contains("Seu navegador não tinha carimbo"), "{primeira}");
    let segunda = navegador.get("/chave").dispatch().into_string().unwrap();
    assert!(segunda.contains("Abri o carimbo do seu navegador"), "{segunda}");
}

#[test]
fn outra_chave_nao_abre_o_carimbo_e_a_pagina_diz_isso() {
    let antes = cliente(super::rocket());
    let resposta = antes.get("/chave").dispatch();
    let carimbo = resposta.cookies().get("carimbo").unwrap().clone();

    let depois = cliente(super::rocket());
    let pagina = depois.get("/chave").cookie(carimbo).dispatch().into_string().unwrap();
    assert!(pagina.contains("Chegou um carimbo que não abre"), "{pagina}");
}

#[test]
fn o_carimbo_nao_pode_ser_lido_no_navegador() {
    let navegador = cliente(super::rocket());
    let resposta = navegador.get("/chave").dispatch();
    let enviado = resposta.headers().get_one("Set-Cookie").unwrap();
    assert!(enviado.starts_with("carimbo="), "{enviado}");
    assert!(!enviado.contains("fechado"), "{enviado}");
}

#[test]
fn sem_chave_o_perfil_debug_inicia_e_avisa_que_sorteou_uma() {
    let navegador = Client::tracked(sem_chave("debug")).unwrap();
    let pagina = navegador.get("/chave").dispatch().into_string().unwrap();
    assert!(pagina.contains("Você não definiu a chave"), "{pagina}");
}

#[test]
fn sem_chave_o_perfil_release_recusa_iniciar() {
    let erro = Client::tracked(sem_chave("release")).unwrap_err();
    assert!(matches!(erro.kind(), ErrorKind::InsecureSecretKey(_)), "{erro}");
}

#[test]
fn uma_chave_malformada_recusa_iniciar() {
    let erro = com_chave("minha-chave").unwrap_err();
    assert!(matches!(erro.kind(), ErrorKind::Config(_)), "{erro}");
}

#[test]
fn uma_chave_com_uma_letra_errada_aparece_inteira_no_erro() {
    let quase_uma_chave = format!("{}z", "a".repeat(63));
    let erro = com_chave(&quase_uma_chave).unwrap_err();
    let ErrorKind::Config(motivo) = erro.kind() else { panic!("{erro}") };
    assert!(motivo.to_string().contains(&quase_uma_chave), "{motivo}");
}

#[test]
fn uma_chave_fraca_do_tamanho_certo_e_aceita_sem_aviso() {
    let sessenta_e_quatro_letras_iguais = "a".repeat(64);
    assert!(com_chave(&sessenta_e_quatro_letras_iguais).is_ok());
}

#[test]
fn a_chave_do_gerador_serve_e_nunca_se_repete() {
    let (uma, outra) = (shared::chave_nova().unwrap(), shared::chave_nova().unwrap());
    assert_ne!(uma, outra);
    let navegador = com_chave(&uma).unwrap();
    let pagina = navegador.get("/chave").dispatch().into_string().unwrap();
    assert!(pagina.contains("Você definiu a chave"), "{pagina}");
}

/// A aplicação sem chave nenhuma, mesmo que o terminal deste teste tenha uma.
fn sem_chave(perfil: &str) -> Rocket<Build> {
    let pasta = shared::pasta_de_agora(env!("CARGO_MANIFEST_DIR")).join("templates");
    let padrao = Figment::from(Config::default()).merge(("template_dir", pasta));
    super::rocket().configure(padrao.select(perfil))
}

/// A aplicação com a chave dada, ou o erro que impede o início.
fn com_chave(chave: &str) -> Result<Client, rocket::Error> {
    let aplicacao = super::rocket();
    let configuracao = aplicacao.figment().clone().merge(("secret_key", chave));
    Client::tracked(aplicacao.configure(configuracao))
}
