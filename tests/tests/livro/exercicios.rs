//! Os exercícios: cada solução passa nos testes que o exercício traz e, no repositório como veio, cada
//! começo compila sem avisos e falha onde pede trabalho. Um exercício pela metade não atrapalha ninguém.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Write, stderr};
use std::process::Command;

use book::exercicio::Exercicio;
use book::processo::{ate_o_fim, comando};
use book::testes::{Compilados, Testes};
use regex::Regex;
use tests::{copia, ler, livro, raiz};

#[test]
fn a_pagina_apresenta_o_exercicio_do_capitulo() {
    for Exercicio { capitulo, pasta, pacote, .. } in exercicios() {
        assert!(pacote.starts_with(&format!("ex{}-", &capitulo[3..5])), "{pacote}");
        let pagina = ler(livro().join(format!("src/{capitulo}.md")));
        let secao = pagina.split("\n## ").find_map(|s| s.strip_prefix("Exercício\n"));
        let comando =
            format!("```sh\ncargo test -p {pacote}\n```\n\n<details>\n<summary>");
        for trecho in [
            &format!("{comando}O que os testes dizem antes da sua correção</summary>"),
            &format!("```text\n{{{{#include ../saidas/{}-", &capitulo[..5]),
            &format!("{pasta}`"),
            &format!("{pasta}/solucao/main.rs:solucao"),
            "<summary>Dica 2",
            "<summary>Solução</summary>",
            "**Você terminou quando**",
        ] {
            let tem = secao.is_some_and(|secao| secao.contains(trecho));
            assert!(tem, "ao exercício de {capitulo} falta:\n{trecho}");
        }
    }
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "em debug já se sabe")]
fn cada_solucao_compila_sem_avisos_e_passa_nos_testes_do_exercicio() {
    let _vez = tests::vez_do_cargo();
    let exercicios = exercicios();
    let sem = ler(raiz().join("tests/sem-solucao.rs"));
    if exercicios.iter().all(|um| um.ler("solucao/main.rs").unwrap() == sem) {
        // Um `println!` só apareceria se o teste falhasse.
        return writeln!(stderr(), "Esta cópia veio sem as soluções.").unwrap();
    }
    let solucoes: Vec<String> =
        exercicios.iter().map(|um| format!("{}-solucao", um.pacote)).collect();
    let compiladas = compilar(&exercicios, &solucoes);
    for (exercicio, solucao) in exercicios.iter().zip(solucoes) {
        let (certo, saida) = compiladas.executar(&solucao, &mut |_| true).unwrap();
        assert!(certo, "{solucao} não passa:\n{saida}");
        let passaram = Testes::ler(&saida).passaram;
        let exige: BTreeSet<_> = exercicio.deve_falhar.iter().cloned().collect();
        assert!(passaram.is_superset(&exige), "{solucao} não executa todos:\n{saida}");
        // O que não é para resolver tem de passar desde o começo.
        assert!(passaram.len() > exige.len(), "{solucao}: nenhum passa no começo");
    }
}

#[test]
#[ignore = "só vale para o repositório como veio, que é o que o CI confere"]
fn cada_comeco_falha_nos_testes_que_deve_e_com_uma_mensagem_que_ensina() {
    let _vez = tests::vez_do_cargo();
    let ensina = Regex::new(r"(?s)\AEsperado: .+\nVeio: .+\nOlhe: .+[?.]\z").unwrap();
    let exercicios = exercicios();
    let pacotes: Vec<_> = exercicios.iter().map(|um| um.pacote.clone()).collect();
    let compilados = compilar(&exercicios, &pacotes);
    for exercicio in exercicios {
        conferir_o_comeco(&exercicio);
        let (_, saida) = compilados.executar(&exercicio.pacote, &mut |_| true).unwrap();
        let Testes { passaram, ignorados, falharam } = Testes::ler(&saida);
        let exige: BTreeSet<_> = exercicio.deve_falhar.iter().collect();
        assert!(falharam.keys().eq(exige), "{saida}");
        assert!(!passaram.is_empty() && ignorados.is_empty(), "{saida}");
        for falha in falharam.values() {
            let certo =
                falha.lugar.contains("tests.rs:") && ensina.is_match(&falha.mensagem);
            assert!(certo, "{}: {falha:?} não ensina", exercicio.pacote);
        }
    }
}

/// Os mesmos testes no começo e na solução, e um só `TODO`.
fn conferir_o_comeco(exercicio: &Exercicio) {
    let pacote = &exercicio.pacote;
    let testes = "#[cfg(test)]\n#[path = \"../src/tests.rs\"]\nmod tests;\n";
    let ler = |arquivo: &str| exercicio.ler(arquivo).unwrap();
    let (comeco, solucao) = (ler("src/main.rs"), ler("solucao/main.rs"));
    let todos = [&comeco, &solucao, &ler("src/tests.rs")];
    assert_eq!(todos.map(|texto| texto.matches("TODO").count()), [1, 0, 0], "{pacote}");
    assert!(comeco.contains("#[cfg(test)]\nmod tests;\n"), "{pacote}");
    assert!(ler("src/tests.rs").starts_with("//! Não mude este arquivo"), "{pacote}");
    assert!(solucao.contains(testes), "{pacote}");
}

#[test]
#[ignore = "precisa de git e de alguns minutos"]
fn um_exercicio_resolvido_sobrevive_a_todo_conselho_do_progresso() {
    let _vez = tests::vez_do_cargo();
    let (copia, exercicios) = (copia(), exercicios());
    let mudar = |arquivo: &str, texto: &str| {
        fs::write(copia.path().join(arquivo), texto).unwrap()
    };
    let executar = |mut comando: Command, linha: &str| {
        comando.args(shlex::split(linha).unwrap()).current_dir(&copia);
        // As dependências já compiladas servem: só os pacotes da casa são outros.
        comando.env("CARGO_TARGET_DIR", raiz().join("target"));
        comando.env("CARGO_MANIFEST_DIR", copia.path().join("book"));
        ate_o_fim(comando).1
    };
    let progresso = |opcoes: &str| executar(comando("progresso"), opcoes);
    let git = |linha: &str| executar(Command::new("git"), linha);
    // Dos outros exercícios basta que não compilem: é mais depressa.
    let main = "chapters/cap01-importar/exercicio/src/main.rs";
    exercicios
        .iter()
        .for_each(|um| mudar(&format!("{}/src/main.rs", um.pasta), "TODO"));
    // Menos um, que não chama os testes que vieram com ele.
    let outros = exercicios[1].ler("solucao/main.rs").unwrap();
    let segundo = format!("{}/src/main.rs", exercicios[1].pasta);
    mudar(&segundo, &outros.replace("mod tests;", "mod tests {}"));
    git("init");
    git("add .");
    git("-c user.name=a -c user.email=a@a commit -m como-veio");
    let resolvido = exercicios[0].ler("solucao/main.rs").unwrap();
    mudar(main, &resolvido);
    for quebrado in ["src/main.rs", "templates/login.html.j2", "exercicio/src/tests.rs"]
    {
        mudar(&format!("chapters/cap01-importar/{quebrado}"), "x");
        let saida = progresso("");
        let conselho = saida.split(", com git ").nth(1).expect(&saida);
        git(conselho.split(';').next().unwrap());
    }
    // Nada mais está quebrado, e ele continua resolvido, para quem estuda e para quem corrige.
    assert!(progresso("").starts_with("  ✔ ex01-bagagem\n  · ex02-selo\n"));
    let veio = progresso("--json");
    let resolvidos = veio.matches("\"resolvido\": true").count();
    assert!(veio.contains("o `mod tests;` não é o que veio"), "{veio}");
    assert!(
        resolvidos == 1 && veio.contains(&format!("[\n    \"{main}\"\n  ]")),
        "{veio}"
    );
    // O que não executou, ou executou outros testes, não está resolvido.
    mudar(main, &resolvido.replace("mod tests;", "mod tests {}"));
    assert!(progresso("").contains("não executou. O `mod tests;` continua lá?"));
    mudar(main, &resolvido);
    let ignora = ("#[test]", "#[test]\n#[ignore]");
    for (nome, (de, para)) in [("src/tests.rs", ignora), ("Cargo.toml", ("\n", "\n\n"))]
    {
        let arquivo = format!("{}/{nome}", exercicios[0].pasta);
        mudar(&arquivo, &exercicios[0].ler(nome).unwrap().replacen(de, para, 1));
        assert!(progresso("").contains("os testes não são os que vieram"));
        git(&format!("restore {arquivo}"));
    }
    // Um laço sem fim também termina; o que é do Cargo não é culpa de um exercício.
    let laco = "loop { std::thread::sleep(std::time::Duration::MAX) }; Redirect::to(";
    mudar(main, &resolvido.replacen("Redirect::to(", laco, 1));
    assert!(progresso("").contains("Há um laço sem fim?"));
    let mut sem_rede = comando("progresso");
    sem_rede.env("CARGO_NET_OFFLINE", "true").env("CARGO_HOME", copia.path());
    assert!(executar(sem_rede, "").starts_with("erro: falta baixar"));
    mudar("Cargo.toml", "[");
    assert!(
        progresso("--json").contains("\"erro\": \"o Cargo não entende um Cargo.toml")
    );
}

#[test]
#[ignore = "precisa de bash e de alguns minutos"]
fn uma_copia_sem_solucoes_funciona_e_diz_o_que_falta() {
    let _vez = tests::vez_do_cargo();
    let copia = copia();
    let executar = |linha: &str| {
        let mut bash = Command::new("bash");
        bash.args(["-c", linha]).current_dir(&copia);
        bash.env("CARGO_TARGET_DIR", raiz().join("target"));
        ate_o_fim(bash)
    };
    let pagina = ler(livro().join("src/para-quem-ensina.md"));
    let tira = pagina.lines().find(|linha| linha.starts_with("for solucao in "));
    for (linha, diz) in [
        (tira.unwrap(), ""),
        ("cargo livro construir --destino pronto", "O livro está pronto em"),
        ("cat pronto/cap18-completa.html", "Esta cópia veio sem a solução."),
        ("cargo test -p ex01-bagagem; true", "2 failed"),
        ("cargo test -p tests --test livro", "Esta cópia veio sem as soluções."),
    ] {
        let (certo, disse) = executar(linha);
        assert!(certo && disse.contains(diz), "{linha}:\n{disse}");
    }
}

fn exercicios() -> Vec<Exercicio> {
    book::exercicio::exercicios().expect("cada capítulo tem um exercício")
}

/// Os testes destes programas, compilados de uma vez e sem avisos.
fn compilar(exercicios: &[Exercicio], programas: &[String]) -> Compilados {
    // Pedida pelo nome, a solução é testada; `cargo test -p` sozinho a deixa de fora.
    let pedidos = exercicios.iter().zip(programas);
    let selecao = pedidos.flat_map(|(um, nome)| ["-p", &um.pacote, "--bin", nome]);
    let compilados = Compilados::novos(&selecao.collect::<Vec<_>>(), &mut |_| true);
    let compilados = compilados.unwrap_or_else(|erro| panic!("não compila:\n{erro}"));
    assert!(compilados.avisos.is_empty(), "avisos:\n{}", compilados.avisos);
    compilados
}
