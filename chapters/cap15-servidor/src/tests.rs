//! O que o capítulo 15 promete.

use rocket::http::Status;
use rocket::request::FromRequest;
use rocket::{async_trait, execute};
use serde_json::{Value, json};
use shared::teste::Visitante;

use crate::armazem::{Armazem, Resposta, memoria, nome};
use crate::sessao::Sessao;

shared::promessas!(super::rocket: casa, login, corpos, paginas, saida, dicionario);

#[test]
fn o_cookie_leva_um_id_de_256_bits_e_nada_mais() {
    let um = Visitante::novo(super::rocket()).entrar().abertos["session"].clone();
    let outro = Visitante::novo(super::rocket()).entrar().abertos["session"].clone();
    assert!(
        um.len() == 64 && um.chars().all(|letra| letra.is_ascii_hexdigit()),
        "{um}"
    );
    assert_ne!(um, outro);
}

#[test]
fn o_registro_fica_no_servidor_com_o_hash_do_id_como_nome() {
    let mut visitante = Visitante::novo(super::rocket());
    let id = visitante.entrar().abertos["session"].clone();
    let armazem = armazem(&visitante);
    assert_eq!(execute(armazem.ler(&id)), Ok(None));
    let texto = execute(armazem.ler(&nome(&id))).unwrap().unwrap();
    let esperado = json!({ "username": "admin", "user_id": 12345, "role": "admin" });
    assert_eq!(texto.parse::<Value>().unwrap(), esperado);
}

#[test]
fn o_cookie_nao_cresce_com_a_sessao() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    let antes = visitante.cookies["session"].len();
    visitante.postar("/carrinho", &format!("produto={}", "a".repeat(5_000)));
    assert_eq!(visitante.cookies["session"].len(), antes);
    visitante.abrir("/carrinho").mostra(&"a".repeat(5_000));
}

#[test]
fn o_navegador_guarda_o_id_por_uma_hora_a_contar_da_ultima_gravacao() {
    let mut visitante = Visitante::novo(super::rocket());
    let no_login = visitante.entrar();
    let depois = visitante.enviar("/carrinho", "/carrinho", &[("produto", "caneca")]);
    assert_eq!(no_login.abertos, depois.abertos);
    for resposta in [no_login, depois] {
        let linha = resposta.set_cookie("session").unwrap();
        for atributo in ["HttpOnly", "SameSite=Strict", "Path=/", "Expires="] {
            assert!(linha.contains(atributo), "falta {atributo} em {linha}");
        }
    }
}

#[test]
fn o_logout_encerra_todas_as_copias_do_cookie() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    let mut copia = visitante.clone();
    visitante.sair();
    copia.esta_fora("a cópia, depois do logout");
}

#[test]
fn o_login_troca_o_id_e_o_de_antes_nao_abre_mais_nada() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.enviar("/carrinho", "/carrinho", &[("produto", "caneca")]);
    let mut copia = visitante.clone();
    visitante.entrar();
    visitante.abrir("/carrinho").mostra("caneca");
    copia.esta_fora("o id de antes do login");
    copia.abrir("/carrinho").mostra("Nada ainda.");
}

#[test]
fn um_id_que_o_servidor_nao_sorteou_nunca_e_adotado() {
    for id in ["0123456789abcdef0123456789abcdef", "", "admin", r#"{"username":"a"}"#] {
        let mut visitante = Visitante::novo(super::rocket());
        visitante.forjar("session", id);
        visitante.esta_fora(id);
        let resposta = visitante.postar("/carrinho", "produto=caneca");
        assert_ne!(resposta.abertos["session"], id);
    }
}

#[test]
fn uma_gravacao_que_chega_depois_do_logout_nao_traz_a_sessao_de_volta() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    let mut copia = visitante.clone();
    let pedido = copia.servidor().get("/").cookie(cookie(&copia));
    let mut sessao = execute(Sessao::from_request(pedido.inner())).unwrap();
    visitante.sair();
    sessao.armazenar("role", "admin");
    assert_eq!(execute(sessao.gravar()), Err(Status::Unauthorized));
    copia.esta_fora("depois da gravação atrasada");
}

#[test]
fn um_registro_novo_nunca_escreve_por_cima_de_outro() {
    let memoria = memoria::nova();
    assert_eq!(execute(memoria.trocar("nome", false, "um")), Ok(true));
    assert_eq!(execute(memoria.trocar("nome", false, "outro")), Ok(false));
    assert_eq!(execute(memoria.ler("nome")), Ok(Some("um".to_owned())));
}

#[test]
fn sem_nada_a_guardar_a_visita_nao_cria_registro_nem_cookie() {
    let mut visitante = Visitante::novo(super::rocket());
    let remocao = visitante.postar("/remover_cargo", "");
    for resposta in [visitante.abrir("/carrinho"), visitante.abrir("/login"), remocao] {
        assert_eq!(resposta.cabecalho("Set-Cookie"), None);
    }
}

#[test]
fn um_registro_que_nao_se_le_conta_como_sessao_vazia() {
    for texto in ["", "[]", "null", "{", "7"] {
        let mut visitante = Visitante::novo(super::rocket());
        execute(armazem(&visitante).trocar(&nome("id"), false, texto)).unwrap();
        visitante.forjar("session", "id");
        visitante.esta_fora(texto);
        visitante.entrar().leva_a("/dashboard", texto);
    }
}

#[test]
fn se_o_armazenamento_falha_a_resposta_e_503_e_o_cookie_nao_muda() {
    let parado: Box<dyn Armazem> = Box::new(Parado);
    let aplicacao = shared::aplicacao(env!("CARGO_MANIFEST_DIR")).manage(parado);
    let rotas = rocket::routes![super::login, super::login_submit, super::perfil];
    let mut visitante = Visitante::novo(aplicacao.mount("/", rotas));
    visitante.forjar("session", "id");
    let entrada = visitante.postar("/login_submit", "username=admin&password=123");
    for resposta in [visitante.abrir("/perfil"), entrada] {
        assert_eq!(resposta.codigo, 503);
        assert!(resposta.corpo.contains("Serviço indisponível"), "{}", resposta.corpo);
        assert_eq!(resposta.cabecalho("Set-Cookie"), None);
    }
}

// Os testes seguintes mostram os atalhos deste capítulo, e cada um diz que capítulo o remove.

#[test]
fn atalho_uma_rota_que_esquece_gravar_perde_a_mudanca_ate_o_capitulo_18() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    let pedido = visitante.servidor().get("/").cookie(cookie(&visitante));
    execute(Sessao::from_request(pedido.inner())).unwrap().remover("role");
    visitante.abrir("/perfil").mostra("Seu perfil. Cargo: admin");
}

#[test]
fn atalho_de_duas_abas_que_mudam_a_sessao_so_fica_a_ultima_ate_o_capitulo_17() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    let copia = visitante.clone();
    let pedido = copia.servidor().get("/").cookie(cookie(&copia));
    let mut outra_aba = execute(Sessao::from_request(pedido.inner())).unwrap();
    visitante.postar("/carrinho", "produto=caneca");
    // A outra aba leu a sessão antes que a caneca entrasse, e grava o que leu.
    outra_aba.armazenar("carrinho", json!(["camiseta"]));
    execute(outra_aba.gravar()).unwrap();
    assert!(!visitante.abrir("/carrinho").corpo.contains("caneca"));
}

struct Parado;

#[async_trait]
impl Armazem for Parado {
    async fn ler(&self, _nome: &str) -> Resposta<Option<String>> {
        Err(Status::ServiceUnavailable)
    }

    async fn trocar(
        &self,
        _nome: &str,
        _existia: bool,
        _texto: &str,
    ) -> Resposta<bool> {
        Err(Status::ServiceUnavailable)
    }

    async fn apagar(&self, _nome: &str) -> Resposta<()> {
        Err(Status::ServiceUnavailable)
    }
}

fn armazem(visitante: &Visitante) -> &dyn Armazem {
    visitante.servidor().rocket().state::<Box<dyn Armazem>>().unwrap().as_ref()
}

fn cookie(visitante: &Visitante) -> (String, String) {
    ("session".to_owned(), visitante.cookies["session"].clone())
}
