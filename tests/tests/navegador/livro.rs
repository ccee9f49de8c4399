//! O livro em um Chromium de verdade: o que só existe depois que os scripts da página executam.

use book::processo::{Processo, livro};
use serde_json::json;
use tempfile::TempDir;
use tests::janela::Janela;
use tests::laboratorio::exemplo;
use tests::pagina::ingles;
use thirtyfour::Key;

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn a_busca_acha_com_e_sem_acento_e_mostra_primeiro_a_pagina_do_titulo() {
    let leitor = Leitor::novo();
    leitor.anotar();
    leitor.abrir("index.html");
    for (termos, pagina) in [
        (["requisição", "REQUISICAO"], "cap12-formularios.html"),
        (["chave secreta", "CHAVE Secreta"], "cap02-chave-secreta.html"),
        (["\"senhas\"", "(senhas)"], "cap10-senhas.html"),
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
    leitor.nada_em_ingles();
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn nenhuma_pagina_tem_barreiras_ou_rola_para_o_lado_no_celular() {
    let leitor = Leitor::novo();
    let chromium = &leitor.chromium;
    for pagina in tests::arquivos(leitor.pasta.path()) {
        let nome = pagina.file_name().unwrap().display().to_string();
        // A de imprimir repete as outras.
        if nome.ends_with(".html") && nome != "print.html" {
            chromium.no_celular();
            leitor.abrir(&nome);
            chromium.examinar(&nome);
        }
    }
    // O sumário só fica aberto em uma página que se abriu larga.
    leitor.abrir("cap03-armazenar.html");
    chromium.sem_barreiras("sumário");
    chromium.no_celular();
    leitor.abrir("cap03-armazenar.html");
    chromium.executar("document.querySelector('#mdbook-theme-toggle').click()");
    chromium.examinar("menu de temas");
    chromium.teclar(Key::Escape);
    leitor.atalho("?");
    chromium.examinar("ajuda");
    chromium.teclar(Key::Escape);
    leitor.pesquisar("sessao");
    chromium.examinar("busca");
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn quem_so_usa_o_teclado_alcanca_o_conteudo_o_sumario_e_a_busca() {
    let leitor = Leitor::novo();
    leitor.anotar();
    leitor.abrir("cap01-importar.html");
    let chromium = &leitor.chromium;
    let teclar = |tecla: Key, espera: &str| {
        chromium.teclar(tecla);
        chromium.esperar(&espera.replace("foco", "document.activeElement"));
    };
    teclar(Key::Tab, "foco.innerText === 'Pular para o conteúdo'");
    teclar(Key::Enter, "foco.localName === 'main'");
    teclar(Key::Tab, "foco.closest('main')");
    chromium.clicar(".clip-button");
    // A ajuda recebe o foco e, ao fechar, o devolve.
    chromium.teclar("?");
    chromium.esperar("document.activeElement.id === 'mdbook-help-popup'");
    teclar(Key::Escape, "foco.matches('.clip-button')");
    chromium.executar("document.querySelector('#mdbook-sidebar-toggle').focus()");
    let sumario = "document.querySelector('#mdbook-sidebar').checkVisibility()";
    teclar(Key::Enter, &format!("!{sumario} && foco.ariaExpanded === 'false'"));
    teclar(Key::Enter, &format!("{sumario} && foco.ariaExpanded === 'true'"));
    leitor.pesquisar("logout");
    let primeiro = "document.querySelector('#mdbook-searchresults li')";
    teclar(Key::Down, &format!("{primeiro}.matches('.focus')"));
    let escolhido = chromium.esperar(&format!("{primeiro}.querySelector('a').href"));
    leitor.nada_em_ingles();
    teclar(Key::Enter, &format!("location.href === {escolhido}"));
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
    for (numero, escolhida, comeco) in
        [(0, ".certa", "Certo. "), (1, ":not(.certa)", "Ainda não. ")]
    {
        let pergunta = format!("document.querySelectorAll('.pergunta')[{numero}]");
        chromium.executar(&format!("{pergunta}.querySelector('input').focus()"));
        // Da certa, uma seta leva a uma errada, e de uma errada, enfim, à certa.
        let escolhida = json!(format!(".alternativa{escolhida}"));
        let falta = format!("return !document.activeElement.closest({escolhida})");
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
    let conta = "document.querySelector('.revisao').innerText";
    let certas = "Você acertou 1 de 2 ";
    chromium.esperar(&format!("{primeira} && {conta}.startsWith('{certas}')"));
    chromium.examinar("revisão com uma resposta errada");
    chromium.navegar(|chromium| chromium.clicar(".revisao button"));
    chromium.esperar(&format!("!({primeira})"));
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
        Leitor { chromium: Janela::chromium(), livro, pasta }
    }

    /// Anota tudo o que aparece nas páginas que abrirem daqui em diante.
    fn anotar(&self) {
        // A cada quadro, antes de ele ser desenhado: o que só pisca na tela também conta.
        self.chromium.executar_em_toda_pagina(
            "window.vistos = new Set();
            (function olhar() {
                for (const e of document.querySelectorAll('body *')) {
                    [e.title, e.ariaLabel, e.placeholder].forEach((um) => vistos.add(um));
                    if (!e.childElementCount && e.localName !== 'script') {
                        vistos.add(e.textContent.trim());
                    }
                }
                requestAnimationFrame(olhar);
            })();",
        );
    }

    /// Nada do que se anotou desta página está em inglês.
    fn nada_em_ingles(&self) {
        let vistos = self.chromium.executar("return [...vistos].filter(Boolean)");
        let vistos: Vec<String> = serde_json::from_value(vistos).unwrap();
        let achados: Vec<_> = vistos.iter().filter_map(|um| ingles(um)).collect();
        assert!(vistos.len() > 9 && achados.is_empty(), "{achados:?}");
    }

    fn abrir(&self, pagina: &str) {
        self.chromium.abrir(&format!("{}/{pagina}", self.livro.endereco));
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
