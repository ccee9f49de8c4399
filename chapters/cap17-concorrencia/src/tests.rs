//! O que o capítulo 17 promete.

use rocket::execute;
use rocket::http::Status;
use rocket::request::FromRequest;
use serde_json::json;
use teste::{Visitante, caminhos::*, corrida::apagar_enquanto_tres_gravam};

use crate::armazem::memoria;
use crate::sessao::Sessao;

teste::promessas!(super::rocket: casa, login, corpos, paginas, saida, dicionario);

#[test]
fn de_duas_abas_que_adicionam_ao_mesmo_tempo_ficam_os_dois_produtos() {
    let mut visitante = com_caneca();
    em_duas_abas(&visitante, |uma, outra| {
        adicionar(uma, "camiseta");
        adicionar(outra, "caderno");
        assert_eq!(execute(uma.gravar()), Ok(()));
        assert_eq!(execute(outra.gravar()), Ok(()));
    });
    confere_carrinho(&mut visitante, &["caneca", "camiseta", "caderno"]);
}

#[test]
fn quem_repete_a_mudanca_ve_o_resultado_das_duas() {
    let visitante = com_caneca();
    em_duas_abas(&visitante, |uma, outra| {
        adicionar(uma, "camiseta");
        execute(uma.gravar()).unwrap();
        adicionar(outra, "caderno");
        execute(outra.gravar()).unwrap();
        let carrinho: Vec<String> = outra.recuperar("carrinho").unwrap();
        assert_eq!(carrinho, ["caneca", "camiseta", "caderno"]);
    });
}

#[test]
fn uma_aba_que_mexe_em_outra_chave_nao_desfaz_a_mudanca_da_primeira() {
    let mut visitante = com_caneca();
    visitante.entrar();
    em_duas_abas(&visitante, |uma, outra| {
        adicionar(uma, "camiseta");
        outra.remover("role");
        outra.armazenar("tema", "escuro");
        execute(uma.gravar()).unwrap();
        execute(outra.gravar()).unwrap();
        assert_eq!(outra.recuperar("tema"), Some("escuro".to_owned()));
    });
    confere_carrinho(&mut visitante, &["caneca", "camiseta"]);
    visitante.abrir(PERFIL).mostra("Seu perfil. Cargo: visitante");
}

#[test]
fn uma_mudanca_gravada_nao_se_repete_na_gravacao_seguinte() {
    let mut visitante = com_caneca();
    em_duas_abas(&visitante, |uma, outra| {
        adicionar(uma, "camiseta");
        execute(uma.gravar()).unwrap();
        adicionar(outra, "caderno");
        execute(outra.gravar()).unwrap();
        adicionar(uma, "livro");
        execute(uma.gravar()).unwrap();
    });
    confere_carrinho(&mut visitante, &["caneca", "camiseta", "caderno", "livro"]);
}

#[test]
fn alterar_comeca_do_valor_padrao_quando_a_chave_falta_ou_tem_outro_tipo() {
    let visitante = com_caneca();
    em_duas_abas(&visitante, |uma, _| {
        for (antes, depois) in [(json!(null), 1), (json!("sete"), 1), (json!(7), 8)] {
            uma.armazenar("vezes", antes);
            uma.alterar("vezes", |vezes: &mut u32| *vezes += 1);
            assert_eq!(uma.recuperar("vezes"), Some(depois));
        }
    });
}

#[test]
fn uma_gravacao_que_chega_depois_do_logout_nao_traz_a_sessao_de_volta() {
    let mut visitante = com_caneca();
    visitante.entrar();
    em_duas_abas(&visitante, |uma, outra| {
        adicionar(outra, "camiseta");
        execute(uma.limpar()).unwrap();
        assert_eq!(execute(outra.gravar()), Err(Status::Unauthorized));
    });
    visitante.esta_fora("depois do logout");
}

#[test]
fn so_grava_quem_leu_a_versao_que_esta_no_armazenamento() {
    let memoria = memoria::nova();
    execute(async {
        assert_eq!(memoria.criar("nome", "um").await, Ok(Some(1)));
        assert_eq!(memoria.criar("nome", "outro").await, Ok(None));
        assert_eq!(memoria.trocar("nome", 1, "dois").await, Ok(Some(2)));
        assert_eq!(memoria.trocar("nome", 1, "outro").await, Ok(None));
        assert_eq!(memoria.ler("nome").await, Ok(Some(("dois".to_owned(), 2))));
        assert_eq!(memoria.apagar("nome").await, Ok(()));
        assert_eq!(memoria.trocar("nome", 2, "três").await, Ok(None));
    });
}

#[test]
fn o_que_um_logout_apaga_nao_volta_com_tres_requisicoes_gravando_ao_mesmo_tempo() {
    let memoria = memoria::nova();
    apagar_enquanto_tres_gravam(
        1_000,
        async |nome| assert_eq!(memoria.criar(nome, "um").await, Ok(Some(1))),
        async |nome| match memoria.ler(nome).await.unwrap() {
            // Quem perde a vez lê de novo e insiste, até que o registro não esteja mais lá.
            Some((_, lida)) => memoria.trocar(nome, lida, "dois").await.is_ok(),
            None => false,
        },
        async |nome| memoria.apagar(nome).await.unwrap(),
        async |nome| memoria.ler(nome).await.unwrap().is_some(),
    );
}

#[test]
fn o_login_continua_trocando_o_id() {
    let mut visitante = com_caneca();
    let mut copia = visitante.clone();
    visitante.entrar();
    confere_carrinho(&mut visitante, &["caneca"]);
    copia.esta_fora("o id de antes do login");
}

// O teste seguinte mostra o atalho deste capítulo, e diz que capítulo o remove.

#[test]
fn atalho_o_que_outra_aba_muda_durante_o_login_se_perde_ate_o_capitulo_18() {
    let visitante = com_caneca();
    em_duas_abas(&visitante, |uma, outra| {
        adicionar(outra, "camiseta");
        execute(outra.gravar()).unwrap();
        uma.armazenar("username", "admin");
        execute(uma.gravar_com_outro_id()).unwrap();
        assert_eq!(uma.recuperar("carrinho"), Some(vec!["caneca".to_owned()]));
    });
}

/// Alguém com uma caneca no carrinho.
fn com_caneca() -> Visitante {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.postar(CARRINHO, "produto=caneca");
    visitante
}

/// Duas requisições deste visitante, que leram a mesma sessão.
fn em_duas_abas(
    visitante: &Visitante,
    cena: impl FnOnce(&mut Sessao<'_>, &mut Sessao<'_>),
) {
    let cookie = ("session".to_owned(), visitante.cookies["session"].clone());
    let abas = [(), ()].map(|()| visitante.servidor().get("/").cookie(cookie.clone()));
    let [mut uma, mut outra] =
        abas.each_ref().map(|aba| execute(Sessao::from_request(aba.inner())).unwrap());
    cena(&mut uma, &mut outra);
}

/// O que a rota `adicionar` faz, antes de gravar.
fn adicionar(sessao: &mut Sessao<'_>, produto: &'static str) {
    sessao.alterar("carrinho", move |produtos: &mut Vec<String>| {
        produtos.push(produto.to_owned());
    });
}

/// Confere os produtos da página do carrinho, na ordem.
#[track_caller]
fn confere_carrinho(visitante: &mut Visitante, esperados: &[&str]) {
    let pagina = visitante.abrir(CARRINHO).corpo;
    let linhas = pagina.lines().filter_map(|linha| linha.trim().strip_prefix("<li>"));
    let achados: Vec<&str> =
        linhas.filter_map(|linha| linha.strip_suffix("</li>")).collect();
    assert_eq!(achados, esperados);
}
