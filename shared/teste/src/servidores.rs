//! Os armazenamentos de verdade, que os testes matam, congelam e iniciam de novo.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Um servidor em execução. Ao sair do escopo, ele para e a pasta dele some.
pub struct Servidor {
    /// O endereço do armazenamento, como em `ROCKET_SESSAO_URL`.
    pub endereco: String,
    /// A porta em que ele atende.
    pub porta: u16,
    comando: Command,
    filho: Child,
    pasta: PathBuf,
}

impl Servidor {
    /// Um Redis sem nada em disco, mais estas opções.
    pub fn redis(opcoes: &[&str]) -> Servidor {
        let porta = porta_livre();
        let mut comando = Command::new("redis-server");
        comando.args(["--port", &porta.to_string(), "--bind", "127.0.0.1"]);
        comando.args(["--save", ""]).args(opcoes);
        Servidor::novo(comando, format!("redis://127.0.0.1:{porta}"), porta)
    }

    /// Um Memcached, mais estas opções.
    pub fn memcached(opcoes: &[&str]) -> Servidor {
        let porta = porta_livre();
        let mut comando = Command::new("memcached");
        comando.args(["-l", "127.0.0.1", "-p", &porta.to_string(), "-U", "0"]);
        // Sem o `-u`, ele se recusa a iniciar quando quem o chama é o root.
        comando.args(["-u", "root"]).args(opcoes);
        Servidor::novo(comando, format!("memcached://127.0.0.1:{porta}"), porta)
    }

    /// Um PostgreSQL com um banco vazio.
    pub fn postgres() -> Servidor {
        let porta = porta_livre();
        let mut criar = do_postgres("initdb");
        criar.args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D"]);
        let criado = criar.arg(pasta(porta)).output().expect("o initdb deve rodar");
        assert!(criado.status.success(), "{}", String::from_utf8_lossy(&criado.stderr));
        // Um socket em arquivo disputaria a pasta com outro PostgreSQL.
        let mut comando = do_postgres("postgres");
        comando.args(["-p", &porta.to_string(), "-h", "127.0.0.1"]);
        comando.args(["-D", ".", "-k", "", "-F"]);
        let endereco = format!("postgres://postgres@127.0.0.1:{porta}/postgres");
        Servidor::novo(comando, endereco, porta)
    }

    fn novo(mut comando: Command, endereco: String, porta: u16) -> Servidor {
        let pasta = pasta(porta);
        std::fs::create_dir_all(&pasta).expect("a pasta temporária deve abrir");
        comando.current_dir(&pasta);
        comando.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let filho = comando.spawn().unwrap_or_else(|e| panic!("{comando:?}: {e}"));
        let mut servidor = Servidor { endereco, porta, comando, filho, pasta };
        servidor.esperar();
        servidor
    }

    /// Mata o servidor, sem lhe dar tempo de nada.
    pub fn matar(&mut self) {
        let _ = self.filho.kill();
        let _ = self.filho.wait();
    }

    /// Inicia de novo, na mesma porta e com a mesma pasta.
    pub fn reiniciar(&mut self) {
        self.matar();
        self.esperar();
    }

    /// Para o servidor no meio do que estiver fazendo: as conexões ficam abertas e mudas.
    pub fn congelar(&self) {
        self.sinal("-STOP");
    }

    /// Continua de onde parou.
    pub fn descongelar(&self) {
        self.sinal("-CONT");
    }

    /// Manda um sinal ao processo e aos que ele iniciou: o PostgreSQL tem um por conexão.
    fn sinal(&self, sinal: &str) {
        // O pai antes, para que não inicie mais nenhum.
        let todos = "kill $0 $1; pkill $0 -P $1";
        let mut matar = Command::new("sh");
        matar.args(["-c", todos, sinal, &self.filho.id().to_string()]);
        let _ = matar.stderr(Stdio::null()).status();
    }

    /// Inicia o programa, se ele parou, e espera que atenda.
    fn esperar(&mut self) {
        esperar_que(&self.endereco.clone(), || {
            // Logo depois de morto à força, o PostgreSQL recusa até que os processos dele terminem.
            if self.filho.try_wait().expect("o processo deve responder").is_some() {
                self.filho = self.comando.spawn().expect("já iniciou uma vez");
            }
            if !self.endereco.starts_with("postgres") {
                return TcpStream::connect(("127.0.0.1", self.porta)).is_ok();
            }
            // O PostgreSQL abre a porta antes de estar pronto.
            let mut pronto = do_postgres("pg_isready");
            pronto.args(["-q", "-h", "127.0.0.1", "-p", &self.porta.to_string()]);
            pronto.status().is_ok_and(|fim| fim.success())
        });
    }
}

impl Drop for Servidor {
    fn drop(&mut self) {
        self.descongelar();
        // Só terminando por bem o PostgreSQL devolve a memória que divide entre os processos dele.
        self.sinal("-INT");
        let limite = Instant::now() + Duration::from_secs(5);
        while matches!(self.filho.try_wait(), Ok(None)) && Instant::now() < limite {
            std::thread::sleep(PAUSA);
        }
        self.matar();
        let _ = std::fs::remove_dir_all(&self.pasta);
    }
}

/// Um Redis Cluster com três mestres, cada um com uma réplica. Sem elas, quando um nó some, um terço
/// das sessões ficaria fora do ar, qualquer que fosse `cluster-require-full-coverage`.
pub struct Cluster {
    /// Os três mestres do começo, e depois as três réplicas.
    pub nos: Vec<Servidor>,
    /// O endereço do armazenamento, como em `ROCKET_SESSAO_URL`.
    pub endereco: String,
}

impl Cluster {
    /// Inicia os seis nós e espera que as réplicas estejam em dia.
    pub fn novo() -> Cluster {
        let nos = [(); 6].map(|()| {
            // A porta de costume seria a outra mais 10000, que pode estar ocupada.
            let entre_nos = porta_livre().to_string();
            let cluster = ["--cluster-enabled", "yes", "--cluster-port", &entre_nos];
            let prazo = ["--cluster-node-timeout", "1000"];
            Servidor::redis(&[cluster.as_slice(), &prazo].concat())
        });
        let enderecos = nos.iter().map(|no| no.endereco.replace("redis://", ""));
        let mut criar = Command::new("redis-cli");
        criar.args(["--cluster-replicas", "1", "--cluster-yes", "--cluster", "create"]);
        let criado = criar.args(enderecos).output().expect("o redis-cli deve rodar");
        assert!(criado.status.success(), "{criado:?}");
        let [um, outro] = [nos[0].porta, nos[1].porta];
        let endereco = format!("redis-cluster://127.0.0.1:{um}?no=127.0.0.1:{outro}");
        let diz = |no: &Servidor, comando: &[&str], certo| {
            redis_cli(no.porta, comando).contains(certo)
        };
        esperar_que("o cluster inteiro", || {
            nos.iter().all(|no| diz(no, &["CLUSTER", "INFO"], "cluster_state:ok"))
                // A réplica de cada mestre já recebe o que ele grava.
                && nos[..3].iter().all(|no| diz(no, &["WAIT", "1", "1000"], "1"))
        });
        Cluster { nos: nos.into(), endereco }
    }
}

const PAUSA: Duration = Duration::from_millis(20);

/// Espera que isto aconteça, por muito mais tempo do que uma máquina ocupada precisa.
pub fn esperar_que(o_que: &str, mut aconteceu: impl FnMut() -> bool) {
    let limite = Instant::now() + Duration::from_secs(60);
    while !aconteceu() {
        assert!(Instant::now() < limite, "em 60 s, nada de {o_que}");
        std::thread::sleep(PAUSA);
    }
}

/// O que o Redis desta porta responde a um comando. Em um cluster, segue até o nó certo.
pub fn redis_cli(porta: u16, comando: &[&str]) -> String {
    let porta = porta.to_string();
    let mut redis = Command::new("redis-cli");
    redis.args(["-c", "-h", "127.0.0.1", "-p", &porta]).args(comando);
    let saida = redis.output().expect("o redis-cli deve rodar").stdout;
    String::from_utf8_lossy(&saida).trim().to_owned()
}

/// O que o Memcached desta porta responde a um comando de texto.
pub fn memcached_texto(porta: u16, comando: &str) -> String {
    let mut conexao = TcpStream::connect(("127.0.0.1", porta)).expect("deve atender");
    conexao.write_all(format!("{comando}\r\n").as_bytes()).expect("deve ouvir");
    let mut resposta = vec![0; 65_536];
    let lidos = conexao.read(&mut resposta).expect("deve responder");
    String::from_utf8_lossy(&resposta[..lidos]).into_owned()
}

/// Uma porta em que ninguém atende agora, abaixo das que o sistema dá a quem pede qualquer uma: assim
/// ninguém a toma antes de quem a pediu.
pub fn porta_livre() -> u16 {
    static PEDIDAS: AtomicU32 = AtomicU32::new(0);
    // Cada programa começa em um lugar.
    let comeco = std::process::id().wrapping_mul(101);
    loop {
        let pedida = comeco.wrapping_add(PEDIDAS.fetch_add(1, Ordering::Relaxed));
        let porta =
            u16::try_from(20_000 + pedida % 10_000).expect("é menor que 30.000");
        if TcpListener::bind(("127.0.0.1", porta)).is_ok() {
            return porta;
        }
    }
}

/// Só deste programa: nenhum outro a acha com o que um teste morto deixou.
fn pasta(porta: u16) -> PathBuf {
    std::env::temp_dir().join(format!("servidor-{}-{porta}", std::process::id()))
}

/// Um programa do PostgreSQL, que o Debian deixa fora do PATH e que não inicia como root: aí ele
/// roda com o usuário que veio com ele.
pub fn do_postgres(nome: &str) -> Command {
    let versoes = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let programas =
        versoes.flatten().map(|versao| versao.path().join("bin").join(nome));
    let programa = programas.filter(|programa| programa.exists()).max();
    let Some(programa) = programa else { return Command::new(nome) };
    let quem = Command::new("id").arg("-u").output();
    if quem.is_ok_and(|quem| quem.stdout != b"0\n") {
        return Command::new(programa);
    }
    let mut como_postgres = Command::new("setpriv");
    como_postgres.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    como_postgres.arg(programa);
    como_postgres
}
