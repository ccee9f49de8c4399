//! O armazenamento para, trava e volta no meio do trabalho: quem usa o site vê o que é seu ou um
//! 503, e nunca um sucesso que não foi gravado.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use book::navegador::{Navegador, Resposta, token};
use book::processo::Processo;
use tests::servidores::Servidor;

use super::site::{comando_com, dentro, no_carrinho, por, quantos, site_com};
use super::{Loja, Tipo};

/// Ler e gravar esperam 2 s cada um; o resto é a máquina ocupada.
const MAIOR_DEMORA: Duration = Duration::from_secs(5);
const RECUPERACAO: Duration = Duration::from_secs(15);

#[test]
#[ignore = "precisa de Redis"]
fn o_redis_para_e_volta_e_ninguem_ve_o_que_nao_e_seu() {
    let mut loja = Loja::redis(&[]);
    em_apuros(&mut loja, true, parar_e_voltar);
}

#[test]
#[ignore = "precisa de Redis"]
fn o_redis_que_anota_tudo_no_disco_nao_perde_o_que_confirmou() {
    let mut loja = Loja::redis(&["--appendonly", "yes", "--appendfsync", "always"]);
    em_apuros(&mut loja, false, parar_e_voltar);
}

#[test]
#[ignore = "precisa de PostgreSQL"]
fn o_postgres_para_e_volta_e_nao_perde_o_que_confirmou() {
    em_apuros(&mut Loja::postgres(), false, parar_e_voltar);
}

#[test]
#[ignore = "precisa de Memcached"]
fn o_memcached_para_e_volta_e_ninguem_ve_o_que_nao_e_seu() {
    em_apuros(&mut Loja::memcached(), true, parar_e_voltar);
}

/// As réplicas do Redis copiam depois de responder: o que ele confirmou no último instante pode se
/// perder com o nó.
#[test]
#[ignore = "precisa de Redis"]
fn um_no_do_cluster_para_e_uma_replica_assume() {
    em_apuros(&mut Loja::cluster(), true, |loja| {
        let Tipo::Cluster(cluster) = &mut loja.tipo else { unreachable!() };
        cluster.nos[0].matar();
        sleep(Duration::from_secs(6));
    });
}

/// A rede no meio do caminho às vezes esquece uma conexão: ninguém responde, e ninguém a fecha.
#[test]
#[ignore = "precisa de Redis"]
fn a_conexao_com_o_redis_que_emudece_e_trocada_por_outra() {
    let redis = Loja::redis(&[]);
    let Tipo::Redis(servidor) = &redis.tipo else { unreachable!() };
    let (porta, epoca) = intermediario(servidor.porta);
    let endereco = format!("redis://127.0.0.1:{porta}");
    let loja = Loja { nome: "redis mudo", endereco, tipo: Tipo::Memoria };
    let site = site_com(&loja, &[("ROCKET_LOG_LEVEL", "critical")]);
    assert!(esta_bem(&site.endereco));
    epoca.fetch_add(1, Ordering::SeqCst);
    ate_ficar_bem(&site.endereco);
}

/// Repassa os bytes de cada conexão enquanto a época for a mesma em que ela abriu.
fn intermediario(destino: u16) -> (u16, Arc<AtomicUsize>) {
    let escuta = TcpListener::bind("127.0.0.1:0").expect("há portas livres");
    let porta = escuta.local_addr().expect("tem um endereço").port();
    let epoca = Arc::new(AtomicUsize::new(0));
    let repassar = |de: &TcpStream, para: &TcpStream, epoca: &Arc<AtomicUsize>| {
        let (mut de, mut para) = (de.try_clone().unwrap(), para.try_clone().unwrap());
        let epoca = epoca.clone();
        std::thread::spawn(move || {
            let (minha, mut bytes) = (epoca.load(Ordering::SeqCst), [0; 4_096]);
            while let Ok(lidos @ 1..) = de.read(&mut bytes) {
                if epoca.load(Ordering::SeqCst) == minha
                    && para.write_all(&bytes[..lidos]).is_err()
                {
                    break;
                }
            }
            let _ = para.shutdown(Shutdown::Both);
        });
    };
    let vista = epoca.clone();
    std::thread::spawn(move || {
        for cliente in escuta.incoming().flatten() {
            if let Ok(servidor) = TcpStream::connect(("127.0.0.1", destino)) {
                repassar(&cliente, &servidor, &vista);
                repassar(&servidor, &cliente, &vista);
            }
        }
    });
    (porta, epoca)
}

/// Em um disco cheio, um banco às vezes nem apaga: quem sai pode receber um 503 e continuar dentro.
/// O que não pode é receber um sucesso que não houve. Aqui o disco é um limite de tamanho.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "limita o arquivo como o Linux")]
fn com_o_disco_cheio_no_sqlite_nenhum_logout_diz_que_encerrou_o_que_continua() {
    let loja = Loja::sqlite();
    let mut comando =
        limitado(&comando_com(&loja, &[("ROCKET_LOG_LEVEL", "critical")]));
    comando.current_dir(tests::raiz());
    let site = Processo::iniciar(comando);
    let dentro: Vec<_> = (0..30)
        .map(|_| {
            let mut navegador = Navegador::novo(&site.endereco);
            por(&mut navegador, "caneca");
            let pagina = navegador.get("/carrinho").corpo;
            let csrf = token(&pagina).expect("há um token").to_owned();
            (navegador, csrf)
        })
        .collect();
    let cheio =
        (0..2_000).any(|_| Navegador::novo(&site.endereco).get("/login").codigo == 503);
    assert!(cheio, "o disco não encheu");
    for (mut navegador, csrf) in dentro {
        let mut copia = navegador.clone();
        let resposta = navegador.post("/logout", &format!("csrf={csrf}"));
        let continua = no_carrinho(&mut copia, "caneca") == 1;
        let certa = if continua { 503 } else { resposta.codigo };
        assert_eq!(resposta.codigo, certa, "{resposta:?}");
    }
}

/// O mesmo comando, que só escreve arquivos de até 1 MB; passar disso é um erro, e não o fim dele.
fn limitado(comando: &Command) -> Command {
    let mut limitado = Command::new("sh");
    limitado.args(["-c", "trap '' XFSZ; ulimit -f 2048; exec \"$0\""]);
    limitado.arg(comando.get_program());
    for (nome, valor) in comando.get_envs() {
        match valor {
            Some(valor) => limitado.env(nome, valor),
            None => limitado.env_remove(nome),
        };
    }
    limitado
}

fn parar_e_voltar(loja: &mut Loja) {
    let servidor = servidor_de(loja);
    servidor.congelar();
    sleep(Duration::from_secs(4));
    servidor.descongelar();
    sleep(Duration::from_secs(2));
    servidor.matar();
    sleep(Duration::from_secs(2));
    servidor.reiniciar();
}

fn servidor_de(loja: &mut Loja) -> &mut Servidor {
    match &mut loja.tipo {
        Tipo::Postgres(servidor)
        | Tipo::Redis(servidor)
        | Tipo::Memcached(servidor) => servidor,
        _ => unreachable!("não é um servidor só"),
    }
}

fn em_apuros(loja: &mut Loja, perde: bool, apuro: fn(&mut Loja)) {
    let site = site_com(loja, &[("ROCKET_LOG_LEVEL", "critical")]);
    let acabou = AtomicBool::new(false);
    // Seis que ninguém sabe quem são, e duas pessoas.
    let clientes = ["a", "b", "c", "d", "e", "f", "admin", "maria"].map(|nome| {
        let username = ["admin", "maria"].into_iter().find(|conta| *conta == nome);
        let navegador = match nome {
            "admin" => dentro(&site, "admin", "123"),
            "maria" => dentro(&site, "maria", "456"),
            _ => Navegador::novo(&site.endereco),
        };
        Cliente {
            navegador,
            produto: format!("de-{nome}"),
            username,
            csrf: String::new(),
            confirmados: 0,
            duvidosos: 0,
            perdidas: 0,
            recusadas: 0,
        }
    });
    scope(|escopo| {
        let acabou = &acabou;
        let threads = clientes.map(|mut cliente| {
            escopo.spawn(move || {
                while !acabou.load(Ordering::Relaxed) {
                    cliente.passear();
                }
                cliente.conferir_no_fim(perde);
                cliente.recusadas
            })
        });
        sleep(Duration::from_secs(1));
        apuro(loja);
        // Conexões que morreram com o servidor ainda podem falhar uma vez cada.
        ate_ficar_bem(&site.endereco);
        sleep(Duration::from_secs(1));
        acabou.store(true, Ordering::Relaxed);
        let recusadas = threads.into_iter().map(|thread| thread.join().unwrap());
        assert!(recusadas.sum::<u32>() > 0, "o teste não atrapalhou ninguém");
    });
}

fn ate_ficar_bem(endereco: &str) {
    let inicio = Instant::now();
    while !esta_bem(endereco) {
        assert!(inicio.elapsed() < RECUPERACAO, "o site não voltou sozinho");
        sleep(Duration::from_millis(50));
    }
}

fn esta_bem(endereco: &str) -> bool {
    let mut navegador = Navegador::novo(endereco);
    (0..10).all(|_| navegador.get("/saude").codigo == 200)
}

/// Um navegador, e o que ele sabe do carrinho dele.
struct Cliente {
    navegador: Navegador,
    /// O carrinho de cada um só tem o produto que leva o nome dele.
    produto: String,
    username: Option<&'static str>,
    csrf: String,
    confirmados: u32,
    /// Os que receberam um 503: podem ter sido gravados ou não.
    duvidosos: u32,
    perdidas: u32,
    recusadas: u32,
}

impl Cliente {
    /// Uma página e uma mudança.
    fn passear(&mut self) {
        let pagina = self.pedir(|navegador| navegador.get("/carrinho"));
        if pagina.codigo == 200 {
            self.so_o_que_e_seu(&pagina);
            self.csrf = token(&pagina.corpo).unwrap_or_else(|| panic!("{pagina:?}"));
            let vistos = quantos(&pagina.corpo, &self.produto);
            if vistos < self.confirmados {
                self.perdeu();
            }
            self.conferir(vistos);
        }
        if self.csrf.is_empty() {
            return;
        }
        let campos = format!("csrf={}&produto={}", self.csrf, self.produto);
        let resposta = self.pedir(|navegador| navegador.post("/carrinho", &campos));
        match (resposta.codigo, resposta.destino()) {
            (303, Some("/carrinho")) => self.confirmados += 1,
            (503, _) => self.duvidosos += 1,
            // A sessão que esta página mostrou não existe mais.
            (303, Some("/login")) | (401 | 403, _) => self.perdeu(),
            _ => panic!("{resposta:?}"),
        }
        if let Some(username) = self.username {
            let pagina = self.pedir(|navegador| navegador.get("/dashboard"));
            let dele = pagina.corpo.contains(&format!("Bem-vindo, {username}!"));
            assert!(dele || matches!(pagina.codigo, 303 | 503), "{pagina:?}");
        }
    }

    fn pedir(&mut self, pedido: impl FnOnce(&mut Navegador) -> Resposta) -> Resposta {
        let inicio = Instant::now();
        let resposta = pedido(&mut self.navegador);
        let demora = inicio.elapsed();
        assert!(demora < MAIOR_DEMORA, "{demora:?}: {resposta:?}");
        assert!(matches!(resposta.codigo, 200 | 303 | 401 | 403 | 503), "{resposta:?}");
        self.recusadas += u32::from(resposta.codigo == 503);
        resposta
    }

    fn so_o_que_e_seu(&self, pagina: &Resposta) {
        let seu = format!("{}: ", self.produto);
        let mut linhas = pagina.corpo.split("<li>").skip(1);
        let so =
            linhas.all(|linha| linha.starts_with(&seu) || linha.starts_with("Nada"));
        assert!(so, "{pagina:?}");
    }

    fn perdeu(&mut self) {
        self.perdidas += 1;
        (self.confirmados, self.duvidosos) = (0, 0);
    }

    fn conferir(&self, vistos: u32) {
        let Cliente { produto, confirmados, duvidosos, perdidas, .. } = self;
        // Depois de perdida, a sessão pode voltar com o que já estava gravado nela.
        let certos = *confirmados..=confirmados + duvidosos;
        let certo = *perdidas > 0 || certos.contains(&vistos);
        assert!(certo, "{produto}: {vistos} fora de {certos:?}");
    }

    fn conferir_no_fim(&mut self, perde: bool) {
        let vistos = no_carrinho(&mut self.navegador, &self.produto);
        assert!(perde || self.perdidas == 0, "{}: perdeu a sessão", self.produto);
        self.conferir(vistos);
        if self.username.is_some() && !perde {
            assert_eq!(self.navegador.get("/dashboard").codigo, 200);
        }
    }
}
