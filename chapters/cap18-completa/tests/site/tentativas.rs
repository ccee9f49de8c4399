//! Errar a senha muitas vezes.

use std::net::{IpAddr, Ipv4Addr};

use rocket_sessoes::site::tentativas::Tentativas;
use teste::Resposta;
use time::Duration;

use super::apoio::*;

#[test]
fn dez_erros_em_uma_conta_pedem_uma_espera_de_15_minutos() {
    let mut visitante = visitante();
    // Um acerto recomeça a conta dos erros.
    for erros in [9, 10] {
        visitante.entrar().leva_a("/dashboard", "certa");
        for _ in 0..erros {
            visitante.entrar_com("admin", "errada").login_invalido("errada");
        }
    }
    pede_15_minutos(&visitante.entrar());
    visitante.entrar_com("maria", "456").leva_a("/dashboard", "outra conta");
    visitante.sair();
    esperar(&visitante, Duration::minutes(15));
    visitante.entrar().leva_a("/dashboard", "depois da espera");
}

#[test]
fn quem_erra_a_senha_atual_vezes_demais_tambem_espera() {
    let mut maria = maria();
    for _ in 1..=10 {
        assert_eq!(maria.postar("/senha", "atual=x&nova=12345678").codigo, 422);
    }
    pede_15_minutos(&trocar_senha(&mut maria));
}

#[track_caller]
fn pede_15_minutos(resposta: &Resposta) {
    assert_eq!(resposta.codigo, 429);
    let segundos: u32 = resposta.cabecalho("Retry-After").unwrap().parse().unwrap();
    assert!((600..=900).contains(&segundos), "{segundos}");
    let avisa = resposta.corpo.contains("Muitas tentativas. Tente de novo em 1");
    assert!(avisa, "{}", resposta.corpo);
}

fn ip(endereco: &str) -> Option<IpAddr> {
    endereco.parse().ok()
}

#[test]
fn um_endereco_que_tenta_muitas_contas_espera_e_a_conta_de_outra_pessoa_nao() {
    let (tentativas, um) = (Tentativas::default(), ip("192.0.2.1"));
    // Quem acerta não conta contra o endereço.
    for _ in 0..100 {
        assert_eq!(tentativas.contar("maria", um, 0), Ok(()));
        tentativas.esquecer("maria", um);
    }
    for numero in 0..50 {
        assert_eq!(tentativas.contar(&format!("conta{numero}"), um, 0), Ok(()));
    }
    assert_eq!(tentativas.contar("maria", um, 10), Err(890));
    assert_eq!(tentativas.contar("maria", ip("192.0.2.2"), 10), Ok(()));
    assert_eq!(tentativas.contar("maria", um, 900), Ok(()));
}

#[test]
fn os_enderecos_de_uma_rede_ipv6_contam_como_um_e_um_ipv4_e_o_mesmo_escrito_como_ipv6()
{
    for (um, outro, pode) in [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", false),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", true),
        ("192.0.2.1", "::ffff:192.0.2.1", false),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", true),
    ] {
        let tentativas = Tentativas::default();
        while tentativas.contar(&shared::chave_nova().unwrap(), ip(um), 0).is_ok() {}
        let contada = tentativas.contar("maria", ip(outro), 0);
        assert_eq!(contada.is_ok(), pode, "{um} {outro}");
    }
}

#[test]
fn nomes_inventados_nao_enchem_a_memoria_nem_apagam_a_espera_de_uma_conta() {
    let tentativas = Tentativas::default();
    while tentativas.contar("admin", None, 0).is_ok() {}
    for numero in 0..10_100_u32 {
        let de_la = Some(Ipv4Addr::from(numero).into());
        assert_eq!(tentativas.contar(&format!("nome{numero}"), de_la, 20), Ok(()));
    }
    // Quem errou mais vezes é o último a sair, e quem chega agora também é contado.
    assert_eq!(tentativas.contar("admin", None, 30), Err(870));
    for _ in 0..10 {
        assert_eq!(tentativas.contar("nova", None, 40), Ok(()));
    }
    assert!(tentativas.contar("nova", None, 40).is_err());
}
