//! O que o trait `Armazem` promete.

use std::sync::Arc;
use std::time::Duration;

use rocket::futures::future::join_all;
use rocket::tokio::spawn;
use rocket::tokio::time::sleep;
use rocket_sessoes::armazem::{Aberto, Armazem, Chave, Falha, Registro};
use teste::servidores::redis_cli;

use super::{Loja, chave_nova, registro};

/// Todos os cenários, em um armazenamento aberto uma vez.
pub fn conferir(loja: &Loja) {
    rocket::execute(async {
        let aberto = &loja.abrir().await;
        let armazem = aberto.armazem.as_ref();
        o_que_se_guarda_volta_igual(armazem).await;
        uma_versao_velha_nao_troca_nem_apaga(armazem).await;
        o_que_se_apagou_nao_volta(armazem).await;
        um_registro_vencido_nao_existe(loja, aberto).await;
        as_sessoes_de_uma_pessoa(loja, aberto).await;
        cem_mudancas_ao_mesmo_tempo(&aberto.armazem).await;
        if !loja.nos.is_empty() && !loja.e_banco() {
            um_registro_estragado_se_apaga(loja, aberto).await;
        }
        if loja.e("redis") {
            a_lista_nao_perde_quem_se_grava(loja, aberto).await;
            uma_lista_estragada_se_refaz(loja, aberto).await;
        }
    });
}

/// Os registros desta pessoa, em ordem. Onde não há lista, nenhum.
async fn do_usuario(aberto: &Aberto, usuario: &str) -> Vec<(Chave, Registro)> {
    let Some(lista) = &aberto.lista else { return Vec::new() };
    let mut achados = lista.do_usuario(usuario).await.unwrap();
    achados.sort_by(|a, b| a.0.cmp(&b.0));
    achados
}

/// Alguém que nenhum outro cenário conhece.
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
        let versao = armazem.criar(&chave, &guardado).await.unwrap().unwrap();
        // Criar de novo não escreve por cima.
        let outro = registro("outro", Some("maria"), 90);
        assert_eq!(armazem.criar(&chave, &outro).await.unwrap(), None);
        assert_eq!(armazem.ler(&chave).await.unwrap(), Some((guardado, versao)));
    }
}

async fn uma_versao_velha_nao_troca_nem_apaga(armazem: &dyn Armazem) {
    let chave = chave_nova();
    let [um, dois, tres] = ["um", "dois", "três"].map(|t| registro(t, None, 60));
    let velha = armazem.criar(&chave, &um).await.unwrap().unwrap();
    let nova = armazem.trocar(&chave, velha, &dois).await.unwrap().unwrap();
    assert_ne!(velha, nova);
    assert_eq!(armazem.trocar(&chave, velha, &tres).await.unwrap(), None);
    assert!(!armazem.apagar(&chave, Some(velha)).await.unwrap());
    assert_eq!(armazem.ler(&chave).await.unwrap(), Some((dois, nova)));
    assert!(armazem.apagar(&chave, Some(nova)).await.unwrap());
    assert!(!armazem.apagar(&chave, Some(nova)).await.unwrap());
}

async fn o_que_se_apagou_nao_volta(armazem: &dyn Armazem) {
    let (chave, guardado) = (chave_nova(), registro("x", None, 60));
    let versao = armazem.criar(&chave, &guardado).await.unwrap().unwrap();
    assert!(armazem.apagar(&chave, None).await.unwrap());
    assert!(!armazem.apagar(&chave, None).await.unwrap());
    assert_eq!(armazem.trocar(&chave, versao, &guardado).await.unwrap(), None);
    assert_eq!(armazem.ler(&chave).await.unwrap(), None);
}

async fn um_registro_vencido_nao_existe(loja: &Loja, aberto: &Aberto) {
    let (armazem, usuario) = (&aberto.armazem, alguem());
    let [chave, outra] = [chave_nova(), chave_nova()];
    let [curto, longo] = [1, 60].map(|dura| registro("x", Some(&usuario), dura));
    let versao = armazem.criar(&chave, &curto).await.unwrap().unwrap();
    // Uma requisição pode chegar ao armazenamento logo depois do limite absoluto.
    let lida = armazem.criar(&outra, &longo).await.unwrap().unwrap();
    let vencido = registro("x", Some(&usuario), -1);
    armazem.trocar(&outra, lida, &vencido).await.unwrap();
    // O Memcached só olha o relógio uma vez por segundo.
    for chave in [&chave, &outra] {
        while armazem.ler(chave).await.unwrap().is_some() {
            sleep(Duration::from_millis(50)).await;
        }
    }
    assert_eq!(do_usuario(aberto, &usuario).await, []);
    assert_eq!(armazem.trocar(&chave, versao, &longo).await.unwrap(), None);
    let limpos = armazem.limpar().await.unwrap();
    assert_eq!(limpos >= 2, loja.e_banco(), "{limpos} limpos");
    assert_eq!(armazem.limpar().await.unwrap(), 0);
    assert!(armazem.criar(&chave, &longo).await.unwrap().is_some());
}

async fn as_sessoes_de_uma_pessoa(loja: &Loja, aberto: &Aberto) {
    assert_eq!(aberto.lista.is_none(), loja.e("memcached:"));
    if aberto.lista.is_none() {
        return;
    }
    let (armazem, ana, bia) = (&aberto.armazem, alguem(), alguem());
    let mut dela = Vec::new();
    for usuario in [Some(&*ana), Some(&ana), Some(&bia), None] {
        let novo = (chave_nova(), registro("x", usuario, 60));
        armazem.criar(&novo.0, &novo.1).await.unwrap().unwrap();
        dela.extend((usuario == Some(&ana)).then_some(novo));
    }
    dela.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(do_usuario(aberto, &ana).await, dela);
    let (apagada, _) = dela.remove(0);
    assert!(armazem.apagar(&apagada, None).await.unwrap());
    assert_eq!(do_usuario(aberto, &ana).await, dela);
    for inventado in ["", "*", "%", "' OR ''='"] {
        assert_eq!(do_usuario(aberto, inventado).await, []);
    }
}

async fn cem_mudancas_ao_mesmo_tempo(armazem: &Arc<dyn Armazem>) {
    let chave = chave_nova();
    armazem.criar(&chave, &registro("0", None, 600)).await.unwrap().unwrap();
    let tarefas = (0..10).map(|_| {
        let (armazem, chave) = (armazem.clone(), chave.clone());
        spawn(async move {
            let mut feitas = 0;
            while feitas < 10 {
                let (lido, versao) = armazem.ler(&chave).await.unwrap().unwrap();
                let mais_um = lido.texto.parse::<u32>().unwrap() + 1;
                let novo = registro(&mais_um.to_string(), None, 600);
                let gravado = armazem.trocar(&chave, versao, &novo).await.unwrap();
                feitas += u32::from(gravado.is_some());
            }
        })
    });
    join_all(tarefas).await.into_iter().for_each(|feita| feita.unwrap());
    let (lido, _) = armazem.ler(&chave).await.unwrap().unwrap();
    assert_eq!(lido.texto, "100");
}

async fn um_registro_estragado_se_apaga(loja: &Loja, aberto: &Aberto) {
    let (armazem, chave, usuario) = (&aberto.armazem, chave_nova(), alguem());
    let guardado = registro("x", Some(&usuario), 60);
    armazem.criar(&chave, &guardado).await.unwrap().unwrap();
    loja.estragar(&chave);
    let lido = armazem.ler(&chave).await;
    assert!(matches!(lido, Err(Falha::Estragado)), "{lido:?}");
    assert_eq!(armazem.criar(&chave, &guardado).await.unwrap(), None);
    assert_eq!(do_usuario(aberto, &usuario).await, []);
    assert!(armazem.apagar(&chave, None).await.unwrap());
    assert_eq!(armazem.ler(&chave).await.unwrap(), None);
}

/// Sem os scripts, que um reinício leva, o Redis demora uma ida a mais para gravar. Quem
/// lê a lista nesse meio tempo não pode tirar dela a sessão que ainda não acha.
async fn a_lista_nao_perde_quem_se_grava(loja: &Loja, aberto: &Aberto) {
    let usuario = alguem();
    for vez in 1..=100 {
        loja.nos.iter().for_each(|no| drop(redis_cli(no.porta, &["SCRIPT", "FLUSH"])));
        let (outro, dele) = (aberto.clone(), usuario.clone());
        let leitor = spawn(async move {
            for _ in 0..10 {
                do_usuario(&outro, &dele).await;
            }
        });
        let dela = registro("dela", Some(&usuario), 60);
        aberto.armazem.criar(&chave_nova(), &dela).await.unwrap().unwrap();
        leitor.await.unwrap();
        assert_eq!(do_usuario(aberto, &usuario).await.len(), vez);
    }
}

async fn uma_lista_estragada_se_refaz(loja: &Loja, aberto: &Aberto) {
    let (usuario, chave) = (alguem(), chave_nova());
    let lista = format!("sessoes-de:{usuario}");
    let no_redis = |comando: &[&str]| redis_cli(loja.nos[0].porta, comando);
    assert_eq!(no_redis(&["SET", &lista, "lixo"]), "OK");
    assert_eq!(do_usuario(aberto, &usuario).await, []);
    let dela = registro("dela", Some(&usuario), 60);
    aberto.armazem.criar(&chave, &dela).await.unwrap().unwrap();
    assert_eq!(do_usuario(aberto, &usuario).await.len(), 1);
    let dura: i64 = no_redis(&["TTL", &lista]).parse().unwrap();
    assert!((1..=60).contains(&dura), "{dura}");
    assert!(aberto.armazem.apagar(&chave, None).await.unwrap());
    // Sem isto, cada login deixaria na lista um nome para sempre.
    assert_eq!(do_usuario(aberto, &usuario).await, []);
    assert_eq!(no_redis(&["SCARD", &lista]), "0");
    // Com a lista estragada de novo, quem sai ainda sai.
    aberto.armazem.criar(&chave, &dela).await.unwrap().unwrap();
    assert_eq!(no_redis(&["SET", &lista, "lixo"]), "OK");
    assert!(aberto.armazem.apagar(&chave, None).await.unwrap());
}
