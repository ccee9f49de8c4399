//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use rocket::futures::future::join_all;
use rocket::http::ContentType;
use rocket::local::asynchronous::Client;

#[rocket::async_test]
async fn um_clique_de_cada_vez_conta_todos() {
    let navegador = no_blog().await;
    for _ in 0..3 {
        clicar(&navegador, &["Sol"]).await;
    }
    confere(&navegador, "Chuva: 1, Sol: 3", "cada clique soma um à conta do texto?")
        .await;
}

#[rocket::async_test]
async fn um_texto_que_nao_existe_recebe_404() {
    let navegador = no_blog().await;
    let codigos = clicar(&navegador, &["Neve"]).await;
    assert!(
        codigos == [404],
        "Esperado: o código 404 para um texto que não existe.\nVeio: {codigos:?}.\n\
         Olhe: a rota `palmas` já veio pronta. Ela mudou?"
    );
}

#[rocket::async_test]
async fn oito_cliques_ao_mesmo_tempo_contam_oito() {
    let navegador = no_blog().await;
    let codigos = clicar(&navegador, &["Sol"; 8]).await;
    assert!(
        codigos == [303; 8],
        "Esperado: oito respostas com o código 303.\nVeio: {codigos:?}.\n\
         Olhe: `bater` terminou em erro?"
    );
    confere(
        &navegador,
        "Chuva: 1, Sol: 8",
        "que método de `Sessao` refaz a mudança sobre o que outra requisição gravou?",
    )
    .await;
}

#[rocket::async_test]
async fn cliques_em_textos_diferentes_ao_mesmo_tempo_contam_todos() {
    let navegador = no_blog().await;
    clicar(&navegador, &["Sol", "Chuva", "Sol", "Chuva", "Chuva"]).await;
    let pagina = pagina(&navegador).await;
    let ao_todo: u32 = contas(&pagina).iter().map(|(_, conta)| conta).sum();
    assert!(
        ao_todo == 6,
        "Esperado: 6 palmas ao todo, em dois textos.\nVeio: {ao_todo}.\n\
         Olhe: quem grava o dicionário de palmas inteiro leva junto as contas antigas?"
    );
}

#[rocket::async_test]
async fn cliques_ao_mesmo_tempo_chegam_a_dez_e_nao_passam() {
    let navegador = no_blog().await;
    for _ in 0..8 {
        clicar(&navegador, &["Sol"]).await;
    }
    clicar(&navegador, &["Sol"; 5]).await;
    confere(
        &navegador,
        "Chuva: 1, Sol: 10",
        "quem compara com `MAXIMO`, e com que conta: a que foi lida ou a que será gravada?",
    )
    .await;
}

/// Um navegador que já bateu uma palma para a chuva: a sessão dele existe.
async fn no_blog() -> Client {
    let aplicacao = super::rocket();
    let configuracao = aplicacao.figment().clone();
    let configuracao = configuracao
        .merge(("secret_key", shared::chave_nova().unwrap()))
        .merge(("log_level", "critical"));
    let navegador = Client::tracked(aplicacao.configure(configuracao)).await.unwrap();
    clicar(&navegador, &["Chuva"]).await;
    navegador
}

/// Clica uma vez em cada um destes textos, todos ao mesmo tempo.
async fn clicar(navegador: &Client, textos: &[&str]) -> Vec<u16> {
    let cliques = textos.iter().map(|texto| {
        let requisicao = navegador.post(format!("/palmas/{texto}"));
        requisicao.header(ContentType::Form).dispatch()
    });
    let respostas = join_all(cliques).await;
    respostas.iter().map(|resposta| resposta.status().code).collect()
}

async fn pagina(navegador: &Client) -> String {
    navegador.get("/").dispatch().await.into_string().await.unwrap_or_default()
}

/// As contas que a página mostra, menos as que ainda são zero.
fn contas(pagina: &str) -> Vec<(&str, u32)> {
    let linhas = pagina.split("<p>").filter_map(|trecho| {
        let (texto, depois) = trecho.split_once(", suas palmas: ")?;
        Some((texto, depois.split('.').next()?.parse().ok()?))
    });
    linhas.filter(|(_, conta)| *conta > 0).collect()
}

async fn confere(navegador: &Client, esperado: &str, olhe: &str) {
    let pagina = pagina(navegador).await;
    let contas = contas(&pagina);
    let contas: Vec<String> =
        contas.iter().map(|(texto, conta)| format!("{texto}: {conta}")).collect();
    let contas = contas.join(", ");
    assert!(
        contas == esperado,
        "Esperado: {esperado}.\nVeio: {}.\nOlhe: {olhe}",
        if contas.is_empty() { "nenhuma palma" } else { &contas }
    );
}
