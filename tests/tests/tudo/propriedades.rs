//! O dicionário e tudo o que lê um cookie, com entradas sorteadas aos milhares: nada para o
//! servidor, e nenhum cookie que ele não fez vira sessão. Os módulos são os dos capítulos.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Mutex;

use proptest::prelude::*;
use proptest::test_runner::{TestCaseResult, TestRunner};
use rocket::figment::Figment;
use rocket::http::{ContentType, Cookie, Status};
use rocket::local::blocking::Client;
use rocket::{Build, Rocket, State, get, post, routes};
use serde_json::{Value, json};
use shared::teste::cliente;

#[allow(dead_code, reason = "cada teste usa uma parte do capítulo")]
#[path = "../../../chapters"]
mod modulos {
    #[path = "cap14-rotacao/src/chaves.rs"]
    pub mod chaves;
    #[path = "cap18-completa/src/chaves.rs"]
    pub mod chaves_do_site;
    #[path = "cap06-dicionario/src/sessao.rs"]
    pub mod dicionario;
    #[path = "cap12-formularios/src/formularios.rs"]
    pub mod formularios;
    #[path = "cap12-formularios/src/sessao.rs"]
    pub mod sessao;
    #[path = "cap08-validade/src/validade.rs"]
    pub mod validade;
    #[path = "cap18-completa/src/volta.rs"]
    pub mod volta;
}

/// O cookie da sessão, sem HTTPS.
const COOKIE: &str = "session";

// O dicionário.

#[test]
fn o_dicionario_se_comporta_como_um_btreemap_de_uma_requisicao_para_outra() {
    let navegador = cliente(com_o_dicionario());
    sortear(requisicoes(), |requisicoes| {
        navegador.get("/limpar").dispatch();
        let mut modelo = BTreeMap::new();
        for chamadas in requisicoes {
            for chamada in &chamadas {
                repetir(chamada, &mut modelo);
            }
            *navegador.rocket().state::<Chamadas>().unwrap().0.lock().unwrap() =
                chamadas;
            navegador.get("/executar").dispatch();
            prop_assert_eq!(guardado(&navegador), modelo.clone());
            // E o cookie existe se, e só se, há o que guardar.
            let tem_cookie = navegador.cookies().get(COOKIE).is_some();
            prop_assert_eq!(tem_cookie, !modelo.is_empty());
        }
        Ok(())
    });
}

#[test]
fn um_valor_volta_igual_e_de_outro_tipo_e_como_se_faltasse() {
    let navegador = cliente(com_o_dicionario());
    sortear(valor(), |valor| {
        navegador.get("/limpar").dispatch();
        let chamada = Chamada::Armazenar("chave".to_owned(), valor.clone());
        *navegador.rocket().state::<Chamadas>().unwrap().0.lock().unwrap() =
            vec![chamada];
        navegador.get("/executar").dispatch();
        let lido = navegador.get("/como-u32").dispatch().into_string().unwrap();
        let esperado = valor.as_u64().and_then(|numero| u32::try_from(numero).ok());
        prop_assert_eq!(lido, format!("{esperado:?}"));
        Ok(())
    });
}

// O que chega em um cookie.

#[test]
fn um_texto_qualquer_no_cookie_nunca_vira_sessao() {
    let navegador = cliente(com_o_dicionario());
    sortear(texto_de_cookie(), |texto| {
        prop_assert!(!entrou(&navegador, Cookie::new(COOKIE, texto)));
        Ok(())
    });
}

#[test]
fn um_cookie_verdadeiro_com_um_trecho_trocado_nunca_vira_sessao() {
    let navegador = cliente(com_o_dicionario());
    navegador.get("/entrar").dispatch();
    let certo = navegador.cookies().get(COOKIE).unwrap().value().to_owned();
    let troca = (any::<prop::sample::Index>(), "[A-Za-z0-9+/=]{0,3}", 0..3_usize);
    sortear(troca, |(onde, novo, quantos)| {
        let inicio = onde.index(certo.len());
        let fim = (inicio + quantos).min(certo.len());
        let mut trocado = certo.clone();
        trocado.replace_range(inicio..fim, &novo);
        if trocado != certo {
            prop_assert!(!entrou(&navegador, Cookie::new(COOKIE, trocado)));
        }
        Ok(())
    });
    assert!(entrou(&navegador, Cookie::new(COOKIE, certo)));
}

#[test]
fn qualquer_texto_fechado_com_a_chave_e_lido_sem_parar_o_servidor() {
    // Um cookie de outra versão deste programa abre, e o texto de dentro pode ser qualquer um.
    let navegador = cliente(com_o_dicionario());
    sortear(texto_fechado(), |texto| {
        let pedido = navegador.get("/entrou").private_cookie((COOKIE, texto));
        prop_assert_eq!(pedido.dispatch().status(), Status::Ok);
        Ok(())
    });
}

// O que mais vem de fora.

#[test]
fn nenhum_corpo_sem_o_token_chega_a_rota() {
    let navegador = cliente(com_formulario());
    navegador.get("/entrar").dispatch();
    let corpo = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        "(csrf=[0-9a-f]{0,40}&?){0,3}(campo=.{0,9})?".prop_map(String::into_bytes),
    ];
    sortear(corpo, |corpo| {
        let pedido = navegador.post("/mudar").header(ContentType::Form).body(corpo);
        prop_assert_eq!(pedido.dispatch().status(), Status::Forbidden);
        Ok(())
    });
}

#[test]
fn o_endereco_de_volta_e_sempre_um_caminho_deste_site() {
    let volta =
        prop_oneof![".{0,20}", "[/\\\\%:?#@.a-z0-9-]{0,20}", "/[a-z0-9%/_-]{0,9}"];
    sortear(volta, |volta| {
        if let Some(aceita) = modulos::volta::volta_segura(&volta) {
            let aceita = aceita.to_string();
            prop_assert_eq!(&aceita, &volta);
            prop_assert!(
                aceita.starts_with('/') && !aceita.starts_with("//"),
                "{}",
                aceita
            );
            prop_assert!(!aceita.contains(['\\', '%', ':', '@']), "{}", aceita);
        }
        Ok(())
    });
}

#[test]
fn uma_hora_qualquer_nao_derruba_o_servidor_e_o_futuro_nunca_vale() {
    let agora = modulos::validade::agora();
    let hora = || prop_oneof![any::<i64>(), agora - 40_000..agora + 100];
    sortear((hora(), hora()), |(criada, usada)| {
        let horas = json!({ "criada": criada, "usada": usada });
        let horas: modulos::validade::Horas = serde_json::from_value(horas).unwrap();
        let no_prazo = [criada, usada].iter().all(|hora| *hora <= agora + 60)
            && agora.saturating_sub(usada) < 30 * 60
            && agora.saturating_sub(criada) < 8 * 60 * 60;
        prop_assert_eq!(horas.valem(agora), no_prazo);
        Ok(())
    });
}

#[test]
fn qualquer_texto_no_lugar_de_uma_chave_e_aceito_ou_recusado_sem_ser_mostrado() {
    let chave =
        prop_oneof![".{0,90}", "[0-9a-f]{64}", "[A-Za-z0-9+/]{43}=", "[a-z]{44}"];
    sortear(prop::collection::vec(chave, 1..5), |chaves| {
        let configuracao = Figment::from(("secret_keys_anteriores", chaves.clone()));
        let erros = [
            modulos::chaves::conferir(&configuracao).err(),
            modulos::chaves_do_site::conferir(&configuracao).err(),
        ];
        for erro in erros.into_iter().flatten() {
            let mostrada = chaves.iter().find(|chave| {
                chave.chars().count() > 8 && erro.contains(chave.as_str())
            });
            prop_assert_eq!(mostrada, None, "{}", erro);
        }
        Ok(())
    });
}

// As aplicações.

/// Só o dicionário do capítulo 6, visto de rotas que fazem o que o teste pede.
fn com_o_dicionario() -> Rocket<Build> {
    use modulos::dicionario::Sessao;

    #[get("/executar")]
    fn executar(mut sessao: Sessao<'_>, chamadas: &State<Chamadas>) {
        for chamada in chamadas.0.lock().unwrap().drain(..) {
            match chamada {
                Chamada::Armazenar(chave, valor) => sessao.armazenar(&chave, valor),
                Chamada::Remover(chave) => sessao.remover(&chave),
                Chamada::Limpar => sessao.limpar(),
            }
        }
    }

    #[get("/como-u32")]
    fn como_u32(sessao: Sessao<'_>) -> String {
        format!("{:?}", sessao.recuperar::<u32>("chave"))
    }

    #[get("/entrar")]
    fn entrar(mut sessao: Sessao<'_>) {
        sessao.armazenar("username", "admin");
    }

    #[get("/limpar")]
    fn limpar(mut sessao: Sessao<'_>) {
        sessao.limpar();
    }

    #[get("/entrou")]
    fn entrou(sessao: Sessao<'_>) -> String {
        sessao.contem("username").to_string()
    }

    rocket::build()
        .manage(Chamadas::default())
        .mount("/", routes![executar, como_u32, entrar, limpar, entrou])
}

/// O dicionário que o navegador guarda, aberto com a chave do servidor.
fn guardado(navegador: &Client) -> BTreeMap<String, Value> {
    let aberto = navegador.cookies().get_private(COOKIE);
    aberto
        .map(|cookie| serde_json::from_str(cookie.value()).unwrap())
        .unwrap_or_default()
}

/// Um formulário do capítulo 12, com a sessão dele.
fn com_formulario() -> Rocket<Build> {
    use modulos::formularios::{Protegido, SoToken, token};
    use modulos::sessao::Sessao;

    #[get("/entrar")]
    fn entrar(mut sessao: Sessao<'_>) -> String {
        token(&mut sessao)
    }

    #[post("/mudar", data = "<_formulario>")]
    fn mudar(_formulario: Protegido<SoToken>) {}

    rocket::build().mount("/", routes![entrar, mudar])
}

/// As chamadas que a próxima requisição faz.
#[derive(Default)]
struct Chamadas(Mutex<Vec<Chamada>>);

/// Verdadeiro se a rota acha um nome na sessão que chega neste cookie.
fn entrou(navegador: &Client, cookie: Cookie<'static>) -> bool {
    let resposta = navegador.get("/entrou").cookie(cookie).dispatch();
    assert_eq!(resposta.status(), Status::Ok);
    resposta.into_string().unwrap() == "true"
}

// O sorteio.

/// Experimenta a afirmação com entradas sorteadas. Se uma falha, mostra a menor que falha.
fn sortear<E: Strategy>(entradas: E, afirmacao: impl Fn(E::Value) -> TestCaseResult)
where
    E::Value: Debug,
{
    let ajustes =
        ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if let Err(falha) = TestRunner::new(ajustes).run(&entradas, afirmacao) {
        panic!("{falha}");
    }
}

/// A mesma chamada em um `BTreeMap`.
fn repetir(chamada: &Chamada, modelo: &mut BTreeMap<String, Value>) {
    match chamada {
        Chamada::Armazenar(chave, valor) => {
            modelo.insert(chave.clone(), valor.clone());
        }
        Chamada::Remover(chave) => drop(modelo.remove(chave)),
        Chamada::Limpar => modelo.clear(),
    }
}

/// Um texto que um navegador poderia mandar no lugar do cookie.
fn texto_de_cookie() -> impl Strategy<Value = String> {
    prop_oneof![".{0,80}", "[A-Za-z0-9+/]{0,200}={0,2}", "\\PC{0,9}"]
}

/// Um texto dentro de um cookie bem fechado: solto, ou quase no formato certo.
fn texto_fechado() -> impl Strategy<Value = String> {
    let quase = (valor(), valor()).prop_map(|(a, b)| {
        json!({ "username": a, "horas": { "criada": b }, "valores": b }).to_string()
    });
    prop_oneof![".{0,40}", quase, valor().prop_map(|valor| valor.to_string())]
}

/// Uma chamada ao dicionário.
#[derive(Debug, Clone)]
enum Chamada {
    Armazenar(String, Value),
    Remover(String),
    Limpar,
}

/// Várias requisições, cada uma com várias chamadas.
fn requisicoes() -> impl Strategy<Value = Vec<Vec<Chamada>>> {
    let chave = || "[a-c]|user_id|[^\\x00]{0,4}";
    let chamada = prop_oneof![
        6 => (chave(), valor()).prop_map(|(chave, valor)| Chamada::Armazenar(chave, valor)),
        3 => chave().prop_map(Chamada::Remover),
        1 => Just(Chamada::Limpar),
    ];
    prop::collection::vec(prop::collection::vec(chamada, 0..6), 1..5)
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
