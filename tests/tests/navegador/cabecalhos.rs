//! O que o Chromium faz com os cookies e com as páginas dos capítulos 5, 7 e 13, e o que acontece sem
//! eles no capítulo 6.

use serde_json::json;
use tests::janela::Janela;

use super::origem::{FORMULARIO, IMAGEM, LINK};
use super::{SAIR, Site};

const ANTES: &str = "cap06-dicionario";

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_same_site_strict_impede_que_outro_site_encerre_a_sessao() {
    let chromium = Janela::chromium();
    for capitulo in ["cap05-logout", "cap13-navegador"] {
        let site = Site::novo(&chromium, capitulo);
        site.entrar();
        for isca in [IMAGEM, LINK, FORMULARIO] {
            site.cair_em("localhost", isca, SAIR);
            let continua = site.mostra_em("/perfil", "Cargo: admin");
            assert!(continua, "{capitulo}: {isca} encerrou");
        }
    }
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_produto_que_nao_cabe_some_no_capitulo_6_e_o_capitulo_7_avisa() {
    let chromium = Janela::chromium();
    for (capitulo, aviso) in [(ANTES, false), ("cap07-tamanho", true)] {
        let site = Site::novo(&chromium, capitulo);
        for produto in ["caneca", &"a".repeat(5_000)] {
            site.abrir("/carrinho");
            site.preencher("produto", produto);
            site.clicar("main button");
        }
        assert!(site.mostra("caneca") && !site.mostra("aaa"), "{capitulo}");
        assert_eq!(site.mostra("Não cabe mais nada na sessão"), aviso, "{capitulo}");
    }
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_chromium_guarda_um_cookie_de_4096_bytes_e_descarta_um_maior() {
    let chromium = Janela::chromium();
    // O limite é da soma do nome com o valor; o sinal de igual não conta.
    for (valor, guarda) in [(4_092, true), (4_093, false)] {
        let _site = Site::novo(&chromium, "cap07-tamanho");
        chromium.executar(&format!("document.cookie = 'nome=' + 'a'.repeat({valor})"));
        assert_eq!(chromium.cookies() != json!([]), guarda, "{valor}");
    }
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn depois_do_logout_o_botao_de_voltar_so_mostra_a_pagina_no_capitulo_6() {
    let casos = [(ANTES, true), ("cap13-navegador", false)];
    let chromium = Janela::chromium();
    for (capitulo, mostra) in casos {
        let site = Site::novo(&chromium, capitulo);
        // O `no-store` não vale para a página a que o login leva: se um dia valer, a do capítulo 13
        // tem uma ressalva a menos.
        for (pagina, frase, mostra) in [
            ("/dashboard", "Bem-vindo, admin!", true),
            ("/perfil", "Seu perfil.", mostra),
        ] {
            site.entrar();
            if pagina != "/dashboard" {
                site.abrir(pagina);
            }
            site.clicar("a[href='/logout']");
            assert!(site.mostra("Entrar"), "{capitulo}");
            // A página pode voltar como estava, sem carregar: só falta nela o que se anota aqui.
            chromium.executar("window.antes = true; history.back()");
            chromium.esperar("!window.antes && document.readyState === 'complete'");
            assert_eq!(site.mostra(frase), mostra, "{capitulo}, {pagina}");
        }
    }
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn a_politica_de_conteudo_nao_barra_nada_do_que_o_capitulo_13_mostra() {
    let chromium = Janela::chromium();
    chromium.executar_em_toda_pagina(
        "window.barrados = [];
        addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
            barrados.push(`${effectiveDirective} ${blockedURI}`));",
    );
    let site = Site::novo(&chromium, "cap13-navegador");
    site.entrar();
    site.explorar(&|lugar| {
        assert_eq!(chromium.executar("return barrados"), json!([]), "{lugar}");
    });
    // O que a política proíbe é barrado, e esta lista o mostraria.
    chromium.executar(
        "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">Oi</p>')",
    );
    chromium.esperar("barrados.includes('style-src-attr inline')");
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_cookie_de_https_tambem_serve_em_http_na_propria_maquina_no_chromium() {
    let chromium = Janela::chromium();
    let site = Site::em(&chromium, "cap13-navegador", "release", "127.0.0.1");
    site.entrar();
    assert!(site.mostra("Bem-vindo, admin!"));
    let cookie = &chromium.cookies()[0];
    assert_eq!(cookie["name"], "__Host-session");
    assert_eq!(cookie["secure"], true);
    // A ordem de apagar também é aceita: o cookie tem o mesmo nome e o mesmo `Secure`.
    site.abrir(SAIR);
    assert!(site.mostra_em("/perfil", "Entrar"));
}
