//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use teste::Visitante;

#[test]
fn o_pin_certo_abre_o_armario() {
    for pin in ["2580", "0000", "nove é 9"] {
        let (mut visitante, _) = fechado_com(pin);
        let codigo = abrir(&mut visitante, pin);
        confere(
            codigo == 303 && guardado(&mut visitante).is_none(),
            &format!("o PIN {pin:?}, o mesmo do fechamento, abre o armário"),
            &format!("código {codigo}"),
            "`confere` usa o sal que está no texto guardado, ou sorteia outro?",
        );
    }
}

#[test]
fn outro_pin_nao_abre_o_armario() {
    for outro in ["2581", "25800", "258", "", "2580 "] {
        let (mut visitante, _) = fechado_com("2580");
        let codigo = abrir(&mut visitante, outro);
        confere(
            codigo == 401 && guardado(&mut visitante).is_some(),
            &format!("fechado com 2580, o PIN {outro:?} recebe 401"),
            &format!("código {codigo}"),
            "o que `confere` devolve quando o PIN é outro?",
        );
    }
}

#[test]
fn o_armario_nao_guarda_o_pin() {
    let (_, texto) = fechado_com("2580 é o meu PIN");
    confere(
        !texto.contains("2580 é o meu PIN"),
        "o texto guardado não traz o PIN",
        &texto,
        "o que `guardar` devolve?",
    );
}

#[test]
fn o_texto_guardado_e_do_argon2id() {
    let (_, texto) = fechado_com("2580");
    confere(
        texto.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "um texto que começa com $argon2id$v=19$m=19456,t=2,p=1$",
        &texto,
        "que função de `gerar-hash.rs` faz um texto assim?",
    );
}

#[test]
fn o_mesmo_pin_em_dois_armarios_da_dois_textos() {
    let ((_, um), (_, outro)) = (fechado_com("2580"), fechado_com("2580"));
    confere(
        um != outro,
        "dois armários com o mesmo PIN guardam textos diferentes",
        &format!("{um} nos dois"),
        "o sal é sorteado a cada vez?",
    );
}

#[test]
fn o_texto_guardado_nao_serve_de_pin() {
    let (mut visitante, texto) = fechado_com("2580");
    let codigo = abrir(&mut visitante, &texto);
    confere(
        codigo == 401,
        "digitar o texto guardado recebe 401",
        &format!("código {codigo}"),
        "`confere` refaz o cálculo com o PIN, ou compara os dois textos?",
    );
}

/// Um armário fechado com este PIN, e o texto que ele guarda.
fn fechado_com(pin: &str) -> (Visitante, String) {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.enviar("/", "/fechar", &[("pin", pin)]);
    let texto = guardado(&mut visitante);
    confere(
        texto.is_some(),
        "o armário fecha",
        "ele ficou aberto",
        "`guardar` falhou?",
    );
    (visitante, texto.unwrap_or_default())
}

fn abrir(visitante: &mut Visitante, pin: &str) -> u16 {
    visitante.enviar("/", "/abrir", &[("pin", pin)]).codigo
}

/// O texto que a página mostra; `None` se o armário está aberto.
fn guardado(visitante: &mut Visitante) -> Option<String> {
    let pagina = visitante.abrir("/").corpo;
    let (_, depois) = pagina.split_once("<code>")?;
    let (texto, _) = depois.split_once("</code>")?;
    Some(texto.replace("&#x2f;", "/"))
}

#[track_caller]
fn confere(certo: bool, esperado: &str, veio: &str, olhe: &str) {
    assert!(certo, "Esperado: {esperado}.\nVeio: {veio}.\nOlhe: {olhe}");
}
