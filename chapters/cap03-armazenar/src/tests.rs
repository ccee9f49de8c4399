//! O que o capítulo 3 promete.

use rocket::http::{Accept, ContentType, Status};
use rocket::local::blocking::{Client, LocalResponse};
use shared::teste::cliente;
use time::{Duration, OffsetDateTime};

/// Os valores que o login armazena.
const VALORES: [&str; 3] = ["username", "user_id", "role"];

#[test]
fn a_raiz_redireciona_para_o_login() {
    let navegador = cliente(super::rocket());
    let resposta = navegador.get("/").dispatch();
    assert_eq!(resposta.status(), Status::SeeOther);
    assert_eq!(resposta.headers().get_one("Location"), Some("/login"));
}

#[test]
fn a_pagina_de_login_vem_do_template_em_portugues() {
    let navegador = cliente(super::rocket());
    let pagina = navegador.get("/login").dispatch().into_string().unwrap();
    assert!(pagina.contains(r#"<html lang="pt-BR">"#), "{pagina}");
    assert!(pagina.contains("<h1>Login</h1>"), "{pagina}");
}

#[test]
fn o_jar_traz_os_cookies_que_o_navegador_enviou() {
    let navegador = cliente(super::rocket());
    let pagina = navegador.get("/login").dispatch().into_string().unwrap();
    assert!(pagina.contains("Cookies que seu navegador enviou: 0"), "{pagina}");

    let com_dois =
        navegador.get("/login").cookie(("tema", "escuro")).cookie(("idioma", "pt"));
    let pagina = com_dois.dispatch().into_string().unwrap();
    assert!(pagina.contains("Cookies que seu navegador enviou: 2"), "{pagina}");
}

#[test]
fn um_endereco_que_nao_existe_recebe_um_404_em_portugues() {
    let navegador = cliente(super::rocket());
    let resposta = navegador.get("/nao-existe").header(Accept::HTML).dispatch();
    assert_eq!(resposta.status(), Status::NotFound);
    assert_eq!(resposta.content_type(), Some(ContentType::HTML));
    let pagina = resposta.into_string().unwrap();
    assert!(pagina.contains("<h1>Página não encontrada</h1>"), "{pagina}");
}

#[test]
fn o_login_certo_armazena_tres_valores_e_mostra_os_cookies() {
    let navegador = cliente(super::rocket());
    let resposta = entrar(&navegador, "username=admin&password=123");
    assert_eq!(resposta.status(), Status::SeeOther);
    assert_eq!(resposta.headers().get_one("Location"), Some("/cookies"));

    let armazenados = resposta.cookies();
    assert_eq!(armazenados.get_private("username").unwrap().value(), "admin");
    assert_eq!(armazenados.get_private("user_id").unwrap().value(), "12345");
    assert_eq!(armazenados.get_private("role").unwrap().value(), "admin");
}

#[test]
fn cada_valor_sai_criptografado_e_com_os_atributos_que_o_protegem() {
    let navegador = cliente(super::rocket());
    let resposta = entrar(&navegador, "username=admin&password=123");
    for chave in VALORES {
        let mut enviados = resposta.headers().get("Set-Cookie");
        let enviado =
            enviados.find(|linha| linha.starts_with(&format!("{chave}="))).unwrap();
        let (par, atributos) = enviado.split_once("; ").unwrap();
        let (_, texto) = par.split_once('=').unwrap();
        assert!(!texto.contains("admin") && !texto.contains("12345"), "{enviado}");
        for atributo in ["HttpOnly", "SameSite=Strict", "Path=/", "Expires="] {
            assert!(atributos.contains(atributo), "falta {atributo} em {enviado}");
        }
    }
}

#[test]
fn cada_valor_dura_uma_hora() {
    let navegador = cliente(super::rocket());
    let antes = OffsetDateTime::now_utc();
    let resposta = entrar(&navegador, "username=admin&password=123");
    for chave in VALORES {
        let cookie = resposta.cookies().get(chave).unwrap();
        let duracao = cookie.expires_datetime().unwrap() - antes;
        // O cabeçalho não leva frações de segundo.
        let diferenca = (duracao - Duration::hours(1)).abs();
        assert!(diferenca <= Duration::seconds(2), "{chave} dura {duracao}");
    }
}

#[test]
fn qualquer_outro_login_recebe_401_e_nada_fica_armazenado() {
    let navegador = cliente(super::rocket());
    let corpos = [
        "",
        "username=admin",
        "password=123",
        "username=&password=",
        "username=admin&password=errada",
        "username=Admin&password=123",
        "username=admin&password=123%20",
        "isto não é um formulário",
        "username=%FF%FE&password=%00",
    ];
    for corpo in corpos {
        login_invalido(entrar(&navegador, corpo), corpo);
    }
    login_invalido(entrar(&navegador, &"a".repeat(100_000)), "100.000 letras");
    let bytes = navegador
        .post("/login_submit")
        .header(ContentType::Form)
        .body([0xff, 0xfe, 0x00]);
    login_invalido(bytes.dispatch(), "bytes soltos");
}

#[test]
fn outro_tipo_de_conteudo_tambem_recebe_401() {
    let navegador = cliente(super::rocket());
    let json = r#"{"username":"admin","password":"123"}"#;
    for tipo in [ContentType::JSON, ContentType::Plain, ContentType::FormData] {
        let requisicao =
            navegador.post("/login_submit").header(tipo.clone()).body(json);
        login_invalido(requisicao.dispatch(), &tipo.to_string());
    }
    let sem_tipo = navegador.post("/login_submit").body("username=admin&password=123");
    login_invalido(sem_tipo.dispatch(), "sem Content-Type");
}

#[test]
fn a_pagina_de_cookies_mostra_o_texto_criptografado_e_se_ele_abre() {
    let navegador = cliente(super::rocket());
    let vazia = navegador.get("/cookies").dispatch().into_string().unwrap();
    assert!(vazia.contains("Nenhum cookie"), "{vazia}");

    entrar(&navegador, "username=admin&password=123");
    let pagina = navegador.get("/cookies").dispatch().into_string().unwrap();
    for chave in VALORES {
        assert!(pagina.contains(&format!("<dt>{chave}</dt>")), "{pagina}");
    }
    assert!(pagina.contains("A chave de agora abre este cookie"), "{pagina}");
    assert!(!pagina.contains("A chave de agora não abre este cookie"), "{pagina}");
    assert!(!pagina.contains("12345"), "{pagina}");
}

#[test]
fn outra_chave_nao_abre_os_cookies_de_antes() {
    let antes = cliente(super::rocket());
    let resposta = entrar(&antes, "username=admin&password=123");
    let depois = cliente(super::rocket());
    let requisicao = depois.get("/cookies").cookies(resposta.cookies().iter().cloned());
    let pagina = requisicao.dispatch().into_string().unwrap();
    assert!(pagina.contains("A chave de agora não abre este cookie"), "{pagina}");
    assert!(!pagina.contains("A chave de agora abre este cookie"), "{pagina}");
}

#[test]
fn um_cookie_nunca_vira_codigo_na_pagina() {
    let navegador = cliente(super::rocket());
    let ataque = ("<script>alert(1)</script>", "<script>alert(2)</script>");
    let pagina =
        navegador.get("/cookies").cookie(ataque).dispatch().into_string().unwrap();
    assert!(pagina.contains("&lt;script&gt;"), "{pagina}");
    assert!(!pagina.contains("<script>"), "{pagina}");
}

/// Envia o formulário de login com este corpo.
fn entrar<'c>(navegador: &'c Client, corpo: &str) -> LocalResponse<'c> {
    navegador.post("/login_submit").header(ContentType::Form).body(corpo).dispatch()
}

/// Confere que a resposta recusa o login e não armazena nada.
fn login_invalido(resposta: LocalResponse<'_>, caso: &str) {
    assert_eq!(resposta.status(), Status::Unauthorized, "{caso}");
    assert_eq!(resposta.headers().get_one("Set-Cookie"), None, "{caso}");
    let pagina = resposta.into_string().unwrap();
    assert!(pagina.contains("Login inválido"), "{caso}: {pagina}");
}
