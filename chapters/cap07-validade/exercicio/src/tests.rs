//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use rocket::local::blocking::{Client, LocalResponse};
use serde_json::json;
use shared::teste::cliente;

use super::validade::Relogio;

#[test]
fn quem_reserva_ve_quanto_falta() {
    let navegador = cliente(super::rocket());
    reservar(&navegador);
    esperar(&navegador, 50);
    confere(&navegador, 70, "`faltam` ainda desconta do prazo o tempo que passou?");
}

#[test]
fn dentro_do_prazo_a_compra_e_aceita() {
    let navegador = cliente(super::rocket());
    reservar(&navegador);
    esperar(&navegador, 60);
    confere_compra(&navegador, true, "`comprar` já veio pronta. Ela mudou?");
}

#[test]
fn depois_do_prazo_a_compra_e_recusada() {
    let navegador = cliente(super::rocket());
    reservar(&navegador);
    esperar(&navegador, 120);
    let olhe = "o que `faltam` devolve quando o tempo que passou chega a `PRAZO`?";
    confere_compra(&navegador, false, olhe);
}

#[test]
fn uma_reserva_que_venceu_sai_da_sessao() {
    let navegador = cliente(super::rocket());
    reservar(&navegador);
    esperar(&navegador, 121);
    navegador.get("/").dispatch();
    let ficou = navegador.cookies().get("session").is_some();
    assert!(
        !ficou,
        "Esperado: vencida a reserva, a sessão fica vazia, e o cookie sai do navegador.\n\
         Veio: o cookie `session` continua lá.\n\
         Olhe: que método da sessão remove um valor?"
    );
}

#[test]
fn uma_reserva_que_venceu_pode_ser_feita_de_novo() {
    let navegador = cliente(super::rocket());
    reservar(&navegador);
    esperar(&navegador, 200);
    reservar(&navegador);
    let olhe = "`reservar` só armazena uma hora nova quando `faltam` devolve `None`.";
    confere(&navegador, 120, olhe);
}

#[test]
fn reservar_de_novo_dentro_do_prazo_nao_o_prolonga() {
    let navegador = cliente(super::rocket());
    reservar(&navegador);
    esperar(&navegador, 100);
    reservar(&navegador);
    confere(&navegador, 20, "`reservar` já veio pronta. Ela mudou?");
}

#[test]
fn uma_hora_impossivel_conta_como_nenhuma_reserva() {
    for adiante in [3_600, i64::MAX / 2, i64::MIN / 2] {
        let navegador = cliente(super::rocket());
        let agora = relogio(&navegador).agora();
        let marcas = json!({ "criada": agora, "usada": agora, "lembrar": false });
        let valores = json!({ "reservada": agora.saturating_add(adiante) });
        let sessao = json!({ "versao": 2, "marcas": marcas, "valores": valores });
        let cookie = ("session", sessao.to_string());
        let resposta = navegador.get("/").private_cookie(cookie).dispatch();
        let (codigo, veio) = (resposta.status().code, faltam(resposta));
        assert!(
            codigo == 200 && veio.is_none(),
            "Esperado: nenhum lugar reservado, se a hora da reserva é agora e mais {adiante} s.\n\
             Veio: código {codigo} e {}.\n\
             Olhe: que valores do tempo que passou são possíveis?",
            em_palavras(veio)
        );
    }
}

fn reservar(navegador: &Client) {
    navegador.post("/reservar").dispatch();
}

fn relogio(navegador: &Client) -> &Relogio {
    navegador.rocket().state().expect("`preparar` entrega um relógio")
}

/// Faz o relógio do servidor andar.
fn esperar(navegador: &Client, segundos: i64) {
    relogio(navegador).adiantar(segundos);
}

/// Quantos segundos de reserva a página mostra.
fn faltam(resposta: LocalResponse<'_>) -> Option<i64> {
    let pagina = resposta.into_string().unwrap_or_default();
    let (_, depois) = pagina.split_once("Faltam ")?;
    depois.split(' ').next()?.parse().ok()
}

/// Em dezenas: o relógio de verdade também anda enquanto o teste executa.
fn em_palavras(faltam: Option<i64>) -> String {
    faltam.map_or("nenhum lugar reservado".to_owned(), |faltam| {
        format!(
            "um lugar reservado por cerca de {} s",
            (faltam + 5).div_euclid(10) * 10
        )
    })
}

/// Confere quanto falta. Um segundo a menos não conta.
#[track_caller]
fn confere(navegador: &Client, esperado: i64, olhe: &str) {
    let veio = faltam(navegador.get("/").dispatch());
    assert!(
        [Some(esperado), Some(esperado - 1)].contains(&veio),
        "Esperado: a página mostra {}.\nVeio: {}.\nOlhe: {olhe}",
        em_palavras(Some(esperado)),
        em_palavras(veio)
    );
}

/// Tenta comprar e confere se a compra foi aceita.
#[track_caller]
fn confere_compra(navegador: &Client, aceita: bool, olhe: &str) {
    let codigo = navegador.post("/comprar").dispatch().status().code;
    let pagina = navegador.get("/").dispatch().into_string().unwrap_or_default();
    let comprou = pagina.contains("Ingresso comprado.");
    assert!(
        (codigo, comprou) == (if aceita { 303 } else { 410 }, aceita),
        "Esperado: a compra {}.\nVeio: código {codigo}, {}.\nOlhe: {olhe}",
        if aceita {
            "é aceita, com o código 303"
        } else {
            "é recusada, com o código 410"
        },
        if comprou { "e o ingresso foi comprado" } else { "e nada foi comprado" }
    );
}
