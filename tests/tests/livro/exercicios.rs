//! Os exercícios: cada solução passa nos testes que o exercício traz e, no repositório como veio, cada
//! começo compila sem avisos e falha onde pede trabalho. Um exercício pela metade não atrapalha ninguém.

use std::collections::BTreeSet;

use book::exercicio::Exercicio;
use book::testes::{Compilados, Testes};
use regex::Regex;
use tests::{ler, livro};

#[test]
fn a_pagina_apresenta_o_exercicio_do_capitulo() {
    for Exercicio { capitulo, pasta, pacote, .. } in exercicios() {
        assert!(pacote.starts_with(&format!("ex{}-", &capitulo[3..5])), "{pacote}");
        let pagina = ler(livro().join(format!("src/{capitulo}.md")));
        let secao = pagina.split("\n## ").find_map(|s| s.strip_prefix("Exercício\n"));
        let comando = format!("```sh\ncargo test -p {pacote}\n```\n\n```text\n");
        for trecho in [
            &format!("{comando}{{{{#include ../saidas/{}-", &capitulo[..5]),
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
    let exercicios = exercicios();
    let solucoes: Vec<String> =
        exercicios.iter().map(|um| format!("{}-solucao", um.pacote)).collect();
    let compiladas = compilar(&exercicios, &solucoes);
    for (exercicio, solucao) in exercicios.iter().zip(solucoes) {
        let (certo, saida) = compiladas.executar(&solucao).unwrap();
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
    let ensina = Regex::new(r"(?s)\AEsperado: .+\nVeio: .+\nOlhe: .+[?.]\z").unwrap();
    let exercicios = exercicios();
    let pacotes: Vec<_> = exercicios.iter().map(|um| um.pacote.clone()).collect();
    let compilados = compilar(&exercicios, &pacotes);
    for exercicio in exercicios {
        conferir_o_comeco(&exercicio);
        let (_, saida) = compilados.executar(&exercicio.pacote).unwrap();
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

/// Os mesmos testes no começo e na solução, que só difere dele no que o exercício pede.
fn conferir_o_comeco(exercicio: &Exercicio) {
    let pacote = &exercicio.pacote;
    let testes = "#[cfg(test)]\n#[path = \"../src/tests.rs\"]\nmod tests;\n";
    let ler = |arquivo: &str| exercicio.ler(arquivo).unwrap();
    let (comeco, solucao) = (ler("src/main.rs"), ler("solucao/main.rs"));
    let todos = [&comeco, &solucao, &ler("src/tests.rs")];
    assert_eq!(todos.map(|texto| texto.matches("TODO").count()), [1, 0, 0], "{pacote}");
    assert!(comeco.contains("#[cfg(test)]\nmod tests;\n"), "{pacote}");
    assert!(ler("src/tests.rs").starts_with("//! Não mude este arquivo"), "{pacote}");
    // Fora da âncora, só muda o que a solução importa, o título e o caminho dos testes.
    let (_, depois_dos_testes) = solucao.split_once(testes).expect(pacote);
    let resto = depois_dos_testes.split_once("// ANCHOR: solucao\n").expect(pacote);
    let (_, depois) = resto.1.split_once("// ANCHOR_END: solucao\n").expect(pacote);
    let sem_espacos = |texto: &str| texto.split_whitespace().collect::<String>();
    let comeco = sem_espacos(&comeco);
    for trecho in resto.0.split("\n\n").chain(depois.split("\n\n")) {
        let igual = comeco.contains(&sem_espacos(trecho));
        assert!(igual, "só na solução de {pacote}:\n{trecho}");
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
    let compilados = Compilados::novos(&selecao.collect::<Vec<_>>());
    let compilados = compilados.unwrap_or_else(|erro| panic!("não compila:\n{erro}"));
    assert!(compilados.avisos.is_empty(), "avisos:\n{}", compilados.avisos);
    compilados
}
