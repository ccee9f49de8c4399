//! As telas dos capítulos em um Chromium de verdade: para quem só usa o teclado, para quem não enxerga
//! bem e no celular.

use std::cell::RefCell;
use std::collections::BTreeSet;

use book::processo::pasta_do_capitulo;
use serde_json::json;
use tests::capitulos;
use tests::janela::Janela;
use thirtyfour::Key;

use super::Site;

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn nenhuma_tela_tem_barreiras_esconde_o_foco_ou_rola_para_o_lado_no_celular() {
    let chromium = Janela::chromium();
    let vistas = RefCell::new(BTreeSet::new());
    let olhar = |lugar: &str| {
        // De um capítulo para o outro, só mudam os cookies e os tamanhos deles em quase toda tela.
        let html =
            "return document.body.outerHTML.replace(/[\\w%+/=-]{32,}|\\d/g, '');";
        if vistas.borrow_mut().insert(chromium.executar(html).to_string()) {
            o_foco_passa_por_tudo(&chromium, lugar);
            chromium.examinar(lugar);
        }
    };
    for capitulo in com_telas_novas() {
        let site = Site::novo(&chromium, &capitulo);
        site.explorar(&olhar);
        // Duas sessões em outros navegadores: uma para encerrar sozinha, e as que restam.
        for _ in 0..2 {
            site.entrar();
            chromium.esquecer_cookies();
        }
        site.entrar();
        let cookie = json!({ "url": site.processo.endereco, "name": "n".repeat(80),
            "value": "v".repeat(3_000) });
        chromium.comandar("Network.setCookie", cookie);
        site.explorar(&olhar);
    }
}

/// Os capítulos com templates que não são os mesmos de um anterior.
fn com_telas_novas() -> impl Iterator<Item = String> {
    let mut vistos = BTreeSet::new();
    capitulos().into_iter().filter(move |capitulo| {
        let templates = tests::arquivos(&pasta_do_capitulo(capitulo).join("templates"));
        vistos.insert(templates.iter().map(tests::ler).collect::<String>())
    })
}

/// Cada Tab leva ao que vem depois na tela, e sempre se vê onde está o foco.
fn o_foco_passa_por_tudo(chromium: &Janela, lugar: &str) {
    let quantos = chromium.executar(
        "window.focaveis = [...document.querySelectorAll(
            'a[href], button, input:not([type=hidden]), select, textarea, summary')];
        document.activeElement.blur();
        return focaveis.length;",
    );
    for ordem in 0..quantos.as_u64().unwrap() {
        chromium.teclar(Key::Tab);
        let foco = chromium.executar(
            "const alvo = document.activeElement;
            const { outlineStyle, outlineWidth } = getComputedStyle(alvo);
            const { top, bottom } = alvo.getBoundingClientRect();
            return [focaveis.indexOf(alvo),
                outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
                // O navegador rola em pixels inteiros, e a medida é fracionária.
                top >= 0 && Math.floor(bottom) <= innerHeight];",
        );
        assert_eq!(
            foco,
            json!([ordem, true, true]),
            "{lugar}: ordem, contorno e altura"
        );
    }
}
