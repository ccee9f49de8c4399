//! Cada ataque funciona até que um capítulo o impeça.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::thread;

use book::ataques::{ATAQUES, Ataque};
use book::processo::{ate_o_fim, comando};
use tests::{atacar, capitulos, raiz};

#[test]
fn cada_ataque_funciona_onde_ninguem_o_impede_e_falha_nos_outros() {
    let capitulos = capitulos();
    let pares: Vec<_> = ATAQUES
        .iter()
        .flat_map(|ataque| {
            let atacados =
                capitulos.iter().filter(|nome| nome.as_str() >= ataque.desde);
            atacados.map(move |capitulo| (ataque, capitulo))
        })
        .collect();
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
            dele.map(|(_, nome)| impedido(ataque, nome)).collect();
        assert_eq!(desfechos.len(), 2, "{}", ataque.nome);
    }
}

fn conferir_em(ataque: &Ataque, capitulo: &str) {
    let (funcionou, contado) = atacar(ataque, capitulo);
    let impedido = impedido(ataque, capitulo);
    assert_ne!(funcionou, impedido, "{} em {capitulo}:\n{contado}", ataque.nome);
}

/// Verdadeiro se este capítulo, ou um de que ele parte, impede o ataque. O site inteiro impede todos.
fn impedido(ataque: &Ataque, capitulo: &str) -> bool {
    let anterior = book::diferencas::parte_de(raiz(), capitulo).unwrap();
    capitulo == "cap18-completa"
        || ataque.impedem.contains(&capitulo)
        || anterior.is_some_and(|anterior| impedido(ataque, &anterior))
}

#[test]
fn cada_ataque_funciona_no_capitulo_de_que_parte_o_que_o_impede() {
    let nomes: BTreeSet<_> = ATAQUES.iter().map(|ataque| ataque.nome).collect();
    assert_eq!(nomes.len(), ATAQUES.len(), "dois ataques com o mesmo nome");
    for ataque in ATAQUES {
        // Quem tira um capítulo do repositório não precisa tirar o ataque dele.
        for capitulo in ataque.impedem.iter().filter(|nome| existe(nome)) {
            let anterior =
                book::diferencas::parte_de(raiz(), capitulo).unwrap().unwrap();
            let funciona =
                !impedido(ataque, &anterior) && anterior.as_str() >= ataque.desde;
            assert!(funciona, "{} já não funciona em {anterior}", ataque.nome);
        }
    }
}

fn existe(capitulo: &str) -> bool {
    capitulos().iter().any(|nome| nome == capitulo)
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
