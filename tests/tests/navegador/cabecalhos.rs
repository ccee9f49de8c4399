//! O que o Chromium faz com os cookies e com as páginas dos capítulos 5, 7 e 13, o que acontece sem
//! eles no capítulo 6, e o que um subdomínio vizinho consegue.

use serde_json::json;
use tests::janela::Janela;

use super::origem::{FORMULARIO, IMAGEM, LINK};
use super::{SAIR, Site};

const ANTES: &str = "cap06-dicionario";
/// O Chromium leva todo nome terminado em `localhost` a esta máquina e confia nele como em HTTPS.
const LOJA: &str = "loja.sitio.localhost";
const VIZINHO: &str = "mau.sitio.localhost";

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
    let chromium = Janela::chromium();
    for (capitulo, perfil, mostra) in
        // O Chromium trata a própria máquina como segura: o cookie de HTTPS vai e é apagado.
        [(ANTES, "debug", true), ("cap13-navegador", "release", false)]
    {
        let site = Site::em(&chromium, capitulo, perfil, "127.0.0.1");
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
            site.janela.navegar("a[href='/logout']");
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
fn o_cookie_de_um_subdominio_vizinho_so_troca_a_sessao_sem_o_prefixo() {
    let chromium = Janela::chromium();
    // No perfil debug o nome é comum, e qualquer vizinho o escreve.
    let loja = Site::em(&chromium, ANTES, "debug", LOJA);
    assert_eq!(depois_de_o_vizinho_escrever(&loja, "session"), (true, "maria"));

    // Os capítulos em que o cookie se chama `__Host-session`.
    for capitulo in ["cap13-navegador", "cap18-completa"] {
        let loja = Site::em(&chromium, capitulo, "release", LOJA);
        for (nome, chega) in [
            ("session", true),
            // O prefixo, o navegador confere, também em maiúsculas e em um cookie sem nome.
            ("__Host-session", false),
            ("__HOST-session", false),
            ("=__Host-session", false),
            // Os nomes que só depois de lidos são o nosso, ele não confere.
            ("%5F%5FHost-session", true),
            ("__Host%2dsession", true),
            ("\u{2000}__Host-session", true),
        ] {
            let veio = depois_de_o_vizinho_escrever(&loja, nome);
            assert_eq!(veio, (chega, "admin"), "{capitulo}: {nome:?}");
        }
    }
}

/// O vizinho quer a sessão da maria no lugar da do admin: se o cookie que ele escreve com este nome
/// chega à loja e, depois dele, de quem é a sessão.
fn depois_de_o_vizinho_escrever(loja: &Site, nome: &str) -> (bool, &'static str) {
    let chromium = loja.janela;
    loja.abrir("/login");
    chromium.esquecer_cookies();
    loja.entrar_como("maria", "456");
    let maria = chromium.cookies()[0]["value"].as_str().unwrap().to_owned();
    chromium.esquecer_cookies();
    loja.entrar();
    let quantos = || chromium.cookies().as_array().unwrap().len();
    let antes = quantos();
    chromium.abrir(&format!("{}/login", loja.processo.endereco.replace(LOJA, VIZINHO)));
    let cookie = format!("{nome}={maria}; Domain=sitio.localhost; Path=/; Secure");
    chromium.executar(&format!("document.cookie = {}", json!(cookie)));
    // O navegador envia o cookie mais novo por último, e é com o último que o Rocket fica.
    let admin = loja.mostra_em("/dashboard", "Bem-vindo, admin!");
    (quantos() > antes, if admin { "admin" } else { "maria" })
}
