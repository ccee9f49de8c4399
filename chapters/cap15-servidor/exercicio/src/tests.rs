//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use shared::teste::Visitante;

#[test]
fn quem_tem_o_codigo_passa_a_moderar() {
    let mut visitante = com_apelido();
    visitante.postar("/moderar", "codigo=equipe");
    confere(
        &visitante.abrir("/").corpo,
        "Cargo: moderador",
        true,
        "`moderar` ainda armazena o cargo e grava?",
    );
}

#[test]
fn o_apelido_continua_depois() {
    let mut visitante = com_apelido();
    visitante.postar("/moderar", "codigo=equipe");
    confere(
        &visitante.abrir("/").corpo,
        "Apelido: ana",
        true,
        "`limpar` apaga a sessão inteira. O que troca o id e deixa os valores?",
    );
}

#[test]
fn o_id_de_antes_nao_modera() {
    let mut visitante = com_apelido();
    let mut copia = visitante.clone();
    visitante.postar("/moderar", "codigo=equipe");
    confere(
        &copia.abrir("/").corpo,
        "Cargo: moderador",
        false,
        "a cópia tem o id que a sessão ainda usa. O que o login do capítulo faz com o id?",
    );
}

#[test]
fn o_registro_de_antes_deixa_de_existir() {
    let mut visitante = com_apelido();
    let mut copia = visitante.clone();
    visitante.postar("/moderar", "codigo=equipe");
    visitante.postar("/apelido", "apelido=bia");
    confere(
        &copia.abrir("/").corpo,
        "Apelido: bia",
        false,
        "o registro antigo ainda recebe o que muda. Onde o novo começou?",
    );
}

#[test]
fn sem_o_codigo_nada_muda() {
    let mut visitante = com_apelido();
    let codigo = visitante.postar("/moderar", "codigo=errado").codigo;
    let pagina = visitante.abrir("/").corpo;
    assert!(
        codigo == 403 && pagina.contains("Apelido: ana") && !pagina.contains("Cargo:"),
        "Esperado: código 403, e a sessão como estava.\nVeio: código {codigo} e a página:\n\
         {pagina}\nOlhe: a recusa já veio pronta. Ela ainda é a primeira coisa da rota?"
    );
}

/// Alguém com um apelido, ainda sem cargo.
fn com_apelido() -> Visitante {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.postar("/apelido", "apelido=ana");
    visitante
}

/// Confere que a página mostra, ou não, este texto.
#[track_caller]
fn confere(pagina: &str, texto: &str, deve: bool, olhe: &str) {
    let mostra = |sim: bool| if sim { "mostra" } else { "não mostra" };
    let veio = pagina.contains(texto);
    assert!(
        veio == deve,
        "Esperado: a página {} “{texto}”.\nVeio: ela {}.\nOlhe: {olhe}",
        mostra(deve),
        mostra(veio)
    );
}
