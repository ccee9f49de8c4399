//! O dicionário e o que lê o que chega de fora, com entradas guardadas e sorteadas: nada para o
//! servidor, e nenhum segredo aparece.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Mutex;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rocket::figment::Figment;
use rocket::futures::future::join_all;
use rocket::http::Status;
use rocket::{Config, State, get, routes};
use rocket_sessoes::site::volta::volta_segura;
use rocket_sessoes::{armazem, conferir_chaves};
use serde_json::Value;

#[allow(dead_code, reason = "os testes usam uma parte do módulo")]
#[path = "../../chapters/cap06-dicionario/src/sessao.rs"]
mod dicionario;

/// Os textos guardados em `tests/corpus`, um em JSON por linha. Os de `todos.txt` servem a todos os
/// alvos.
fn guardados(alvo: &str) -> Vec<String> {
    let arquivos = ["todos", alvo].map(|nome| format!("tests/corpus/{nome}.txt"));
    let linhas = arquivos.map(|nome| tests::ler(tests::raiz().join(nome))).concat();
    linhas.lines().map(|linha| serde_json::from_str(linha).unwrap()).collect()
}

/// Experimenta a afirmação com os textos guardados deste alvo e, depois, com os sorteados.
fn textos(alvo: &str, novos: impl Strategy<Value = String>, afirmacao: impl Fn(&str)) {
    for texto in guardados(alvo) {
        // Só aparece se o teste falha.
        println!("{texto:?}");
        afirmacao(&texto);
    }
    sortear(novos, |texto| afirmacao(&texto));
}

/// Experimenta a afirmação com entradas sorteadas, quantas PROPTEST_CASES disser. Se uma falha, mostra
/// a menor que falha.
fn sortear<E: Strategy<Value: Debug>>(entradas: E, afirmacao: impl Fn(E::Value)) {
    let ajustes = ProptestConfig { failure_persistence: None, ..Default::default() };
    let tentadas = TestRunner::new(ajustes).run(&entradas, |entrada| {
        afirmacao(entrada);
        Ok(())
    });
    tentadas.unwrap_or_else(|falha| panic!("{falha}"));
}

// O dicionário do capítulo 6, visto de rotas que fazem o que o teste pede.

/// As chamadas que a próxima requisição faz: com um valor, armazenar; sem ele, remover; sem a chave,
/// limpar.
type Chamadas = Vec<Option<(String, Option<Value>)>>;

#[get("/executar")]
fn executar(mut sessao: dicionario::Sessao<'_>, chamadas: &State<Mutex<Chamadas>>) {
    for chamada in chamadas.lock().unwrap().drain(..) {
        match chamada {
            Some((chave, Some(valor))) => sessao.armazenar(&chave, valor),
            Some((chave, None)) => sessao.remover(&chave),
            None => sessao.limpar(),
        }
    }
}

/// Um valor que o JSON sabe escrever.
fn valor() -> impl Strategy<Value = Value> {
    let simples = || {
        let numero = any::<i64>().prop_map(Value::from);
        prop_oneof![Just(Value::Null), numero, ".{0,12}".prop_map(Value::from)]
    };
    let lista = prop::collection::vec(simples(), 0..4).prop_map(Value::from);
    prop_oneof![simples(), lista]
}

#[test]
fn o_dicionario_se_comporta_como_um_btreemap_de_uma_requisicao_para_outra() {
    let site = rocket::build().manage(Mutex::new(Chamadas::new()));
    let navegador = teste::cliente(site.mount("/", routes![executar]));
    let chave = "[a-c]|user_id|[^\\x00]{0,4}";
    let chamada = (chave, prop::option::weighted(0.7, valor()));
    let chamadas = prop::collection::vec(prop::option::weighted(0.9, chamada), 0..6);
    sortear(prop::collection::vec(chamadas, 1..5), |requisicoes| {
        let fazer = |chamadas| {
            let lugar = navegador.rocket().state::<Mutex<Chamadas>>().unwrap();
            *lugar.lock().unwrap() = chamadas;
            assert_eq!(navegador.get("/executar").dispatch().status(), Status::Ok);
        };
        fazer(vec![None]);
        let mut modelo = BTreeMap::new();
        for chamadas in requisicoes {
            for chamada in chamadas.clone() {
                match chamada {
                    Some((chave, Some(valor))) => drop(modelo.insert(chave, valor)),
                    Some((chave, None)) => drop(modelo.remove(&chave)),
                    None => modelo.clear(),
                }
            }
            fazer(chamadas);
            let cookie = navegador.cookies().get_private("session");
            let texto = cookie.map_or("{}".into(), |cookie| cookie.value().to_owned());
            assert_eq!(serde_json::from_str::<BTreeMap<_, _>>(&texto).unwrap(), modelo);
        }
    });
}

// O que o capítulo 18 lê de quem chega, e de quem o configura.

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

#[test]
fn um_endereco_qualquer_diz_o_que_fazer_sem_mostrar_a_senha() {
    let pasta = tempfile::tempdir().unwrap();
    // Nenhum fala com outra máquina, e os que insistem por um tempo insistem juntos.
    let enderecos = guardados("endereco");
    let abrir = enderecos.iter().map(|um| armazem::abrir(um, pasta.path()));
    let abertos = rocket::execute(join_all(abrir)).into_iter().zip(&enderecos);
    for (aberto, endereco) in abertos {
        let Some(erro) = aberto.err().map(|erro| erro.to_string()) else { continue };
        let conselhos = ["use memoria:, sqlite:", "Confira se a pasta", "inicie"];
        assert!(conselhos.iter().any(|conselho| erro.contains(conselho)), "{erro}");
        assert!(!erro.contains("s3nh4"), "{endereco}: {erro}");
    }
}
