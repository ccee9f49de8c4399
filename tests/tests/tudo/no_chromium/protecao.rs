//! A proteção do capítulo 8 em um Chromium de verdade, e o que acontecia sem ela no capítulo 7; e o
//! que muda em release.

use book::navegador::Navegador;
use book::processo::{Processo, chave_de_teste, servidor};
use serde_json::json;
use tests::chromium::{Chromium, outro_servidor};

const ANTES: &str = "cap07-validade";
const DEPOIS: &str = "cap08-protecao";

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn depois_do_logout_o_botao_de_voltar_so_mostra_a_pagina_no_capitulo_7() {
    let chromium = Chromium::novo(1200, "light");
    for (capitulo, mostra) in [(ANTES, true), (DEPOIS, false)] {
        let site = Site::novo(&chromium, capitulo);
        site.entrar();
        site.abrir("/perfil");
        assert!(site.mostra("Seu perfil."), "{capitulo}");
        site.clicar("a[href='/logout'], form[action='/logout'] button");
        assert!(site.mostra("Login"), "{capitulo}");
        // A página pode voltar como estava, sem carregar: só o endereço diz que ela chegou.
        chromium.executar("history.back()");
        let chegou =
            "!location.href.endsWith('/login') && document.readyState === 'complete'";
        chromium.esperar(chegou);
        assert_eq!(site.mostra("Seu perfil."), mostra, "{capitulo}");
    }
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn a_politica_de_conteudo_nao_barra_nada_do_que_o_capitulo_8_mostra() {
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
    percorrer(&[
        ("/login", "/login_submit"),
        ("/login?volta=%2Fperfil", "/login_submit"),
        ("/nao-existe", ""),
        ("/admin", ""),
    ]);
    site.entrar();
    percorrer(&[
        ("/dashboard", ""),
        ("/admin", ""),
        ("/raio-x", "/raio-x/adulterar"),
        ("/perfil", "/remover_cargo"),
        ("/perfil", "/logout"),
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
fn um_formulario_de_outra_porta_leva_os_cookies_e_so_muda_algo_no_capitulo_7() {
    let chromium = Chromium::novo(1200, "light");
    for (capitulo, site_do_formulario, caminho, perfil) in [
        // De outro site, `SameSite=Strict` deixa os cookies para trás.
        (ANTES, "localhost", "/remover_cargo", "Cargo: admin"),
        // A porta não faz parte do site: daqui os cookies vão.
        (ANTES, "127.0.0.1", "/remover_cargo", "Cargo: visitante"),
        (DEPOIS, "localhost", "/remover_cargo", "Cargo: admin"),
        (DEPOIS, "127.0.0.1", "/remover_cargo", "Cargo: admin"),
        (DEPOIS, "localhost", "/logout", "Cargo: admin"),
        (DEPOIS, "127.0.0.1", "/logout", "Cargo: admin"),
    ] {
        let caso = format!("{capitulo}, {caminho}, de {site_do_formulario}");
        let site = Site::novo(&chromium, capitulo);
        site.entrar();
        let destino = format!("{}{caminho}", site.processo.endereco);
        let porta = outro_servidor(&format!(
            "<form action='{destino}' method='post'><button>Ganhe um brinde</button></form>"
        ));
        chromium.abrir(&format!("http://{site_do_formulario}:{porta}"));
        site.clicar("button");
        assert!(site.processo.saida().contains(&format!("POST {caminho} ")), "{caso}");
        site.abrir("/perfil");
        assert!(site.mostra(perfil), "{caso}");
    }
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_cookie_de_https_tambem_serve_em_http_na_propria_maquina_no_chromium() {
    let chromium = Chromium::novo(1200, "light");
    let mut com_https = servidor(DEPOIS, &chave_de_teste('1'));
    com_https.env("ROCKET_PROTECAO", "{https=true}");
    let site = Site { chromium: &chromium, processo: Processo::iniciar(com_https) };
    let token = || {
        site.abrir("/login");
        chromium.executar("return document.querySelector('[name=csrf]').value")
    };
    // O token é da sessão: se é o mesmo, o cookie foi e voltou.
    assert_eq!(token(), token());
    let endereco = json!({ "urls": [site.processo.endereco] });
    let cookies = chromium.comandar("Network.getCookies", endereco);
    let cookie = &cookies["cookies"][0];
    assert_eq!(cookie["name"], "__Host-session");
    assert_eq!(cookie["secure"], true);
    // O formulário, não: para este servidor, uma página de `http://` é de outra origem.
    site.entrar();
    assert!(site.mostra("Acesso negado"));
}

#[test]
fn em_release_o_capitulo_8_conta_com_https_sem_que_ninguem_peca() {
    for (perfil, nome, hsts) in [
        ("debug", "session=", None),
        ("release", "__Host-session=", Some("max-age=31536000; includeSubDomains")),
    ] {
        let mut comando = servidor(DEPOIS, &chave_de_teste('1'));
        comando.env("ROCKET_PROFILE", perfil);
        let processo = Processo::iniciar(comando);
        let resposta = Navegador::novo(&processo.endereco).get("/login");
        let cookie = resposta.cabecalho("set-cookie").unwrap();
        assert!(cookie.starts_with(nome), "{perfil}: {cookie}");
        assert_eq!(resposta.cabecalho("strict-transport-security"), hsts, "{perfil}");
    }
}

/// Um capítulo no ar, visto por quem ainda não tem cookies.
struct Site<'c> {
    chromium: &'c Chromium,
    processo: Processo,
}

impl Site<'_> {
    fn novo<'c>(chromium: &'c Chromium, capitulo: &str) -> Site<'c> {
        chromium.esquecer_cookies();
        let processo = Processo::capitulo(capitulo, &chave_de_teste('1'));
        Site { chromium, processo }
    }

    fn abrir(&self, caminho: &str) {
        self.chromium.abrir(&format!("{}{caminho}", self.processo.endereco));
    }

    fn clicar(&self, seletor: &str) {
        self.chromium.navegar(|chromium| chromium.clicar(seletor));
    }

    fn entrar(&self) {
        self.abrir("/login");
        self.chromium.executar(
            "document.querySelector('[name=username]').value = 'admin';
            document.querySelector('[name=password]').value = '123';",
        );
        self.clicar("main button");
    }

    fn mostra(&self, frase: &str) -> bool {
        let main = "return document.querySelector('main')?.innerText ?? ''";
        let texto = self.chromium.executar(main);
        texto.as_str().is_some_and(|texto| texto.contains(frase))
    }
}
