//! De onde vem o que muda algo, e o que o navegador pode fazer com a resposta.

use rocket::http::Method;
use rocket_sessoes::site::log;

use super::apoio::*;

#[test]
fn o_que_vem_de_outro_site_recebe_403_nao_escreve_cookie_e_nao_muda_nada() {
    let mut maria = maria();
    // As rotas que mudam algo, como o site as montou: nenhuma fica de fora.
    let rotas =
        maria.servidor().rocket().routes().filter(|um| um.method == Method::Post);
    let rotas: Vec<_> = rotas.map(|rota| rota.uri.to_string()).collect();
    assert!(rotas.len() >= 9, "{rotas:?}");
    let campos = "username=admin&password=123&produto=x&atual=456&nova=12345678";
    for fora in [("Sec-Fetch-Site", "same-site"), ("Origin", "https://evil.example")] {
        let mut de_fora = maria.clone();
        de_fora.cabecalhos.push((fora.0, fora.1.to_owned()));
        for caminho in &rotas {
            let resposta = de_fora.postar(caminho, campos);
            let veio = (resposta.codigo, resposta.cabecalho("Set-Cookie"));
            assert_eq!(veio, (403, None), "{caminho} {fora:?}");
        }
    }
    assert_eq!(maria.abrir("/logout").codigo, 404);
    maria.abrir("/carrinho").mostra("está vazio");
}

#[test]
fn com_https_o_cookie_tem_o_nome_e_os_atributos_que_o_prendem_a_este_site() {
    let mut visitante = com_chaves(&memoria(), true, &chaves::<1>()[0], &[]);
    for resposta in [por(&mut visitante, "caneca"), visitante.entrar()] {
        let enviado = resposta.set_cookie("__Host-session").unwrap();
        let tem = |atributo: &&str| enviado.contains(atributo);
        assert!(["; Secure", "; HttpOnly", "SameSite=Lax", "Path=/"].iter().all(tem));
        assert!(!["Domain", "Expires", "Max-Age"].iter().any(tem), "{enviado}");
        let hsts = resposta.cabecalho("Strict-Transport-Security");
        assert_eq!(hsts, Some("max-age=86400"));
    }
    let mut com_nome_comum = visitante.outro();
    com_nome_comum.forjar(COOKIE, id(&visitante));
    com_nome_comum.esta_fora("nome comum");
    let resposta = visitante.postar("/logout", "");
    let enviado = resposta.set_cookie("__Host-session").unwrap();
    let tem = |atributo: &&str| enviado.contains(atributo);
    assert!(["__Host-session=; ", "Secure", "Max-Age=0", "Path=/"].iter().all(tem));
}

#[test]
fn um_cookie_disfarcado_de_um_subdominio_vizinho_nao_toma_o_lugar_da_sessao() {
    let (loja, [velha, nova]) = (memoria(), chaves());
    let mut admin = com_chaves(&loja, true, &velha, &[]);
    admin.entrar();
    let mut maria = admin.outro();
    maria.entrar_com("maria", "456");
    let [dela, dele] = [&maria, &admin].map(|quem| {
        quem.cookies["__Host-session"].replace('/', "%2F").replace('=', "%3D")
    });
    for (chave, anteriores) in [(&velha, vec![]), (&nova, vec![&*velha])] {
        let mut vitima = com_chaves(&loja, true, chave, &anteriores);
        // O jar fica como o Rocket o deixaria: com o último.
        vitima.cookies.insert("__Host-session".to_owned(), dela.clone());
        for nome in ["%5F%5FHost-session", "__Host%2dsession", "\u{2000}__Host-session"]
        {
            let [mut com_o_nosso, mut so_o_disfarce] = [vitima.clone(), vitima.clone()];
            let cookies = format!("__Host-session={dele}; {nome}={dela}");
            com_o_nosso.cabecalhos.push(("Cookie", cookies));
            com_o_nosso.abrir("/dashboard").mostra("Bem-vindo, admin!");
            so_o_disfarce.cabecalhos.push(("Cookie", format!("{nome}={dela}")));
            let resposta = so_o_disfarce.abrir("/dashboard");
            resposta.leva_a("/login", nome);
            assert_eq!(resposta.cabecalho("Set-Cookie"), None);
        }
    }
}

#[test]
fn so_no_perfil_debug_o_site_dispensa_o_https_e_o_log_pode_mostrar_cookies() {
    let de_fabrica = shared::configuracao(env!("CARGO_MANIFEST_DIR"));
    for (perfil, debug) in [("debug", true), ("release", false), ("producao", false)] {
        let configuracao = de_fabrica.clone().select(perfil);
        let https: bool = configuracao.extract_inner("https").unwrap();
        assert_eq!(https, !debug, "{perfil}");
        let perigoso = log::perigoso(&configuracao.merge(("log_level", "debug")));
        assert_eq!(perigoso, !debug, "{perfil}");
    }
}
