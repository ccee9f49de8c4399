//! O que o Raio-X promete.

use rocket::http::{ContentType, Status};
use rocket::local::blocking::{Client, LocalRequest};
use rocket::{Build, Response, Rocket};

use super::*;
use crate::memoria::{COPIAS, NOMES};
use serde_json::json;
use teste::{Resposta, Visitante, cliente};

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
        let (json, soltos) = em_flask(&[visto(nome, Some(valor))]).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(json), miolo);
        assert!(soltos);
    }
    let dois = [visto("a", Some("1")), visto("b", None), visto("c", Some(""))];
    assert_eq!(em_flask(&dois), Some((r#"{"a":"1","c":""}"#.to_owned(), true)));
    assert_eq!(em_flask(&[visto("a", None)]), None);
}

#[test]
fn um_cookie_que_traz_a_sessao_inteira_mostra_em_flask_o_proprio_dicionario() {
    let sessao = r#"{"versao":1,"valores":{"user_id":12345,"role":"admin","carrinho":
        {"pão":1,"caneca":[2,null,true,1.5]}}}"#;
    // O que Flask 3.1 escreve do mesmo dicionário.
    let esperado = concat!(
        r#"{"carrinho":{"caneca":[2,null,true,1.5],"p\u00e3o":1},"#,
        r#""role":"admin","user_id":12345}"#
    );
    let inteira = |texto| Some((String::from(texto), false));
    assert_eq!(em_flask(&[visto("session", Some(sessao))]), inteira(esperado));

    let so_ele = [visto("session", Some(r#"{"user_id":12345,"role":"admin"}"#))];
    assert_eq!(em_flask(&so_ele), inteira(r#"{"role":"admin","user_id":12345}"#));

    for vazia in [r#"{"valores":{}}"#, "{}", "1", "[1]", "{", "0123456789abcdef"] {
        assert_eq!(em_flask(&[visto("session", Some(vazia))]), None, "{vazia}");
    }
}

#[test]
fn o_que_ficou_de_outro_capitulo_nao_entra_na_sessao_em_flask() {
    let sessao = || visto("session", Some(r#"{"role":"admin"}"#));
    let solto = || visto("role", Some("velho"));
    let inteira = Some((r#"{"role":"admin"}"#.to_owned(), false));
    let soltos = Some((r#"{"role":"velho"}"#.to_owned(), true));
    assert_eq!(em_flask(&[solto(), sessao()]), inteira);
    // O servidor do capítulo 5 definiu `role`; o do capítulo 6, `session`.
    let definido = || Visto { atributos: Some(Vec::new()), ..solto() };
    assert_eq!(em_flask(&[definido(), sessao()]), soltos);
    assert_eq!(sessao_em_json(&[definido(), sessao()], true), inteira);
    // Depois de sair no capítulo 6, não sobra nada dele.
    assert_eq!(em_flask(&[solto()]), soltos);
    assert_eq!(sessao_em_json(&[solto()], true), None);
}

#[test]
fn adulterar_troca_um_so_caractere_de_qualquer_texto() {
    assert_eq!(troca(""), None);
    for valor in ["A", "B", "AAAA", "abc", "é", "aé😀b", "%", ";\r\n"] {
        let [antes, era, agora, resto] = troca(valor).unwrap();
        assert_eq!(format!("{antes}{era}{resto}"), valor);
        assert_ne!(era, agora);
        assert_eq!([era, agora].map(|um| um.chars().count()), [1, 1], "{valor:?}");
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
    let memoria = Memoria::default();
    let definir = |linha: String| {
        let mut resposta = Response::new();
        resposta.set_raw_header("Set-Cookie", linha);
        memoria.anotar(&resposta);
    };
    let de = |nome: &str| memoria.definido(nome).map(|cookie| atributos(&cookie));
    definir("a=1; HttpOnly; SameSite=Strict; Path=/".to_owned());
    definir("a=; Path=/; Max-Age=0".to_owned());
    definir("sem nome".to_owned());
    assert_eq!(de("a").unwrap(), ["HttpOnly", "SameSite=Strict", "Path=/"]);
    assert_eq!(de("b"), None);
    (0..1_000).for_each(|numero| definir(format!("c{numero}=1")));
    let definidos = (0..1_000).filter(|numero| de(&format!("c{numero}")).is_some());
    assert_eq!(definidos.count(), NOMES - 1);
    definir("a=2; Secure".to_owned());
    assert_eq!(de("a").unwrap(), ["Secure"]);
}

#[test]
fn so_as_ultimas_copias_ficam_guardadas() {
    let memoria = Memoria::default();
    for valor in 1..=COPIAS + 3 {
        let cookie = Cookie::new("a", valor.to_string());
        memoria.guardar(&cookie, String::new(), None);
    }
    let valores: Vec<_> = memoria.copias().into_iter().map(|um| um.valor).collect();
    let esperados: Vec<_> = (4..=COPIAS + 3).rev().map(|um| um.to_string()).collect();
    assert_eq!(valores, esperados);
}

#[test]
fn o_que_volta_ao_navegador_leva_os_atributos_do_original_e_nao_o_prazo() {
    let memoria = Memoria::default();
    let mut resposta = Response::new();
    let linha = "__Host-a=1; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60";
    resposta.adjoin_raw_header("Set-Cookie", linha);
    resposta.adjoin_raw_header(
        "Set-Cookie",
        "b=1; Path=/loja; Expires=Sun, 06 Nov 2050 08:49:37 GMT",
    );
    memoria.anotar(&resposta);
    for (nome, esperado) in [
        ("__Host-a", "__Host-a=%2F; HttpOnly; SameSite=Lax; Secure; Path=/"),
        ("b", "b=%2F; Path=/loja"),
        // O Rocket acrescenta `SameSite=Strict` e `Path=/` ao que não os traz.
        ("c", "c=%2F; HttpOnly"),
        ("__Host-c", "__Host-c=%2F; HttpOnly; Secure"),
    ] {
        assert_eq!(memoria.vestir(nome, "/").encoded().to_string(), esperado);
    }
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
        "http:&#x2f;&#x2f;127.0.0.1:3000&#x2f;laboratorio.html#nome=tema&amp;valor=escuro",
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
        let volta = resposta.headers().get_one("Location");
        assert_eq!(volta, Some("/raio-x?feito=sem-cookie"), "{corpo}");
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

#[test]
#[cfg_attr(not(debug_assertions), ignore = "o Raio-X só existe em debug")]
fn uma_copia_volta_ao_navegador_byte_a_byte_e_substitui_o_cookie() {
    let mut visitante = Visitante::novo(aplicacao("debug"));
    visitante.abrir("/definir");
    let copiado = visitante.cookies["a"].clone();
    feito(&visitante.postar("/raio-x/guardar", "nome=a"), "guardada");
    visitante.abrir("/raio-x?feito=guardada").mostra("<code>é&#x2f;= ;&quot;</code>");

    feito(&visitante.postar("/raio-x/apagar", "nome=a"), "apagado");
    assert!(visitante.cookies.is_empty());
    // De outro navegador, como quem levou a cópia.
    let mut outro = visitante.outro();
    let devolvida = outro.postar("/raio-x/devolver", "numero=1");
    feito(&devolvida, "devolvida");
    let linha = devolvida.set_cookie("a").unwrap();
    let (valor, atributos) = linha.split_once("; ").unwrap();
    assert_eq!(valor, format!("a={}", como_viaja(&copiado)));
    assert_eq!(atributos, "HttpOnly; SameSite=Strict; Path=/");
    outro.abrir("/raio-x").mostra("<code>é&#x2f;= ;&quot;</code>");
    assert_eq!(outro.cookies["a"], copiado);
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "o Raio-X só existe em debug")]
fn trocar_entrega_ao_navegador_o_que_esta_no_campo_e_so_o_que_se_le() {
    let mut visitante = Visitante::novo(aplicacao("debug"));
    visitante.abrir("/definir");
    for (campo, viaja) in [
        ("ab%252F%2B", "ab%2F+"),
        ("%20a+b%20", "a%20b"),
        ("%25", "%25"),
        ("a%3B%0D%0Ab%3D1", "a%3B%0D%0Ab%3D1"),
        ("", ""),
    ] {
        let resposta =
            visitante.postar("/raio-x/trocar", &format!("nome=a&valor={campo}"));
        feito(&resposta, "trocado");
        let linha = resposta.set_cookie("a").unwrap();
        assert_eq!(linha, format!("a={viaja}; HttpOnly; SameSite=Strict; Path=/"));
    }
    let (cabe, nao_cabe) = ("b".repeat(CABE - 1), "b".repeat(CABE));
    feito(
        &visitante.postar("/raio-x/trocar", &format!("nome=a&valor={cabe}")),
        "trocado",
    );
    let antes = visitante.cookies.clone();
    for (corpo, palavra) in [
        ("nome=a&valor=%25ff", "ilegivel"),
        (&format!("nome=a&valor={nao_cabe}"), "grande"),
        ("nome=b&valor=1", "sem-cookie"),
        ("", "sem-cookie"),
    ] {
        feito(&visitante.postar("/raio-x/trocar", corpo), palavra);
        visitante.abrir(&format!("/raio-x?feito={palavra}")).mostra("Nada mudou: ");
    }
    for (caminho, corpo) in
        [("guardar", "nome=b"), ("apagar", "nome=b"), ("apagar", "nome=")]
    {
        let mut sem_nada = visitante.outro();
        feito(&sem_nada.postar(&format!("/raio-x/{caminho}"), corpo), "sem-cookie");
    }
    feito(&visitante.postar("/raio-x/devolver", "numero=99"), "sem-copia");
    for corpo in ["numero=x", "numero=-1"] {
        assert_eq!(visitante.postar("/raio-x/devolver", corpo).codigo, 422, "{corpo}");
    }
    assert_eq!(visitante.cookies, antes);
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "o Raio-X só existe em debug")]
fn apagar_sem_um_nome_apaga_todos() {
    let mut visitante = Visitante::novo(aplicacao("debug"));
    for nome in ["a", "b", "__Host-c"] {
        visitante.cookies.insert(nome.to_owned(), "1".to_owned());
    }
    let resposta = visitante.postar("/raio-x/apagar", "");
    feito(&resposta, "apagado");
    assert!(visitante.cookies.is_empty());
    // Sem `Secure`, o navegador recusaria a ordem.
    let linha = resposta.set_cookie("__Host-c").unwrap();
    assert!(linha.contains("; Secure") && linha.contains("; Path=/"), "{linha}");
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "o Raio-X só existe em debug")]
fn um_formulario_de_outro_site_nao_chega_a_bancada() {
    let navegador = Visitante::novo(aplicacao("debug"));
    let aqui = ("Host", "127.0.0.1:8000");
    for (codigo, cabecalhos) in [
        (303, vec![]),
        (303, vec![("Sec-Fetch-Site", "same-origin"), ("Origin", "null")]),
        (303, vec![("Sec-Fetch-Site", "none")]),
        (303, vec![aqui, ("Origin", "http://127.0.0.1:8000")]),
        (403, vec![("Sec-Fetch-Site", "same-site")]),
        (
            403,
            vec![
                ("Sec-Fetch-Site", "cross-site"),
                aqui,
                ("Origin", "http://127.0.0.1:8000"),
            ],
        ),
        (403, vec![aqui, ("Origin", "http://127.0.0.1:3000")]),
        (403, vec![aqui, ("Origin", "null")]),
        (403, vec![("Origin", "http://127.0.0.1:8000")]),
    ] {
        for acao in ["guardar", "devolver", "trocar", "apagar", "adulterar"] {
            let mut visitante = navegador.outro();
            visitante.cookies.insert("b".to_owned(), String::new());
            let cabecalho =
                |(nome, valor): &(&'static str, &str)| (*nome, (*valor).to_owned());
            visitante.cabecalhos = cabecalhos.iter().map(cabecalho).collect();
            let resposta = visitante.postar(&format!("/raio-x/{acao}"), "nome=b");
            assert_eq!(resposta.codigo, codigo, "{acao}, {cabecalhos:?}");
            if codigo == 403 {
                assert!(resposta.corpo.contains("de outro site"), "{}", resposta.corpo);
                assert!(resposta.cookies.is_empty(), "{acao}");
            }
        }
    }
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "o Raio-X só existe em debug")]
fn onde_a_sessao_fica_no_servidor_o_registro_aparece_ao_lado_do_id() {
    let com = |registro: Registro| Visitante::novo(aplicacao("debug").manage(registro));
    let mut dentro =
        com(Registro(|_| Box::pin(async { Some(json!({ "role": "pão" })) })));
    dentro.forjar("session", "0123456789abcdef");
    let pagina = dentro.abrir("/raio-x");
    pagina.mostra("<code>0123456789abcdef</code>");
    pagina.mostra("O registro no servidor");
    pagina.mostra("<code>{&quot;role&quot;:&quot;pão&quot;}</code>");
    pagina.mostra(&URL_SAFE_NO_PAD.encode(r#"{"role":"p\u00e3o"}"#));
    pagina.mostra("Flask-Session");
    for vazio in [
        Registro(|_| Box::pin(async { None })),
        Registro(|_| Box::pin(async { Some(json!({})) })),
    ] {
        let mut fora = com(vazio);
        fora.forjar("session", "0123456789abcdef");
        let pagina = fora.abrir("/raio-x");
        pagina.mostra("Nenhum: a sessão terminou");
        pagina.mostra("o Flask não faz cookie");
    }
}

/// O que o Raio-X escreveria em um servidor que não definiu a sessão inteira.
fn em_flask(cookies: &[Visto<'_>]) -> Option<(String, bool)> {
    sessao_em_json(cookies, false)
}

#[track_caller]
fn feito(resposta: &Resposta, palavra: &str) {
    let volta = format!("/raio-x?feito={palavra}");
    assert_eq!(resposta.cabecalho("Location"), Some(&*volta), "{}", resposta.corpo);
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
        .mount("/", routes![definir])
        .register("/", shared::paginas_de_erro())
}

/// Define um cookie com caracteres que só viajam codificados.
#[get("/definir")]
fn definir(jar: &CookieJar<'_>) {
    jar.add_private(("a", "é/= ;\""));
}

fn visto<'a>(nome: &'a str, valor: Option<&str>) -> Visto<'a> {
    Visto {
        nome,
        texto: String::new(),
        tamanho: String::new(),
        atributos: None,
        aberto: valor.map(str::to_owned),
        da_sessao: nome == "session",
        laboratorio: String::new(),
    }
}
