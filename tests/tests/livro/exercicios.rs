//! Os exercícios como o repositório os entrega: cada começo compila sem avisos e falha onde o
//! exercício pede trabalho; cada solução passa nos mesmos testes.

use std::collections::BTreeSet;
use std::path::Path;

use book::navegador::Navegador;
use book::processo::{Processo, cargo, chave_de_teste, pasta_do_capitulo, servidor};
use book::testes::Testes;
use regex::Regex;
use tests::exercicio::{Compilados, Exercicio, RESOLVIDO, exercicios, testar};
use tests::{arquivos, capitulos, ler, livro};

#[test]
fn cada_capitulo_traz_um_exercicio_que_depende_so_do_que_o_capitulo_usa() {
    for Exercicio { capitulo, pasta, pacote, .. } in exercicios() {
        assert!(pacote.starts_with(&format!("ex{}-", &capitulo[3..5])), "{pacote}");
        let templates = arquivos(&pasta.join("templates"));
        assert!(!templates.is_empty(), "{pacote} não tem templates");
        let mut do_capitulo = dependencias(&pasta_do_capitulo(&capitulo));
        // A biblioteca do 18 é o próprio capítulo.
        do_capitulo.insert("rocket_sessoes".into());
        let dele = dependencias(&pasta);
        let a_mais: Vec<_> = dele.difference(&do_capitulo).collect();
        assert!(a_mais.is_empty(), "{pacote} depende de {a_mais:?}");
    }
}

#[test]
fn o_comeco_tem_um_todo_e_os_mesmos_testes_que_a_solucao_que_nao_tem_nenhum() {
    for exercicio in exercicios() {
        let pacote = &exercicio.pacote;
        let ler =
            |arquivo: &str| ler(exercicio.pasta.join(arquivo)).replace("\r\n", "\n");
        let por_fazer = usize::from(exercicio.por_resolver());
        for (arquivo, trecho, quantos) in [
            ("src/main.rs", "#[cfg(test)]\nmod tests;\n", por_fazer),
            ("src/tests.rs", "//! Não mude este arquivo", 0),
            (
                "solucao/main.rs",
                "#[cfg(test)]\n#[path = \"../src/tests.rs\"]\nmod tests;\n",
                0,
            ),
        ] {
            let texto = ler(arquivo);
            assert!(texto.contains(trecho), "{arquivo} de {pacote} não tem {trecho}");
            assert_eq!(texto.matches("TODO").count(), quantos, "{arquivo} de {pacote}");
        }
    }
}

#[test]
fn o_que_o_exercicio_nao_pede_e_igual_no_comeco_e_na_solucao() {
    // Fora da âncora, só muda o que a solução importa, o título e o caminho dos testes.
    for exercicio in por_resolver() {
        let comeco = sem_espacos(&ler(exercicio.pasta.join("src/main.rs")));
        let solucao = ler(exercicio.pasta.join("solucao/main.rs"));
        let (antes, resto) =
            solucao.split_once("// ANCHOR: solucao\n").expect("tem âncora");
        let (_, depois) =
            resto.split_once("// ANCHOR_END: solucao\n").expect("ela fecha");
        let (_, antes) = antes.split_once("mod tests;").expect("tem testes");
        for trecho in antes.split("\n\n").chain(depois.split("\n\n")) {
            let igual = comeco.contains(&sem_espacos(trecho));
            assert!(igual, "só na solução de {}:\n{trecho}", exercicio.pacote);
        }
    }
}

#[test]
fn cada_pagina_apresenta_o_exercicio_do_capitulo() {
    for Exercicio { capitulo, pacote, .. } in exercicios() {
        let pagina = ler(livro().join(format!("src/{capitulo}.md")));
        let mut secoes = pagina.split("\n## ");
        let secao = secoes.find_map(|secao| secao.strip_prefix("Exercício\n"));
        let secao = secao.unwrap_or_else(|| panic!("{capitulo} não tem o exercício"));
        let numero = &capitulo[..5];
        for trecho in [
            &format!(
                "```sh\ncargo test -p {pacote}\n```\n\n```text\n{{{{#include ../saidas/{numero}-"
            ),
            &format!("chapters/{capitulo}/exercicio`"),
            &format!("chapters/{capitulo}/exercicio/solucao/main.rs:solucao"),
            "<summary>Dica 2",
            "<summary>Solução</summary>",
            "**Você terminou quando**",
        ] {
            assert!(
                secao.contains(trecho),
                "ao exercício de {capitulo} falta:\n{trecho}"
            );
        }
    }
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "em debug já se sabe")]
fn cada_exercicio_e_cada_solucao_compilam_sem_avisos() {
    let avisos = &Compilados::testes().avisos;
    assert!(avisos.is_empty(), "avisos do compilador:\n{avisos}");
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "em debug já se sabe")]
fn cada_exercicio_por_resolver_falha_nos_testes_que_deve_e_com_uma_mensagem_que_ensina()
{
    let mensagem = Regex::new(r"(?s)\AEsperado: .+\nVeio: .+\nOlhe: .+[?.]\z").unwrap();
    for exercicio in por_resolver() {
        let pacote = &exercicio.pacote;
        let (certo, saida) = testar(&exercicio, pacote);
        assert!(!certo, "{pacote} passa como veio. {RESOLVIDO}");
        let testes = Testes::ler(&saida);
        let falharam: BTreeSet<_> = testes.falharam.keys().cloned().collect();
        let esperados: BTreeSet<_> = exercicio.deve_falhar.iter().cloned().collect();
        assert_eq!(falharam, esperados, "{pacote}. {RESOLVIDO}\n{saida}");
        assert!(!testes.passaram.is_empty(), "{pacote}: nenhum teste passa\n{saida}");
        for (teste, falha) in &testes.falharam {
            assert!(
                falha.lugar.contains("tests.rs:"),
                "{teste} parou fora dos testes\n{saida}"
            );
            let ensina = mensagem.is_match(&falha.mensagem);
            assert!(ensina, "{teste} não ensina:\n{}", falha.mensagem);
        }
    }
}

#[test]
#[ignore = "só vale para o repositório como veio, que é o que o CI confere"]
fn nenhum_exercicio_veio_resolvido() {
    assert_eq!(por_resolver().count(), capitulos().len());
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "em debug já se sabe")]
fn cada_solucao_passa_nos_mesmos_testes() {
    for exercicio in exercicios() {
        let (_, por_resolver) = testar(&exercicio, &exercicio.pacote);
        let (certo, resolvido) = testar(&exercicio, &exercicio.solucao());
        assert!(certo, "a solução de {} não passa:\n{resolvido}", exercicio.pacote);
        assert_eq!(nomes(&resolvido), nomes(&por_resolver), "{}", exercicio.pacote);
    }
}

#[test]
#[ignore = "precisa de mais 200 MB em target, para os programas fora dos testes"]
fn cada_exercicio_e_um_programa_que_atende() {
    let mut compilar = cargo();
    compilar.args(["build", "--quiet"]);
    for Exercicio { pacote, .. } in exercicios() {
        compilar.args(["-p", &pacote, "--bin", &pacote]);
    }
    assert!(compilar.status().unwrap().success());
    for Exercicio { pacote, pasta, .. } in exercicios() {
        let mut exercicio = servidor(&pacote, &chave_de_teste('1'));
        exercicio.env("CARGO_MANIFEST_DIR", &pasta);
        let processo = Processo::iniciar(exercicio);
        let codigo = Navegador::novo(&processo.endereco).get("/").codigo;
        assert!(matches!(codigo, 200 | 303), "{pacote} responde {codigo}");
    }
}

/// Os exercícios que o estudante ainda não resolveu.
fn por_resolver() -> impl Iterator<Item = Exercicio> {
    exercicios().into_iter().filter(Exercicio::por_resolver)
}

/// Os testes que executaram, passando ou não.
fn nomes(saida: &str) -> BTreeSet<String> {
    let Testes { mut passaram, falharam } = Testes::ler(saida);
    passaram.extend(falharam.into_keys());
    passaram
}

/// As crates que um pacote cita.
fn dependencias(pasta: &Path) -> BTreeSet<String> {
    let cargo: toml::Table = ler(pasta.join("Cargo.toml")).parse().unwrap();
    cargo["dependencies"].as_table().unwrap().keys().cloned().collect()
}

fn sem_espacos(texto: &str) -> String {
    texto.split_whitespace().collect()
}
