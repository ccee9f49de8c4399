//! As telas dos capítulos em um Chromium de verdade: para quem só usa o teclado, para quem não enxerga
//! bem e no celular.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::json;
use tests::capitulos;
use tests::janela::{CELULAR, Janela, LARGO};
use thirtyfour::Key;

use super::{ENTRAR, SAIR, Site, alvo};

const RAIO_X: &str = "/raio-x";

/// As etapas da lição, na ordem em que se clica, e o que a página diz depois de cada uma.
const ETAPAS: [(&str, &str); 7] = [
    (ENTRAR, ""),
    ("/dashboard", "Bem-vindo, admin! Seu ID é: 12345"),
    ("/perfil", "Seu perfil. Cargo: admin"),
    ("/remover_cargo", "Seu perfil. Cargo: visitante"),
    (RAIO_X, "Raio-X da sessão"),
    ("/raio-x/adulterar", "O servidor não vê nada: a chave atual não abre."),
    (SAIR, "Entrar"),
];

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn cada_etapa_de_cada_capitulo_funciona_so_com_o_teclado() {
    let chromium = Janela::chromium();
    let mut cumpridas = BTreeSet::new();
    for capitulo in capitulos() {
        let site = Site::novo(&chromium, &capitulo);
        pular_o_menu(&site);
        // Sem nenhum cookie, o Raio-X não teria o que adulterar.
        guardar(&site, "z", "1");
        let rotas = site.processo.rotas();
        let tem =
            |etapa: &str| rotas.iter().any(|rota| rota.trim_end_matches('/') == etapa);
        let antes = std::mem::take(&mut cumpridas);
        for (etapa, prova) in ETAPAS.into_iter().filter(|(etapa, _)| tem(etapa)) {
            let cookies = valores(&site);
            cumprir(&site, etapa);
            let mudaram = cookies != valores(&site);
            assert!(!mudaram || !etapa.starts_with(RAIO_X), "{capitulo}, {etapa}");
            assert!(site.mostra(prova), "{capitulo}: falta «{prova}» em {etapa}");
            cumpridas.insert(etapa);
        }
        assert!(cumpridas.is_superset(&antes), "{capitulo}: {cumpridas:?}");
        site.abrir("/dashboard");
        assert!(!site.mostra("Bem-vindo") || !tem(SAIR), "{capitulo}: não saiu");
    }
    let existe = |etapa: &&str| cfg!(debug_assertions) || !etapa.starts_with(RAIO_X);
    let todas = ETAPAS.iter().map(|(etapa, _)| *etapa).filter(existe).collect();
    assert_eq!(cumpridas, todas, "no último capítulo");
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn nenhuma_tela_tem_barreiras_esconde_o_foco_ou_rola_para_o_lado_no_celular() {
    let chromium = Janela::chromium();
    let vistas = RefCell::new(BTreeSet::new());
    let olhar = |lugar: &str| {
        // De um capítulo para o outro, quase toda tela é a mesma.
        if vistas.borrow_mut().insert(aparencia(&chromium)) {
            o_foco_passa_por_tudo(&chromium, lugar);
            chromium.examinar(lugar);
            chromium.vestir(CELULAR, "dark");
            chromium.examinar(&format!("{lugar}, no celular, no escuro"));
            chromium.vestir(LARGO, "light");
        }
    };
    for capitulo in capitulos() {
        let site = Site::novo(&chromium, &capitulo);
        site.explorar(&olhar);
        // Duas sessões em outros navegadores: uma para encerrar sozinha, e as que restam.
        for _ in 0..2 {
            site.entrar();
            chromium.esquecer_cookies();
        }
        site.entrar();
        guardar(&site, &"n".repeat(80), &"v".repeat(3_000));
        site.explorar(&olhar);
    }
}

/// O que a tela mostra, sem o que muda a cada vez: os cookies e os tamanhos deles.
fn aparencia(chromium: &Janela) -> String {
    let html = "return document.body.outerHTML.replace(/[\\w%+/=-]{32,}|\\d/g, '');";
    chromium.executar(html).to_string()
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
            const { top, right, bottom, left } = alvo.getBoundingClientRect();
            // O navegador rola em pixels inteiros, e a medida é fracionária.
            const abaixo = Math.floor(bottom) - innerHeight;
            return {
                ordem: focaveis.indexOf(alvo),
                contorno: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
                na_tela: top >= 0 && left >= 0 && abaixo <= 0 && right <= innerWidth,
            };",
        );
        let certo = json!({ "ordem": ordem, "contorno": true, "na_tela": true });
        assert_eq!(foco, certo, "{lugar}");
    }
}

/// Os nomes e os valores dos cookies que o navegador guarda.
fn valores(site: &Site) -> BTreeSet<String> {
    let cookies = site.chromium.cookies();
    let cookies = cookies.as_array().unwrap().iter();
    cookies.map(|cookie| format!("{}={}", cookie["name"], cookie["value"])).collect()
}

fn guardar(site: &Site, nome: &str, valor: &str) {
    let cookie = json!({ "name": nome, "value": valor, "url": site.processo.endereco });
    site.chromium.comandar("Network.setCookie", cookie);
}

/// O primeiro Tab oferece pular o menu, e o segundo já está depois dele.
fn pular_o_menu(site: &Site) {
    site.chromium.teclar(Key::Tab);
    let pular = site.texto_de("document.activeElement");
    assert_eq!(pular, "Pular para o conteúdo", "{}", site.capitulo);
    site.chromium.teclar(Key::Enter);
    site.chromium.esperar("document.activeElement.matches('main')");
    site.chromium.teclar(Key::Tab);
    assert!(!site.tem("nav :focus"), "{}", site.capitulo);
}

fn cumprir(site: &Site, etapa: &str) {
    if etapa == ENTRAR {
        for (campo, texto) in [("username", "admin"), ("password", "123")] {
            tabular_ate(site, &format!("[name={campo}]"));
            site.chromium.teclar(texto);
        }
    } else if etapa == SAIR && !site.tem(&alvo(SAIR)) {
        // O Raio-X não é do capítulo e não tem o formulário que sai.
        site.clicar("a[href='/perfil']");
    }
    tabular_ate(site, &alvo(etapa));
    site.chromium.navegar(|chromium| chromium.teclar(Key::Enter));
}

/// Aperta Tab até que o foco chegue ao elemento.
fn tabular_ate(site: &Site, seletor: &str) {
    let chegou = format!("return document.activeElement.matches({});", json!(seletor));
    let chegou = (0..50).any(|_| {
        site.chromium.teclar(Key::Tab);
        site.chromium.executar(&chegou) == json!(true)
    });
    assert!(chegou, "{}: o Tab não chega a {seletor}", site.capitulo);
}
