//! O que o capítulo 15 promete.

use rocket::{async_trait, execute, http::Status, request::FromRequest};
use serde_json::{Value, json};
use teste::{Visitante, caminhos::*, corrida::apagar_enquanto_tres_gravam};

use crate::armazem::{Armazem, Resposta, memoria, nome};
use crate::sessao::Sessao;

teste::promessas!(super::rocket: casa, login, corpos, paginas, saida, dicionario);

#[test]
fn o_cookie_leva_um_id_de_128_bits_e_nada_mais() {
    let [um, outro] = [(); 2]
        .map(|()| Visitante::novo(super::rocket()).entrar().abertos["session"].clone());
    let hexadecimal = um.chars().all(|letra| letra.is_ascii_hexdigit());
    assert!(um.len() == 32 && hexadecimal && um != outro, "{um} {outro}");
}

#[test]
fn o_registro_fica_no_servidor_com_o_hash_do_id_como_nome() {
    let mut visitante = Visitante::novo(super::rocket());
    let id = visitante.entrar().abertos["session"].clone();
    let armazem = visitante.servidor().rocket().state::<Box<dyn Armazem>>().unwrap();
    assert_eq!(execute(armazem.ler(&id)), Ok(None));
    let texto = execute(armazem.ler(&nome(&id))).unwrap().unwrap();
    let valores = json!({ "username": "admin", "user_id": 12345, "role": "admin" });
    assert_eq!(texto.parse::<Value>().unwrap(), valores);
}

#[test]
fn o_cookie_nao_cresce_com_a_sessao() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    let antes = visitante.cookies["session"].len();
    visitante.postar(CARRINHO, &format!("produto={}", "a".repeat(5_000)));
    assert_eq!(visitante.cookies["session"].len(), antes);
    visitante.abrir(CARRINHO).mostra(&"a".repeat(5_000));
}

#[test]
fn o_navegador_guarda_o_id_por_uma_hora_a_contar_da_ultima_gravacao() {
    let mut visitante = Visitante::novo(super::rocket());
    let [no_login, depois] =
        [visitante.entrar(), visitante.postar(CARRINHO, "produto=caneca")];
    assert_eq!(no_login.abertos, depois.abertos);
    for resposta in [no_login, depois] {
        let linha = resposta.set_cookie("session").unwrap();
        let esperados = ["HttpOnly", "SameSite=Strict", "Path=/", "Expires="];
        assert!(esperados.iter().all(|um| linha.contains(um)), "{linha}");
    }
}

#[test]
fn o_logout_encerra_todas_as_copias_do_cookie_e_nenhuma_devolve_o_cargo_removido() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    let mut copia = visitante.clone();
    visitante.postar(REMOVER_CARGO, "");
    copia.abrir(PERFIL).mostra("Seu perfil. Cargo: visitante");
    visitante.sair();
    copia.esta_fora("a cópia, depois do logout");
}

#[test]
fn o_login_troca_o_id_e_o_de_antes_nao_abre_mais_nada() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.enviar(CARRINHO, CARRINHO, &[("produto", "caneca")]);
    let mut copia = visitante.clone();
    visitante.entrar();
    visitante.abrir(CARRINHO).mostra("caneca");
    copia.esta_fora("o id de antes do login");
    copia.abrir(CARRINHO).mostra("está vazio");
}

#[test]
fn um_id_que_o_servidor_nao_sorteou_nunca_e_adotado() {
    for id in ["0123456789abcdef0123456789abcdef", "", "admin", r#"{"username":"a"}"#] {
        let mut visitante = Visitante::novo(super::rocket());
        visitante.forjar("session", id);
        visitante.esta_fora(id);
        let abertos = visitante.postar(CARRINHO, "produto=caneca").abertos;
        assert_ne!(abertos["session"], id);
    }
}

#[test]
fn uma_gravacao_que_chega_depois_do_logout_nao_traz_a_sessao_de_volta() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    let mut copia = visitante.clone();
    em_outra_aba(&copia, |sessao| {
        visitante.sair();
        sessao.armazenar("role", "admin");
        assert_eq!(execute(sessao.gravar()), Err(Status::Unauthorized));
    });
    copia.esta_fora("depois da gravação atrasada");
}

#[test]
fn um_registro_novo_nunca_escreve_por_cima_de_outro() {
    let memoria = memoria::nova();
    assert_eq!(execute(memoria.trocar("nome", "zero")), Ok(false));
    assert_eq!(execute(memoria.criar("nome", "um")), Ok(true));
    assert_eq!(execute(memoria.criar("nome", "outro")), Ok(false));
    assert_eq!(execute(memoria.ler("nome")), Ok(Some("um".to_owned())));
}

#[test]
fn o_que_um_logout_apaga_nao_volta_com_tres_requisicoes_gravando_ao_mesmo_tempo() {
    let memoria = memoria::nova();
    apagar_enquanto_tres_gravam(
        1_000,
        async |nome| assert_eq!(memoria.criar(nome, "um").await, Ok(true)),
        async |nome| memoria.trocar(nome, "dois").await.unwrap(),
        async |nome| memoria.apagar(nome).await.unwrap(),
        async |nome| memoria.ler(nome).await.unwrap().is_some(),
    );
}

#[test]
fn sem_nada_a_guardar_a_visita_nao_cria_registro_nem_cookie() {
    let mut visitante = Visitante::novo(super::rocket());
    assert_eq!(visitante.postar(REMOVER_CARGO, "").cabecalho("Set-Cookie"), None);
    for pagina in [CARRINHO, LOGIN] {
        assert_eq!(visitante.abrir(pagina).cabecalho("Set-Cookie"), None, "{pagina}");
    }
}

#[test]
fn um_registro_que_nao_se_le_conta_como_sessao_vazia() {
    for texto in ["", "[]", "null", "{", "7"] {
        let mut visitante = Visitante::novo(super::rocket());
        let armazem = visitante.servidor().rocket().state::<Box<dyn Armazem>>();
        execute(armazem.unwrap().criar(&nome("id"), texto)).unwrap();
        visitante.forjar("session", "id");
        visitante.esta_fora(texto);
        visitante.entrar().leva_a(DASHBOARD, texto);
    }
}

#[test]
fn se_o_armazenamento_falha_a_resposta_e_503_e_o_cookie_nao_muda() {
    let parado: Box<dyn Armazem> = Box::new(Parado);
    let aplicacao = shared::aplicacao(env!("CARGO_MANIFEST_DIR")).manage(parado);
    let rotas = rocket::routes![super::login_submit, super::perfil];
    let mut visitante = Visitante::novo(aplicacao.mount("/", rotas));
    let entrada = visitante.postar(LOGIN_SUBMIT, "username=admin&password=123");
    visitante.forjar("session", "id");
    let perfil = visitante.abrir(PERFIL);
    for (resposta, diz) in
        [(entrada, "Tente de novo."), (perfil, "Serviço indisponível")]
    {
        assert!(resposta.corpo.contains(diz), "{}", resposta.corpo);
        assert_eq!((resposta.codigo, resposta.cabecalho("Set-Cookie")), (503, None));
    }
}

// Os testes seguintes mostram os atalhos deste capítulo, e cada um diz que capítulo o remove.

#[test]
fn atalho_uma_rota_que_esquece_gravar_perde_a_mudanca_ate_o_capitulo_18() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    em_outra_aba(&visitante, |sessao| sessao.remover("role"));
    visitante.abrir(PERFIL).mostra("Seu perfil. Cargo: admin");
}

#[test]
fn atalho_de_duas_abas_que_mudam_a_sessao_so_fica_a_ultima_ate_o_capitulo_17() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    em_outra_aba(&visitante.clone(), |sessao| {
        visitante.postar(CARRINHO, "produto=caneca");
        // A outra aba leu a sessão antes que a caneca entrasse, e grava o que leu.
        sessao.armazenar("carrinho", json!(["camiseta"]));
        execute(sessao.gravar()).unwrap();
    });
    assert!(!visitante.abrir(CARRINHO).corpo.contains("caneca"));
}

/// Um armazenamento que nunca atende.
struct Parado;
const PARADO: Status = Status::ServiceUnavailable;

#[async_trait]
#[rustfmt::skip]
impl Armazem for Parado {
    async fn criar(&self, _: &str, _: &str) -> Resposta<bool> { Err(PARADO) }
    async fn ler(&self, _: &str) -> Resposta<Option<String>> { Err(PARADO) }
    async fn trocar(&self, _: &str, _: &str) -> Resposta<bool> { Err(PARADO) }
    async fn apagar(&self, _: &str) -> Resposta<()> { Err(PARADO) }
}

/// Outra requisição deste visitante, que já leu a sessão.
fn em_outra_aba(visitante: &Visitante, cena: impl FnOnce(&mut Sessao<'_>)) {
    let cookie = ("session".to_owned(), visitante.cookies["session"].clone());
    let pedido = visitante.servidor().get("/").cookie(cookie);
    cena(&mut execute(Sessao::from_request(pedido.inner())).unwrap());
}
