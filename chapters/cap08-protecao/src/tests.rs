//! O que o capítulo 8 promete.

use std::collections::BTreeSet;

use rocket::http::{Accept, ContentType, Header, Status};
use rocket::local::blocking::{Client, LocalResponse};
use rocket::request::FlashMessage;
use rocket::{Build, Rocket, get, routes};
use serde_json::{Value, json};
use shared::teste::cliente;
use time::{Duration, OffsetDateTime};

use super::validade::Relogio;
use super::{ErroDeSessao, Sessao, Tentativas};

/// O cookie da sessão, com o mesmo nome que no Flask.
const COOKIE: &str = "session";

#[test]
fn a_raiz_redireciona_para_o_login() {
    let navegador = cliente(aplicacao(false));
    let resposta = navegador.get("/").dispatch();
    assert_eq!(resposta.status(), Status::SeeOther);
    assert_eq!(resposta.headers().get_one("Location"), Some("/login"));
}

#[test]
fn a_pagina_de_login_vem_do_template_em_portugues() {
    let navegador = cliente(aplicacao(false));
    let pagina = navegador.get("/login").dispatch().into_string().unwrap();
    assert!(pagina.contains(r#"<html lang="pt-BR">"#), "{pagina}");
    assert!(pagina.contains("<h1>Login</h1>"), "{pagina}");
}

#[test]
fn um_endereco_que_nao_existe_recebe_um_404_em_portugues() {
    let navegador = cliente(aplicacao(false));
    let resposta = navegador.get("/nao-existe").header(Accept::HTML).dispatch();
    assert_eq!(resposta.status(), Status::NotFound);
    assert_eq!(resposta.content_type(), Some(ContentType::HTML));
    let pagina = resposta.into_string().unwrap();
    assert!(pagina.contains("<h1>Página não encontrada</h1>"), "{pagina}");
}

#[test]
fn o_login_certo_armazena_um_dicionario_em_um_cookie_so_e_leva_ao_dashboard() {
    let navegador = cliente(aplicacao(false));
    let resposta = entrar(&navegador, "username=admin&password=123");
    assert_eq!(resposta.status(), Status::SeeOther);
    assert_eq!(resposta.headers().get_one("Location"), Some("/dashboard"));
    assert_eq!(resposta.headers().get("Set-Cookie").count(), 1);
    let mut sessao = aberta(&resposta);
    let csrf = sessao["valores"].as_object_mut().unwrap().remove("csrf").unwrap();
    assert_eq!(csrf.as_str().unwrap().len(), 32);
    let valores = json!({ "username": "admin", "user_id": 12345, "role": "admin" });
    assert_eq!((&sessao["versao"], &sessao["valores"]), (&json!(2), &valores));
}

#[test]
fn qualquer_outro_login_recebe_401_e_ninguem_entra() {
    let navegador = cliente(aplicacao(false));
    for corpo in [
        "",
        "username=admin",
        "password=123",
        "username=&password=",
        "username=admin&password=errada",
        "username=Admin&password=123",
        "username=ninguem&password=123",
        "username=admin&password=123%20",
        "username=admin&password=123&lembrar=talvez",
        "username=%FF%FE&password=%00",
    ] {
        login_invalido(entrar(&navegador, corpo), corpo);
        leva_ao_login(navegador.get("/perfil").dispatch(), corpo);
    }
}

#[test]
fn cada_conta_entra_com_o_seu_cargo() {
    for (corpo, bem_vindo, cargo) in [
        ("username=admin&password=123", "Bem-vindo, admin! Seu ID é: 12345", "admin"),
        ("username=maria&password=456", "Bem-vindo, maria! Seu ID é: 67890", "cliente"),
    ] {
        let navegador = cliente(aplicacao(false));
        entrar(&navegador, corpo);
        assert!(pagina(&navegador, "/dashboard").contains(bem_vindo), "{corpo}");
        let perfil = pagina(&navegador, "/perfil");
        assert!(perfil.contains(&format!("Seu perfil. Cargo: {cargo}")), "{perfil}");
    }
}

#[test]
fn o_dashboard_recupera_o_nome_e_o_numero() {
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=admin&password=123");
    let pagina = navegador.get("/dashboard").dispatch().into_string().unwrap();
    assert!(pagina.contains("Bem-vindo, admin! Seu ID é: 12345"), "{pagina}");
}

#[test]
fn o_perfil_recupera_o_cargo() {
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=admin&password=123");
    let pagina = navegador.get("/perfil").dispatch().into_string().unwrap();
    assert!(pagina.contains("Seu perfil. Cargo: admin"), "{pagina}");
}

#[test]
fn sem_cargo_o_perfil_usa_o_valor_padrao() {
    let navegador = cliente(aplicacao(false));
    let perfil = com_valores(
        &navegador,
        "/perfil",
        json!({ "username": "admin", "user_id": 1 }),
    );
    let perfil = perfil.into_string().unwrap();
    assert!(perfil.contains("Seu perfil. Cargo: visitante"), "{perfil}");
}

#[test]
fn um_valor_de_outro_tipo_e_um_erro_e_nao_derruba_o_servidor() {
    let navegador = cliente(aplicacao(false));
    for user_id in [json!("doze mil"), json!(-1), json!(12.5), json!([]), json!(null)] {
        let valores = json!({ "username": "admin", "user_id": user_id });
        let resposta = com_valores(&navegador, "/dashboard", valores);
        assert_eq!(resposta.status(), Status::InternalServerError, "{user_id}");
        leva_ao_login(com_valores(&navegador, "/dashboard", json!({})), "vazia");
    }
}

#[test]
fn um_cookie_que_esta_chave_nao_fechou_nao_abre_nenhuma_pagina() {
    let navegador = cliente(aplicacao(false));
    let outro_servidor = cliente(aplicacao(false));
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
    let navegador = cliente(aplicacao(false));
    let certa = sessao(json!({ "username": "admin", "user_id": 1 }));
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
    let navegador = cliente(aplicacao(false));
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
    let navegador = cliente(aplicacao(false));
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
fn lembrar_de_mim_faz_um_cookie_de_30_dias() {
    let navegador = cliente(aplicacao(false));
    let resposta = entrar(&navegador, "username=admin&password=123&lembrar=on");
    let validade = resposta.cookies().get(COOKIE).unwrap().expires_datetime().unwrap();
    let dias = Duration::seconds(validade.unix_timestamp() - agora()).whole_hours();
    assert!((719..=720).contains(&dias), "{dias} horas");
    esperar(&navegador, Duration::days(6));
    assert!(pagina(&navegador, "/perfil").contains("Cargo: admin"));
}

#[test]
fn uma_sessao_sem_uso_termina_e_o_login_diz_por_que() {
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=admin&password=123");
    esperar(&navegador, Duration::minutes(29));
    assert_eq!(navegador.get("/perfil").dispatch().status(), Status::Ok);
    esperar(&navegador, Duration::minutes(30));
    leva_ao_login(navegador.get("/perfil").dispatch(), "30 min sem uso");
    let login = pagina(&navegador, "/login");
    assert!(login.contains("Sua sessão terminou por falta de uso.</p>"), "{login}");
    // O motivo é dito uma vez: outra sessão tomou o lugar da que venceu.
    assert!(!pagina(&navegador, "/login").contains("terminou"));
}

#[test]
fn o_limite_absoluto_encerra_ate_a_sessao_em_uso() {
    let navegador = cliente(aplicacao(false));
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
    let navegador = cliente(aplicacao(false));
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
    let navegador = cliente(aplicacao(false));
    let resposta = entrar(&navegador, "username=admin&password=123&lembrar=on");
    let copia = resposta.cookies().get(COOKIE).unwrap().clone();
    let abrir = || navegador.get("/perfil").cookie(copia.clone()).dispatch();
    assert_eq!(abrir().status(), Status::Ok);
    esperar(&navegador, Duration::days(7));
    leva_ao_login(abrir(), "7 dias sem uso");
}

#[test]
fn uma_hora_do_futuro_e_recusada_salvo_a_diferenca_entre_dois_relogios() {
    let navegador = cliente(aplicacao(false));
    let usuario = json!({ "username": "admin", "user_id": 1 });
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
    let navegador = cliente(aplicacao(false));
    for criada in [i64::MIN, -1, 0, i64::MAX] {
        for usada in [i64::MIN, -1, 0, i64::MAX] {
            let sessao = com_horas(criada, usada, json!({ "username": "admin" }));
            let requisicao = navegador.get("/perfil").private_cookie((COOKIE, sessao));
            leva_ao_login(requisicao.dispatch(), &format!("{criada} {usada}"));
        }
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

// Quem entra.

#[test]
fn sem_login_as_paginas_levam_ao_login_e_ele_leva_de_volta() {
    for pagina in ["/dashboard", "/perfil"] {
        let navegador = cliente(aplicacao(false));
        let resposta = navegador.get(pagina).dispatch();
        let destino = resposta.headers().get_one("Location").unwrap();
        assert_eq!(destino, format!("/login?volta={}", pagina.replace('/', "%2F")));
        let login = navegador.get(destino).dispatch().into_string().unwrap();
        let campo =
            format!(r#"name="volta" value="{}""#, pagina.replace('/', "&#x2f;"));
        assert!(login.contains(&campo), "{login}");
        let corpo = format!("username=admin&password=123&volta={pagina}");
        let resposta = entrar(&navegador, &corpo);
        assert_eq!(resposta.headers().get_one("Location"), Some(pagina));
    }
}

#[test]
fn a_pagina_do_admin_pede_login_e_o_cargo() {
    for (corpo, esperado, titulo) in [
        ("", Status::Unauthorized, "Login necessário"),
        ("username=maria&password=456", Status::Forbidden, "Acesso negado"),
        ("username=admin&password=123", Status::Ok, "Admin"),
    ] {
        let navegador = cliente(aplicacao(false));
        entrar(&navegador, corpo);
        let resposta = navegador.get("/admin").header(Accept::HTML).dispatch();
        assert_eq!(resposta.status(), esperado, "{corpo}");
        let pagina = resposta.into_string().unwrap();
        assert!(pagina.contains(&format!("<h1>{titulo}</h1>")), "{pagina}");
    }
}

#[test]
fn quem_perde_o_cargo_perde_a_pagina_do_admin() {
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=admin&password=123");
    for vez in ["primeira", "segunda"] {
        let resposta = enviar(&navegador, "/remover_cargo", "");
        let destino = resposta.headers().get_one("Location");
        assert_eq!(destino, Some("/perfil"), "{vez} vez");
    }
    assert!(pagina(&navegador, "/perfil").contains("Seu perfil. Cargo: visitante"));
    assert_eq!(navegador.get("/admin").dispatch().status(), Status::Forbidden);
}

#[test]
fn um_endereco_de_volta_nunca_leva_a_outro_site() {
    for volta in [
        "//evil.example",
        "///evil.example",
        "https://evil.example",
        "https:evil.example",
        "%2F%2Fevil.example",
        "%252F%252Fevil.example",
        "/%5Cevil.example",
        "%5C%5Cevil.example",
        "/%09/evil.example",
        "/%0D%0ALocation:%20https://evil.example",
        "javascript:alert(1)",
        "/perfil%00",
        "/perfil@evil.example",
        "/a%2F%2Fevil.example",
        "evil.example",
        "",
    ] {
        let navegador = cliente(aplicacao(false));
        let corpo = format!("username=admin&password=123&volta={volta}");
        let resposta = entrar(&navegador, &corpo);
        assert_eq!(resposta.status(), Status::SeeOther, "{volta}");
        let destino = resposta.headers().get_one("Location");
        assert_eq!(destino, Some("/dashboard"), "{volta}");
    }
}

#[test]
fn uma_senha_errada_e_uma_conta_que_nao_existe_recebem_a_mesma_resposta() {
    let resposta = |corpo: &str| {
        let navegador = cliente(aplicacao(false));
        let resposta = entrar(&navegador, corpo).into_string().unwrap();
        resposta.replace(&token(&navegador), "")
    };
    let senha_errada = resposta("username=admin&password=errada");
    assert_eq!(senha_errada, resposta("username=ninguem&password=errada"));
}

#[test]
fn uma_conta_que_nao_existe_tambem_tem_a_senha_conferida() {
    for (username, password) in
        [("admin", "so-deste-teste-1"), ("ninguem", "so-deste-teste-2")]
    {
        let navegador = cliente(aplicacao(false));
        let corpo = format!("username={username}&password={password}");
        login_invalido(entrar(&navegador, &corpo), username);
        let conferidas = super::contas::CONFERIDAS.lock().unwrap();
        let vezes =
            conferidas.iter().filter(|conferida| *conferida == password).count();
        assert_eq!(vezes, 1, "{username}");
    }
}

#[test]
fn toda_senha_conferida_custa_o_mesmo_trabalho() {
    // O trabalho do Argon2id está nos parâmetros de cada hash, e não no relógio deste teste.
    let hashes = super::CONTAS.map(|conta| conta.hash);
    for hash in hashes.into_iter().chain([super::contas::DE_NINGUEM]) {
        let hash = argon2::PasswordHash::new(hash).unwrap();
        assert_eq!(hash.algorithm.as_str(), "argon2id");
        let parametros = argon2::Params::try_from(&hash).unwrap();
        let (memoria, passadas) = (parametros.m_cost(), parametros.t_cost());
        assert_eq!((memoria, passadas, parametros.p_cost()), (19 * 1_024, 2, 1));
    }
}

#[test]
fn dez_erros_em_uma_conta_pedem_uma_espera_de_15_minutos() {
    let navegador = cliente(aplicacao(false));
    for vez in 1..=10 {
        let errada = entrar(&navegador, "username=admin&password=errada");
        login_invalido(errada, &format!("{vez}ª vez"));
    }
    let recusada = entrar(&navegador, "username=admin&password=123");
    assert_eq!(recusada.status(), Status::TooManyRequests);
    let espera = recusada.headers().get_one("Retry-After").unwrap().parse::<u32>();
    assert!((890..=900).contains(&espera.unwrap()));
    let pagina = recusada.into_string().unwrap();
    assert!(pagina.contains("Muitas tentativas. Tente de novo em 15 min."), "{pagina}");

    let outra_conta = entrar(&navegador, "username=maria&password=456");
    assert_eq!(outra_conta.status(), Status::SeeOther);
    sair(&navegador);
    esperar(&navegador, Duration::minutes(15));
    let depois = entrar(&navegador, "username=admin&password=123");
    assert_eq!(depois.status(), Status::SeeOther);
}

#[test]
fn um_acerto_recomeca_a_conta_dos_erros() {
    let navegador = cliente(aplicacao(false));
    for _ in 0..3 {
        for _ in 0..9 {
            let errada = entrar(&navegador, "username=maria&password=errada");
            login_invalido(errada, "errada");
        }
        let certa = entrar(&navegador, "username=maria&password=456");
        assert_eq!(certa.status(), Status::SeeOther);
    }
}

#[test]
fn um_endereco_que_tenta_muitas_contas_tambem_espera() {
    let tentativas = Tentativas::default();
    let [endereco, outro] = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse().ok());
    for numero in 0..50 {
        let conta = format!("conta{numero}");
        assert_eq!(tentativas.contar(&conta, endereco, 0), Ok(()), "{conta}");
    }
    assert_eq!(tentativas.contar("mais-uma", endereco, 10), Err(890));
    // `X-Real-IP` é só um cabeçalho: quem o inventa não troca de endereço.
    assert_eq!(tentativas.contar("mais-uma", outro, 10), Ok(()));
    assert_eq!(tentativas.contar("mais-uma", endereco, 900), Ok(()));
}

#[test]
fn quem_acerta_a_senha_nao_conta_contra_o_endereco() {
    let tentativas = Tentativas::default();
    let endereco = "192.0.2.1".parse().ok();
    for _ in 0..100 {
        assert_eq!(tentativas.contar("maria", endereco, 0), Ok(()));
        tentativas.esquecer("maria", endereco);
    }
}

#[test]
fn nomes_inventados_nao_enchem_a_memoria_nem_apagam_a_espera_de_agora() {
    let tentativas = Tentativas::default();
    for numero in 0..10_100 {
        let conta = format!("conta{numero}");
        assert_eq!(tentativas.contar(&conta, None, numero / 100), Ok(()));
    }
    for _ in 1..10 {
        assert_eq!(tentativas.contar("conta10099", None, 200), Ok(()));
    }
    assert!(tentativas.contar("conta10099", None, 200).is_err());
}

#[test]
fn nomes_inventados_de_um_endereco_nao_apagam_a_espera_de_uma_conta() {
    let tentativas = Tentativas::default();
    let [um, outro] = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse().ok());
    for _ in 0..10 {
        assert_eq!(tentativas.contar("admin", um, 0), Ok(()));
    }
    for numero in 0..10_100 {
        let _ = tentativas.contar(&format!("conta{numero}"), um, 1);
    }
    assert_eq!(tentativas.contar("admin", outro, 10), Err(890));
    // De muitos endereços, a memória enche; quem errou mais vezes é o último a sair dela.
    for numero in 0..5_100_u32 {
        let de_la = Some(std::net::Ipv4Addr::from(numero).into());
        assert_eq!(tentativas.contar(&format!("nome{numero}"), de_la, 20), Ok(()));
    }
    assert_eq!(tentativas.contar("admin", outro, 30), Err(870));
}

#[test]
fn um_endereco_em_espera_nao_faz_esperar_a_conta_de_outra_pessoa() {
    let tentativas = Tentativas::default();
    let [um, outro] = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse().ok());
    for numero in 0..50 {
        let conta = format!("conta{numero}");
        assert_eq!(tentativas.contar(&conta, um, 0), Ok(()), "{conta}");
    }
    for _ in 0..10 {
        assert_eq!(tentativas.contar("maria", um, 0), Err(900));
    }
    assert_eq!(tentativas.contar("maria", outro, 0), Ok(()));
}

// De onde vem a requisição.

#[test]
fn sem_o_token_desta_sessao_todo_formulario_recebe_403_e_nada_muda() {
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=admin&password=123");
    let de_outra_sessao = token(&cliente(aplicacao(false)));
    let certo = token(&navegador);
    for csrf in ["", "0", &certo[1..], &certo.to_uppercase(), &de_outra_sessao] {
        for caminho in ["/logout", "/remover_cargo", "/carrinho", "/login_submit"] {
            let corpo = format!("username=maria&password=456&produto=x&csrf={csrf}");
            let requisicao = navegador.post(caminho).header(ContentType::Form);
            let resposta = requisicao.body(corpo).dispatch();
            assert_eq!(resposta.status(), Status::Forbidden, "{caminho} {csrf}");
            assert_eq!(resposta.headers().get_one("Set-Cookie"), None);
        }
    }
    assert!(pagina(&navegador, "/perfil").contains("Cargo: admin"));
    assert!(pagina(&navegador, "/carrinho").contains("Nada ainda"));
}

#[test]
fn um_formulario_aberto_alem_do_limite_leva_ao_login_que_diz_por_que() {
    for caminho in ["/login_submit", "/logout", "/remover_cargo", "/carrinho"] {
        let navegador = cliente(aplicacao(false));
        entrar(&navegador, "username=maria&password=456");
        let csrf = token(&navegador);
        esperar(&navegador, Duration::minutes(30));
        let corpo = format!("csrf={csrf}&username=maria&password=456&produto=x");
        let requisicao = navegador.post(caminho).header(ContentType::Form);
        leva_ao_login(requisicao.body(corpo).dispatch(), caminho);
        let login = pagina(&navegador, "/login");
        assert!(login.contains("terminou por falta de uso.</p>"), "{caminho}: {login}");
        let entrou = entrar(&navegador, "username=maria&password=456");
        assert_eq!(entrou.status(), Status::SeeOther, "{caminho}");
    }
}

#[test]
fn um_corpo_que_nao_e_formulario_recebe_403_ou_diz_o_que_ha_nele() {
    let navegador = cliente(aplicacao(false));
    let json = format!(r#"{{"csrf":"{}"}}"#, token(&navegador));
    let grande = format!("csrf={}&sobra={}", token(&navegador), "a".repeat(40_000));
    for (corpo, esperado) in [
        (json.into_bytes(), Status::Forbidden),
        (vec![0xff, 0xfe, 0x00], Status::BadRequest),
        (Vec::new(), Status::Forbidden),
        (grande.into_bytes(), Status::PayloadTooLarge),
    ] {
        let requisicao = navegador.post("/carrinho").header(ContentType::Form);
        assert_eq!(requisicao.body(corpo).dispatch().status(), esperado);
    }
}

#[test]
fn um_formulario_de_outro_site_recebe_403_mesmo_com_o_token() {
    let [sem_https, com_https] = [false, true].map(|https| cliente(aplicacao(https)));
    for (origem, navegador_diz, aceita) in [
        (Some("http://localhost"), None, true),
        (Some("https://localhost"), Some("same-origin"), true),
        (None, Some("same-origin"), true),
        (None, Some("none"), true),
        (None, None, true),
        (Some("ftp://localhost"), None, false),
        (Some("localhost"), None, false),
        (Some("://localhost"), None, false),
        (Some("https://"), None, false),
        (Some("https://evil.example"), None, false),
        (Some("http://localhost:8001"), None, false),
        (Some("http://localhost.evil.example"), None, false),
        (Some("null"), None, false),
        (Some(""), None, false),
        (None, Some("cross-site"), false),
        (None, Some("same-site"), false),
    ] {
        let caso = format!("{origem:?} {navegador_diz:?}");
        let status = de_fora(&sem_https, "localhost", origem, navegador_diz);
        let esperado = if aceita { Status::SeeOther } else { Status::Forbidden };
        assert_eq!(status, esperado, "{caso}");
        // Com HTTPS, a página de `http://` do mesmo servidor é de outra origem.
        let status = de_fora(&com_https, "localhost", origem, navegador_diz);
        let aceita = aceita && origem != Some("http://localhost");
        let esperado = if aceita { Status::SeeOther } else { Status::Forbidden };
        assert_eq!(status, esperado, "{caso} com HTTPS");
    }
    for origem in ["https://", "http://", "://", ""] {
        let status = de_fora(&sem_https, "", Some(origem), None);
        assert_eq!(status, Status::Forbidden, "{origem} sem Host");
    }
}

/// O que responde o carrinho a um formulário com o token e estes cabeçalhos.
fn de_fora(
    navegador: &Client,
    host: &'static str,
    origem: Option<&'static str>,
    navegador_diz: Option<&'static str>,
) -> Status {
    let corpo = format!("csrf={}&produto=x", token(navegador));
    let mut requisicao = navegador.post("/carrinho").header(ContentType::Form);
    requisicao.add_header(Header::new("Host", host));
    for (nome, valor) in [("Origin", origem), ("Sec-Fetch-Site", navegador_diz)] {
        if let Some(valor) = valor {
            requisicao.add_header(Header::new(nome, valor));
        }
    }
    requisicao.body(corpo).dispatch().status()
}

#[test]
fn o_login_troca_o_token_dos_formularios() {
    let navegador = cliente(aplicacao(false));
    let antes = token(&navegador);
    assert_eq!(token(&navegador), antes);
    entrar(&navegador, "username=admin&password=123");
    assert_ne!(token(&navegador), antes);
}

#[test]
fn get_e_head_nao_encerram_a_sessao_nem_mudam_o_cargo() {
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=admin&password=123");
    for caminho in ["/logout", "/remover_cargo"] {
        assert_eq!(navegador.get(caminho).dispatch().status(), Status::NotFound);
        assert_eq!(navegador.head(caminho).dispatch().status(), Status::NotFound);
    }
    assert!(pagina(&navegador, "/perfil").contains("Cargo: admin"));
}

#[test]
fn o_logout_encerra_a_sessao_e_deixa_um_aviso_que_aparece_uma_vez() {
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=admin&password=123");
    por(&navegador, "caneca");
    leva_ao_login(sair(&navegador), "logout");
    leva_ao_login(navegador.get("/dashboard").dispatch(), "depois do logout");
    assert!(pagina(&navegador, "/login").contains("Você saiu."));
    assert!(!pagina(&navegador, "/login").contains("Você saiu."));
    assert!(pagina(&navegador, "/carrinho").contains("Nada ainda"));
    leva_ao_login(sair(&navegador), "segunda vez");
}

#[test]
fn um_aviso_inventado_pelo_navegador_nao_aparece_nem_derruba_a_pagina() {
    let navegador = cliente(aplicacao(false));
    for valor in ["Você ganhou", "7:success", "%FF", "9999999999999:x", ""] {
        for nome in ["_flash", "avisos", "session"] {
            let cookie = (nome, valor.to_owned());
            let resposta = navegador.get("/login").cookie(cookie).dispatch();
            assert_eq!(resposta.status(), Status::Ok, "{nome}={valor}");
            assert!(!resposta.into_string().unwrap().contains("ganhou"));
        }
    }
}

#[get("/flash")]
fn flash_do_rocket(flash: FlashMessage<'_>) -> String {
    flash.message().to_owned()
}

#[test]
fn o_flash_do_rocket_mostra_um_aviso_forjado_e_para_em_um_valor_torto() {
    let navegador = cliente(aplicacao(false).mount("/", routes![flash_do_rocket]));
    let ler = |valor: &'static str| {
        let resposta = navegador.get("/flash").cookie(("_flash", valor)).dispatch();
        (resposta.status(), resposta.into_string().unwrap())
    };
    assert_eq!(ler("3:fimVocê ganhou"), (Status::Ok, "Você ganhou".to_owned()));
    // O número conta bytes, e o segundo está no meio do `é`.
    assert_eq!(ler("1:é").0, Status::InternalServerError);
}

// O que o navegador pode fazer com a resposta.

#[test]
fn com_https_o_cookie_tem_o_nome_e_os_atributos_que_o_prendem_a_este_site() {
    let navegador = cliente(aplicacao(true));
    let criado = navegador.get("/login").dispatch();
    let csrf = token(&navegador);
    let entrou = navegador
        .post("/login_submit")
        .header(ContentType::Form)
        .body(format!("csrf={csrf}&username=admin&password=123"))
        .dispatch();
    for resposta in [criado, entrou] {
        let enviado = resposta.headers().get_one("Set-Cookie").unwrap();
        assert!(enviado.starts_with("__Host-session="), "{enviado}");
        for atributo in ["; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"] {
            assert!(enviado.contains(atributo), "falta {atributo} em {enviado}");
        }
        for atributo in ["Domain", "Expires", "Max-Age"] {
            assert!(!enviado.contains(atributo), "sobra {atributo} em {enviado}");
        }
    }
}

#[test]
fn com_https_um_cookie_com_o_nome_comum_nao_e_lido() {
    let navegador = cliente(aplicacao(true));
    let sessao = sessao(json!({ "username": "admin", "user_id": 1 }));
    for (nome, status) in
        [("session", Status::SeeOther), ("__Host-session", Status::Ok)]
    {
        let cookie = (nome, sessao.clone());
        let resposta = navegador.get("/perfil").private_cookie(cookie).dispatch();
        assert_eq!(resposta.status(), status, "{nome}");
    }
}

#[test]
fn com_https_a_remocao_tambem_leva_o_nome_e_o_secure() {
    let navegador = cliente(aplicacao(true));
    let requisicao = navegador.get("/apagar");
    let cookie = ("__Host-session", sessao(json!({ "username": "admin" })));
    let resposta = requisicao.private_cookie(cookie).dispatch();
    assert_eq!(resposta.status(), Status::NotFound);
    let navegador = cliente(aplicacao(true).mount("/", routes![apagar]));
    let cookie = ("__Host-session", sessao(json!({ "username": "admin" })));
    let resposta = navegador.get("/apagar").private_cookie(cookie).dispatch();
    let enviado = resposta.headers().get_one("Set-Cookie").unwrap();
    assert!(enviado.starts_with("__Host-session=; "), "{enviado}");
    for atributo in ["Secure", "Max-Age=0", "Path=/"] {
        assert!(enviado.contains(atributo), "falta {atributo} em {enviado}");
    }
}

#[get("/apagar")]
fn apagar(sessao: Sessao<'_>) {
    sessao.limpar();
}

#[test]
fn sem_https_o_cookie_funciona_em_http_sem_secure_nem_hsts() {
    let navegador = cliente(aplicacao(false));
    let resposta = navegador.get("/login").dispatch();
    let enviado = resposta.headers().get_one("Set-Cookie").unwrap();
    assert!(enviado.starts_with("session="), "{enviado}");
    assert!(!enviado.contains("Secure"), "{enviado}");
    assert_eq!(resposta.headers().get_one("Strict-Transport-Security"), None);
}

#[test]
fn com_https_o_navegador_so_volta_por_https() {
    let navegador = cliente(aplicacao(true));
    for caminho in ["/login", "/nao-existe", "/estilo.css"] {
        let resposta = navegador.get(caminho).dispatch();
        let hsts = resposta.headers().get_one("Strict-Transport-Security");
        assert_eq!(hsts, Some("max-age=31536000; includeSubDomains"), "{caminho}");
    }
}

#[test]
fn toda_resposta_diz_o_que_a_pagina_nao_pode_carregar() {
    let navegador = cliente(aplicacao(false));
    for caminho in ["/login", "/dashboard", "/nao-existe", "/estilo.css", "/admin"] {
        let resposta = navegador.get(caminho).dispatch();
        let politica = resposta.headers().get_one("Content-Security-Policy").unwrap();
        for diretiva in
            ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"]
        {
            assert!(politica.contains(diretiva), "{caminho}: {politica}");
        }
        let referrer = resposta.headers().get_one("Referrer-Policy");
        assert_eq!(referrer, Some("same-origin"), "{caminho}");
        let nosniff = resposta.headers().get_one("X-Content-Type-Options");
        assert_eq!(nosniff, Some("nosniff"), "{caminho}");
    }
}

#[test]
fn uma_pagina_que_olhou_a_sessao_nao_fica_em_cache_nenhum() {
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=admin&password=123");
    for (caminho, guardada) in [
        ("/login", false),
        ("/dashboard", false),
        ("/perfil", false),
        ("/admin", false),
        ("/carrinho", false),
        ("/estilo.css", true),
        ("/nao-existe", true),
    ] {
        let resposta = navegador.get(caminho).dispatch();
        let cache = resposta.headers().get_one("Cache-Control");
        let varia = resposta.headers().get_one("Vary");
        let esperado =
            if guardada { (None, None) } else { (Some("no-store"), Some("Cookie")) };
        assert_eq!((cache, varia), esperado, "{caminho}");
    }
}

#[test]
fn quem_so_le_nao_escreve_cookie() {
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=maria&password=456");
    let perfil = pagina(&navegador, "/perfil");
    assert!(perfil.contains("csrf, role, user_id, username"), "{perfil}");
    for caminho in ["/dashboard", "/perfil", "/carrinho", "/login", "/admin"] {
        let resposta = navegador.get(caminho).dispatch();
        assert_eq!(resposta.headers().get_one("Set-Cookie"), None, "{caminho}");
    }
}

#[test]
fn a_renovacao_so_escreve_o_cookie_depois_de_um_decimo_do_limite() {
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=admin&password=123");
    esperar(&navegador, Duration::minutes(2));
    let cedo = navegador.get("/perfil").dispatch();
    assert_eq!(cedo.headers().get_one("Set-Cookie"), None);
    esperar(&navegador, Duration::minutes(1));
    let depois = navegador.get("/perfil").dispatch();
    assert_eq!(depois.headers().get("Set-Cookie").count(), 1);
}

#[test]
fn um_produto_nunca_vira_codigo_na_pagina() {
    let navegador = cliente(aplicacao(false));
    por(&navegador, "<script>alert(1)</script>");
    let pagina = pagina(&navegador, "/carrinho");
    assert!(pagina.contains("alert(1)"), "{pagina}");
    assert!(!pagina.contains("<script>"), "{pagina}");
}

#[test]
fn uma_sessao_que_nao_cabe_e_recusada_e_nada_se_perde() {
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=maria&password=456");
    assert_eq!(por(&navegador, &"a".repeat(2_500)).status(), Status::SeeOther);
    let recusada = por(&navegador, &"b".repeat(200));
    assert_eq!(recusada.status(), Status::PayloadTooLarge);
    assert_eq!(recusada.headers().get_one("Set-Cookie"), None);
    let recusada = recusada.into_string().unwrap();
    assert!(recusada.contains("Não cabe mais nada na sessão"), "{recusada}");
    assert!(recusada.contains("aaaa: 1</li>"), "{recusada}");
    assert!(pagina(&navegador, "/perfil").contains("Cargo: cliente"));
}

#[test]
fn um_login_que_nao_cabe_e_recusado_inteiro_e_o_que_cabe_abre_as_paginas() {
    let mut codigos = BTreeSet::new();
    for letras in (2_580..2_640).step_by(4) {
        let navegador = cliente(aplicacao(false));
        por(&navegador, &"a".repeat(letras));
        let resposta = entrar(&navegador, "username=maria&password=456");
        let coube = resposta.status() == Status::SeeOther;
        if !coube {
            assert_eq!(resposta.status(), Status::PayloadTooLarge, "{letras}");
            assert_eq!(resposta.headers().get_one("Set-Cookie"), None, "{letras}");
        }
        codigos.insert(resposta.status().code);
        let dashboard = navegador.get("/dashboard").dispatch();
        let esperado = if coube { Status::Ok } else { Status::SeeOther };
        assert_eq!(dashboard.status(), esperado, "{letras}");
        assert_eq!(navegador.get("/carrinho").dispatch().status(), Status::Ok);
    }
    assert_eq!(codigos, BTreeSet::from([303, 413]));
}

#[test]
fn a_maior_sessao_que_cabe_nunca_passa_de_4096_bytes() {
    let vazia = json!({ "carrinho": { "": 1 }, "csrf": "0".repeat(32) });
    let maior = "a".repeat(2_800 - sessao(vazia).len());
    // O nonce muda a cada vez, e com ele quantos `/` viajam como `%2F`.
    for _ in 0..50 {
        let navegador = cliente(aplicacao(true));
        let resposta = por(&navegador, &maior);
        let enviado = resposta.headers().get_one("Set-Cookie").unwrap();
        let (par, _) = enviado.split_once(';').unwrap();
        assert!(par.starts_with("__Host-session="), "{par}");
        assert!((3_700..=4_096).contains(&par.len()), "{} bytes", par.len());
    }
    let navegador = cliente(aplicacao(true));
    let a_mais = format!("{maior}a");
    assert_eq!(por(&navegador, &a_mais).status(), Status::PayloadTooLarge);
}

#[test]
fn o_carrinho_conta_os_produtos_e_continua_depois_do_login() {
    let navegador = cliente(aplicacao(false));
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
fn quem_entra_no_lugar_de_outra_pessoa_nao_recebe_o_carrinho_dela() {
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=maria&password=456");
    por(&navegador, "caneca");
    entrar(&navegador, "username=maria&password=456");
    assert!(pagina(&navegador, "/carrinho").contains("<li>caneca: 1</li>"));
    entrar(&navegador, "username=admin&password=123");
    assert!(pagina(&navegador, "/carrinho").contains("Nada ainda"));
}

#[test]
fn um_produto_sem_nome_e_recusado() {
    let navegador = cliente(aplicacao(false));
    assert_eq!(por(&navegador, "").status(), Status::UnprocessableEntity);
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
    let navegador = cliente(aplicacao(false).mount("/", routes![duas_guardas]));
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
    let navegador = cliente(aplicacao(false).mount("/", routes![cor]));
    for cookies in [1, 0] {
        let resposta = navegador.get("/cor").dispatch();
        assert_eq!(resposta.headers().get("Set-Cookie").count(), cookies);
    }
}

#[test]
fn o_dicionario_guarda_o_que_o_json_escreve_e_diz_qual_chave_tem_outro_tipo() {
    let navegador = cliente(aplicacao(false).mount("/", routes![tipos]));
    let resposta = navegador.get("/tipos").dispatch().into_string().unwrap();
    assert_eq!(
        resposta,
        "Some([1, 2]) Some((true, \"sim\")) Some(None) None \
         [\"lista\", \"nada\", \"par\"] `par` deveria ser u8, e é lista \
         `nada` deveria ser (Vec<String>, u8), e é null \
         Ok(()) Some(Array [Number(1), Number(2)])"
    );
}

// Os testes seguintes mostram o que esta sessão ainda não faz.

#[test]
fn atalho_de_duas_requisicoes_ao_mesmo_tempo_so_fica_a_mudanca_da_ultima() {
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=maria&password=456");
    let csrf = token(&navegador);
    // As duas saem do navegador antes de a primeira resposta chegar: levam o mesmo cookie.
    let requisicoes = ["caneca", "livro"].map(|produto| {
        let requisicao = navegador.post("/carrinho").header(ContentType::Form);
        requisicao.body(format!("csrf={csrf}&produto={produto}"))
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
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=maria&password=456");
    let csrf = token(&navegador);
    esperar(&navegador, Duration::minutes(3));
    let leitura = navegador.get("/perfil");
    let mudanca = navegador.post("/carrinho").header(ContentType::Form);
    mudanca.body(format!("csrf={csrf}&produto=caneca")).dispatch();
    assert!(leitura.dispatch().headers().contains("Set-Cookie"));
    assert!(pagina(&navegador, "/carrinho").contains("Nada ainda"));
}

#[test]
fn atalho_um_cookie_copiado_antes_do_logout_ainda_abre_ate_o_capitulo_10() {
    let navegador = cliente(aplicacao(false));
    let resposta = entrar(&navegador, "username=admin&password=123");
    let copia: Vec<_> = resposta.cookies().iter().cloned().collect();
    sair(&navegador);

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

/// A aplicação do capítulo, atrás de HTTPS ou não.
fn aplicacao(https: bool) -> Rocket<Build> {
    let aplicacao = super::rocket();
    let configuracao = aplicacao.figment().clone().merge(("protecao.https", https));
    aplicacao.configure(configuracao)
}

/// O token dos formulários da sessão deste navegador.
fn token(navegador: &Client) -> String {
    let pagina = pagina(navegador, "/carrinho");
    let (_, depois) = pagina.split_once(r#"name="csrf" value=""#).unwrap();
    depois.split('"').next().unwrap().to_owned()
}

/// Envia um formulário deste site, com o token da sessão.
fn enviar<'c>(
    navegador: &'c Client,
    caminho: &'static str,
    corpo: &str,
) -> LocalResponse<'c> {
    let corpo = format!("csrf={}&{corpo}", token(navegador));
    navegador.post(caminho).header(ContentType::Form).body(corpo).dispatch()
}

/// Põe um produto no carrinho.
fn por<'c>(navegador: &'c Client, produto: &str) -> LocalResponse<'c> {
    enviar(navegador, "/carrinho", &format!("produto={produto}"))
}

/// Envia o formulário de login com este corpo.
fn entrar<'c>(navegador: &'c Client, corpo: &str) -> LocalResponse<'c> {
    enviar(navegador, "/login_submit", corpo)
}

fn sair(navegador: &Client) -> LocalResponse<'_> {
    enviar(navegador, "/logout", "")
}

/// Confere que a resposta recusa o login.
fn login_invalido(resposta: LocalResponse<'_>, caso: &str) {
    assert_eq!(resposta.status(), Status::Unauthorized, "{caso}");
    let pagina = resposta.into_string().unwrap();
    assert!(pagina.contains("Login inválido"), "{caso}: {pagina}");
}

/// Confere que a resposta redireciona para o login.
fn leva_ao_login(resposta: LocalResponse<'_>, caso: &str) {
    assert_eq!(resposta.status(), Status::SeeOther, "{caso}");
    let destino = resposta.headers().get_one("Location").unwrap();
    assert!(destino.starts_with("/login"), "{caso}: {destino}");
}
