//! As telas dos capítulos em um Chromium de verdade: para quem só usa o teclado, para quem não enxerga
//! bem e no celular.

use std::collections::BTreeSet;

use serde_json::json;
use tests::capitulos;
use tests::janela::Janela;
use thirtyfour::Key;

use super::Site;

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn nenhuma_tela_tem_barreiras_esconde_o_foco_ou_rola_para_o_lado_no_celular() {
    let chromium = Janela::chromium();
    chromium.executar_em_toda_pagina(
        "window.barrados = [];
        addEventListener('securitypolicyviolation', (um) => barrados.push(um.blockedURI));",
    );
    let mut vistas = BTreeSet::new();
    let mut olhar = |lugar: &str| {
        assert_eq!(chromium.executar("return barrados"), json!([]), "{lugar}");
        // De um capítulo para o outro, só mudam os cookies e os tamanhos deles em quase toda tela.
        let html =
            "return document.body.outerHTML.replace(/[\\w%+/=-]{32,}|\\d/g, '');";
        if vistas.insert(chromium.executar(html).to_string()) {
            o_foco_passa_por_tudo(&chromium, lugar);
            chromium.examinar(lugar);
        }
    };
    for capitulo in capitulos() {
        let site = Site::novo(&chromium, &capitulo);
        site.explorar(&mut olhar);
        // Duas sessões em outros navegadores: uma para encerrar sozinha, e as que restam.
        for _ in 0..2 {
            site.entrar();
            chromium.esquecer_cookies();
        }
        site.entrar();
        chromium.executar("document.cookie = 'n'.repeat(80) + '=' + 'v'.repeat(3_000)");
        site.explorar(&mut olhar);
    }
    // O que a política proíbe é barrado, e esta lista o mostraria.
    chromium.executar("document.body.innerHTML = '<p style=\"color: red\">Oi</p>'");
    chromium.esperar("barrados.length");
}

/// Cada Tab leva ao que vem depois na tela, e sempre se vê onde está o foco.
pub fn o_foco_passa_por_tudo(chromium: &Janela, lugar: &str) {
    let quantos = chromium.executar(
        "window.focaveis = [...document.querySelectorAll(
            'a[href], button, input, select, textarea, summary, [tabindex]')].filter((um) =>
                um.tabIndex >= 0 && um.checkVisibility() && !um.matches('.alternativa ~ * *'));
        document.body.tabIndex = -1, document.body.focus();
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
        assert_eq!(foco, json!([ordem, true, true]), "{lugar}: o foco");
    }
}
