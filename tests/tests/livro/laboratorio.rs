//! O Laboratório do livro: o script lê o que deve, e nada sai da página.

use std::process::Command;

use book::navegador::Navegador;
use book::processo::{Processo, ate_o_fim, chave_de_teste};
use regex::Regex;
use tests::{arquivos, ler, livro, raiz};

#[test]
fn o_script_do_laboratorio_nao_fala_com_a_rede() {
    // Nem pela rede, nem pelo disco, nem por HTML montado com o que a pessoa colou.
    let proibido = Regex::new(concat!(
        r"(?i)https?:|//\w+\.|\bfetch\b|XMLHttpRequest|WebSocket|WebTransport|EventSource|",
        r"sendBeacon|\bRTC\w+|\bWorker\b|serviceWorker|importScripts|\bimport\s*\(|",
        r"new\s+(?:Image|Audio|Request|Response)\b|\blocation(?:\.[^h]|\s*=)|\bwindow\b|\bopen\s*\(|",
        r#"\b(?:href|src|srcset|action|style)\b|createElement\("|"#,
        r"setAttribute|innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(|",
        r"localStorage|sessionStorage|indexedDB|document\.cookie|cookieStore|\bcaches\b|postMessage",
    ))
    .unwrap();
    for script in arquivos(&livro().join("src/laboratorio")) {
        let texto = ler(&script);
        let achado = proibido.find(&texto).map(|achado| achado.as_str());
        assert_eq!(achado, None, "{}", script.display());
    }
}

#[test]
#[ignore = "precisa de Node 18 ou mais novo"]
fn o_laboratorio_le_o_que_deve_e_explica_o_resto() {
    // Todo formato de chave que o Rocket aceita, aberto pelo script como o Rocket o fecha.
    let chaves = [
        chave_de_teste('1'),
        "A".repeat(64),
        "YWFh".repeat(10) + "YWE=",
        "YWFi".repeat(11),
        "YWFh".repeat(10) + "YmJi".repeat(11).as_str() + "Yg==",
        "YWFh".repeat(10) + "YmJi".repeat(11).as_str() + "YmI=",
        "YWFh".repeat(10) + "Y2Nj".repeat(12).as_str(),
    ];
    let fechados = chaves.map(|chave| {
        let servidor = Processo::capitulo("cap05-logout", &chave);
        let mut navegador = Navegador::novo(&servidor.endereco);
        navegador.entrar();
        serde_json::json!({ "chave": chave, "valor": navegador.cookies["username"] })
    });
    let mut node = Command::new("node");
    node.arg(raiz().join("tests/tests/livro/laboratorio/casos.mjs"));
    node.env("FECHADOS_PELO_ROCKET", serde_json::json!(fechados).to_string());
    let (certo, saida) = ate_o_fim(node);
    assert!(certo, "{saida}");
}
