//! `cargo progresso` diz a verdade sobre o que passa e o que falta: a tabela que o livro mostra é
//! comparada com a dele em `o_curl_de_verdade_responde_o_que_a_pagina_mostra`.

use book::processo::{ate_o_fim, comando};

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
