//! O que o trait `Armazem` promete.

use std::sync::Arc;
use std::time::Duration;

use rocket::tokio::spawn;
use rocket::tokio::time::sleep;
use tests::servidores::redis_cli;

use super::cap18::armazem::{Aberto, Chave, Falha, ListaDeSessoes, Registro};
use super::{Cenario, Loja, Tipo, chave_nova, esperar_a_vez, registro};

pub const CENARIOS: &[Cenario] = &[
    ("o que se guarda volta igual", o_que_se_guarda_volta_igual),
    ("criar nunca escreve por cima", criar_nunca_escreve_por_cima),
    ("ler o que não existe", ler_o_que_nao_existe),
    ("trocar com uma versão velha", trocar_com_uma_versao_velha),
    ("trocar depois de apagar", trocar_depois_de_apagar),
    ("apagar com outra versão", apagar_com_outra_versao),
    ("um registro vencido", um_registro_vencido),
    ("trocar por um já vencido", trocar_por_um_ja_vencido),
    ("um prazo maior que 30 dias", um_prazo_maior_que_30_dias),
    ("as sessões de um usuário", as_sessoes_de_um_usuario),
    ("a lista esquece a sessão apagada", a_lista_esquece_a_sessao_apagada),
    ("um registro estragado", um_registro_estragado),
    ("500 mudanças ao mesmo tempo", quinhentas_mudancas_ao_mesmo_tempo),
];

/// Os registros desta pessoa. `None` onde não há lista.
async fn do_usuario(
    lista: &Option<Arc<dyn ListaDeSessoes>>,
    usuario: &str,
) -> Option<Vec<(Chave, Registro)>> {
    Some(lista.as_ref()?.do_usuario(usuario).await.unwrap())
}

fn o_que_se_guarda_volta_igual(loja: &Loja) {
    rocket::execute(async {
        let armazem = loja.abrir().await;
        let grande = "á\u{1f36a}\"\\\r\n$1 'x' ".repeat(3_000);
        for texto in ["", "{}", &grande] {
            let chave = chave_nova();
            let guardado = registro(texto, Some("maria d'água"), 60);
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

fn ler_o_que_nao_existe(loja: &Loja) {
    rocket::execute(async {
        let armazem = loja.abrir().await;
        let chave = chave_nova();
        assert_eq!(armazem.ler(&chave).await.unwrap(), None);
        assert!(!armazem.apagar(&chave, None).await.unwrap());
        assert_eq!(armazem.ler(&chave).await.unwrap(), None);
    });
}

fn trocar_com_uma_versao_velha(loja: &Loja) {
    rocket::execute(async {
        let armazem = loja.abrir().await;
        let chave = chave_nova();
        let [um, dois, tres] = ["um", "dois", "três"].map(|t| registro(t, None, 60));
        let velha = armazem.criar(&chave, &um).await.unwrap().unwrap();
        let nova = armazem.trocar(&chave, velha, &dois).await.unwrap().unwrap();
        assert_ne!(velha, nova);
        assert_eq!(armazem.trocar(&chave, velha, &tres).await.unwrap(), None);
        assert_eq!(armazem.ler(&chave).await.unwrap(), Some((dois, nova)));
    });
}

fn trocar_depois_de_apagar(loja: &Loja) {
    rocket::execute(async {
        let Aberto { armazem, lista } = loja.abrir_com_lista().await;
        let chave = chave_nova();
        let usuario = format!("u{}", fastrand::u64(..));
        let guardado = registro("x", Some(&usuario), 60);
        let versao = armazem.criar(&chave, &guardado).await.unwrap().unwrap();
        assert!(armazem.apagar(&chave, None).await.unwrap());
        assert_eq!(armazem.trocar(&chave, versao, &guardado).await.unwrap(), None);
        assert_eq!(armazem.ler(&chave).await.unwrap(), None);
        let dele = do_usuario(&lista, &usuario).await;
        assert!(dele.is_none_or(|dele| dele.is_empty()));
    });
}

fn apagar_com_outra_versao(loja: &Loja) {
    rocket::execute(async {
        let armazem = loja.abrir().await;
        let chave = chave_nova();
        let guardado = registro("x", None, 60);
        let velha = armazem.criar(&chave, &guardado).await.unwrap().unwrap();
        let nova = armazem.trocar(&chave, velha, &guardado).await.unwrap().unwrap();
        assert!(!armazem.apagar(&chave, Some(velha)).await.unwrap());
        assert_eq!(armazem.ler(&chave).await.unwrap(), Some((guardado, nova)));
        assert!(armazem.apagar(&chave, Some(nova)).await.unwrap());
        assert!(!armazem.apagar(&chave, Some(nova)).await.unwrap());
        assert_eq!(armazem.ler(&chave).await.unwrap(), None);
    });
}

fn um_registro_vencido(loja: &Loja) {
    rocket::execute(async {
        let Aberto { armazem, lista } = loja.abrir_com_lista().await;
        let usuario = format!("u{}", fastrand::u64(..));
        let chave = chave_nova();
        let curto = registro("curto", Some(&usuario), 1);
        let versao = armazem.criar(&chave, &curto).await.unwrap().unwrap();
        let outra = chave_nova();
        armazem.criar(&outra, &curto).await.unwrap().unwrap();
        // O Memcached só olha o relógio uma vez por segundo.
        sleep(Duration::from_millis(2_500)).await;

        assert_eq!(armazem.ler(&chave).await.unwrap(), None);
        let dele = do_usuario(&lista, &usuario).await;
        assert!(dele.is_none_or(|dele| dele.is_empty()));
        let longo = registro("longo", None, 60);
        assert_eq!(armazem.trocar(&chave, versao, &longo).await.unwrap(), None);
        assert_eq!(armazem.ler(&chave).await.unwrap(), None);

        let limpos = armazem.limpar().await.unwrap();
        let em_banco = matches!(loja.tipo, Tipo::Sqlite(_) | Tipo::Postgres(_));
        assert_eq!(limpos >= 2, em_banco, "{limpos} limpos");
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

fn um_prazo_maior_que_30_dias(loja: &Loja) {
    rocket::execute(async {
        let armazem = loja.abrir().await;
        let chave = chave_nova();
        let longo = registro("longo", None, 40 * 24 * 60 * 60);
        let versao = armazem.criar(&chave, &longo).await.unwrap().unwrap();
        sleep(Duration::from_millis(1_200)).await;
        assert_eq!(armazem.ler(&chave).await.unwrap(), Some((longo, versao)));
    });
}

fn as_sessoes_de_um_usuario(loja: &Loja) {
    rocket::execute(async {
        let Aberto { armazem, lista } = loja.abrir_com_lista().await;
        let [ana, bia] = ["ana", "bia"].map(|n| format!("{n}{}", fastrand::u64(..)));
        let mut dela = Vec::new();
        for texto in ["um", "dois"] {
            let chave = chave_nova();
            let guardado = registro(texto, Some(&ana), 60);
            armazem.criar(&chave, &guardado).await.unwrap().unwrap();
            dela.push((chave, guardado));
        }
        let [outra, sem_dono] = [Some(&*bia), None].map(|n| registro("x", n, 60));
        armazem.criar(&chave_nova(), &outra).await.unwrap().unwrap();
        armazem.criar(&chave_nova(), &sem_dono).await.unwrap().unwrap();
        dela.sort_by(|a, b| a.0.cmp(&b.0));

        let achadas = async || {
            let mut achadas = do_usuario(&lista, &ana).await?;
            achadas.sort_by(|a, b| a.0.cmp(&b.0));
            Some(achadas)
        };
        if !loja.sabe_procurar() {
            assert_eq!(achadas().await, None);
            return;
        }
        assert_eq!(achadas().await.unwrap(), dela);
        let (apagada, _) = dela.remove(0);
        assert!(armazem.apagar(&apagada, None).await.unwrap());
        assert_eq!(achadas().await.unwrap(), dela);
        let ninguem = do_usuario(&lista, "ninguém").await;
        assert_eq!(ninguem, Some(Vec::new()));
    });
}

/// No Redis a lista é outro valor: sem isto, cada login deixaria nela uma chave para sempre.
fn a_lista_esquece_a_sessao_apagada(loja: &Loja) {
    let Tipo::Redis(redis) = &loja.tipo else { return };
    let usuario = format!("ana{}", fastrand::u64(..));
    let na_lista =
        || redis_cli(redis.porta, &["SCARD", &format!("sessoes-de:{usuario}")]);
    rocket::execute(async {
        let armazem = loja.abrir().await;
        let chave = chave_nova();
        let dela = registro("dela", Some(&usuario), 60);
        armazem.criar(&chave, &dela).await.unwrap().unwrap();
        assert_eq!(na_lista(), "1");
        assert!(armazem.apagar(&chave, None).await.unwrap());
        assert_eq!(na_lista(), "0");
    });
}

fn um_registro_estragado(loja: &Loja) {
    // O texto de um banco é um texto qualquer: quem descobre que não serve é a sessão.
    let no_banco = matches!(loja.tipo, Tipo::Sqlite(_) | Tipo::Postgres(_));
    let chave = chave_nova();
    let usuario = format!("u{}", fastrand::u64(..));
    let (_, aberto) = rocket::execute(async {
        let armazem = loja.abrir().await;
        let guardado = registro("x", Some(&usuario), 60);
        (armazem.criar(&chave, &guardado).await.unwrap().unwrap(), armazem)
    });
    drop(aberto);
    if !loja.estragar(&chave) || no_banco {
        return;
    }
    rocket::execute(async {
        let Aberto { armazem, lista } = loja.abrir_com_lista().await;
        let lido = armazem.ler(&chave).await;
        assert!(matches!(lido, Err(Falha::Estragado)), "{lido:?}");
        let novo = registro("y", None, 60);
        assert_eq!(armazem.criar(&chave, &novo).await.unwrap(), None);
        let dele = do_usuario(&lista, &usuario).await;
        assert!(dele.is_none_or(|dele| dele.is_empty()));
        assert!(armazem.apagar(&chave, None).await.unwrap());
        assert_eq!(armazem.ler(&chave).await.unwrap(), None);
    });
}

fn quinhentas_mudancas_ao_mesmo_tempo(loja: &Loja) {
    rocket::execute(async {
        let armazem = loja.abrir().await;
        let chave = chave_nova();
        armazem.criar(&chave, &registro("0", None, 600)).await.unwrap().unwrap();
        let tarefas: Vec<_> = (0..500)
            .map(|_| {
                let (armazem, chave) = (armazem.clone(), chave.clone());
                spawn(async move {
                    loop {
                        let (lido, versao) =
                            armazem.ler(&chave).await.unwrap().unwrap();
                        let mais_um = lido.texto.parse::<u32>().unwrap() + 1;
                        let novo = registro(&mais_um.to_string(), None, 600);
                        let gravado = armazem.trocar(&chave, versao, &novo).await;
                        if gravado.unwrap().is_some() {
                            return;
                        }
                        esperar_a_vez().await;
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
