//! O Laboratório do livro: os exemplos são de verdade, o script lê o que deve, e nada sai da página.

use std::process::Command;

use book::navegador::Navegador;
use book::processo::{ate_o_fim, chave_de_teste};
use regex::Regex;
use tests::laboratorio::{LETRA, cookie_do_login, exemplo, no_python, pasta, rocket};
use tests::{arquivos, ler, raiz};

/// O que a sessão de exemplo do Flask guarda.
const SESSAO: &str = r#"{"role":"admin","user_id":12345,"username":"admin"}"#;

#[test]
fn os_exemplos_do_rocket_abrem_com_a_chave_de_brinquedo() {
    for (letra, abre) in [(LETRA, true), ('b', false)] {
        let servidor = rocket(&chave_de_teste(letra));
        let mut navegador = Navegador::novo(&servidor.endereco);
        navegador.cookies.insert(exemplo("nome"), exemplo("valor"));
        let perfil = navegador.get("/perfil").corpo;
        assert_eq!(perfil.contains("Seu perfil. Cargo: visitante"), abre, "{perfil}");
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn o_flask_ainda_abre_os_exemplos_gravados() {
    // Sem prazo: o Flask recusaria um exemplo de mais de 31 dias, e o que importa é a assinatura.
    let abrir = "import json\n\
        print(json.dumps(assinador.loads(argumento), sort_keys=True, separators=(',', ':')))";
    assert_eq!(no_python(abrir, &exemplo("FLASK")), SESSAO);
    assert_eq!(no_python(abrir, &exemplo("FLASK_CURTO")), r#"{"tema":"escuro"}"#);
    // A troca que a página sugere: ela ainda se lê, mas o Flask a recusa.
    let adulterado = exemplo("FLASK_CURTO").replace("ZXNj", "RXNj");
    let recusar = "from itsdangerous import BadSignature\n\
        try:\n    assinador.loads(argumento)\n\
        except BadSignature:\n    print('recusado')";
    assert_eq!(no_python(recusar, &adulterado), "recusado");
}

#[test]
fn o_script_do_laboratorio_nao_fala_com_a_rede() {
    // Nem pela rede, nem pelo disco, nem por HTML montado com o que a pessoa colou.
    let proibido = Regex::new(concat!(
        r"(?i)https?:|//\w+\.|\bfetch\b|XMLHttpRequest|WebSocket|WebTransport|EventSource|",
        r"sendBeacon|\bRTC\w+|\bWorker\b|serviceWorker|importScripts|\bimport\s*\(|",
        r"new\s+(?:Image|Audio|Request|Response)\b|\blocation\b|\bwindow\b|\bopen\s*\(|",
        r#"\b(?:href|src|srcset|action|style)\b|createElement\("|"#,
        r"setAttribute|innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(|",
        r"localStorage|sessionStorage|indexedDB|document\.cookie|cookieStore|\bcaches\b|postMessage",
    ))
    .unwrap();
    let scripts = arquivos(&pasta());
    assert_eq!(scripts.len(), 3, "{scripts:?}");
    let importacao = Regex::new(r#"(?m)^(?:import|export) .*\bfrom\b.*$"#).unwrap();
    let daqui = Regex::new(r#"from "\./[a-z]+\.mjs";$"#).unwrap();
    // Elementos que só mostram texto: nenhum deles carrega um endereço.
    let criado = Regex::new(r#"\bcriar\("(\w+)""#).unwrap();
    let inertes = ["code", "dd", "dl", "dt", "p", "strong"];
    for script in scripts {
        let texto = ler(&script);
        let achado = proibido.find(&texto).map(|achado| achado.as_str());
        assert_eq!(achado, None, "{}", script.display());
        for elemento in criado.captures_iter(&texto) {
            assert!(inertes.contains(&&elemento[1]), "cria <{}>", &elemento[1]);
        }
        for linha in importacao.find_iter(&texto) {
            assert!(daqui.is_match(linha.as_str()), "{}", linha.as_str());
        }
    }
}

#[test]
#[ignore = "precisa de Node 18 ou mais novo"]
fn o_laboratorio_le_o_que_deve_e_explica_o_resto() {
    // Todo formato de chave que o Rocket aceita, aberto pelo script como o Rocket o fecha.
    let chaves = [
        chave_de_teste('1'),
        chave_de_teste('A'),
        "YWFh".repeat(10) + "YWE=",
        "YWFi".repeat(11),
        "YWFh".repeat(10) + "YmJi".repeat(11).as_str() + "Yg==",
        "YWFh".repeat(10) + "YmJi".repeat(11).as_str() + "YmI=",
        "YWFh".repeat(10) + "Y2Nj".repeat(12).as_str(),
    ];
    let fechados: Vec<String> = chaves
        .iter()
        .map(|chave| {
            let valor = cookie_do_login(&rocket(chave), "username");
            format!(r#"{{"chave":"{chave}","valor":"{valor}"}}"#)
        })
        .collect();
    let mut node = Command::new("node");
    node.arg(raiz().join("tests/tests/livro/laboratorio/casos.mjs"));
    node.env("FECHADOS_PELO_ROCKET", format!("[{}]", fechados.join(",")));
    let (certo, saida) = ate_o_fim(node);
    assert!(certo, "{saida}");
}
