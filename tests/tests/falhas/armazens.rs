//! O armazenamento para, trava e volta no meio do trabalho: quem usa o site vê o que é seu ou um
//! 503, e nunca um sucesso que não foi gravado.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use book::navegador::{Navegador, Resposta};
use book::processo::Processo;
use tests::falhas::{conferir, em_menos_de};
use tests::servidores::{Cluster, Servidor, esperar_que, porta_livre, redis_cli};

use super::{no_carrinho, por, quantos, site};

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
        let clientes = ["a", "b", "c", "d", "e", "f"].map(|produto| {
            let (site, acabou) = (&site, &acabou);
            escopo.spawn(move || {
                let mut cliente = Cliente { produto, ..Cliente::default() };
                let mut navegador = Navegador::novo(&site.endereco);
                while !acabou.load(SeqCst) {
                    cliente.passear(&mut navegador);
                }
                cliente
            })
        });
        sleep(Duration::from_secs(1));
        apuro();
        // Conexões que morreram com o servidor ainda podem falhar uma vez cada.
        let voltou = ate_ficar_bem(&site);
        sleep(Duration::from_secs(1));
        acabou.store(true, SeqCst);
        let clientes = clientes.map(|cliente| cliente.join().unwrap());
        let demora = clientes.iter().map(|cliente| cliente.demora).max();
        let recusas = em_menos_de(demora.unwrap_or_default());
        let perdidas = clientes.iter().map(|cliente| cliente.perdidas).max();
        let perdidas = match (perdidas.unwrap_or_default(), folga) {
            (0, 0) => "nada confirmado se perdeu",
            (0 | 1, 1) => "de cada um, no máximo a última gravação se perdeu",
            _ => "as sessões se perderam",
        };
        conferir(quebra, &format!("503 {recusas}; {voltou}; {perdidas}"));
    });
}

/// Alguém com um carrinho só de um produto, que leva o nome dele.
#[derive(Default)]
struct Cliente {
    produto: &'static str,
    confirmados: u32,
    /// Os que receberam um 503: podem ter sido gravados ou não.
    duvidosos: u32,
    /// Quantas confirmadas se perderam de uma vez, no máximo.
    perdidas: u32,
    /// A maior, de quem foi recusado.
    demora: Duration,
}

impl Cliente {
    /// Uma página e uma mudança.
    fn passear(&mut self, navegador: &mut Navegador) {
        let pagina = self.pedir(|_| navegador.get("/carrinho"));
        if pagina.codigo == 200 {
            let vistos = quantos(&pagina, self.produto);
            let so_o_seu = pagina.corpo.matches("<li>").count() == 1
                && (vistos > 0 || pagina.corpo.contains("Nada ainda"));
            assert!(so_o_seu, "o carrinho é de outro: {pagina:?}");
            self.perdidas = self.perdidas.max(self.confirmados.saturating_sub(vistos));
            // O que recebeu um 503 pode ainda ser gravado, muito depois.
            assert!(vistos <= self.confirmados + self.duvidosos || self.perdidas > 0);
            self.confirmados = self.confirmados.min(vistos);
        }
        match self.pedir(|produto| por(navegador, produto)).codigo {
            303 => self.confirmados += 1,
            503 => self.duvidosos += 1,
            // A sessão que esta página mostrou não existe mais.
            _ => self.perdidas = self.perdidas.max(self.confirmados),
        }
        sleep(Duration::from_millis(10));
    }

    fn pedir(&mut self, pedido: impl FnOnce(&str) -> Resposta) -> Resposta {
        let inicio = Instant::now();
        let resposta = pedido(self.produto);
        assert!(matches!(resposta.codigo, 200 | 303 | 401 | 503), "{resposta:?}");
        if resposta.codigo == 503 {
            self.demora = self.demora.max(inicio.elapsed());
        }
        resposta
    }
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
    // A primeira da lista é a mais antiga, e o fim da linha muda com o uso.
    let conexoes = || redis_cli(redis.porta, &["CLIENT", "LIST"]);
    let antiga = conexoes().split_once(" laddr=").unwrap().0.to_owned();
    redis.congelar();
    let codigo = por(&mut alguem, "caneca").codigo;
    redis.descongelar();
    let visto = format!("{codigo} a quem pediu naquela hora; {}", ate_ficar_bem(&site));
    conferir("A conexão com o Redis emudece, e ninguém a fecha", &visto);
    assert!(!conexoes().contains(&antiga), "{antiga}");
}

/// A réplica assume, o endereço passa a ser o dela, e ninguém fecha a conexão com o Redis que era o
/// principal: ele ainda responde, mas não grava.
#[test]
#[ignore = "precisa de Redis"]
fn quando_a_replica_assume_o_endereco_o_site_deixa_o_redis_que_so_le() {
    let [antigo, novo] =
        [(); 2].map(|()| Servidor::redis(&["--repl-diskless-sync-delay", "0"]));
    let ok = |porta, comando: &[&str]| assert_eq!(redis_cli(porta, comando), "OK");
    let [porta, outra] = [antigo.porta, porta_livre()].map(|porta| porta.to_string());
    ok(novo.porta, &["REPLICAOF", "127.0.0.1", &porta]);
    esperar_que("réplica em dia", || {
        redis_cli(novo.porta, &["INFO", "replication"]).contains("link_status:up")
    });
    let site = site(&antigo.endereco);
    let mut alguem = Navegador::novo(&site.endereco);
    por(&mut alguem, "livro");
    assert_eq!(redis_cli(antigo.porta, &["WAIT", "1", "5000"]), "1");
    ok(novo.porta, &["REPLICAOF", "NO", "ONE"]);
    // Trocar a porta não fecha as conexões que vieram por ela.
    ok(antigo.porta, &["REPLICAOF", "127.0.0.1", &novo.porta.to_string()]);
    ok(antigo.porta, &["CONFIG", "SET", "port", &outra]);
    ok(novo.porta, &["CONFIG", "SET", "port", &porta]);
    // A primeira gravação descobre; as seguintes já vão para o outro.
    let codigos = [(); 3].map(|()| por(&mut alguem, "caneca").codigo);
    assert_eq!(codigos, [503, 303, 303], "{}", site.saida());
    assert_eq!(no_carrinho(&mut alguem, "caneca"), 2);
}
