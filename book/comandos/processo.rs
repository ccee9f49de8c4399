//! Os capítulos como processos de verdade, cada um em sua porta.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "para quem ataca ou testa; o que o livro executa devolve o erro"
)]

use std::env::consts::EXE_EXTENSION;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{LazyLock, Once};
use std::time::{Duration, Instant};

use regex::Regex;
use tempfile::NamedTempFile;

use crate::{Resultado, vigia};

/// Quanto um processo pode demorar para dizer onde atende.
const PACIENCIA: Duration = Duration::from_secs(60);

const PAUSA: Duration = Duration::from_millis(20);

/// Quanto um comando pode demorar para terminar.
pub const ATE_TERMINAR: Duration = Duration::from_secs(300);

/// Quanto um programa pode escrever até terminar, em bytes.
pub const LIMITE: u64 = 1 << 20;

/// Quem ouve o que um programa escreve, assim que ele escreve; se responde `false`, o programa para.
pub type Ouvir<'a> = &'a mut dyn FnMut(&str) -> bool;

/// Uma chave só para testes, com os 16 dígitos hexadecimais em ordem a partir deste, e mais três
/// vezes a partir de outro: não abre nada fora deles.
pub fn chave_de_teste(digito: char) -> String {
    let inicio = digito.to_digit(10).expect("um dígito");
    let digito = |n| char::from_digit((inicio + n + n / 16 * 5) % 16, 16);
    (0..64).filter_map(digito).collect()
}

/// Os binários se compilam uma vez só.
static COMPILAR: Once = Once::new();

/// O caminho de um binário do repositório, no perfil deste teste. O primeiro pedido compila todos de
/// uma vez, menos os exercícios: um deles pela metade não pode parar os testes do resto.
pub fn binario(nome: &str) -> PathBuf {
    COMPILAR.call_once(|| assert!(compilar(&[]), "a compilação falhou"));
    pasta_dos_binarios().join(nome).with_extension(EXE_EXTENSION)
}

/// Compila só este pacote, para um programa que não usa outro: os demais capítulos podem estar
/// pela metade. Diz se compilou; se não, o compilador já contou por quê.
pub fn compilar_so(pacote: &str) -> bool {
    let compilou = compilar(&["--package", pacote]);
    COMPILAR.call_once(|| ());
    compilou
}

fn compilar(selecao: &[&str]) -> bool {
    let mut cargo = cargo_build();
    cargo.args(["--quiet", "--bins"]).args(selecao);
    cargo.status().expect("o cargo deve executar").success()
}

/// Onde o Cargo põe os binários do perfil deste programa.
pub fn pasta_dos_binarios() -> PathBuf {
    let este = std::env::current_exe().expect("este programa tem um caminho");
    // Os testes ficam em target/debug/deps; os binários, uma pasta acima.
    let pasta = este.ancestors().skip(1).find(|pasta| !pasta.ends_with("deps"));
    pasta.expect("todo programa está em uma pasta").to_owned()
}

/// O Cargo, como quem o chama no terminal, na raiz. O que um Cargo de fora diz de si no ambiente
/// faria este compilar de novo a `ring`, e com ela os armazenamentos do capítulo 18.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    esquecer(&mut cargo, &["CARGO_PKG_", "CARGO_MANIFEST_", "RUST_BACKTRACE"]);
    cargo.current_dir(crate::raiz());
    cargo
}

/// `cargo build`, no perfil deste programa.
pub fn cargo_build() -> Command {
    let mut cargo = cargo();
    cargo.arg("build");
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    cargo
}

/// Tira do comando as variáveis do terminal que começam assim.
pub fn esquecer(comando: &mut Command, inicios: &[&str]) {
    for (variavel, _) in std::env::vars_os() {
        let nome = variavel.to_string_lossy();
        if inicios.iter().any(|inicio| nome.starts_with(inicio)) {
            comando.env_remove(&variavel);
        }
    }
}

/// Um comando que executa um binário do repositório na raiz, sem herdar `ROCKET_*` do terminal.
pub fn comando(nome: &str) -> Command {
    binario(nome);
    let mut comando = compilado(nome);
    guardar_em(&mut comando, &PASTA_DOS_TESTES, nome);
    // Em release, as contas da lição não entrariam.
    comando.env("ROCKET_PROFILE", "debug");
    comando
}

/// Os arquivos de sessões e de contas ficam nesta pasta, e não na do capítulo: lá são de quem estuda.
pub fn guardar_em(comando: &mut Command, pasta: &Path, nome: &str) {
    let em = |nome| format!("sqlite:{}", pasta.join(format!("{nome}.db")).display());
    comando.env("ROCKET_SESSAO_URL", em(nome)).env("ROCKET_CONTAS_URL", em("contas"));
}

/// O mesmo, de um binário que já está compilado, com as sessões de quem estuda.
pub fn compilado(nome: &str) -> Command {
    let programa = pasta_dos_binarios().join(nome).with_extension(EXE_EXTENSION);
    let mut comando = Command::new(programa);
    esquecer(&mut comando, &["ROCKET_", "RUST_BACKTRACE"]);
    comando.current_dir(crate::raiz());
    // A pasta que o Cargo informou é a deste programa, e não a daquele.
    let pasta = Some(pasta_do_capitulo(nome)).filter(|pasta| pasta.is_dir());
    comando.env("CARGO_MANIFEST_DIR", pasta.unwrap_or_else(crate::pasta));
    comando
}

/// Onde os capítulos guardam o que é dos processos deste programa: quem os reinicia o acha lá.
static PASTA_DOS_TESTES: LazyLock<PathBuf> = LazyLock::new(|| {
    // O `cargo ataque` que um teste chama não pode apagar os arquivos dos testes.
    let programa = std::env::current_exe().expect("este programa tem um caminho");
    let pasta = pasta_dos_binarios().with_file_name("tmp/sessoes");
    let pasta = pasta.join(programa.file_stem().unwrap_or_default());
    // Os de outra vez podem ter sido feitos por um programa que mudou a tabela.
    let _ = fs::remove_dir_all(&pasta);
    fs::create_dir_all(&pasta).expect("a pasta das sessões deve ser criada");
    pasta
});

/// Um comando pronto para servir: porta livre, log completo e sem cores, e a chave dada.
pub fn servidor(capitulo: &str, chave: &str) -> Command {
    let mut comando = comando(capitulo);
    comando
        .env("ROCKET_SECRET_KEY", chave)
        .env("ROCKET_PORT", "0")
        .env("ROCKET_LOG_LEVEL", "normal")
        .env("ROCKET_CLI_COLORS", "false");
    comando
}

/// O programa de `cargo livro`, em uma porta livre e sem mexer no livro que alguém esteja lendo.
pub fn livro(destino: &Path) -> Command {
    let mut comando = comando("livro");
    comando.args(["--porta", "0", "--destino"]).arg(destino);
    comando
}

/// Um processo em execução. Ao sair do escopo, o processo para.
pub struct Processo {
    filho: Child,
    saida: File,
    /// O endereço em que ele atende, como `http://127.0.0.1:41234`.
    pub endereco: String,
}

impl Processo {
    /// Inicia um capítulo com esta chave secreta.
    pub fn capitulo(nome: &str, chave: &str) -> Processo {
        Processo::iniciar(servidor(nome, chave))
    }

    /// Inicia o comando; o teste para se ele não fica no ar.
    pub fn iniciar(comando: Command) -> Processo {
        Processo::tentar(comando)
            .unwrap_or_else(|saida| panic!("não ficou no ar:\n{saida}"))
    }

    /// Inicia o comando e espera que ele diga em que endereço atende. Se ele termina antes disso, o
    /// erro é tudo o que escreveu.
    pub fn tentar(comando: Command) -> Resultado<Processo> {
        Processo::tentar_ouvindo(comando, &mut || true)
    }

    /// O mesmo, enquanto quem espera quiser.
    pub fn tentar_ouvindo(
        comando: Command,
        espera: &mut dyn FnMut() -> bool,
    ) -> Resultado<Processo> {
        let (prazo, mut processo) = (Instant::now() + PACIENCIA, executar(comando)?);
        loop {
            let (terminou, texto) = (processo.terminou(), processo.saida());
            if let Some(endereco) = endereco_anunciado(&texto) {
                processo.endereco = endereco;
                return Ok(processo);
            }
            match terminou {
                Some(_) => return Err(texto),
                None if !espera() => return Err("parado".to_owned()),
                None if Instant::now() < prazo => std::thread::sleep(PAUSA),
                None => return Err(format!("não disse onde atende:\n{texto}")),
            }
        }
    }

    /// Tudo o que o processo escreveu até agora.
    pub fn saida(&self) -> String {
        String::from_utf8_lossy(&self.desde(0)).into_owned()
    }

    /// As linhas que ele escreveu depois destes bytes; a que ainda não tem fim fica para depois.
    pub fn linhas_desde(&self, inicio: u64) -> Vec<u8> {
        let mut bytes = self.desde(inicio);
        let fim = bytes.iter().rposition(|um| *um == b'\n');
        bytes.truncate(fim.map_or(0, |fim| fim + 1));
        bytes
    }

    fn desde(&self, inicio: u64) -> Vec<u8> {
        let (mut arquivo, mut bytes) = (&self.saida, Vec::new());
        let lido = arquivo.seek(SeekFrom::Start(inicio));
        // O que não se lê desta vez se lê na próxima.
        let _ = lido.and_then(|_| arquivo.take(LIMITE).read_to_end(&mut bytes));
        bytes
    }

    /// Quantos bytes ele já escreveu.
    pub fn tamanho(&self) -> u64 {
        self.saida.metadata().map_or(0, |dados| dados.len())
    }

    /// Como terminou, se já terminou.
    pub fn terminou(&mut self) -> Option<bool> {
        match self.filho.try_wait() {
            Ok(fim) => fim.map(|fim| fim.success()),
            // De quem o sistema não sabe mais nada, não há o que esperar.
            Err(_) => Some(false),
        }
    }

    /// Quanta memória ele ocupa agora, em kB, como o Linux a conta.
    pub fn memoria(&self) -> u64 {
        let arquivo = format!("/proc/{}/status", self.filho.id());
        let estado = fs::read_to_string(arquivo).expect("o processo está no ar");
        let linha = estado.lines().find_map(|linha| linha.strip_prefix("VmRSS:"));
        let numero = linha.and_then(|um| um.split_whitespace().next()?.parse().ok());
        numero.expect("o Linux a conta assim")
    }

    /// O número do processo, para o sistema.
    pub fn numero(&self) -> u32 {
        self.filho.id()
    }

    /// A porta em que ele atende.
    pub fn porta(&self) -> &str {
        self.endereco.rsplit(':').next().expect("todo endereço tem porta")
    }

    /// Para o processo e devolve tudo o que ele escreveu.
    pub fn parar(mut self) -> String {
        self.encerrar();
        self.saida()
    }

    fn encerrar(&mut self) {
        // Sem a entrada, o vigia para o grupo inteiro; quem não tem vigia para assim.
        if self.filho.stdin.take().is_none() {
            let _ = self.filho.kill();
        }
        let _ = self.filho.wait();
    }
}

impl Drop for Processo {
    fn drop(&mut self) {
        self.encerrar();
    }
}

/// O endereço que um servidor (Rocket, o livro, Flask, gunicorn) diz que atende.
fn endereco_anunciado(saida: &str) -> Option<String> {
    // Uma linha sem o fim ainda está sendo escrita.
    static AVISO: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(http://[\w.]+:\d+).*\n").expect("expressão válida")
    });
    Some(AVISO.captures(saida)?[1].to_owned())
}

/// Executa um comando que deve terminar sozinho; devolve se deu certo e tudo o que escreveu.
pub fn ate_o_fim(comando: Command) -> (bool, String) {
    let (qual, mut ouvido) = (format!("{comando:?}"), String::new());
    let mut ouvir = |novo: &str| {
        ouvido += novo;
        true
    };
    acompanhar(ATE_TERMINAR, comando, &mut ouvir)
        .unwrap_or_else(|erro| panic!("{qual}: {erro}\n{ouvido}"))
}

/// O mesmo, para quem ouve enquanto ele escreve. É um erro se não termina neste tempo, se escreve
/// demais ou se quem ouve o para.
pub fn acompanhar(
    limite: Duration,
    comando: Command,
    ouvir: Ouvir,
) -> Resultado<(bool, String)> {
    let mut processo = executar(comando)?;
    let (prazo, mut tudo) = (Instant::now() + limite, Vec::new());
    loop {
        // Antes de ler, para não perder o que ele escreveu por último.
        let terminou = processo.terminou();
        let lido = tudo.len() as u64;
        let novo = match terminou {
            Some(_) => processo.desde(lido),
            None => processo.linhas_desde(lido),
        };
        tudo.extend_from_slice(&novo);
        if !ouvir(&String::from_utf8_lossy(&novo)) {
            return Err("parado".to_owned());
        }
        if let Some(certo) = terminou {
            return Ok((certo, String::from_utf8_lossy(&tudo).into_owned()));
        }
        if processo.tamanho() >= LIMITE {
            return Err("escreveu demais, e foi parado".to_owned());
        }
        if Instant::now() > prazo {
            return Err(format!(
                "não terminou em {} s, e foi parado",
                limite.as_secs()
            ));
        }
        std::thread::sleep(PAUSA);
    }
}

/// Inicia o comando com a saída padrão e a de erro no mesmo arquivo, na ordem em que vierem.
fn executar(comando: Command) -> Resultado<Processo> {
    let nome = comando.get_program().display().to_string();
    let iniciar = move || {
        let escrita = NamedTempFile::new()?;
        // O nome some já: nem `kill -9` deixa o arquivo para trás.
        let saida = escrita.reopen()?;
        let mut comando = vigia::vigiado(comando)?;
        comando.stdout(escrita.as_file().try_clone()?).stderr(escrita.into_file());
        let filho = comando.spawn()?;
        Ok(Processo { filho, saida, endereco: String::new() })
    };
    iniciar().map_err(|erro: std::io::Error| format!("{nome} não executa: {erro}"))
}

/// A pasta de um capítulo.
pub fn pasta_do_capitulo(capitulo: &str) -> PathBuf {
    crate::raiz().join("chapters").join(capitulo)
}
