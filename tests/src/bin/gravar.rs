//! Grava de novo, a partir dos programas de verdade, as saídas que o livro mostra.
//!
//! Use quando um programa mudou de propósito, e leia a diferença no git antes de aceitá-la.
//! Com o nome de uma página, como `cap03-armazenar`, grava só as saídas dela.

use std::path::Path;

use tests::terminal::{Terminal, passos};

fn main() {
    let pedida = std::env::args().nth(1);
    let paginas = book::paginas(&tests::livro()).expect("as páginas devem abrir");
    let pedidas = paginas.iter().filter(|pagina| {
        pedida.as_ref().is_none_or(|nome| pagina.ends_with(format!("{nome}.md")))
    });
    let paginas: Vec<_> = pedidas.map(|pagina| passos(pagina)).collect();
    let gravar = |arquivo: &Path, saida: &str| {
        std::fs::write(arquivo, saida).expect("a saída deve ser gravada");
    };
    // Uma saída que ainda não existe faria o próprio `cargo livro`, que a grava, recusar a página.
    let saidas = paginas.iter().flatten().filter_map(|passo| passo.gravada.as_ref());
    saidas
        .filter(|arquivo| !arquivo.exists())
        .for_each(|arquivo| gravar(arquivo, "…\n"));
    for passos in paginas {
        let mut terminal = Terminal::default();
        for passo in passos {
            let saida = terminal.executar(&passo.bloco);
            if let Some(arquivo) = passo.gravada {
                gravar(&arquivo, &saida);
                println!("{}", arquivo.display());
            }
        }
    }
}
