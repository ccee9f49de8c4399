//! O capítulo 18 no ar, com o que um navegador hostil enviaria.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use book::html::{campos_do_formulario, procurar};
use book::navegador::{FORMULARIO, Navegador, em_formulario};
use book::processo::{Processo, pasta_do_capitulo};
use proptest::prelude::*;
use rocket::tokio::runtime::Runtime;
use serde_json::{Value, json};
use tests::ler;
use time::OffsetDateTime;

use super::corpus::{POR_HTTP, textos};
use super::{COOKIE, valor};
use crate::cap18::armazem::Registro;
use crate::cap18::sessao::guardada::Guardada;
use crate::cap18::site::volta::volta_segura;
use crate::{
    Loja,
    site::{chave_de, dentro, site_com},
};

/// Os caminhos que recebem um formulário, como o capítulo os declara.
fn formularios() -> Vec<String> {
    let fonte = |nome| ler(pasta_do_capitulo("cap18-completa").join("src").join(nome));
    let fontes = ["main.rs", "minhas_sessoes.rs"].map(fonte).concat();
    let rotas = fontes.split("#[post(\"").skip(1);
    rotas.filter_map(|rota| rota.split('"').next().map(str::to_owned)).collect()
}

#[test]
fn nenhum_cabecalho_cookie_deixa_entrar_nem_para_o_servidor() {
    let site = no_ar(&Loja::memoria());
    let mut admin = dentro(&site, "admin", "123");
    let certo = format!("; {COOKIE}={}", admin.cookies[COOKIE]);
    let lixo =
        prop_oneof![".{0,80}", "(session=[ -~]{0,20}; ?){0,9}", "[\x01-\u{ff}]{0,20}"];
    textos("cookie", POR_HTTP, lixo, |lixo| {
        let resposta = com_o_cabecalho(site.porta(), lixo, "");
        let recusada = ["HTTP/1.1 303", "HTTP/1.1 4"];
        assert!(
            recusada.iter().any(|codigo| resposta.starts_with(codigo)),
            "{resposta}"
        );
        // Junto do cookie certo, ou é a mesma pessoa, ou não é ninguém.
        let resposta = com_o_cabecalho(site.porta(), lixo, &certo);
        let eu = resposta.starts_with("HTTP/1.1 200")
            && resposta.contains("Bem-vindo, admin!");
        assert!(
            eu || recusada.iter().any(|codigo| resposta.starts_with(codigo)),
            "{resposta}"
        );
    });
    assert_eq!(admin.get("/dashboard").codigo, 200);
}

#[test]
fn nenhum_corpo_de_outro_site_chega_a_rota() {
    let site = no_ar(&Loja::memoria());
    let mut admin = dentro(&site, "admin", "123");
    admin.cabecalhos.push(("Sec-Fetch-Site".to_owned(), "cross-site".to_owned()));
    let corpo =
        prop_oneof!["[\x00-\u{ff}]{0,200}", "(_method=[a-z]{0,7}&?){0,3}.{0,9}"];
    let formularios = formularios();
    assert!(formularios.len() > 7, "{formularios:?}");
    textos("formulario", POR_HTTP, corpo, |corpo| {
        let caminho = &formularios[corpo.len() % formularios.len()];
        let resposta =
            admin.clone().pedir("POST", caminho, FORMULARIO, &em_bytes(corpo));
        assert_eq!(resposta.codigo, 403, "{caminho}: {resposta:?}");
    });
    assert!(admin.get("/carrinho").corpo.contains("Nada ainda"));
    assert_eq!(admin.get("/dashboard").codigo, 200);
}

#[test]
fn nenhum_campo_da_erro_nem_deixa_entrar() {
    let site = no_ar(&Loja::memoria());
    let admin = dentro(&site, "admin", "123");
    let campos =
        prop_oneof!["[\x00-\u{ff}]{0,60}", "([a-z]{1,8}=[ -~]{0,9}&){0,5}", ".{0,40}"];
    textos("formulario", POR_HTTP * 2, campos, |campos| {
        let enviar = |navegador: &mut Navegador, nomes: [&str; 4]| {
            // Um texto curto e sem nomes é o valor de todos os campos.
            let com_nomes =
                nomes.map(|nome| format!("&{nome}={}", em_formulario(campos)));
            let corpo = if campos.contains('=') || campos.len() > 600 {
                em_bytes(campos)
            } else {
                com_nomes.concat().into()
            };
            let resposta = navegador.pedir("POST", nomes[0], FORMULARIO, &corpo);
            assert!(resposta.codigo < 500, "{nomes:?}: {resposta:?}");
            resposta
        };
        let caminho =
            ["/remover_cargo", "/sessoes/encerrar", "/senha"][campos.len() % 3];
        enviar(&mut admin.clone(), [caminho, "chave", "atual", "nova"]);
        let mut ninguem = Navegador::novo(&site.endereco);
        enviar(&mut ninguem, ["/carrinho", "produto", "lembrar", "volta"]);
        // Sem a senha, o login não gasta um Argon2id.
        let login = ["/login_submit", "username", "lembrar", "volta"];
        assert_ne!(enviar(&mut ninguem, login).codigo, 303);
        assert_eq!(ninguem.get("/dashboard").codigo, 303);
    });
}

#[test]
fn um_registro_qualquer_da_uma_pagina_ou_o_login_e_so_o_nome_guardado() {
    let loja = Loja::sqlite();
    let site = no_ar(&loja);
    let admin = dentro(&site, "admin", "123");
    let chave = chave_de(&admin);
    let runtime = Runtime::new().expect("o runtime deve iniciar");
    let armazem = runtime.block_on(loja.abrir());
    textos("registro", POR_HTTP, registro(), |texto| {
        let usuario = Some("sessoes:admin".to_owned());
        let registro = Registro { texto: com_a_hora(texto), usuario, vence: i64::MAX };
        let abrir = |caminho: &str| {
            runtime.block_on(async {
                armazem.apagar(&chave, None).await.unwrap();
                armazem.criar(&chave, &registro).await.unwrap().unwrap();
            });
            let resposta = admin.clone().get(caminho);
            assert!(matches!(resposta.codigo, 200 | 303), "{caminho}: {resposta:?}");
            resposta
        };
        abrir(["/login", "/perfil", "/carrinho", "/sessoes"][texto.len() % 4]);
        let painel = abrir("/dashboard");
        if painel.codigo == 200 {
            let guardada = Guardada::abrir(&registro).unwrap();
            let nome = guardada.valores["username"].as_str().unwrap();
            let inicio = format!("Bem-vindo, {nome}! Seu ID é: ");
            let certo = procurar(&painel.corpo, "p")
                .iter()
                .any(|p| p.texto.starts_with(&inicio));
            assert!(certo, "{painel:?}");
        } else {
            assert!(painel.destino().unwrap().starts_with("/login?"), "{painel:?}");
        }
    });
}

#[test]
fn o_login_lembrado_so_leva_a_um_caminho_deste_site() {
    let site = no_ar(&Loja::memoria());
    let mut ninguem = Navegador::novo(&site.endereco);
    ninguem.get("/login");
    textos("volta", POR_HTTP * 4, "/?[/\\\\%:?#@.a-z0-9-]{0,20}", |texto| {
        let pagina =
            ninguem.clone().get(&format!("/login?volta={}", em_formulario(texto)));
        assert_eq!(pagina.codigo, 200, "{pagina:?}");
        let campos = campos_do_formulario(&pagina.corpo, "/login_submit").unwrap();
        let volta = campos.iter().find(|c| c.atributo("name") == Some("volta"));
        let volta = volta.and_then(|campo| campo.atributo("value"));
        assert!(volta.is_none_or(|volta| volta == texto), "{volta:?}");
        // O que nem começa como um caminho, `volta_segura` recusa sem gastar um Argon2id.
        if !texto.is_empty() && !texto.starts_with('/') {
            return;
        }
        // Um texto curto também é experimentado como a caixa de “Lembrar de mim”.
        let lembrar = if texto.len() < 5 { texto } else { "on" };
        let campos = [
            ("username", "admin"),
            ("password", "123"),
            ("lembrar", lembrar),
            ("volta", texto),
        ];
        let resposta =
            ninguem.clone().preencher("/login", "/login_submit", &campos).unwrap();
        let esperado =
            volta_segura(texto).map_or("/dashboard".into(), |volta| volta.to_string());
        let entrou = resposta.codigo == 303 && resposta.destino() == Some(&esperado);
        assert!(entrou || resposta.codigo == 401 && lembrar == texto, "{resposta:?}");
    });
}

/// O capítulo no ar, sem escrever uma linha por requisição.
fn no_ar(loja: &Loja) -> Processo {
    site_com(loja, &[("ROCKET_LOG_LEVEL", "critical")])
}

/// O texto de um registro, de um bem formado a um qualquer.
pub fn registro() -> impl Strategy<Value = String> {
    let hora = || prop_oneof![4 => Just(json!("AGORA")), 1 => any::<i64>().prop_map(Value::from)];
    let marcas = (hora(), hora(), any::<bool>());
    let nome = "username|user_id|role|carimbo|carrinho|.{0,4}";
    let algo = prop_oneof![valor(), ".{0,20}".prop_map(Value::from)];
    let valores = prop::collection::btree_map(nome, algo, 0..6);
    let pessoa = (".{0,9}", any::<u32>(), any::<bool>());
    (0..3_u8, marcas, ".{0,20}", valores, pessoa).prop_map(
        |(versao, (criada, usada, lembrar), navegador, mut valores, (nome, id, tem))| {
            if tem {
                valores.insert("username".into(), nome.into());
                valores.insert("user_id".into(), id.into());
            }
            let marcas = json!({ "criada": criada, "usada": usada, "lembrar": lembrar });
            json!({ "versao": versao, "marcas": marcas, "navegador": navegador, "valores": valores })
                .to_string()
        },
    )
}

/// Um registro guardado no corpus venceria: onde ele diz `"AGORA"`, a hora é a de agora.
pub fn com_a_hora(texto: &str) -> String {
    let agora = OffsetDateTime::now_utc().unix_timestamp();
    texto.replace("\"AGORA\"", &agora.to_string())
}

/// Cada letra até `ÿ` é um byte, para que um texto diga também o que não é UTF-8.
fn em_bytes(texto: &str) -> Vec<u8> {
    let letra = |letra: char| match u8::try_from(letra) {
        Ok(byte) => vec![byte],
        Err(_) => letra.to_string().into_bytes(),
    };
    texto.chars().flat_map(letra).collect()
}

/// A resposta do painel a este `Cookie`, byte a byte, o que nenhuma biblioteca deixaria enviar.
fn com_o_cabecalho(porta: &str, lixo: &str, certo: &str) -> String {
    let mut conexao = TcpStream::connect(format!("127.0.0.1:{porta}")).unwrap();
    conexao.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    // Uma quebra de linha começaria outro cabeçalho.
    let lixo = em_bytes(&lixo.replace(['\r', '\n'], " "));
    let inicio = b"GET /dashboard HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: ";
    let pedido = [inicio, lixo.as_slice(), certo.as_bytes(), b"\r\n\r\n"].concat();
    let mut resposta = Vec::new();
    // Um servidor que já recusou não lê o resto, e pode fechar antes que se leia o fim.
    let _ = conexao.write_all(&pedido);
    let _ = conexao.read_to_end(&mut resposta);
    String::from_utf8_lossy(&resposta).into_owned()
}
