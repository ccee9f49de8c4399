//! O armazenamento para, trava e volta no meio do trabalho: quem usa o site vê o que é seu ou um
//! 503, e nunca um sucesso que não foi gravado.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use book::navegador::Navegador;
use book::processo::Processo;
use tests::falhas::conferir;
use tests::servidores::{Cluster, Servidor, redis_cli};

use super::{por, quantos, site};

#[test]
#[ignore = "precisa de Redis, de PostgreSQL e de Memcached"]
fn o_armazenamento_para_e_volta_e_ninguem_perde_o_que_ele_guarda_em_disco() {
    let so_memoria = "O Redis, sem nada em disco, trava 4 s e depois é morto";
    let em_disco = "O mesmo, com um Redis que anota cada gravação no disco";
    let no_disco = ["--appendonly", "yes", "--appendfsync", "always"];
    scope(|escopo| {
        for (quebra, mut servidor) in [
            (so_memoria, Servidor::redis(&[])),
            (em_disco, Servidor::redis(&no_disco)),
            ("O mesmo, com o PostgreSQL", Servidor::postgres()),
            ("O mesmo, com o Memcached", Servidor::memcached(&[])),
        ] {
            escopo.spawn(move || {
                em_apuros(quebra, &servidor.endereco.clone(), 0, || {
                    servidor.congelar();
                    sleep(Duration::from_secs(4));
                    servidor.descongelar();
                    sleep(Duration::from_secs(2));
                    servidor.matar();
                    sleep(Duration::from_secs(2));
                    servidor.reiniciar();
                });
            });
        }
    });
}

/// As réplicas do Redis copiam depois de responder: o que ele confirmou no último instante pode se
/// perder com o nó.
#[test]
#[ignore = "precisa de Redis"]
fn um_no_do_cluster_para_e_uma_replica_assume() {
    let mut cluster = Cluster::novo();
    let quebra = "Um nó do cluster do Redis é morto, e não volta";
    em_apuros(quebra, &cluster.endereco.clone(), 1, || {
        cluster.nos[0].matar();
        sleep(Duration::from_secs(6));
    });
}

/// `folga` é quantas das últimas gravações confirmadas de cada visitante podem se perder.
fn em_apuros(quebra: &str, endereco: &str, folga: u32, apuro: impl FnOnce()) {
    let site = site(endereco);
    let acabou = AtomicBool::new(false);
    scope(|escopo| {
        let clientes = ["a", "b", "c", "d", "e", "f"]
            .map(|produto| escopo.spawn(|| comprar(&site, produto, &acabou)));
        sleep(Duration::from_secs(1));
        apuro();
        // Conexões que morreram com o servidor ainda podem falhar uma vez cada.
        let voltou = ate_ficar_bem(&site);
        sleep(Duration::from_secs(1));
        acabou.store(true, SeqCst);
        let clientes = clientes.map(|cliente| cliente.join().unwrap());
        // Ler e gravar esperam 2 s cada um; o dobro disso serve também a uma máquina ocupada.
        let lentos = clientes.iter().filter(|um| um.1 > Duration::from_secs(8));
        let perdidas = clientes.iter().map(|um| um.0).max();
        let perdidas = match (perdidas.unwrap_or_default(), folga) {
            (0, 0) => "nada confirmado se perdeu",
            (0 | 1, 1) => "de cada um, no máximo a última gravação se perdeu",
            _ => "as sessões se perderam",
        };
        assert_eq!(lentos.count(), 0, "{clientes:?}");
        conferir(quebra, &format!("503 em menos de 8 s; {voltou}; {perdidas}"));
    });
}

/// Alguém com um carrinho só de um produto, que leva o nome dele, até que tudo acabe: quantas gravações
/// confirmadas se perderam de uma vez, no máximo, e a maior demora de quem foi recusado.
fn comprar(site: &Processo, produto: &str, acabou: &AtomicBool) -> (u32, Duration) {
    let mut navegador = Navegador::novo(&site.endereco);
    let (mut confirmados, mut perdidas, mut demora) = (0_u32, 0, Duration::ZERO);
    while !acabou.load(SeqCst) {
        sleep(Duration::from_millis(10));
        let inicio = Instant::now();
        match por(&mut navegador, produto).codigo {
            303 => confirmados += 1,
            // A sessão que a página anterior mostrou não existe mais.
            401 => perdidas = perdidas.max(confirmados),
            503 => demora = demora.max(inicio.elapsed()),
            outro => panic!("{outro} a quem compra"),
        }
        let inicio = Instant::now();
        let pagina = navegador.get("/carrinho");
        if pagina.codigo == 503 {
            demora = demora.max(inicio.elapsed());
            continue;
        }
        let vistos = quantos(&pagina, produto);
        let so_o_seu = pagina.corpo.matches("<li>").count() <= 1
            && (vistos > 0 || pagina.corpo.contains("está vazio"));
        assert!(so_o_seu, "o carrinho é de outro: {pagina:?}");
        perdidas = perdidas.max(confirmados.saturating_sub(vistos));
        // O que recebeu um 503 pode ter sido gravado.
        confirmados = vistos;
    }
    (perdidas, demora)
}

fn ate_ficar_bem(site: &Processo) -> &'static str {
    let inicio = Instant::now();
    let mut navegador = Navegador::novo(&site.endereco);
    while !(0..10).all(|_| navegador.get("/saude").codigo == 200) {
        assert!(inicio.elapsed().as_secs() < 15, "não voltou sozinho");
        sleep(Duration::from_millis(50));
    }
    "voltou sozinho em menos de 15 s"
}

#[test]
#[ignore = "precisa de Redis"]
fn a_conexao_com_o_redis_que_emudece_e_trocada_por_outra() {
    let redis = Servidor::redis(&[]);
    let site = site(&redis.endereco);
    let mut alguem = Navegador::novo(&site.endereco);
    assert_eq!(por(&mut alguem, "caneca").codigo, 303);
    let antiga = conexao_mais_antiga(&redis);
    redis.congelar();
    let codigo = por(&mut alguem, "caneca").codigo;
    redis.descongelar();
    let visto = format!("{codigo} a quem pediu naquela hora; {}", ate_ficar_bem(&site));
    conferir("A conexão com o Redis emudece, e ninguém a fecha", &visto);
    assert_ne!(conexao_mais_antiga(&redis), antiga);
}

/// Como quando uma réplica assume o endereço: ninguém fecha a conexão com o Redis que era o principal,
/// e ele ainda responde, mas não grava.
#[test]
#[ignore = "precisa de Redis"]
fn o_site_deixa_a_conexao_com_um_redis_que_passou_a_so_ler() {
    let redis = Servidor::redis(&[]);
    let site = site(&redis.endereco);
    let mut alguem = Navegador::novo(&site.endereco);
    assert_eq!(por(&mut alguem, "caneca").codigo, 303);
    let antiga = conexao_mais_antiga(&redis);
    redis_cli(redis.porta, &["REPLICAOF", "127.0.0.1", "1"]);
    assert_eq!(por(&mut alguem, "caneca").codigo, 503);
    redis_cli(redis.porta, &["REPLICAOF", "NO", "ONE"]);
    assert_eq!(por(&mut alguem, "caneca").codigo, 303);
    assert_ne!(conexao_mais_antiga(&redis), antiga);
}

/// A primeira da lista; o fim da linha muda com o uso.
fn conexao_mais_antiga(redis: &Servidor) -> String {
    let conexoes = redis_cli(redis.porta, &["CLIENT", "LIST"]);
    conexoes.split_once(" laddr=").unwrap().0.to_owned()
}
