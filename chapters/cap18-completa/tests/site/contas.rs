//! As contas, a senha que muda em outra instância e o comando que cuida delas.

use std::path::Path;
use std::process::Command;

use rocket::futures::future::join;
use sqlx::{AnyConnection, Connection};
use teste::Visitante;
use teste::servidores::esperar_que;

use super::apoio::*;

const CHAVE: &str = "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY=";

fn instancia(loja: &Loja, pasta: &Path, perfil: &str) -> Visitante {
    com_chave(com_contas(loja, configuracao(), contas(pasta, perfil)), CHAVE)
}

/// O que o programa escreveu em cada saída: só uma palavra se deu certo.
fn programa(pasta: &Path, perfil: &str, pedido: &str) -> [String; 2] {
    let mut programa = Command::new(env!("CARGO_BIN_EXE_cap18-completa"));
    programa.args(pedido.split(' ').skip(1)).env("ROCKET_PROFILE", perfil);
    programa.env("ROCKET_SECRET_KEY", CHAVE).env("ROCKET_SESSAO_URL", "memoria:");
    // Se ele tentasse ir ao ar, não conseguiria.
    programa
        .env("ROCKET_ADDRESS", "192.0.2.1")
        .env("ROCKET_CONTAS_URL", endereco(pasta));
    let fim = programa.output().unwrap();
    assert_eq!(fim.status.success(), !fim.stdout.is_empty());
    [fim.stdout, fim.stderr].map(|um| String::from_utf8(um).unwrap().trim().to_owned())
}

#[test]
fn a_senha_trocada_encerra_as_sessoes_nas_outras_instancias_e_depois_de_um_reinicio() {
    let pasta = &tempfile::tempdir().unwrap();
    // Sem a lista, a sessão só termina porque o carimbo mudou.
    let (loja, mut senha) = (intrometido(false) as Loja, "456".to_owned());
    for pelo_comando in [false, true] {
        let [mut aqui, mut la] = [(); 2].map(|()| {
            let mut maria = instancia(&loja, pasta.path(), "debug");
            maria.entrar_com("maria", &senha).leva_a("/dashboard", "entrou");
            maria
        });
        let (mut parada, antiga) = (la.clone(), senha);
        if pelo_comando {
            [senha, _] = programa(pasta.path(), "debug", "o conta senha maria");
        } else {
            senha = SENHA_NOVA.to_owned();
            trocar_senha(&mut aqui);
            // A nova vale na hora onde a antiga ainda é lembrada, e toma o lugar dela.
            la.cookies = aqui.cookies;
            la.abrir("/perfil").mostra("Cargo: cliente");
            parada.clone().esta_fora("com a senha antiga");
        }
        esperar_que("o fim", || parada.clone().abrir("/perfil").codigo == 303);
        parada.esta_fora("na outra instância");
        let mut reiniciada = instancia(&loja, pasta.path(), "debug");
        so_entra_com(&reiniciada, &senha, &antiga);
        reiniciada.cookies = parada.cookies;
        reiniciada.esta_fora("depois do reinício");
    }
}

#[test]
fn fora_do_debug_as_senhas_da_licao_nao_entram_nem_com_as_contas_dela_na_tabela() {
    let (pasta, loja) = (tempfile::tempdir().unwrap(), memoria());
    let mut em_debug = instancia(&loja, pasta.path(), "debug");
    em_debug.entrar();
    let mut release = instancia(&loja, pasta.path(), "release");
    for (nome, senha) in [("admin", "123"), ("maria", "456")] {
        release.entrar_com(nome, senha).login_invalido(nome);
    }
    release.cookies = em_debug.cookies;
    release.esta_fora("a sessão de debug");
    let [senha, _] = programa(pasta.path(), "release", "o conta senha admin");
    release.entrar_com("admin", &senha).leva_a("/dashboard", "a senha sorteada");
    assert!(!release.abrir("/admin").corpo.contains("maria"));
}

#[test]
fn sem_contas_o_site_nao_inicia_e_o_comando_recusa_o_que_nao_serve_sem_perder_nada() {
    let pasta = tempfile::tempdir().unwrap();
    let pedir = |pedido: &str| programa(pasta.path(), "release", pedido);
    assert!(pedir("o")[1].starts_with("erro: não há nenhuma conta"));
    let [senha, aviso] = pedir("o conta criar ana");
    assert!(senha.len() == 24 && aviso.contains("ana"), "{senha} {aviso}");
    let longo = format!("criar {}", "a".repeat(101));
    for (pedido, motivo) in [
        ("criar ana", "a conta `ana` já existe"),
        ("senha bia", "a conta `bia` não existe"),
        ("criar ", "o nome da conta deve"),
        (&longo, "o nome da conta deve"),
        ("senha a\nb", "o nome da conta deve"),
        ("criar bia chefe", "use `cap18-completa conta criar"),
        ("apagar ana", "use `cap18-completa conta criar"),
    ] {
        let [nada, disse] = pedir(&format!("o conta {pedido}"));
        let certo = disse.starts_with(&format!("erro: {motivo}"));
        assert!(certo && nada.is_empty() && disse.lines().count() == 1, "{disse}");
    }
    let mut ana = instancia(&memoria(), pasta.path(), "release");
    ana.entrar_com("ana", &senha).leva_a("/dashboard", "a conta continua como estava");
}

#[test]
fn de_duas_trocas_ou_duas_contas_ao_mesmo_tempo_so_uma_acontece() {
    let pasta = tempfile::tempdir().unwrap();
    let [uma, outra] = [(); 2].map(|()| contas(pasta.path(), "debug"));
    let [velha, nova] = DA_LICAO.map(|conta| conta.hash);
    let ana = &Conta { username: "ana", user_id: 1, ..DA_LICAO[0].clone() };
    let trocar = async |contas: &Contas| contas.trocar("admin", velha, nova).await;
    rocket::execute(async {
        let trocadas = join(trocar(&uma), trocar(&outra)).await;
        for (aqui, la) in [trocadas, join(uma.criar(ana), outra.criar(ana)).await] {
            assert_ne!(aqui.unwrap(), la.unwrap());
        }
    });
}

#[test]
fn se_o_banco_das_contas_nao_responde_a_pagina_diz_503_e_ninguem_e_desconectado() {
    let pasta = tempfile::tempdir().unwrap();
    let mut maria = instancia(&memoria(), pasta.path(), "debug");
    maria.entrar_com("maria", "456");
    let mudar = async |sql: &'static str| {
        let banco = AnyConnection::connect(&endereco(pasta.path())).await;
        sqlx::raw_sql(sql).execute(&mut banco.unwrap()).await.unwrap();
    };
    rocket::execute(mudar("ALTER TABLE contas RENAME TO longe"));
    for pagina in ["/perfil", "/admin", "/saude"] {
        assert_eq!(maria.abrir(pagina).codigo, 503, "{pagina}");
    }
    assert_eq!(maria.entrar_com("admin", "123").codigo, 503);
    assert_eq!(maria.abrir("/login").cabecalho("Set-Cookie"), None);
    rocket::execute(mudar("ALTER TABLE longe RENAME TO contas"));
    maria.abrir("/perfil").mostra("Cargo: cliente");
    // Quem muda de cargo entra de novo; quem perde a conta não entra mais.
    for sql in ["UPDATE contas SET role = 'visita'", "DELETE FROM contas"] {
        maria.entrar_com("maria", "456").leva_a("/dashboard", sql);
        rocket::execute(mudar(sql));
        esperar_que("o fim", || maria.clone().abrir("/perfil").codigo == 303);
    }
}
