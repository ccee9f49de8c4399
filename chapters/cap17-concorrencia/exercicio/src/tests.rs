//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use rocket::execute;
use rocket::request::FromRequest;
use teste::Visitante;

use crate::capitulo::sessao::Sessao;
use crate::mais_um;

#[test]
fn uma_aba_reserva_um_por_vez() {
    for vezes in 1..=4 {
        confere(com_ingressos(vezes), vezes, "`mais_um` ainda soma um?");
    }
}

#[test]
fn uma_aba_nao_passa_de_quatro() {
    confere(com_ingressos(5), 4, "onde `mais_um` compara com `MAXIMO`?");
}

#[test]
fn duas_abas_juntas_reservam_dois() {
    let visitante = com_ingressos(1);
    em_duas_abas(&visitante);
    confere(
        visitante,
        3,
        "`armazenar` repete o número que a aba leu. O que repete a conta?",
    );
}

#[test]
fn duas_abas_juntas_nao_passam_de_quatro() {
    let visitante = com_ingressos(3);
    em_duas_abas(&visitante);
    confere(
        visitante,
        4,
        "a comparação acontece de novo quando a mudança se repete, ou só na primeira vez?",
    );
    // Com um número a mais que o máximo, uma comparação feita só uma vez não basta.
    let visitante = com_ingressos(2);
    em_duas_abas(&visitante);
    em_duas_abas(&visitante);
    confere(visitante, 4, "de onde vem o número que você compara com `MAXIMO`?");
}

/// Alguém que reservou tantas vezes.
fn com_ingressos(vezes: u32) -> Visitante {
    let mut visitante = Visitante::novo(super::rocket());
    for _ in 0..vezes {
        visitante.postar("/reservar", "");
    }
    visitante
}

/// Duas abas leem a mesma sessão, e cada uma reserva mais um ingresso.
fn em_duas_abas(visitante: &Visitante) {
    let cookie = ("session".to_owned(), visitante.cookies["session"].clone());
    let pedidos =
        [(), ()].map(|()| visitante.servidor().get("/").cookie(cookie.clone()));
    let mut abas = pedidos
        .each_ref()
        .map(|pedido| execute(Sessao::from_request(pedido.inner())).unwrap());
    for aba in &mut abas {
        mais_um(aba);
    }
    for aba in &mut abas {
        execute(aba.gravar()).unwrap();
    }
}

/// Confere quantos ingressos a página mostra.
#[track_caller]
fn confere(mut visitante: Visitante, esperado: u32, olhe: &str) {
    let pagina = visitante.abrir("/").corpo;
    let veio = pagina
        .split("Ingressos: ")
        .nth(1)
        .and_then(|resto| resto.split(|letra: char| !letra.is_ascii_digit()).next());
    let veio = veio.unwrap_or("nenhum número");
    assert!(
        veio == esperado.to_string(),
        "Esperado: a página mostra {esperado}.\nVeio: {veio}.\nOlhe: {olhe}"
    );
}
