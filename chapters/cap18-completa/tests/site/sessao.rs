//! O id que o cookie leva e o dicionário que o servidor guarda.

use rocket::{get, post, routes};
use rocket_sessoes::armazem::Resumo;
use rocket_sessoes::{Erro, Sessao};
use teste::Visitante;

use super::apoio::*;

#[test]
fn o_cookie_so_leva_um_id_sorteado_e_o_armazenamento_so_guarda_o_hash_dele() {
    let loja = memoria();
    let mut admin = em(&loja);
    let ids = [(); 3].map(|()| {
        admin.entrar();
        id(&admin)
    });
    // Cada login sorteia um id, e só o último ainda tem registro.
    let [(resumo, registro)] = &de_quem(&loja, "admin")[..] else { panic!() };
    assert_eq!(resumo, &Resumo::do_id("sessoes", &ids[2]));
    for id in &ids {
        assert!(id.len() == 32 && id.bytes().all(|l| l.is_ascii_hexdigit()), "{id}");
        assert_eq!(ids.iter().filter(|outro| *outro == id).count(), 1);
        assert!(!resumo.como_texto().contains(id) && !registro.texto.contains(id));
    }
}

#[test]
fn um_id_que_o_servidor_nao_sorteou_nunca_e_adotado() {
    let (id_inventado, longo) = ("0123456789abcdef".repeat(2), "a".repeat(3_000));
    let mut vitima = visitante();
    for inventado in [&*id_inventado, "", "../../etc", &longo] {
        vitima.forjar(COOKIE, inventado);
        let mut copia = vitima.clone();
        vitima.abrir("/login").mostra("Sua sessão terminou.");
        vitima.entrar();
        assert_ne!(id(&vitima), inventado);
        copia.esta_fora(inventado);
    }
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
        de_antes.abrir("/carrinho").mostra("está vazio");
    }
    // Quem entra no lugar de outra pessoa não recebe o carrinho dela.
    visitante.entrar_com("maria", "456");
    visitante.abrir("/carrinho").mostra("está vazio");
}

#[test]
fn o_logout_encerra_a_sessao_em_todas_as_copias_do_cookie() {
    let mut visitante = visitante();
    visitante.postar("/login_submit", LEMBRADO);
    let (mut copia, id) = (visitante.clone(), id(&visitante));
    visitante.sair();
    assert_eq!(guardada(&visitante, &id), None);
    copia.esta_fora("a cópia");
    copia.abrir("/login").mostra("Sua sessão terminou. Entre de novo.</p>");
}

#[test]
fn quem_nao_guardou_nada_nao_recebe_cookie_nem_ocupa_um_registro() {
    let (loja, maria) = com_intrometido();
    loja.falha("criar");
    let mut visitante = maria.outro();
    for caminho in ["/", "/login", "/carrinho", "/dashboard", "/admin"] {
        let resposta = visitante.abrir(caminho);
        assert!(resposta.codigo != 503 && resposta.cabecalho("Set-Cookie").is_none());
    }
    loja.responde();
    por(&mut visitante, "caneca");
    assert!(guardada(&visitante, &id(&visitante)).is_some());
}

#[test]
fn um_registro_de_outro_formato_conta_como_sessao_encerrada() {
    let servidor = visitante();
    let certo = texto(agora(), agora());
    for (de, para) in [
        (&*certo, ""),
        ("\"versao\":1", "\"versao\":2"),
        ("\"lembrar\":false", "\"lembrar\":0"),
        ("\"criada\":", "\"criada\":-"),
        ("\"usada\":", "\"usada\":99999999999"),
        ("\"user_id\":1", "\"user_id\":\"doze mil\""),
        ("\"user_id\":1", "\"user_id\":-1"),
        ("\"dono\"", "[]"),
        ("\"carimbo\":", "\"carimbo\":{},\"outro\":"),
        ("\"carimbo\":", "\"outro\":"),
    ] {
        let errado = certo.replace(de, para);
        assert_ne!(errado, certo);
        com_registro(&servidor, &errado).esta_fora(&errado);
    }
    com_registro(&servidor, &certo).abrir("/perfil").mostra("Cargo: dono");
}

#[test]
fn dois_sites_no_mesmo_armazenamento_nao_veem_as_sessoes_um_do_outro() {
    let loja = memoria();
    let [mut compras, mut blog] = ["compras", "blog"].map(|nome| {
        let site = com(&loja, configuracao().merge(("nome", nome)));
        let mut maria = Visitante::novo(site);
        maria.entrar_com("maria", "456");
        maria
    });
    let mut de_la = blog.outro();
    de_la.forjar(COOKIE, id(&compras));
    de_la.esta_fora("o cookie do outro site");
    compras.postar("/sessoes/encerrar_outras", "");
    compras.abrir("/sessoes").mostra("Nenhuma sessão foi encerrada.");
    blog.abrir("/perfil").mostra("Cargo: cliente");
}

#[post("/encher/<letras>")]
fn encher(sessao: Sessao<'_>, letras: usize) -> Result<(), Erro> {
    sessao.armazenar("texto", "a".repeat(letras))
}

#[test]
fn um_carrinho_cheio_diz_isso_pode_ser_esvaziado_e_nao_impede_o_login_nem_a_senha() {
    let mut maria = Visitante::novo(aplicacao().mount("/", routes![encher]));
    // O JSON escreve cada letra destas com seis.
    let produto = |n: usize| format!("{}{n:02}", "%01".repeat(98));
    for n in 0..50 {
        por(&mut maria, &produto(n)).leva_a("/carrinho", "cabe");
    }
    recusa(&por(&mut maria, "caneca"), 413, "O carrinho está cheio: esvazie-o antes");
    // O que não cabe na sessão é recusado inteiro, e nada se perde.
    assert_eq!(maria.postar("/encher/66000", "").codigo, 413);
    por(&mut maria, &produto(7)).leva_a("/carrinho", "outro do mesmo produto");
    maria.entrar_com("maria", "456").leva_a("/dashboard", "com o carrinho cheio");
    trocar_senha(&mut maria).leva_a("/sessoes", "com o carrinho cheio");
    maria.enviar("/carrinho", "/carrinho/esvaziar", &[]).leva_a("/carrinho", "vazio");
    maria.abrir("/carrinho").mostra("está vazio");
}

#[get("/guardas")]
fn duas_guardas(uma: Sessao<'_>, outra: Sessao<'_>) -> Result<String, Erro> {
    uma.armazenar("par", (true, "sim"))?;
    uma.armazenar("nada", None::<u8>)?;
    let par: Option<(bool, String)> = outra.recuperar("par")?;
    let nada: Option<Option<u8>> = outra.recuperar("nada")?;
    let falta: Option<u8> = outra.recuperar("falta")?;
    let itens: Vec<String> = outra.itens().into_keys().collect();
    let erro = outra.recuperar::<u8>("par").unwrap_err();
    let removido = outra.remover("nada")?;
    let contem = [uma.contem("nada"), uma.contem("par")];
    outra.remover("par")?;
    Ok(format!("{par:?} {nada:?} {falta:?} {itens:?} {erro}; {removido:?} {contem:?}"))
}

#[test]
fn as_guardas_de_uma_requisicao_veem_as_mudancas_umas_das_outras() {
    let site = aplicacao().mount("/", routes![duas_guardas]);
    let resposta = Visitante::novo(site).abrir("/guardas");
    let itens = r#"["nada", "par"] `par` não é u8; Some(Null) [false, true]"#;
    resposta.mostra(&format!(r#"Some((true, "sim")) Some(None) None {itens}"#));
    assert_eq!(resposta.cabecalho("Set-Cookie"), None);
}

#[get("/falha")]
fn falha(sessao: Sessao<'_>) -> Result<String, Erro> {
    sessao.armazenar("role", "dono")?;
    sessao.remover("user_id")?;
    sessao.recuperar::<u8>("role").map(|role| format!("{role:?}"))
}

#[test]
fn uma_rota_que_termina_em_erro_nao_grava_nada() {
    let mut maria = Visitante::novo(aplicacao().mount("/", routes![falha]));
    maria.entrar_com("maria", "456");
    let antes = guardada(&maria, &id(&maria));
    assert_eq!(maria.abrir("/falha").codigo, 500);
    assert_eq!(guardada(&maria, &id(&maria)), antes);
}
