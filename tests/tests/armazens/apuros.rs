//! O armazenamento para, trava e volta no meio do trabalho: quem usa o site vê o que é seu ou um
//! 503, e nunca um sucesso que não foi gravado.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use book::navegador::{Navegador, Resposta};
use book::processo::Processo;
use rocket::tokio::time::sleep as espera;
use sqlx::Connection;
use tests::falhas::{conferir, em_menos_de};
use tests::servidores::{Servidor, redis_cli};

use super::site::{
    comando_com, dentro, esta_fora, no_carrinho, por, quantos, site_com,
};
use super::{Loja, Tipo, chave_nova, registro};
use crate::cap18::armazem::em_tempo;

const RECUPERACAO: Duration = Duration::from_secs(15);

#[test]
#[ignore = "precisa de Redis"]
fn o_redis_para_e_volta_e_ninguem_ve_o_que_nao_e_seu() {
    let quebra = "O Redis, sem nada em disco, trava 4 s e depois é morto";
    em_apuros(quebra, &mut Loja::redis(&[]), 0, parar_e_voltar);
}

#[test]
#[ignore = "precisa de Redis"]
fn o_redis_que_anota_tudo_no_disco_nao_perde_o_que_confirmou() {
    let quebra = "O mesmo, com um Redis que anota cada gravação no disco";
    let mut loja = Loja::redis(&["--appendonly", "yes", "--appendfsync", "always"]);
    em_apuros(quebra, &mut loja, 0, parar_e_voltar);
}

#[test]
#[ignore = "precisa de PostgreSQL"]
fn o_postgres_para_e_volta_e_nao_perde_o_que_confirmou() {
    let quebra = "O mesmo, com o PostgreSQL";
    em_apuros(quebra, &mut Loja::postgres(), 0, parar_e_voltar);
}

#[test]
#[ignore = "precisa de Memcached"]
fn o_memcached_para_e_volta_e_ninguem_ve_o_que_nao_e_seu() {
    let quebra = "O mesmo, com o Memcached";
    em_apuros(quebra, &mut Loja::memcached(), 0, parar_e_voltar);
}

/// As réplicas do Redis copiam depois de responder: o que ele confirmou no último instante pode se
/// perder com o nó.
#[test]
#[ignore = "precisa de Redis"]
fn um_no_do_cluster_para_e_uma_replica_assume() {
    let quebra = "Um nó do cluster do Redis é morto, e não volta";
    em_apuros(quebra, &mut Loja::cluster(), 1, |loja| {
        let Tipo::Cluster(cluster) = &mut loja.tipo else { unreachable!() };
        cluster.nos[0].matar();
        sleep(Duration::from_secs(6));
    });
}

/// A rede no meio do caminho às vezes esquece uma conexão: ninguém responde, e ninguém a fecha.
#[test]
#[ignore = "precisa de Redis"]
fn a_conexao_com_o_redis_que_emudece_e_trocada_por_outra() {
    let Tipo::Redis(redis) = Loja::redis(&[]).tipo else { unreachable!() };
    let epoca = Arc::default();
    let porta = intermediario(&Arc::new(redis.porta.into()), &epoca);
    let quebra = "A conexão com o Redis emudece, e ninguém a fecha";
    emudecer(quebra, &format!("redis://127.0.0.1:{porta}"), &epoca);
}

#[test]
#[ignore = "precisa de Redis"]
fn as_conexoes_com_o_cluster_que_emudecem_sao_trocadas_por_outras() {
    let Tipo::Cluster(cluster) = Loja::cluster().tipo else { unreachable!() };
    let epoca = Arc::default();
    let portas: Vec<u16> = cluster
        .nos
        .iter()
        .map(|no| intermediario(&Arc::new(no.porta.into()), &epoca))
        .collect();
    for (no, porta) in cluster.nos.iter().zip(&portas) {
        let anuncio = ["CONFIG", "SET", "cluster-announce-port", &porta.to_string()];
        assert_eq!(redis_cli(no.porta, &anuncio), "OK");
    }
    // Cada nó conta a porta dele aos outros.
    let sabem = |no: &Servidor| {
        let nos = redis_cli(no.porta, &["CLUSTER", "NODES"]);
        portas.iter().all(|porta| nos.contains(&format!(":{porta}@")))
    };
    while !cluster.nos.iter().all(sabem) {
        sleep(Duration::from_millis(50));
    }
    let quebra = "As conexões com o cluster do Redis emudecem, e ninguém as fecha";
    let endereco = format!("redis-cluster://127.0.0.1:{}", portas[0]);
    emudecer(quebra, &endereco, &epoca);
}

fn emudecer(quebra: &str, endereco: &str, epoca: &AtomicUsize) {
    let tipo = Tipo::Memoria;
    let loja = Loja { nome: "mudo", endereco: endereco.to_owned(), tipo };
    let site = site_com(&loja, &[("ROCKET_LOG_LEVEL", "critical")]);
    assert!(esta_bem(&site.endereco));
    epoca.fetch_add(1, Ordering::SeqCst);
    let pagina = por(&mut Navegador::novo(&site.endereco), "caneca");
    let voltou = ate_ficar_bem(&site.endereco);
    conferir(quebra, &format!("{} a quem pediu naquela hora; {voltou}", pagina.codigo));
}

/// A réplica assume, o endereço passa a ser o dela, e ninguém fecha a conexão com o Redis que era o
/// principal: ele ainda responde, mas não grava.
#[test]
#[ignore = "precisa de Redis"]
fn quando_a_replica_assume_o_endereco_o_site_deixa_o_redis_que_so_le() {
    let [antigo, novo] =
        [(); 2].map(|()| Servidor::redis(&["--repl-diskless-sync-delay", "0"]));
    let replica_de = |no: &Servidor, porta: Option<u16>| {
        let de = porta.map(|porta| ["127.0.0.1".to_owned(), porta.to_string()]);
        let [servidor, porta] = de.unwrap_or(["NO", "ONE"].map(str::to_owned));
        assert_eq!(redis_cli(no.porta, &["REPLICAOF", &servidor, &porta]), "OK");
    };
    replica_de(&novo, Some(antigo.porta));
    let em_dia = || redis_cli(novo.porta, &["INFO", "replication"]);
    while !em_dia().contains("master_link_status:up") {
        sleep(Duration::from_millis(50));
    }
    let destino = Arc::new(antigo.porta.into());
    let porta = intermediario(&destino, &Arc::default());
    let (tipo, endereco) = (Tipo::Memoria, format!("redis://127.0.0.1:{porta}"));
    let site = site_com(&Loja { nome: "principal", endereco, tipo }, &[]);
    let mut maria = dentro(&site, "maria", "456");
    assert_eq!(redis_cli(antigo.porta, &["WAIT", "1", "5000"]), "1");
    replica_de(&novo, None);
    replica_de(&antigo, Some(novo.porta));
    destino.store(novo.porta, Ordering::SeqCst);
    // A primeira gravação descobre; as seguintes já vão para o outro.
    let codigos = [(); 3].map(|()| por(&mut maria, "caneca").codigo);
    assert_eq!(codigos, [503, 303, 303], "{}", site.saida());
    assert_eq!(no_carrinho(&mut maria, "caneca"), 2);
}

/// Repassa os bytes de cada conexão enquanto a época for a mesma em que ela abriu.
fn intermediario(destino: &Arc<AtomicU16>, epoca: &Arc<AtomicUsize>) -> u16 {
    let escuta = TcpListener::bind("127.0.0.1:0").expect("há portas livres");
    let porta = escuta.local_addr().expect("tem um endereço").port();
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
    let (vista, destino) = (epoca.clone(), destino.clone());
    std::thread::spawn(move || {
        for cliente in escuta.incoming().flatten() {
            let destino = destino.load(Ordering::SeqCst);
            if let Ok(servidor) = TcpStream::connect(("127.0.0.1", destino)) {
                repassar(&cliente, &servidor, &vista);
                repassar(&servidor, &cliente, &vista);
            }
        }
    });
    porta
}

/// Em um disco cheio, um banco às vezes nem apaga: quem sai pode receber um 503 e continuar dentro.
/// O que não pode é receber um sucesso que não houve. Aqui o disco é um limite de tamanho.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "limita o arquivo como o Linux")]
fn com_o_disco_cheio_no_sqlite_nenhum_logout_diz_que_encerrou_o_que_continua() {
    let loja = Loja::sqlite();
    // Só escreve arquivos de até 1 MB; passar disso é um erro, e não o fim do programa.
    let limite = "trap '' XFSZ; ulimit -f 2048; exec \"$0\"";
    let comando = comando_com(&loja, &[("ROCKET_LOG_LEVEL", "critical")]);
    let site = Processo::iniciar(pelo_sh(limite, &comando));
    let dentro: Vec<_> = (0..30)
        .map(|_| {
            let mut navegador = Navegador::novo(&site.endereco);
            por(&mut navegador, "caneca");
            navegador
        })
        .collect();
    let encher = || por(&mut Navegador::novo(&site.endereco), &"a".repeat(100)).codigo;
    let cheio = (0..5_000).any(|_| encher() == 503);
    assert!(cheio, "o disco não encheu");
    let mentiras = dentro.into_iter().filter_map(|mut navegador| {
        let mut copia = navegador.clone();
        let resposta = navegador.post("/logout", "");
        let continua = no_carrinho(&mut copia, "caneca") == 1;
        (continua && resposta.codigo != 503).then_some(resposta.codigo)
    });
    let mentiras = match mentiras.count() {
        0 => "nenhum logout anunciou um fim que não aconteceu".to_owned(),
        quantas => format!("{quantas} logouts mentiram"),
    };
    conferir(
        "O disco enche, com as sessões no SQLite",
        &format!("503 a quem grava; as páginas ainda abrem; {mentiras}"),
    );
}

/// Tranca a tabela, pede uma gravação, que desiste, e espera mais um pouco. Diz o que o banco ainda
/// faz por ela e, solta a tranca, se ela aconteceu.
async fn gravar_trancado(loja: &Loja, tranca: &str, ainda: &str) -> (i64, bool) {
    let armazem = loja.abrir().await;
    let mut outra = sqlx::AnyConnection::connect(&loja.endereco).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(tranca)).execute(&mut outra).await.unwrap();
    let (chave, novo) = (chave_nova(), registro("novo", None, 600));
    em_tempo(armazem.criar(&chave, &novo)).await.unwrap_err();
    espera(Duration::from_millis(800)).await;
    let ainda = sqlx::query_scalar(sqlx::AssertSqlSafe(ainda)).fetch_one(&mut outra);
    let ainda = ainda.await.unwrap();
    sqlx::raw_sql("ROLLBACK").execute(&mut outra).await.unwrap();
    espera(Duration::from_millis(500)).await;
    (ainda, armazem.ler(&chave).await.unwrap().is_some())
}

#[test]
fn no_sqlite_quem_desiste_de_esperar_a_vez_nao_grava_depois() {
    let (loja, tranca) = (Loja::sqlite(), "BEGIN IMMEDIATE");
    assert_eq!(rocket::execute(gravar_trancado(&loja, tranca, "SELECT 0")), (0, false));
}

#[test]
#[ignore = "precisa de PostgreSQL"]
fn no_postgres_o_comando_de_quem_desistiu_termina() {
    let (loja, tranca) = (Loja::postgres(), "BEGIN; LOCK TABLE sessoes");
    let ainda = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    assert_eq!(rocket::execute(gravar_trancado(&loja, tranca, ainda)), (0, false));
}

/// Com a memória cheia, só apagar funciona: nada do que apaga pode precisar de espaço, nem depois de
/// um reinício, que leva os scripts.
#[test]
#[ignore = "precisa de Redis e de Memcached"]
fn com_a_memoria_cheia_ainda_se_apaga() {
    let opcoes = ["--maxmemory", "4mb", "--maxmemory-policy", "noeviction"];
    let memcached = Servidor::memcached(&["-m", "8", "-M"]);
    for loja in
        [Loja::redis(&opcoes), Loja::em("memcached", memcached, Tipo::Memcached)]
    {
        let site = site_com(&loja, &[]);
        let mut pessoa = dentro(&site, "maria", "456");
        let mut copia = pessoa.clone();
        rocket::execute(async {
            let aberto = loja.abrir_com_lista().await;
            let armazem = &aberto.armazem;
            let [uma, outra] = [chave_nova(), chave_nova()];
            let dela = registro("dela", Some("maria"), 600);
            armazem.criar(&uma, &dela).await.unwrap().unwrap();
            let versao = armazem.criar(&outra, &dela).await.unwrap().unwrap();
            let grande = registro(&"x".repeat(60_000), None, 600);
            while armazem.criar(&chave_nova(), &grande).await.is_ok() {}
            for porta in loja.redis_no_ar().into_iter().flatten() {
                assert_eq!(redis_cli(porta, &["SCRIPT", "FLUSH"]), "OK");
            }
            assert!(armazem.apagar(&uma, None).await.unwrap(), "{}", loja.nome);
            assert!(armazem.apagar(&outra, Some(versao)).await.unwrap());
            assert_eq!(armazem.ler(&uma).await.unwrap(), None);
            if let Some(lista) = &aberto.lista {
                assert_eq!(lista.do_usuario("maria").await.unwrap(), []);
            }
        });
        // No site, o logout encerra a sessão, e o aviso não precisa do armazenamento.
        assert_eq!(pessoa.sair().destino(), Some("/login"), "{}", site.saida());
        assert!(pessoa.get("/login").corpo.contains("Você saiu."));
        esta_fora(&mut copia);
    }
}

/// O mesmo comando, que um texto do sh executa.
pub fn pelo_sh(texto: &str, comando: &Command) -> Command {
    let mut sh = Command::new("sh");
    sh.args(["-c", texto]).arg(comando.get_program()).current_dir(tests::raiz());
    for (nome, valor) in comando.get_envs() {
        match valor {
            Some(valor) => sh.env(nome, valor),
            None => sh.env_remove(nome),
        };
    }
    sh
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

/// `folga` é quantas das últimas gravações confirmadas de cada visitante podem se perder.
fn em_apuros(quebra: &str, loja: &mut Loja, folga: u32, apuro: fn(&mut Loja)) {
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
        Cliente::novo(navegador, format!("de-{nome}"), username)
    });
    scope(|escopo| {
        let acabou = &acabou;
        let threads = clientes.map(|mut cliente| {
            escopo.spawn(move || {
                while !acabou.load(Ordering::Relaxed) {
                    cliente.passear();
                }
                cliente.conferir_no_fim();
                cliente
            })
        });
        sleep(Duration::from_secs(1));
        apuro(loja);
        // Conexões que morreram com o servidor ainda podem falhar uma vez cada.
        let voltou = ate_ficar_bem(&site.endereco);
        sleep(Duration::from_secs(1));
        acabou.store(true, Ordering::Relaxed);
        let clientes = threads.map(|thread| thread.join().unwrap());
        conferir(quebra, &o_que_viram(&clientes, &voltou, folga));
    });
}

fn o_que_viram(clientes: &[Cliente], voltou: &str, folga: u32) -> String {
    let recusas = if clientes.iter().any(|cliente| cliente.recusada) {
        let demora = clientes.iter().map(|cliente| cliente.demora).max();
        format!("503 {}", em_menos_de(demora.unwrap_or_default()))
    } else {
        "ninguém notou".to_owned()
    };
    let perdidas = clientes.iter().map(|cliente| cliente.perdidas).max();
    let perdidas = match (perdidas.unwrap_or_default(), folga) {
        (0, 0) => "nada confirmado se perdeu",
        (perda, 1) if perda <= 1 => "de cada um, no máximo a última gravação se perdeu",
        _ => "as sessões se perderam",
    };
    format!("{recusas}; {voltou}; {perdidas}")
}

fn ate_ficar_bem(endereco: &str) -> String {
    let inicio = Instant::now();
    while !esta_bem(endereco) {
        if inicio.elapsed() > RECUPERACAO {
            return "não voltou sozinho".to_owned();
        }
        sleep(Duration::from_millis(50));
    }
    "voltou sozinho em menos de 15 s".to_owned()
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
    confirmados: u32,
    /// Os que receberam um 503: podem ter sido gravados ou não.
    duvidosos: u32,
    /// Quantas confirmadas se perderam de uma vez, no máximo.
    perdidas: u32,
    recusada: bool,
    demora: Duration,
}

impl Cliente {
    fn novo(
        navegador: Navegador,
        produto: String,
        username: Option<&'static str>,
    ) -> Cliente {
        Cliente {
            navegador,
            produto,
            username,
            confirmados: 0,
            duvidosos: 0,
            perdidas: 0,
            recusada: false,
            demora: Duration::ZERO,
        }
    }

    /// Uma página e uma mudança.
    fn passear(&mut self) {
        let pagina = self.pedir(|navegador| navegador.get("/carrinho"));
        if pagina.codigo == 200 {
            self.so_o_que_e_seu(&pagina);
            let vistos = quantos(&pagina.corpo, &self.produto);
            if vistos < self.confirmados {
                self.perdeu(self.confirmados - vistos);
            }
            self.conferir(vistos);
        }
        let campos = format!("produto={}", self.produto);
        let resposta = self.pedir(|navegador| navegador.post("/carrinho", &campos));
        match (resposta.codigo, resposta.destino()) {
            (303, Some("/carrinho")) => self.confirmados += 1,
            (503, _) => self.duvidosos += 1,
            // A sessão que esta página mostrou não existe mais.
            (401, _) => self.perdeu(self.confirmados),
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
        self.demora = self.demora.max(inicio.elapsed());
        assert!(matches!(resposta.codigo, 200 | 303 | 401 | 403 | 503), "{resposta:?}");
        self.recusada |= resposta.codigo == 503;
        resposta
    }

    fn so_o_que_e_seu(&self, pagina: &Resposta) {
        let seu = format!("{}: ", self.produto);
        let mut linhas = pagina.corpo.split("<li>").skip(1);
        let so =
            linhas.all(|linha| linha.starts_with(&seu) || linha.starts_with("Nada"));
        assert!(so, "{pagina:?}");
    }

    fn perdeu(&mut self, quantas: u32) {
        self.perdidas = self.perdidas.max(quantas);
        (self.confirmados, self.duvidosos) = (0, 0);
    }

    fn conferir(&self, vistos: u32) {
        let Cliente { produto, confirmados, duvidosos, perdidas, .. } = self;
        // Depois de perdida, a sessão pode voltar com o que já estava gravado nela.
        let certos = *confirmados..=confirmados + duvidosos;
        let certo = *perdidas > 0 || certos.contains(&vistos);
        assert!(certo, "{produto}: {vistos} fora de {certos:?}");
    }

    fn conferir_no_fim(&mut self) {
        let vistos = no_carrinho(&mut self.navegador, &self.produto);
        self.conferir(vistos);
        if self.username.is_some() && self.perdidas <= 1 {
            assert_eq!(self.navegador.get("/dashboard").codigo, 200);
        }
    }
}
