//! O que o Raio-X promete.

use rocket::http::{ContentType, Status};
use rocket::local::blocking::{Client, LocalRequest};
use rocket::{Build, Rocket};

use super::*;
use teste::cliente;

#[test]
fn so_existe_compilado_e_iniciado_em_debug() {
    assert_eq!(ligado(&Config::DEBUG_PROFILE), cfg!(debug_assertions));
    for perfil in ["release", "producao", "default", "global", "", "debug2"] {
        assert!(!ligado(&Profile::from(perfil)), "{perfil}");
    }
}

#[test]
fn o_miolo_do_flask_e_o_que_o_flask_escreve() {
    // À direita, o que Flask 3.1 escreveu destes valores.
    for (nome, valor, miolo) in [
        ("username", "admin", "eyJ1c2VybmFtZSI6ImFkbWluIn0"),
        (
            "nome",
            "Zé \"\\\n\u{7f} <b>😀'&/",
            "eyJub21lIjoiWlx1MDBlOSBcIlxcXG5cdTAwN2YgPGI-XHVkODNkXHVkZTAwJyYvIn0",
        ),
    ] {
        let json = sessao_em_json(&[visto(nome, Some(valor))]).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(json), miolo);
    }
    let dois = [visto("a", Some("1")), visto("b", None), visto("c", Some(""))];
    assert_eq!(sessao_em_json(&dois).as_deref(), Some(r#"{"a":"1","c":""}"#));
    assert_eq!(sessao_em_json(&[visto("a", None)]), None);
}

#[test]
fn um_cookie_que_traz_a_sessao_inteira_mostra_em_flask_o_proprio_dicionario() {
    let sessao = r#"{"versao":1,"valores":{"user_id":12345,"role":"admin","carrinho":
        {"pão":1,"caneca":[2,null,true,1.5]}}}"#;
    let json = sessao_em_json(&[visto("session", Some(sessao))]).unwrap();
    // O que Flask 3.1 escreve do mesmo dicionário.
    let esperado = concat!(
        r#"{"carrinho":{"caneca":[2,null,true,1.5],"p\u00e3o":1},"#,
        r#""role":"admin","user_id":12345}"#
    );
    assert_eq!(json, esperado);

    let com_sobra = [visto("role", Some("velho")), visto("session", Some(sessao))];
    assert_eq!(sessao_em_json(&com_sobra).unwrap(), esperado);

    let so_ele = [visto("session", Some(r#"{"user_id":12345,"role":"admin"}"#))];
    assert_eq!(sessao_em_json(&so_ele).unwrap(), r#"{"role":"admin","user_id":12345}"#);

    for vazia in [r#"{"valores":{}}"#, "{}"] {
        assert_eq!(sessao_em_json(&[visto("session", Some(vazia))]), None);
    }
    // O que não é um dicionário continua a ser um texto.
    for texto in ["1", "[1]", r#"{"valores":[1]}"#, r#"{"a":1}"#, "{"] {
        let json = sessao_em_json(&[visto("a", Some(texto))]).unwrap();
        assert_eq!(json, format!(r#"{{"a":{}}}"#, em_json(texto.into())), "{texto}");
    }
}

#[test]
fn adulterar_troca_um_so_caractere_de_qualquer_texto() {
    assert!(Troca::no_meio_de("").is_none());
    for valor in ["A", "B", "AAAA", "abc", "é", "aé😀b", "%", ";\r\n"] {
        let antes: Vec<char> = valor.chars().collect();
        let troca = Troca::no_meio_de(valor).unwrap();
        let depois: Vec<char> = troca.depois().chars().collect();
        assert_eq!(antes.len(), depois.len(), "{valor:?}");
        let trocados =
            antes.iter().zip(&depois).filter(|(antes, depois)| antes != depois);
        assert_eq!(trocados.count(), 1, "{valor:?}");
    }
}

#[test]
fn o_texto_que_viaja_nunca_quebra_o_cabecalho() {
    assert_eq!(como_viaja("ab+/=="), "ab+%2F%3D%3D");
    for texto in ["=", "==a", "a; b", "\r\nX: y", "%41", "", " ", "é"] {
        let viaja = como_viaja(texto);
        let seguro =
            viaja.chars().all(|letra| letra.is_ascii_graphic() && letra != ';');
        assert!(seguro, "{texto:?}: {viaja:?}");
        let volta = Cookie::parse_encoded(format!("a={viaja}")).unwrap();
        assert_eq!(volta.value(), texto);
    }
}

#[test]
fn os_atributos_anotados_tem_limite_e_uma_remocao_nao_os_muda() {
    let atributos = Atributos::default();
    let definir = |linha: String| {
        let mut resposta = Response::new();
        resposta.set_raw_header("Set-Cookie", linha);
        atributos.anotar(&resposta);
    };
    definir("a=1; HttpOnly; Path=/".to_owned());
    definir("a=; Path=/; Max-Age=0".to_owned());
    definir("sem nome".to_owned());
    assert_eq!(atributos.de("a").unwrap(), ["HttpOnly", "Path=/"]);
    assert_eq!(atributos.de("b"), None);
    (0..1_000).for_each(|numero| definir(format!("c{numero}=1")));
    assert_eq!(atributos.abrir().len(), LIMITE);
    definir("a=2; Secure".to_owned());
    assert_eq!(atributos.de("a").unwrap(), ["Secure"]);
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "o Raio-X só existe em debug")]
fn a_pagina_mostra_cada_cookie_e_ninguem_a_guarda() {
    let navegador = cliente(aplicacao("debug"));
    let resposta = navegador
        .get("/raio-x")
        .private_cookie(("username", "admin"))
        .cookie(("tema", "escuro"))
        .cookie(("grande", "b".repeat(3_000)))
        .dispatch();
    assert_eq!(resposta.status(), Status::Ok);
    assert_eq!(resposta.content_type(), Some(ContentType::HTML));
    assert_eq!(resposta.headers().get_one("Cache-Control"), Some("no-store"));
    let pagina = resposta.into_string().unwrap();
    for trecho in [
        "<h2>Cookies que chegaram: 3</h2>",
        "<code>admin</code>",
        "<code>escuro</code>",
        "10 bytes, com o nome",
        "<dd>3.006 bytes, com o nome",
        "a chave atual não abre",
        "Desconhecidos: este servidor não definiu este cookie",
        "<code>eyJ1c2VybmFtZSI6ImFkbWluIn0</code>",
    ] {
        assert!(pagina.contains(trecho), "falta {trecho} em {pagina}");
    }
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "o Raio-X só existe em debug")]
fn um_cookie_nunca_vira_codigo_no_raio_x() {
    let navegador = cliente(aplicacao("debug"));
    let ataque = "\"><script>alert(1)</script>{{ 7 * 6 }}";
    let pagina = navegador
        .get("/raio-x")
        .cookie((ataque, ataque))
        .private_cookie(("fechado", ataque))
        .dispatch()
        .into_string()
        .unwrap();
    assert!(pagina.contains("&lt;script&gt;"), "{pagina}");
    assert!(pagina.contains("{{ 7 * 6 }}"), "{pagina}");
    assert!(!pagina.contains("<script"), "{pagina}");
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "o Raio-X só existe em debug")]
fn adulterar_o_que_nao_chegou_volta_ao_raio_x() {
    let navegador = cliente(aplicacao("debug"));
    for corpo in ["", "nome=", "nome=nenhum", "nome=vazio", "%ff%00", "nome=%ff"] {
        let resposta = adulterar(&navegador, corpo).cookie(("vazio", "")).dispatch();
        assert_eq!(resposta.status(), Status::SeeOther, "{corpo}");
        assert_eq!(resposta.headers().get_one("Location"), Some("/raio-x"), "{corpo}");
    }
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "o Raio-X só existe em debug")]
fn sem_rede_a_pagina_diz_que_nao_conseguiu_perguntar() {
    // Na porta 0 ninguém atende.
    let navegador = cliente(aplicacao("debug"));
    let pedido = adulterar(&navegador, "nome=username");
    let resposta = pedido.private_cookie(("username", "admin")).dispatch();
    assert_eq!(resposta.status(), Status::Ok);
    assert_eq!(resposta.headers().get_one("Cache-Control"), Some("no-store"));
    let pagina = resposta.into_string().unwrap();
    assert!(pagina.contains("não conseguiu perguntar a si mesmo"), "{pagina}");
    assert!(!pagina.contains("não vê nada"), "{pagina}");
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "o Raio-X só existe em debug")]
fn o_servidor_conta_quantos_cookies_a_chave_abre() {
    let navegador = cliente(aplicacao("debug"));
    let nenhum = navegador.get("/raio-x/quantos-abrem").cookie(("username", "admin"));
    assert_eq!(nenhum.dispatch().into_string().unwrap(), "0");
    let um = navegador.get("/raio-x/quantos-abrem").cookie(("tema", "escuro"));
    let um = um.private_cookie(("username", "admin"));
    assert_eq!(um.dispatch().into_string().unwrap(), "1");
}

fn adulterar<'c>(navegador: &'c Client, corpo: &str) -> LocalRequest<'c> {
    let pedido = navegador.post("/raio-x/adulterar").header(ContentType::Form);
    pedido.body(corpo)
}

/// Uma aplicação neste perfil, com as páginas comuns e o Raio-X, e nenhum template seu.
fn aplicacao(perfil: &str) -> Rocket<Build> {
    let configuracao = shared::configuracao(env!("CARGO_MANIFEST_DIR"));
    rocket::custom(configuracao.merge(("port", 0)).select(perfil))
        .attach(Template::custom(shared::layout))
        .attach(raio_x())
        .register("/", shared::paginas_de_erro())
}

fn visto<'a>(nome: &'a str, valor: Option<&str>) -> Visto<'a> {
    Visto {
        nome,
        texto: String::new(),
        tamanho: String::new(),
        atributos: None,
        aberto: valor.map(str::to_owned),
    }
}
