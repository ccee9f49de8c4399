//! As entradas guardadas em `tests/corpus`, e as sorteadas a partir delas. Cada linha de um arquivo
//! é um texto em JSON; as de `todos.txt` servem a todos os alvos.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{TestError, TestRunner};
use serde_json::json;

/// O custo do que passa por um processo: repete-se este número de vezes menos que o que custa
/// microssegundos.
pub const POR_HTTP: u32 = 16;

/// Experimenta a afirmação com os textos guardados deste alvo e, depois, com os sorteados: novos,
/// ou um guardado com um trecho trocado. A falha traz a linha que a guarda para a próxima vez.
pub fn textos(
    alvo: &str,
    custo: u32,
    novos: impl Strategy<Value = String> + 'static,
    afirmacao: impl Fn(&str),
) {
    let guardados = [guardados("todos"), guardados(alvo)].concat();
    for texto in &guardados {
        let certo = catch_unwind(AssertUnwindSafe(|| afirmacao(texto)));
        assert!(certo.is_ok(), "tests/corpus, em {alvo}: {}", json!(texto));
    }
    let sorteados = prop_oneof![novos, mudado(guardados)];
    let falha = tentar(custo, sorteados, |texto| afirmacao(&texto));
    if let Err(TestError::Fail(motivo, texto)) = falha {
        panic!(
            "{motivo}\nacrescente a tests/corpus/{alvo}.txt a linha\n{}",
            json!(texto)
        );
    }
    falha.unwrap();
}

/// Experimenta a afirmação com entradas sorteadas. Se uma falha, mostra a menor que falha.
pub fn sortear<E: Strategy>(custo: u32, entradas: E, afirmacao: impl Fn(E::Value))
where
    E::Value: Debug,
{
    tentar(custo, entradas, afirmacao).unwrap_or_else(|falha| panic!("{falha}"));
}

fn tentar<E: Strategy>(
    custo: u32,
    entradas: E,
    afirmacao: impl Fn(E::Value),
) -> Result<(), TestError<E::Value>> {
    // O proptest lê PROPTEST_CASES, que o CI aumenta.
    let padrao = ProptestConfig::default();
    let cases = (padrao.cases / custo).max(8);
    let ajustes = ProptestConfig { cases, failure_persistence: None, ..padrao };
    TestRunner::new(ajustes).run(&entradas, |entrada| {
        afirmacao(entrada);
        Ok(())
    })
}

fn guardados(alvo: &str) -> Vec<String> {
    let arquivo = book::raiz().join(format!("tests/corpus/{alvo}.txt"));
    let linhas = std::fs::read_to_string(&arquivo)
        .unwrap_or_else(|erro| panic!("{}: {erro}", arquivo.display()));
    let texto = |linha| {
        serde_json::from_str(linha).unwrap_or_else(|erro| panic!("{linha}: {erro}"))
    };
    linhas.lines().map(texto).collect()
}

/// Um texto guardado, com outro pedaço no lugar de um trecho dele.
fn mudado(guardados: Vec<String>) -> impl Strategy<Value = String> {
    let onde = (any::<Index>(), any::<Index>());
    let pedaco = prop_oneof![select(guardados.clone()), ".{0,3}", "[ -~]{0,3}"];
    (select(guardados), onde, pedaco).prop_map(|(texto, (inicio, fim), pedaco)| {
        let letras: Vec<char> = texto.chars().collect();
        let [inicio, fim] = [inicio, fim].map(|onde| onde.index(letras.len() + 1));
        let (antes, depois) = (&letras[..inicio], &letras[fim..]);
        antes
            .iter()
            .copied()
            .chain(pedaco.chars())
            .chain(depois.iter().copied())
            .collect()
    })
}
