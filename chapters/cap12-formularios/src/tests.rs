//! O que o capítulo 12 promete.

use rocket::http::Method;
use rocket::{put, routes};
use teste::{Resposta, Visitante, caminhos::*};

teste::promessas!(super::rocket: casa, login, corpos, paginas, saida, dicionario);

/// Tudo o que muda algo, com os campos que a rota espera.
const FORMULARIOS: [(&str, &str); 4] = [
    (LOGIN_SUBMIT, "username=maria&password=456"),
    (REMOVER_CARGO, ""),
    (LOGOUT, ""),
    (CARRINHO, "produto=caneca"),
];
const DAQUI: (&str, &str) = ("Sec-Fetch-Site", "same-origin");
const DE_FORA: (&str, &str) = ("Sec-Fetch-Site", "cross-site");

#[test]
fn todo_formulario_que_vem_de_outro_site_recebe_403_e_nada_muda() {
    for cabecalhos in [
        // Um navegador atual, de outro site e de outra porta ou subdomínio.
        [DE_FORA, ("Origin", "https://outro.example")].as_slice(),
        &[("Sec-Fetch-Site", "same-site"), ("Origin", "http://127.0.0.1:8001")],
        // O que ele diz em `Sec-Fetch-Site` vale mais do que a origem.
        &[DE_FORA, ("Origin", "http://127.0.0.1:8000")],
        // Um de antes de 2023 só diz a origem.
        &[("Origin", "https://outro.example")],
        &[("Origin", "http://127.0.0.1:8001")],
        &[("Origin", "http://127.0.0.1:8000.outro.example")],
        &[("Origin", "null")],
    ] {
        so_recusa(cabecalhos);
    }
}

#[test]
fn um_valor_que_nenhum_navegador_escreve_tambem_recebe_403() {
    for valor in ["", " ", "Same-Origin", "NONE", "same-origin, none", "outro"] {
        so_recusa(&[("Sec-Fetch-Site", valor)]);
    }
    for valor in ["", "127.0.0.1:8000", "http:127.0.0.1:8000", "://", "http://"] {
        so_recusa(&[("Origin", valor)]);
    }
    so_recusa(&[DAQUI, DE_FORA]);
    so_recusa(&[DAQUI, DAQUI]);
    let esta = ("Origin", "http://127.0.0.1:8000");
    so_recusa(&[esta, esta]);
}

#[test]
fn um_formulario_deste_site_passa_com_o_que_o_navegador_e_os_proxies_dizem() {
    // O último é o de um programa, que não diz nada.
    for cabecalhos in [
        [DAQUI, ("Origin", "http://127.0.0.1:8000")].as_slice(),
        // Com `Referrer-Policy: no-referrer`, o navegador esconde a própria origem.
        &[DAQUI, ("Origin", "null")],
        // O proxy do Codespaces troca a origem e deixa o `Host` público.
        &[DAQUI, ("Origin", "http://localhost:3000")],
        &[("Sec-Fetch-Site", "none")],
        &[("Origin", "http://127.0.0.1:8000")],
        &[("Origin", "https://127.0.0.1:8000")],
        &[],
    ] {
        let mut visitante = com(&Visitante::novo(super::rocket()), cabecalhos);
        visitante.entrar().leva_a(DASHBOARD, &format!("{cabecalhos:?}"));
    }
}

#[test]
fn abrir_uma_pagina_nao_comeca_uma_sessao_nem_apaga_a_de_ninguem() {
    // Quem chega de fora sem o cookie, como faz o `Strict`, não recebe outro no lugar.
    let visitante = Visitante::novo(super::rocket());
    for pagina in [LOGIN, CARRINHO, DASHBOARD, PERFIL] {
        let resposta = de_fora(&visitante).abrir(pagina);
        assert_eq!(resposta.cabecalho("Set-Cookie"), None, "{pagina}");
    }
}

#[test]
fn duas_abas_abertas_juntas_e_um_formulario_de_antes_do_login_funcionam() {
    let mut visitante = com(&Visitante::novo(super::rocket()), &[DAQUI]);
    // As duas páginas abrem antes que haja um cookie; depois, cada uma envia o que mostrou.
    assert_eq!([(); 2].map(|()| visitante.abrir(CARRINHO).codigo), [200, 200]);
    visitante.postar(CARRINHO, "produto=caneca").leva_a(CARRINHO, "uma aba");
    visitante.postar(CARRINHO, "produto=copo").leva_a(CARRINHO, "a outra");
    visitante.entrar();
    visitante.postar(CARRINHO, "produto=prato").leva_a(CARRINHO, "de antes");
    let carrinho = visitante.abrir(CARRINHO).corpo;
    assert_eq!(carrinho.matches("<li>").count(), 3, "{carrinho}");
    visitante.enviar(PERFIL, REMOVER_CARGO, &[]).leva_a(PERFIL, "cargo");
    visitante.enviar(PERFIL, LOGOUT, &[]).leva_a(LOGIN, "logout");
    visitante.esta_fora("depois do logout");
}

#[test]
fn get_head_e_options_nao_mudam_nada_venham_de_onde_vierem() {
    let mut visitante = dentro(super::rocket());
    for metodo in [Method::Get, Method::Head, Method::Options] {
        for (caminho, campos) in FORMULARIOS {
            let caminho = format!("{caminho}?{campos}");
            let resposta = de_fora(&visitante).pedir(metodo, &caminho, None, b"");
            assert_eq!(resposta.cabecalho("Set-Cookie"), None, "{metodo} {caminho}");
        }
    }
    assert_eq!(visitante.abrir(LOGOUT).codigo, 404);
    nada_mudou(&mut visitante, "depois de tudo");
}

#[test]
fn a_rota_de_que_o_autor_esqueceu_tambem_esta_coberta() {
    #[put("/esquecida")]
    fn esquecida(mut sessao: super::Sessao<'_>) {
        sessao.limpar();
    }
    let mut visitante = dentro(super::rocket().mount("/", routes![esquecida]));
    let put = de_fora(&visitante).pedir(Method::Put, "/esquecida", None, b"");
    recusada(&put, "PUT");
    nada_mudou(&mut visitante, "depois do PUT");
    visitante.pedir(Method::Put, "/esquecida", None, b"");
    visitante.esta_fora("a rota funciona para quem é daqui");
}

#[test]
fn de_outro_site_todo_outro_metodo_recebe_403_mesmo_onde_nao_ha_rota() {
    let mut visitante = dentro(super::rocket());
    for metodo in [Method::Post, Method::Put, Method::Delete, Method::Patch] {
        for caminho in [LOGOUT, PERFIL, "/nao-existe"] {
            let resposta = de_fora(&visitante).pedir(metodo, caminho, None, b"");
            recusada(&resposta, &format!("{metodo} {caminho}"));
        }
    }
    nada_mudou(&mut visitante, "depois de tudo");
    // A rota das recusas não é uma página, e quem a pede também é recusado.
    assert_eq!(visitante.abrir("/veio_de_outra_origem").codigo, 404);
    recusada(&visitante.postar("/veio_de_outra_origem", ""), "de propósito");
}

#[test]
fn um_formulario_de_outro_site_nao_escapa_com_o_campo_method() {
    let mut visitante = dentro(super::rocket());
    for metodo in ["get", "HEAD", "options", "put", "delete"] {
        for (caminho, campos) in FORMULARIOS {
            let corpo = format!("_method={metodo}&{campos}");
            let resposta = de_fora(&visitante).postar(caminho, &corpo);
            recusada(&resposta, &format!("{corpo} em {caminho}"));
        }
    }
    nada_mudou(&mut visitante, "depois de tudo");
}

#[test]
fn o_cookie_da_sessao_vai_com_os_links_e_nao_com_os_formularios_de_outro_site() {
    let resposta = Visitante::novo(super::rocket()).entrar();
    let linha = resposta.set_cookie("session").unwrap();
    assert!(linha.contains("; SameSite=Lax;"), "{linha}");
}

fn dentro(aplicacao: rocket::Rocket<rocket::Build>) -> Visitante {
    let mut visitante = Visitante::novo(aplicacao);
    visitante.entrar();
    visitante
}

/// Uma cópia que diz a que servidor quer chegar, como todo navegador, e de onde vem.
fn com(visitante: &Visitante, cabecalhos: &[(&'static str, &str)]) -> Visitante {
    let mut outro = visitante.clone();
    outro.cabecalhos.push(("Host", "127.0.0.1:8000".to_owned()));
    let novos = cabecalhos.iter().map(|(nome, valor)| (*nome, (*valor).to_owned()));
    outro.cabecalhos.extend(novos);
    outro
}

fn de_fora(visitante: &Visitante) -> Visitante {
    com(visitante, &[DE_FORA])
}

/// Confere que nenhum formulário com estes cabeçalhos muda algo.
#[track_caller]
fn so_recusa(cabecalhos: &[(&'static str, &str)]) {
    let mut visitante = dentro(super::rocket());
    for (caminho, campos) in FORMULARIOS {
        let caso = format!("{caminho}, {cabecalhos:?}");
        recusada(&com(&visitante, cabecalhos).postar(caminho, campos), &caso);
        nada_mudou(&mut visitante, &caso);
    }
}

#[track_caller]
fn recusada(resposta: &Resposta, caso: &str) {
    let veio = (resposta.codigo, resposta.cabecalho("Set-Cookie"));
    assert_eq!(veio, (403, None), "{caso}");
}

#[track_caller]
fn nada_mudou(visitante: &mut Visitante, caso: &str) {
    let (perfil, carrinho) = (visitante.abrir(PERFIL), visitante.abrir(CARRINHO));
    let certo = perfil.corpo.contains("Cargo: admin");
    assert!(certo && carrinho.corpo.contains("está vazio"), "{caso}");
}
