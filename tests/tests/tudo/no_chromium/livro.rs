//! O livro em um Chromium de verdade: o que só existe depois que os scripts da página executam.

use book::processo::{Processo, livro};
use serde_json::json;
use tempfile::TempDir;
use tests::arquivos;
use tests::chromium::Chromium;
use tests::pagina::ingles;
use thirtyfour::Key;

const LARGO: u32 = 1200;
const CELULAR: u32 = 360;

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn a_busca_acha_o_mesmo_com_e_sem_acento_e_em_qualquer_caixa() {
    let leitor = Leitor::novo(LARGO, "light");
    for (termos, pagina) in [
        (["sessão", "sessao"], "glossario.html#sessão"),
        (["requisição", "REQUISICAO"], "glossario.html#guarda-de-requisição"),
        (["você", "voce"], "introducao.html#o-que-você-vai-construir"),
        (["até", "ate"], "pontos-chave.html"),
        (["usuário", "usuario"], "cap03-armazenar.html"),
        (["chave secreta", "CHAVE Secreta"], "cap02-chave-secreta.html"),
        (["armazenar", "Armazenar"], "cap03-armazenar.html"),
        (["cripto", "CRIPTO"], "glossario.html#criptografado"),
        (["secret_key", "SECRET_KEY"], "cap02-chave-secreta.html"),
        (["\"sessão\"", "(sessao)"], "glossario.html#sessão"),
        (["cookie glossário", "glossario cookie"], "glossario.html#cookie"),
    ] {
        let [com, sem] = termos.map(|termo| leitor.pesquisar(termo).1);
        assert_eq!(com, sem, "{termos:?}");
        let achou = com.iter().any(|endereco| endereco.starts_with(pagina));
        assert!(achou, "{termos:?} não acha {pagina}, e sim {com:#?}");
    }
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn a_busca_exige_todas_as_palavras_e_conta_os_resultados_em_portugues() {
    let leitor = Leitor::novo(LARGO, "light");
    let contagem = |termo| leitor.pesquisar(termo).0;
    assert_eq!(contagem("cookie abacaxi"), "Nenhum resultado para “cookie abacaxi”.");
    assert_eq!(contagem("fairing tls"), "Nenhum resultado para “fairing tls”.");
    assert_eq!(contagem("xcode"), "1 resultado para “xcode”:");
    assert_eq!(contagem("cookie"), "20 resultados para “cookie”:");
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn a_busca_destaca_as_palavras_no_resultado_e_na_pagina() {
    let leitor = Leitor::novo(LARGO, "light");
    leitor.pesquisar("requisicao");
    let destacadas = leitor.chromium.executar(
        "return [...document.querySelectorAll('.teaser em')].map((e) => e.innerText.toLowerCase());",
    );
    let destacadas = destacadas.as_array().unwrap();
    assert!(!destacadas.is_empty());
    for palavra in destacadas {
        assert!(palavra.as_str().unwrap().contains("requisi"), "{palavra}");
    }
    leitor.abrir("glossario.html?highlight=requisicao");
    let marcada = leitor.chromium.esperar("document.querySelector('mark')?.innerText");
    assert_eq!(marcada.as_str().unwrap().to_lowercase(), "requisição");
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn nada_do_que_aparece_na_tela_esta_em_ingles() {
    let leitor = Leitor::novo(LARGO, "light");
    // A cada quadro, antes de ele ser desenhado: o que só pisca na tela também conta.
    let olhar = r#"
        window.vistos = new Set();
        (function olhar() {
            for (const e of document.querySelectorAll("body *")) {
                for (const nome of ["title", "aria-label", "placeholder"]) {
                    window.vistos.add(e.getAttribute(nome));
                }
                if (e.childElementCount === 0 && e.localName !== "script") {
                    window.vistos.add(e.textContent.trim());
                }
            }
            window.vistos.add(document.title);
            requestAnimationFrame(olhar);
        })();"#;
    leitor
        .chromium
        .comandar("Page.addScriptToEvaluateOnNewDocument", json!({ "source": olhar }));
    for pagina in ["cap01-importar.html", "cap05-logout.html", "nao-existe"] {
        leitor.abrir(pagina);
        leitor
            .chromium
            .executar("document.querySelector('#mdbook-theme-toggle').click()");
        leitor.chromium.teclar(Key::Escape);
        leitor.chromium.executar("document.querySelector('.clip-button')?.click()");
        leitor.chromium.executar("document.activeElement.blur()");
        leitor.chromium.teclar("?");
        leitor
            .chromium
            .esperar("document.querySelector('#mdbook-help-popup').offsetWidth > 0");
        leitor.chromium.teclar(Key::Escape);
        for termo in ["cookie", "xcode", "abacaxi"] {
            leitor.chromium.executar("document.activeElement.blur()");
            leitor.chromium.teclar("/");
            leitor.chromium.teclar(termo);
            leitor.chromium.esperar(&format!(
                "document.querySelector('#mdbook-searchresults-header').innerText.includes('{termo}')"
            ));
        }
        leitor.chromium.esperar(
            "new Promise((pronto) => requestAnimationFrame(() => requestAnimationFrame(() => pronto(true))))",
        );
        let vistos =
            leitor.chromium.executar("return [...window.vistos].filter(Boolean)");
        let vistos = vistos.as_array().unwrap();
        let copiar = pagina == "nao-existe" || vistos.contains(&json!("Copiar"));
        assert!(copiar, "{pagina} não tem o botão de copiar");
        for texto in vistos.iter().filter_map(|texto| texto.as_str()) {
            assert_eq!(ingles(texto), None, "em {pagina}: {texto}");
        }
    }
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_axe_nao_acha_barreiras_no_tema_claro_nem_no_escuro() {
    std::thread::scope(|grupo| {
        for largura in [LARGO, CELULAR] {
            for tema in ["light", "dark"] {
                grupo.spawn(move || examinar_o_livro(largura, tema));
            }
        }
    });
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn nenhuma_pagina_rola_para_o_lado_no_celular() {
    let leitor = Leitor::novo(CELULAR, "light");
    for pagina in leitor.paginas() {
        leitor.abrir(&pagina);
        let sobra = leitor.chromium.sobra();
        assert_eq!(sobra, json!(0), "{pagina}: sobram {sobra} px");
    }
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn quem_so_usa_o_teclado_alcanca_o_conteudo_o_sumario_e_a_busca() {
    let leitor = Leitor::novo(LARGO, "light");
    leitor.abrir("cap01-importar.html");
    let chromium = &leitor.chromium;

    chromium.teclar(Key::Tab);
    chromium.esperar("document.activeElement.innerText === 'Pular para o conteúdo'");
    chromium.teclar(Key::Enter);
    chromium.esperar("document.activeElement.localName === 'main'");
    chromium.teclar(Key::Tab);
    chromium.esperar("document.activeElement.closest('main')");

    chromium.executar("document.querySelector('.clip-button').focus()");
    chromium.esperar(
        "getComputedStyle(document.activeElement.parentElement).opacity === '1'",
    );

    chromium.executar("document.querySelector('#mdbook-sidebar-toggle').focus()");
    for aberto in ["false", "true"] {
        chromium.teclar(Key::Enter);
        chromium.esperar(&format!(
            "document.activeElement.getAttribute('aria-expanded') === '{aberto}'"
        ));
        chromium.esperar(&format!(
            "document.querySelector('#mdbook-sidebar').checkVisibility() === {aberto}"
        ));
    }

    chromium.executar("document.activeElement.blur()");
    chromium.teclar("/");
    chromium.teclar("logout");
    chromium
        .esperar("document.querySelectorAll('#mdbook-searchresults li').length > 1");
    chromium.teclar(Key::Down);
    chromium.teclar(Key::Down);
    let escolhido = chromium
        .esperar("document.querySelectorAll('#mdbook-searchresults li')[1].matches('.focus') && document.querySelectorAll('#mdbook-searchresults a')[1].href");
    chromium.teclar(Key::Enter);
    chromium.esperar(&format!("location.href === {escolhido}"));
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn quem_responde_pelo_teclado_reve_primeiro_o_que_errou() {
    let leitor = Leitor::novo(LARGO, "light");
    leitor.abrir("revisao.html");
    let chromium = &leitor.chromium;
    // Da certa, uma seta para baixo ou para cima leva a uma errada.
    for (numero, certa) in [(0, true), (1, false)] {
        let pergunta = format!("document.querySelectorAll('.pergunta')[{numero}]");
        let escolhida = if certa { ".certa" } else { ".alternativa:not(.certa)" };
        chromium.executar(&format!(
            "{pergunta}.previousElementSibling.querySelector('a, button').focus()"
        ));
        chromium.teclar(Key::Tab);
        while chromium.executar(&format!(
            "return document.activeElement.closest('{escolhida}') === null"
        )) == json!(true)
        {
            chromium.teclar(Key::Down);
        }
        chromium.teclar(Key::Space);
        chromium.teclar(Key::Tab);
        chromium.teclar(Key::Enter);
        let comeco = if certa { "Certo. " } else { "Ainda não. " };
        chromium.esperar(&format!(
            "{pergunta}.querySelector('[role=status]').innerText.startsWith('{comeco}')"
        ));
    }
    let errada =
        chromium.executar("return document.querySelectorAll('.pergunta')[1].id");
    leitor.abrir("revisao.html");
    let primeira = "document.querySelector('.pergunta').id";
    assert_eq!(chromium.executar(&format!("return {primeira}")), errada);
    let conta = "document.querySelector('.revisao').innerText";
    chromium.esperar(&format!("{conta}.startsWith('Você acertou 1 de 2 ')"));
    chromium.examinar("revisão com uma resposta errada");
    chromium.navegar(|chromium| chromium.clicar(".revisao button"));
    assert_ne!(chromium.executar(&format!("return {primeira}")), errada);
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_livro_sai_inteiro_no_papel() {
    let leitor = Leitor::novo(LARGO, "dark");
    leitor.abrir("print.html");
    let dobras = "document.querySelectorAll('main details').length";
    let fechadas = "document.querySelectorAll('main details:not([open])').length";
    assert_ne!(leitor.chromium.executar(&format!("return {fechadas}")), json!(0));
    let escuro = json!({ "name": "prefers-color-scheme", "value": "dark" });
    let papel = json!({ "media": "print", "features": [escuro] });
    leitor.chromium.comandar("Page.printToPDF", json!({}));
    leitor.chromium.comandar("Emulation.setEmulatedMedia", papel);
    leitor.chromium.esperar(&format!("{dobras} > 0 && {fechadas} === 0"));
    let cor = leitor
        .chromium
        .executar("return getComputedStyle(document.querySelector('main p')).color");
    assert_eq!(cor, json!("rgb(0, 0, 0)"));
}

/// Examina todas as páginas do livro e o que se abre por cima delas.
fn examinar_o_livro(largura: u32, tema: &str) {
    let leitor = Leitor::novo(largura, tema);
    let chromium = &leitor.chromium;
    let examinar =
        |o_que: &str| chromium.examinar(&format!("{o_que}, {largura} px, {tema}"));
    for pagina in leitor.paginas() {
        leitor.abrir(&pagina);
        examinar(&pagina);
    }
    leitor.abrir("cap03-armazenar.html");
    chromium.executar("document.querySelector('#mdbook-theme-toggle').click()");
    examinar("menu de temas");
    chromium.teclar(Key::Escape);
    chromium.executar("document.activeElement.blur()");
    chromium.teclar("?");
    examinar("ajuda");
    leitor.pesquisar("sessao");
    examinar("busca");
}

/// Alguém que lê o livro, servido como em `cargo livro`.
struct Leitor {
    chromium: Chromium,
    livro: Processo,
    pasta: TempDir,
}

impl Leitor {
    fn novo(largura: u32, tema: &str) -> Leitor {
        let pasta = tempfile::tempdir().unwrap();
        let livro = Processo::iniciar(livro(pasta.path()));
        let chromium = Chromium::novo(largura, tema);
        // A página de imprimir abriria a janela de impressão.
        let sem_papel = json!({ "source": "window.print = () => {};" });
        chromium.comandar("Page.addScriptToEvaluateOnNewDocument", sem_papel);
        Leitor { chromium, livro, pasta }
    }

    fn abrir(&self, pagina: &str) {
        self.chromium.abrir(&format!("{}/{pagina}", self.livro.endereco));
    }

    /// Todas as páginas do livro.
    fn paginas(&self) -> Vec<String> {
        arquivos(self.pasta.path())
            .iter()
            .filter(|arquivo| arquivo.extension().is_some_and(|fim| fim == "html"))
            .map(|arquivo| arquivo.file_name().unwrap().to_str().unwrap().to_owned())
            .collect()
    }

    /// A contagem que a busca mostra e os endereços que ela acha, em ordem.
    fn pesquisar(&self, termo: &str) -> (String, Vec<String>) {
        let caixa = "document.querySelector('#mdbook-searchbar')";
        // Da segunda vez em diante a caixa já está na tela, e o termo novo toma o lugar do outro.
        if self.chromium.executar(&format!("return {caixa}?.offsetWidth ?? 0"))
            == json!(0)
        {
            self.abrir("index.html");
            self.chromium.teclar("/");
        }
        self.chromium.executar(&format!("{caixa}.select()"));
        self.chromium.teclar(termo);
        let entre_aspas = json!(format!("“{termo}”"));
        let contagem = self.chromium.esperar(&format!(
            "((texto) => texto.includes({entre_aspas}) && texto)(
                document.querySelector('#mdbook-searchresults-header').innerText)"
        ));
        let enderecos = self.chromium.executar(
            "return [...document.querySelectorAll('#mdbook-searchresults a')].map(
                (a) => decodeURIComponent(a.pathname.slice(1) + a.hash));",
        );
        let enderecos = enderecos.as_array().unwrap().iter();
        let enderecos = enderecos.map(|endereco| endereco.as_str().unwrap().to_owned());
        (contagem.as_str().unwrap().to_owned(), enderecos.collect())
    }
}
