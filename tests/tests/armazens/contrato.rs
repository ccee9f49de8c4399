//! O que o trait `Armazem` promete.

use std::sync::Arc;
use std::time::Duration;

use rocket::tokio::spawn;
use rocket::tokio::sync::Semaphore;
use rocket::tokio::time::sleep;
use tests::servidores::redis_cli;

use super::{Cenario, Loja, Tipo, chave_nova, registro};
use crate::cap18::armazem::{Aberto, Chave, Falha, Registro};

pub const CENARIOS: &[Cenario] = &[
    ("o que se guarda volta igual", o_que_se_guarda_volta_igual),
    ("criar nunca escreve por cima", criar_nunca_escreve_por_cima),
    ("uma versão velha não troca nem apaga", uma_versao_velha_nao_troca_nem_apaga),
    ("o que se apagou não volta", o_que_se_apagou_nao_volta),
    ("um registro vencido", um_registro_vencido),
    ("trocar por um já vencido", trocar_por_um_ja_vencido),
    ("as sessões de um usuário", as_sessoes_de_um_usuario),
    ("a lista esquece a sessão apagada", a_lista_esquece_a_sessao_apagada),
    ("a lista não perde quem está sendo gravado", a_lista_nao_perde_quem_se_grava),
    ("uma lista estragada", uma_lista_estragada),
    ("um registro estragado", um_registro_estragado),
    ("500 mudanças ao mesmo tempo", quinhentas_mudancas_ao_mesmo_tempo),
];

/// Os registros desta pessoa, em ordem. `None` onde não há lista.
async fn do_usuario(aberto: &Aberto, usuario: &str) -> Option<Vec<(Chave, Registro)>> {
    let mut achados = aberto.lista.as_ref()?.do_usuario(usuario).await.unwrap();
    achados.sort_by(|a, b| a.0.cmp(&b.0));
    Some(achados)
}

async fn nao_tem_sessoes(aberto: &Aberto, usuario: &str) {
    let dele = do_usuario(aberto, usuario).await;
    assert!(dele.as_ref().is_none_or(Vec::is_empty), "{dele:?}");
}

/// Alguém que nenhum outro cenário conhece.
fn alguem() -> String {
    format!("d'água-{}", fastrand::u64(..))
}

fn o_que_se_guarda_volta_igual(loja: &Loja) {
    rocket::execute(async {
        let armazem = loja.abrir().await;
        let grande = "á\u{1f36a}\"\\\r\n$1 'x' ".repeat(3_000);
        let quarenta_dias = 40 * 24 * 60 * 60;
        for (texto, segundos) in [("", 60), ("{}", quarenta_dias), (&grande, 60)] {
            let chave = chave_nova();
            assert_eq!(armazem.ler(&chave).await.unwrap(), None);
            let guardado = registro(texto, Some(&alguem()), segundos);
            let versao = armazem.criar(&chave, &guardado).await.unwrap().unwrap();
            assert_eq!(armazem.ler(&chave).await.unwrap(), Some((guardado, versao)));
        }
    });
}

fn criar_nunca_escreve_por_cima(loja: &Loja) {
    rocket::execute(async {
        let armazem = loja.abrir().await;
        let chave = chave_nova();
        let primeiro = registro("primeiro", None, 60);
        let versao = armazem.criar(&chave, &primeiro).await.unwrap().unwrap();
        let segundo = registro("segundo", Some("maria"), 90);
        assert_eq!(armazem.criar(&chave, &segundo).await.unwrap(), None);
        assert_eq!(armazem.ler(&chave).await.unwrap(), Some((primeiro, versao)));
    });
}

fn uma_versao_velha_nao_troca_nem_apaga(loja: &Loja) {
    rocket::execute(async {
        let armazem = loja.abrir().await;
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
    });
}

fn o_que_se_apagou_nao_volta(loja: &Loja) {
    rocket::execute(async {
        let aberto = loja.abrir_com_lista().await;
        let (armazem, chave, usuario) = (&aberto.armazem, chave_nova(), alguem());
        let guardado = registro("x", Some(&usuario), 60);
        let versao = armazem.criar(&chave, &guardado).await.unwrap().unwrap();
        assert!(armazem.apagar(&chave, None).await.unwrap());
        assert!(!armazem.apagar(&chave, None).await.unwrap());
        assert_eq!(armazem.trocar(&chave, versao, &guardado).await.unwrap(), None);
        assert_eq!(armazem.ler(&chave).await.unwrap(), None);
        nao_tem_sessoes(&aberto, &usuario).await;
    });
}

fn um_registro_vencido(loja: &Loja) {
    rocket::execute(async {
        let aberto = loja.abrir_com_lista().await;
        let (armazem, usuario) = (&aberto.armazem, alguem());
        let [chave, outra] = [chave_nova(), chave_nova()];
        let curto = registro("curto", Some(&usuario), 1);
        let versao = armazem.criar(&chave, &curto).await.unwrap().unwrap();
        armazem.criar(&outra, &curto).await.unwrap().unwrap();
        // O Memcached só olha o relógio uma vez por segundo.
        sleep(Duration::from_millis(2_500)).await;

        assert_eq!(armazem.ler(&chave).await.unwrap(), None);
        nao_tem_sessoes(&aberto, &usuario).await;
        let longo = registro("longo", None, 60);
        assert_eq!(armazem.trocar(&chave, versao, &longo).await.unwrap(), None);

        let limpos = armazem.limpar().await.unwrap();
        assert_eq!(limpos >= 2, loja.e_banco(), "{limpos} limpos");
        assert_eq!(armazem.limpar().await.unwrap(), 0);
        assert!(armazem.criar(&chave, &longo).await.unwrap().is_some());
    });
}

/// Uma requisição pode chegar ao armazenamento logo depois do limite absoluto.
fn trocar_por_um_ja_vencido(loja: &Loja) {
    rocket::execute(async {
        let armazem = loja.abrir().await;
        let chave = chave_nova();
        let longo = registro("longo", None, 60);
        let versao = armazem.criar(&chave, &longo).await.unwrap().unwrap();
        let vencido = registro("vencido", None, -1);
        let nova = armazem.trocar(&chave, versao, &vencido).await.unwrap();
        sleep(Duration::from_millis(1_200)).await;
        assert_eq!(armazem.ler(&chave).await.unwrap(), None);
        if let Some(nova) = nova {
            assert_eq!(armazem.trocar(&chave, nova, &longo).await.unwrap(), None);
        }
    });
}

fn as_sessoes_de_um_usuario(loja: &Loja) {
    rocket::execute(async {
        let aberto = loja.abrir_com_lista().await;
        let (armazem, ana, bia) = (&aberto.armazem, alguem(), alguem());
        let mut dela = Vec::new();
        for (texto, usuario) in
            [("um", Some(&*ana)), ("dois", Some(&ana)), ("x", Some(&bia)), ("y", None)]
        {
            let novo = (chave_nova(), registro(texto, usuario, 60));
            armazem.criar(&novo.0, &novo.1).await.unwrap().unwrap();
            dela.extend((usuario == Some(&ana)).then_some(novo));
        }
        dela.sort_by(|a, b| a.0.cmp(&b.0));
        if matches!(loja.tipo, Tipo::Memcached(_)) {
            assert_eq!(do_usuario(&aberto, &ana).await, None);
            return;
        }
        assert_eq!(do_usuario(&aberto, &ana).await.unwrap(), dela);
        let (apagada, _) = dela.remove(0);
        assert!(armazem.apagar(&apagada, None).await.unwrap());
        assert_eq!(do_usuario(&aberto, &ana).await.unwrap(), dela);
        for inventado in ["", "*", "%", "' OR ''='"] {
            assert_eq!(do_usuario(&aberto, inventado).await.unwrap(), []);
        }
    });
}

/// No Redis a lista é outro valor: sem isto, cada login deixaria nela uma chave para sempre.
fn a_lista_esquece_a_sessao_apagada(loja: &Loja) {
    let Tipo::Redis(redis) = &loja.tipo else { return };
    let usuario = alguem();
    let na_lista =
        || redis_cli(redis.porta, &["SCARD", &format!("sessoes-de:{usuario}")]);
    rocket::execute(async {
        let aberto = loja.abrir_com_lista().await;
        let (armazem, chave) = (&aberto.armazem, chave_nova());
        let dela = registro("dela", Some(&usuario), 60);
        armazem.criar(&chave, &dela).await.unwrap().unwrap();
        assert_eq!(na_lista(), "1");
        assert!(armazem.apagar(&chave, None).await.unwrap());
        // Todo login lê a lista antes de pôr mais uma nela.
        nao_tem_sessoes(&aberto, &usuario).await;
        assert_eq!(na_lista(), "0");
    });
}

/// Sem os scripts, que um reinício leva, o Redis demora uma ida a mais para gravar. Quem lê a lista
/// nesse meio tempo não pode tirar dela a sessão que ainda não acha.
fn a_lista_nao_perde_quem_se_grava(loja: &Loja) {
    let Some(nos) = loja.redis_no_ar() else { return };
    let usuario = alguem();
    rocket::execute(async {
        let aberto = Arc::new(loja.abrir_com_lista().await);
        for vez in 1..=100 {
            nos.iter().for_each(|no| drop(redis_cli(*no, &["SCRIPT", "FLUSH"])));
            let (outro, dele) = (aberto.clone(), usuario.clone());
            let leitor = spawn(async move {
                for _ in 0..10 {
                    do_usuario(&outro, &dele).await;
                }
            });
            let dela = registro("dela", Some(&usuario), 60);
            aberto.armazem.criar(&chave_nova(), &dela).await.unwrap().unwrap();
            leitor.await.unwrap();
            assert_eq!(do_usuario(&aberto, &usuario).await.unwrap().len(), vez);
        }
    });
}

fn uma_lista_estragada(loja: &Loja) {
    let Some(nos) = loja.redis_no_ar() else { return };
    let (usuario, chave) = (alguem(), chave_nova());
    let lista = format!("sessoes-de:{usuario}");
    rocket::execute(async {
        let aberto = loja.abrir_com_lista().await;
        assert_eq!(redis_cli(nos[0], &["SET", &lista, "lixo"]), "OK");
        nao_tem_sessoes(&aberto, &usuario).await;
        let dela = registro("dela", Some(&usuario), 60);
        aberto.armazem.criar(&chave, &dela).await.unwrap().unwrap();
        assert_eq!(do_usuario(&aberto, &usuario).await.unwrap().len(), 1);
        let dura: i64 = redis_cli(nos[0], &["TTL", &lista]).parse().unwrap();
        assert!((50..=60).contains(&dura), "{dura}");
        // Com a lista estragada de novo, quem sai ainda sai.
        assert_eq!(redis_cli(nos[0], &["SET", &lista, "lixo"]), "OK");
        assert!(aberto.armazem.apagar(&chave, None).await.unwrap());
    });
}

fn um_registro_estragado(loja: &Loja) {
    let (chave, usuario) = (chave_nova(), alguem());
    rocket::execute(async {
        let guardado = registro("x", Some(&usuario), 60);
        loja.abrir().await.criar(&chave, &guardado).await.unwrap().unwrap();
    });
    // Em um banco, quem descobre que o texto não serve é a sessão.
    if !loja.estragar(&chave) || loja.e_banco() {
        return;
    }
    rocket::execute(async {
        let aberto = loja.abrir_com_lista().await;
        let armazem = &aberto.armazem;
        let lido = armazem.ler(&chave).await;
        assert!(matches!(lido, Err(Falha::Estragado)), "{lido:?}");
        let novo = registro("y", None, 60);
        assert_eq!(armazem.criar(&chave, &novo).await.unwrap(), None);
        nao_tem_sessoes(&aberto, &usuario).await;
        assert!(armazem.apagar(&chave, None).await.unwrap());
        assert_eq!(armazem.ler(&chave).await.unwrap(), None);
    });
}

fn quinhentas_mudancas_ao_mesmo_tempo(loja: &Loja) {
    rocket::execute(async {
        let armazem = loja.abrir().await;
        let chave = chave_nova();
        armazem.criar(&chave, &registro("0", None, 600)).await.unwrap().unwrap();
        // Uma máquina ocupada não atende quinhentas de uma vez em 2 s: as outras esperam fora.
        let vagas = Arc::new(Semaphore::new(64));
        let tarefas: Vec<_> = (0..500)
            .map(|_| {
                let (armazem, chave) = (armazem.clone(), chave.clone());
                let vagas = vagas.clone();
                spawn(async move {
                    let _vaga = vagas.acquire().await.unwrap();
                    loop {
                        let (lido, versao) =
                            armazem.ler(&chave).await.unwrap().unwrap();
                        let mais_um = lido.texto.parse::<u32>().unwrap() + 1;
                        let novo = registro(&mais_um.to_string(), None, 600);
                        let gravado = armazem.trocar(&chave, versao, &novo).await;
                        if gravado.unwrap().is_some() {
                            return;
                        }
                        // Quem perdeu a vez junto, junto tentaria de novo.
                        sleep(Duration::from_millis(fastrand::u64(..30))).await;
                    }
                })
            })
            .collect();
        for tarefa in tarefas {
            tarefa.await.unwrap();
        }
        let (lido, _) = armazem.ler(&chave).await.unwrap().unwrap();
        assert_eq!(lido.texto, "500");
    });
}
