//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use rocket::http::{ContentType, Status};
use rocket::local::blocking::{Client, LocalResponse};
use teste::cliente;
use time::OffsetDateTime;

#[test]
fn o_tema_escolhido_sai_criptografado_e_a_raiz_o_abre() {
    let navegador = cliente(super::rocket());
    for tema in ["claro", "escuro"] {
        let resposta = escolher(&navegador, &format!("tema={tema}"));
        let aberto = resposta.cookies().get_private("tema");
        let veio = aberto.map(|cookie| cookie.value().to_owned());
        assert!(
            resposta.status() == Status::SeeOther && veio.as_deref() == Some(tema),
            "Esperado: código 303 e um cookie privado `tema` com o valor {tema}.\n\
             Veio: código {}, valor {veio:?}.\n\
             Olhe: qual método do jar criptografa? Este tema está na sua lista?",
            resposta.status().code
        );
    }
    let pagina = navegador.get("/").dispatch().into_string().unwrap_or_default();
    assert!(
        pagina.contains("O seu tema está armazenado"),
        "Esperado: depois da escolha, a raiz diz \"O seu tema está armazenado\".\n\
         Veio: outra página.\n\
         Olhe: o nome do cookie continua `tema`?"
    );
}

#[test]
fn um_formulario_sem_tema_recebe_422() {
    let navegador = cliente(super::rocket());
    recusado(
        &escolher(&navegador, "cor=azul"),
        "um formulário sem o campo `tema`",
        "o que acontece quando `formulario` é `None`?",
    );
}

#[test]
fn o_tema_dura_30_dias() {
    let navegador = cliente(super::rocket());
    let resposta = escolher(&navegador, "tema=escuro");
    let cookie = resposta.cookies().get("tema");
    let validade = cookie.and_then(|cookie| cookie.expires_datetime());
    let horas =
        validade.map(|data| (data - OffsetDateTime::now_utc()).as_seconds_f64());
    let horas = horas.map_or(0, |segundos| (segundos / 3600.0).round() as i64);
    assert!(
        horas == 30 * 24,
        "Esperado: o cookie `tema` vence daqui a 720 horas, que são 30 dias.\n\
         Veio: vence daqui a {horas} h.\n\
         Olhe: em `armazenar`, de onde sai a validade? Que unidades `Duration` conhece?"
    );
}

#[test]
fn um_tema_que_nao_existe_recebe_422_e_nada_fica_armazenado() {
    let navegador = cliente(super::rocket());
    for tema in ["roxo", "", "Escuro", "escuro "] {
        recusado(
            &escolher(&navegador, &format!("tema={}", tema.replace(' ', "%20"))),
            &format!("o tema {tema:?}"),
            "o `match` do login do capítulo 3 só aceita dois textos. Como ele os escreve?",
        );
    }
}

/// Envia o formulário com este corpo.
fn escolher<'c>(navegador: &'c Client, corpo: &str) -> LocalResponse<'c> {
    navegador.post("/tema").header(ContentType::Form).body(corpo).dispatch()
}

/// Confere que a resposta recusa a escolha e não armazena nada.
#[track_caller]
fn recusado(resposta: &LocalResponse<'_>, caso: &str, olhe: &str) {
    let armazenou = resposta.headers().get_one("Set-Cookie").is_some();
    assert!(
        resposta.status() == Status::UnprocessableEntity && !armazenou,
        "Esperado: {caso} recebe o código 422, e nenhum cookie.\n\
         Veio: código {}, {}.\n\
         Olhe: {olhe}",
        resposta.status().code,
        if armazenou { "com um cookie" } else { "sem cookie" }
    );
}
