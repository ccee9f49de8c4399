//! O que o diário promete.

use std::sync::Mutex;

use rocket::fairing::AdHoc;
use rocket::http::{ContentType, Header, Status};
use rocket::local::blocking::Client;
use rocket::{Build, Rocket};
use serde_json::Value;

use super::{chegada, linha};
use crate::ajustes::Site;

/// As linhas que o diário teria escrito.
#[derive(Default)]
struct Linhas(Mutex<Vec<String>>);

#[test]
fn cada_requisicao_tem_uma_linha_com_a_rota_o_codigo_e_o_tempo() {
    let navegador = navegador();
    navegador.get("/login?volta=/perfil").dispatch();
    navegador.get("/admin").dispatch();
    navegador.get("/nao-existe").dispatch();
    let linhas = linhas(&navegador);
    let achadas: Vec<_> =
        linhas.iter().map(|linha| (&linha["rota"], &linha["status"])).collect();
    assert_eq!(
        achadas,
        [
            (&Value::from("/login"), &Value::from(200)),
            (&Value::from("/admin"), &Value::from(401)),
            (&Value::Null, &Value::from(404)),
        ]
    );
    for linha in &linhas {
        let campos: Vec<_> = linha.as_object().unwrap().keys().collect();
        assert_eq!(campos, ["hora", "metodo", "rota", "status", "ms"]);
        assert!(linha["ms"].is_u64() && linha["hora"].is_string(), "{linha}");
        assert_eq!(linha["metodo"], "GET");
    }
}

#[test]
fn nem_cookie_nem_senha_nem_texto_de_quem_chega_entram_no_diario() {
    let navegador = navegador();
    navegador.get("/login?volta=/texto-na-consulta").dispatch();
    let carrinho = navegador.post("/carrinho").header(ContentType::Form);
    let resposta = carrinho.body("produto=produto-inventado").dispatch();
    let cookie = resposta.cookies().iter().next().unwrap().value().to_owned();
    let corpo = "username=nome-digitado&password=senha-digitada";
    let pedido = navegador.post("/login_submit").header(ContentType::Form).body(corpo);
    let pedido = pedido.header(Header::new("User-Agent", "navegador-inventado"));
    assert_eq!(pedido.dispatch().status(), Status::Unauthorized);
    navegador.get("/endereco-inventado/senha-no-caminho?token=na-consulta").dispatch();
    let tudo = format!("{:?}", linhas(&navegador));
    for segredo in [
        cookie.as_str(),
        "nome-digitado",
        "senha",
        "inventado",
        "consulta",
        "127.0.0.1",
    ] {
        assert!(!tudo.contains(segredo), "{segredo} está em {tudo}");
    }
}

#[test]
fn um_diario_que_nao_e_sim_nem_nao_impede_o_inicio() {
    let configuracao = shared::configuracao(env!("CARGO_MANIFEST_DIR"));
    let configuracao = configuracao.merge(("diario", "talvez"));
    let site = Site::da_configuracao(&configuracao, ".".as_ref());
    let erro = rocket::execute(site).err().unwrap();
    assert!(erro.starts_with("`diario` deve ser true ou false"), "{erro}");
}

fn navegador() -> Client {
    teste::cliente(aplicacao())
}

fn aplicacao() -> Rocket<Build> {
    let configuracao = shared::configuracao(env!("CARGO_MANIFEST_DIR"))
        .merge(("sessao_url", "memoria:"))
        .merge(("diario", false));
    let site = Site::da_configuracao(&configuracao, ".".as_ref());
    let site = rocket::execute(site).unwrap();
    crate::site::rocket(site).manage(Linhas::default()).attach(chegada()).attach(
        AdHoc::on_response("Anota", |requisicao, resposta| {
            Box::pin(async move {
                let linhas = requisicao.rocket().state::<Linhas>().unwrap();
                linhas.0.lock().unwrap().push(linha(requisicao, resposta.status()));
            })
        }),
    )
}

fn linhas(navegador: &Client) -> Vec<Value> {
    let linhas = navegador.rocket().state::<Linhas>().unwrap().0.lock().unwrap();
    linhas.iter().map(|linha| serde_json::from_str(linha).unwrap()).collect()
}
