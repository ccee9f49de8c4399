//! Entrar, voltar à página que pediu o login, e o que cada cargo abre.

use time::Duration;

use super::apoio::*;

#[test]
fn sem_login_as_paginas_levam_ao_login_e_ele_leva_de_volta() {
    let mut visitante = visitante();
    for pagina in ["/dashboard", "/perfil", "/sessoes"] {
        let resposta = visitante.outro().abrir(pagina);
        let destino = resposta.cabecalho("Location").unwrap();
        assert_eq!(destino, format!("/login?volta={}", pagina.replace('/', "%2F")));
        let escrita = pagina.replace('/', "&#x2f;");
        let campo = format!(r#"name="volta" value="{escrita}""#);
        visitante.outro().abrir(destino).mostra(&campo);
        let campos = format!("username=admin&password=123&volta={pagina}");
        visitante.postar("/login_submit", &campos).leva_a(pagina, "volta");
    }
    // Mas nunca a outro site.
    for volta in ["//evil.example", "https://evil.example", "/%5Cevil.example", ""] {
        let campos = format!("username=admin&password=123&volta={volta}");
        visitante.postar("/login_submit", &campos).leva_a("/dashboard", volta);
    }
}

#[test]
fn a_pagina_do_admin_pede_login_e_o_cargo() {
    let mut admin = maria();
    admin.cabecalhos = vec![("Accept", "text/html".to_owned())];
    for (codigo, titulo, acao) in [
        (403, "Acesso negado", "/logout"),
        (401, "Login necessário", "/login"),
        (200, "Administração", "/remover_cargo"),
        (403, "Acesso negado", "/logout"),
    ] {
        let resposta = admin.abrir("/admin");
        let mostra = resposta.corpo.contains(&format!("<h1>{titulo}</h1>"));
        assert!(resposta.codigo == codigo && mostra, "{codigo}: {}", resposta.corpo);
        if acao == "/login" {
            admin.entrar()
        } else {
            admin.postar(acao, "")
        };
    }
}

#[test]
fn um_formulario_aberto_antes_do_login_ou_em_outra_aba_vale_depois_dele() {
    let mut uma_aba = visitante();
    // As duas abas abriram a página antes que houvesse um cookie.
    uma_aba.abrir("/carrinho").mostra("Nada ainda");
    por(&mut uma_aba, "%3Cb%3E").leva_a("/carrinho", "a segunda aba");
    uma_aba.entrar();
    por(&mut uma_aba, "p%C3%A3o").leva_a("/carrinho", "aberto antes do login");
    // Um produto nunca vira código na página.
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
    // O login e o carrinho não dependem da sessão que terminou.
    let mut terminada = ate_terminar();
    por(&mut terminada, "caneca").leva_a("/carrinho", "carrinho");
    let carrinho = terminada.abrir("/carrinho");
    carrinho.mostra("terminou por falta de uso. O carrinho começou de novo.</p>");
    carrinho.mostra("<li>caneca: 1</li>");
    ate_terminar().entrar().leva_a("/dashboard", "a senha digitada não se perde");
}
