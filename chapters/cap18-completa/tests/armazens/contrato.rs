//! O que o trait `Armazem` promete.

use std::time::Duration;

use rocket::futures::future::{join, join_all};
use rocket::tokio::time::sleep;
use rocket_sessoes::armazem::{Armazem, Falha, Registro, Resumo, em_tempo};
use sqlx::{AnyConnection, Connection};
use teste::servidores::redis_cli;

use super::{Loja, chave_nova, registro};

pub fn conferir(loja: &Loja) {
    rocket::execute(async {
        let armazem = &*loja.abrir().await;
        o_que_se_guarda_volta_igual(armazem).await;
        uma_versao_velha_nao_troca_nem_apaga(armazem).await;
        as_sessoes_de_uma_pessoa(loja, armazem).await;
        cem_mudancas_ao_mesmo_tempo(armazem).await;
        um_registro_vencido_nao_existe(loja, armazem).await;
        let ainda = "SELECT count(*) FROM pg_locks WHERE NOT granted";
        if loja.e("sqlite:") {
            quem_desiste(loja, armazem, ["BEGIN IMMEDIATE", "SELECT 0"]).await;
        } else if loja.e("postgres:") {
            quem_desiste(loja, armazem, ["BEGIN; LOCK TABLE sessoes", ainda]).await;
        } else if !loja.e("memoria:") {
            um_registro_estragado_se_apaga(loja, armazem).await;
        }
        if loja.e("redis") {
            a_lista_nao_perde_quem_se_grava(armazem).await;
            uma_lista_estragada_se_refaz(loja, armazem).await;
        }
    });
}

async fn do_usuario(armazem: &dyn Armazem, usuario: &str) -> Vec<(Resumo, Registro)> {
    let mut achados = armazem.do_dono(usuario).await.unwrap().unwrap_or_default();
    achados.sort_by(|a, b| a.0.cmp(&b.0));
    achados
}

fn alguem() -> String {
    format!("d'água-{}", shared::chave_nova().unwrap())
}

async fn o_que_se_guarda_volta_igual(armazem: &dyn Armazem) {
    let grande = "á\u{1f36a}\"\\\r\n$1 'x' ".repeat(3_000);
    let quarenta_dias = 40 * 24 * 60 * 60;
    for (texto, segundos) in [("", 60), ("{}", quarenta_dias), (&grande, 60)] {
        let chave = chave_nova();
        assert_eq!(armazem.ler(&chave).await.unwrap(), None);
        let guardado = registro(texto, Some(&alguem()), segundos);
        let versao = armazem.gravar(&chave, &guardado, None).await.unwrap().unwrap();
        // Criar de novo não escreve por cima.
        let outro = registro("outro", Some("maria"), 90);
        assert_eq!(armazem.gravar(&chave, &outro, None).await.unwrap(), None);
        assert_eq!(armazem.ler(&chave).await.unwrap(), Some((guardado, versao)));
    }
}

async fn uma_versao_velha_nao_troca_nem_apaga(armazem: &dyn Armazem) {
    let chave = chave_nova();
    let [um, dois, tres] = ["um", "dois", "três"].map(|t| registro(t, None, 60));
    let velha = armazem.gravar(&chave, &um, None).await.unwrap().unwrap();
    let nova = armazem.gravar(&chave, &dois, Some(velha)).await.unwrap().unwrap();
    assert_ne!(velha, nova);
    assert_eq!(armazem.gravar(&chave, &tres, Some(velha)).await.unwrap(), None);
    assert!(!armazem.apagar(&chave, Some(velha)).await.unwrap());
    assert_eq!(armazem.ler(&chave).await.unwrap(), Some((dois, nova)));
    assert!(armazem.apagar(&chave, Some(nova)).await.unwrap());
    assert!(!armazem.apagar(&chave, None).await.unwrap());
    assert_eq!(armazem.gravar(&chave, &tres, Some(nova)).await.unwrap(), None);
    assert_eq!(armazem.ler(&chave).await.unwrap(), None);
}

async fn um_registro_vencido_nao_existe(loja: &Loja, armazem: &dyn Armazem) {
    let usuario = alguem();
    let [chave, outra] = [chave_nova(), chave_nova()];
    let [curto, longo] = [1, 60].map(|dura| registro("x", Some(&usuario), dura));
    let versao = armazem.gravar(&chave, &curto, None).await.unwrap().unwrap();
    // Uma requisição pode chegar ao armazenamento logo depois do limite absoluto.
    let lida = armazem.gravar(&outra, &longo, None).await.unwrap().unwrap();
    let vencido = registro("x", Some(&usuario), -1);
    armazem.gravar(&outra, &vencido, Some(lida)).await.unwrap();
    // O Memcached só olha o relógio uma vez por segundo.
    for chave in [&chave, &outra] {
        while armazem.ler(chave).await.unwrap().is_some() {
            sleep(Duration::from_millis(50)).await;
        }
    }
    assert_eq!(do_usuario(armazem, &usuario).await, []);
    assert_eq!(armazem.gravar(&chave, &longo, Some(versao)).await.unwrap(), None);
    let limpos = armazem.limpar().await.unwrap();
    let sozinho = !["memoria:", "sqlite:", "postgres:"].iter().any(|um| loja.e(um));
    assert_eq!(limpos < 2, sozinho, "{limpos} limpos");
    assert_eq!(armazem.limpar().await.unwrap(), 0);
    assert!(armazem.gravar(&chave, &longo, None).await.unwrap().is_some());
}

async fn as_sessoes_de_uma_pessoa(loja: &Loja, armazem: &dyn Armazem) {
    if loja.e("memcached:") {
        return assert_eq!(armazem.do_dono("").await.unwrap(), None);
    }
    let (ana, bia) = (alguem(), alguem());
    let mut dela = Vec::new();
    for usuario in [Some(&*ana), Some(&ana), Some(&bia), None] {
        let novo = (chave_nova(), registro("x", usuario, 60));
        armazem.gravar(&novo.0, &novo.1, None).await.unwrap().unwrap();
        dela.extend((usuario == Some(&ana)).then_some(novo));
    }
    dela.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(do_usuario(armazem, &ana).await, dela);
    assert!(armazem.apagar(&dela.remove(0).0, None).await.unwrap());
    assert_eq!(do_usuario(armazem, &ana).await, dela);
    for inventado in ["", "*", "%", "' OR ''='"] {
        assert_eq!(do_usuario(armazem, inventado).await, []);
    }
}

async fn cem_mudancas_ao_mesmo_tempo(armazem: &dyn Armazem) {
    let chave = &chave_nova();
    armazem.gravar(chave, &registro("0", None, 600), None).await.unwrap().unwrap();
    let dez_vezes = (0..10).map(async |_| {
        let mut feitas = 0;
        while feitas < 10 {
            let (mut lido, versao) = armazem.ler(chave).await.unwrap().unwrap();
            lido.texto = (lido.texto.parse::<u32>().unwrap() + 1).to_string();
            let gravado = armazem.gravar(chave, &lido, Some(versao)).await.unwrap();
            feitas += u32::from(gravado.is_some());
        }
    });
    join_all(dez_vezes).await;
    let (lido, _) = armazem.ler(chave).await.unwrap().unwrap();
    assert_eq!(lido.texto, "100");
}

/// Com a tabela trancada, quem grava desiste, e o banco não pode gravar depois.
async fn quem_desiste(loja: &Loja, armazem: &dyn Armazem, banco: [&'static str; 2]) {
    let [tranca, ainda] = banco;
    let mut outra = AnyConnection::connect(&loja.0).await.unwrap();
    sqlx::raw_sql(tranca).execute(&mut outra).await.unwrap();
    let (chave, novo) = (chave_nova(), registro("novo", None, 600));
    em_tempo(armazem.gravar(&chave, &novo, None)).await.unwrap_err();
    sleep(Duration::from_secs(1)).await;
    let ainda: i64 = sqlx::query_scalar(ainda).fetch_one(&mut outra).await.unwrap();
    assert_eq!(ainda, 0);
    sqlx::raw_sql("ROLLBACK").execute(&mut outra).await.unwrap();
    sleep(Duration::from_millis(500)).await;
    assert_eq!(armazem.ler(&chave).await.unwrap(), None);
}

async fn um_registro_estragado_se_apaga(loja: &Loja, armazem: &dyn Armazem) {
    let (chave, usuario) = (chave_nova(), alguem());
    let guardado = registro("x", Some(&usuario), 60);
    armazem.gravar(&chave, &guardado, None).await.unwrap().unwrap();
    loja.estragar(&chave);
    assert!(matches!(armazem.ler(&chave).await, Err(Falha::Estragado)));
    assert_eq!(armazem.gravar(&chave, &guardado, None).await.unwrap(), None);
    assert_eq!(do_usuario(armazem, &usuario).await, []);
    assert!(armazem.apagar(&chave, None).await.unwrap());
    assert_eq!(armazem.ler(&chave).await.unwrap(), None);
}

/// Quem lê a lista não pode tirar dela a sessão que o Redis ainda vai anotar.
async fn a_lista_nao_perde_quem_se_grava(armazem: &dyn Armazem) {
    let usuario = &*alguem();
    for vez in 1..=100 {
        let (chave, dela) = (chave_nova(), registro("dela", Some(usuario), 60));
        let ler_muito = async {
            for _ in 0..10 {
                do_usuario(armazem, usuario).await;
            }
        };
        let (gravada, ()) = join(armazem.gravar(&chave, &dela, None), ler_muito).await;
        gravada.unwrap().unwrap();
        assert_eq!(do_usuario(armazem, usuario).await.len(), vez);
    }
}

async fn uma_lista_estragada_se_refaz(loja: &Loja, armazem: &dyn Armazem) {
    let (usuario, chave) = (alguem(), chave_nova());
    let lista = format!("sessoes-de:{usuario}");
    let no_redis = |comando: &[&str]| redis_cli(loja.1[0].porta, comando);
    assert_eq!(no_redis(&["SET", &lista, "lixo"]), "OK");
    assert_eq!(do_usuario(armazem, &usuario).await, []);
    let dela = registro("dela", Some(&usuario), 60);
    armazem.gravar(&chave, &dela, None).await.unwrap().unwrap();
    assert_eq!(do_usuario(armazem, &usuario).await.len(), 1);
    let dura: i64 = no_redis(&["TTL", &lista]).parse().unwrap();
    assert!((1..=60).contains(&dura), "{dura}");
    assert!(armazem.apagar(&chave, None).await.unwrap());
    // Sem isto, cada login deixaria na lista um nome para sempre.
    assert_eq!(do_usuario(armazem, &usuario).await, []);
    assert_eq!(no_redis(&["SCARD", &lista]), "0");
}
