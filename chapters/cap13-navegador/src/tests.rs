//! O que o capítulo 13 promete.

use rocket::http::{Cookie, Method};
use rocket::{Build, Rocket};
use teste::{Resposta, Visitante, caminhos::*};

teste::promessas!(super::rocket: casa, login, corpos, paginas, saida, dicionario);

/// Sem HTTPS, como na sua máquina.
const DEBUG: &str = "debug";
/// Com HTTPS na frente.
const RELEASE: &str = "release";

#[test]
fn com_https_o_cookie_tem_o_nome_e_os_atributos_que_o_prendem_a_este_site() {
    let resposta = Visitante::novo(em(RELEASE)).entrar();
    assert_eq!(resposta.cookies.len(), 1);
    let linha = resposta.set_cookie("__Host-session").unwrap();
    for atributo in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/", "Expires="] {
        assert!(linha.contains(atributo), "falta {atributo} em {linha}");
    }
    // Com um domínio, o navegador recusaria o nome.
    assert!(!linha.contains("Domain"), "{linha}");
}

#[test]
fn so_o_perfil_debug_fica_com_o_cookie_do_capitulo_6() {
    let resposta = Visitante::novo(em(DEBUG)).entrar();
    assert!(!resposta.set_cookie("session").unwrap().contains("Secure"));
    let resposta = Visitante::novo(em("producao")).entrar();
    assert!(resposta.set_cookie("__Host-session").is_some());
}

#[test]
fn com_https_a_remocao_tambem_leva_o_nome_e_o_secure() {
    let mut visitante = Visitante::novo(em(RELEASE));
    visitante.entrar();
    let resposta = visitante.sair();
    let linha = resposta.set_cookie("__Host-session").unwrap();
    // Sem estes atributos, o navegador ignoraria a ordem, e o cookie ficaria.
    for atributo in ["__Host-session=;", "Secure", "Path=/", "Max-Age=0"] {
        assert!(linha.contains(atributo), "falta {atributo} em {linha}");
    }
    visitante.esta_fora("depois do logout");
}

#[test]
fn com_https_um_cookie_com_o_nome_de_antes_nao_abre_a_sessao() {
    let mut visitante = Visitante::novo(em(RELEASE));
    visitante.entrar();
    let texto = visitante.cookies.remove("__Host-session").unwrap();
    // Outro subdomínio consegue escrever este nome, mas não o que começa com `__Host-`.
    visitante.cookies.insert("session".to_owned(), texto);
    visitante.esta_fora("com o nome de antes");
}

/// Nomes que o navegador não toma pelo nosso, e o Rocket sim.
const DISFARCES: &[&str] = &[
    "%5F%5FHost-session",
    "__Host%2dsession",
    "\u{2000}__Host-session",
    "__Host-session\u{3000}",
    "\u{a0}%5f_Host-session\u{2009}",
];

#[test]
fn um_cookie_disfarcado_nao_toma_o_lugar_do_nosso() {
    let (admin, do_admin, da_maria) = admin_e_maria();
    for disfarce in DISFARCES {
        for cookies in [
            format!("__Host-session={do_admin}; {disfarce}={da_maria}"),
            format!("a=b;{disfarce}={da_maria};\t__Host-session\t={do_admin};c"),
        ] {
            let resposta = enviando(&admin, &cookies).abrir(DASHBOARD);
            resposta.mostra("Bem-vindo, admin! Seu ID é: 12345");
            // Ler não escreve nada no lugar do cookie de verdade.
            assert_eq!(resposta.cabecalho("Set-Cookie"), None, "{disfarce}");
        }
        // Sozinho, ele não abre sessão nenhuma.
        enviando(&admin, &format!("{disfarce}={da_maria}")).esta_fora(disfarce);
    }
}

#[test]
fn com_um_cookie_disfarcado_por_perto_a_sessao_ainda_muda_e_termina() {
    let (admin, do_admin, da_maria) = admin_e_maria();
    let cookies = format!("__Host-session={do_admin}; %5F_Host-session={da_maria}");
    let mudada = enviando(&admin, &cookies).postar(REMOVER_CARGO, "");
    let dicionario = r#"{"user_id":12345,"username":"admin"}"#;
    assert_eq!(mudada.abertos["__Host-session"], dicionario);
    let saida = enviando(&admin, &cookies).abrir(LOGOUT);
    assert!(saida.set_cookie("__Host-session").unwrap().contains("Max-Age=0"));
}

#[test]
fn a_pagina_que_olhou_a_sessao_nao_fica_em_cache_nenhum() {
    for perfil in [DEBUG, RELEASE] {
        let mut visitante = Visitante::novo(em(perfil));
        for quem in ["sem login", "com login"] {
            for pagina in [DASHBOARD, PERFIL, CARRINHO] {
                nao_se_guarda(&visitante.abrir(pagina), &format!("{pagina}, {quem}"));
            }
            nao_se_guarda(&visitante.entrar(), "o login");
        }
        nao_se_guarda(&visitante.sair(), "o logout");
    }
}

#[test]
fn um_erro_depois_de_abrir_a_sessao_tambem_nao_se_guarda() {
    let mut visitante = Visitante::novo(super::rocket());
    let sem_produto = visitante.postar(CARRINHO, "");
    assert_eq!(sem_produto.codigo, 422);
    nao_se_guarda(&sem_produto, "422");
    let invalido = visitante.entrar_com("admin", "errada");
    assert_eq!(invalido.codigo, 401);
    nao_se_guarda(&invalido, "401");
}

#[test]
fn um_head_leva_as_mesmas_ordens_que_o_get() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    nao_se_guarda(&visitante.pedir(Method::Head, PERFIL, None, b""), "HEAD");
}

#[test]
fn a_pagina_que_nao_olha_a_sessao_pode_ficar_em_um_cache() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    for pagina in ["/", LOGIN, ADMIN, "/estilo.css", "/nao-existe"] {
        let resposta = visitante.abrir(pagina);
        assert_eq!(resposta.cabecalho("Cache-Control"), None, "{pagina}");
        assert_eq!(resposta.cabecalho("Vary"), None, "{pagina}");
    }
}

#[test]
fn toda_resposta_diz_ao_navegador_o_que_nao_fazer() {
    let politica = "default-src 'none'; style-src 'self'; img-src data:; \
        form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    for pagina in ["/", LOGIN, DASHBOARD, "/estilo.css", "/nao-existe"] {
        let resposta = visitante.abrir(pagina);
        for (nome, valor) in [
            ("Content-Security-Policy", politica),
            ("X-Frame-Options", "DENY"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"),
            ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
        ] {
            assert_eq!(resposta.cabecalho(nome), Some(valor), "{nome} em {pagina}");
        }
    }
}

#[test]
fn nenhum_cabecalho_vem_duas_vezes() {
    let resposta = Visitante::novo(super::rocket()).abrir(PERFIL);
    for (nome, _) in &resposta.cabecalhos {
        let mesmo = |(outro, _): &&(String, String)| outro == nome;
        assert_eq!(resposta.cabecalhos.iter().filter(mesmo).count(), 1, "{nome}");
    }
}

/// A aplicação no perfil do Rocket com este nome.
fn em(perfil: &str) -> Rocket<Build> {
    let aplicacao = super::rocket();
    let configuracao = aplicacao.figment().clone().select(perfil);
    aplicacao.configure(configuracao)
}

/// O navegador do admin e, como vão no cabeçalho, o cookie dele e o da maria.
fn admin_e_maria() -> (Visitante, String, String) {
    let mut admin = Visitante::novo(em(RELEASE));
    admin.entrar();
    let mut maria = admin.outro();
    maria.entrar_com("maria", "456");
    let [do_admin, da_maria] = [&admin, &maria].map(|quem| {
        quem.cookies["__Host-session"].replace('/', "%2F").replace('=', "%3D")
    });
    (admin, do_admin, da_maria)
}

/// O mesmo navegador com este `Cookie`: o jar fica como o Rocket o deixaria.
fn enviando(navegador: &Visitante, cookies: &str) -> Visitante {
    let mut navegador = navegador.outro();
    let lidos = cookies.split(';').filter_map(|par| Cookie::parse_encoded(par).ok());
    let lidos = lidos.map(|lido| (lido.name().into(), lido.value().into()));
    navegador.cookies = lidos.collect();
    navegador.cabecalhos.push(("Cookie", cookies.to_owned()));
    navegador
}

#[track_caller]
fn nao_se_guarda(resposta: &Resposta, caso: &str) {
    assert_eq!(resposta.cabecalho("Cache-Control"), Some("no-store"), "{caso}");
    assert_eq!(resposta.cabecalho("Vary"), Some("Cookie"), "{caso}");
}
