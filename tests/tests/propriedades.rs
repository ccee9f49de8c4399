//! O que o capítulo 18 lê de quem chega e de quem o configura, com entradas guardadas e sorteadas:
//! nada para o servidor, e nenhum segredo aparece.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rocket::Config;
use rocket::figment::Figment;
use rocket_sessoes::conferir_chaves;
use rocket_sessoes::site::volta::volta_segura;

/// Experimenta a afirmação com os textos guardados em `tests/corpus`, um em JSON por linha (os de
/// `todos.txt` servem a todos os alvos), e com os sorteados, quantos PROPTEST_CASES disser. Se um falha,
/// mostra o menor que falha.
fn textos(alvo: &str, novos: impl Strategy<Value = String>, afirmacao: impl Fn(&str)) {
    let arquivos = ["todos", alvo].map(|nome| format!("tests/corpus/{nome}.txt"));
    let linhas = arquivos.map(|nome| tests::ler(tests::raiz().join(nome))).concat();
    for linha in linhas.lines() {
        let texto: String = serde_json::from_str(linha).unwrap();
        // Só aparece se o teste falha.
        println!("{texto:?}");
        afirmacao(&texto);
    }
    let ajustes = ProptestConfig { failure_persistence: None, ..Default::default() };
    let tentados = TestRunner::new(ajustes).run(&novos, |texto| {
        afirmacao(&texto);
        Ok(())
    });
    tentados.unwrap_or_else(|falha| panic!("{falha}"));
}

#[test]
fn o_endereco_de_volta_e_sempre_um_caminho_deste_site() {
    let volta =
        prop_oneof![".{0,20}", "[/\\\\%:?#@.a-z0-9-]{0,20}", "/[a-z0-9%/_-]{0,9}"];
    textos("volta", volta, |volta| {
        if let Some(aceita) = volta_segura(volta) {
            let aceita = aceita.to_string();
            let daqui = aceita.starts_with('/')
                && !aceita.starts_with("//")
                && !aceita.contains(['\\', '%', ':', '@']);
            assert!(daqui && aceita == volta, "{aceita}");
        }
    });
}

#[test]
fn qualquer_texto_no_lugar_de_uma_chave_e_aceito_ou_recusado_sem_ser_mostrado() {
    let chave = || {
        prop_oneof!["[^\n]{0,90}", "[0-9a-f]{64}", "[A-Za-z0-9+/]{43}=", "[a-z]{44}"]
    };
    // A primeira linha é a chave atual; as outras, as anteriores.
    let chaves =
        prop::collection::vec(chave(), 1..5).prop_map(|todas| todas.join("\n"));
    textos("chaves", chaves, |chaves| {
        let todas: Vec<&str> = chaves.split('\n').collect();
        let configuracao = Figment::from(Config::debug_default())
            .merge(("secret_key", todas[0]))
            .merge(("secret_keys_anteriores", &todas[1..]));
        match conferir_chaves(&configuracao).map_err(|erro| erro.to_string()) {
            // O erro do Rocket mostraria a chave: ele tem de aceitar o que passou por aqui.
            Ok(_) => drop(Config::try_from(configuracao).expect(chaves)),
            Err(erro) => {
                let mut longas = todas.iter().filter(|um| um.chars().count() > 8);
                assert!(!longas.any(|um| erro.contains(um)), "{erro}");
            }
        }
    });
}
