//! O capítulo 12 em um Chromium de verdade, e o que acontece sem ele no capítulo 6.

use super::Site;
use tests::chromium::{Chromium, outro_servidor};

const ANTES: &str = "cap06-dicionario";
const DEPOIS: &str = "cap12-formularios";

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn um_formulario_de_outra_porta_leva_os_cookies_e_so_muda_algo_no_capitulo_6() {
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
fn uma_imagem_de_outra_porta_so_encerra_a_sessao_no_capitulo_6() {
    let chromium = Chromium::novo(1200, "light");
    for (capitulo, continua) in [(ANTES, false), (DEPOIS, true)] {
        let site = Site::novo(&chromium, capitulo);
        site.entrar();
        let porta =
            outro_servidor(&format!("<img src='{}/logout'>", site.processo.endereco));
        chromium.abrir(&format!("http://127.0.0.1:{porta}"));
        assert!(site.processo.saida().contains("GET /logout "), "{capitulo}");
        site.abrir("/perfil");
        assert_eq!(site.mostra("Cargo: admin"), continua, "{capitulo}");
    }
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn os_formularios_do_capitulo_12_funcionam_no_navegador() {
    let chromium = Chromium::novo(1200, "light");
    let site = Site::novo(&chromium, DEPOIS);
    site.entrar();
    assert!(site.mostra("Bem-vindo, admin!"));
    site.abrir("/carrinho");
    chromium.executar("document.querySelector('#produto').value = 'caneca'");
    site.clicar("main button");
    assert!(site.mostra("caneca"));
    site.abrir("/perfil");
    site.clicar("form[action='/remover_cargo'] button");
    assert!(site.mostra("Cargo: visitante"));
    site.clicar("form[action='/logout'] button");
    assert!(site.mostra("Login"));
}
