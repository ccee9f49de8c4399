//! O que o capítulo 3 promete.

use teste::{Visitante, caminhos::*};
use time::{Duration, OffsetDateTime};

teste::promessas!(super::rocket: casa, login, corpos);

#[test]
fn o_login_certo_armazena_tres_valores_em_tres_cookies() {
    let resposta = Visitante::novo(super::rocket()).entrar();
    let esperados = [("role", "admin"), ("user_id", "12345"), ("username", "admin")];
    let esperados =
        esperados.map(|(chave, valor)| (chave.to_owned(), valor.to_owned()));
    assert_eq!(resposta.abertos, esperados.into());
}

#[test]
fn cada_valor_sai_criptografado_com_os_atributos_que_o_protegem_e_dura_uma_hora() {
    let antes = OffsetDateTime::now_utc();
    let resposta = Visitante::novo(super::rocket()).entrar();
    for chave in ["username", "user_id", "role"] {
        let enviado = resposta.set_cookie(chave).unwrap();
        let (par, atributos) = enviado.split_once("; ").unwrap();
        assert!(!par.contains("admin") && !par.contains("12345"), "{enviado}");
        for atributo in ["HttpOnly", "Path=/", "Expires="] {
            assert!(atributos.contains(atributo), "falta {atributo} em {enviado}");
        }
        let cookie = resposta.cookies.iter().find(|cookie| cookie.name() == chave);
        let duracao = cookie.unwrap().expires_datetime().unwrap() - antes;
        // O cabeçalho não leva frações de segundo.
        let diferenca = (duracao - Duration::hours(1)).abs();
        assert!(diferenca <= Duration::seconds(2), "{chave} dura {duracao}");
    }
}

#[test]
fn depois_de_um_login_errado_so_o_nome_volta_escrito_no_formulario() {
    for (corpo, nome) in [
        ("username=caio&password=segredo", "caio"),
        ("username=%22%3E%3Cb%3E&password=segredo", "&quot;&gt;&lt;b&gt;"),
        ("username=sem-senha", ""),
        ("", ""),
    ] {
        let resposta = Visitante::novo(super::rocket()).postar(LOGIN_SUBMIT, corpo);
        resposta.login_invalido(corpo);
        let campo = format!(r#"name="username" value="{nome}""#);
        let certo = resposta.corpo.contains(&campo);
        assert!(certo && !resposta.corpo.contains("segredo"), "{}", resposta.corpo);
    }
}

#[test]
fn depois_do_login_certo_a_pagina_diz_o_que_o_navegador_guardou() {
    let mut visitante = Visitante::novo(super::rocket());
    let resposta = visitante.entrar();
    resposta.leva_a("/login", "login certo");
    visitante.abrir(resposta.cabecalho("Location").unwrap()).mostra("Login certo: ");
    assert!(!visitante.abrir("/login").corpo.contains("Login certo"));
}

#[test]
fn um_login_errado_nao_manda_cookie_nenhum() {
    let resposta = Visitante::novo(super::rocket()).entrar_com("admin", "errada");
    assert_eq!(resposta.cabecalho("Set-Cookie"), None);
}

// O teste seguinte mostra um atalho desta lição, e diz que capítulo o remove.

#[test]
fn atalho_quem_chega_por_um_link_de_outro_site_chega_sem_a_sessao_ate_o_capitulo_12() {
    let resposta = Visitante::novo(super::rocket()).entrar();
    // Com este atributo, o navegador não leva o cookie se o link está em outro site.
    for chave in ["username", "user_id", "role"] {
        let linha = resposta.set_cookie(chave).unwrap();
        assert!(linha.contains("SameSite=Strict"), "{linha}");
    }
}
