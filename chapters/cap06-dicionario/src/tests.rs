//! O que o capítulo 6 promete.

use rocket::http::{Accept, ContentType, Status};
use rocket::local::blocking::{Client, LocalResponse};
use rocket::{get, routes};
use serde_json::{Value, json};
use shared::teste::cliente;
use time::{Duration, OffsetDateTime};

use super::{ErroDeSessao, Sessao};

/// O cookie da sessão, com o mesmo nome que no Flask.
const COOKIE: &str = "session";

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
fn um_endereco_que_nao_existe_recebe_um_404_em_portugues() {
    let navegador = cliente(super::rocket());
    let resposta = navegador.get("/nao-existe").header(Accept::HTML).dispatch();
    assert_eq!(resposta.status(), Status::NotFound);
    assert_eq!(resposta.content_type(), Some(ContentType::HTML));
    let pagina = resposta.into_string().unwrap();
    assert!(pagina.contains("<h1>Página não encontrada</h1>"), "{pagina}");
}

#[test]
fn o_login_certo_armazena_um_dicionario_em_um_cookie_so_e_leva_ao_dashboard() {
    let navegador = cliente(super::rocket());
    let resposta = entrar(&navegador, "username=admin&password=123");
    assert_eq!(resposta.status(), Status::SeeOther);
    assert_eq!(resposta.headers().get_one("Location"), Some("/dashboard"));
    assert_eq!(resposta.headers().get("Set-Cookie").count(), 1);
    let valores = json!({ "username": "admin", "user_id": 12345, "role": "admin" });
    assert_eq!(aberta(&resposta), json!({ "versao": 1, "valores": valores }));
}

#[test]
fn cada_conta_entra_com_o_seu_cargo() {
    for (corpo, bem_vindo, cargo) in [
        ("username=admin&password=123", "Bem-vindo, admin! Seu ID é: 12345", "admin"),
        ("username=maria&password=456", "Bem-vindo, maria! Seu ID é: 67890", "cliente"),
    ] {
        let navegador = cliente(super::rocket());
        entrar(&navegador, corpo);
        assert!(pagina(&navegador, "/dashboard").contains(bem_vindo), "{corpo}");
        let perfil = pagina(&navegador, "/perfil");
        assert!(perfil.contains(&format!("Seu perfil. Cargo: {cargo}")), "{perfil}");
    }
}

#[test]
fn o_cookie_sai_criptografado_com_os_atributos_que_o_protegem_e_dura_uma_hora() {
    let navegador = cliente(super::rocket());
    let antes = OffsetDateTime::now_utc();
    let resposta = entrar(&navegador, "username=admin&password=123");
    let enviado = resposta.headers().get_one("Set-Cookie").unwrap();
    assert!(!enviado.contains("admin") && !enviado.contains("12345"), "{enviado}");
    for atributo in ["HttpOnly", "SameSite=Strict", "Path=/", "Expires="] {
        assert!(enviado.contains(atributo), "falta {atributo} em {enviado}");
    }
    let validade = resposta.cookies().get(COOKIE).unwrap().expires_datetime();
    let diferenca = (validade.unwrap() - antes - Duration::hours(1)).abs();
    assert!(diferenca <= Duration::seconds(2), "{diferenca}");
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
fn o_dashboard_recupera_o_nome_e_o_numero() {
    let navegador = cliente(super::rocket());
    entrar(&navegador, "username=admin&password=123");
    let pagina = navegador.get("/dashboard").dispatch().into_string().unwrap();
    assert!(pagina.contains("Bem-vindo, admin! Seu ID é: 12345"), "{pagina}");
}

#[test]
fn o_perfil_recupera_o_cargo() {
    let navegador = cliente(super::rocket());
    entrar(&navegador, "username=admin&password=123");
    let pagina = navegador.get("/perfil").dispatch().into_string().unwrap();
    assert!(pagina.contains("Seu perfil. Cargo: admin"), "{pagina}");
}

#[test]
fn sem_login_as_duas_paginas_levam_ao_login() {
    let navegador = cliente(super::rocket());
    for pagina in ["/dashboard", "/perfil"] {
        leva_ao_login(navegador.get(pagina).dispatch(), pagina);
    }
}

#[test]
fn repetir_o_logout_ou_sair_sem_ter_entrado_nao_faz_mal() {
    let navegador = cliente(super::rocket());
    leva_ao_login(navegador.get("/logout").dispatch(), "sem ter entrado");
    entrar(&navegador, "username=admin&password=123");
    leva_ao_login(navegador.get("/logout").dispatch(), "primeira vez");
    leva_ao_login(navegador.get("/logout").dispatch(), "segunda vez");
}

#[test]
fn remover_o_cargo_deixa_os_outros_valores_no_lugar() {
    let navegador = cliente(super::rocket());
    entrar(&navegador, "username=admin&password=123");
    for vez in ["primeira", "segunda"] {
        let resposta = navegador.post("/remover_cargo").dispatch();
        assert_eq!(
            resposta.headers().get_one("Location"),
            Some("/perfil"),
            "{vez} vez"
        );
    }
    let perfil = navegador.get("/perfil").dispatch().into_string().unwrap();
    assert!(perfil.contains("Seu perfil. Cargo: visitante"), "{perfil}");
    let dashboard = navegador.get("/dashboard").dispatch().into_string().unwrap();
    assert!(dashboard.contains("Bem-vindo, admin! Seu ID é: 12345"), "{dashboard}");
}

#[test]
fn sem_cargo_o_perfil_usa_o_valor_padrao() {
    let navegador = cliente(super::rocket());
    let perfil = com_valores(&navegador, "/perfil", json!({ "username": "admin" }));
    let perfil = perfil.into_string().unwrap();
    assert!(perfil.contains("Seu perfil. Cargo: visitante"), "{perfil}");
}

#[test]
fn um_valor_de_outro_tipo_e_um_erro_e_nao_derruba_o_servidor() {
    let navegador = cliente(super::rocket());
    for user_id in [json!("doze mil"), json!(-1), json!(12.5), json!([]), json!(null)] {
        let valores = json!({ "username": "admin", "user_id": user_id });
        let resposta = com_valores(&navegador, "/dashboard", valores);
        assert_eq!(resposta.status(), Status::InternalServerError, "{user_id}");
        leva_ao_login(com_valores(&navegador, "/dashboard", json!({})), "vazia");
    }
}

#[test]
fn um_cookie_que_esta_chave_nao_fechou_nao_abre_nenhuma_pagina() {
    let navegador = cliente(super::rocket());
    let outro_servidor = cliente(super::rocket());
    let resposta = entrar(&outro_servidor, "username=admin&password=123");
    let em_claro = json!({ "versao": 1, "valores": { "username": "admin" } });
    for pagina in ["/dashboard", "/perfil"] {
        let de_fora = resposta.cookies().get(COOKIE).unwrap().clone();
        leva_ao_login(navegador.get(pagina).cookie(de_fora).dispatch(), "outra chave");
        let em_claro = navegador.get(pagina).cookie((COOKIE, em_claro.to_string()));
        leva_ao_login(em_claro.dispatch(), "em claro");
    }
}

#[test]
fn um_so_caractere_adulterado_e_o_cookie_nao_abre() {
    let navegador = cliente(super::rocket());
    let resposta = entrar(&navegador, "username=admin&password=123");
    let texto = resposta.cookies().get(COOKIE).unwrap().value().to_owned();
    for posicao in 0..texto.len() {
        let trocado = if texto[posicao..].starts_with('A') { "B" } else { "A" };
        let mut adulterado = texto.clone();
        adulterado.replace_range(posicao..=posicao, trocado);
        let requisicao = navegador.get("/dashboard").cookie((COOKIE, adulterado));
        leva_ao_login(requisicao.dispatch(), &format!("caractere {posicao}"));
    }
}

#[test]
fn a_emenda_de_duas_sessoes_nao_muda_o_cargo_de_ninguem() {
    let navegador = cliente(super::rocket());
    let admin = entrar(&navegador, "username=admin&password=123");
    let do_admin = admin.cookies().get(COOKIE).unwrap().value().to_owned();
    entrar(&navegador, "username=maria&password=456");
    for nome in ["role", "session2", "Session"] {
        let emenda = navegador.get("/perfil").cookie((nome, do_admin.clone()));
        let perfil = emenda.dispatch().into_string().unwrap();
        assert!(perfil.contains("Seu perfil. Cargo: cliente"), "{nome}: {perfil}");
    }
}

#[test]
fn uma_sessao_de_outro_formato_conta_como_vazia() {
    let navegador = cliente(super::rocket());
    for texto in [
        "admin",
        "",
        "null",
        "[]",
        r#"{"username":"admin","user_id":12345}"#,
        r#"{"versao":2,"valores":{"username":"admin","user_id":12345}}"#,
        r#"{"versao":1,"valores":["admin"]}"#,
        r#"{"versao":"1","valores":{"username":"admin"}}"#,
        r#"{"versao":1}"#,
    ] {
        let requisicao = navegador.get("/perfil").private_cookie((COOKIE, texto));
        leva_ao_login(requisicao.dispatch(), texto);
    }
    let do_capitulo_5 = navegador
        .get("/perfil")
        .private_cookie(("username", "admin"))
        .private_cookie(("role", "admin"));
    leva_ao_login(do_capitulo_5.dispatch(), "três cookies");
}

#[test]
fn o_logout_remove_o_cookie_e_leva_ao_login() {
    let navegador = cliente(super::rocket());
    entrar(&navegador, "username=admin&password=123");
    leva_ao_login(navegador.get("/logout").dispatch(), "logout");
    assert_eq!(navegador.cookies().iter().count(), 0);
    leva_ao_login(navegador.get("/dashboard").dispatch(), "depois do logout");
}

#[test]
fn remover_o_ultimo_valor_remove_o_cookie() {
    let navegador = cliente(super::rocket());
    let requisicao = navegador.post("/remover_cargo");
    let valores = json!({ "versao": 1, "valores": { "role": "admin" } });
    let resposta = requisicao.private_cookie((COOKIE, valores.to_string())).dispatch();
    let enviado = resposta.headers().get_one("Set-Cookie").unwrap();
    assert!(enviado.starts_with("session=; "), "{enviado}");
    assert!(enviado.contains("Max-Age=0"), "{enviado}");
}

#[test]
fn quem_so_le_ou_nada_muda_nao_escreve_cookie() {
    let navegador = cliente(super::rocket());
    let sem_sessao = [
        navegador.get("/carrinho").dispatch(),
        navegador.get("/logout").dispatch(),
        navegador.post("/remover_cargo").dispatch(),
    ];
    entrar(&navegador, "username=maria&password=456");
    let de_novo = entrar(&navegador, "username=maria&password=456");
    assert_eq!(de_novo.status(), Status::SeeOther);
    assert_eq!(de_novo.headers().get_one("Set-Cookie"), None);
    navegador.post("/remover_cargo").dispatch();
    let com_sessao = [
        navegador.get("/dashboard").dispatch(),
        navegador.get("/perfil").dispatch(),
        navegador.get("/sessao").dispatch(),
        navegador.post("/remover_cargo").dispatch(),
    ];
    for resposta in sem_sessao.iter().chain(&com_sessao) {
        assert_eq!(resposta.headers().get_one("Set-Cookie"), None, "{resposta:?}");
    }
}

#[test]
fn a_resposta_varia_com_o_cookie_se_a_rota_abriu_a_sessao() {
    let navegador = cliente(super::rocket());
    for (caminho, esperado) in
        [("/perfil", Some("Cookie")), ("/login", None), ("/estilo.css", None)]
    {
        let resposta = navegador.get(caminho).dispatch();
        assert_eq!(resposta.headers().get_one("Vary"), esperado, "{caminho}");
    }
}

#[test]
fn o_carrinho_conta_os_produtos_e_continua_depois_do_login() {
    let navegador = cliente(super::rocket());
    assert!(pagina(&navegador, "/carrinho").contains("Nada ainda"));
    for produto in ["caneca", "p%C3%A3o", "caneca"] {
        assert_eq!(por(&navegador, produto).status(), Status::SeeOther, "{produto}");
    }
    entrar(&navegador, "username=maria&password=456");
    let carrinho = pagina(&navegador, "/carrinho");
    for item in ["<li>caneca: 2</li>", "<li>pão: 1</li>"] {
        assert!(carrinho.contains(item), "{carrinho}");
    }
}

#[test]
fn um_produto_nunca_vira_codigo_na_pagina() {
    let navegador = cliente(super::rocket());
    por(&navegador, "<script>alert(1)</script>");
    for caminho in ["/carrinho", "/sessao"] {
        let pagina = pagina(&navegador, caminho);
        assert!(pagina.contains("alert(1)"), "{pagina}");
        assert!(!pagina.contains("<script>"), "{pagina}");
    }
}

#[test]
fn um_produto_sem_nome_e_recusado() {
    let navegador = cliente(super::rocket());
    assert_eq!(por(&navegador, "").status(), Status::UnprocessableEntity);
}

#[test]
fn uma_sessao_que_nao_cabe_e_recusada_e_nada_se_perde() {
    let navegador = cliente(super::rocket());
    entrar(&navegador, "username=maria&password=456");
    assert_eq!(por(&navegador, &"a".repeat(2_600)).status(), Status::SeeOther);
    let recusada = por(&navegador, &"b".repeat(200));
    assert_eq!(recusada.status(), Status::PayloadTooLarge);
    assert_eq!(recusada.headers().get_one("Set-Cookie"), None);
    let recusada = recusada.into_string().unwrap();
    assert!(recusada.contains("Não cabe mais nada na sessão"), "{recusada}");
    assert!(recusada.contains("aaaa: 1</li>"), "{recusada}");
    assert!(pagina(&navegador, "/perfil").contains("Cargo: cliente"));
}

#[test]
fn um_login_que_nao_cabe_nao_entra_pela_metade() {
    let navegador = cliente(super::rocket());
    por(&navegador, &"a".repeat(2_718));
    let resposta = entrar(&navegador, "username=maria&password=456");
    assert_eq!(resposta.status(), Status::PayloadTooLarge);
    assert_eq!(resposta.headers().get_one("Set-Cookie"), None);
    leva_ao_login(navegador.get("/perfil").dispatch(), "login que não coube");
}

#[test]
fn a_maior_sessao_que_cabe_nunca_passa_de_4096_bytes() {
    let navegador = cliente(super::rocket());
    let vazia = json!({ "versao": 1, "valores": { "carrinho": { "": 1 } } });
    let maior = "a".repeat(2_800 - vazia.to_string().len());
    // O nonce muda a cada vez, e com ele quantos `/` viajam como `%2F`.
    for _ in 0..200 {
        let resposta = por(&navegador, &maior);
        let enviado = resposta.headers().get_one("Set-Cookie").unwrap();
        let (par, _) = enviado.split_once(';').unwrap();
        assert!((3_700..=4_096).contains(&par.len()), "{} bytes", par.len());
        navegador.get("/logout").dispatch();
    }
    assert_eq!(por(&navegador, &format!("{maior}a")).status(), Status::PayloadTooLarge);
}

// O dicionário visto de uma rota, com duas guardas na mesma requisição.

#[get("/guardas")]
fn duas_guardas(uma: Sessao<'_>, outra: Sessao<'_>) -> Result<String, ErroDeSessao> {
    uma.armazenar("cor", "azul")?;
    let vista: Option<String> = outra.recuperar("cor")?;
    outra.remover("cor");
    Ok(format!("{vista:?} {}", uma.contem("cor")))
}

#[get("/tipos")]
fn tipos(sessao: Sessao<'_>) -> Result<String, ErroDeSessao> {
    sessao.armazenar("lista", [1, 2])?;
    sessao.armazenar("par", (true, "sim"))?;
    sessao.armazenar("nada", None::<u8>)?;
    let lista: Option<Vec<u8>> = sessao.recuperar("lista")?;
    let par: Option<(bool, String)> = sessao.recuperar("par")?;
    let nada: Option<Option<u8>> = sessao.recuperar("nada")?;
    let falta: Option<u8> = sessao.recuperar("falta")?;
    let itens: Vec<String> = sessao.itens().into_keys().collect();
    let erro = sessao.recuperar::<u8>("par").unwrap_err();
    let aninhado = sessao.recuperar::<(Vec<String>, u8)>("nada").unwrap_err();
    let sem_json = sessao.armazenar("mapa", Vec::from([((1, 2), 3)]));
    let removido: Option<Value> = sessao.remover("lista");
    Ok(format!(
        "{lista:?} {par:?} {nada:?} {falta:?} {itens:?} {erro} {aninhado} \
         {sem_json:?} {removido:?}"
    ))
}

#[test]
fn as_guardas_de_uma_requisicao_veem_as_mudancas_umas_das_outras() {
    let navegador = cliente(super::rocket().mount("/", routes![duas_guardas]));
    let resposta = navegador.get("/guardas").dispatch();
    // O que entrou e saiu na mesma requisição não deixa cookie.
    assert_eq!(resposta.headers().get_one("Set-Cookie"), None);
    assert_eq!(resposta.into_string().unwrap(), r#"Some("azul") false"#);
}

#[get("/cor")]
fn cor(sessao: Sessao<'_>) -> Result<(), ErroDeSessao> {
    sessao.armazenar("cor", "azul")
}

#[test]
fn armazenar_o_que_ja_estava_la_nao_escreve_cookie() {
    let navegador = cliente(super::rocket().mount("/", routes![cor]));
    for cookies in [1, 0] {
        let resposta = navegador.get("/cor").dispatch();
        assert_eq!(resposta.headers().get("Set-Cookie").count(), cookies);
    }
}

#[test]
fn o_dicionario_guarda_o_que_o_json_escreve_e_diz_qual_chave_tem_outro_tipo() {
    let navegador = cliente(super::rocket().mount("/", routes![tipos]));
    let resposta = navegador.get("/tipos").dispatch().into_string().unwrap();
    assert_eq!(
        resposta,
        "Some([1, 2]) Some((true, \"sim\")) Some(None) None \
         [\"lista\", \"nada\", \"par\"] `par` deveria ser u8, e é lista \
         `nada` deveria ser (Vec<String>, u8), e é null \
         Ok(()) Some(Array [Number(1), Number(2)])"
    );
}

// Os testes seguintes mostram os atalhos desta lição.

#[test]
fn atalho_um_head_em_logout_tambem_encerra_a_sessao_ate_o_capitulo_8() {
    let navegador = cliente(super::rocket());
    entrar(&navegador, "username=admin&password=123");
    navegador.head("/logout").dispatch();
    leva_ao_login(navegador.get("/dashboard").dispatch(), "depois do HEAD");
}

#[test]
fn atalho_de_duas_requisicoes_ao_mesmo_tempo_so_fica_a_mudanca_da_ultima() {
    let navegador = cliente(super::rocket());
    entrar(&navegador, "username=maria&password=456");
    // As duas saem do navegador antes de a primeira resposta chegar: levam o mesmo cookie.
    let requisicoes = ["caneca", "livro"].map(|produto| {
        let requisicao = navegador.post("/carrinho").header(ContentType::Form);
        requisicao.body(format!("produto={produto}"))
    });
    for requisicao in requisicoes {
        assert_eq!(requisicao.dispatch().status(), Status::SeeOther);
    }
    let carrinho = pagina(&navegador, "/carrinho");
    assert!(carrinho.contains("<li>livro: 1</li>"), "{carrinho}");
    assert!(!carrinho.contains("caneca"), "{carrinho}");
}

#[test]
fn atalho_um_cookie_copiado_antes_do_logout_ainda_abre_ate_o_capitulo_10() {
    let navegador = cliente(super::rocket());
    let resposta = entrar(&navegador, "username=admin&password=123");
    let copia: Vec<_> = resposta.cookies().iter().cloned().collect();
    navegador.get("/logout").dispatch();

    let pagina =
        navegador.get("/dashboard").cookies(copia).dispatch().into_string().unwrap();
    assert!(pagina.contains("Bem-vindo, admin!"), "{pagina}");
}

/// O corpo da página que este navegador vê.
fn pagina(navegador: &Client, caminho: &str) -> String {
    navegador.get(caminho).dispatch().into_string().unwrap()
}

/// A resposta a quem traz uma sessão com estes valores.
fn com_valores<'c>(
    navegador: &'c Client,
    caminho: &'static str,
    valores: Value,
) -> LocalResponse<'c> {
    let sessao = json!({ "versao": 1, "valores": valores }).to_string();
    navegador.get(caminho).private_cookie((COOKIE, sessao)).dispatch()
}

/// O que há dentro do cookie que a resposta manda guardar.
fn aberta(resposta: &LocalResponse<'_>) -> Value {
    let cookie = resposta.cookies().get_private(COOKIE).unwrap();
    serde_json::from_str(cookie.value()).unwrap()
}

/// Põe um produto no carrinho.
fn por<'c>(navegador: &'c Client, produto: &str) -> LocalResponse<'c> {
    let corpo = format!("produto={produto}");
    navegador.post("/carrinho").header(ContentType::Form).body(corpo).dispatch()
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

/// Confere que a resposta redireciona para `/login`.
fn leva_ao_login(resposta: LocalResponse<'_>, caso: &str) {
    assert_eq!(resposta.status(), Status::SeeOther, "{caso}");
    assert_eq!(resposta.headers().get_one("Location"), Some("/login"), "{caso}");
}
