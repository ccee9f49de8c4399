//! Entrar: a volta à página que pediu o login, os cargos, as senhas e as tentativas.

use std::net::Ipv4Addr;

use argon2::{Argon2, Params, PasswordHash, PasswordVerifier};
use rocket_sessoes::site::contas::{a_conferir, hash_de};
use rocket_sessoes::site::tentativas::Tentativas;
use teste::Resposta;
use time::Duration;

use super::apoio::*;

#[test]
fn sem_login_as_paginas_levam_ao_login_e_ele_leva_de_volta() {
    let mut visitante = visitante();
    for pagina in ["/dashboard", "/perfil", "/sessoes"] {
        let destino = format!("/login?volta={}", pagina.replace('/', "%2F"));
        let resposta = visitante.outro().abrir(pagina);
        assert_eq!(resposta.cabecalho("Location"), Some(&*destino));
        let campo = format!(r#""volta" value="{}""#, pagina.replace('/', "&#x2f;"));
        visitante.outro().abrir(&destino).mostra(&campo);
        let campos = format!("username=admin&password=123&volta={pagina}");
        visitante.postar("/login_submit", &campos).leva_a(pagina, "volta");
    }
    // Mas nunca a outro site.
    let campos = "username=admin&password=123&volta=//evil.example";
    visitante.postar("/login_submit", campos).leva_a("/dashboard", "outro site");
}

#[test]
fn a_pagina_do_admin_pede_login_e_o_cargo() {
    let mut admin = maria();
    assert_eq!(admin.abrir("/admin").codigo, 403);
    assert_eq!(admin.outro().abrir("/admin").codigo, 401);
    admin.entrar();
    admin.abrir("/admin").mostra("<td>maria</td><td>cliente</td>");
    admin.postar("/remover_cargo", "");
    assert_eq!(admin.abrir("/admin").codigo, 403);
}

#[test]
fn um_formulario_aberto_antes_do_login_ou_em_outra_aba_vale_depois_dele() {
    let mut uma_aba = visitante();
    por(&mut uma_aba, "%3Cb%3E").leva_a("/carrinho", "a segunda aba");
    uma_aba.entrar();
    por(&mut uma_aba, "p%C3%A3o").leva_a("/carrinho", "aberto antes do login");
    uma_aba.abrir("/carrinho").mostra("<li>&lt;b&gt;: 1</li>");
    uma_aba.abrir("/carrinho").mostra("<li>pão: 1</li>");
}

#[test]
fn um_formulario_enviado_depois_que_a_sessao_terminou_leva_ao_login_que_diz_por_que() {
    let servidor = visitante();
    let ate_terminar = || {
        let mut maria = servidor.outro();
        maria.entrar_com("maria", "456");
        esperar(&servidor, Duration::minutes(30));
        maria
    };
    for caminho in ["/remover_cargo", "/sessoes/encerrar", "/senha"] {
        let mut terminada = ate_terminar();
        terminada.postar(caminho, "").leva_a("/login", caminho);
        terminada.abrir("/login").mostra("terminou por falta de uso.</p>");
    }
    let mut terminada = ate_terminar();
    por(&mut terminada, "caneca").leva_a("/carrinho", "carrinho");
    let carrinho = terminada.abrir("/carrinho");
    carrinho.mostra("terminou por falta de uso. O carrinho começou de novo.</p>");
    carrinho.mostra("<li>caneca: 1</li>");
    ate_terminar().entrar().leva_a("/dashboard", "a senha digitada não se perde");
}

#[test]
fn toda_senha_conferida_custa_o_mesmo_trabalho() {
    let nova = rocket::execute(hash_de("uma senha nova".to_owned())).unwrap();
    // O trabalho do Argon2id está nos parâmetros do hash, não no relógio deste teste.
    for hash in
        DA_LICAO.map(|conta| conta.hash).into_iter().chain([a_conferir(None), &nova])
    {
        let hash = PasswordHash::new(hash).unwrap();
        let de = Params::try_from(&hash).unwrap();
        let custo = (hash.algorithm.as_str(), de.m_cost(), de.t_cost(), de.p_cost());
        assert_eq!(custo, ("argon2id", 19 * 1_024, 2, 1));
    }
    let lido = PasswordHash::new(&nova).unwrap();
    assert_eq!(Argon2::default().verify_password(b"uma senha nova", &lido), Ok(()));
}

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
    // Quem erra a senha atual ao trocá-la também espera.
    for _ in 1..=10 {
        assert_eq!(visitante.postar("/senha", "atual=x&nova=12345678").codigo, 422);
    }
    pede_15_minutos(&trocar_senha(&mut visitante));
    visitante.sair();
    esperar(&visitante, Duration::minutes(15));
    visitante.entrar().leva_a("/dashboard", "depois da espera");
}

#[track_caller]
fn pede_15_minutos(resposta: &Resposta) {
    recusa(resposta, 429, "Muitas tentativas. Tente de novo em 1");
    let segundos: u32 = resposta.cabecalho("Retry-After").unwrap().parse().unwrap();
    assert!((600..=900).contains(&segundos), "{segundos}");
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
        let [um, outro] = [um, outro].map(|endereco| endereco.parse().ok());
        while tentativas.contar(&shared::chave_nova().unwrap(), um, 0).is_ok() {}
        let contada = tentativas.contar("maria", outro, 0);
        assert_eq!(contada.is_ok(), pode, "{um:?} {outro:?}");
    }
}

#[test]
fn nomes_inventados_nao_enchem_a_memoria_nem_apagam_a_espera_de_uma_conta() {
    let tentativas = Tentativas::default();
    while tentativas.contar("admin", None, 0).is_ok() {}
    for numero in 0..5_010_u32 {
        let de_la = Some(Ipv4Addr::from(numero).into());
        tentativas.contar(&format!("nome{numero}"), de_la, 20).unwrap();
    }
    // Quem errou mais vezes é o último a sair, e quem chega agora também é contado.
    assert_eq!(tentativas.contar("admin", None, 30), Err(870));
    let contadas = (0..11).map(|_| tentativas.contar("nova", None, 40).is_ok());
    assert_eq!(contadas.filter(|pode| *pode).count(), 10);
}
