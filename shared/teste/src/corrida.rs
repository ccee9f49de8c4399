//! Uma corrida: um logout enquanto outras requisições gravam a mesma sessão.

use std::sync::Barrier;
use std::thread;

use rocket::tokio::runtime::Runtime;

/// Em cada rodada, três threads gravam um registro até que `gravar` diga que não pode mais,
/// enquanto outra o apaga. Depois de apagado, ele não volta.
///
/// Com um armazenamento errado, cada rodada é um sorteio: por isso são muitas. Com um certo,
/// o resultado é sempre o mesmo.
pub fn apagar_enquanto_tres_gravam(
    rodadas: usize,
    criar: impl AsyncFn(&str),
    gravar: impl AsyncFn(&str) -> bool + Sync,
    apagar: impl AsyncFn(&str),
    existe: impl AsyncFn(&str) -> bool,
) {
    let tokio = Runtime::new().expect("o tokio deve iniciar");
    for rodada in 0..rodadas {
        let nome = &format!("registro {rodada}");
        tokio.block_on(criar(nome));
        let juntas = &Barrier::new(4);
        thread::scope(|escopo| {
            for _ in 0..3 {
                escopo.spawn(|| {
                    juntas.wait();
                    // Se o registro volta, alguém sempre pode gravar: daí o limite.
                    (0..50).all(|_| tokio.block_on(gravar(nome)))
                });
            }
            juntas.wait();
            tokio.block_on(apagar(nome));
        });
        assert!(!tokio.block_on(existe(nome)), "na rodada {rodada}, o registro voltou");
    }
}
