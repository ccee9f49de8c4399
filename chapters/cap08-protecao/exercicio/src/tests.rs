//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use rocket::http::{ContentType, Header};
use rocket::local::blocking::Client;
use shared::teste::cliente;

#[test]
fn o_gerente_zera_o_estoque() {
    let navegador = loja("gerente");
    let csrf = token(&navegador);
    confere(
        &navegador,
        zerar(&navegador, &csrf, None),
        (303, 0),
        "a guarda deixa passar quem tem o cargo `gerente`? E o token certo?",
    );
}

#[test]
fn quem_nao_entrou_recebe_401() {
    let navegador = cliente(super::rocket());
    let csrf = token(&navegador);
    confere(
        &navegador,
        zerar(&navegador, &csrf, None),
        (401, 12),
        "sem `role` na sessão, o que a guarda `Gerente` devolve?",
    );
}

#[test]
fn quem_entrou_com_outro_cargo_recebe_403() {
    let navegador = loja("cliente");
    let csrf = token(&navegador);
    confere(
        &navegador,
        zerar(&navegador, &csrf, None),
        (403, 12),
        "com que cargo a guarda `Gerente` compara o que recuperou?",
    );
}

#[test]
fn sem_o_token_o_gerente_recebe_403() {
    let navegador = loja("gerente");
    confere(
        &navegador,
        zerar(&navegador, "inventado", None),
        (403, 12),
        "que tipo do capítulo, como parâmetro de `zerar`, confere o token?",
    );
}

#[test]
fn um_formulario_de_outro_site_recebe_403() {
    let navegador = loja("gerente");
    let csrf = token(&navegador);
    confere(
        &navegador,
        zerar(&navegador, &csrf, Some("https://outro.example")),
        (403, 12),
        "o mesmo tipo que confere o token confere também a origem. Ele já está em `zerar`?",
    );
}

#[test]
fn um_get_nao_zera_o_estoque() {
    let navegador = loja("gerente");
    let codigo = navegador.get("/zerar").dispatch().status().code;
    confere(&navegador, codigo, (404, 12), "a rota `zerar` ainda é POST?");
}

/// A loja, vista por quem entrou com este cargo.
fn loja(role: &str) -> Client {
    let navegador = cliente(super::rocket());
    let corpo = format!("csrf={}&role={role}", token(&navegador));
    navegador.post("/entrar").header(ContentType::Form).body(corpo).dispatch();
    navegador
}

/// Envia o formulário que zera o estoque; devolve o código da resposta.
fn zerar(navegador: &Client, csrf: &str, origem: Option<&'static str>) -> u16 {
    let mut requisicao = navegador.post("/zerar").header(ContentType::Form);
    if let Some(origem) = origem {
        requisicao.add_header(Header::new("Origin", origem));
    }
    requisicao.body(format!("csrf={csrf}")).dispatch().status().code
}

fn pagina(navegador: &Client) -> String {
    navegador.get("/").dispatch().into_string().unwrap_or_default()
}

fn token(navegador: &Client) -> String {
    let pagina = pagina(navegador);
    let depois = pagina.split_once(r#"name="csrf" value=""#).map(|(_, depois)| depois);
    let token = depois.and_then(|depois| depois.split('"').next());
    token.unwrap_or_default().to_owned()
}

/// Confere o código da resposta e quantos cadernos a página diz que restam.
#[track_caller]
fn confere(navegador: &Client, codigo: u16, esperado: (u16, u32), olhe: &str) {
    let pagina = pagina(navegador);
    let depois = pagina.split_once("Cadernos: ").map(|(_, depois)| depois);
    let restam = depois.and_then(|depois| depois.split('.').next()?.parse().ok());
    assert!(
        (codigo, restam) == (esperado.0, Some(esperado.1)),
        "Esperado: código {}, e {} cadernos no estoque.\n\
         Veio: código {codigo}, e {} cadernos.\n\
         Olhe: {olhe}",
        esperado.0,
        esperado.1,
        restam.unwrap_or_default()
    );
}
