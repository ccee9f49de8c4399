//! Duas requisições ao mesmo tempo, e o armazenamento que não responde.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::apoio::*;

#[test]
fn duas_mudancas_ao_mesmo_tempo_ficam_as_duas() {
    let (loja, mut maria) = com_intrometido();
    por(&mut maria, "caneca");
    // Entre a leitura e a gravação, outra requisição põe um livro e uma caneca.
    loja.antes("trocar", 1, |dentro, chave| {
        mudar_o_carrinho(dentro, chave, json!({ "caneca": 2, "livro": 1 }))
    });
    por(&mut maria, "caneca").leva_a("/carrinho", "a terceira caneca");
    maria.abrir("/carrinho").mostra("<li>caneca: 3</li>");
    maria.abrir("/carrinho").mostra("<li>livro: 1</li>");
    loja.antes("trocar", 1, |dentro, chave| {
        let cheio = (0..50).map(|n| (format!("produto {n}"), json!(1))).collect();
        mudar_o_carrinho(dentro, chave, Value::Object(cheio))
    });
    por(&mut maria, "livro");
    let carrinho = maria.abrir("/carrinho").corpo;
    assert_eq!(carrinho.matches(": 1</li>").count(), 50, "{carrinho}");
}

#[test]
fn uma_pagina_que_so_le_nao_desfaz_o_que_outra_aba_mudou() {
    let (loja, mut maria) = com_intrometido();
    esperar(&maria, time::Duration::minutes(3));
    loja.antes("trocar", 1, |dentro, chave| {
        mudar_o_carrinho(dentro, chave, json!({ "caneca": 1 }))
    });
    let leitura = maria.abrir("/perfil");
    assert!(leitura.set_cookie(COOKIE).is_some(), "deveria renovar");
    maria.abrir("/carrinho").mostra("<li>caneca: 1</li>");
}

#[test]
fn uma_mudanca_que_chega_durante_o_login_continua_na_sessao_nova() {
    let (loja, maria) = com_intrometido();
    let mut visitante = maria.outro();
    por(&mut visitante, "livro");
    loja.antes("apagar", 1, |dentro, chave| {
        mudar_o_carrinho(dentro, chave, json!({ "caneca": 1 }))
    });
    visitante.entrar_com("maria", "456");
    visitante.abrir("/carrinho").mostra("<li>caneca: 1</li>");
    visitante.abrir("/perfil").mostra("Cargo: cliente");
}

#[test]
fn uma_mudanca_que_chega_depois_do_logout_nao_traz_a_sessao_de_volta() {
    let (loja, mut maria) = com_intrometido();
    let id = id(&maria);
    loja.antes("trocar", 1, encerrar);
    let tarde = por(&mut maria, "caneca");
    assert_eq!((tarde.codigo, tarde.cabecalho("Set-Cookie")), (401, None));
    assert_eq!(guardada(&maria, &id), None);
    maria.esta_fora("encerrada");
}

#[test]
fn uma_pagina_le_a_sessao_uma_vez_e_so_grava_o_que_mudou() {
    let (loja, mut maria) = com_intrometido();
    for (caminho, produto, esperados) in [
        ("/estilo.css", None, &[][..]),
        // As guardas `Usuario` e `Sessao` da mesma rota.
        ("/dashboard", None, &["ler"]),
        ("/admin", None, &["ler"]),
        ("/carrinho", Some("caneca"), &["ler", "trocar"]),
        ("/carrinho", Some(""), &["ler"]),
    ] {
        loja.pedidos.lock().unwrap().clear();
        match produto {
            Some(produto) => por(&mut maria, produto),
            None => maria.abrir(caminho),
        };
        assert_eq!(*loja.pedidos.lock().unwrap(), esperados, "{caminho}");
    }
}

#[test]
fn se_o_armazenamento_nao_responde_a_pagina_diz_503_e_nao_um_sucesso_que_nao_houve() {
    let (loja, mut maria) = com_intrometido();
    let mut outra = maria.clone();
    outra.cabecalhos.push(("Accept", "text/html".to_owned()));
    for operacao in ["ler", "trocar", "apagar"] {
        loja.falha(operacao);
        let caminho = if operacao == "apagar" { "/logout" } else { "/carrinho" };
        let resposta = outra.postar(caminho, "produto=caneca");
        recusa(&resposta, 503, "<h1>Serviço indisponível</h1>");
        let tem = ["Set-Cookie", "Location", "Cache-Control"];
        let tem = tem.map(|nome| resposta.cabecalho(nome));
        assert_eq!(tem, [None, None, Some("no-store")], "{operacao}");
        loja.responde();
        maria.abrir("/perfil").mostra("Cargo: cliente");
        maria.abrir("/carrinho").mostra("está vazio");
    }
}

#[test]
fn com_o_armazenamento_cheio_quem_sai_sai_e_a_pagina_diz_isso() {
    for operacao in ["criar", "trocar"] {
        let (loja, mut maria) = com_intrometido();
        let mut copia = maria.clone();
        loja.falha(operacao);
        maria.sair().leva_a("/login", operacao);
        maria.abrir("/login").mostra("Você saiu.");
        copia.esta_fora("a cópia");
    }
}

#[test]
fn a_saude_diz_se_o_armazenamento_responde() {
    let (loja, mut maria) = com_intrometido();
    for (operacao, codigo) in [("", 200), ("ler", 503), ("criar", 503)] {
        loja.falha(operacao);
        let saude = maria.abrir("/saude");
        assert_eq!((saude.codigo, saude.cabecalho("Set-Cookie")), (codigo, None));
    }
}

#[test]
fn quem_sempre_perde_a_vez_desiste_em_2_segundos() {
    let (loja, mut maria) = com_intrometido();
    loja.antes("trocar", u32::MAX, |dentro, chave| {
        mudar_o_carrinho(dentro, chave, json!({ "livro": 1 }))
    });
    let inicio = Instant::now();
    assert_eq!(por(&mut maria, "x").codigo, 503);
    assert!(inicio.elapsed() >= Duration::from_secs(2));
}
