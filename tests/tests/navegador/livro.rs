//! O livro em um Chromium de verdade: o que só existe depois que os scripts da página executam.

use book::processo::{Processo, livro};
use serde_json::json;
use tempfile::TempDir;
use tests::janela::{CELULAR, Janela};
use tests::pagina::ingles;
use thirtyfour::Key;

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn nenhuma_pagina_tem_barreiras_ou_rola_para_o_lado_no_celular() {
    let leitor = Leitor::novo();
    let chromium = &leitor.chromium;
    for pagina in tests::arquivos(leitor.pasta.path()) {
        let nome = pagina.file_name().unwrap().display().to_string();
        // A de imprimir repete as outras.
        if nome.ends_with(".html") && nome != "print.html" {
            chromium.mudar_a_tela(CELULAR);
            leitor.abrir(&nome);
            chromium.examinar(&nome);
        }
    }
    // O sumário só fica aberto em uma página que se abriu larga.
    leitor.abrir("cap03-armazenar.html");
    chromium.sem_barreiras("sumário");
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
    // A busca não olha os acentos, e mostra primeiro a página do título.
    for (termos, pagina) in [
        (["requisição", "REQUISICAO"], "cap12-formularios.html"),
        (["chave secreta", "CHAVE Secreta"], "cap02-chave-secreta.html"),
        (["\"senhas\"", "(senhas)"], "cap10-senhas.html"),
    ] {
        let [com, sem] = termos.map(|termo| leitor.pesquisar(termo));
        assert_eq!(com, sem, "{termos:?}");
        assert!(com[0].starts_with(pagina), "{termos:?} acha primeiro {}", com[0]);
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
fn o_laboratorio_abre_os_cookies_e_a_revisao_lembra_o_que_se_errou() {
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
    // Na revisão, o que se errou vem primeiro.
    leitor.abrir("revisao.html");
    let segunda = "document.querySelectorAll('.pergunta')[1]";
    let errada = chromium.executar(&format!(
        "{segunda}.querySelector('.alternativa:not(.certa) input').focus();
        return {segunda}.id;"
    ));
    chromium.teclar(Key::Space + Key::Tab);
    chromium.teclar(Key::Enter);
    let resposta = format!("{segunda}.querySelector('[role=status]').innerText");
    chromium.esperar(&format!("{resposta}.startsWith('Ainda não. ')"));
    leitor.abrir("revisao.html");
    let conta = "document.querySelector('.revisao').innerText";
    chromium.esperar(&format!("{conta}.startsWith('Você acertou 0 de 1 ')"));
    let primeira = format!("document.querySelector('.pergunta').id === {errada}");
    chromium.esperar(&primeira);
    chromium.examinar("revisão com uma resposta errada");
    chromium.navegar(".revisao button");
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

    /// Nada do que está nesta página agora, nem o que não se vê, está em inglês.
    fn nada_em_ingles(&self) {
        let vistos = self.chromium.executar(
            "return [...document.querySelectorAll('body *')].flatMap((um) => [um.title,
                um.ariaLabel, um.placeholder, um.matches('script') || um.childElementCount
                    ? '' : um.textContent.trim()]).filter(Boolean)",
        );
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
