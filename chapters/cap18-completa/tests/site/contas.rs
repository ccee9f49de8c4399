//! As contas, a senha que muda em outra instância e o comando que cuida delas.

use std::path::Path;
use std::process::Command;

use rocket::futures::future::join;
use rocket::local::blocking::Client;
use sqlx::{AnyConnection, Connection};
use teste::Visitante;
use teste::servidores::esperar_que;

use super::apoio::*;

/// Uma instância do site, neste perfil, com as contas desta pasta.
fn instancia(loja: &Loja, pasta: &Path, perfil: &str) -> Visitante {
    let ajustes =
        configuracao().merge(("secret_key", CHAVE)).merge(("log_level", "off"));
    let site = com_contas(loja, ajustes.clone(), contas(pasta, perfil));
    Visitante::de(Client::untracked(site.configure(ajustes)).unwrap())
}

const CHAVE: &str = "00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210";

/// O programa com estes argumentos: se deu certo, e o que escreveu em cada saída.
fn programa(pasta: &Path, perfil: &str, argumentos: &[&str]) -> (bool, [String; 2]) {
    let mut programa = Command::new(env!("CARGO_BIN_EXE_cap18-completa"));
    programa.args(argumentos).env("ROCKET_PROFILE", perfil);
    programa.env("ROCKET_SECRET_KEY", CHAVE).env("ROCKET_SESSAO_URL", "memoria:");
    programa.env("ROCKET_CONTAS_URL", endereco(pasta));
    // Se ele tentasse ir ao ar, não conseguiria.
    programa.env("ROCKET_ADDRESS", "192.0.2.1");
    let fim = programa.output().unwrap();
    let textos = [fim.stdout, fim.stderr].map(|um| String::from_utf8(um).unwrap());
    (fim.status.success(), textos.map(|um| um.trim().to_owned()))
}

#[test]
fn a_senha_trocada_encerra_as_sessoes_nas_outras_instancias_e_depois_de_um_reinicio() {
    let pasta = &tempfile::tempdir().unwrap();
    // Sem a lista, a sessão só termina porque o carimbo mudou.
    let loja = intrometido(false) as Loja;
    let mut senha = "456".to_owned();
    for pelo_comando in [false, true] {
        let [mut aqui, mut la] = [(); 2].map(|()| {
            let mut maria = instancia(&loja, pasta.path(), "debug");
            maria.entrar_com("maria", &senha).leva_a("/dashboard", "entrou");
            maria
        });
        let (parada, antiga) = (la.clone(), senha.clone());
        if pelo_comando {
            senha = programa(pasta.path(), "debug", &["conta", "senha", "maria"]).1[0]
                .clone();
        } else {
            SENHA_NOVA.clone_into(&mut senha);
            trocar_senha(&mut aqui);
            // A senha nova vale na hora onde a antiga ainda é lembrada.
            la.cookies = aqui.cookies.clone();
            la.abrir("/perfil").mostra("Cargo: cliente");
        }
        esperar_que("o fim da sessão", || {
            parada.clone().abrir("/perfil").codigo == 303
        });
        so_entra_com(&la, &senha, &antiga);
        let reiniciada = instancia(&loja, pasta.path(), "debug");
        so_entra_com(&reiniciada, &senha, &antiga);
        let mut depois = reiniciada.outro();
        depois.cookies = parada.cookies;
        depois.esta_fora("depois do reinício");
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
    // Com outra senha, a conta é uma como as outras.
    let (_, [senha, _]) =
        programa(pasta.path(), "release", &["conta", "senha", "admin"]);
    release.entrar_com("admin", &senha).leva_a("/dashboard", "a senha sorteada");
    let pagina = release.abrir("/admin");
    pagina.mostra("<li>admin: admin</li>");
    assert!(!pagina.corpo.contains("maria"), "{}", pagina.corpo);
}

#[test]
fn sem_contas_o_site_nao_inicia_e_o_comando_recusa_o_que_nao_serve_sem_perder_nada() {
    let pasta = tempfile::tempdir().unwrap();
    let conta = |argumentos: &[&str]| programa(pasta.path(), "release", argumentos);
    let (certo, [_, motivo]) = conta(&[]);
    assert!(!certo && motivo.contains("`cap18-completa conta criar"), "{motivo}");

    let (certo, [senha, aviso]) = conta(&["conta", "criar", "ana"]);
    assert!(certo && senha.len() == 24 && aviso.contains("ana"), "{senha} {aviso}");
    let longo = "a".repeat(101);
    for (argumentos, motivo) in [
        (&["conta", "criar", "ana"][..], "erro: a conta `ana` já existe"),
        (&["conta", "senha", "bia"], "erro: a conta `bia` não existe"),
        (&["conta", "criar", ""], "erro: o nome da conta deve ter"),
        (&["conta", "criar", &longo], "erro: o nome da conta deve ter"),
        (&["conta", "senha", "a\nb"], "erro: o nome da conta deve ter"),
        (&["conta", "criar", "bia", "chefe"], "erro: use `cap18-completa conta criar"),
        (&["conta"], "erro: use `cap18-completa conta criar"),
    ] {
        let (certo, [nada, disse]) = conta(argumentos);
        assert!(!certo && nada.is_empty() && disse.starts_with(motivo), "{disse}");
        assert_eq!(disse.lines().count(), 1);
    }
    let mut ana = instancia(&memoria(), pasta.path(), "release");
    ana.entrar_com("ana", &senha).leva_a("/dashboard", "a conta continua como estava");
    ana.abrir("/perfil").mostra("Cargo: cliente");
}

#[test]
fn de_duas_trocas_ou_duas_contas_ao_mesmo_tempo_so_uma_acontece() {
    let pasta = tempfile::tempdir().unwrap();
    let [uma, outra] = ["debug", "release"].map(|perfil| contas(pasta.path(), perfil));
    rocket::execute(async {
        let antigo = DA_LICAO[1].hash;
        let trocar =
            join(uma.trocar("maria", antigo, "x"), outra.trocar("maria", antigo, "y"));
        let nova = Conta { username: "ana", hash: "z", user_id: 1, role: "cliente" };
        let criar = join(uma.criar(&nova), outra.criar(&nova));
        for (aqui, la) in [trocar.await, criar.await] {
            assert_ne!(aqui.unwrap(), la.unwrap());
        }
    });
}

#[test]
fn se_o_banco_das_contas_nao_responde_a_pagina_diz_503_e_ninguem_e_desconectado() {
    let pasta = tempfile::tempdir().unwrap();
    let mut maria = instancia(&memoria(), pasta.path(), "debug");
    maria.entrar_com("maria", "456");
    let mudar = |sql: &'static str| {
        rocket::execute(async {
            let mut banco =
                AnyConnection::connect(&endereco(pasta.path())).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut banco).await.unwrap();
        });
    };
    mudar("ALTER TABLE contas RENAME TO longe");
    for pagina in ["/perfil", "/admin", "/saude"] {
        assert_eq!(maria.abrir(pagina).codigo, 503, "{pagina}");
    }
    assert_eq!(maria.entrar_com("admin", "123").codigo, 503);
    assert_eq!(maria.abrir("/login").cabecalho("Set-Cookie"), None);
    mudar("ALTER TABLE longe RENAME TO contas");
    maria.abrir("/perfil").mostra("Cargo: cliente");
    // Quem perde o cargo entra de novo, agora com o outro.
    mudar("UPDATE contas SET role = 'visita' WHERE username = 'maria'");
    esperar_que("o fim da sessão", || maria.clone().abrir("/perfil").codigo == 303);
}
