//! `cargo progresso` diz a verdade sobre o que passa e o que falta.

use std::collections::BTreeMap;

use book::processo::{ate_o_fim, comando, pasta_do_capitulo};
use tests::{arquivos, capitulos, exercicios, ler, raiz};

#[test]
fn a_tabela_que_o_livro_mostra_conta_os_testes_que_existem() {
    let tabela = ler(raiz().join("book/saidas/como-usar-progresso.txt"));
    let dos_capitulos =
        capitulos().into_iter().map(|nome| (nome.clone(), pasta_do_capitulo(&nome)));
    let dos_exercicios =
        exercicios().into_iter().map(|exercicio| (exercicio.pacote, exercicio.pasta));
    let todos: BTreeMap<_, _> = dos_capitulos.chain(dos_exercicios).collect();
    let marcas = ["  ✔ ", "  · "];
    let linhas: Vec<&str> = tabela
        .lines()
        .filter_map(|linha| marcas.iter().find_map(|marca| linha.strip_prefix(*marca)))
        .collect();
    assert!(linhas.len() >= 10, "a primeira parte inteira:\n{tabela}");
    for linha in linhas {
        let (nome, conta) = linha.split_once(' ').unwrap();
        let fontes = arquivos(&todos[nome].join("src"));
        let testes: usize =
            fontes.iter().map(|fonte| ler(fonte).matches("test]\n").count()).sum();
        assert!(conta.ends_with(&format!(" de {testes}")), "{testes} testes: {linha}");
    }
}

#[test]
fn cargo_progresso_recusa_em_portugues_o_que_nao_entende() {
    for (argumentos, trecho) in [
        (["--nada"].as_slice(), "não entendi"),
        (&["--reiniciar"], "diga qual"),
        (&["--reiniciar", "ex99"], "não há um exercício `ex99`"),
    ] {
        let mut progresso = comando("progresso");
        progresso.args(argumentos);
        let (certo, saida) = ate_o_fim(progresso);
        assert!(
            !certo && saida.starts_with("erro: ") && saida.contains(trecho),
            "{saida}"
        );
    }
    let mut ajuda = comando("progresso");
    ajuda.arg("--ajuda");
    let (certo, saida) = ate_o_fim(ajuda);
    assert!(certo && saida.contains("Uso: cargo progresso"), "{saida}");
}
