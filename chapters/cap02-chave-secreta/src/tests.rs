//! O que o capítulo 2 promete.

use rocket::error::ErrorKind;
use rocket::figment::Figment;
use rocket::local::blocking::Client;
use rocket::{Build, Config, Rocket};
use teste::Visitante;

teste::promessas!(super::rocket: casa);

#[test]
fn a_mesma_chave_abre_o_carimbo() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.abrir("/chave").mostra("Seu navegador não tinha carimbo");
    visitante.abrir("/chave").mostra("Abri o carimbo do seu navegador");
}

#[test]
fn outra_chave_nao_abre_o_carimbo_e_a_pagina_diz_isso() {
    let mut antes = Visitante::novo(super::rocket());
    antes.abrir("/chave");
    let mut depois = Visitante::novo(super::rocket());
    depois.cookies = antes.cookies;
    depois.abrir("/chave").mostra("Chegou um carimbo que não abre");
}

#[test]
fn o_carimbo_nao_pode_ser_lido_no_navegador() {
    let resposta = Visitante::novo(super::rocket()).abrir("/chave");
    let enviado = resposta.set_cookie("carimbo").unwrap();
    assert!(!enviado.contains("chave atual"), "{enviado}");
    assert_eq!(resposta.abertos["carimbo"], "criptografado com a chave atual");
}

#[test]
fn sem_chave_o_perfil_debug_inicia_e_avisa_que_gerou_uma() {
    let servidor = Client::untracked(sem_chave("debug")).unwrap();
    Visitante::de(servidor).abrir("/chave").mostra("Você não definiu a chave");
}

#[test]
fn sem_chave_o_perfil_release_recusa_iniciar() {
    let erro = Client::untracked(sem_chave("release")).unwrap_err();
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
    let servidor = com_chave(&uma).unwrap();
    Visitante::de(servidor).abrir("/chave").mostra("Você definiu a chave");
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
    Client::untracked(aplicacao.configure(configuracao))
}
