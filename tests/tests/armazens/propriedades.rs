//! O dicionário e tudo o que lê o que um navegador envia, com entradas guardadas e sorteadas: nada
//! para o servidor, nada deixa entrar quem não entrou, e nenhum segredo aparece.

use std::collections::BTreeMap;
use std::sync::Mutex;

use proptest::prelude::*;
use rocket::figment::Figment;
use rocket::http::Status;
use rocket::local::blocking::Client;
use rocket::tokio::runtime::Runtime;
use rocket::{Build, Config, Rocket, State, get, routes};
use serde_json::{Value, json};
use teste::cliente;
use time::OffsetDateTime;
use url::Url;

use crate::cap18::armazem::{self, Registro};
use crate::cap18::sessao::guardada::Guardada;
use corpus::{sortear, textos};

mod corpus;
mod site;

#[allow(dead_code, reason = "os testes usam uma parte do módulo")]
#[path = "../../../chapters/cap06-dicionario/src/sessao.rs"]
mod dicionario;

/// O cookie da sessão, sem HTTPS.
const COOKIE: &str = "session";

#[test]
fn o_dicionario_se_comporta_como_um_btreemap_de_uma_requisicao_para_outra() {
    let navegador = cliente(com_o_dicionario());
    let requisicoes =
        prop::collection::vec(prop::collection::vec(chamada(), 0..6), 1..5);
    sortear(4, requisicoes, |requisicoes| {
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
    textos("cookie", 1, texto, |texto| assert!(!entrou(&navegador, texto.to_owned())));
}

#[test]
fn um_cookie_verdadeiro_com_um_trecho_trocado_nunca_vira_sessao() {
    let navegador = cliente(com_o_dicionario());
    let login = Chamada::Armazenar("username".to_owned(), "admin".into());
    executar(&navegador, vec![login]);
    let certo = navegador.cookies().get(COOKIE).unwrap().value().to_owned();
    let troca = (any::<prop::sample::Index>(), "[A-Za-z0-9+/=]{0,3}", 0..3_usize);
    sortear(1, troca, |(onde, novo, quantos)| {
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
    textos("registro", 1, texto, |texto| {
        let fechado = (COOKIE, texto.to_owned());
        let pedido = navegador.get("/entrou").private_cookie(fechado);
        assert_eq!(pedido.dispatch().status(), Status::Ok);
    });
}

#[test]
fn o_endereco_de_volta_e_sempre_um_caminho_deste_site() {
    let volta =
        prop_oneof![".{0,20}", "[/\\\\%:?#@.a-z0-9-]{0,20}", "/[a-z0-9%/_-]{0,9}"];
    textos("volta", 1, volta, |volta| {
        if let Some(aceita) = crate::cap18::site::volta::volta_segura(volta) {
            let aceita = aceita.to_string();
            assert_eq!(aceita, volta);
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
    let limites = crate::cap18::validade::limites(&Figment::from(("sessao", ajustes)));
    let prazo = limites.unwrap().prazo(false);
    let agora = OffsetDateTime::now_utc().unix_timestamp();
    let hora = || prop_oneof![any::<i64>(), agora - 40_000..agora + 100];
    sortear(1, (hora(), hora()), |(criada, usada)| {
        let no_prazo = criada.max(usada) <= agora + 60
            && agora.saturating_sub(usada) < 30 * 60
            && agora.saturating_sub(criada) < 8 * 60 * 60;
        assert_eq!(prazo.fim(criada, usada, agora).is_none(), no_prazo);
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
    textos("chaves", 1, chaves, |chaves| {
        let todas: Vec<&str> = chaves.split('\n').collect();
        let configuracao = Figment::from(Config::debug_default())
            .merge(("secret_key", todas[0]))
            .merge(("secret_keys_anteriores", &todas[1..]));
        let erro = match crate::cap18::chaves::conferir(&configuracao) {
            // O erro do Rocket mostraria a chave: ele tem de aceitar o que passou por aqui.
            Ok(_) => return drop(Config::try_from(configuracao).expect(chaves)),
            Err(erro) => erro,
        };
        let aparece = |chave: &&str| chave.chars().count() > 8 && erro.contains(*chave);
        assert!(!todas.iter().any(aparece), "{erro}");
    });
}

#[test]
fn uma_chave_com_um_padrao_ou_so_de_algarismos_e_fraca() {
    for (chave, vezes) in
        [("0123456789abcdef", 4), ("00112233445566778899aabbccddeeff", 2)]
    {
        let repetida = Figment::from(("secret_key", chave.repeat(vezes)));
        let erro = crate::cap18::chaves::conferir(&repetida).err().unwrap();
        assert!(erro.starts_with("a `secret_key` é fraca: repete"), "{chave}: {erro}");
    }
    // É assim que o Rocket lê do ambiente uma chave de zeros.
    let zeros = Figment::from(("secret_key", 0));
    let erro = crate::cap18::chaves::conferir(&zeros).err().unwrap();
    assert!(erro.starts_with("a `secret_key` é fraca: só tem"), "{erro}");
}

#[test]
fn um_registro_qualquer_abre_inteiro_ou_esta_estragado() {
    textos("registro", 1, site::registro(), |texto| {
        let texto = site::com_a_hora(texto);
        let registro = Registro { texto: texto.clone(), usuario: None, vence: 0 };
        let Ok(aberta) = Guardada::abrir(&registro) else { return };
        let lido: Value = serde_json::from_str(&texto).expect("o que abre é JSON");
        // O serde lê também uma lista, na ordem dos campos.
        let valores = lido.get("valores").or_else(|| lido.get(3));
        assert_eq!(Some(&json!(aberta.valores)), valores);
        for chave in ["username", "role", "carimbo"] {
            assert!(aberta.valores.get(chave).is_none_or(Value::is_string));
        }
    });
}

#[test]
fn um_endereco_qualquer_abre_ou_diz_o_que_fazer_sem_mostrar_a_senha() {
    let pasta = tempfile::tempdir().expect("a pasta temporária deve abrir");
    let runtime = Runtime::new().expect("o runtime deve iniciar");
    let abrir = |endereco: &str| {
        let aberto = runtime.block_on(armazem::abrir(endereco, pasta.path()));
        let erro = aberto.err()?;
        let conselhos = ["use memoria:, sqlite:", "Confira se a pasta", "inicie"];
        assert!(conselhos.iter().any(|conselho| erro.contains(conselho)), "{erro}");
        Some(erro)
    };
    let sem_senha = |endereco: &str| {
        let erro = abrir(endereco).unwrap_or_default();
        assert!(!erro.contains("s3nh4"), "{endereco}: {erro}");
    };
    sem_senha("redis://127.0.0.1:1/s3nh4@servidor");
    sem_senha("redis://127.0.0.1:1#s3nh4@servidor");
    let enderecos = prop_oneof![".{0,40}", "[a-z]{0,9}:[!-~]{0,20}"];
    textos("endereco", 4, enderecos, |endereco| {
        if sem_rede(endereco) {
            abrir(endereco);
        }
    });
    let esquema = "(postgres|redis|rediss|redis-cluster|memcached|mysql|[a-z]{0,5})";
    let senha = ("[!-~]{0,3}", "[!-~]{0,3}")
        .prop_map(|(antes, depois)| format!("{antes}s3nh4{depois}"));
    let resto = "(|127\\.0\\.0\\.1|[!-~]{0,9}):?(|1|[0-9]{0,5})[!-~]{0,9}";
    let partes = (esquema, "(://|:|:/|//|)", "[a-z]{0,3}", senha, resto);
    sortear(1, partes, |(esquema, barras, quem, senha, resto)| {
        let endereco = format!("{esquema}{barras}{quem}:{senha}@{resto}");
        if sem_rede(&endereco) {
            sem_senha(&endereco);
        }
    });
}

/// Falso se abrir este endereço falaria com outra máquina, ou escreveria fora da pasta do teste.
fn sem_rede(endereco: &str) -> bool {
    let Ok(url) = Url::parse(endereco) else { return true };
    match url.scheme() {
        "sqlite" => {
            let caminho = url.path();
            let fora = caminho.starts_with(['/', '\\']) || caminho.contains("..");
            !fora && !caminho.contains('%')
        }
        "postgres" | "postgresql" | "redis" | "rediss" | "redis-cluster"
        | "rediss-cluster" | "memcached" => {
            // Na porta 1 ninguém atende, e `?host=` ou `?no=` diria outro lugar.
            !url.has_host()
                || (url.host_str(), url.port()) == (Some("127.0.0.1"), Some(1))
                    && !url.query_pairs().any(|(nome, _)| {
                        nome.contains("host") || nome == "port" || nome == "no"
                    })
        }
        _ => true,
    }
}

/// Só o dicionário do capítulo 6, visto de rotas que fazem o que o teste pede.
fn com_o_dicionario() -> Rocket<Build> {
    use dicionario::Sessao;

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
