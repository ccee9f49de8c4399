//! Cada ataque funciona até que um capítulo o impeça.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::thread;

use book::ataques::{ATAQUES, Ataque, DESCRICOES};
use book::capitulos::{impede, parte_de};
use book::processo::{ate_o_fim, comando};
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
    let fila = Mutex::new(pares.iter());
    let proximo = || fila.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|grupo| {
        for _ in 0..8 {
            grupo.spawn(|| {
                while let Some((ataque, capitulo)) = proximo() {
                    conferir_em(ataque, capitulo);
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
        let dito = DESCRICOES.contains(&format!("\n  {} ", ataque.nome));
        assert!(dito, "{}", ataque.nome);
    }
}

fn conferir_em(ataque: &Ataque, capitulo: &str) {
    let (funcionou, contado) = atacar(ataque, capitulo);
    let impedido = ataque.impedido(capitulo).unwrap();
    assert_ne!(funcionou, impedido, "{} em {capitulo}:\n{contado}", ataque.nome);
}

#[test]
fn cada_ataque_funciona_no_capitulo_de_que_parte_o_que_o_impede() {
    let nomes: BTreeSet<_> = ATAQUES.iter().map(|ataque| ataque.nome).collect();
    assert_eq!(nomes.len(), ATAQUES.len(), "dois ataques com o mesmo nome");
    for capitulo in capitulos() {
        for nome in impede(&capitulo).unwrap() {
            let ataque = ATAQUES.iter().find(|ataque| ataque.nome == nome);
            let ataque = ataque.unwrap_or_else(|| panic!("{capitulo}: não há {nome}"));
            for antes in parte_de(&capitulo).unwrap() {
                let funciona = ataque.alcanca(&antes).unwrap()
                    && !ataque.impedido(&antes).unwrap();
                assert!(funciona, "{nome}, que {capitulo} impede, já falha em {antes}");
            }
        }
    }
}

#[test]
fn cargo_ataque_conta_os_passos_e_termina_bem_tenha_funcionado_ou_nao() {
    for (ataque, capitulo, desfecho) in [
        ("emenda", "cap05-logout", "O ataque funcionou."),
        ("emenda", "5", "O ataque funcionou."),
        ("emenda", "cap06", "O ataque falhou."),
        ("troca-de-chave", "cap14-rotacao", "A falha não aparece mais."),
    ] {
        let mut comando = comando("ataque");
        comando.args([ataque, capitulo]);
        let (certo, saida) = ate_o_fim(comando);
        assert!(certo, "{saida}");
        assert_eq!(saida.lines().last(), Some(desfecho), "{saida}");
        assert!(saida.starts_with("1. ") && saida.contains("\n   → "), "{saida}");
    }
}
