//! Grava de novo, a partir dos programas de verdade, o que o livro mostra.
//!
//! Use quando um programa mudou de propósito, e leia a diferença no git antes de aceitá-la.
//! Sem argumentos, grava as saídas de todas as páginas; com o nome de uma página, como
//! `cap03-armazenar`, só as dela. `features` gera as crates de `shared/features`.

use std::fs::write;

use tests::terminal::{Terminal, passos};

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("features") => tests::features::gravar(),
        pagina => gravar_saidas(pagina),
    }
}

fn gravar_saidas(pedida: Option<&str>) {
    let paginas = book::paginas(&tests::livro()).expect("as páginas devem abrir");
    let pedidas = paginas.iter().filter(|pagina| {
        pedida.is_none_or(|nome| pagina.ends_with(format!("{nome}.md")))
    });
    let paginas: Vec<_> = pedidas.map(|pagina| (pagina, passos(pagina))).collect();
    // Uma saída que ainda não existe faria o próprio `cargo livro`, que a grava, recusar a página.
    let passos = paginas.iter().flat_map(|(_, passos)| passos);
    let saidas = passos.filter_map(|passo| passo.gravada.as_ref());
    for nova in saidas.filter(|arquivo| !arquivo.exists()) {
        write(nova, "…\n").expect("o arquivo deve ser gravado");
    }
    for (pagina, passos) in paginas {
        let mut terminal = Terminal::novo(pagina);
        for passo in passos {
            let saida = terminal.executar(&passo.bloco);
            if let Some(arquivo) = passo.gravada {
                write(&arquivo, saida).expect("o arquivo deve ser gravado");
                println!("{}", arquivo.display());
            }
        }
    }
}
