//! Entrar, voltar à página que pediu o login, e o que cada cargo abre.

use rocket::http::{ContentType, Method};
use rocket_sessoes::site::volta::volta_segura;
use time::Duration;

use super::apoio::*;

#[test]
fn sem_login_as_paginas_levam_ao_login_e_ele_leva_de_volta() {
    for pagina in ["/dashboard", "/perfil", "/sessoes"] {
        let mut visitante = visitante();
        let resposta = visitante.abrir(pagina);
        let destino = resposta.cabecalho("Location").unwrap();
        assert_eq!(destino, format!("/login?volta={}", pagina.replace('/', "%2F")));
        let escrita = pagina.replace('/', "&#x2f;");
        let campo = format!(r#"name="volta" value="{escrita}""#);
        visitante.abrir(destino).mostra(&campo);
        let campos = format!("username=admin&password=123&volta={pagina}");
        visitante.postar("/login_submit", &campos).leva_a(pagina, "volta");
    }
}

#[test]
fn um_endereco_de_volta_nunca_leva_a_outro_site() {
    for volta in [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\r\nLocation: https://evil.example",
        "javascript:alert(1)",
        "/perfil\0",
        "/a//evil.example",
        "/%2F%2Fevil.example",
        &format!("/{}", "a".repeat(200)),
        "",
    ] {
        assert!(volta_segura(volta).is_none(), "{volta}");
    }
    let campos = "username=admin&password=123&volta=//evil.example";
    visitante().postar("/login_submit", campos).leva_a("/dashboard", "de fora");
}

#[test]
fn a_pagina_do_admin_pede_login_e_o_cargo() {
    let mut admin = maria();
    for (codigo, titulo) in [(403, "Acesso negado"), (200, "Administração")] {
        admin.cabecalhos = vec![("Accept", "text/html".to_owned())];
        let resposta = admin.abrir("/admin");
        assert_eq!(resposta.codigo, codigo);
        let titulo = format!("<h1>{titulo}</h1>");
        assert!(resposta.corpo.contains(&titulo), "{}", resposta.corpo);
        admin.entrar();
    }
    admin.enviar("/perfil", "/remover_cargo", &[]);
    assert_eq!(admin.abrir("/admin").codigo, 403, "quem perde o cargo perde a página");
    admin.sair();
    let sem_login = admin.abrir("/admin");
    assert_eq!(sem_login.codigo, 401);
    assert!(sem_login.corpo.contains("<h1>Login necessário</h1>"));
}

#[test]
fn um_formulario_aberto_antes_do_login_ou_em_outra_aba_vale_depois_dele() {
    let mut uma_aba = visitante();
    // As duas abas abriram a página antes que houvesse um cookie.
    uma_aba.abrir("/carrinho").mostra("Nada ainda");
    por(&mut uma_aba, "caneca").leva_a("/carrinho", "a segunda aba");
    uma_aba.entrar();
    por(&mut uma_aba, "p%C3%A3o").leva_a("/carrinho", "aberto antes do login");
    uma_aba.abrir("/carrinho").mostra("<li>caneca: 1</li>");
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
    // O login e o carrinho não dependem da sessão que terminou.
    let mut terminada = ate_terminar();
    por(&mut terminada, "caneca").leva_a("/carrinho", "carrinho");
    let carrinho = terminada.abrir("/carrinho");
    carrinho.mostra("terminou por falta de uso. O carrinho começou de novo.</p>");
    carrinho.mostra("<li>caneca: 1</li>");
    let login = ate_terminar().postar("/login_submit", "username=maria&password=456");
    login.leva_a("/dashboard", "a senha digitada não se perde");
}

#[test]
fn um_carrinho_que_nao_e_formulario_diz_o_que_falta_e_um_produto_nao_vira_codigo() {
    let mut visitante = visitante();
    let grande = format!("produto={}", "a".repeat(40_000));
    let nome = format!("produto={}", "a".repeat(101));
    for corpo in ["{}", "", "produto=", &nome, &grande] {
        let tipo = Some(ContentType::Form);
        let resposta =
            visitante.pedir(Method::Post, "/carrinho", tipo, corpo.as_bytes());
        let diz = resposta.corpo.contains("Escreva o nome do produto");
        assert!(resposta.codigo == 422 && diz, "{}", resposta.corpo);
    }
    por(&mut visitante, "<script>alert(1)</script>");
    let carrinho = visitante.abrir("/carrinho");
    carrinho.mostra("alert(1)");
    assert!(!carrinho.corpo.contains("<script>"), "{}", carrinho.corpo);
}
