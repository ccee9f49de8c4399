//! Os armazenamentos de verdade, cada um em sua porta e em sua pasta: os testes os matam, os
//! congelam e os iniciam de novo.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const PACIENCIA: Duration = Duration::from_secs(60);
const PAUSA: Duration = Duration::from_millis(20);

/// Um servidor em execução. Ao sair do escopo, ele para e a pasta dele some.
pub struct Servidor {
    programa: PathBuf,
    argumentos: Vec<String>,
    /// O endereço do armazenamento, como em `ROCKET_SESSAO_URL`.
    pub endereco: String,
    /// A porta em que ele atende.
    pub porta: u16,
    filho: Child,
    pasta: TempDir,
}

impl Servidor {
    /// Um Redis sem nada em disco, mais estas opções.
    pub fn redis(opcoes: &[&str]) -> Servidor {
        let porta = porta_livre();
        let numero = porta.to_string();
        let fixas = ["--port", &numero, "--bind", "127.0.0.1", "--save", ""];
        let argumentos = [&fixas, opcoes].concat();
        let endereco = format!("redis://127.0.0.1:{porta}");
        Servidor::novo("redis-server".into(), &argumentos, endereco, porta, pasta())
    }

    /// Um Memcached, mais estas opções.
    pub fn memcached(opcoes: &[&str]) -> Servidor {
        let porta = porta_livre();
        let numero = porta.to_string();
        let fixas = ["-l", "127.0.0.1", "-p", &numero, "-U", "0"];
        let mut argumentos = [&fixas, opcoes].concat();
        // Sem isto, ele se recusa a iniciar quando quem o chama é o root.
        if numero_do_usuario(&[]) == Some(0) {
            argumentos.extend(["-u", "root"]);
        }
        let endereco = format!("memcached://127.0.0.1:{porta}");
        Servidor::novo("memcached".into(), &argumentos, endereco, porta, pasta())
    }

    /// Um PostgreSQL com um banco vazio.
    pub fn postgres() -> Servidor {
        let porta = porta_livre();
        let numero = porta.to_string();
        let pasta = pasta();
        let mut criar = Command::new(do_postgres("initdb"));
        criar.args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"]);
        criar.args(["-D", "dados"]).current_dir(pasta.path());
        como_postgres(&mut criar, pasta.path());
        let criado = criar.output().expect("o initdb deve executar");
        assert!(criado.status.success(), "{}", String::from_utf8_lossy(&criado.stderr));
        // Um socket em arquivo disputaria a pasta com outro PostgreSQL. E o teste mata o programa,
        // não a máquina: o `-F` não perde nada.
        let argumentos =
            ["-D", "dados", "-p", &numero, "-h", "127.0.0.1", "-k", "", "-F"];
        let endereco = format!("postgres://postgres@127.0.0.1:{porta}/postgres");
        let programa = do_postgres("postgres");
        Servidor::novo(programa, &argumentos, endereco, porta, pasta)
    }

    fn novo(
        programa: PathBuf,
        argumentos: &[&str],
        endereco: String,
        porta: u16,
        pasta: TempDir,
    ) -> Servidor {
        let argumentos: Vec<String> =
            argumentos.iter().copied().map(str::to_owned).collect();
        let filho = iniciar(&programa, &argumentos, pasta.path());
        let mut servidor =
            Servidor { programa, argumentos, endereco, porta, filho, pasta };
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
        self.filho = iniciar(&self.programa, &self.argumentos, self.pasta.path());
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
        let pai = self.filho.id().to_string();
        let filhos = Command::new("pgrep").args(["-P", &pai]).output();
        let filhos = filhos.expect("o pgrep deve executar").stdout;
        let filhos = String::from_utf8_lossy(&filhos).into_owned();
        let mut matar = Command::new("kill");
        matar.arg(sinal).arg(&pai).args(filhos.split_whitespace());
        // Um filho pode terminar entre a lista e o sinal.
        let _ = matar.stderr(Stdio::null()).status();
    }

    fn esperar(&mut self) {
        let limite = Instant::now() + PACIENCIA;
        while !self.responde() {
            assert!(Instant::now() < limite, "{} não responde", self.endereco);
            // Logo depois de morto à força, o PostgreSQL espera pelos processos que ficaram.
            if self.filho.try_wait().expect("o processo deve responder").is_some() {
                self.filho =
                    iniciar(&self.programa, &self.argumentos, self.pasta.path());
            }
            std::thread::sleep(PAUSA);
        }
    }

    fn responde(&self) -> bool {
        if !self.programa.ends_with("postgres") {
            return TcpStream::connect(("127.0.0.1", self.porta)).is_ok();
        }
        // O PostgreSQL abre a porta antes de estar pronto.
        let mut pronto = Command::new(do_postgres("pg_isready"));
        pronto.args(["-q", "-h", "127.0.0.1", "-p", &self.porta.to_string()]);
        pronto.status().is_ok_and(|fim| fim.success())
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
    }
}

/// Um Redis Cluster com três mestres, cada um com uma réplica. Com as réplicas, o cluster continua
/// inteiro quando um nó some: uma delas assume o lugar do mestre. Sem elas, um terço das sessões
/// ficaria fora do ar, qualquer que fosse `cluster-require-full-coverage`.
pub struct Cluster {
    /// Os três mestres do começo, e depois as três réplicas.
    pub nos: Vec<Servidor>,
    /// O endereço do armazenamento, como em `ROCKET_SESSAO_URL`.
    pub endereco: String,
}

impl Cluster {
    /// Inicia os seis nós e espera que as réplicas estejam em dia.
    pub fn novo() -> Cluster {
        let no = || {
            // A porta de costume seria a outra mais 10000, que pode nem existir.
            let entre_nos = ["--cluster-port", &porta_livre().to_string()];
            let cluster =
                ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"];
            Servidor::redis(&[&cluster[..], &entre_nos].concat())
        };
        let nos: Vec<Servidor> = (0..6).map(|_| no()).collect();
        let mut criar = Command::new("redis-cli");
        criar.args(["--cluster", "create"]);
        criar.args(nos.iter().map(|no| format!("127.0.0.1:{}", no.porta)));
        let criado = criar.args(["--cluster-replicas", "1", "--cluster-yes"]).output();
        let criado = criado.expect("o redis-cli deve executar");
        assert!(criado.status.success(), "{criado:?}");
        let [primeiro, outro, ..] = &nos[..] else { unreachable!("são seis") };
        let endereco = format!(
            "redis-cluster://127.0.0.1:{}?no=127.0.0.1:{}",
            primeiro.porta, outro.porta
        );
        let cluster = Cluster { nos, endereco };
        let limite = Instant::now() + PACIENCIA;
        while !cluster.em_dia() {
            assert!(Instant::now() < limite, "o cluster não ficou pronto");
            std::thread::sleep(PAUSA);
        }
        cluster
    }

    fn em_dia(&self) -> bool {
        self.nos.iter().all(|no| {
            let papel = redis_cli(no.porta, &["INFO", "replication"]);
            let replica_em_dia = papel.contains("master_link_status:up");
            redis_cli(no.porta, &["CLUSTER", "INFO"]).contains("cluster_state:ok")
                && (papel.contains("role:master") || replica_em_dia)
        })
    }
}

/// O que um programa diz da própria versão; `None` se ele não está instalado.
pub fn versao(programa: &str) -> Option<String> {
    let saida = Command::new(do_postgres(programa)).arg("--version").output().ok()?;
    Some(String::from_utf8_lossy(&saida.stdout).trim().to_owned())
}

/// O que o Redis desta porta responde a um comando. Em um cluster, segue até o nó certo.
pub fn redis_cli(porta: u16, comando: &[&str]) -> String {
    let porta = porta.to_string();
    let mut redis = Command::new("redis-cli");
    redis.args(["-c", "-h", "127.0.0.1", "-p", &porta]).args(comando);
    let saida = redis.output().expect("o redis-cli deve executar").stdout;
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

fn iniciar(programa: &Path, argumentos: &[String], pasta: &Path) -> Child {
    let mut comando = Command::new(programa);
    comando.args(argumentos).current_dir(pasta);
    comando.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if programa.ends_with("postgres") {
        como_postgres(&mut comando, pasta);
    }
    comando.spawn().unwrap_or_else(|erro| panic!("{}: {erro}", programa.display()))
}

fn pasta() -> TempDir {
    tempfile::tempdir().expect("a pasta temporária deve abrir")
}

/// O Debian deixa os programas do PostgreSQL fora do PATH.
fn do_postgres(nome: &str) -> PathBuf {
    let versoes = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let programas =
        versoes.flatten().map(|versao| versao.path().join("bin").join(nome));
    programas.filter(|programa| programa.exists()).max().unwrap_or_else(|| nome.into())
}

fn numero_do_usuario(quem: &[&str]) -> Option<u32> {
    let saida = Command::new("id").arg("-u").args(quem).output().ok()?;
    String::from_utf8_lossy(&saida.stdout).trim().parse().ok()
}

/// O PostgreSQL não inicia como root: aí a pasta e o processo são do usuário que veio com ele.
#[cfg(unix)]
fn como_postgres(comando: &mut Command, pasta: &Path) {
    use std::os::unix::{fs::chown, process::CommandExt};
    if numero_do_usuario(&[]) != Some(0) {
        return;
    }
    if let Some(postgres) = numero_do_usuario(&["postgres"]) {
        chown(pasta, Some(postgres), Some(postgres))
            .expect("o root pode dar uma pasta");
        comando.uid(postgres).gid(postgres);
    }
}

#[cfg(not(unix))]
fn como_postgres(_comando: &mut Command, _pasta: &Path) {}
