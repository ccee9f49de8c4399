//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use serde_json::json;
use teste::{Resposta, Visitante};

use super::validade::agora;

#[test]
fn quem_reserva_ve_quanto_falta() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.postar("/reservar", "");
    let olhe = "`faltam` ainda desconta do prazo o tempo que passou?";
    confere(&mut visitante, 120, olhe);
    confere(&mut reservou_ha(50), 70, olhe);
}

#[test]
fn dentro_do_prazo_a_compra_e_aceita() {
    for segundos in [0, 60, 110] {
        let olhe = "até quantos segundos depois da reserva ela ainda vale?";
        confere_compra(&mut reservou_ha(segundos), true, olhe);
    }
}

#[test]
fn depois_do_prazo_a_compra_e_recusada() {
    for segundos in [120, 3_600] {
        let olhe = "o que `faltam` devolve quando o tempo que passou chega a `PRAZO`?";
        confere_compra(&mut reservou_ha(segundos), false, olhe);
    }
}

#[test]
fn uma_reserva_que_venceu_sai_da_sessao() {
    let resposta = reservou_ha(121).abrir("/");
    let linha = resposta.set_cookie("session").unwrap_or("nenhum `set-cookie`");
    assert!(
        linha.contains("Max-Age=0"),
        "Esperado: vencida a reserva, a sessão fica vazia, e o cookie sai do navegador.\n\
         Veio: {linha}.\n\
         Olhe: que método da sessão remove um valor?"
    );
}

#[test]
fn uma_reserva_que_venceu_pode_ser_feita_de_novo() {
    let mut visitante = reservou_ha(200);
    visitante.postar("/reservar", "");
    let olhe = "`reservar` só armazena uma hora nova quando `faltam` devolve `None`. \
                O que ela devolve?";
    confere(&mut visitante, 120, olhe);
}

#[test]
fn reservar_de_novo_dentro_do_prazo_nao_o_prolonga() {
    let mut visitante = reservou_ha(100);
    visitante.postar("/reservar", "");
    confere(&mut visitante, 20, "`reservar` já veio pronta. Ela mudou?");
}

#[test]
fn uma_hora_impossivel_conta_como_nenhuma_reserva() {
    let do_futuro = "quanto dá o tempo que passou, se a hora é do futuro?";
    let enorme = "o resultado desta conta cabe em um `i64`? Que conta não estoura?";
    for (caso, hora, olhe) in [
        ("uma hora à frente", agora() + 3_600, do_futuro),
        ("o maior `i64`", i64::MAX, do_futuro),
        ("o menor `i64`", i64::MIN, enorme),
    ] {
        let resposta = reservou_em(hora).abrir("/");
        let veio = faltam(&resposta);
        assert!(
            resposta.codigo == 200 && veio.is_none(),
            "Esperado: nenhum lugar reservado, se a hora da reserva é {caso}.\n\
             Veio: código {} e {}.\n\
             Olhe: {olhe}",
            resposta.codigo,
            em_palavras(veio)
        );
    }
}

/// Um navegador que fez a reserva há tantos segundos.
fn reservou_ha(segundos: i64) -> Visitante {
    reservou_em(agora() - segundos)
}

fn reservou_em(hora: i64) -> Visitante {
    let horas = json!({ "criada": agora(), "usada": agora() });
    let sessao = json!({ "horas": horas, "valores": { "reservada": hora } });
    let mut visitante = Visitante::novo(super::rocket());
    visitante.forjar("session", sessao);
    visitante
}

/// Quantos segundos de reserva a página mostra.
fn faltam(resposta: &Resposta) -> Option<i64> {
    let (_, depois) = resposta.corpo.split_once("Faltam ")?;
    depois.split(' ').next()?.parse().ok()
}

/// Em dezenas: o relógio de verdade também anda enquanto o teste roda.
fn em_palavras(faltam: Option<i64>) -> String {
    faltam.map_or("nenhum lugar reservado".to_owned(), |faltam| {
        let dezenas = faltam.saturating_add(5).div_euclid(10) * 10;
        format!("um lugar reservado por cerca de {dezenas} s")
    })
}

/// Confere quanto falta. Um segundo a menos não conta.
#[track_caller]
fn confere(visitante: &mut Visitante, esperado: i64, olhe: &str) {
    let veio = faltam(&visitante.abrir("/"));
    assert!(
        [Some(esperado), Some(esperado - 1)].contains(&veio),
        "Esperado: a página mostra {}.\nVeio: {}.\nOlhe: {olhe}",
        em_palavras(Some(esperado)),
        em_palavras(veio)
    );
}

/// Tenta comprar e confere se a compra foi aceita.
#[track_caller]
fn confere_compra(visitante: &mut Visitante, aceita: bool, olhe: &str) {
    let codigo = visitante.postar("/comprar", "").codigo;
    let comprou = visitante.abrir("/").corpo.contains("Ingresso comprado.");
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
