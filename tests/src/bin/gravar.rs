//! Grava de novo, a partir dos programas de verdade, as saídas que o livro mostra.
//!
//! Use quando um programa mudou de propósito, e leia a diferença no git antes de aceitá-la.
//! Com o nome de uma página, como `cap03-armazenar`, grava só as saídas dela.

use tests::terminal::{Terminal, passos};

fn main() {
    let pedida = std::env::args().nth(1);
    let mut paginas =
        book::paginas(&tests::livro()).expect("as páginas do livro devem abrir");
    paginas.retain(|pagina| {
        pedida
            .as_deref()
            .is_none_or(|nome| pagina.file_stem().is_some_and(|um| um == nome))
    });
    let passos_de_cada: Vec<_> = paginas.iter().map(|pagina| passos(pagina)).collect();
    // Uma saída que ainda não existe faria o próprio `cargo livro`, que a grava, recusar a página.
    for arquivo in
        passos_de_cada.iter().flatten().filter_map(|passo| passo.gravada.as_ref())
    {
        if !arquivo.exists() {
            std::fs::write(arquivo, "…\n").expect("a saída deve ser gravada");
        }
    }
    for passos in passos_de_cada {
        let mut terminal = Terminal::default();
        for passo in passos {
            let saida = terminal.executar(&passo.bloco);
            if let Some(arquivo) = passo.gravada {
                std::fs::write(&arquivo, saida).expect("a saída deve ser gravada");
                println!("{}", arquivo.display());
            }
        }
    }
}
