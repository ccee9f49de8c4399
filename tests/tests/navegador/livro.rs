//! O livro em um Chromium de verdade: o que só existe depois que os scripts da página executam.

use book::processo::{Processo, livro};
use serde_json::json;
use tempfile::TempDir;
use tests::janela::{CELULAR, Janela, LARGO};
use tests::laboratorio::exemplo;
use tests::pagina::ingles;
use thirtyfour::{Key, TypingData};

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn a_busca_acha_com_e_sem_acento_e_mostra_primeiro_a_pagina_do_titulo() {
    let leitor = Leitor::novo();
    for (termos, pagina) in [
        (["requisição", "REQUISICAO"], "cap12-formularios.html"),
        (["chave secreta", "CHAVE Secreta"], "cap02-chave-secreta.html"),
        (["\"senhas\"", "(senhas)"], "cap10-senhas.html"),
        (["cookie glossário", "glossario cookie"], "glossario.html"),
    ] {
        let [com, sem] = termos.map(|termo| leitor.pesquisar(termo).1);
        assert_eq!(com, sem, "{termos:?}");
        assert!(com[0].starts_with(pagina), "{termos:?} acha primeiro {}", com[0]);
    }
    for (termo, contagem) in [
        ("cookie abacaxi", "Nenhum resultado para “cookie abacaxi”."),
        ("xcode", "1 resultado para “xcode”:"),
        ("cookie", "20 resultados para “cookie”:"),
    ] {
        assert_eq!(leitor.pesquisar(termo).0, contagem);
    }
    leitor.abrir("glossario.html?highlight=requisicao");
    leitor
        .chromium
        .esperar("document.querySelector('mark')?.innerText === 'requisição'");
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn nada_do_que_aparece_na_tela_esta_em_ingles() {
    let leitor = Leitor::novo();
    let chromium = &leitor.chromium;
    // A cada quadro, antes de ele ser desenhado: o que só pisca na tela também conta.
    chromium.executar_em_toda_pagina(
        "window.vistos = new Set();
        (function olhar() {
            for (const e of document.querySelectorAll('body *')) {
                for (const nome of ['title', 'aria-label', 'placeholder']) {
                    vistos.add(e.getAttribute(nome));
                }
                if (e.childElementCount === 0 && e.localName !== 'script') {
                    vistos.add(e.textContent.trim());
                }
            }
            vistos.add(document.title);
            window.quadros = (window.quadros ?? 0) + 1;
            requestAnimationFrame(olhar);
        })();",
    );
    for pagina in ["cap01-importar.html", "nao-existe"] {
        leitor.abrir(pagina);
        chromium.executar("document.querySelector('#mdbook-theme-toggle').click()");
        chromium.teclar(Key::Escape);
        chromium.executar("document.querySelector('.clip-button')?.click()");
        leitor.atalho("?");
        chromium
            .esperar("document.querySelector('#mdbook-help-popup').offsetWidth > 0");
        chromium.teclar(Key::Escape);
        for termo in ["cookie", "xcode", "abacaxi"] {
            leitor.pesquisar(termo);
        }
        chromium.executar("window.quadros = 0");
        chromium.esperar("quadros > 1");
        let vistos = chromium.executar("return [...vistos].filter(Boolean)");
        for texto in serde_json::from_value::<Vec<String>>(vistos).unwrap() {
            assert_eq!(ingles(&texto), None, "em {pagina}: {texto}");
        }
    }
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn nenhuma_pagina_tem_barreiras_ou_rola_para_o_lado_no_celular() {
    let leitor = Leitor::novo();
    let chromium = &leitor.chromium;
    for (largura, tema) in [(LARGO, "light"), (CELULAR, "dark")] {
        chromium.vestir(largura, tema);
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
        leitor.atalho("?");
        examinar("ajuda");
        chromium.teclar(Key::Escape);
        leitor.pesquisar("sessao");
        examinar("busca");
    }
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn quem_so_usa_o_teclado_alcanca_o_conteudo_o_sumario_e_a_busca() {
    let leitor = Leitor::novo();
    leitor.abrir("cap01-importar.html");
    let chromium = &leitor.chromium;
    let teclar = |tecla: TypingData, espera: &str| {
        chromium.teclar(tecla);
        chromium.esperar(&espera.replace("foco", "document.activeElement"));
    };
    teclar(Key::Tab.into(), "foco.innerText === 'Pular para o conteúdo'");
    teclar(Key::Enter.into(), "foco.localName === 'main'");
    teclar(Key::Tab.into(), "foco.closest('main')");
    chromium.executar("document.querySelector('.clip-button').focus()");
    // A ajuda recebe o foco e, ao fechar, o devolve.
    teclar("?".into(), "foco.id === 'mdbook-help-popup'");
    teclar(Key::Escape.into(), "foco.matches('.clip-button')");
    chromium.executar("document.querySelector('#mdbook-sidebar-toggle').focus()");
    let sumario = "document.querySelector('#mdbook-sidebar').checkVisibility()";
    teclar(Key::Enter.into(), &format!("!{sumario} && foco.ariaExpanded === 'false'"));
    teclar(Key::Enter.into(), &format!("{sumario} && foco.ariaExpanded === 'true'"));
    leitor.pesquisar("logout");
    let segundo = "document.querySelectorAll('#mdbook-searchresults li')[1]";
    let segundo =
        format!("{segundo}.matches('.focus') && {segundo}.querySelector('a').href");
    teclar(Key::Down + Key::Down, &segundo);
    let escolhido = chromium.esperar(&segundo);
    teclar(Key::Enter.into(), &format!("location.href === {escolhido}"));
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn os_retratos_da_primeira_pagina_sao_as_telas_de_agora() {
    for (arquivo, retrato) in tests::retratos::tirar() {
        let igual = tests::ler(&arquivo) == retrato;
        let gravar = "grave de novo com cargo run -p tests --bin gravar retratos";
        assert!(igual, "{}: a tela mudou; {gravar}", arquivo.display());
    }
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_laboratorio_le_o_cookie_do_flask_e_abre_o_do_rocket_com_a_chave() {
    let leitor = Leitor::novo();
    let chromium = &leitor.chromium;
    leitor.abrir("laboratorio.html");
    let mostra = |parte: &str, texto: &str| {
        let resultado =
            format!("document.querySelector('#lab-{parte}-resultado').innerText");
        chromium.esperar(&format!("{resultado}.includes({})", json!(texto)));
    };
    for (parte, botao, resultado) in [
        ("flask", "exemplo", "\"username\": \"admin\""),
        ("flask", "limpar", "O conteúdo do cookie aparece aqui."),
        ("rocket", "exemplo", "Fechado. Sem a chave secreta, só dá para medir."),
        ("rocket", "chave", "Aberto com a chave."),
        ("rocket", "limpar", "O que dá para saber do cookie aparece aqui."),
    ] {
        chromium.clicar(&format!("#lab-{parte}-{botao}"));
        mostra(parte, resultado);
    }
    // O que se cola também é lido, e a linha inteira já diz o nome do cookie.
    chromium.clicar("#lab-rocket");
    chromium.teclar(format!("Set-Cookie: role={}", exemplo("valor")));
    chromium.esperar("document.querySelector('#lab-nome').value === 'role'");
    mostra("rocket", "Fechado.");
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn quem_responde_pelo_teclado_reve_primeiro_o_que_errou() {
    let leitor = Leitor::novo();
    leitor.abrir("revisao.html");
    let chromium = &leitor.chromium;
    for (pergunta, escolhida, comeco) in [
        ("document.querySelectorAll('.pergunta')[0]", ".certa", "Certo. "),
        ("document.querySelectorAll('.pergunta')[1]", ":not(.certa)", "Ainda não. "),
    ] {
        // Da certa, uma seta leva a uma errada, e de uma errada, enfim, à certa.
        chromium.executar(&format!("{pergunta}.querySelector('input').focus()"));
        let falta = format!(
            "return !document.activeElement.closest('.alternativa{escolhida}')"
        );
        while chromium.executar(&falta) == json!(true) {
            chromium.teclar(Key::Down);
        }
        chromium.teclar(Key::Space + Key::Tab);
        chromium.teclar(Key::Enter);
        let resposta = format!("{pergunta}.querySelector('[role=status]').innerText");
        chromium.esperar(&format!("{resposta}.startsWith('{comeco}')"));
    }
    let errada =
        chromium.executar("return document.querySelectorAll('.pergunta')[1].id");
    let primeira = format!("document.querySelector('.pergunta').id === {errada}");
    leitor.abrir("revisao.html");
    let conta = "document.querySelector('.revisao').innerText.startsWith('Você acertou 1 de 2 ')";
    chromium.esperar(&format!("{primeira} && {conta}"));
    chromium.examinar("revisão com uma resposta errada");
    chromium.navegar(|chromium| chromium.clicar(".revisao button"));
    chromium.esperar(&format!("!({primeira})"));
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn no_papel_as_dobras_abrem_e_as_letras_sao_escuras() {
    let leitor = Leitor::novo();
    leitor.abrir("cap01-importar.html");
    leitor.chromium.comandar("Page.printToPDF", json!({}));
    let escuro = json!({ "name": "prefers-color-scheme", "value": "dark" });
    let papel = json!({ "media": "print", "features": [escuro] });
    leitor.chromium.comandar("Emulation.setEmulatedMedia", papel);
    leitor.chromium.esperar(
        "document.querySelector('main details[open]') && !document.querySelector('main details:not([open])')
            && getComputedStyle(document.querySelector('main p')).color === 'rgb(0, 0, 0)'",
    );
}

/// Alguém que lê o livro, servido como em `cargo livro`.
struct Leitor {
    chromium: Janela,
    livro: Processo,
    pasta: TempDir,
}

impl Leitor {
    fn novo() -> Leitor {
        let pasta = tempfile::tempdir().unwrap();
        let livro = Processo::iniciar(livro(pasta.path()));
        let leitor = Leitor { chromium: Janela::chromium(), livro, pasta };
        leitor.abrir("index.html");
        leitor
    }

    fn abrir(&self, pagina: &str) {
        self.chromium.abrir(&format!("{}/{pagina}", self.livro.endereco));
    }

    /// Todas as páginas do livro, menos a de imprimir, que as repete.
    fn paginas(&self) -> Vec<String> {
        let arquivos = tests::arquivos(self.pasta.path()).into_iter();
        let nomes = arquivos
            .filter_map(|arquivo| arquivo.file_name()?.to_str().map(str::to_owned));
        nomes.filter(|nome| nome.ends_with(".html") && nome != "print.html").collect()
    }

    /// Aperta um atalho do livro, que só vale fora de uma caixa de texto.
    fn atalho(&self, tecla: &str) {
        self.chromium.executar("document.activeElement.blur()");
        self.chromium.teclar(tecla);
    }

    /// A contagem que a busca mostra e os endereços que ela acha, em ordem.
    fn pesquisar(&self, termo: &str) -> (String, Vec<String>) {
        self.atalho("/");
        // O termo novo toma o lugar do que já estiver na caixa.
        self.chromium.executar("document.querySelector('#mdbook-searchbar').select()");
        self.chromium.teclar(termo);
        let cabecalho =
            "document.querySelector('#mdbook-searchresults-header').innerText";
        let entre_aspas = json!(format!("“{termo}”"));
        let achados = self.chromium.esperar(&format!(
            "{cabecalho}.includes({entre_aspas}) && [{cabecalho},
                [...document.querySelectorAll('#mdbook-searchresults a')].map(
                    (a) => decodeURIComponent(a.pathname.slice(1) + a.hash))]"
        ));
        serde_json::from_value(achados).unwrap()
    }
}
