//! Cada ataque funciona até que um capítulo o impeça.

use std::collections::BTreeSet;
use std::thread;

use book::ataques::{AJUDA, ATAQUES};
use tests::{atacar, capitulos};

#[test]
fn cada_ataque_funciona_onde_ninguem_o_impede_e_falha_nos_outros() {
    let capitulos = capitulos();
    let todos = ATAQUES.iter().flat_map(|ataque| {
        let atacados = capitulos.iter().filter(|nome| ataque.alcanca(nome).unwrap());
        atacados.map(move |capitulo| (ataque, capitulo))
    });
    let pares: Vec<_> = todos.collect();
    // Uns esperam pelo relógio, outros pelo processador: oito por vez aproveitam os dois.
    thread::scope(|grupo| {
        for vez in 0..8 {
            let dele = pares.iter().skip(vez).step_by(8);
            grupo.spawn(|| {
                for (ataque, capitulo) in dele {
                    let (funcionou, contado) = atacar(ataque, capitulo);
                    let impedido = ataque.impedido(capitulo).unwrap();
                    let onde = format!("{} em {capitulo}", ataque.nome);
                    assert_ne!(funcionou, impedido, "{onde}:\n{contado}");
                }
            });
        }
    });
    // Um ataque que nunca muda de desfecho não ensina nada.
    for ataque in ATAQUES {
        let dele = pares.iter().filter(|(um, _)| um.nome == ataque.nome);
        let desfechos: BTreeSet<_> =
            dele.map(|(_, nome)| ataque.impedido(nome).unwrap()).collect();
        assert_eq!(desfechos.len(), 2, "{}", ataque.nome);
        let dito = AJUDA.contains(&format!("\n  {} ", ataque.nome));
        assert!(dito, "{}", ataque.nome);
    }
}
