//! O livro que executa, em um Chromium de verdade: iniciar, enviar, atacar e resolver sem sair da página.

use std::fs;

use book::processo::Processo;
use serde_json::json;
use tempfile::TempDir;
use tests::janela::Janela;
use tests::{copia, ler, livro_que_executa, raiz};

/// Um livro no ar e uma janela que o abriu pelo endereço com a chave.
struct Livro {
    chromium: Janela,
    processo: Processo,
    _pasta: TempDir,
}

impl Livro {
    /// O livro do repositório que está nesta pasta.
    fn de(repositorio: &std::path::Path) -> Livro {
        let (processo, entrada, _pasta) = livro_que_executa(repositorio);
        let chromium = Janela::chromium();
        chromium.abrir(&entrada);
        Livro { chromium, processo, _pasta }
    }

    fn abrir(&self, pagina: &str) {
        let endereco = &self.processo.endereco;
        self.chromium.abrir(&format!("{endereco}/{pagina}.html"));
        self.chromium.esperar("document.querySelector('.viva button')");
    }

    /// Aperta o botão do bloco que tem este comando e espera que o estado diga isto.
    fn executar(&self, comando: &str, estado: &str) {
        self.chromium.executar(&format!(
            "window.botao = [...document.querySelectorAll('.viva-comandos button')]
                .find((um) => um.ariaLabel.includes({}));
            window.painel = botao.closest('.viva');
            botao.focus();",
            json!(comando)
        ));
        self.chromium.teclar(thirtyfour::Key::Enter);
        self.mostra("painel.querySelector('[role=status]')", estado);
    }

    fn mostra(&self, elemento: &str, texto: &str) {
        self.chromium
            .esperar(&format!("{elemento}?.innerText.includes({})", json!(texto)));
    }
}

#[test]
#[ignore = "precisa de Chromium, chromedriver e curl"]
fn a_pagina_inicia_o_capitulo_envia_ataca_e_mostra_o_que_veio() {
    let livro = Livro::de(raiz());
    let chromium = &livro.chromium;
    livro.abrir("cap05-logout");
    livro.executar("Enviar: curl -b cookies.txt http", "Inicie antes cap05-logout");
    livro.executar("Iniciar o capítulo: cargo run -p cap05-logout", "no ar");
    livro.mostra("document.querySelector('.viva-faixa')", "cap05-logout");
    livro.executar("Enviar: curl -c cookies.txt", "sem corpo");
    livro.executar("/perfil", "pronto");
    livro.mostra("painel.querySelector('[role=log]')", "Cargo: admin");
    // O que o capítulo escreve depois aparece embaixo do bloco que o iniciou.
    livro.mostra("document.querySelector('[role=log]')", "Matched: (perfil)");
    livro.executar("Executar os testes: cargo test -p cap05", "testes passaram");
    livro.executar("Atacar: cargo ataque", "pronto");
    livro.mostra("painel.querySelector('[role=log]')", "1. ");
    // No fim da página, a faixa não cobre metade de nada.
    chromium.executar("scrollTo(0, document.documentElement.scrollHeight)");
    chromium.examinar("a página que executa");
    // O que está no ar continua depois de abrir outra página, e começar outro o para.
    livro.abrir("cap04-recuperar");
    livro.mostra("document.querySelector('.viva-faixa')", "cap05-logout");
    livro.executar("Iniciar o capítulo", "no ar");
    livro.mostra("document.querySelector('.viva-faixa')", "cap04-recuperar");
    chromium.executar("document.querySelector('.viva-estado').textContent = ''");
    chromium.clicar(".viva-faixa button");
    livro.mostra("document.querySelector('.viva-estado')", "no ar em");
    chromium.clicar(".viva-faixa .viva-parar");
    chromium.esperar("document.querySelector('.viva-faixa').hidden");
}

#[test]
#[ignore = "precisa de Chromium e chromedriver, e compila a casa em uma cópia"]
fn o_exercicio_se_testa_quando_o_arquivo_muda_ate_estar_resolvido() {
    let copia = copia();
    let livro = Livro::de(copia.path());
    let chromium = &livro.chromium;
    let pasta = copia.path().join("chapters/cap01-importar/exercicio");
    let comeco = ler(pasta.join("src/main.rs"));
    livro.abrir("cap01-importar");
    chromium.executar(
        "document.addEventListener('exercicio', ({ detail }) => { window.visto = detail; })",
    );
    livro.executar("cargo test -p ex01-bagagem", "testes passaram");
    livro.mostra("painel.querySelector('.viva-testes')", "Esperado: ");
    chromium.esperar("window.visto?.resolvido === false");
    for (texto, estado) in [
        (comeco.replace("fn ", "fn fn "), "não compila"),
        (ler(pasta.join("solucao/main.rs")).replace("../src/", ""), "Resolvido"),
        (comeco, "✘"),
    ] {
        fs::write(pasta.join("src/main.rs"), texto).unwrap();
        livro.mostra("painel.querySelector('[role=status]')", estado);
    }
    chromium
        .esperar("window.visto.pacote === 'ex01-bagagem' && !window.visto.resolvido");
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn nenhuma_pagina_de_fora_executa_e_um_segundo_trabalho_espera() {
    let livro = Livro::de(raiz());
    let (chromium, endereco) = (&livro.chromium, &livro.processo.endereco);
    let tentar = |alvo: &str| {
        let alvo = json!(alvo);
        let codigo = format!("return fetch({alvo}, {{ method: 'POST' }})");
        chromium.executar(&format!("{codigo}.then((um) => um.status)"))
    };
    livro.abrir("cap06-dicionario");
    let nome = "fetch('/viva/pagina/cap05-logout.html').then((um) => um.json())
        .then(([um]) => um.nome)";
    let nome = chromium.executar(&format!("return {nome}"));
    let alvo = format!("{endereco}/viva/executar/{}", nome.as_str().unwrap());
    assert_eq!(tentar("/viva/executar/0123456789abcdef"), json!(404));
    livro.executar("Atacar: cargo ataque", "executando");
    assert_eq!(tentar(&alvo), json!(409));
    chromium.clicar(".viva-parar:not([hidden])");
    livro.mostra("painel.querySelector('[role=status]')", "parado");
    // Outro site e outra porta, com o cookie do leitor no navegador.
    for host in ["localhost", "127.0.0.1"] {
        let isca = format!(
            "<form action='{alvo}' method='post'><button>Ganhe</button></form>"
        );
        chromium.mostrar_em_outra_porta(host, &isca);
        chromium.navegar("button");
        let codigo =
            "return performance.getEntriesByType('navigation')[0].responseStatus";
        assert_eq!(chromium.executar(codigo), json!(403), "{host}");
    }
}
