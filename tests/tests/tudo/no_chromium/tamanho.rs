//! O cookie grande demais em um Chromium de verdade: o capítulo 6 não avisa, o 7 avisa.

use book::processo::{Processo, chave_de_teste};
use serde_json::json;
use tests::chromium::Chromium;

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_produto_que_nao_cabe_some_no_capitulo_6_e_o_capitulo_7_avisa() {
    let chromium = Chromium::novo(1200, "light");
    for (capitulo, aviso) in [("cap06-dicionario", false), ("cap07-tamanho", true)] {
        chromium.esquecer_cookies();
        let site = Processo::capitulo(capitulo, &chave_de_teste('1'));
        let carrinho = format!("{}/carrinho", site.endereco);
        let por = |produto: &str| {
            chromium.abrir(&carrinho);
            let produto = json!(produto);
            chromium.executar(&format!(
                "document.querySelector('#produto').value = {produto}"
            ));
            chromium.navegar(|chromium| chromium.clicar("main button"));
        };
        por("caneca");
        por(&"a".repeat(5_000));
        let pagina =
            chromium.executar("return document.querySelector('main').innerText");
        let pagina = pagina.as_str().unwrap();
        assert!(pagina.contains("caneca") && !pagina.contains("aaa"), "{capitulo}");
        let avisou = pagina.contains("Não cabe mais nada na sessão");
        assert_eq!(avisou, aviso, "{capitulo}: {pagina}");
    }
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_chromium_guarda_um_cookie_de_4096_bytes_e_descarta_um_maior() {
    let chromium = Chromium::novo(1200, "light");
    let site = Processo::capitulo("cap07-tamanho", &chave_de_teste('1'));
    chromium.abrir(&format!("{}/login", site.endereco));
    // O limite é da soma do nome com o valor; o sinal de igual não conta.
    for (valor, guarda) in [(4_092, true), (4_093, false)] {
        chromium.esquecer_cookies();
        chromium.executar(&format!("document.cookie = 'nome=' + 'a'.repeat({valor})"));
        let cookies = chromium.executar("return document.cookie.length");
        assert_eq!(cookies != json!(0), guarda, "{valor}: {cookies}");
    }
}
