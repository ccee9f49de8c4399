//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use rocket::local::blocking::{Client, LocalResponse};
use teste::cliente;

#[test]
fn o_primeiro_produto_visto_entra_na_lista() {
    let navegador = cliente(super::rocket());
    confere(
        &ver(&navegador, &["caderno"]),
        &["caderno"],
        "`lembrar` ainda armazena o que devolve?",
    );
}

#[test]
fn o_mais_novo_vem_primeiro() {
    let navegador = cliente(super::rocket());
    confere(
        &ver(&navegador, &["caderno", "caneta"]),
        &["caneta", "caderno"],
        "`push` põe no fim. O que põe no começo de um `Vec`?",
    );
}

#[test]
fn um_produto_visto_de_novo_nao_se_repete() {
    let navegador = cliente(super::rocket());
    confere(
        &ver(&navegador, &["caderno", "caneta", "caderno"]),
        &["caderno", "caneta"],
        "antes de entrar no começo, de onde o produto deve sair?",
    );
}

#[test]
fn a_lista_so_guarda_os_tres_ultimos() {
    let navegador = cliente(super::rocket());
    confere(
        &ver(&navegador, &["caderno", "caneta", "borracha", "r%C3%A9gua"]),
        &["régua", "borracha", "caneta"],
        "o que encurta um `Vec`, e em que momento a lista passa de três?",
    );
}

#[test]
fn a_lista_de_um_navegador_nao_aparece_em_outro() {
    let navegador = cliente(super::rocket());
    ver(&navegador, &["caderno"]);
    let outro = cliente(super::rocket());
    confere(
        &ver(&outro, &["caneta"]),
        &["caneta"],
        "a lista fica na sessão de cada navegador. Onde você a guardou?",
    );
}

#[test]
fn um_produto_que_a_loja_nao_vende_recebe_404_e_nao_entra_na_lista() {
    let navegador = cliente(super::rocket());
    ver(&navegador, &["caderno"]);
    let resposta = navegador.get("/produto/piano").dispatch();
    let (codigo, cookie) =
        (resposta.status().code, resposta.headers().get_one("Set-Cookie"));
    assert!(
        codigo == 404 && cookie.is_none(),
        "Esperado: um produto que a loja não vende recebe 404, e nenhum cookie.\n\
         Veio: código {codigo}, {}.\n\
         Olhe: a rota `produto` já veio pronta. Ela mudou?",
        if cookie.is_some() { "com um cookie" } else { "sem cookie" }
    );
}

/// Vê os produtos, um depois do outro, e devolve a lista da última página.
fn ver(navegador: &Client, produtos: &[&str]) -> Vec<String> {
    let paginas = produtos
        .iter()
        .map(|produto| lista(navegador.get(format!("/produto/{produto}")).dispatch()));
    paginas.last().unwrap_or_default()
}

/// Os últimos vistos que a página mostra.
fn lista(resposta: LocalResponse<'_>) -> Vec<String> {
    let pagina = resposta.into_string().unwrap_or_default();
    let linhas = pagina.lines().filter_map(|linha| linha.trim().strip_prefix("<li>"));
    linhas.filter_map(|linha| Some(linha.strip_suffix("</li>")?.to_owned())).collect()
}

/// Confere os últimos vistos.
#[track_caller]
fn confere(veio: &[String], esperado: &[&str], olhe: &str) {
    assert!(
        veio == esperado,
        "Esperado: a página mostra {esperado:?}.\nVeio: {veio:?}.\nOlhe: {olhe}"
    );
}
