//! O capítulo 13 em um Chromium de verdade, e o que acontece sem ele no capítulo 6.

use super::Site;
use book::processo::{Processo, chave_de_teste, servidor};
use serde_json::json;
use tests::chromium::Chromium;

const ANTES: &str = "cap06-dicionario";
const DEPOIS: &str = "cap13-navegador";

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn depois_do_logout_o_botao_de_voltar_so_mostra_a_pagina_no_capitulo_6() {
    let chromium = Chromium::novo(1200, "light");
    for (capitulo, mostra) in [(ANTES, true), (DEPOIS, false)] {
        let site = Site::novo(&chromium, capitulo);
        site.entrar();
        site.abrir("/perfil");
        assert!(site.mostra("Seu perfil."), "{capitulo}");
        site.clicar("a[href='/logout']");
        assert!(site.mostra("Login"), "{capitulo}");
        // A página pode voltar como estava, sem carregar: só falta nela o que se anota aqui.
        chromium.executar("window.antes = true; history.back()");
        chromium.esperar("!window.antes && document.readyState === 'complete'");
        assert_eq!(site.mostra("Seu perfil."), mostra, "{capitulo}");
    }
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn a_politica_de_conteudo_nao_barra_nada_do_que_o_capitulo_13_mostra() {
    let chromium = Chromium::novo(1200, "light");
    let anotar = "window.barrados = [];
        addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
            barrados.push(`${effectiveDirective} ${blockedURI}`));";
    let anotar = json!({ "source": anotar });
    chromium.comandar("Page.addScriptToEvaluateOnNewDocument", anotar);
    let site = Site::novo(&chromium, DEPOIS);
    let nada_barrado = |lugar: &str| {
        let barrados = chromium.executar("return barrados");
        assert_eq!(barrados, json!([]), "{lugar}");
    };
    // Cada página e o formulário dela que se envia: o login, primeiro sem preencher.
    let percorrer = |passos: &[(&str, &str)]| {
        let rotas = site.processo.rotas();
        for (caminho, formulario) in passos {
            // Em release não há Raio-X.
            if *caminho == "/raio-x" && !rotas.iter().any(|rota| rota == caminho) {
                continue;
            }
            site.abrir(caminho);
            nada_barrado(caminho);
            if !formulario.is_empty() {
                site.clicar(&format!("form[action='{formulario}'] button"));
                nada_barrado(formulario);
            }
        }
    };
    percorrer(&[("/login", "/login_submit"), ("/nao-existe", ""), ("/admin", "")]);
    site.entrar();
    percorrer(&[
        ("/dashboard", ""),
        ("/admin", ""),
        ("/raio-x", "/raio-x/adulterar"),
        ("/perfil", "/remover_cargo"),
    ]);
    site.abrir("/carrinho");
    chromium.executar("document.querySelector('#produto').value = 'caneca'");
    site.clicar("main button");
    nada_barrado("/carrinho");
    // O que a política proíbe é barrado, e esta lista o mostraria.
    chromium.executar(
        "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">Oi</p>')",
    );
    chromium.esperar("barrados.includes('style-src-attr inline')");
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_cookie_de_https_tambem_serve_em_http_na_propria_maquina_no_chromium() {
    let chromium = Chromium::novo(1200, "light");
    let mut com_https = servidor(DEPOIS, &chave_de_teste('1'));
    com_https.env("ROCKET_PROFILE", "release");
    let site = Site { chromium: &chromium, processo: Processo::iniciar(com_https) };
    site.entrar();
    assert!(site.mostra("Bem-vindo, admin!"));
    let endereco = json!({ "urls": [site.processo.endereco] });
    let cookies = chromium.comandar("Network.getCookies", endereco);
    let cookie = &cookies["cookies"][0];
    assert_eq!(cookie["name"], "__Host-session");
    assert_eq!(cookie["secure"], true);
    // A ordem de apagar também é aceita: o cookie tem o mesmo nome e o mesmo `Secure`.
    site.abrir("/logout");
    site.abrir("/perfil");
    assert!(site.mostra("Login"));
}
