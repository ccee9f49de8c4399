//! O livro em um Chromium de verdade: o que só existe depois que os scripts da página executam.

use book::processo::{Processo, livro};
use serde_json::json;
use tempfile::TempDir;
use tests::arquivos;
use tests::janela::{CELULAR, Janela, LARGO};
use tests::laboratorio::exemplo;
use tests::pagina::ingles;
use thirtyfour::Key;

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn a_busca_acha_o_mesmo_com_e_sem_acento_e_em_qualquer_caixa() {
    let leitor = Leitor::novo();
    for (termos, pagina) in [
        (["sessão", "sessao"], "glossario.html#sessão"),
        (["requisição", "REQUISICAO"], "glossario.html#guarda-de-requisição"),
        (["você", "voce"], "introducao.html#para-quem-é"),
        (["até", "ate"], "cap16-banco.html"),
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
fn a_busca_mostra_primeiro_a_pagina_que_tem_as_palavras_no_titulo() {
    let leitor = Leitor::novo();
    for (termo, pagina) in [
        ("chave secreta", "cap02-chave-secreta.html"),
        ("senhas", "cap10-senhas.html"),
        ("glossario", "glossario.html"),
    ] {
        let achados = leitor.pesquisar(termo).1;
        assert!(achados[0].starts_with(pagina), "{termo}: {achados:#?}");
    }
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn a_busca_conta_em_portugues_e_destaca_as_palavras_no_resultado_e_na_pagina() {
    let leitor = Leitor::novo();
    for (termo, contagem) in [
        ("cookie abacaxi", "Nenhum resultado para “cookie abacaxi”."),
        ("xcode", "1 resultado para “xcode”:"),
        ("cookie", "20 resultados para “cookie”:"),
        ("requisicao", "20 resultados para “requisicao”:"),
    ] {
        assert_eq!(leitor.pesquisar(termo).0, contagem);
    }
    let destacada = leitor.chromium.executar(
        "return [...document.querySelectorAll('.teaser em')].map((e) => e.innerText);",
    );
    assert!(destacada[0].as_str().unwrap().to_lowercase().contains("requisi"));
    leitor.abrir("glossario.html?highlight=requisicao");
    let marcada = leitor.chromium.esperar("document.querySelector('mark')?.innerText");
    assert_eq!(marcada.as_str().unwrap().to_lowercase(), "requisição");
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn nada_do_que_aparece_na_tela_esta_em_ingles() {
    let leitor = Leitor::novo();
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
    let chromium = &leitor.chromium;
    chromium.executar_em_toda_pagina(olhar);
    for pagina in ["cap01-importar.html", "cap05-logout.html", "nao-existe"] {
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
        chromium.esperar(
            "new Promise((pronto) => requestAnimationFrame(
            () => requestAnimationFrame(() => pronto(true))))",
        );
        let vistos = chromium.executar("return [...window.vistos].filter(Boolean)");
        let vistos: Vec<String> = serde_json::from_value(vistos).unwrap();
        let copiar = pagina == "nao-existe"
            || vistos.iter().any(|um| um.starts_with("Copiar o comando cargo run"));
        assert!(copiar, "{pagina} não diz o que cada botão copia");
        for texto in vistos {
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

    // A ajuda recebe o foco e, ao fechar, o devolve.
    chromium.teclar("?");
    chromium.esperar("document.activeElement.id === 'mdbook-help-popup'");
    chromium.teclar(Key::Escape);
    chromium.esperar("document.activeElement.matches('.clip-button')");

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

    leitor.pesquisar("logout");
    chromium.teclar(Key::Down);
    chromium.teclar(Key::Down);
    let escolhido = chromium
        .esperar("document.querySelectorAll('#mdbook-searchresults li')[1].matches('.focus') && document.querySelectorAll('#mdbook-searchresults a')[1].href");
    chromium.teclar(Key::Enter);
    chromium.esperar(&format!("location.href === {escolhido}"));
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
    for (botao, resultado) in [
        ("flask-exemplo", "\"username\": \"admin\""),
        ("flask-curto", "\"tema\": \"escuro\""),
        ("flask-limpar", "O conteúdo do cookie aparece aqui."),
        ("rocket-exemplo", "Fechado. Sem a chave secreta, só dá para medir."),
        ("rocket-chave", "Aberto com a chave."),
        ("rocket-limpar", "O que dá para saber do cookie aparece aqui."),
    ] {
        chromium.clicar(&format!("#lab-{botao}"));
        let (parte, _) = botao.split_once('-').unwrap();
        let resultado = json!(resultado);
        chromium.esperar(&format!(
            "document.querySelector('#lab-{parte}-resultado').innerText.includes({resultado})"
        ));
    }
    // O que se cola também é lido, e a linha inteira já diz o nome do cookie.
    chromium.clicar("#lab-rocket");
    chromium.teclar(format!("Set-Cookie: role={}", exemplo("valor")));
    chromium.esperar("document.querySelector('#lab-nome').value === 'role'");
    chromium.esperar("document.querySelector('#lab-rocket-resultado strong')");
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn quem_responde_pelo_teclado_reve_primeiro_o_que_errou() {
    let leitor = Leitor::novo();
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
    let leitor = Leitor::novo();
    leitor.chromium.vestir(LARGO, "dark");
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
        let chromium = Janela::chromium();
        // A página de imprimir abriria a janela de impressão.
        chromium.executar_em_toda_pagina("window.print = () => {};");
        let leitor = Leitor { chromium, livro, pasta };
        leitor.abrir("index.html");
        leitor
    }

    fn abrir(&self, pagina: &str) {
        self.chromium.abrir(&format!("{}/{pagina}", self.livro.endereco));
    }

    /// Todas as páginas do livro, menos a de imprimir, que as repete.
    fn paginas(&self) -> Vec<String> {
        let arquivos = arquivos(self.pasta.path()).into_iter();
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
        let entre_aspas = json!(format!("“{termo}”"));
        let contagem = self.chromium.esperar(&format!(
            "((texto) => texto.includes({entre_aspas}) && texto)(
                document.querySelector('#mdbook-searchresults-header').innerText)"
        ));
        let enderecos = self.chromium.executar(
            "return [...document.querySelectorAll('#mdbook-searchresults a')].map(
                (a) => decodeURIComponent(a.pathname.slice(1) + a.hash));",
        );
        let enderecos = serde_json::from_value(enderecos).unwrap();
        (contagem.as_str().unwrap().to_owned(), enderecos)
    }
}
