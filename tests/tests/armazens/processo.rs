//! O que o processo do site usa da máquina: a saída padrão e a memória.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use book::navegador::Navegador;
use tests::servidores::porta_livre;

use super::Loja;
use super::site::{comando_com, site_com};

/// Quem lê a saída (o journald, o Docker, um `| tee`) pode travar. O site não pode travar com ele.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "termina o processo como o Linux")]
fn quando_ninguem_le_o_diario_o_site_continua_e_ainda_termina_quando_se_pede() {
    let porta = porta_livre().to_string();
    let ajustes = [
        ("ROCKET_DIARIO", "true"),
        ("ROCKET_LOG_LEVEL", "critical"),
        ("ROCKET_PORT", &porta),
    ];
    let mut comando = comando_com(&Loja::memoria(), &ajustes);
    let mut site = Filho(comando.stdout(Stdio::piped()).spawn().unwrap());
    while TcpStream::connect(format!("127.0.0.1:{porta}")).is_err() {
        sleep(Duration::from_millis(20));
    }
    // O que ninguém atende, o próprio Rocket anota.
    for vez in 0..3_000 {
        let (caminho, codigo) =
            [("/estilo.css", "200"), ("/nao-existe", "404"), ("/saude", "200")]
                [vez % 3];
        assert_eq!(pedir(&porta, caminho), codigo, "{caminho}, na vez {vez}");
    }
    // De volta, quem lê fica sabendo quantas faltam.
    let lido = BufReader::new(site.0.stdout.take().unwrap()).lines();
    let mut lido = lido.map_while(Result::ok);
    let perdidas = lido.find(|linha| linha.starts_with(r#"{"linhas_perdidas":"#));
    let quantas = perdidas.unwrap().replace(|letra: char| !letra.is_ascii_digit(), "");
    let quantas: usize = quantas.parse().unwrap();
    assert!((1..4_000).contains(&quantas), "{quantas}");

    // Parado de novo: o SIGTERM não espera por ele.
    for _ in 0..3_000 {
        pedir(&porta, "/estilo.css");
    }
    let numero = site.0.id().to_string();
    assert!(Command::new("kill").arg(numero).status().unwrap().success());
    let limite = Instant::now() + Duration::from_secs(10);
    while site.0.try_wait().unwrap().is_none() {
        assert!(Instant::now() < limite, "não terminou");
        sleep(Duration::from_millis(50));
    }
}

struct Filho(Child);

impl Drop for Filho {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// O código da resposta; vazio, se ela não vem.
fn pedir(porta: &str, caminho: &str) -> String {
    let mut conexao = TcpStream::connect(format!("127.0.0.1:{porta}")).unwrap();
    conexao.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let pedido = format!(
        "GET {caminho} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    );
    conexao.write_all(pedido.as_bytes()).unwrap();
    let mut resposta = Vec::new();
    let _ = conexao.read_to_end(&mut resposta);
    String::from_utf8_lossy(&resposta).split(' ').nth(1).unwrap_or_default().to_owned()
}

/// Cada senha conferida ocupa 19 MiB enquanto se confere, e o alocador do Linux não devolve o que
/// cada thread libera.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "mede a memória como o Linux a conta")]
fn trezentos_logins_errados_nao_ficam_com_a_memoria() {
    let ajustes = [("ROCKET_IP_HEADER", "X-Real-IP"), ("ROCKET_LOG_LEVEL", "critical")];
    let site = site_com(&Loja::memoria(), &ajustes);
    scope(|escopo| {
        for thread in 0..6 {
            let site = &site;
            escopo.spawn(move || {
                for vez in 0..50 {
                    let mut ninguem = Navegador::novo(&site.endereco);
                    let endereco = format!("192.0.2.{thread}");
                    ninguem.cabecalhos.push(("X-Real-IP".to_owned(), endereco));
                    let nome = format!("nome-{thread}-{vez}");
                    let campos = [("username", &*nome), ("password", "errada")];
                    let recusado =
                        ninguem.preencher("/login", "/login_submit", &campos);
                    assert_eq!(recusado.map(|resposta| resposta.codigo), Ok(401));
                }
            });
        }
    });
    let memoria = site.memoria() / 1_024;
    println!("depois de 300 logins errados: {memoria} MB");
    assert!(memoria < 200, "{memoria} MB");
}
