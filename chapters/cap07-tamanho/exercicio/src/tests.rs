//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use teste::Visitante;

#[test]
fn os_recados_que_cabem_ficam_do_mais_antigo_ao_mais_novo() {
    let mut visitante = com_cinco();
    confere(&mut visitante, "abcde", "`guardar` ainda põe o novo no fim da lista?");
}

#[test]
fn o_mais_antigo_sai_para_o_novo_caber() {
    let mut visitante = com_cinco();
    deixar(&mut visitante, 'f', 500);
    confere(
        &mut visitante,
        "bcdef",
        "`armazenar` devolveu um erro. O que tirar da lista antes de tentar de novo?",
    );
}

#[test]
fn um_recado_grande_ocupa_o_lugar_de_varios() {
    let mut visitante = com_cinco();
    deixar(&mut visitante, 'g', 1_800);
    confere(
        &mut visitante,
        "eg",
        "tirar um recado pode não bastar. O que repete até caber?",
    );
}

#[test]
fn um_recado_que_nem_sozinho_cabe_e_recusado_e_os_outros_ficam() {
    let mut visitante = com_cinco();
    let codigo = deixar(&mut visitante, 'h', 5_000);
    let letras = mural(&mut visitante);
    assert!(
        codigo == 413 && letras == "abcde",
        "Esperado: código 413, e o mural continua com os recados abcde.\n\
         Veio: código {codigo}, e o mural com {letras:?}.\n\
         Olhe: quando só resta o recado novo e ele não cabe, o que `guardar` devolve?"
    );
}

#[test]
fn um_mural_vazio_tambem_recusa_o_que_nao_cabe() {
    let mut visitante = Visitante::novo(super::rocket());
    let codigo = deixar(&mut visitante, 'h', 5_000);
    assert!(
        codigo == 413,
        "Esperado: código 413.\nVeio: código {codigo}.\n\
         Olhe: o que `guardar` faz quando a lista só tem o recado novo?"
    );
}

/// Um mural com cinco recados de 500 letras: o sexto já não cabe.
fn com_cinco() -> Visitante {
    let mut visitante = Visitante::novo(super::rocket());
    for letra in 'a'..='e' {
        deixar(&mut visitante, letra, 500);
    }
    visitante
}

/// Deixa um recado que repete uma letra; devolve o código da resposta.
fn deixar(visitante: &mut Visitante, letra: char, vezes: usize) -> u16 {
    visitante.enviar("/", "/", &[("recado", &letra.to_string().repeat(vezes))]).codigo
}

/// A letra de cada recado do mural, na ordem da página.
fn mural(visitante: &mut Visitante) -> String {
    let pagina = visitante.abrir("/").corpo;
    let recados = pagina.lines().filter_map(|linha| linha.trim().strip_prefix("<li>"));
    recados.filter_map(|recado| recado.chars().next()).collect()
}

/// Confere as letras dos recados do mural.
#[track_caller]
fn confere(visitante: &mut Visitante, esperado: &str, olhe: &str) {
    let veio = mural(visitante);
    assert!(
        veio == esperado,
        "Esperado: os recados do mural são {esperado:?}.\nVeio: {veio:?}.\nOlhe: {olhe}"
    );
}
