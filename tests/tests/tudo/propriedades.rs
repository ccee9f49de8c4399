//! O dicionário e tudo o que lê um cookie, com entradas sorteadas aos milhares: nada para o
//! servidor, e nenhum cookie que ele não fez vira sessão. Os módulos são os dos capítulos.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Mutex;

use book::navegador::{FORMULARIO, Navegador};
use book::processo::{Processo, chave_de_teste};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rocket::figment::Figment;
use rocket::http::Status;
use rocket::local::blocking::Client;
use rocket::{Build, Rocket, State, get, routes};
use serde_json::{Value, json};
use shared::teste::cliente;
use time::OffsetDateTime;

#[allow(dead_code, reason = "cada teste usa uma parte do capítulo")]
#[path = "../../../chapters"]
mod modulos {
    #[path = "cap18-completa/src/chaves.rs"]
    pub mod chaves;
    #[path = "cap06-dicionario/src/sessao.rs"]
    pub mod dicionario;
    #[path = "cap18-completa/src/validade.rs"]
    pub mod validade;
    #[path = "cap18-completa/src/volta.rs"]
    pub mod volta;
}

/// O cookie da sessão, sem HTTPS.
const COOKIE: &str = "session";

#[test]
fn o_dicionario_se_comporta_como_um_btreemap_de_uma_requisicao_para_outra() {
    let navegador = cliente(com_o_dicionario());
    let requisicoes =
        prop::collection::vec(prop::collection::vec(chamada(), 0..6), 1..5);
    sortear(requisicoes, |requisicoes| {
        executar(&navegador, vec![Chamada::Limpar]);
        let mut modelo = BTreeMap::new();
        for chamadas in requisicoes {
            for chamada in chamadas.clone() {
                match chamada {
                    Chamada::Armazenar(chave, valor) => {
                        drop(modelo.insert(chave, valor))
                    }
                    Chamada::Remover(chave) => drop(modelo.remove(&chave)),
                    Chamada::Limpar => modelo.clear(),
                }
            }
            executar(&navegador, chamadas);
            let cookie = navegador.cookies().get_private(COOKIE);
            let texto =
                cookie.map_or("{}".to_owned(), |cookie| cookie.value().to_owned());
            let guardado: BTreeMap<String, Value> =
                serde_json::from_str(&texto).unwrap();
            assert_eq!(guardado, modelo);
        }
    });
}

#[test]
fn um_texto_qualquer_no_cookie_nunca_vira_sessao() {
    let navegador = cliente(com_o_dicionario());
    let texto = prop_oneof![".{0,80}", "[A-Za-z0-9+/]{0,200}={0,2}", "\\PC{0,9}"];
    sortear(texto, |texto| assert!(!entrou(&navegador, texto)));
}

#[test]
fn um_cookie_verdadeiro_com_um_trecho_trocado_nunca_vira_sessao() {
    let navegador = cliente(com_o_dicionario());
    let login = Chamada::Armazenar("username".to_owned(), "admin".into());
    executar(&navegador, vec![login]);
    let certo = navegador.cookies().get(COOKIE).unwrap().value().to_owned();
    let troca = (any::<prop::sample::Index>(), "[A-Za-z0-9+/=]{0,3}", 0..3_usize);
    sortear(troca, |(onde, novo, quantos)| {
        let inicio = onde.index(certo.len());
        let fim = (inicio + quantos).min(certo.len());
        let mut trocado = certo.clone();
        trocado.replace_range(inicio..fim, &novo);
        assert_eq!(entrou(&navegador, trocado.clone()), trocado == certo);
    });
}

#[test]
fn qualquer_texto_fechado_com_a_chave_e_lido_sem_parar_o_servidor() {
    // Um cookie de outra versão deste programa abre, e o texto de dentro pode ser qualquer um.
    let navegador = cliente(com_o_dicionario());
    let texto = prop_oneof![".{0,40}", valor().prop_map(|valor| valor.to_string())];
    sortear(texto, |texto| {
        let pedido = navegador.get("/entrou").private_cookie((COOKIE, texto));
        assert_eq!(pedido.dispatch().status(), Status::Ok);
    });
}

#[test]
fn nenhum_corpo_sem_o_token_chega_a_rota() {
    let processo = Processo::capitulo("cap12-formularios", &chave_de_teste('1'));
    let mut dentro = Navegador::novo(&processo.endereco);
    dentro.entrar();
    let corpo = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        "(csrf=[0-9a-f]{0,40}&?){0,3}(produto=.{0,9})?".prop_map(String::into_bytes),
    ];
    sortear(corpo, |corpo| {
        let mut navegador = dentro.clone();
        let resposta = navegador.pedir("POST", "/carrinho", FORMULARIO, &corpo);
        assert_eq!(resposta.codigo, 403, "{resposta:?}");
    });
}

#[test]
fn o_endereco_de_volta_e_sempre_um_caminho_deste_site() {
    let volta =
        prop_oneof![".{0,20}", "[/\\\\%:?#@.a-z0-9-]{0,20}", "/[a-z0-9%/_-]{0,9}"];
    sortear(volta, |volta| {
        if let Some(aceita) = modulos::volta::volta_segura(&volta) {
            let aceita = aceita.to_string();
            assert_eq!(&aceita, &volta);
            let daqui = aceita.starts_with('/')
                && !aceita.starts_with("//")
                && !aceita.contains(['\\', '%', ':', '@']);
            assert!(daqui, "{aceita}");
        }
    });
}

#[test]
fn uma_hora_qualquer_nao_derruba_o_servidor_e_o_futuro_nunca_vale() {
    let prazo = json!({ "inatividade": 30 * 60, "absoluto": 8 * 60 * 60 });
    let ajustes = json!({ "comum": prazo, "lembrada": prazo });
    let limites = modulos::validade::limites(&Figment::from(("sessao", ajustes)));
    let prazo = limites.unwrap().prazo(false);
    let agora = OffsetDateTime::now_utc().unix_timestamp();
    let hora = || prop_oneof![any::<i64>(), agora - 40_000..agora + 100];
    sortear((hora(), hora()), |(criada, usada)| {
        let no_prazo = criada.max(usada) <= agora + 60
            && agora.saturating_sub(usada) < 30 * 60
            && agora.saturating_sub(criada) < 8 * 60 * 60;
        assert_eq!(prazo.fim(criada, usada, agora).is_none(), no_prazo);
    });
}

#[test]
fn qualquer_texto_no_lugar_de_uma_chave_e_aceito_ou_recusado_sem_ser_mostrado() {
    let chave =
        prop_oneof![".{0,90}", "[0-9a-f]{64}", "[A-Za-z0-9+/]{43}=", "[a-z]{44}"];
    sortear(prop::collection::vec(chave, 1..5), |chaves| {
        let configuracao = Figment::from(("secret_keys_anteriores", chaves.clone()));
        let erro = modulos::chaves::conferir(&configuracao).err().unwrap_or_default();
        let aparece =
            |chave: &String| chave.chars().count() > 8 && erro.contains(chave);
        assert!(!chaves.iter().any(aparece), "{erro}");
    });
}

/// Só o dicionário do capítulo 6, visto de rotas que fazem o que o teste pede.
fn com_o_dicionario() -> Rocket<Build> {
    use modulos::dicionario::Sessao;

    #[get("/executar")]
    fn executar(mut sessao: Sessao<'_>, chamadas: &State<Chamadas>) {
        for chamada in chamadas.lock().unwrap().drain(..) {
            match chamada {
                Chamada::Armazenar(chave, valor) => sessao.armazenar(&chave, valor),
                Chamada::Remover(chave) => sessao.remover(&chave),
                Chamada::Limpar => sessao.limpar(),
            }
        }
    }

    #[get("/entrou")]
    fn entrou(sessao: Sessao<'_>) -> String {
        sessao.contem("username").to_string()
    }

    rocket::build().manage(Chamadas::default()).mount("/", routes![executar, entrou])
}

/// As chamadas que a próxima requisição faz.
type Chamadas = Mutex<Vec<Chamada>>;

/// Uma chamada ao dicionário.
#[derive(Debug, Clone)]
enum Chamada {
    Armazenar(String, Value),
    Remover(String),
    Limpar,
}

/// Faz estas chamadas, todas em uma requisição.
fn executar(navegador: &Client, chamadas: Vec<Chamada>) {
    *navegador.rocket().state::<Chamadas>().unwrap().lock().unwrap() = chamadas;
    assert_eq!(navegador.get("/executar").dispatch().status(), Status::Ok);
}

/// Verdadeiro se a rota acha um nome na sessão que chega neste cookie.
fn entrou(navegador: &Client, cookie: String) -> bool {
    let resposta = navegador.get("/entrou").cookie((COOKIE, cookie)).dispatch();
    assert_eq!(resposta.status(), Status::Ok);
    resposta.into_string().unwrap() == "true"
}

/// Experimenta a afirmação com entradas sorteadas. Se uma falha, mostra a menor que falha.
fn sortear<E: Strategy>(entradas: E, afirmacao: impl Fn(E::Value))
where
    E::Value: Debug,
{
    let ajustes =
        ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let resultado = TestRunner::new(ajustes).run(&entradas, |entrada| {
        afirmacao(entrada);
        Ok(())
    });
    resultado.unwrap_or_else(|falha| panic!("{falha}"));
}

fn chamada() -> impl Strategy<Value = Chamada> {
    let chave = || "[a-c]|user_id|[^\\x00]{0,4}";
    prop_oneof![
        6 => (chave(), valor()).prop_map(|(chave, valor)| Chamada::Armazenar(chave, valor)),
        3 => chave().prop_map(Chamada::Remover),
        1 => Just(Chamada::Limpar),
    ]
}

/// Um valor que o JSON sabe escrever, com até dois níveis.
fn valor() -> impl Strategy<Value = Value> {
    let simples = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    simples.prop_recursive(2, 8, 4, |dentro| {
        prop_oneof![
            prop::collection::vec(dentro.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,4}", dentro, 0..4)
                .prop_map(|objeto| Value::Object(objeto.into_iter().collect())),
        ]
    })
}
