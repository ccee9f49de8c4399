//! O armazenamento para, trava e volta no meio do trabalho: quem usa o site vê o que é seu ou um
//! 503, e nunca um sucesso que não foi gravado.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering::SeqCst};
use std::thread::{scope, sleep, spawn};
use std::time::{Duration, Instant};

use book::navegador::{Navegador, Resposta};
use book::processo::Processo;
use tests::falhas::{conferir, em_menos_de};
use tests::servidores::{Cluster, Servidor, esperar_que, redis_cli};

use super::{no_carrinho, por, quantos, site};

const RECUPERACAO: Duration = Duration::from_secs(15);

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
        let threads = ["a", "b", "c", "d", "e", "f"].map(|produto| {
            let produto = produto.to_owned();
            let mut cliente = Cliente { produto, ..Cliente::default() };
            let mut navegador = Navegador::novo(&site.endereco);
            let acabou = &acabou;
            escopo.spawn(move || {
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
        let clientes = threads.map(|thread| thread.join().unwrap());
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
    produto: String,
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
            let vistos = quantos(&pagina, &self.produto);
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
        let resposta = pedido(&self.produto);
        assert!(matches!(resposta.codigo, 200 | 303 | 401 | 503), "{resposta:?}");
        if resposta.codigo == 503 {
            self.demora = self.demora.max(inicio.elapsed());
        }
        resposta
    }
}

fn ate_ficar_bem(site: &Processo) -> String {
    let inicio = Instant::now();
    let mut navegador = Navegador::novo(&site.endereco);
    while !(0..10).all(|_| navegador.get("/saude").codigo == 200) {
        if inicio.elapsed() > RECUPERACAO {
            return "não voltou sozinho".to_owned();
        }
        sleep(Duration::from_millis(50));
    }
    "voltou sozinho em menos de 15 s".to_owned()
}

/// A rede entre o site e um Redis. O teste muda para onde ela leva as conexões novas, ou emudece as
/// que estão abertas: ninguém responde, e ninguém as fecha.
struct Rede {
    porta: u16,
    destino: AtomicU16,
    caladas: AtomicUsize,
}

impl Rede {
    fn ate(destino: u16) -> Arc<Rede> {
        let escuta = TcpListener::bind("127.0.0.1:0").expect("há portas livres");
        let porta = escuta.local_addr().expect("tem um endereço").port();
        let (destino, caladas) = (AtomicU16::new(destino), AtomicUsize::new(0));
        let rede = Arc::new(Rede { porta, destino, caladas });
        let esta = rede.clone();
        spawn(move || {
            for cliente in escuta.incoming().flatten() {
                let destino = ("127.0.0.1", esta.destino.load(SeqCst));
                if let Ok(servidor) = TcpStream::connect(destino) {
                    esta.repassar(&cliente, &servidor);
                    esta.repassar(&servidor, &cliente);
                }
            }
        });
        rede
    }

    fn repassar(self: &Arc<Rede>, de: &TcpStream, para: &TcpStream) {
        let (mut de, mut para) = (de.try_clone().unwrap(), para.try_clone().unwrap());
        let rede = self.clone();
        spawn(move || {
            let (desde, mut bytes) = (rede.caladas.load(SeqCst), [0; 4_096]);
            while let Ok(lidos @ 1..) = de.read(&mut bytes) {
                let muda = rede.caladas.load(SeqCst) != desde;
                if !muda && para.write_all(&bytes[..lidos]).is_err() {
                    break;
                }
            }
            let _ = para.shutdown(Shutdown::Both);
        });
    }
}

#[test]
#[ignore = "precisa de Redis"]
fn a_conexao_com_o_redis_que_emudece_e_trocada_por_outra() {
    let redis = Servidor::redis(&[]);
    let rede = Rede::ate(redis.porta);
    let site = site(&format!("redis://127.0.0.1:{}", rede.porta));
    let mut alguem = Navegador::novo(&site.endereco);
    assert_eq!(por(&mut alguem, "caneca").codigo, 303);
    rede.caladas.fetch_add(1, SeqCst);
    let codigo = por(&mut alguem, "caneca").codigo;
    let visto = format!("{codigo} a quem pediu naquela hora; {}", ate_ficar_bem(&site));
    conferir("A conexão com o Redis emudece, e ninguém a fecha", &visto);
}

/// A réplica assume, o endereço passa a ser o dela, e ninguém fecha a conexão com o Redis que era o
/// principal: ele ainda responde, mas não grava.
#[test]
#[ignore = "precisa de Redis"]
fn quando_a_replica_assume_o_endereco_o_site_deixa_o_redis_que_so_le() {
    let [antigo, novo] =
        [(); 2].map(|()| Servidor::redis(&["--repl-diskless-sync-delay", "0"]));
    let replica = |no: &Servidor, servidor: &str, porta: &str| {
        assert_eq!(redis_cli(no.porta, &["REPLICAOF", servidor, porta]), "OK");
    };
    replica(&novo, "127.0.0.1", &antigo.porta.to_string());
    esperar_que("réplica em dia", || {
        redis_cli(novo.porta, &["INFO", "replication"]).contains("link_status:up")
    });
    let rede = Rede::ate(antigo.porta);
    let site = site(&format!("redis://127.0.0.1:{}", rede.porta));
    let mut alguem = Navegador::novo(&site.endereco);
    por(&mut alguem, "livro");
    assert_eq!(redis_cli(antigo.porta, &["WAIT", "1", "5000"]), "1");
    replica(&novo, "NO", "ONE");
    replica(&antigo, "127.0.0.1", &novo.porta.to_string());
    rede.destino.store(novo.porta, SeqCst);
    // A primeira gravação descobre; as seguintes já vão para o outro.
    let codigos = [(); 3].map(|()| por(&mut alguem, "caneca").codigo);
    assert_eq!(codigos, [503, 303, 303], "{}", site.saida());
    assert_eq!(no_carrinho(&mut alguem, "caneca"), 2);
}
