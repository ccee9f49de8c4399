//! O Laboratório do livro: os exemplos são de verdade, o script lê o que deve, e nada sai da página.

use std::fs;
use std::process::Command;

use book::html::procurar;
use book::navegador::Navegador;
use book::processo::{ate_o_fim, chave_de_teste};
use cookie::{Cookie, CookieJar, Key};
use regex::Regex;
use tests::laboratorio::{LETRA, cookie_do_login, exemplos, no_python, pasta, rocket};
use tests::{arquivos, ler, livro, livro_pronto, raiz};

/// O que a sessão de exemplo do Flask guarda.
const SESSAO: &str = r#"{"role":"admin","user_id":12345,"username":"admin"}"#;

#[test]
fn os_exemplos_do_rocket_abrem_com_a_chave_de_brinquedo() {
    let (nome, valor) = (exemplos().nome, exemplos().rocket);
    let mut jar = CookieJar::new();
    let cookie = Cookie::parse_encoded(format!("{nome}={valor}")).unwrap();
    jar.add_original(cookie.into_owned());
    // A chave de brinquedo são 64 hexadecimais iguais, ou seja, 32 bytes iguais.
    let byte = u8::from_str_radix(&format!("{LETRA}{LETRA}"), 16).unwrap();
    let aberto = jar.private(&Key::derive_from(&[byte; 32])).get(&nome);
    assert_eq!(aberto.expect("a chave de brinquedo abre o exemplo").value(), "admin");
    assert!(jar.private(&Key::derive_from(&[byte ^ 1; 32])).get(&nome).is_none());
}

#[test]
fn a_licao_em_rocket_reconhece_o_exemplo_gravado() {
    let servidor = rocket(&chave_de_teste(LETRA));
    let mut navegador = Navegador::novo(&servidor.endereco);
    let gravado = exemplos();
    navegador.cookies.insert(gravado.nome, gravado.rocket);
    let perfil = navegador.get("/perfil");
    assert!(perfil.corpo.contains("Seu perfil. Cargo: visitante"), "{}", perfil.corpo);
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn o_flask_ainda_abre_os_exemplos_gravados() {
    // Sem prazo: o Flask recusaria um exemplo de mais de 31 dias, e o que importa é a assinatura.
    let abrir = "import json\n\
        print(json.dumps(assinador.loads(argumento), sort_keys=True, separators=(',', ':')))";
    assert_eq!(no_python(abrir, &exemplos().flask), SESSAO);
    assert_eq!(no_python(abrir, &exemplos().flask_curto), r#"{"tema":"escuro"}"#);
    // A troca que a página sugere: ela ainda se lê, mas o Flask a recusa.
    let adulterado = exemplos().flask_curto.replace("ZXNj", "RXNj");
    let recusar = "from itsdangerous import BadSignature\n\
        try:\n    assinador.loads(argumento)\n\
        except BadSignature:\n    print('recusado')";
    assert_eq!(no_python(recusar, &adulterado), "recusado");
}

#[test]
fn a_chave_de_brinquedo_e_so_uma_letra_repetida() {
    let gravado = ler(pasta().join("exemplos.mjs"));
    let chave = format!("export const CHAVE_DE_BRINQUEDO = \"{LETRA}\".repeat(64);\n");
    assert!(gravado.contains(&chave), "{gravado}");
    let pagina = ler(livro().join("src/laboratorio.md"));
    assert!(pagina.contains(&format!("a letra `{LETRA}` repetida 64 vezes")));
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
fn so_a_pagina_do_laboratorio_carrega_o_script_dele() {
    let pronto = livro_pronto();
    let mut com_script = Vec::new();
    for pagina in fs::read_dir(pronto).unwrap().map(|entrada| entrada.unwrap().path()) {
        if pagina.extension().is_none_or(|extensao| extensao != "html") {
            continue;
        }
        if procurar(&ler(&pagina), "script").iter().any(|script| {
            script.atributo("src").is_some_and(|src| src.starts_with("laboratorio/"))
        }) {
            com_script.push(pagina.file_name().unwrap().to_owned());
        }
    }
    com_script.sort();
    // `print.html` junta todas as páginas.
    assert_eq!(com_script, ["laboratorio.html", "print.html"]);
    for script in ["exemplos.mjs", "ler.mjs", "pagina.mjs"] {
        assert!(pronto.join("laboratorio").join(script).exists(), "falta {script}");
    }
}

#[test]
fn todo_campo_do_laboratorio_existe_e_tem_rotulo() {
    let script = ler(pasta().join("pagina.mjs"));
    let pronto = livro_pronto();
    let pagina = ler(pronto.join("laboratorio.html"));
    let com = |atributo: &str, valor: &str| {
        !procurar(&pagina, &format!("[{atributo}='{valor}']")).is_empty()
    };
    let citado = Regex::new(r#""(lab-[a-z]+(?:-[a-z]+)?)"[,)\]:]"#).unwrap();
    let classes = ["lab-codigo", "lab-erro"];
    let ids: Vec<_> = citado
        .captures_iter(&script)
        .map(|achado| achado[1].to_owned())
        .filter(|id| !classes.contains(&id.as_str()))
        .collect();
    assert!(ids.len() >= 10, "{ids:?}");
    for id in ids {
        assert!(com("id", &id), "a página não tem `{id}`");
    }
    let campos: Vec<_> = procurar(&pagina, "input, textarea")
        .into_iter()
        .filter(|campo| campo.atributo("id").is_some_and(|id| id.starts_with("lab-")))
        .collect();
    assert_eq!(campos.len(), 4);
    for campo in campos {
        assert!(com("for", campo.atributo("id").unwrap()), "{campo:?} sem rótulo");
        // Sem nome e sem formulário, um campo não tem como ir parar em um endereço.
        assert_eq!(campo.atributo("name"), None, "{campo:?}");
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
    node.arg(raiz().join("tests/tests/tudo/laboratorio/casos.mjs"));
    node.env("FECHADOS_PELO_ROCKET", format!("[{}]", fechados.join(",")));
    let (certo, saida) = ate_o_fim(node);
    assert!(certo, "{saida}");
}
