//! O que o capítulo 18 promete.

use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use rocket::futures::FutureExt;
use rocket::http::{ContentType, Method};
use rocket::local::blocking::Client;
use rocket::{Build, Rocket, async_trait, get, post, routes};
use serde_json::{Value, json};
use teste::{Resposta, Visitante};
use time::{Duration, OffsetDateTime};

use super::Tentativas;
use super::contas::{self, Senhas};
use crate::ajustes::Site;
use crate::armazem::Resposta as DoArmazem;
use crate::armazem::{self, Aberto, Armazem, Chave, Falha, Registro, Versao};
use crate::sessao::{ErroDeSessao, Sessao};

teste::promessas!(aplicacao: casa, login, corpos, paginas, saida, dicionario);

/// O cookie da sessão, com o mesmo nome que no Flask.
const COOKIE: &str = "session";

#[test]
fn o_cookie_so_leva_um_id_sorteado_e_o_armazenamento_so_guarda_o_hash_dele() {
    let armazem = memoria();
    let mut admin = em(&armazem);
    let ids = [(); 3].map(|()| {
        admin.entrar();
        id(&admin)
    });
    let dele = de_quem(&armazem, "admin");
    let [(chave, registro)] = &dele[..] else { panic!("{} registros", dele.len()) };
    // Cada login sorteia um id, e só o último ainda tem registro.
    assert_eq!(chave, &Chave::do_id("sessoes", &ids[2]));
    assert_eq!(chave.como_texto().len(), 64);
    for id in &ids {
        assert_eq!(id.len(), 32, "{id}");
        assert!(id.bytes().all(|letra| letra.is_ascii_hexdigit()), "{id}");
        assert_eq!(ids.iter().filter(|outro| *outro == id).count(), 1);
        assert!(!chave.como_texto().contains(id) && !registro.texto.contains(id));
    }
    // O id sem criptografia, ou criptografado com a chave de outro servidor.
    let mut em_claro = admin.outro();
    em_claro.cookies.insert(COOKIE.to_owned(), ids[2].clone());
    em_claro.esta_fora("em claro");
    let mut de_outra_chave = em(&armazem);
    de_outra_chave.cookies = admin.cookies.clone();
    de_outra_chave.esta_fora("de outra chave");
}

#[test]
fn o_cookie_nao_cresce_com_a_sessao() {
    let site = com_site(memoria(), |site| site.https = true);
    let mut visitante = Visitante::novo(site.mount("/", routes![encher]));
    for letras in [1, 30_000] {
        assert_eq!(visitante.postar(&format!("/encher/{letras}"), "").codigo, 200);
        assert!(visitante.cookies["__Host-session"].len() < 200, "{letras}");
    }
}

#[test]
fn um_valor_do_site_com_outro_tipo_conta_como_sessao_encerrada() {
    let servidor = visitante();
    let certos = json!({ "username": "admin", "user_id": 1 });
    for (chave, valor) in [
        ("user_id", json!("doze mil")),
        ("user_id", json!(-1)),
        ("user_id", json!(12.5)),
        ("user_id", json!(null)),
        ("username", json!(5)),
        ("role", json!([])),
        ("carimbo", json!({})),
    ] {
        let mut valores = certos.clone();
        valores[chave] = valor;
        let mut visitante = com_valores(&servidor, valores.clone());
        visitante.clone().abrir("/login").mostra("<h1>Entrar</h1>");
        visitante.esta_fora(&valores.to_string());
    }
    com_valores(&servidor, certos).abrir("/dashboard").mostra("Bem-vindo, admin!");
}

#[test]
fn um_registro_de_outro_formato_conta_como_sessao_encerrada() {
    let servidor = visitante();
    let certa =
        com_horas(agora(), agora(), json!({ "username": "admin", "user_id": 1 }));
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
        com_registro(&servidor, texto).esta_fora(texto);
    }
    com_registro(&servidor, &certa).abrir("/perfil").mostra("Cargo: visitante");
}

#[test]
fn um_id_que_o_servidor_nao_sorteou_nunca_e_adotado() {
    let id_inventado = "0123456789abcdef".repeat(2);
    let longo = "a".repeat(3_000);
    let do_capitulo_6 = r#"{"username":"admin","user_id":12345,"role":"admin"}"#;
    for inventado in [&id_inventado, "", "admin", "../../etc", &longo, do_capitulo_6] {
        let mut vitima = visitante();
        vitima.forjar(COOKIE, inventado);
        let mut copia = vitima.clone();
        copia.esta_fora(inventado);
        vitima.abrir("/login").mostra("Sua sessão terminou.");
        vitima.entrar();
        assert_ne!(id(&vitima), inventado);
        copia.esta_fora(inventado);
    }
}

#[test]
fn lembrar_de_mim_faz_um_cookie_de_30_dias() {
    let mut visitante = visitante();
    let validade = lembrado(&mut visitante).cookies[0].expires_datetime().unwrap();
    let dias = Duration::seconds(validade.unix_timestamp() - agora()).whole_hours();
    assert!((719..=720).contains(&dias), "{dias} horas");
    esperar(&visitante, Duration::days(6));
    visitante.abrir("/perfil").mostra("Cargo: admin");
    // A caixa só tem um valor.
    let campos = "username=admin&password=123&lembrar=talvez";
    visitante.postar("/login_submit", campos).login_invalido("talvez");
}

#[test]
fn uma_sessao_sem_uso_termina_e_o_login_diz_por_que() {
    let mut admin = dentro("admin");
    esperar(&admin, Duration::minutes(29));
    admin.abrir("/perfil").mostra("Cargo: admin");
    esperar(&admin, Duration::minutes(30));
    admin.esta_fora("30 min sem uso");
    admin.abrir("/login").mostra("Sua sessão terminou por falta de uso.</p>");
    // O motivo é dito uma vez: o navegador já não traz o cookie.
    assert!(!admin.abrir("/login").corpo.contains("terminou"));
}

#[test]
fn o_limite_absoluto_encerra_ate_a_sessao_em_uso() {
    let mut admin = dentro("admin");
    for _ in (20..480).step_by(20) {
        esperar(&admin, Duration::minutes(20));
        admin.abrir("/perfil").mostra("Cargo: admin");
    }
    esperar(&admin, Duration::minutes(20));
    admin.esta_fora("8 h");
    admin.abrir("/login").mostra("chegou ao tempo máximo");
}

#[test]
fn um_novo_login_conta_o_tempo_de_novo() {
    let mut visitante = visitante();
    for _ in 0..3 {
        visitante.entrar();
        for _ in 0..20 {
            esperar(&visitante, Duration::minutes(20));
            visitante.abrir("/perfil").mostra("Cargo: admin");
        }
    }
}

#[test]
fn uma_copia_do_cookie_deixa_de_abrir_no_prazo() {
    let mut visitante = visitante();
    lembrado(&mut visitante);
    let mut copia = visitante.clone();
    copia.clone().abrir("/perfil").mostra("Cargo: admin");
    esperar(&copia, Duration::days(7));
    copia.esta_fora("7 dias sem uso");
}

#[test]
fn uma_hora_do_futuro_e_recusada_salvo_a_diferenca_entre_dois_relogios() {
    let servidor = visitante();
    let com_horas = |criada, usada| {
        let valores = json!({ "username": "admin", "user_id": 1 });
        com_registro(&servidor, &com_horas(criada, usada, valores))
    };
    for (adiante, vale) in [(0, true), (50, true), (120, false), (i64::MAX / 2, false)]
    {
        let futuro = agora() + adiante;
        for criada in [futuro, agora()] {
            let aceita = com_horas(criada, futuro).abrir("/perfil").codigo == 200;
            assert_eq!(aceita, vale, "{adiante} s adiante");
        }
    }
    // O errado pode ser este relógio: nem o registro sai, nem o cookie.
    let futuro = agora() + 300;
    let mut adiantado = com_horas(futuro, futuro);
    let login = adiantado.abrir("/login");
    login.mostra("diz vir do futuro");
    assert_eq!(login.cabecalho("Set-Cookie"), None);
    esperar(&servidor, Duration::minutes(5));
    adiantado.clone().abrir("/dashboard").mostra("Bem-vindo, admin!");
    // Mas quem sai dele sai, e nenhuma cópia abre depois.
    esperar(&servidor, Duration::minutes(-5));
    let mut copia = adiantado.clone();
    adiantado.postar("/logout", "").leva_a("/login", "do futuro");
    esperar(&servidor, Duration::minutes(5));
    copia.esta_fora("saiu pelo relógio atrasado");
}

#[test]
fn horas_absurdas_nao_derrubam_o_servidor() {
    let servidor = visitante();
    for criada in [i64::MIN, -1, 0, i64::MAX] {
        for usada in [i64::MIN, -1, 0, i64::MAX] {
            let sessao = com_horas(criada, usada, json!({ "username": "admin" }));
            com_registro(&servidor, &sessao).esta_fora(&format!("{criada} {usada}"));
        }
    }
}

#[test]
fn limites_que_nao_servem_impedem_o_inicio_e_dizem_por_que() {
    let recusa = |figment: &Figment| crate::validade::limites(figment).err().unwrap();
    for (ajuste, valor, motivo) in [
        ("comum.inatividade", 0, "`sessao.comum.inatividade` deve ser"),
        ("comum.inatividade", -1, "`sessao.comum.inatividade` deve ser"),
        ("lembrada.absoluto", 4_294_967_296_i64, "`sessao.lembrada.absoluto` deve ser"),
        (
            "comum.inatividade",
            28_801,
            "em `sessao.comum`, `inatividade` não pode passar de `absoluto`",
        ),
        ("comum.inatvidade", 60, "não conheço `inatvidade` em `sessao`"),
    ] {
        let erro = recusa(&configuracao().merge((format!("sessao.{ajuste}"), valor)));
        assert!(erro.starts_with(motivo), "{ajuste} = {valor}: {erro}");
    }
    let erro = recusa(&Figment::new());
    assert!(erro.starts_with("falta `sessao` no Rocket.toml"), "{erro}");
}

// Quem entra.

#[test]
fn sem_login_as_paginas_levam_ao_login_e_ele_leva_de_volta() {
    for pagina in ["/dashboard", "/perfil", "/sessoes"] {
        let mut visitante = visitante();
        let resposta = visitante.abrir(pagina);
        let destino = resposta.cabecalho("Location").unwrap();
        assert_eq!(destino, format!("/login?volta={}", pagina.replace('/', "%2F")));
        let escrita = pagina.replace('/', "&#x2f;");
        let campo = format!(r#"name="volta" value="{escrita}""#);
        visitante.abrir(destino).mostra(&campo);
        let campos = format!("username=admin&password=123&volta={pagina}");
        visitante.postar("/login_submit", &campos).leva_a(pagina, "volta");
    }
}

#[test]
fn um_endereco_de_volta_nunca_leva_a_outro_site() {
    for volta in [
        "//evil.example",
        "https://evil.example",
        "%2F%2Fevil.example",
        "%252F%252Fevil.example",
        "/%5Cevil.example",
        "/%09/evil.example",
        "/%0D%0ALocation:%20https://evil.example",
        "javascript:alert(1)",
        "/perfil%00",
        "/a%2F%2Fevil.example",
        "evil.example",
        &format!("/{}", "a".repeat(200)),
        "",
    ] {
        let campos = format!("username=admin&password=123&volta={volta}");
        let resposta = visitante().postar("/login_submit", &campos);
        resposta.leva_a("/dashboard", volta);
    }
}

#[test]
fn a_pagina_do_admin_pede_login_e_o_cargo() {
    for (mut quem, codigo, titulo) in [
        (visitante(), 401, "Login necessário"),
        (dentro("maria"), 403, "Acesso negado"),
        (dentro("admin"), 200, "Administração"),
    ] {
        quem.cabecalhos.push(("Accept", "text/html".to_owned()));
        let Resposta { codigo: veio, corpo, .. } = quem.abrir("/admin");
        assert_eq!(veio, codigo, "{titulo}");
        assert!(corpo.contains(&format!("<h1>{titulo}</h1>")), "{corpo}");
    }
}

#[test]
fn quem_perde_o_cargo_perde_a_pagina_do_admin() {
    let mut admin = dentro("admin");
    admin.enviar("/perfil", "/remover_cargo", &[]);
    assert_eq!(admin.abrir("/admin").codigo, 403);
}

#[test]
fn uma_senha_errada_e_uma_conta_que_nao_existe_recebem_a_mesma_resposta() {
    let resposta = |username| {
        let mut visitante = visitante();
        visitante.entrar_com(username, "errada").corpo
    };
    assert_eq!(resposta("admin"), resposta("ninguem"));
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
    // O trabalho do Argon2id está nos parâmetros do hash, não no relógio deste teste.
    let hashes = super::CONTAS.map(|conta| conta.hash);
    for hash in hashes.into_iter().chain([contas::DE_NINGUEM]) {
        let hash = argon2::PasswordHash::new(hash).unwrap();
        assert_eq!(hash.algorithm.as_str(), "argon2id");
        let parametros = argon2::Params::try_from(&hash).unwrap();
        let (memoria, passadas) = (parametros.m_cost(), parametros.t_cost());
        assert_eq!((memoria, passadas, parametros.p_cost()), (19 * 1_024, 2, 1));
    }
}

#[test]
fn dez_erros_em_uma_conta_pedem_uma_espera_de_15_minutos() {
    let mut visitante = visitante();
    // Um acerto recomeça a conta dos erros.
    for erros in [9, 9, 10] {
        visitante.entrar().leva_a("/dashboard", "certa");
        for _ in 0..erros {
            visitante.entrar_com("admin", "errada").login_invalido("errada");
        }
    }
    pede_15_minutos(&visitante.entrar());

    visitante.entrar_com("maria", "456").leva_a("/dashboard", "outra conta");
    visitante.sair();
    esperar(&visitante, Duration::minutes(15));
    visitante.entrar().leva_a("/dashboard", "depois da espera");
}

#[track_caller]
fn pede_15_minutos(resposta: &Resposta) {
    assert_eq!(resposta.codigo, 429);
    let segundos: u32 = resposta.cabecalho("Retry-After").unwrap().parse().unwrap();
    assert!((841..=900).contains(&segundos), "{segundos}");
    let aviso = "Muitas tentativas. Tente de novo em 15 min.";
    assert!(resposta.corpo.contains(aviso), "{}", resposta.corpo);
}

#[test]
fn um_endereco_que_tenta_muitas_contas_espera_e_a_conta_de_outra_pessoa_nao() {
    let tentativas = Tentativas::default();
    let [um, outro] = dois_enderecos();
    // Quem acerta não conta contra o endereço.
    for _ in 0..100 {
        assert_eq!(tentativas.contar("maria", um, 0), Ok(()));
        tentativas.esquecer("maria", um);
    }
    for numero in 0..50 {
        assert_eq!(tentativas.contar(&format!("conta{numero}"), um, 0), Ok(()));
    }
    for _ in 0..10 {
        assert_eq!(tentativas.contar("maria", um, 10), Err(890));
    }
    assert_eq!(tentativas.contar("maria", outro, 10), Ok(()));
    assert_eq!(tentativas.contar("maria", um, 900), Ok(()));
}

#[test]
fn nomes_inventados_nao_enchem_a_memoria_nem_apagam_a_espera_de_uma_conta() {
    let tentativas = Tentativas::default();
    let [um, outro] = dois_enderecos();
    for _ in 0..10 {
        assert_eq!(tentativas.contar("admin", um, 0), Ok(()));
    }
    for numero in 0..10_100 {
        let _ = tentativas.contar(&format!("conta{numero}"), um, 1);
    }
    assert_eq!(tentativas.contar("admin", outro, 10), Err(890));
    // De muitos endereços, a memória enche; quem errou mais vezes é o último a sair.
    for numero in 0..5_100_u32 {
        let de_la = Some(std::net::Ipv4Addr::from(numero).into());
        assert_eq!(tentativas.contar(&format!("nome{numero}"), de_la, 20), Ok(()));
    }
    assert_eq!(tentativas.contar("admin", outro, 30), Err(870));
    // Com ela cheia, a conta que chega agora também é contada.
    for _ in 0..10 {
        assert_eq!(tentativas.contar("nova", None, 40), Ok(()));
    }
    assert!(tentativas.contar("nova", None, 40).is_err());
}

fn dois_enderecos() -> [Option<IpAddr>; 2] {
    ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse().ok())
}

// De onde vem a requisição.

/// As rotas que mudam algo, como o site as montou: nenhuma fica fora destes testes.
fn rotas_que_mudam(visitante: &Visitante) -> Vec<String> {
    let rotas = visitante.servidor().rocket().routes();
    let rotas = rotas.filter(|rota| rota.method == Method::Post);
    rotas.map(|rota| rota.uri.to_string()).collect()
}

/// O que as rotas esperam, para que só a origem as faça recusar.
const CAMPOS: &str =
    "username=maria&password=456&produto=x&atual=123&nova=12345678&chave=0";

#[test]
fn o_que_vem_de_outro_site_recebe_403_nao_escreve_cookie_e_nao_muda_nada() {
    let mut admin = dentro("admin");
    let rotas = rotas_que_mudam(&admin);
    assert!(rotas.len() >= 9, "{rotas:?}");
    for cabecalho in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://evil.example"),
        ("Origin", "http://localhost:8001"),
        ("Origin", "null"),
    ] {
        let mut de_fora = admin.clone();
        de_fora.cabecalhos.push(("Host", "localhost:8000".to_owned()));
        de_fora.cabecalhos.push((cabecalho.0, cabecalho.1.to_owned()));
        for caminho in &rotas {
            let resposta = de_fora.postar(caminho, CAMPOS);
            assert_eq!(resposta.codigo, 403, "{caminho} {cabecalho:?}");
            assert_eq!(resposta.cabecalho("Set-Cookie"), None, "{caminho}");
        }
    }
    admin.abrir("/perfil").mostra("Cargo: admin");
    admin.abrir("/carrinho").mostra("Nada ainda");
}

#[test]
fn um_formulario_aberto_antes_do_login_ou_em_outra_aba_vale_depois_dele() {
    let mut uma_aba = visitante();
    // As duas abas abriram a página antes que houvesse um cookie.
    uma_aba.abrir("/carrinho");
    por(&mut uma_aba, "caneca").leva_a("/carrinho", "a segunda aba");
    uma_aba.entrar();
    por(&mut uma_aba, "livro").leva_a("/carrinho", "aberto antes do login");
    uma_aba.abrir("/carrinho").mostra("<li>caneca: 1</li>");
    uma_aba.abrir("/carrinho").mostra("<li>livro: 1</li>");
}

#[test]
fn um_formulario_enviado_depois_que_a_sessao_terminou_leva_ao_login_que_diz_por_que() {
    for caminho in
        ["/remover_cargo", "/sessoes/encerrar", "/sessoes/encerrar_outras", "/senha"]
    {
        let mut maria = dentro("maria");
        esperar(&maria, Duration::minutes(30));
        let resposta = maria.postar(caminho, CAMPOS);
        resposta.leva_a("/login", caminho);
        maria.abrir("/login").mostra("terminou por falta de uso.</p>");
    }
    // O login e o carrinho não dependem da sessão que terminou.
    let mut maria = dentro("maria");
    esperar(&maria, Duration::minutes(30));
    por(&mut maria, "caneca").leva_a("/carrinho", "carrinho");
    let carrinho = maria.abrir("/carrinho");
    carrinho.mostra("terminou por falta de uso. O carrinho começou de novo.</p>");
    carrinho.mostra("<li>caneca: 1</li>");
    esperar(&maria, Duration::minutes(30));
    let login = maria.postar("/login_submit", "username=maria&password=456");
    login.leva_a("/dashboard", "a senha digitada não se perde");
}

#[test]
fn um_carrinho_que_nao_e_formulario_diz_o_que_falta() {
    let mut visitante = visitante();
    let grande = format!("produto={}", "a".repeat(40_000));
    for corpo in [b"{}".as_slice(), b"", &[0xff, 0xfe, 0x00], grande.as_bytes()] {
        let tipo = Some(ContentType::Form);
        let resposta = visitante.pedir(Method::Post, "/carrinho", tipo, corpo);
        let diz = resposta.corpo.contains("Escreva o nome do produto");
        assert!(resposta.codigo == 422 && diz, "{}", resposta.corpo);
    }
}

#[test]
fn get_e_head_nao_encerram_a_sessao_nem_mudam_o_cargo() {
    let mut admin = dentro("admin");
    for caminho in ["/logout", "/remover_cargo"] {
        for metodo in [Method::Get, Method::Head] {
            assert_eq!(admin.pedir(metodo, caminho, None, b"").codigo, 404);
        }
    }
    admin.abrir("/perfil").mostra("Cargo: admin");
}

// O que o navegador pode fazer com a resposta.

#[test]
fn com_https_o_cookie_tem_o_nome_e_os_atributos_que_o_prendem_a_este_site() {
    let mut visitante = com_https();
    for resposta in [por(&mut visitante, "caneca"), visitante.entrar()] {
        let enviado = resposta.set_cookie("__Host-session").unwrap();
        for atributo in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
            assert!(enviado.contains(atributo), "falta {atributo} em {enviado}");
        }
        for atributo in ["Domain", "Expires", "Max-Age"] {
            assert!(!enviado.contains(atributo), "sobra {atributo} em {enviado}");
        }
    }
    let mut com_nome_comum = visitante.outro();
    com_nome_comum.forjar(COOKIE, id(&visitante));
    com_nome_comum.esta_fora("nome comum");
}

#[test]
fn um_cookie_disfarcado_de_um_subdominio_vizinho_nao_toma_o_lugar_da_sessao() {
    let [velha, nova] = chaves();
    let armazem = memoria();
    for (chave, anteriores) in [(&velha, vec![]), (&nova, vec![&*velha])] {
        let com_https = |atual: &str, anteriores: &[&str]| {
            com_chaves_e(&armazem, atual, anteriores, |site| site.https = true)
        };
        let mut admin = com_https(&velha, &[]);
        admin.entrar();
        let mut maria = com_https(&velha, &[]);
        maria.entrar_com("maria", "456");
        let [dela, dele] = [&maria, &admin].map(|quem| &quem.cookies["__Host-session"]);
        let codificado = |valor: &str| valor.replace('/', "%2F").replace('=', "%3D");
        let (dela, dele) = (codificado(dela), codificado(dele));
        for nome in ["%5F%5FHost-session", "__Host%2dsession", "\u{2000}__Host-session"]
        {
            let mut vitima = com_https(chave, &anteriores);
            // O jar fica como o Rocket o deixaria: com o último.
            vitima.cookies.insert("__Host-session".to_owned(), dela.clone());
            let so_o_disfarce = vitima.clone();
            let cookies = format!("__Host-session={dele}; {nome}={dela}");
            vitima.cabecalhos.push(("Cookie", cookies));
            vitima.abrir("/dashboard").mostra("Bem-vindo, admin!");
            let mut vitima = so_o_disfarce;
            vitima.cabecalhos.push(("Cookie", format!("{nome}={dela}")));
            let resposta = vitima.abrir("/dashboard");
            resposta.leva_a("/login", nome);
            assert_eq!(resposta.cabecalho("Set-Cookie"), None);
        }
    }
}

#[test]
fn com_https_a_remocao_tambem_leva_o_nome_e_o_secure() {
    let site = com_site(memoria(), |site| site.https = true);
    let mut visitante = Visitante::novo(site.mount("/", routes![apagar]));
    visitante.entrar();
    let id = id(&visitante);
    let resposta = visitante.abrir("/apagar");
    let enviado = resposta.set_cookie("__Host-session").unwrap();
    for atributo in ["__Host-session=; ", "Secure", "Max-Age=0", "Path=/"] {
        assert!(enviado.contains(atributo), "falta {atributo} em {enviado}");
    }
    assert_eq!(guardada(&visitante, &id), None);
}

#[get("/apagar")]
fn apagar(sessao: Sessao<'_>) {
    sessao.limpar();
}

#[test]
fn com_https_o_navegador_so_volta_por_https() {
    let resposta = visitante().entrar();
    let enviado = resposta.set_cookie(COOKIE).unwrap();
    assert!(!enviado.contains("Secure"), "{enviado}");
    assert_eq!(resposta.cabecalho("Strict-Transport-Security"), None);
    for caminho in ["/login", "/nao-existe", "/estilo.css"] {
        let resposta = com_https().abrir(caminho);
        let hsts = resposta.cabecalho("Strict-Transport-Security");
        assert_eq!(hsts, Some("max-age=31536000; includeSubDomains"), "{caminho}");
    }
}

#[test]
fn so_no_perfil_debug_o_site_dispensa_o_https_e_o_log_pode_mostrar_cookies() {
    for (perfil, debug) in [("debug", true), ("release", false), ("producao", false)] {
        let configuracao = configuracao().merge(("log_level", "debug")).select(perfil);
        let https: bool = configuracao.extract_inner("https").unwrap();
        assert_eq!(https, !debug, "{perfil}");
        assert_eq!(crate::ajustes::log_perigoso(&configuracao), !debug, "{perfil}");
    }
    let normal = configuracao().merge(("log_level", "normal")).select("release");
    assert!(!crate::ajustes::log_perigoso(&normal));
}

#[test]
fn toda_resposta_diz_o_que_a_pagina_nao_pode_carregar() {
    let mut visitante = visitante();
    for caminho in ["/login", "/dashboard", "/nao-existe", "/estilo.css", "/admin"] {
        let resposta = visitante.abrir(caminho);
        for (cabecalho, diretiva) in [
            ("Content-Security-Policy", "default-src 'none'"),
            ("Content-Security-Policy", "form-action 'self'"),
            ("Content-Security-Policy", "frame-ancestors 'none'"),
            ("Referrer-Policy", "same-origin"),
            ("X-Content-Type-Options", "nosniff"),
        ] {
            let valor = resposta.cabecalho(cabecalho).unwrap();
            assert!(valor.contains(diretiva), "{caminho}: {valor}");
        }
    }
}

#[test]
fn uma_pagina_que_olhou_a_sessao_nao_fica_em_cache_nenhum() {
    let mut admin = dentro("admin");
    for caminho in ["/login", "/dashboard", "/perfil", "/admin", "/carrinho"] {
        let resposta = admin.abrir(caminho);
        assert_eq!(resposta.cabecalho("Cache-Control"), Some("no-store"), "{caminho}");
        assert_eq!(resposta.cabecalho("Vary"), Some("Cookie"), "{caminho}");
    }
    for caminho in ["/estilo.css", "/nao-existe"] {
        let resposta = admin.abrir(caminho);
        assert_eq!(resposta.cabecalho("Cache-Control"), None, "{caminho}");
        assert_eq!(resposta.cabecalho("Vary"), None, "{caminho}");
    }
}

#[test]
fn quem_so_le_nao_escreve_cookie() {
    let mut maria = dentro("maria");
    maria.abrir("/perfil").mostra("carimbo, role, user_id, username");
    for caminho in ["/dashboard", "/perfil", "/carrinho", "/login", "/admin"] {
        assert_eq!(maria.abrir(caminho).cabecalho("Set-Cookie"), None, "{caminho}");
    }
}

#[test]
fn a_renovacao_so_escreve_o_cookie_depois_de_um_decimo_do_limite() {
    let mut admin = dentro("admin");
    esperar(&admin, Duration::minutes(2));
    assert_eq!(admin.abrir("/perfil").cookies.len(), 0);
    esperar(&admin, Duration::minutes(1));
    assert_eq!(admin.abrir("/perfil").cookies.len(), 1);
}

#[test]
fn um_produto_nunca_vira_codigo_na_pagina() {
    let mut visitante = visitante();
    por(&mut visitante, "<script>alert(1)</script>");
    let carrinho = visitante.abrir("/carrinho");
    carrinho.mostra("alert(1)");
    assert!(!carrinho.corpo.contains("<script>"), "{}", carrinho.corpo);
}

#[post("/encher/<letras>")]
fn encher(sessao: Sessao<'_>, letras: usize) -> Result<(), ErroDeSessao> {
    sessao.armazenar("texto", "a".repeat(letras))
}

#[test]
fn uma_sessao_que_nao_cabe_e_recusada_e_nada_se_perde() {
    let mut maria = Visitante::novo(aplicacao().mount("/", routes![encher]));
    maria.entrar_com("maria", "456");
    por(&mut maria, "caneca");
    let recusada = maria.postar("/encher/66000", "");
    assert_eq!(recusada.codigo, 413);
    assert_eq!(recusada.cabecalho("Set-Cookie"), None);
    maria.abrir("/carrinho").mostra("caneca: 1</li>");
    maria.abrir("/perfil").mostra("Cargo: cliente");
}

#[test]
fn um_carrinho_cheio_diz_isso_pode_ser_esvaziado_e_nao_impede_o_login_nem_a_senha() {
    let mut maria = visitante();
    // O JSON escreve cada letra destas com seis.
    let produto = |n: usize| format!("{}{n:02}", "%01".repeat(98));
    for n in 0..50 {
        por(&mut maria, &produto(n)).leva_a("/carrinho", "cabe");
    }
    let recusado = por(&mut maria, "caneca");
    let diz = recusado.corpo.contains("O carrinho está cheio: esvazie-o antes");
    assert!(recusado.codigo == 413 && diz, "{} {}", recusado.codigo, recusado.corpo);
    por(&mut maria, &produto(7)).leva_a("/carrinho", "outro do mesmo produto");
    assert_eq!(por(&mut maria, &"a".repeat(101)).codigo, 422);
    maria.entrar_com("maria", "456").leva_a("/dashboard", "com o carrinho cheio");
    trocar_senha(&mut maria).leva_a("/sessoes", "com o carrinho cheio");
    let esvaziado = maria.enviar("/carrinho", "/carrinho/esvaziar", &[]);
    esvaziado.leva_a("/carrinho", "esvaziar");
    maria.abrir("/carrinho").mostra("Nada ainda");
    maria.abrir("/perfil").mostra("Cargo: cliente");
}

#[test]
fn um_login_que_nao_cabe_e_recusado_inteiro_e_o_que_cabe_abre_as_paginas() {
    let antes = |letras: usize| json!({ "texto": "a".repeat(letras) });
    let mut depois = antes(0);
    for (chave, valor) in [
        ("carimbo", json!("0".repeat(16))),
        ("role", json!("cliente")),
        ("user_id", json!(67890)),
        ("username", json!("maria")),
    ] {
        depois[chave] = valor;
    }
    let maior = 65_536 - depois.to_string().len();
    for (letras, coube) in [(maior, true), (maior + 1, false)] {
        let servidor = visitante();
        let id = guardar(&servidor, &com_horas(agora(), agora(), antes(letras)), None);
        let mut maria = servidor.outro();
        maria.forjar(COOKIE, &id);
        let resposta = maria.entrar_com("maria", "456");
        assert_eq!(resposta.codigo, if coube { 303 } else { 413 }, "{letras}");
        assert_eq!(resposta.set_cookie(COOKIE).is_some(), coube, "{letras}");
        assert_eq!(guardada(&servidor, &id).is_none(), coube, "{letras}");
        let dashboard = maria.abrir("/dashboard").codigo;
        assert_eq!(dashboard, if coube { 200 } else { 303 }, "{letras}");
    }
}

#[test]
fn o_carrinho_conta_os_produtos_e_continua_depois_do_login() {
    let mut visitante = visitante();
    visitante.abrir("/carrinho").mostra("Nada ainda");
    assert_eq!(por(&mut visitante, "").codigo, 422);
    for produto in ["caneca", "p%C3%A3o", "caneca"] {
        por(&mut visitante, produto).leva_a("/carrinho", produto);
    }
    visitante.entrar();
    visitante.abrir("/carrinho").mostra("<li>caneca: 2</li>");
    visitante.abrir("/carrinho").mostra("<li>pão: 1</li>");
}

#[test]
fn quem_entra_no_lugar_de_outra_pessoa_nao_recebe_o_carrinho_dela() {
    let mut maria = dentro("maria");
    por(&mut maria, "caneca");
    maria.entrar_com("maria", "456");
    maria.abrir("/carrinho").mostra("<li>caneca: 1</li>");
    maria.entrar();
    maria.abrir("/carrinho").mostra("Nada ainda");
}

// O dicionário visto de uma rota.

#[get("/guardas")]
fn duas_guardas(uma: Sessao<'_>, outra: Sessao<'_>) -> Result<String, ErroDeSessao> {
    uma.armazenar("cor", "azul")?;
    let vista: Option<String> = outra.recuperar("cor")?;
    outra.remover("cor")?;
    Ok(format!("{vista:?} {}", uma.contem("cor")))
}

#[test]
fn as_guardas_de_uma_requisicao_veem_as_mudancas_umas_das_outras() {
    let site = aplicacao().mount("/", routes![duas_guardas]);
    let resposta = Visitante::novo(site).abrir("/guardas");
    resposta.mostra(r#"Some("azul") false"#);
    // O que entrou e saiu na mesma requisição não deixa cookie.
    assert_eq!(resposta.cabecalho("Set-Cookie"), None);
}

#[get("/cor")]
fn cor(sessao: Sessao<'_>) -> Result<(), ErroDeSessao> {
    sessao.armazenar("cor", "azul")
}

#[test]
fn armazenar_o_que_ja_estava_la_nao_escreve_cookie() {
    let mut visitante = Visitante::novo(aplicacao().mount("/", routes![cor]));
    for cookies in [1, 0] {
        assert_eq!(visitante.abrir("/cor").cookies.len(), cookies);
    }
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
fn o_dicionario_guarda_o_que_o_json_escreve_e_diz_qual_chave_tem_outro_tipo() {
    let site = aplicacao().mount("/", routes![tipos]);
    Visitante::novo(site).abrir("/tipos").mostra(
        "Some([1, 2]) Some((true, \"sim\")) Some(None) None \
         [\"lista\", \"nada\", \"par\"] `par` deveria ser u8, e é lista \
         `nada` deveria ser (Vec<String>, u8), e é null \
         Ok(()) Some(Array [Number(1), Number(2)])",
    );
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
    let mut maria = Visitante::novo(aplicacao().mount("/", routes![falha]));
    maria.entrar_com("maria", "456");
    let antes = guardada(&maria, &id(&maria));
    let resposta = maria.abrir("/falha");
    assert_eq!(resposta.codigo, 500);
    assert_eq!(resposta.cabecalho("Set-Cookie"), None);
    assert_eq!(guardada(&maria, &id(&maria)), antes);
}

// Trocar a chave.

#[test]
fn uma_sessao_da_chave_anterior_continua_e_e_fechada_de_novo_com_a_de_agora() {
    let armazem = memoria();
    let [velha, nova] = chaves();
    let mut antes = com_chaves(&armazem, &velha, &[]);
    antes.entrar();
    let mut trocada = com_chaves(&armazem, &nova, &[&velha]);
    trocada.cookies = antes.cookies.clone();
    trocada.abrir("/perfil").mostra("Cargo: admin");
    assert_ne!(trocada.cookies, antes.cookies);
    // Dali em diante, quem só lê não escreve o cookie.
    assert_eq!(trocada.abrir("/perfil").cookies.len(), 0);
    let mut sem_a_velha = com_chaves(&armazem, &nova, &[]);
    sem_a_velha.cookies = trocada.cookies;
    sem_a_velha.abrir("/perfil").mostra("Cargo: admin");
}

#[test]
fn a_chave_de_duas_trocas_atras_abre_e_a_que_saiu_da_lista_nao() {
    let armazem = memoria();
    let [primeira, segunda, terceira] = chaves();
    let mut antes = com_chaves(&armazem, &primeira, &[]);
    antes.entrar();
    for (anteriores, codigo) in
        [(vec![&*segunda, &*primeira], 200), (vec![&segunda], 303), (vec![], 303)]
    {
        let mut trocada = com_chaves(&armazem, &terceira, &anteriores);
        trocada.cookies = antes.cookies.clone();
        assert_eq!(trocada.abrir("/perfil").codigo, codigo, "{}", anteriores.len());
    }
}

#[test]
fn uma_chave_anterior_nunca_fecha_um_cookie() {
    let armazem = memoria();
    let [velha, nova] = chaves();
    let mut trocada = com_chaves(&armazem, &nova, &[&velha]);
    trocada.entrar();
    let mut so_a_velha = com_chaves(&armazem, &velha, &[]);
    so_a_velha.cookies = trocada.cookies;
    so_a_velha.esta_fora("chave anterior");
}

#[test]
fn o_prazo_vale_tambem_para_a_sessao_da_chave_anterior() {
    let armazem = memoria();
    for (lembrar, prazo) in [(false, Duration::minutes(30)), (true, Duration::days(7))]
    {
        let [velha, nova] = chaves();
        let mut antes = com_chaves(&armazem, &velha, &[]);
        if lembrar {
            lembrado(&mut antes)
        } else {
            antes.entrar()
        };
        let mut trocada = com_chaves(&armazem, &nova, &[&velha]);
        esperar(&trocada, prazo);
        trocada.cookies = antes.cookies;
        trocada.esta_fora(&prazo.to_string());
    }
}

#[test]
fn toda_forma_de_chave_que_o_rocket_aceita_serve_como_anterior() {
    let armazem = memoria();
    let [hexadecimal, maiuscula, base64, nova] = chaves();
    for velha in [
        hexadecimal,
        maiuscula.to_uppercase(),
        STANDARD.encode(&base64.as_bytes()[..32]),
        STANDARD.encode(&base64),
    ] {
        let mut antes = com_chaves(&armazem, &velha, &[]);
        antes.entrar();
        let mut trocada = com_chaves(&armazem, &nova, &[&velha]);
        trocada.cookies = antes.cookies;
        trocada.abrir("/perfil").mostra("Cargo: admin");
    }
}

#[test]
fn chaves_que_nao_servem_impedem_o_inicio_e_o_erro_nao_as_mostra() {
    let [uma, outra, ..] = &chaves::<5>();
    let [com_z, fraca] = ["z", "ab"].map(|letras| letras.repeat(64 / letras.len()));
    let com_sinal = format!("+{}", &uma[1..]);
    let de_31 = STANDARD.encode(&uma.as_bytes()[..31]);
    let acentos = "é".repeat(32);
    let cinco = chaves::<5>();
    let cinco: Vec<&str> = cinco.iter().map(String::as_str).collect();
    for (atual, anteriores, motivo) in [
        (
            uma,
            &[&**outra, "curta"][..],
            "a 2ª chave de `secret_keys_anteriores` deve ter",
        ),
        (uma, &[&com_z], "a 1ª chave de `secret_keys_anteriores` deve ter"),
        (uma, &[&com_sinal], "a 1ª chave de `secret_keys_anteriores` deve ter"),
        (uma, &[&de_31], "a 1ª chave de `secret_keys_anteriores` deve ter"),
        (uma, &[&acentos], "a 1ª chave de `secret_keys_anteriores` deve ter"),
        (uma, &[&fraca], "a 1ª chave de `secret_keys_anteriores` é fraca"),
        (uma, &[uma], "a 1ª chave de `secret_keys_anteriores` repete outra"),
        (uma, &[outra, outra], "a 2ª chave de `secret_keys_anteriores` repete"),
        (uma, &cinco, "há 5 chaves em `secret_keys_anteriores`, e o máximo é 3"),
        (&com_z, &[], "a `secret_key` deve ter"),
        (&fraca, &[], "a `secret_key` é fraca"),
        (&String::new(), &[], "a `secret_key` deve ter"),
    ] {
        let configuracao = configuracao()
            .merge(("secret_key", atual))
            .merge(("secret_keys_anteriores", anteriores));
        let erro = crate::chaves::conferir(&configuracao).err().unwrap();
        assert!(erro.starts_with(motivo), "{motivo}: {erro}");
        for chave in [uma, outra, &com_z, &fraca, &de_31] {
            assert!(!erro.contains(&chave[..8]), "{erro}");
        }
    }
    let solta = configuracao().merge(("secret_keys_anteriores", uma));
    let erro = crate::chaves::conferir(&solta).err().unwrap();
    assert_eq!(erro, "`secret_keys_anteriores` deve ser uma lista: '[\"chave\"]'");
    let aberto = Toml::string(&format!("[default]\nsecret_key = \"{uma}")).nested();
    let erro = crate::chaves::conferir(&Figment::from(aberto)).err().unwrap();
    assert_eq!(erro, "o Rocket.toml não abre: confira as aspas e os colchetes");
}

fn chaves<const N: usize>() -> [String; N] {
    [(); N].map(|()| shared::chave_nova().unwrap())
}

/// Um navegador para a aplicação com estas sessões, esta chave e estas anteriores.
fn com_chaves(armazem: &Aberto, atual: &str, anteriores: &[&str]) -> Visitante {
    com_chaves_e(armazem, atual, anteriores, |_| ())
}

fn com_chaves_e(
    armazem: &Aberto,
    atual: &str,
    anteriores: &[&str],
    ajustar: impl FnOnce(&mut Site),
) -> Visitante {
    let chaves = configuracao()
        .merge(("secret_key", atual))
        .merge(("secret_keys_anteriores", anteriores));
    let conferidas = crate::chaves::conferir(&chaves).unwrap();
    let aplicacao = com_site(armazem.clone(), |site| {
        site.chaves = conferidas;
        ajustar(site);
    });
    let chaves = aplicacao.figment().clone().merge(("secret_key", atual));
    let chaves = chaves.merge(("log_level", "critical"));
    Visitante::de(Client::untracked(aplicacao.configure(chaves)).unwrap())
}

// A sessão no servidor.

#[test]
fn o_logout_encerra_a_sessao_em_todas_as_copias_do_cookie() {
    let mut visitante = visitante();
    lembrado(&mut visitante);
    let (mut copia, id) = (visitante.clone(), id(&visitante));
    assert!(guardada(&visitante, &id).is_some());
    visitante.sair();
    assert_eq!(guardada(&visitante, &id), None);
    copia.clone().esta_fora("a cópia");
    copia.clone().abrir("/sessoes").leva_a("/login", "a cópia");
    copia.abrir("/login").mostra("Sua sessão terminou. Entre de novo.</p>");
}

#[test]
fn o_login_da_outro_id_a_sessao_e_o_de_antes_nao_abre_mais() {
    let mut visitante = visitante();
    por(&mut visitante, "caneca");
    for caso in ["de visitante", "do primeiro login"] {
        let mut de_antes = visitante.clone();
        visitante.entrar();
        assert_ne!(id(&visitante), id(&de_antes), "{caso}");
        visitante.abrir("/carrinho").mostra("<li>caneca: 1</li>");
        de_antes.esta_fora(caso);
        de_antes.abrir("/carrinho").mostra("Nada ainda");
    }
}

#[test]
fn o_registro_dura_uma_hora_alem_do_limite_e_o_da_lembrada_os_dias_dela() {
    let armazem = memoria();
    let mut visitante = em(&armazem);
    let faltam = || de_quem(&armazem, "admin")[0].1.vence - agora();
    visitante.entrar();
    assert!((5_395..=5_400).contains(&faltam()), "{} s", faltam());
    lembrado(&mut visitante);
    let (dias, hora) = (Duration::days(7), Duration::hours(1));
    let prazo = (dias + hora).whole_seconds();
    assert!((prazo - 5..=prazo).contains(&faltam()), "{} s", faltam());
}

// Duas requisições ao mesmo tempo.

#[test]
fn duas_mudancas_ao_mesmo_tempo_ficam_as_duas() {
    let (armazem, mut maria) = com_intrometido();
    por(&mut maria, "caneca");
    // Entre a leitura e a gravação, outra requisição põe um livro e uma caneca.
    armazem.uma_vez("trocar", |dentro, chave| {
        mudar_o_carrinho(dentro, chave, json!({ "caneca": 2, "livro": 1 }))
    });
    por(&mut maria, "caneca").leva_a("/carrinho", "a terceira caneca");
    maria.abrir("/carrinho").mostra("<li>caneca: 3</li>");
    maria.abrir("/carrinho").mostra("<li>livro: 1</li>");
}

#[test]
fn o_carrinho_que_outra_aba_encheu_nao_passa_do_limite() {
    let (armazem, mut maria) = com_intrometido();
    por(&mut maria, "caneca");
    armazem.uma_vez("trocar", |dentro, chave| {
        let cheio = (0..50).map(|n| (format!("produto {n}"), json!(1))).collect();
        mudar_o_carrinho(dentro, chave, Value::Object(cheio))
    });
    por(&mut maria, "livro");
    let carrinho = maria.abrir("/carrinho").corpo;
    assert_eq!(carrinho.matches(": 1</li>").count(), 50, "{carrinho}");
}

#[test]
fn uma_pagina_que_so_le_nao_desfaz_o_que_outra_aba_mudou() {
    let (armazem, mut maria) = com_intrometido();
    esperar(&maria, Duration::minutes(3));
    armazem.uma_vez("trocar", |dentro, chave| {
        mudar_o_carrinho(dentro, chave, json!({ "caneca": 1 }))
    });
    let leitura = maria.abrir("/perfil");
    assert!(leitura.set_cookie(COOKIE).is_some(), "deveria renovar");
    maria.abrir("/carrinho").mostra("<li>caneca: 1</li>");
}

#[test]
fn uma_mudanca_que_chega_durante_o_login_continua_na_sessao_nova() {
    let (armazem, maria) = com_intrometido();
    let mut visitante = maria.outro();
    por(&mut visitante, "livro");
    armazem.uma_vez("apagar", |dentro, chave| {
        mudar_o_carrinho(dentro, chave, json!({ "caneca": 1 }))
    });
    visitante.entrar_com("maria", "456");
    visitante.abrir("/carrinho").mostra("<li>caneca: 1</li>");
    visitante.abrir("/perfil").mostra("Cargo: cliente");
}

#[test]
fn uma_mudanca_que_chega_depois_do_logout_nao_traz_a_sessao_de_volta() {
    let (armazem, mut maria) = com_intrometido();
    let id = id(&maria);
    armazem
        .uma_vez("trocar", |dentro, chave| ja(dentro.apagar(chave, None)).map(|_| ()));
    let tarde = por(&mut maria, "caneca");
    assert_eq!(tarde.codigo, 401);
    assert_eq!(tarde.cabecalho("Set-Cookie"), None);
    assert_eq!(guardada(&maria, &id), None);
    maria.esta_fora("encerrada");
}

// O armazenamento que não responde.

#[test]
fn se_o_armazenamento_nao_responde_a_pagina_diz_503_e_nao_um_sucesso_que_nao_houve() {
    let (armazem, mut maria) = com_intrometido();
    let mut outra = maria.clone();
    outra.cabecalhos.push(("Accept", "text/html".to_owned()));
    for (operacao, caminho) in
        [("ler", "/carrinho"), ("trocar", "/carrinho"), ("apagar", "/logout")]
    {
        armazem.falha(operacao);
        let resposta = outra.postar(caminho, "produto=caneca");
        assert_eq!(resposta.codigo, 503, "{operacao}");
        for cabecalho in ["Set-Cookie", "Location"] {
            assert_eq!(resposta.cabecalho(cabecalho), None, "{operacao}");
        }
        for cabecalho in ["X-Frame-Options", "Content-Security-Policy"] {
            assert!(resposta.cabecalho(cabecalho).is_some(), "falta {cabecalho}");
        }
        assert_eq!(resposta.cabecalho("Cache-Control"), Some("no-store"), "{operacao}");
        let titulo = "<h1>Serviço indisponível</h1>";
        assert!(resposta.corpo.contains(titulo), "{}", resposta.corpo);
        armazem.responde();
        maria.abrir("/perfil").mostra("Cargo: cliente");
        maria.abrir("/carrinho").mostra("Nada ainda");
    }
}

#[test]
fn com_o_armazenamento_cheio_quem_sai_sai_e_a_pagina_diz_isso() {
    for operacao in ["criar", "trocar"] {
        let (armazem, mut maria) = com_intrometido();
        let mut copia = maria.clone();
        // Só ler e apagar funcionam: o aviso não precisa do armazenamento.
        armazem.falha(operacao);
        maria.sair().leva_a("/login", operacao);
        maria.abrir("/login").mostra("Você saiu.");
        copia.esta_fora("a cópia");
        assert_eq!(
            copia.abrir("/saude").codigo,
            if operacao == "criar" { 503 } else { 200 }
        );
    }
}

#[test]
fn quem_espera_pelo_armazenamento_desiste_em_2_segundos() {
    let nunca = std::future::pending::<DoArmazem<()>>();
    let inicio = Instant::now();
    let falha = rocket::execute(armazem::em_tempo(nunca)).unwrap_err();
    assert!((2..4).contains(&inicio.elapsed().as_secs()));
    assert_eq!(falha.to_string(), "o armazenamento não atendeu: passaram 2 s");
}

#[test]
fn quem_sempre_perde_a_vez_desiste_em_2_segundos() {
    let (armazem, mut maria) = com_intrometido();
    armazem.sempre("trocar", |dentro, chave| {
        mudar_o_carrinho(dentro, chave, json!({ "livro": 1 }))
    });
    let inicio = Instant::now();
    let resposta = por(&mut maria, "x");
    assert_eq!(resposta.codigo, 503);
    assert!((2..4).contains(&inicio.elapsed().as_secs()));
}

#[test]
fn a_saude_diz_se_o_armazenamento_responde() {
    let (armazem, mut maria) = com_intrometido();
    let resposta = maria.abrir("/saude");
    assert_eq!((resposta.codigo, &*resposta.corpo), (200, "bem\n"));
    assert_eq!(resposta.cabecalho("Set-Cookie"), None);
    armazem.falha("ler");
    let Resposta { codigo, corpo, .. } = maria.abrir("/saude");
    assert_eq!((codigo, &*corpo), (503, "o armazenamento não atende\n"));
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
        ("://", ["não entendi o endereço", "use memoria:"]),
        (" ", ["não entendi o endereço", "use memoria:"]),
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
        let erro = rocket::execute(armazem::abrir(endereco, pasta)).err().unwrap();
        for trecho in trechos {
            assert!(erro.contains(trecho), "{endereco}: {erro}");
        }
        assert!(!erro.contains("segredo"), "{erro}");
    }
}

// Minhas sessões e a senha.

#[test]
fn minhas_sessoes_mostra_cada_navegador_e_encerra_o_escolhido() {
    let [mut aqui, mut la] = dois_navegadores(&memoria());
    let lista = aqui.abrir("/sessoes");
    for navegador in ["Firefox no Linux", "Safari no iPhone"] {
        lista.mostra(navegador);
    }
    for (texto, vezes) in [("Entrou ", 2), ("<p>Esta sessão</p>", 1)] {
        assert_eq!(lista.corpo.matches(texto).count(), vezes, "{}", lista.corpo);
    }
    // O formulário da outra sessão traz a chave dela.
    aqui.enviar("/sessoes", "/sessoes/encerrar", &[]);
    let lista = aqui.abrir("/sessoes");
    lista.mostra("Uma sessão encerrada.");
    assert_eq!(lista.corpo.matches("Entrou ").count(), 1, "{}", lista.corpo);
    la.esta_fora("encerrada de lá");
    la.abrir("/login").mostra("Sua sessão terminou.");
}

#[test]
fn encerrar_as_outras_deixa_so_esta() {
    let armazem = memoria();
    let [mut aqui, mut la] = dois_navegadores(&armazem);
    let mut admin = em(&armazem);
    admin.entrar();
    aqui.enviar("/sessoes", "/sessoes/encerrar_outras", &[]);
    aqui.abrir("/sessoes").mostra("Uma sessão encerrada.");
    aqui.abrir("/perfil").mostra("Cargo: cliente");
    la.esta_fora("a outra");
    admin.abrir("/perfil").mostra("Cargo: admin");
}

#[test]
fn ninguem_ve_nem_encerra_a_sessao_de_outra_pessoa() {
    let armazem = memoria();
    let [mut maria, _] = dois_navegadores(&armazem);
    let mut admin = em(&armazem);
    admin.entrar();
    let do_admin = Chave::do_id("sessoes", &id(&admin));
    assert!(!maria.abrir("/sessoes").corpo.contains(do_admin.como_texto()));
    maria.postar("/sessoes/encerrar", &format!("chave={}", do_admin.como_texto()));
    maria.abrir("/sessoes").mostra("Nenhuma sessão foi encerrada.");
    admin.abrir("/perfil").mostra("Cargo: admin");
}

#[test]
fn trocar_a_senha_encerra_as_outras_sessoes_e_da_outro_id_a_esta() {
    let [mut aqui, mut la] = dois_navegadores(&memoria());
    aqui.postar("/login_submit", "username=maria&password=456&lembrar=on");
    let mut copia = aqui.clone();
    let resposta = trocar_senha(&mut aqui);
    resposta.leva_a("/sessoes", "senha trocada");
    assert!(resposta.set_cookie(COOKIE).unwrap().contains("Expires="));
    aqui.abrir("/sessoes").mostra("As outras sessões terminaram.");
    la.esta_fora("a outra");
    copia.esta_fora("o id de antes");
    so_entra_com(&mut aqui, SENHA_NOVA);
}

#[test]
fn uma_senha_nova_curta_ou_a_atual_errada_nao_muda_nada() {
    let [mut aqui, mut la] = dois_navegadores(&memoria());
    for (campos, motivo) in [
        ("", "Preencha as duas senhas"),
        ("atual=456&nova=1234567", "A senha nova precisa de 8 caracteres"),
        ("atual=123&nova=uma+senha+nova", "A senha atual não é essa"),
        ("atual=&nova=uma+senha+nova", "A senha atual não é essa"),
    ] {
        let Resposta { codigo, corpo, .. } = aqui.postar("/senha", campos);
        assert!(codigo == 422 && corpo.contains(motivo), "{codigo} {corpo}");
    }
    for navegador in [&mut aqui, &mut la] {
        navegador.abrir("/perfil").mostra("Cargo: cliente");
    }
    so_entra_com(&mut aqui, "456");
}

#[test]
fn quem_erra_a_senha_atual_vezes_demais_tambem_espera() {
    let mut maria = dentro("maria");
    for _ in 1..=10 {
        let campos = [("atual", "errada"), ("nova", SENHA_NOVA)];
        assert_eq!(maria.enviar("/sessoes", "/senha", &campos).codigo, 422);
    }
    pede_15_minutos(&trocar_senha(&mut maria));
}

#[test]
fn se_o_armazenamento_para_logo_depois_da_troca_a_senha_ja_e_outra() {
    let (armazem, mut maria) = com_intrometido();
    // Falha a gravação desta sessão, que ganhou outro id.
    armazem.falha("criar");
    assert_eq!(trocar_senha(&mut maria).codigo, 503);
    armazem.responde();
    maria.esta_fora("o id de antes");
    so_entra_com(&mut maria, SENHA_NOVA);
}

#[test]
fn encerrar_as_outras_nao_precisa_gravar_nada_nesta() {
    let (armazem, mut maria) = com_intrometido();
    maria.outro().entrar_com("maria", "456");
    armazem.falha("trocar");
    maria.postar("/sessoes/encerrar_outras", "").leva_a("/sessoes", "encerrar");
    maria.abrir("/sessoes").mostra("Uma sessão encerrada.");
    assert_eq!(de_quem(&armazem.dentro, "maria").len(), 1);
}

#[test]
fn o_ultimo_uso_so_e_gravado_a_cada_decimo_do_limite() {
    let mut maria = dentro("maria");
    let id = id(&maria);
    let mut depois_de = |segundos| {
        esperar(&maria, Duration::seconds(segundos));
        maria.abrir("/perfil");
        guardada(&maria, &id).unwrap()["marcas"]["usada"].as_i64()
    };
    let login = depois_de(0);
    assert_eq!(depois_de(179), login);
    assert!(depois_de(2) > login);
}

#[test]
fn quem_entrava_com_a_senha_antiga_durante_a_troca_nao_fica() {
    for armazem in [memoria(), Aberto { lista: None, ..memoria() }] {
        let mut maria = em(&armazem);
        maria.entrar_com("maria", "456");
        let do_login = guardada(&maria, &id(&maria)).unwrap().to_string();
        trocar_senha(&mut maria);
        // Só agora é gravado o registro de quem conferiu a senha antes da troca.
        com_registro(&maria, &do_login).esta_fora("a senha antiga");
    }
}

#[test]
fn uma_sessao_encerrada_durante_a_troca_da_senha_nao_volta_com_outro_id() {
    let (armazem, mut maria) = com_intrometido();
    armazem
        .uma_vez("apagar", |dentro, chave| ja(dentro.apagar(chave, None)).map(|_| ()));
    let resposta = trocar_senha(&mut maria);
    assert_eq!(resposta.codigo, 401, "{}", resposta.corpo);
    assert_eq!(resposta.cabecalho("Set-Cookie"), None);
    assert_eq!(de_quem(&armazem.dentro, "maria"), []);
    maria.esta_fora("encerrada no meio");
}

#[test]
fn quem_tinha_a_senha_antiga_chega_ao_login_que_diz_que_a_sessao_terminou() {
    let mut aqui = em(&Aberto { lista: None, ..memoria() });
    aqui.entrar_com("maria", "456");
    let mut la = aqui.outro();
    la.entrar_com("maria", "456");
    trocar_senha(&mut aqui);
    la.postar("/remover_cargo", "").leva_a("/login", "a senha antiga");
    let login = la.abrir("/login");
    login.mostra("Sua sessão terminou. Entre de novo.</p>");
    assert!(!login.corpo.contains("Sair"), "{}", login.corpo);
}

#[test]
fn uma_conta_tem_ate_50_sessoes_e_a_parada_ha_mais_tempo_da_lugar_a_nova() {
    let armazem = memoria();
    let mut maria = em(&armazem);
    let ids: Vec<String> = (0..50)
        .map(|minutos| {
            let usada = agora() - 60 * (minutos % 7);
            let valores = json!({ "username": "maria", "user_id": 67890 });
            let texto = com_horas(agora() - 600, usada, valores);
            guardar(&maria, &texto, Some("sessoes:maria"))
        })
        .collect();
    maria.entrar_com("maria", "456");
    assert_eq!(de_quem(&armazem, "maria").len(), 50);
    // Quem entra de novo no mesmo navegador não tira o lugar de ninguém.
    maria.entrar_com("maria", "456");
    let sairam: Vec<usize> =
        (0..50).filter(|vez| guardada(&maria, &ids[*vez]).is_none()).collect();
    assert!(matches!(sairam[..], [velha] if velha % 7 == 6), "{sairam:?}");
}

#[test]
fn dois_sites_no_mesmo_armazenamento_nao_veem_as_sessoes_um_do_outro() {
    let armazem = memoria();
    let [mut loja, mut blog] = ["loja", "blog"].map(|nome| {
        let site = com_site(armazem.clone(), |site| site.nome = nome.to_owned());
        let mut maria = Visitante::novo(site);
        maria.entrar_com("maria", "456");
        maria
    });
    let lista = loja.abrir("/sessoes").corpo;
    assert_eq!(lista.matches("Entrou ").count(), 1, "{lista}");
    loja.postar("/sessoes/encerrar_outras", "");
    blog.abrir("/perfil").mostra("Cargo: cliente");
}

#[test]
fn onde_o_armazenamento_nao_sabe_procurar_a_pagina_diz_isso() {
    let mut maria = em(&Aberto { lista: None, ..memoria() });
    maria.entrar_com("maria", "456");
    maria.abrir("/sessoes").mostra("O Memcached não sabe procurar");
    maria.postar("/sessoes/encerrar_outras", "");
    maria.abrir("/sessoes").mostra("não sabe que sessões são suas.");
    // O carimbo da senha não precisa da lista.
    trocar_senha(&mut maria);
    maria.abrir("/sessoes").mostra("As outras sessões terminaram.");
}

#[test]
fn um_aviso_aparece_uma_vez_na_proxima_pagina_seja_ela_qual_for() {
    let mut maria = dentro("maria");
    maria.postar("/sessoes/encerrar_outras", "");
    maria.abrir("/carrinho").mostra("Nenhuma sessão foi encerrada.");
    por(&mut maria, "caneca");
    maria.sair();
    maria.abrir("/login").mostra("Você saiu.");
    assert!(!maria.abrir("/login").corpo.contains("Você saiu."));
    maria.abrir("/carrinho").mostra("Nada ainda");
}

// Os testes seguintes mostram o que esta sessão ainda não faz.

#[test]
fn quem_nao_guardou_nada_nao_recebe_cookie_nem_ocupa_um_registro() {
    let (armazem, maria) = com_intrometido();
    armazem.falha("criar");
    for _ in 0..300 {
        let mut visitante = maria.outro();
        for caminho in ["/", "/login", "/carrinho", "/dashboard", "/admin"] {
            let resposta = visitante.abrir(caminho);
            assert_eq!(resposta.cabecalho("Set-Cookie"), None, "{caminho}");
            assert_ne!(resposta.codigo, 503, "{caminho}");
        }
    }
    armazem.responde();
    let mut visitante = maria.outro();
    por(&mut visitante, "caneca");
    assert!(guardada(&visitante, &id(&visitante)).is_some());
}

#[test]
fn atalho_de_duas_primeiras_gravacoes_ao_mesmo_tempo_fica_uma() {
    let visitante = visitante();
    let (mut uma, mut outra) = (visitante.outro(), visitante.outro());
    por(&mut uma, "caneca");
    por(&mut outra, "livro");
    // As duas respostas mandam um cookie, e o navegador fica com o da última.
    uma.cookies.extend(outra.cookies);
    let carrinho = uma.abrir("/carrinho");
    carrinho.mostra("livro: 1");
    assert!(!carrinho.corpo.contains("caneca"), "{}", carrinho.corpo);
}

#[test]
fn atalho_a_senha_trocada_some_quando_o_programa_reinicia_e_a_sessao_nao() {
    let (armazem, [chave]) = (memoria(), chaves());
    let mut antes = com_chaves(&armazem, &chave, &[]);
    antes.entrar_com("maria", "456");
    trocar_senha(&mut antes);
    let mut depois = com_chaves(&armazem, &chave, &[]);
    depois.cookies = antes.cookies;
    depois.abrir("/perfil").mostra("Cargo: cliente");
    so_entra_com(&mut depois, "456");
}

#[test]
fn atalho_a_senha_trocada_em_uma_instancia_nao_vale_na_outra() {
    let [mut uma, mut outra] = dois_navegadores(&memoria());
    trocar_senha(&mut uma);
    so_entra_com(&mut outra, "456");
}

/// Um armazenamento em que algo acontece logo antes de uma operação.
struct Intrometido {
    dentro: Aberto,
    antes: Mutex<Option<(&'static str, Intromissao)>>,
}

enum Intromissao {
    UmaVez(Funcao),
    Sempre(Funcao),
}

type Funcao = fn(&dyn Armazem, &Chave) -> DoArmazem<()>;

/// Um armazenamento assim, e Maria dentro da aplicação que o usa.
fn com_intrometido() -> (Arc<Intrometido>, Visitante) {
    let dentro = memoria();
    let lista = dentro.lista.clone();
    let armazem = Arc::new(Intrometido { dentro, antes: Mutex::new(None) });
    let mut maria = em(&Aberto { armazem: armazem.clone(), lista });
    maria.entrar_com("maria", "456");
    (armazem, maria)
}

impl Intrometido {
    fn uma_vez(&self, operacao: &'static str, funcao: Funcao) {
        *self.antes.lock().unwrap() = Some((operacao, Intromissao::UmaVez(funcao)));
    }

    fn sempre(&self, operacao: &'static str, funcao: Funcao) {
        *self.antes.lock().unwrap() = Some((operacao, Intromissao::Sempre(funcao)));
    }

    fn falha(&self, operacao: &'static str) {
        self.sempre(operacao, |_, _| Err(Falha::ForaDoAr("parado".to_owned())));
    }

    fn responde(&self) {
        *self.antes.lock().unwrap() = None;
    }

    fn antes_de(&self, operacao: &str, chave: &Chave) -> DoArmazem<()> {
        let mut antes = self.antes.lock().unwrap();
        let funcao = match *antes {
            Some((qual, Intromissao::Sempre(funcao))) if qual == operacao => funcao,
            Some((qual, Intromissao::UmaVez(funcao))) if qual == operacao => {
                *antes = None;
                funcao
            }
            _ => return Ok(()),
        };
        funcao(self.dentro.armazem.as_ref(), chave)
    }
}

#[async_trait]
impl Armazem for Intrometido {
    async fn criar(
        &self,
        chave: &Chave,
        registro: &Registro,
    ) -> DoArmazem<Option<Versao>> {
        self.antes_de("criar", chave)?;
        self.dentro.armazem.criar(chave, registro).await
    }

    async fn ler(&self, chave: &Chave) -> DoArmazem<Option<(Registro, Versao)>> {
        self.antes_de("ler", chave)?;
        self.dentro.armazem.ler(chave).await
    }

    async fn trocar(
        &self,
        chave: &Chave,
        versao: Versao,
        registro: &Registro,
    ) -> DoArmazem<Option<Versao>> {
        self.antes_de("trocar", chave)?;
        self.dentro.armazem.trocar(chave, versao, registro).await
    }

    async fn apagar(&self, chave: &Chave, versao: Option<Versao>) -> DoArmazem<bool> {
        self.antes_de("apagar", chave)?;
        self.dentro.armazem.apagar(chave, versao).await
    }
}

/// Põe outro carrinho em um registro, como faria outra requisição.
fn mudar_o_carrinho(
    dentro: &dyn Armazem,
    chave: &Chave,
    carrinho: Value,
) -> DoArmazem<()> {
    let (mut registro, versao) = ja(dentro.ler(chave))?.unwrap();
    let mut guardada: Value = serde_json::from_str(&registro.texto).unwrap();
    guardada["valores"]["carrinho"] = carrinho;
    registro.texto = guardada.to_string();
    ja(dentro.trocar(chave, versao, &registro)).map(|_| ())
}

// As pessoas.

fn visitante() -> Visitante {
    Visitante::novo(aplicacao())
}

fn com_https() -> Visitante {
    Visitante::novo(com_site(memoria(), |site| site.https = true))
}

/// Um navegador em um servidor novo, com estas sessões.
fn em(armazem: &Aberto) -> Visitante {
    Visitante::novo(com_site(armazem.clone(), |_| ()))
}

/// O navegador em que esta pessoa entrou.
fn dentro(username: &str) -> Visitante {
    let mut visitante = visitante();
    let password = if username == "admin" { "123" } else { "456" };
    visitante.entrar_com(username, password).leva_a("/dashboard", username);
    visitante
}

/// Dois navegadores em que Maria entrou, em dois servidores com as mesmas sessões.
fn dois_navegadores(armazem: &Aberto) -> [Visitante; 2] {
    let daqui =
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let de_la = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) \
                 AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 \
                 Safari/604.1";
    [daqui, de_la].map(|navegador| {
        let mut maria = em(armazem);
        maria.cabecalhos.push(("User-Agent", navegador.to_owned()));
        maria.entrar_com("maria", "456");
        maria
    })
}

/// O login do admin, com a caixa "Lembrar de mim" marcada.
fn lembrado(visitante: &mut Visitante) -> Resposta {
    visitante.postar("/login_submit", "username=admin&password=123&lembrar=on")
}

const SENHA_NOVA: &str = "uma senha nova";

fn trocar_senha(maria: &mut Visitante) -> Resposta {
    maria.enviar("/sessoes", "/senha", &[("atual", "456"), ("nova", SENHA_NOVA)])
}

/// Confere qual das duas senhas de Maria vale neste servidor.
#[track_caller]
fn so_entra_com(maria: &mut Visitante, certa: &str) {
    let mut visitante = maria.outro();
    for senha in ["456", SENHA_NOVA] {
        let resposta = visitante.entrar_com("maria", senha);
        match senha == certa {
            true => resposta.leva_a("/dashboard", senha),
            false => resposta.login_invalido(senha),
        }
    }
}

/// Põe um produto no carrinho.
fn por(visitante: &mut Visitante, produto: &str) -> Resposta {
    visitante.postar("/carrinho", &format!("produto={produto}"))
}

/// O id que o cookie deste navegador leva.
fn id(visitante: &Visitante) -> String {
    let cookie = visitante.cookies.iter().next().unwrap();
    let (nome, valor) = (cookie.0.clone(), cookie.1.clone());
    let pedido = visitante.servidor().get("/").cookie((nome.clone(), valor));
    pedido.inner().cookies().get_private(&nome).unwrap().value().to_owned()
}

// O que o servidor guarda.

/// Um navegador, no mesmo servidor, cujo cookie aponta um registro com este texto.
fn com_registro(servidor: &Visitante, texto: &str) -> Visitante {
    let mut visitante = servidor.outro();
    visitante.forjar(COOKIE, guardar(servidor, texto, None));
    visitante
}

fn com_valores(servidor: &Visitante, valores: Value) -> Visitante {
    com_registro(servidor, &com_horas(agora(), agora(), valores))
}

/// O texto de uma sessão com estas horas e estes valores.
fn com_horas(criada: i64, usada: i64, valores: Value) -> String {
    let marcas = json!({ "criada": criada, "usada": usada, "lembrar": false });
    json!({ "versao": 1, "marcas": marcas, "navegador": "", "valores": valores })
        .to_string()
}

/// Guarda um registro com este texto; responde o id dele.
fn guardar(servidor: &Visitante, texto: &str, usuario: Option<&str>) -> String {
    let id = shared::chave_nova().unwrap();
    let (texto, vence) = (texto.to_owned(), agora() + 3_600);
    let registro = Registro { texto, usuario: usuario.map(str::to_owned), vence };
    let criado =
        ja(armazem_de(servidor).criar(&Chave::do_id("sessoes", &id), &registro));
    assert!(criado.unwrap().is_some());
    id
}

/// O que o armazenamento guarda da sessão deste id.
fn guardada(servidor: &Visitante, id: &str) -> Option<Value> {
    let lido = ja(armazem_de(servidor).ler(&Chave::do_id("sessoes", id))).unwrap();
    lido.map(|(registro, _)| serde_json::from_str(&registro.texto).unwrap())
}

fn armazem_de(servidor: &Visitante) -> &dyn Armazem {
    servidor.servidor().rocket().state::<Site>().unwrap().armazem.as_ref()
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

fn agora() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

/// Quantos segundos o relógio da aplicação está adiantado.
struct Adiantado(Arc<AtomicI64>);

/// Faz o relógio do servidor andar.
fn esperar(visitante: &Visitante, tempo: Duration) {
    let Adiantado(segundos) = visitante.servidor().rocket().state().unwrap();
    segundos.fetch_add(tempo.whole_seconds(), Ordering::SeqCst);
}

/// A aplicação do capítulo, com as sessões na memória.
fn aplicacao() -> Rocket<Build> {
    com_site(memoria(), |_| ())
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
    // O perfil release pede HTTPS; aqui, só o teste que fala dele.
    let relogio = Box::new(relogio);
    let mut site = Site { armazem, lista, relogio, https: false, ..site };
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
