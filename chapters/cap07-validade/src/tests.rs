//! O que o capítulo 7 promete.

use rocket::http::{Accept, ContentType, Status};
use rocket::local::blocking::{Client, LocalResponse};
use rocket::{get, routes};
use serde_json::{Value, json};
use shared::teste::cliente;
use time::{Duration, OffsetDateTime};

use super::validade::Relogio;
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
    let sessao = aberta(&resposta);
    assert_eq!((&sessao["versao"], &sessao["valores"]), (&json!(2), &valores));
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
    let em_claro = sessao(json!({ "username": "admin" }));
    for pagina in ["/dashboard", "/perfil"] {
        let de_fora = resposta.cookies().get(COOKIE).unwrap().clone();
        leva_ao_login(navegador.get(pagina).cookie(de_fora).dispatch(), "outra chave");
        let em_claro = navegador.get(pagina).cookie((COOKIE, em_claro.clone()));
        leva_ao_login(em_claro.dispatch(), "em claro");
    }
}

#[test]
fn uma_sessao_de_outro_formato_conta_como_vazia() {
    let navegador = cliente(super::rocket());
    let certa = sessao(json!({ "username": "admin" }));
    for texto in [
        "admin",
        "",
        "null",
        "[]",
        r#"{"username":"admin","user_id":12345}"#,
        r#"{"versao":1,"valores":{"username":"admin","user_id":12345}}"#,
        r#"{"versao":2,"valores":{"username":"admin"}}"#,
        &certa.replace("\"versao\":2", "\"versao\":3"),
        &certa.replace("\"lembrar\":false", "\"lembrar\":0"),
        &certa.replace("\"criada\":", "\"criada\":99999999999"),
    ] {
        let cookie = (COOKIE, texto.to_owned());
        let requisicao = navegador.get("/perfil").private_cookie(cookie);
        leva_ao_login(requisicao.dispatch(), texto);
    }
    let requisicao = navegador.get("/perfil").private_cookie((COOKIE, certa));
    assert_eq!(requisicao.dispatch().status(), Status::Ok);
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
    let sessao = sessao(json!({ "role": "admin" }));
    let resposta = requisicao.private_cookie((COOKIE, sessao)).dispatch();
    let enviado = resposta.headers().get_one("Set-Cookie").unwrap();
    assert!(enviado.starts_with("session=; "), "{enviado}");
    assert!(enviado.contains("Max-Age=0"), "{enviado}");
}

#[test]
fn o_cookie_sai_criptografado_e_some_quando_o_navegador_fecha() {
    let navegador = cliente(super::rocket());
    let resposta = entrar(&navegador, "username=admin&password=123");
    let enviado = resposta.headers().get_one("Set-Cookie").unwrap();
    assert!(!enviado.contains("admin") && !enviado.contains("12345"), "{enviado}");
    for atributo in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(enviado.contains(atributo), "falta {atributo} em {enviado}");
    }
    for atributo in ["Expires", "Max-Age"] {
        assert!(!enviado.contains(atributo), "sobra {atributo} em {enviado}");
    }
}

#[test]
fn lembrar_de_mim_faz_um_cookie_de_30_dias() {
    let navegador = cliente(super::rocket());
    let resposta = entrar(&navegador, "username=admin&password=123&lembrar=on");
    let validade = resposta.cookies().get(COOKIE).unwrap().expires_datetime().unwrap();
    let dias = Duration::seconds(validade.unix_timestamp() - agora()).whole_hours();
    assert!((719..=720).contains(&dias), "{dias} horas");
    esperar(&navegador, Duration::days(6));
    assert!(pagina(&navegador, "/perfil").contains("Cargo: admin"));
}

#[test]
fn uma_sessao_sem_uso_termina_e_o_login_diz_por_que() {
    let navegador = cliente(super::rocket());
    entrar(&navegador, "username=admin&password=123");
    esperar(&navegador, Duration::minutes(29));
    assert_eq!(navegador.get("/perfil").dispatch().status(), Status::Ok);
    esperar(&navegador, Duration::minutes(30));
    leva_ao_login(navegador.get("/perfil").dispatch(), "30 min sem uso");
    let login = pagina(&navegador, "/login");
    assert!(login.contains("Sua sessão terminou por falta de uso.</p>"), "{login}");
    // O motivo é dito uma vez: o cookie que venceu saiu junto.
    assert_eq!(navegador.cookies().iter().count(), 0);
    assert!(!pagina(&navegador, "/login").contains("terminou"));
}

#[test]
fn o_limite_absoluto_encerra_ate_a_sessao_em_uso() {
    let navegador = cliente(super::rocket());
    entrar(&navegador, "username=admin&password=123");
    for minuto in (20..480).step_by(20) {
        esperar(&navegador, Duration::minutes(20));
        let resposta = navegador.get("/perfil").dispatch();
        assert_eq!(resposta.status(), Status::Ok, "minuto {minuto}");
    }
    esperar(&navegador, Duration::minutes(20));
    leva_ao_login(navegador.get("/perfil").dispatch(), "8 h");
    assert!(pagina(&navegador, "/login").contains("chegou ao tempo máximo"));
}

#[test]
fn um_novo_login_conta_o_tempo_de_novo() {
    let navegador = cliente(super::rocket());
    for _ in 0..3 {
        entrar(&navegador, "username=admin&password=123");
        for _ in 0..20 {
            esperar(&navegador, Duration::minutes(20));
            assert_eq!(navegador.get("/perfil").dispatch().status(), Status::Ok);
        }
    }
}

#[test]
fn uma_copia_do_cookie_deixa_de_abrir_no_prazo() {
    let navegador = cliente(super::rocket());
    let resposta = entrar(&navegador, "username=admin&password=123&lembrar=on");
    let copia = resposta.cookies().get(COOKIE).unwrap().clone();
    let abrir = || navegador.get("/perfil").cookie(copia.clone()).dispatch();
    assert_eq!(abrir().status(), Status::Ok);
    esperar(&navegador, Duration::days(7));
    leva_ao_login(abrir(), "7 dias sem uso");
}

#[test]
fn uma_hora_do_futuro_e_recusada_salvo_a_diferenca_entre_dois_relogios() {
    let navegador = cliente(super::rocket());
    let usuario = json!({ "username": "admin" });
    for (adiante, vale) in [(0, true), (50, true), (120, false), (i64::MAX / 2, false)]
    {
        let futuro = agora() + adiante;
        for (criada, usada) in [(futuro, futuro), (agora(), futuro)] {
            let sessao = com_horas(criada, usada, usuario.clone());
            let requisicao = navegador.get("/perfil").private_cookie((COOKIE, sessao));
            let aceita = requisicao.dispatch().status() == Status::Ok;
            assert_eq!(aceita, vale, "{adiante} s adiante");
        }
    }
    let futuro = com_horas(agora() + 120, agora() + 120, usuario);
    let login = navegador.get("/login").private_cookie((COOKIE, futuro)).dispatch();
    assert!(login.into_string().unwrap().contains("diz vir do futuro"));
}

#[test]
fn horas_absurdas_nao_derrubam_o_servidor() {
    let navegador = cliente(super::rocket());
    for criada in [i64::MIN, -1, 0, i64::MAX] {
        for usada in [i64::MIN, -1, 0, i64::MAX] {
            let sessao = com_horas(criada, usada, json!({ "username": "admin" }));
            let requisicao = navegador.get("/perfil").private_cookie((COOKIE, sessao));
            leva_ao_login(requisicao.dispatch(), &format!("{criada} {usada}"));
        }
    }
}

#[test]
fn a_renovacao_so_escreve_o_cookie_depois_de_um_decimo_do_limite() {
    let navegador = cliente(super::rocket());
    entrar(&navegador, "username=admin&password=123");
    esperar(&navegador, Duration::minutes(2));
    let cedo = navegador.get("/perfil").dispatch();
    assert_eq!(cedo.headers().get_one("Set-Cookie"), None);
    esperar(&navegador, Duration::minutes(1));
    let depois = navegador.get("/perfil").dispatch();
    assert_eq!(depois.headers().get("Set-Cookie").count(), 1);
    let logo_em_seguida = navegador.get("/perfil").dispatch();
    assert_eq!(logo_em_seguida.headers().get_one("Set-Cookie"), None);
}

#[test]
fn a_pagina_da_sessao_diz_quanto_falta() {
    let navegador = cliente(super::rocket());
    entrar(&navegador, "username=admin&password=123");
    esperar(&navegador, Duration::seconds(100));
    let pagina = pagina(&navegador, "/sessao");
    let esperado = ["Termina em 1700 s sem uso", "ou em 28700 s"];
    let um_a_menos = ["Termina em 1699 s sem uso", "ou em 28699 s"];
    for (esperado, um_a_menos) in esperado.iter().zip(um_a_menos) {
        assert!(pagina.contains(esperado) || pagina.contains(um_a_menos), "{pagina}");
    }
}

#[test]
fn limites_que_nao_servem_impedem_o_inicio_e_dizem_por_que() {
    for (configuracao, motivo) in [
        ("sessao.comum.inatividade", "`sessao.comum.inatividade` deve ser"),
        ("sessao.lembrada.absoluto", "`sessao.lembrada.absoluto` deve ser"),
    ] {
        for valor in [0, -1, 4_294_967_296] {
            let erro = recusa((configuracao, valor));
            assert!(erro.starts_with(motivo), "{valor}: {erro}");
        }
    }
    let erro = recusa(("sessao.comum.inatividade", 28_801));
    assert_eq!(erro, "em `sessao.comum`, `inatividade` não pode passar de `absoluto`");
    let erro = recusa(("sessao.comum.inatvidade", 60));
    assert_eq!(erro, "não conheço `inatvidade` em `sessao`");
    let sem_arquivo = rocket::figment::Figment::new();
    let erro = super::validade::limites(&sem_arquivo).err().unwrap();
    assert!(erro.starts_with("falta `sessao` no Rocket.toml"), "{erro}");
}

/// Por que a aplicação não aceita este ajuste.
fn recusa(ajuste: (&str, i64)) -> String {
    let configuracao = super::rocket().figment().clone().merge(ajuste);
    super::validade::limites(&configuracao).err().unwrap()
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
        [("/perfil", Some("Cookie")), ("/login", Some("Cookie")), ("/estilo.css", None)]
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
    let vazia = sessao(json!({ "carrinho": { "": 1 } }));
    por(&navegador, &"a".repeat(2_790 - vazia.len()));
    let resposta = entrar(&navegador, "username=maria&password=456");
    assert_eq!(resposta.status(), Status::PayloadTooLarge);
    assert_eq!(resposta.headers().get_one("Set-Cookie"), None);
    leva_ao_login(navegador.get("/perfil").dispatch(), "login que não coube");
}

#[test]
fn a_maior_sessao_que_cabe_nunca_passa_de_4096_bytes() {
    let navegador = cliente(super::rocket());
    let vazia = sessao(json!({ "carrinho": { "": 1 } }));
    let maior = "a".repeat(2_800 - vazia.len());
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
fn atalho_uma_pagina_que_so_le_pode_desfazer_o_que_outra_aba_mudou() {
    let navegador = cliente(super::rocket());
    entrar(&navegador, "username=maria&password=456");
    esperar(&navegador, Duration::minutes(3));
    let leitura = navegador.get("/perfil");
    let mudanca = navegador.post("/carrinho").header(ContentType::Form);
    mudanca.body("produto=caneca").dispatch();
    assert!(leitura.dispatch().headers().contains("Set-Cookie"));
    assert!(pagina(&navegador, "/carrinho").contains("Nada ainda"));
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
    navegador.get(caminho).private_cookie((COOKIE, sessao(valores))).dispatch()
}

/// O texto de uma sessão com estes valores, criada e usada agora.
fn sessao(valores: Value) -> String {
    com_horas(agora(), agora(), valores)
}

fn com_horas(criada: i64, usada: i64, valores: Value) -> String {
    let marcas = json!({ "criada": criada, "usada": usada, "lembrar": false });
    json!({ "versao": 2, "marcas": marcas, "valores": valores }).to_string()
}

fn agora() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

/// Faz o relógio do servidor andar.
fn esperar(navegador: &Client, tempo: Duration) {
    let relogio = navegador.rocket().state::<Relogio>().unwrap();
    relogio.adiantar(tempo.whole_seconds());
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
