//! O que o capítulo 11 promete.

use std::thread;

use super::tentativas::Tentativas;
use teste::{Resposta, Visitante, caminhos::*};

teste::promessas!(super::rocket: casa, login, corpos, paginas, saida, dicionario);

const QUINZE_MINUTOS: i64 = 15 * 60;

#[test]
fn depois_de_dez_erros_nem_a_senha_certa_entra() {
    let mut visitante = Visitante::novo(super::rocket());
    errar(&mut visitante, "admin", 10);
    espere(&visitante.entrar());
    visitante.esta_fora("na espera");
}

#[test]
fn a_resposta_429_diz_na_pagina_e_no_cabecalho_quanto_esperar() {
    let mut visitante = Visitante::novo(super::rocket());
    errar(&mut visitante, "admin", 10);
    let resposta = visitante.entrar_com("admin", "errada");
    espere(&resposta);
    let segundos: i64 = resposta.cabecalho("Retry-After").unwrap().parse().unwrap();
    assert!((890..=QUINZE_MINUTOS).contains(&segundos), "{segundos}");
    let certo = resposta.corpo.contains("Muitas tentativas. Tente de novo em 15 min.");
    assert!(certo, "{}", resposta.corpo);
    let formulario = format!(r#"action="{LOGIN_SUBMIT}""#);
    assert!(resposta.corpo.contains(&formulario), "{}", resposta.corpo);
}

#[test]
fn acertar_na_decima_entra_e_a_contagem_recomeca() {
    let mut visitante = Visitante::novo(super::rocket());
    for rodada in ["primeira", "segunda"] {
        errar(&mut visitante, "admin", 9);
        visitante.entrar().leva_a(DASHBOARD, rodada);
    }
}

#[test]
fn outro_navegador_encontra_a_mesma_contagem() {
    let mut visitante = Visitante::novo(super::rocket());
    errar(&mut visitante, "admin", 10);
    espere(&visitante.outro().entrar());
}

#[test]
fn a_espera_de_uma_conta_nao_alcanca_outra() {
    let mut visitante = Visitante::novo(super::rocket());
    errar(&mut visitante, "maria", 10);
    espere(&visitante.entrar_com("maria", "errada"));
    visitante.entrar().leva_a(DASHBOARD, "admin");
}

#[test]
fn uma_conta_que_nao_existe_espera_como_as_que_existem() {
    let mut visitante = Visitante::novo(super::rocket());
    for conta in ["admin", "ninguem", ""] {
        errar(&mut visitante, conta, 10);
        espere(&visitante.entrar_com(conta, "errada"));
    }
}

#[test]
fn quem_ja_estava_dentro_continua_dentro_durante_a_espera() {
    let mut dentro = Visitante::novo(super::rocket());
    dentro.entrar();
    let mut fora = dentro.outro();
    errar(&mut fora, "admin", 10);
    espere(&fora.entrar());
    dentro.abrir(DASHBOARD).mostra("Bem-vindo, admin!");
}

#[test]
fn um_corpo_que_nao_e_formulario_nao_gasta_tentativas() {
    let mut visitante = Visitante::novo(super::rocket());
    for _ in 0..20 {
        visitante.postar(LOGIN_SUBMIT, "username=admin").login_invalido("sem senha");
    }
    visitante.entrar().leva_a(DASHBOARD, "depois de vinte");
}

// A contagem sozinha: o relógio é um parâmetro, e um teste diz que horas são.

#[test]
fn a_espera_termina_quinze_minutos_depois_da_primeira_tentativa() {
    let tentativas = Tentativas::default();
    for minuto in 0..10 {
        assert_eq!(tentativas.contar("admin", minuto * 60), Ok(()), "{minuto}");
    }
    assert_eq!(tentativas.contar("admin", 600), Err(300));
    assert_eq!(tentativas.contar("admin", QUINZE_MINUTOS - 1), Err(1));
    assert_eq!(tentativas.contar("admin", QUINZE_MINUTOS), Ok(()));
}

#[test]
fn tentar_durante_a_espera_nao_a_prolonga() {
    let tentativas = Tentativas::default();
    for _ in 0..10 {
        assert_eq!(tentativas.contar("admin", 0), Ok(()));
    }
    for segundo in 0..QUINZE_MINUTOS {
        let falta = QUINZE_MINUTOS - segundo;
        assert_eq!(tentativas.contar("admin", segundo), Err(falta));
    }
    assert_eq!(tentativas.contar("admin", QUINZE_MINUTOS), Ok(()));
}

#[test]
fn depois_da_espera_ha_dez_tentativas_de_novo() {
    let tentativas = Tentativas::default();
    for inicio in [0, QUINZE_MINUTOS, 5 * QUINZE_MINUTOS] {
        let aceitas = (0..30).filter(|_| tentativas.contar("admin", inicio).is_ok());
        assert_eq!(aceitas.count(), 10, "{inicio}");
    }
}

#[test]
fn muitas_tentativas_ao_mesmo_tempo_nao_escapam_da_contagem() {
    let tentativas = Tentativas::default();
    let aceitas: usize = thread::scope(|grupo| {
        let tentar =
            || (0..50).filter(|_| tentativas.contar("admin", 0).is_ok()).count();
        let threads: Vec<_> = (0..8).map(|_| grupo.spawn(tentar)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(aceitas, 10);
}

/// Erra a senha desta conta, e cada erro ainda é um 401.
fn errar(visitante: &mut Visitante, conta: &str, vezes: usize) {
    for vez in 1..=vezes {
        let caso = format!("{conta}, erro {vez}");
        visitante.entrar_com(conta, "errada").login_invalido(&caso);
    }
}

/// Confere que a resposta manda esperar e não muda a sessão.
#[track_caller]
fn espere(resposta: &Resposta) {
    assert_eq!(resposta.codigo, 429, "{}", resposta.corpo);
    assert!(resposta.corpo.contains("Muitas tentativas."), "{}", resposta.corpo);
    assert_eq!(resposta.cabecalho("Set-Cookie"), None);
}
