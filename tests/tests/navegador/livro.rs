//! O livro em um Chromium de verdade: o que só existe depois que os scripts da página executam.

use std::process::Command;

use book::processo::{Processo, ate_o_fim, livro};
use regex::RegexSet;
use serde_json::json;
use tempfile::TempDir;
use tests::janela::{CELULAR, Janela};
use thirtyfour::Key;

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn nenhuma_pagina_tem_barreiras_ou_rola_para_o_lado_no_celular() {
    let leitor = Leitor::novo();
    let chromium = &leitor.chromium;
    for pagina in leitor.pasta.path().read_dir().unwrap() {
        let nome = pagina.unwrap().file_name().display().to_string();
        // A de imprimir repete as outras.
        if !nome.ends_with(".html") || nome == "print.html" {
            continue;
        }
        for tela in [(360, "light"), CELULAR, (1440, "dark"), (1440, "light")] {
            chromium.mudar_a_tela(tela);
            leitor.abrir(&nome);
            chromium.sem_barreiras(&format!("{nome}, {tela:?}"));
        }
        if ["introducao", "como-usar", "cap0"].iter().any(|um| nome.starts_with(um)) {
            super::telas::o_foco_passa_por_tudo(chromium, &nome);
        }
    }
    chromium.mudar_a_tela(CELULAR);
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
    leitor.nada_em_ingles();
    // A ajuda recebe o foco e, ao fechar, o devolve.
    chromium.teclar("?");
    chromium.esperar("document.activeElement.id === 'mdbook-help-popup'");
    teclar(Key::Escape, "foco.matches('.clip-button')");
    chromium.executar("document.querySelector('#mdbook-sidebar-toggle').focus()");
    let sumario = "document.querySelector('#mdbook-sidebar').checkVisibility()";
    teclar(Key::Enter, &format!("!{sumario} && foco.ariaExpanded === 'false'"));
    teclar(Key::Enter, &format!("{sumario} && foco.ariaExpanded === 'true'"));
    // A busca não olha os acentos.
    assert_eq!(leitor.pesquisar("requisição"), leitor.pesquisar("REQUISICAO"));
    // E mostra primeiro a página que explica o que se procura.
    for linha in tests::ler(tests::raiz().join("tests/buscas.txt")).lines() {
        let (termos, pagina) = linha.split_once(": ").unwrap();
        let achados = leitor.pesquisar(termos);
        assert!(achados[0].starts_with(pagina), "{linha}: {achados:?}");
    }
    leitor.pesquisar("logout");
    let primeiro = "document.querySelector('#mdbook-searchresults li')";
    teclar(Key::Down, &format!("{primeiro}.matches('.focus')"));
    let escolhido = chromium.esperar(&format!("{primeiro}.querySelector('a').href"));
    leitor.nada_em_ingles();
    teclar(Key::Enter, &format!("location.href === {escolhido}"));
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_laboratorio_abre_os_cookies() {
    let leitor = Leitor::novo();
    let chromium = &leitor.chromium;
    leitor.abrir("laboratorio.html");
    for (parte, botao, texto) in [
        ("flask", "exemplo", "\"username\": \"admin\""),
        ("rocket", "exemplo", "Fechado. Sem a chave secreta, só dá para medir."),
        ("rocket", "chave", "Aberto com a chave."),
    ] {
        chromium.clicar(&format!("#lab-{parte}-{botao}"));
        let resultado = format!("document.querySelector('#lab-{parte}-resultado')");
        chromium.esperar(&format!("{resultado}.innerText.includes({})", json!(texto)));
    }
    // O Raio-X traz o cookie no endereço.
    leitor.abrir("laboratorio.html#nome=session&valor=b%252F%2B");
    let campo = |nome: &str| format!("document.querySelector('#lab-{nome}').value");
    chromium.esperar(&format!("{} === 'b%2F+'", campo("rocket")));
    chromium.esperar(&format!("{} === 'session'", campo("nome")));
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn a_primeira_resposta_e_a_que_conta_e_o_sumario_marca_o_que_ja_se_fez() {
    let leitor = Leitor::novo();
    let chromium = &leitor.chromium;
    let diz = |onde: &str, texto: &str| {
        let texto = format!(".textContent.includes({})", json!(texto));
        chromium.esperar(&format!("document.querySelector('{onde}'){texto}"));
    };
    for (qual, veio) in [(":not(.certa)", "Ainda não. "), (".certa", "Certo. ")] {
        leitor.abrir("cap01-importar.html");
        let botao = format!(".pergunta .alternativa{qual} input");
        chromium.executar(&format!("document.querySelector('{botao}').focus()"));
        chromium.teclar(Key::Space + Key::Tab);
        chromium.teclar(Key::Enter);
        diz(".resposta", veio);
    }
    leitor.abrir("cap01-importar.html");
    diz(".resposta", "A sua primeira resposta foi esta.Ainda não. ");
    // Quem chega ao fim da página a leu, e a página diz se o exercício passa.
    let marca = ".sidebar [href$=\"cap01-importar.html\"]";
    chromium.executar("document.querySelector('main').focus()");
    chromium.teclar(Key::End);
    diz(marca, "✓ 1/");
    for (passa, diz_agora) in [(true, " ★, lido, 1 de "), (false, ", lido, 1 de ")] {
        let detail = json!({ "detail": { "pacote": "ex01-x", "resolvido": passa } });
        let evento = format!("new CustomEvent('exercicio', {detail})");
        chromium.executar(&format!("document.dispatchEvent({evento})"));
        leitor.abrir("revisao.html");
        diz(marca, diz_agora);
        chromium.sem_barreiras("sumário com marcas");
    }
    chromium.examinar("revisão com uma resposta errada");
    // O que se errou vem primeiro, até que se esqueçam as respostas.
    chromium.esperar("document.querySelector('.pergunta').closest('.revisao')");
    chromium.navegar(".revisao button");
    diz(marca, "✓, lido");
}

#[test]
#[ignore = "precisa de Chromium e pdftotext"]
fn o_livro_inteiro_cabe_em_um_pdf_sem_as_respostas() {
    let pasta = tempfile::tempdir().unwrap();
    book::construir(&tests::livro(), Some(pasta.path())).unwrap();
    let ensina = tests::ler(tests::livro().join("src/para-quem-ensina.md"));
    let comando = ensina.lines().find(|linha| linha.starts_with("chromium ")).unwrap();
    // Em um contêiner, a caixa de areia não funciona; na máquina do GitHub, o navegador é o Chrome.
    let chromium = "$(which chromium google-chrome | head -1) --no-sandbox";
    let comando = comando.replace("target/livro/", "").replace("target/", "");
    let comando = comando.replace("chromium", chromium);
    for (pagina, folhas, ultimo) in [
        ("print.html", 100..=220, "nao_executaram"),
        ("cap06-dicionario.html?folha", 5..=15, "O que você agora sabe"),
    ] {
        let comando = comando.replace("print.html", pagina);
        let mut sh = Command::new("sh");
        sh.args(["-c", &format!("{comando}; pdftotext -layout livro.pdf -")]);
        sh.current_dir(&pasta);
        let texto = ate_o_fim(sh).1;
        let quantas = texto.matches('\u{c}').count();
        assert!(folhas.contains(&quantas), "{pagina}: {quantas} folhas\n{texto}");
        assert!(texto.contains(ultimo), "{pagina}");
        for dobra in ["Ainda não.", "  ✓ ", "Dica 1", "provam isto (", "As linhas que"]
        {
            assert!(!texto.contains(dobra), "{pagina}: {dobra}");
        }
    }
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

    /// Nada do que está nesta página agora, nem o que não se vê, está em inglês.
    fn nada_em_ingles(&self) {
        let vistos = self.chromium.executar(
            "return [...document.querySelectorAll('body *')].flatMap((um) => [um.title,
                um.ariaLabel, um.placeholder, um.matches('script') || um.childElementCount
                    ? '' : um.textContent.trim()]).filter(Boolean)",
        );
        let vistos: Vec<String> = serde_json::from_value(vistos).unwrap();
        // O que o mdBook escreve nas páginas e nos scripts dele.
        let ingles = tests::ler(tests::raiz().join("tests/ingles.txt"));
        let ingles = RegexSet::new(ingles.lines()).unwrap();
        let achados: Vec<_> = vistos.iter().filter(|um| ingles.is_match(um)).collect();
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

    /// Os endereços que a busca acha, em ordem.
    fn pesquisar(&self, termo: &str) -> Vec<String> {
        self.atalho("/");
        // O termo novo toma o lugar do que já estiver na caixa.
        self.chromium.executar("document.querySelector('#mdbook-searchbar').select()");
        self.chromium.teclar(termo);
        let entre_aspas = json!(format!("“{termo}”"));
        let achados = self.chromium.esperar(&format!(
            "document.querySelector('#mdbook-searchresults-header').innerText
                .includes({entre_aspas}) &&
                [...document.querySelectorAll('#mdbook-searchresults a')].map(
                    (a) => decodeURIComponent(a.pathname.slice(1) + a.hash))"
        ));
        serde_json::from_value(achados).unwrap()
    }
}
