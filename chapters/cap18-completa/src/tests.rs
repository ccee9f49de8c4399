//! O que o capítulo 18 promete.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use rocket::futures::FutureExt;
use rocket::http::{Accept, ContentType, Cookie, Header, Status};
use rocket::local::blocking::{Client, LocalResponse};
use rocket::{Build, Rocket, async_trait, get, routes};
use serde_json::{Value, json};
use shared::teste::cliente;
use time::{Duration, OffsetDateTime};

use super::ajustes::Site;
use super::armazem::{self, Aberto, Armazem, Chave, Falha, Registro, Resposta, Versao};
use super::contas::{self, Senhas};
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
fn o_login_certo_guarda_um_dicionario_no_servidor_e_leva_ao_dashboard() {
    let navegador = cliente(aplicacao(false));
    let resposta = entrar(&navegador, "username=admin&password=123");
    assert_eq!(resposta.status(), Status::SeeOther);
    assert_eq!(resposta.headers().get_one("Location"), Some("/dashboard"));
    assert_eq!(resposta.headers().get("Set-Cookie").count(), 1);
    let mut guardada = guardada(&navegador, &id(&resposta)).unwrap();
    let dicionario = guardada["valores"].as_object_mut().unwrap();
    for (chave, letras) in [("csrf", 32), ("carimbo", 16)] {
        let sorteado = dicionario.remove(chave).unwrap();
        assert_eq!(sorteado.as_str().unwrap().len(), letras, "{chave}");
    }
    let valores = json!({ "username": "admin", "user_id": 12345, "role": "admin" });
    assert_eq!((&guardada["versao"], &guardada["valores"]), (&json!(1), &valores));
}

#[test]
fn o_cookie_so_leva_um_id_sorteado_e_o_armazenamento_so_guarda_o_hash_dele() {
    let armazem = memoria();
    let navegador = cliente(aplicacao_com(false, armazem.clone()));
    let mut ids = Vec::new();
    for _ in 0..3 {
        let resposta = entrar(&navegador, "username=admin&password=123");
        let id = id(&resposta);
        assert_eq!(id.len(), 32, "{id}");
        assert!(id.chars().all(|letra| matches!(letra, '0'..='9' | 'a'..='f')), "{id}");
        ids.push(id);
    }
    let dele = de_quem(&armazem, "admin");
    let [(chave, registro)] = &dele[..] else { panic!("{} registros", dele.len()) };
    // Cada login sorteia um id, e só o último ainda tem registro.
    assert_eq!(chave, &Chave::do_id(&ids[2]));
    assert_eq!(chave.como_texto().len(), 64);
    for id in &ids {
        assert_eq!(ids.iter().filter(|outro| *outro == id).count(), 1);
        assert!(!chave.como_texto().contains(id) && !registro.texto.contains(id));
    }
}

#[test]
fn o_cookie_nao_cresce_com_a_sessao() {
    let navegador = cliente(aplicacao(true));
    let mut tamanhos = Vec::new();
    for letras in [1, 30_000] {
        let resposta = por(&navegador, &"a".repeat(letras));
        assert_eq!(resposta.status(), Status::SeeOther);
        let cookie = resposta.cookies().get("__Host-session").cloned();
        tamanhos.extend(cookie.map(|cookie| cookie.value().len()));
    }
    assert_eq!(tamanhos.len(), 2);
    assert!(tamanhos.iter().all(|letras| *letras < 200), "{tamanhos:?}");
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
fn um_valor_do_site_com_outro_tipo_conta_como_sessao_encerrada() {
    let navegador = cliente(aplicacao(false));
    let certos = json!({ "username": "admin", "user_id": 1, "csrf": "x" });
    for (chave, valor) in [
        ("user_id", json!("doze mil")),
        ("user_id", json!(-1)),
        ("user_id", json!(12.5)),
        ("user_id", json!(null)),
        ("username", json!(5)),
        ("role", json!([])),
        ("csrf", json!(5)),
        ("avisos", json!("oi")),
        ("carimbo", json!({})),
    ] {
        let mut valores = certos.clone();
        valores[chave] = valor;
        let cookie = com_registro(&navegador, &sessao(valores.clone()));
        let login = navegador.get("/login").private_cookie(cookie.clone()).dispatch();
        assert_eq!(login.status(), Status::Ok, "{valores}");
        let dashboard = navegador.get("/dashboard").private_cookie(cookie).dispatch();
        leva_ao_login(dashboard, &valores.to_string());
    }
    let resposta = com_valores(&navegador, "/dashboard", certos);
    assert_eq!(resposta.status(), Status::Ok);
}

#[test]
fn um_cookie_que_esta_chave_nao_fechou_nao_abre_nenhuma_pagina() {
    let armazem = memoria();
    let navegador = cliente(aplicacao_com(false, armazem.clone()));
    let outro_servidor = cliente(aplicacao_com(false, armazem));
    let resposta = entrar(&outro_servidor, "username=admin&password=123");
    let em_claro = id(&resposta);
    for pagina in ["/dashboard", "/perfil"] {
        let de_fora = resposta.cookies().get(COOKIE).unwrap().clone();
        leva_ao_login(navegador.get(pagina).cookie(de_fora).dispatch(), "outra chave");
        let em_claro = navegador.get(pagina).cookie((COOKIE, em_claro.clone()));
        leva_ao_login(em_claro.dispatch(), "em claro");
    }
}

#[test]
fn um_registro_de_outro_formato_conta_como_sessao_encerrada() {
    let navegador = cliente(aplicacao(false));
    let certa = sessao(json!({ "username": "admin", "user_id": 1 }));
    for texto in [
        "admin",
        "",
        "null",
        "[]",
        r#"{"username":"admin","user_id":12345}"#,
        r#"{"versao":1,"valores":{"username":"admin","user_id":12345}}"#,
        &certa.replace("\"versao\":1", "\"versao\":2"),
        &certa.replace("\"lembrar\":false", "\"lembrar\":0"),
        &certa.replace("\"criada\":", "\"criada\":99999999999"),
    ] {
        let cookie = com_registro(&navegador, texto);
        let requisicao = navegador.get("/perfil").private_cookie(cookie);
        leva_ao_login(requisicao.dispatch(), texto);
    }
    let cookie = com_registro(&navegador, &certa);
    let requisicao = navegador.get("/perfil").private_cookie(cookie);
    assert_eq!(requisicao.dispatch().status(), Status::Ok);
}

#[test]
fn um_id_que_o_servidor_nao_sorteou_nunca_e_adotado() {
    let id_inventado = "0123456789abcdef".repeat(2);
    let longo = "a".repeat(3_000);
    let de_antes = sessao(json!({ "username": "admin", "user_id": 1 }));
    for inventado in [&id_inventado, "", "admin", "../../etc", &longo, &de_antes] {
        let navegador = cliente(aplicacao(false));
        let cookie = (COOKIE, inventado.to_owned());
        let resposta = navegador.get("/perfil").private_cookie(cookie.clone());
        leva_ao_login(resposta.dispatch(), inventado);
        let login = navegador.get("/login").private_cookie(cookie.clone()).dispatch();
        assert_ne!(id(&login), inventado);
        assert!(login.into_string().unwrap().contains("Sua sessão terminou."));
        entrar(&navegador, "username=admin&password=123");
        let resposta = navegador.get("/perfil").private_cookie(cookie).dispatch();
        leva_ao_login(resposta, inventado);
    }
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
            let cookie = com_registro(&navegador, &sessao);
            let requisicao = navegador.get("/perfil").private_cookie(cookie);
            let aceita = requisicao.dispatch().status() == Status::Ok;
            assert_eq!(aceita, vale, "{adiante} s adiante");
        }
    }
    let futuro = com_horas(agora() + 120, agora() + 120, usuario);
    let cookie = com_registro(&navegador, &futuro);
    let login = navegador.get("/login").private_cookie(cookie).dispatch();
    assert!(login.into_string().unwrap().contains("diz vir do futuro"));
}

#[test]
fn horas_absurdas_nao_derrubam_o_servidor() {
    let navegador = cliente(aplicacao(false));
    for criada in [i64::MIN, -1, 0, i64::MAX] {
        for usada in [i64::MIN, -1, 0, i64::MAX] {
            let sessao = com_horas(criada, usada, json!({ "username": "admin" }));
            let cookie = com_registro(&navegador, &sessao);
            let requisicao = navegador.get("/perfil").private_cookie(cookie);
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
    let configuracao = configuracao().merge(ajuste);
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
fn uma_conta_que_nao_existe_tambem_tem_um_hash_a_conferir() {
    let senhas = Senhas::default();
    assert_eq!(senhas.hash("ninguem"), contas::DE_NINGUEM);
    assert_ne!(senhas.hash("admin"), contas::DE_NINGUEM);
    // Nem a senha deste hash abre a conta que não existe.
    senhas.trocar("ninguem", senhas.hash("maria"));
    let conferida = contas::conferir(&senhas, "ninguem", "456".to_owned());
    assert!(rocket::execute(conferida).is_none());
}

#[test]
fn toda_senha_conferida_custa_o_mesmo_trabalho() {
    // O trabalho do Argon2id está nos parâmetros de cada hash, e não no relógio deste
    // teste.
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
    // De muitos endereços, a memória enche; quem errou mais vezes é o último a sair
    // dela.
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
    for caminho in super::FORMULARIOS {
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
    let (_, id) = com_registro(&navegador, &sessao);
    for (nome, status) in
        [("session", Status::SeeOther), ("__Host-session", Status::Ok)]
    {
        let cookie = (nome, id.clone());
        let resposta = navegador.get("/perfil").private_cookie(cookie).dispatch();
        assert_eq!(resposta.status(), status, "{nome}");
    }
}

#[test]
fn com_https_a_remocao_tambem_leva_o_nome_e_o_secure() {
    let navegador = cliente(aplicacao(true).mount("/", routes![apagar]));
    let (_, id) = com_registro(&navegador, &sessao(json!({ "username": "admin" })));
    let cookie = ("__Host-session", id.clone());
    let resposta = navegador.get("/apagar").private_cookie(cookie).dispatch();
    let enviado = resposta.headers().get_one("Set-Cookie").unwrap();
    assert!(enviado.starts_with("__Host-session=; "), "{enviado}");
    for atributo in ["Secure", "Max-Age=0", "Path=/"] {
        assert!(enviado.contains(atributo), "falta {atributo} em {enviado}");
    }
    assert_eq!(guardada(&navegador, &id), None);
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
fn so_no_perfil_debug_o_site_dispensa_o_https_e_o_log_pode_mostrar_cookies() {
    for (perfil, debug) in [("debug", true), ("release", false), ("producao", false)] {
        let configuracao = configuracao().merge(("log_level", "debug")).select(perfil);
        let https: bool = configuracao.extract_inner("https").unwrap();
        assert_eq!(https, !debug, "{perfil}");
        assert_eq!(super::ajustes::log_perigoso(&configuracao), !debug, "{perfil}");
    }
    let normal = configuracao().merge(("log_level", "normal")).select("release");
    assert!(!super::ajustes::log_perigoso(&normal));
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
    pagina(&navegador, "/dashboard");
    let perfil = pagina(&navegador, "/perfil");
    assert!(perfil.contains("carimbo, csrf, role, user_id, username"), "{perfil}");
    for caminho in ["/dashboard", "/perfil", "/carrinho", "/login", "/admin"] {
        let resposta = navegador.get(caminho).dispatch();
        assert_eq!(resposta.headers().get_one("Set-Cookie"), None, "{caminho}");
    }
}

#[test]
fn a_renovacao_so_escreve_o_cookie_depois_de_um_decimo_do_limite() {
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=admin&password=123");
    navegador.get("/perfil").dispatch();
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
    for letra in ["a", "b"] {
        assert_eq!(por(&navegador, &letra.repeat(30_000)).status(), Status::SeeOther);
    }
    let recusada = por(&navegador, &"c".repeat(6_000));
    assert_eq!(recusada.status(), Status::PayloadTooLarge);
    assert_eq!(recusada.headers().get_one("Set-Cookie"), None);
    let recusada = recusada.into_string().unwrap();
    assert!(recusada.contains("Não cabe mais nada na sessão"), "{recusada}");
    assert!(recusada.contains("bbbb: 1</li>"), "{recusada}");
    let carrinho = pagina(&navegador, "/carrinho");
    assert!(carrinho.contains("bbbb: 1</li>") && !carrinho.contains("cccc"));
    assert!(pagina(&navegador, "/perfil").contains("Cargo: cliente"));
}

#[test]
fn um_login_que_nao_cabe_e_recusado_inteiro_e_o_que_cabe_abre_as_paginas() {
    let csrf = "0".repeat(32);
    let cheia = |letras: usize| {
        json!({
            "carimbo": "0".repeat(16),
            "carrinho": { "a".repeat(letras): 1 },
            "csrf": csrf,
            "role": "cliente",
            "user_id": 67890,
            "username": "maria",
        })
    };
    let maior = 65_536 - cheia(0).to_string().len();
    for (letras, coube) in [(maior, true), (maior + 1, false)] {
        let navegador = cliente(aplicacao(false));
        let mut antes = cheia(letras);
        for chave in ["carimbo", "role", "user_id", "username"] {
            antes.as_object_mut().unwrap().remove(chave);
        }
        let (nome, id) = com_registro(&navegador, &sessao(antes));
        let corpo = format!("csrf={csrf}&username=maria&password=456");
        let requisicao = navegador.post("/login_submit").header(ContentType::Form);
        let requisicao = requisicao.private_cookie((nome, id.clone()));
        let resposta = requisicao.body(corpo).dispatch();
        let [esperado, dashboard] = match coube {
            true => [Status::SeeOther, Status::Ok],
            false => [Status::PayloadTooLarge, Status::SeeOther],
        };
        assert_eq!(resposta.status(), esperado, "{letras}");
        assert_eq!(resposta.headers().contains("Set-Cookie"), coube, "{letras}");
        assert_eq!(guardada(&navegador, &id).is_none(), coube, "{letras}");
        assert_eq!(navegador.get("/dashboard").dispatch().status(), dashboard);
        assert_eq!(navegador.get("/carrinho").dispatch().status(), Status::Ok);
    }
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
    outra.remover("cor")?;
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
    let removido: Option<Value> = sessao.remover("lista")?;
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

// Trocar a chave.

#[test]
fn uma_sessao_da_chave_anterior_continua_e_e_fechada_de_novo_com_a_de_agora() {
    let armazem = memoria();
    let [velha, nova] = [(); 2].map(|()| shared::chave_nova().unwrap());
    let antes = com_chaves(&armazem, &velha, &[]);
    entrar(&antes, "username=admin&password=123");
    // A página põe o token na sessão; dali em diante, quem só lê não escreve o cookie.
    pagina(&antes, "/perfil");
    let cookie = antes.cookies().get(COOKIE).unwrap().clone();

    let trocada = com_chaves(&armazem, &nova, &[&velha]);
    let resposta = trocada.get("/perfil").cookie(cookie).dispatch();
    let fechado = resposta.cookies().get(COOKIE).unwrap().clone();
    assert!(resposta.into_string().unwrap().contains("Cargo: admin"));

    let sem_a_velha = com_chaves(&armazem, &nova, &[]);
    let resposta = sem_a_velha.get("/perfil").cookie(fechado).dispatch();
    assert_eq!(resposta.status(), Status::Ok);
}

#[test]
fn depois_de_fechado_com_a_chave_de_agora_o_cookie_nao_e_escrito_de_novo() {
    let armazem = memoria();
    let [velha, nova] = [(); 2].map(|()| shared::chave_nova().unwrap());
    let antes = com_chaves(&armazem, &velha, &[]);
    entrar(&antes, "username=admin&password=123");
    let trocada = com_chaves(&armazem, &nova, &[&velha]);
    let cookie = antes.cookies().get(COOKIE).unwrap().clone();
    trocada.get("/carrinho").cookie(cookie).dispatch();
    for _ in 0..2 {
        let resposta = trocada.get("/perfil").dispatch();
        assert_eq!(resposta.status(), Status::Ok);
        assert_eq!(resposta.headers().get_one("Set-Cookie"), None);
    }
}

#[test]
fn a_chave_de_duas_trocas_atras_abre_e_a_que_saiu_da_lista_nao() {
    let armazem = memoria();
    let [primeira, segunda, terceira] = [(); 3].map(|()| shared::chave_nova().unwrap());
    let antes = com_chaves(&armazem, &primeira, &[]);
    entrar(&antes, "username=admin&password=123");
    let cookie = antes.cookies().get(COOKIE).unwrap().clone();
    let abrir = |anteriores: &[&str]| {
        let navegador = com_chaves(&armazem, &terceira, anteriores);
        navegador.get("/perfil").cookie(cookie.clone()).dispatch().status()
    };
    assert_eq!(abrir(&[&segunda, &primeira]), Status::Ok);
    assert_eq!(abrir(&[&segunda]), Status::SeeOther);
    assert_eq!(abrir(&[]), Status::SeeOther);
}

#[test]
fn uma_chave_anterior_nunca_fecha_um_cookie() {
    let armazem = memoria();
    let [velha, nova] = [(); 2].map(|()| shared::chave_nova().unwrap());
    let trocada = com_chaves(&armazem, &nova, &[&velha]);
    entrar(&trocada, "username=admin&password=123");
    let cookie = trocada.cookies().get(COOKIE).unwrap().clone();
    let so_a_velha = com_chaves(&armazem, &velha, &[]);
    let resposta = so_a_velha.get("/perfil").cookie(cookie).dispatch();
    leva_ao_login(resposta, "chave anterior");
}

#[test]
fn o_prazo_vale_tambem_para_a_sessao_da_chave_anterior() {
    let armazem = memoria();
    let login = "username=admin&password=123";
    let lembrado = format!("{login}&lembrar=on");
    for (corpo, prazo) in
        [(login, Duration::minutes(30)), (&lembrado, Duration::days(7))]
    {
        let [velha, nova] = [(); 2].map(|()| shared::chave_nova().unwrap());
        let antes = com_chaves(&armazem, &velha, &[]);
        entrar(&antes, corpo);
        let trocada = com_chaves(&armazem, &nova, &[&velha]);
        esperar(&trocada, prazo);
        let cookie = antes.cookies().get(COOKIE).unwrap().clone();
        leva_ao_login(trocada.get("/perfil").cookie(cookie).dispatch(), corpo);
    }
}

#[test]
fn toda_forma_de_chave_que_o_rocket_aceita_serve_como_anterior() {
    let armazem = memoria();
    let hexadecimal = shared::chave_nova().unwrap();
    let maiuscula = shared::chave_nova().unwrap().to_uppercase();
    let bytes: Vec<u8> = shared::chave_nova().unwrap().into_bytes();
    let de_32 = STANDARD.encode(&bytes[..32]);
    let de_64 = STANDARD.encode(&bytes);
    for velha in [hexadecimal, maiuscula, de_32, de_64] {
        let antes = com_chaves(&armazem, &velha, &[]);
        entrar(&antes, "username=admin&password=123");
        let cookie = antes.cookies().get(COOKIE).unwrap().clone();
        let trocada = com_chaves(&armazem, &shared::chave_nova().unwrap(), &[&velha]);
        let resposta = trocada.get("/perfil").cookie(cookie).dispatch();
        assert_eq!(resposta.status(), Status::Ok, "{} letras", velha.len());
    }
}

#[test]
fn chaves_que_nao_servem_impedem_o_inicio_e_o_erro_nao_as_mostra() {
    let [uma, outra] = [(); 2].map(|()| shared::chave_nova().unwrap());
    let [com_z, fraca] = ["z", "ab"].map(|letras| letras.repeat(64 / letras.len()));
    let cinco = [(); 5].map(|()| shared::chave_nova().unwrap());
    let cinco: Vec<&str> = cinco.iter().map(String::as_str).collect();
    let com_sinal = format!("+{}", &uma[1..]);
    let de_31 = STANDARD.encode(&uma.as_bytes()[..31]);
    for (atual, anteriores, motivo) in [
        (
            &*uma,
            vec![&*outra, "curta"],
            "a 2ª chave de `secret_keys_anteriores` deve ter",
        ),
        (&uma, vec![&com_z], "a 1ª chave de `secret_keys_anteriores` deve ter"),
        (&uma, vec![&com_sinal], "a 1ª chave de `secret_keys_anteriores` deve ter"),
        (&uma, vec![&de_31], "a 1ª chave de `secret_keys_anteriores` deve ter"),
        (
            &uma,
            vec![&"é".repeat(32)],
            "a 1ª chave de `secret_keys_anteriores` deve ter",
        ),
        (&uma, vec![&fraca], "a 1ª chave de `secret_keys_anteriores` é fraca"),
        (&uma, vec![&uma], "a 1ª chave de `secret_keys_anteriores` repete outra"),
        (&uma, vec![&outra, &outra], "a 2ª chave de `secret_keys_anteriores` repete"),
        (&uma, cinco, "há 5 chaves em `secret_keys_anteriores`, e o máximo é 3"),
        (&com_z, vec![], "a `secret_key` deve ter"),
        (&fraca, vec![], "a `secret_key` é fraca"),
        ("", vec![], "a `secret_key` deve ter"),
    ] {
        let configuracao = configuracao()
            .merge(("secret_key", atual))
            .merge(("secret_keys_anteriores", anteriores));
        let erro = super::chaves::conferir(&configuracao).err().unwrap();
        assert!(erro.starts_with(motivo), "{motivo}: {erro}");
        for chave in [&uma, &outra, &com_z, &fraca, &de_31] {
            assert!(!erro.contains(&chave[..8]), "{erro}");
        }
    }
    let solta = configuracao().merge(("secret_keys_anteriores", &uma));
    let erro = super::chaves::conferir(&solta).err().unwrap();
    assert_eq!(erro, "`secret_keys_anteriores` deve ser uma lista: '[\"chave\"]'");
    let aberto = Toml::string(&format!("[default]\nsecret_key = \"{uma}")).nested();
    let erro = super::chaves::conferir(&Figment::from(aberto)).err().unwrap();
    assert_eq!(erro, "o Rocket.toml não abre: confira as aspas e os colchetes");
}

/// Um navegador para a aplicação com estas sessões, esta chave e estas anteriores.
fn com_chaves(armazem: &Aberto, atual: &str, anteriores: &[&str]) -> Client {
    let chaves = configuracao()
        .merge(("secret_key", atual))
        .merge(("secret_keys_anteriores", anteriores));
    let anteriores = super::chaves::conferir(&chaves).unwrap();
    let aplicacao = com_site(armazem.clone(), |site| site.anteriores = anteriores);
    let chaves = aplicacao.figment().clone().merge(("secret_key", atual));
    let chaves = chaves.merge(("log_level", "critical"));
    Client::tracked(aplicacao.configure(chaves)).unwrap()
}

// A sessão no servidor.

#[test]
fn o_logout_encerra_a_sessao_em_todas_as_copias_do_cookie() {
    let navegador = cliente(aplicacao(false));
    let resposta = entrar(&navegador, "username=admin&password=123&lembrar=on");
    let (copia, id) = (copiado(&resposta), id(&resposta));
    assert!(guardada(&navegador, &id).is_some());
    sair(&navegador);
    assert_eq!(guardada(&navegador, &id), None);
    for caminho in ["/dashboard", "/perfil", "/sessoes"] {
        let resposta = navegador.get(caminho).cookie(copia.clone()).dispatch();
        assert_ne!(resposta.status(), Status::Ok, "{caminho}");
    }
    let login = navegador.get("/login").cookie(copia).dispatch().into_string().unwrap();
    assert!(login.contains("Sua sessão terminou. Entre de novo.</p>"), "{login}");
}

#[test]
fn o_login_da_outro_id_a_sessao_e_o_de_antes_nao_abre_mais() {
    let navegador = cliente(aplicacao(false));
    let visita = por(&navegador, "caneca");
    let de_visitante = copiado(&visita);
    let resposta = entrar(&navegador, "username=admin&password=123");
    assert_ne!(id(&resposta), id(&visita));
    let de_antes = copiado(&resposta);
    assert!(pagina(&navegador, "/carrinho").contains("<li>caneca: 1</li>"));

    let outra_vez = entrar(&navegador, "username=admin&password=123");
    assert_ne!(id(&outra_vez), id(&resposta));
    assert!(pagina(&navegador, "/perfil").contains("Cargo: admin"));
    for copia in [de_visitante, de_antes] {
        let perfil = navegador.get("/perfil").cookie(copia.clone()).dispatch();
        leva_ao_login(perfil, "id de antes");
        let carrinho = navegador.get("/carrinho").cookie(copia).dispatch();
        assert!(carrinho.into_string().unwrap().contains("Nada ainda"));
    }
}

#[test]
fn o_registro_dura_uma_hora_alem_do_limite_e_o_da_lembrada_os_dias_dela() {
    for (corpo, prazo) in [
        ("username=admin&password=123", Duration::minutes(30)),
        ("username=admin&password=123&lembrar=on", Duration::days(7)),
    ] {
        let armazem = memoria();
        let navegador = cliente(aplicacao_com(false, armazem.clone()));
        entrar(&navegador, corpo);
        let dele = de_quem(&armazem, "admin");
        let faltam = dele[0].1.vence - agora();
        let prazo = (prazo + Duration::hours(1)).whole_seconds();
        assert!((prazo - 5..=prazo).contains(&faltam), "{corpo}: {faltam} s");
    }
}

#[get("/falha")]
fn falha(sessao: Sessao<'_>) -> Result<String, ErroDeSessao> {
    sessao.armazenar("role", "dono")?;
    sessao.remover("user_id")?;
    // `role` é um texto: a rota termina em erro.
    sessao.recuperar::<u8>("role").map(|role| format!("{role:?}"))
}

#[test]
fn uma_rota_que_termina_em_erro_nao_grava_nada() {
    let navegador = cliente(aplicacao(false).mount("/", routes![falha]));
    let antes = id(&entrar(&navegador, "username=maria&password=456"));
    let resposta = navegador.get("/falha").dispatch();
    assert_eq!(resposta.status(), Status::InternalServerError);
    assert_eq!(resposta.headers().get_one("Set-Cookie"), None);
    let valores = guardada(&navegador, &antes).unwrap()["valores"].clone();
    assert_eq!(
        (&valores["role"], &valores["user_id"]),
        (&"cliente".into(), &67890.into())
    );
    assert!(pagina(&navegador, "/perfil").contains("Cargo: cliente"));
}

// Duas requisições ao mesmo tempo.

#[test]
fn duas_mudancas_ao_mesmo_tempo_ficam_as_duas() {
    let (armazem, navegador) = com_intrometido();
    entrar(&navegador, "username=maria&password=456");
    por(&navegador, "caneca");
    // Entre a leitura e a gravação, outra requisição põe um livro e uma caneca.
    armazem.uma_vez("trocar", |dentro, chave| {
        mudar(dentro, chave, |valores| {
            valores["carrinho"] = json!({ "caneca": 2, "livro": 1 });
        });
        Ok(())
    });
    assert_eq!(por(&navegador, "caneca").status(), Status::SeeOther);
    let carrinho = pagina(&navegador, "/carrinho");
    for item in ["<li>caneca: 3</li>", "<li>livro: 1</li>"] {
        assert!(carrinho.contains(item), "{carrinho}");
    }
}

#[test]
fn uma_pagina_que_so_le_nao_desfaz_o_que_outra_aba_mudou() {
    let (armazem, navegador) = com_intrometido();
    entrar(&navegador, "username=maria&password=456");
    token(&navegador);
    esperar(&navegador, Duration::minutes(3));
    armazem.uma_vez("trocar", |dentro, chave| {
        mudar(dentro, chave, |valores| valores["carrinho"] = json!({ "caneca": 1 }));
        Ok(())
    });
    let leitura = navegador.get("/perfil").dispatch();
    assert!(leitura.headers().contains("Set-Cookie"), "deveria renovar");
    assert!(pagina(&navegador, "/carrinho").contains("<li>caneca: 1</li>"));
}

#[test]
fn uma_mudanca_que_chega_durante_o_login_continua_na_sessao_nova() {
    let (armazem, navegador) = com_intrometido();
    token(&navegador);
    armazem.uma_vez("apagar", |dentro, chave| {
        mudar(dentro, chave, |valores| valores["carrinho"] = json!({ "caneca": 1 }));
        Ok(())
    });
    entrar(&navegador, "username=maria&password=456");
    assert!(pagina(&navegador, "/carrinho").contains("<li>caneca: 1</li>"));
    assert!(pagina(&navegador, "/perfil").contains("Cargo: cliente"));
}

#[test]
fn uma_mudanca_que_chega_depois_do_logout_nao_traz_a_sessao_de_volta() {
    let (armazem, navegador) = com_intrometido();
    let resposta = entrar(&navegador, "username=maria&password=456");
    let (copia, id) = (copiado(&resposta), id(&resposta));
    token(&navegador);
    armazem.uma_vez("trocar", |dentro, chave| {
        ja(dentro.apagar(chave, None))?;
        Ok(())
    });
    let tarde = por(&navegador, "caneca");
    assert_eq!(tarde.status(), Status::Unauthorized);
    assert_eq!(tarde.headers().get_one("Set-Cookie"), None);
    assert_eq!(guardada(&navegador, &id), None);
    leva_ao_login(navegador.get("/perfil").cookie(copia).dispatch(), "encerrada");
}

// O armazenamento que não responde.

#[test]
fn se_o_armazenamento_nao_responde_a_pagina_diz_503_e_nao_um_sucesso_que_nao_houve() {
    let (armazem, navegador) = com_intrometido();
    entrar(&navegador, "username=maria&password=456");
    let csrf = token(&navegador);
    for operacao in ["ler", "trocar", "apagar"] {
        armazem.sempre(operacao);
        let (caminho, corpo) = match operacao {
            "apagar" => ("/logout", format!("csrf={csrf}")),
            _ => ("/carrinho", format!("csrf={csrf}&produto=caneca")),
        };
        let requisicao = navegador.post(caminho).header(ContentType::Form);
        let resposta = requisicao.header(Accept::HTML).body(corpo).dispatch();
        assert_eq!(resposta.status(), Status::ServiceUnavailable, "{operacao}");
        assert_eq!(resposta.headers().get_one("Set-Cookie"), None, "{operacao}");
        assert_eq!(resposta.headers().get_one("Location"), None, "{operacao}");
        for cabecalho in ["X-Frame-Options", "Content-Security-Policy"] {
            assert!(resposta.headers().contains(cabecalho), "falta {cabecalho}");
        }
        let pagina = resposta.into_string().unwrap();
        assert!(pagina.contains("<h1>Serviço indisponível</h1>"), "{pagina}");
        armazem.nunca();
        assert!(self::pagina(&navegador, "/perfil").contains("Cargo: cliente"));
        assert!(self::pagina(&navegador, "/carrinho").contains("Nada ainda"));
    }
}

#[test]
fn com_o_armazenamento_cheio_quem_sai_ainda_sai() {
    let (armazem, navegador) = com_intrometido();
    entrar(&navegador, "username=maria&password=456");
    let copia = navegador.cookies().get(COOKIE).unwrap().clone();
    let csrf = token(&navegador);
    // Só apagar funciona: o registro novo, do aviso "Você saiu.", não tem onde ficar.
    armazem.sempre("criar");
    let requisicao = navegador.post("/logout").header(ContentType::Form);
    let resposta = requisicao.body(format!("csrf={csrf}")).dispatch();
    assert_eq!(resposta.status(), Status::ServiceUnavailable);
    leva_ao_login(navegador.get("/perfil").cookie(copia).dispatch(), "a cópia");
    assert_eq!(navegador.get("/saude").dispatch().status(), Status::Ok);
}

#[test]
fn quem_espera_pelo_armazenamento_desiste_em_2_segundos() {
    let nunca = std::future::pending::<Resposta<()>>();
    let inicio = std::time::Instant::now();
    let falha = rocket::execute(armazem::em_tempo(nunca)).unwrap_err();
    assert!((2..4).contains(&inicio.elapsed().as_secs()));
    assert_eq!(falha.to_string(), "o armazenamento não atendeu: passaram 2 s");
}

#[test]
fn quem_sempre_perde_a_vez_desiste_em_2_segundos() {
    let (armazem, navegador) = com_intrometido();
    let csrf = token(&navegador);
    armazem.perde.store(true, Ordering::SeqCst);
    let inicio = std::time::Instant::now();
    let requisicao = navegador.post("/carrinho").header(ContentType::Form);
    let resposta = requisicao.body(format!("csrf={csrf}&produto=x")).dispatch();
    assert_eq!(resposta.status(), Status::ServiceUnavailable);
    assert!((2..4).contains(&inicio.elapsed().as_secs()));
}

#[test]
fn a_saude_diz_se_o_armazenamento_responde() {
    let (armazem, navegador) = com_intrometido();
    let resposta = navegador.get("/saude").dispatch();
    assert_eq!(resposta.status(), Status::Ok);
    assert_eq!(resposta.headers().get_one("Set-Cookie"), None);
    assert_eq!(resposta.into_string().unwrap(), "bem\n");
    armazem.sempre("ler");
    let resposta = navegador.get("/saude").dispatch();
    assert_eq!(resposta.status(), Status::ServiceUnavailable);
    assert_eq!(resposta.into_string().unwrap(), "o armazenamento não responde\n");
}

#[test]
fn um_endereco_que_nao_serve_impede_o_inicio_e_o_erro_diz_o_que_fazer_sem_a_senha() {
    for (endereco, trechos) in [
        (
            "mysql://localhost/",
            ["não conheço o armazenamento `mysql:`", "use memoria:"],
        ),
        ("sessoes.db", ["não entendi o endereço", "use memoria:"]),
        ("memoria", ["não entendi o endereço", "use memoria:"]),
        ("redis://:se#gredo@127.0.0.1:1", ["não entendi o endereço", "%23"]),
        ("redis://127.0.0.1:637900", ["não entendi o endereço", "a porta"]),
        ("sqlite:nao-existe/sessoes.db", ["não abri as sessões", "a pasta existe"]),
        ("sqlite::memory:", ["falta o caminho", "sqlite:sessoes.db"]),
        ("sqlite://sessoes.db", ["falta o caminho", "sqlite:sessoes.db"]),
        ("redis://:segredo@127.0.0.1:1/", ["redis://:***@127.0.0.1:1", "redis-server"]),
        ("redis-cluster://127.0.0.1:1", ["127.0.0.1:1", "--cluster-enabled"]),
        ("memcached://127.0.0.1:1", ["memcached://127.0.0.1:1", "inicie um"]),
        (
            "postgres://eu:segredo@127.0.0.1:1/a",
            ["://eu:***@127.0.0.1:1", "Connection refused"],
        ),
        ("postgres:eu:segredo@127.0.0.1/a", ["não entendi o endereço", "%23"]),
        ("redis:segredo@127.0.0.1", ["não entendi o endereço", "use memoria:"]),
        (
            "postgres://127.0.0.1:1/a?user=eu&password=segredo",
            ["postgres://127.0.0.1:1/a:", "inicie um"],
        ),
    ] {
        let pasta = Path::new(env!("CARGO_MANIFEST_DIR"));
        let aberto = rocket::execute(armazem::abrir(endereco, pasta));
        let erro = aberto.err().unwrap();
        for trecho in trechos {
            assert!(erro.contains(trecho), "{endereco}: {erro}");
        }
        assert!(!erro.contains("segredo"), "{erro}");
    }
}

// Minhas sessões e a senha.

#[test]
fn minhas_sessoes_mostra_cada_navegador_e_encerra_o_escolhido() {
    let armazem = memoria();
    let [aqui, la] = dois_navegadores(&armazem, "username=maria&password=456");
    let lista = pagina(&aqui, "/sessoes");
    assert_eq!(lista.matches("Desde ").count(), 2, "{lista}");
    assert_eq!(lista.matches("<strong>Esta sessão</strong>").count(), 1, "{lista}");
    assert!(lista.contains("Navegador de lá"), "{lista}");

    let (_, depois) = lista.split_once(r#"name="chave" value=""#).unwrap();
    let chave = depois.split('"').next().unwrap();
    enviar(&aqui, "/sessoes/encerrar", &format!("chave={chave}"));
    let lista = pagina(&aqui, "/sessoes");
    assert!(lista.contains("Uma sessão encerrada."), "{lista}");
    assert_eq!(lista.matches("Desde ").count(), 1, "{lista}");
    leva_ao_login(la.get("/perfil").dispatch(), "encerrada de lá");
    assert!(pagina(&la, "/login").contains("Sua sessão terminou."));
}

#[test]
fn encerrar_as_outras_deixa_so_esta() {
    let armazem = memoria();
    let [aqui, la] = dois_navegadores(&armazem, "username=maria&password=456");
    let [admin, _] = dois_navegadores(&armazem, "username=admin&password=123");
    enviar(&aqui, "/sessoes/encerrar_outras", "");
    assert!(pagina(&aqui, "/sessoes").contains("Uma sessão encerrada."));
    assert!(pagina(&aqui, "/perfil").contains("Cargo: cliente"));
    leva_ao_login(la.get("/perfil").dispatch(), "a outra");
    assert!(pagina(&admin, "/perfil").contains("Cargo: admin"));
}

#[test]
fn ninguem_ve_nem_encerra_a_sessao_de_outra_pessoa() {
    let armazem = memoria();
    let [maria, _] = dois_navegadores(&armazem, "username=maria&password=456");
    let [admin, _] = dois_navegadores(&armazem, "username=admin&password=123");
    let lista = pagina(&maria, "/sessoes");
    for (chave, _) in de_quem(&armazem, "admin") {
        assert!(!lista.contains(chave.como_texto()), "{lista}");
        enviar(&maria, "/sessoes/encerrar", &format!("chave={}", chave.como_texto()));
        assert!(pagina(&maria, "/sessoes").contains("Nenhuma sessão foi encerrada."));
    }
    assert!(pagina(&admin, "/perfil").contains("Cargo: admin"));
    let visitante = cliente(aplicacao_com(false, armazem));
    leva_ao_login(visitante.get("/sessoes").dispatch(), "visitante");
}

#[test]
fn trocar_a_senha_encerra_as_outras_sessoes_e_da_outro_id_a_esta() {
    let armazem = memoria();
    let [aqui, la] =
        dois_navegadores(&armazem, "username=maria&password=456&lembrar=on");
    let copia = aqui.cookies().get(COOKIE).unwrap().clone();
    let resposta = enviar(&aqui, "/senha", "atual=456&nova=uma+senha+nova");
    assert_eq!(resposta.headers().get_one("Location"), Some("/sessoes"));
    assert!(resposta.cookies().get(COOKIE).unwrap().expires_datetime().is_some());
    assert!(pagina(&aqui, "/sessoes").contains("As outras sessões terminaram."));
    leva_ao_login(la.get("/perfil").dispatch(), "a outra");
    leva_ao_login(aqui.get("/perfil").cookie(copia).dispatch(), "o id de antes");

    sair(&aqui);
    login_invalido(entrar(&aqui, "username=maria&password=456"), "a senha de antes");
    let certa = entrar(&aqui, "username=maria&password=uma+senha+nova");
    assert_eq!(certa.status(), Status::SeeOther);
}

#[test]
fn uma_senha_nova_curta_ou_a_atual_errada_nao_muda_nada() {
    let armazem = memoria();
    let [aqui, la] = dois_navegadores(&armazem, "username=maria&password=456");
    for (corpo, motivo) in [
        ("", "Preencha as duas senhas"),
        ("atual=456&nova=1234567", "A senha nova precisa de 8 caracteres"),
        ("atual=123&nova=uma+senha+nova", "A senha atual não é essa"),
        ("atual=&nova=uma+senha+nova", "A senha atual não é essa"),
    ] {
        let resposta = enviar(&aqui, "/senha", corpo);
        assert_eq!(resposta.status(), Status::UnprocessableEntity, "{corpo}");
        let pagina = resposta.into_string().unwrap();
        assert!(pagina.contains(motivo), "{pagina}");
    }
    for navegador in [&aqui, &la] {
        assert!(pagina(navegador, "/perfil").contains("Cargo: cliente"));
    }
    sair(&aqui);
    let entrou = entrar(&aqui, "username=maria&password=456");
    assert_eq!(entrou.status(), Status::SeeOther);
}

#[test]
fn quem_erra_a_senha_atual_vezes_demais_tambem_espera() {
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=maria&password=456");
    for vez in 1..=10 {
        let resposta = enviar(&navegador, "/senha", "atual=errada&nova=uma+senha+nova");
        let pagina = resposta.into_string().unwrap();
        assert!(pagina.contains("A senha atual não é essa"), "{vez}ª vez: {pagina}");
    }
    let certa = enviar(&navegador, "/senha", "atual=456&nova=uma+senha+nova");
    assert_eq!(certa.status(), Status::TooManyRequests);
    let segundos: u32 =
        certa.headers().get_one("Retry-After").unwrap().parse().unwrap();
    assert!((841..=900).contains(&segundos), "{segundos}");
    let pagina = certa.into_string().unwrap();
    assert!(pagina.contains("Muitas tentativas. Tente de novo em 15 min."), "{pagina}");
}

#[test]
fn uma_troca_de_senha_que_nao_se_pode_gravar_nao_troca_a_senha() {
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=maria&password=456");
    // O carrinho ocupa quase tudo, e o aviso "Senha trocada." não cabe.
    por(&navegador, &"b".repeat(32_000));
    por(&navegador, &"c".repeat(1_600));
    let mut letras = 32_000;
    while por(&navegador, &"a".repeat(letras)).status() == Status::PayloadTooLarge {
        letras -= 16;
    }
    let resposta = enviar(&navegador, "/senha", "atual=456&nova=uma+senha+nova");
    assert_eq!(resposta.status(), Status::PayloadTooLarge);
    sair(&navegador);
    let entrou = entrar(&navegador, "username=maria&password=456");
    assert_eq!(entrou.status(), Status::SeeOther);
}

#[test]
fn se_o_armazenamento_para_logo_depois_da_troca_a_senha_ja_e_outra() {
    let (armazem, navegador) = com_intrometido();
    entrar(&navegador, "username=maria&password=456");
    let csrf = token(&navegador);
    // Falha a gravação desta sessão, que ganhou outro id.
    armazem.sempre("criar");
    let corpo = format!("csrf={csrf}&atual=456&nova=uma+senha+nova");
    let requisicao = navegador.post("/senha").header(ContentType::Form);
    let resposta = requisicao.body(corpo).dispatch();
    assert_eq!(resposta.status(), Status::ServiceUnavailable);
    armazem.nunca();
    leva_ao_login(navegador.get("/perfil").dispatch(), "o id de antes");
    login_invalido(entrar(&navegador, "username=maria&password=456"), "a de antes");
    let certa = entrar(&navegador, "username=maria&password=uma+senha+nova");
    assert_eq!(certa.status(), Status::SeeOther);
}

#[test]
fn encerrar_vale_mesmo_que_o_aviso_nao_se_grave() {
    let (armazem, navegador) = com_intrometido();
    let outro = armazem.navegador();
    for navegador in [&navegador, &outro] {
        entrar(navegador, "username=maria&password=456");
    }
    let csrf = token(&navegador);
    armazem.sempre("trocar");
    let requisicao = navegador.post("/sessoes/encerrar_outras");
    let requisicao = requisicao.header(ContentType::Form).body(format!("csrf={csrf}"));
    assert_eq!(requisicao.dispatch().status(), Status::ServiceUnavailable);
    armazem.nunca();
    assert_eq!(de_quem(&armazem.aberto(), "maria").len(), 1);
    assert!(pagina(&navegador, "/perfil").contains("Cargo: cliente"));
}

#[test]
fn o_ultimo_uso_so_e_gravado_a_cada_decimo_do_limite() {
    let armazem = memoria();
    let navegador = cliente(aplicacao_com(false, armazem.clone()));
    let id = id(&entrar(&navegador, "username=maria&password=456"));
    let usada = || guardada(&navegador, &id).unwrap()["marcas"]["usada"].as_i64();
    let login = usada();
    esperar(&navegador, Duration::seconds(179));
    pagina(&navegador, "/perfil");
    assert_eq!(usada(), login);
    esperar(&navegador, Duration::seconds(2));
    pagina(&navegador, "/perfil");
    assert!(usada() > login);
}

#[test]
fn quem_entrava_com_a_senha_antiga_durante_a_troca_nao_fica() {
    for armazem in [memoria(), Aberto { lista: None, ..memoria() }] {
        let navegador = cliente(aplicacao_com(false, armazem));
        let login = id(&entrar(&navegador, "username=maria&password=456"));
        let do_login = guardada(&navegador, &login).unwrap().to_string();
        enviar(&navegador, "/senha", "atual=456&nova=uma+senha+nova");
        // Só agora é gravado o registro de um login que conferiu a senha antes da
        // troca.
        let tarde = com_registro(&navegador, &do_login);
        let perfil = navegador.get("/perfil").private_cookie(tarde).dispatch();
        leva_ao_login(perfil, "a senha antiga");
    }
}

#[test]
fn uma_conta_tem_ate_50_sessoes_e_a_parada_ha_mais_tempo_da_lugar_a_nova() {
    let armazem = memoria();
    let navegador = cliente(aplicacao_com(false, armazem.clone()));
    let valores = json!({ "username": "maria", "user_id": 67890 });
    let ids: Vec<String> = (0..50)
        .map(|minutos| {
            let usada = agora() - 60 * (minutos % 7);
            let texto = com_horas(agora() - 600, usada, valores.clone());
            com_registro_de(&navegador, &texto, Some("sessoes:maria")).1
        })
        .collect();
    let velhas: Vec<&String> = ids.iter().skip(6).step_by(7).collect();
    entrar(&navegador, "username=maria&password=456");
    assert_eq!(de_quem(&armazem, "maria").len(), 50);
    let sairam = velhas.iter().filter(|id| guardada(&navegador, id).is_none());
    assert_eq!(sairam.count(), 1);
    // Quem entra de novo no mesmo navegador não tira o lugar de ninguém.
    entrar(&navegador, "username=maria&password=456");
    let sairam = ids.iter().filter(|id| guardada(&navegador, id).is_none());
    assert_eq!(sairam.count(), 1);
}

#[test]
fn dois_sites_no_mesmo_armazenamento_nao_veem_as_sessoes_um_do_outro() {
    let armazem = memoria();
    let [loja, blog] = ["loja", "blog"].map(|nome| {
        cliente(com_site(armazem.clone(), |site| site.nome = nome.to_owned()))
    });
    for navegador in [&loja, &blog] {
        entrar(navegador, "username=maria&password=456");
    }
    assert_eq!(pagina(&loja, "/sessoes").matches("Desde ").count(), 1);
    enviar(&loja, "/sessoes/encerrar_outras", "");
    assert!(pagina(&blog, "/perfil").contains("Cargo: cliente"));
}

#[test]
fn um_aviso_aparece_na_proxima_pagina_seja_ela_qual_for() {
    let navegador = cliente(aplicacao(false));
    entrar(&navegador, "username=maria&password=456");
    enviar(&navegador, "/sessoes/encerrar_outras", "");
    assert!(pagina(&navegador, "/carrinho").contains("Nenhuma sessão foi encerrada."));
    assert!(!pagina(&navegador, "/sessoes").contains("Nenhuma sessão foi encerrada."));
}

#[test]
fn sem_login_minhas_sessoes_levam_ao_login_e_dele_de_volta() {
    let navegador = cliente(aplicacao(false));
    let resposta = navegador.get("/sessoes").dispatch();
    let destino = resposta.headers().get_one("Location");
    assert_eq!(destino, Some("/login?volta=%2Fsessoes"));
}

#[test]
fn onde_o_armazenamento_nao_sabe_procurar_a_pagina_diz_isso() {
    let armazem = Aberto { lista: None, ..memoria() };
    let navegador = cliente(aplicacao_com(false, armazem));
    entrar(&navegador, "username=maria&password=456");
    let lista = pagina(&navegador, "/sessoes");
    assert!(lista.contains("O Memcached não sabe procurar"), "{lista}");
    enviar(&navegador, "/sessoes/encerrar_outras", "");
    assert!(pagina(&navegador, "/sessoes").contains("não sabe que sessões são suas."));
    // O carimbo da senha não precisa da lista.
    enviar(&navegador, "/senha", "atual=456&nova=uma+senha+nova");
    assert!(pagina(&navegador, "/sessoes").contains("As outras sessões terminaram."));
}

// Os testes seguintes mostram o que esta sessão ainda não faz.

#[test]
fn atalho_cada_visitante_que_abre_um_formulario_ocupa_um_registro() {
    let armazem = memoria();
    let visitante = cliente(aplicacao_com(false, armazem.clone()));
    for caminho in ["/", "/dashboard", "/estilo.css", "/nao-existe", "/saude"] {
        let resposta = visitante.get(caminho).dispatch();
        assert_eq!(resposta.headers().get_one("Set-Cookie"), None, "{caminho}");
    }
    let login = visitante.get("/login").dispatch();
    assert!(guardada(&visitante, &id(&login)).is_some());
}

#[test]
fn atalho_a_senha_trocada_some_quando_o_programa_reinicia_e_a_sessao_nao() {
    let (armazem, chave) = (memoria(), shared::chave_nova().unwrap());
    let antes = com_chaves(&armazem, &chave, &[]);
    entrar(&antes, "username=maria&password=456");
    enviar(&antes, "/senha", "atual=456&nova=uma+senha+nova");
    let cookie = antes.cookies().get(COOKIE).unwrap().clone();
    assert!(antes.rocket().state::<Senhas>().is_some());

    let depois = com_chaves(&armazem, &chave, &[]);
    let perfil = depois.get("/perfil").cookie(cookie).dispatch();
    assert_eq!(perfil.status(), Status::Ok);
    let entrou = entrar(&depois, "username=maria&password=456");
    assert_eq!(entrou.status(), Status::SeeOther);
}

#[test]
fn atalho_a_senha_trocada_em_uma_instancia_nao_vale_na_outra() {
    let armazem = memoria();
    let [uma, outra] =
        [(), ()].map(|()| cliente(aplicacao_com(false, armazem.clone())));
    entrar(&uma, "username=maria&password=456");
    enviar(&uma, "/senha", "atual=456&nova=uma+senha+nova");
    let nova = entrar(&outra, "username=maria&password=uma+senha+nova");
    login_invalido(nova, "a nova, na outra");
    let antiga = entrar(&outra, "username=maria&password=456");
    assert_eq!(antiga.status(), Status::SeeOther);
}

/// Um armazenamento em que algo acontece logo antes de uma operação.
struct Intrometido {
    dentro: Aberto,
    antes: Mutex<Option<(&'static str, Intromissao)>>,
    /// Verdadeiro se outra requisição sempre grava antes.
    perde: AtomicBool,
}

type Funcao = Box<dyn FnOnce(&dyn Armazem, &Chave) -> Resposta<()> + Send>;

enum Intromissao {
    UmaVez(Funcao),
    FalhaSempre,
}

/// Um armazenamento assim, e um navegador para a aplicação que o usa.
fn com_intrometido() -> (Arc<Intrometido>, Client) {
    let armazem = Arc::new(Intrometido {
        dentro: memoria(),
        antes: Mutex::new(None),
        perde: AtomicBool::new(false),
    });
    let navegador = armazem.navegador();
    (armazem, navegador)
}

impl Intrometido {
    fn aberto(self: &Arc<Self>) -> Aberto {
        Aberto { armazem: self.clone(), lista: self.dentro.lista.clone() }
    }

    fn navegador(self: &Arc<Self>) -> Client {
        cliente(aplicacao_com(false, self.aberto()))
    }

    fn uma_vez(
        &self,
        operacao: &'static str,
        funcao: impl FnOnce(&dyn Armazem, &Chave) -> Resposta<()> + Send + 'static,
    ) {
        let intromissao = Intromissao::UmaVez(Box::new(funcao));
        *self.antes.lock().unwrap() = Some((operacao, intromissao));
    }

    fn sempre(&self, operacao: &'static str) {
        *self.antes.lock().unwrap() = Some((operacao, Intromissao::FalhaSempre));
    }

    fn nunca(&self) {
        *self.antes.lock().unwrap() = None;
    }

    fn antes_de(&self, operacao: &str, chave: &Chave) -> Resposta<()> {
        let intromissao =
            self.antes.lock().unwrap().take_if(|(qual, _)| *qual == operacao);
        match intromissao {
            None => Ok(()),
            Some((_, Intromissao::UmaVez(funcao))) => {
                funcao(self.dentro.armazem.as_ref(), chave)
            }
            Some(falha) => {
                *self.antes.lock().unwrap() = Some(falha);
                Err(Falha::ForaDoAr("parado pelo teste".to_owned()))
            }
        }
    }
}

#[async_trait]
impl Armazem for Intrometido {
    async fn criar(
        &self,
        chave: &Chave,
        registro: &Registro,
    ) -> Resposta<Option<Versao>> {
        self.antes_de("criar", chave)?;
        self.dentro.armazem.criar(chave, registro).await
    }

    async fn ler(&self, chave: &Chave) -> Resposta<Option<(Registro, Versao)>> {
        self.antes_de("ler", chave)?;
        self.dentro.armazem.ler(chave).await
    }

    async fn trocar(
        &self,
        chave: &Chave,
        versao: Versao,
        registro: &Registro,
    ) -> Resposta<Option<Versao>> {
        self.antes_de("trocar", chave)?;
        if self.perde.load(Ordering::SeqCst) {
            return Ok(None);
        }
        self.dentro.armazem.trocar(chave, versao, registro).await
    }

    async fn apagar(&self, chave: &Chave, versao: Option<Versao>) -> Resposta<bool> {
        self.antes_de("apagar", chave)?;
        self.dentro.armazem.apagar(chave, versao).await
    }
}

/// Muda os valores de um registro, como faria outra requisição.
fn mudar(dentro: &dyn Armazem, chave: &Chave, funcao: impl Fn(&mut Value)) {
    let (mut registro, versao) = ja(dentro.ler(chave)).unwrap().unwrap();
    let mut guardada: Value = serde_json::from_str(&registro.texto).unwrap();
    funcao(&mut guardada["valores"]);
    registro.texto = guardada.to_string();
    assert!(ja(dentro.trocar(chave, versao, &registro)).unwrap().is_some());
}

/// Dois navegadores com o mesmo login, em dois servidores com as mesmas sessões.
fn dois_navegadores(armazem: &Aberto, login: &str) -> [Client; 2] {
    ["Navegador daqui", "Navegador de lá"].map(|nome| {
        let navegador = cliente(aplicacao_com(false, armazem.clone()));
        let corpo = format!("csrf={}&{login}", token(&navegador));
        let requisicao = navegador.post("/login_submit").header(ContentType::Form);
        requisicao.header(Header::new("User-Agent", nome)).body(corpo).dispatch();
        navegador
    })
}

/// Uma cópia do cookie que a resposta manda guardar.
fn copiado(resposta: &LocalResponse<'_>) -> Cookie<'static> {
    resposta.cookies().get(COOKIE).unwrap().clone()
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
    let cookie = com_registro(navegador, &sessao(valores));
    navegador.get(caminho).private_cookie(cookie).dispatch()
}

/// Põe no armazenamento um registro com este texto, e devolve o cookie que o aponta.
fn com_registro(navegador: &Client, texto: &str) -> (&'static str, String) {
    com_registro_de(navegador, texto, None)
}

fn com_registro_de(
    navegador: &Client,
    texto: &str,
    usuario: Option<&str>,
) -> (&'static str, String) {
    let id = super::sessao::sortear().unwrap();
    let (texto, vence) = (texto.to_owned(), agora() + 3_600);
    let registro = Registro { texto, usuario: usuario.map(str::to_owned), vence };
    let criado = ja(do_servidor(navegador).criar(&Chave::do_id(&id), &registro));
    assert!(criado.unwrap().is_some());
    (COOKIE, id)
}

/// O que o armazenamento guarda da sessão deste id.
fn guardada(navegador: &Client, id: &str) -> Option<Value> {
    let lido = ja(do_servidor(navegador).ler(&Chave::do_id(id))).unwrap();
    lido.map(|(registro, _)| serde_json::from_str(&registro.texto).unwrap())
}

/// O texto de uma sessão com estes valores, criada e usada agora.
fn sessao(valores: Value) -> String {
    com_horas(agora(), agora(), valores)
}

fn com_horas(criada: i64, usada: i64, valores: Value) -> String {
    let marcas = json!({ "criada": criada, "usada": usada, "lembrar": false });
    json!({ "versao": 1, "marcas": marcas, "navegador": "", "valores": valores })
        .to_string()
}

fn agora() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

/// Faz o relógio do servidor andar.
fn esperar(navegador: &Client, tempo: Duration) {
    let Adiantado(segundos) = navegador.rocket().state().unwrap();
    segundos.fetch_add(tempo.whole_seconds(), Ordering::SeqCst);
}

/// Quantos segundos o relógio da aplicação está adiantado.
struct Adiantado(Arc<AtomicI64>);

/// O id que a resposta manda o navegador guardar.
fn id(resposta: &LocalResponse<'_>) -> String {
    resposta.cookies().get_private(COOKIE).unwrap().value().to_owned()
}

/// A aplicação do capítulo, atrás de HTTPS ou não, com as sessões na memória.
fn aplicacao(https: bool) -> Rocket<Build> {
    aplicacao_com(https, memoria())
}

fn aplicacao_com(https: bool, armazem: Aberto) -> Rocket<Build> {
    com_site(armazem, |site| site.https = https)
}

/// A aplicação com estas sessões, estes ajustes e um relógio que o teste adianta.
fn com_site(armazem: Aberto, ajustar: impl FnOnce(&mut Site)) -> Rocket<Build> {
    let configuracao = configuracao();
    let site = Site::da_configuracao(&configuracao, Path::new("."));
    let adiantado = Arc::new(AtomicI64::new(0));
    let segundos = adiantado.clone();
    let relogio = move || agora() + segundos.load(Ordering::SeqCst);
    let Aberto { armazem, lista } = armazem;
    let site = rocket::execute(site).unwrap();
    let mut site = Site { armazem, lista, relogio: Box::new(relogio), ..site };
    ajustar(&mut site);
    super::rocket(site).manage(Adiantado(adiantado))
}

fn configuracao() -> Figment {
    shared::configuracao(env!("CARGO_MANIFEST_DIR"))
        .merge(("sessao_url", "memoria:"))
        .merge(("diario", false))
}

fn memoria() -> Aberto {
    rocket::execute(armazem::abrir("memoria:", Path::new("."))).unwrap()
}

fn do_servidor(navegador: &Client) -> &dyn Armazem {
    navegador.rocket().state::<Site>().unwrap().armazem.as_ref()
}

/// Os registros que o armazenamento acha desta pessoa.
fn de_quem(armazem: &Aberto, username: &str) -> Vec<(Chave, Registro)> {
    let lista = armazem.lista.as_ref().unwrap();
    ja(lista.do_usuario(&format!("sessoes:{username}"))).unwrap()
}

/// O que a memória responde sem esperar.
fn ja<T>(operacao: impl Future<Output = T>) -> T {
    operacao.now_or_never().unwrap()
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
