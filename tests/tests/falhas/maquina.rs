//! O que quebra na máquina do site: a rede, o disco, a memória e a saída padrão.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::thread::scope;

use book::navegador::Navegador;
use book::processo::{Processo, esquecer};
use tempfile::TempDir;
use tests::falhas::conferir;
use tests::servidores::{Servidor, esperar_que, porta_livre};

use super::{comando, no_carrinho, por, site};

/// O mesmo comando, que um texto do sh executa.
fn pelo_sh(texto: &str, comando: &Command) -> Command {
    let mut sh = Command::new("sh");
    sh.args(["-c", texto]).arg(comando.get_program()).current_dir(tests::raiz());
    esquecer(&mut sh, &["ROCKET_"]);
    sh.envs(comando.get_envs().filter_map(|(nome, valor)| Some((nome, valor?))));
    sh
}

fn sqlite_em(pasta: &TempDir) -> String {
    format!("sqlite:{}", pasta.path().join("José e Ana.db").display())
}

/// O que não cabe recebe um 503. Em um disco cheio, um banco às vezes nem apaga: quem sai pode
/// continuar dentro. Devolve o que cada logout recebeu, e se a sessão continua.
fn sair_com_tudo_cheio(site: &Processo) -> [(u16, bool); 30] {
    let dentro = [(); 30].map(|()| {
        let mut navegador = Navegador::novo(&site.endereco);
        por(&mut navegador, "caneca");
        navegador
    });
    // O JSON escreve cada letra destas com seis.
    let grande = "%01".repeat(90);
    let cheio = (0..500).any(|_| {
        let mut navegador = Navegador::novo(&site.endereco);
        (0..50).any(|n| por(&mut navegador, &format!("{grande}{n}")).codigo == 503)
    });
    assert!(cheio, "não encheu");
    dentro.map(|mut navegador| {
        let mut copia = navegador.clone();
        let codigo = navegador.post("/logout", "").codigo;
        (codigo, no_carrinho(&mut copia, "caneca") == 1)
    })
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "limita o arquivo como o Linux")]
fn com_o_disco_cheio_no_sqlite_nenhum_logout_diz_que_encerrou_o_que_continua() {
    let pasta = tempfile::tempdir().unwrap();
    // Só escreve arquivos de até 1 MB; passar disso é um erro, e não o fim do programa.
    let limite = "trap '' XFSZ; ulimit -f 2048; exec \"$0\"";
    let site = Processo::iniciar(pelo_sh(limite, &comando(&sqlite_em(&pasta))));
    for arquivo in tests::arquivos(pasta.path()) {
        let modo = fs::metadata(&arquivo).unwrap().permissions().mode();
        assert_eq!(modo & 0o777, 0o600, "só o dono lê {}", arquivo.display());
    }
    let logouts = sair_com_tudo_cheio(&site);
    let honesto = |(codigo, continua): &(u16, bool)| !continua || *codigo == 503;
    assert!(logouts.iter().all(honesto), "{logouts:?}");
    conferir(
        "O disco enche, com as sessões no SQLite",
        "503 a quem grava; as páginas ainda abrem; nenhum logout anunciou um fim que não aconteceu",
    );
}

/// Com a memória cheia, só apagar funciona: nada do que apaga pode precisar de espaço.
#[test]
#[ignore = "precisa de Redis e de Memcached"]
fn com_a_memoria_cheia_quem_sai_sai() {
    for servidor in [
        Servidor::redis(&["--maxmemory", "4mb", "--maxmemory-policy", "noeviction"]),
        Servidor::memcached(&["-m", "8", "-M"]),
    ] {
        let logouts = sair_com_tudo_cheio(&site(&servidor.endereco));
        assert_eq!(logouts, [(303, false); 30], "{}", servidor.endereco);
    }
}

/// O root escreveria até onde não se pode: sem essa licença, ele é um usuário comum.
const SEM_PRIVILEGIO: &str = "[ $(id -u) -ne 0 ] && exec \"$0\"
    exec setpriv --bounding-set=-dac_override --inh-caps=-dac_override \"$0\"";

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "fecha a pasta como o Linux")]
fn um_sqlite_que_so_se_le_nunca_confirma_o_que_nao_gravou() {
    let pasta = tempfile::tempdir().unwrap();
    let comando = || pelo_sh(SEM_PRIVILEGIO, &comando(&sqlite_em(&pasta)));
    let mudar = |permissao| {
        let mut chmod = Command::new("chmod");
        assert!(
            chmod.args(["-R", permissao]).arg(pasta.path()).status().unwrap().success()
        );
    };
    let site = Processo::iniciar(comando());
    let mut alguem = Navegador::novo(&site.endereco);
    por(&mut alguem, "caneca");
    mudar("a-w");
    let codigo = por(&mut alguem, "caneca").codigo;
    assert_eq!(no_carrinho(&mut alguem, "caneca"), 1 + u32::from(codigo == 303));
    let visto = format!("quem grava recebe {codigo}, e o carrinho mostra o produto");
    conferir("O arquivo do SQLite passa a só leitura, com o site no ar", &visto);

    drop(site);
    let recusa = Processo::tentar(comando()).err().unwrap_or_default();
    assert!(recusa.starts_with("erro: não abri as sessões"), "{recusa}");
    mudar("u+w");
    let site = Processo::iniciar(comando());
    alguem.endereco = site.endereco.clone();
    let codigo = por(&mut alguem, "x").codigo;
    let visto =
        format!("não inicia, e diz por quê; de volta, quem grava recebe {codigo}");
    conferir("O site reinicia com o arquivo do SQLite só de leitura", &visto);
}

/// Quem lê a saída (o journald, o Docker, um `| tee`) pode travar. O site não pode travar com ele.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "termina o processo como o Linux")]
fn quando_ninguem_le_o_log_o_site_continua_e_ainda_termina_quando_se_pede() {
    let (porta, pasta) = (porta_livre(), tempfile::tempdir().unwrap());
    let mut comando = comando("memoria:");
    comando.env("ROCKET_PROFILE", "release").env("ROCKET_PORT", porta.to_string());
    comando.env("CANO", pasta.path().join("cano"));
    // Com as duas pontas abertas, o cano enche e ninguém o lê.
    let no_cano = "\"$0\" conta criar ana; echo http://127.0.0.1:$ROCKET_PORT
        mkfifo \"$CANO\"; exec \"$0\" 1<>\"$CANO\"";
    let mut site = Processo::iniciar(pelo_sh(no_cano, &comando));
    esperar_que("o site no ar", || TcpStream::connect(("127.0.0.1", porta)).is_ok());
    let mut alguem = Navegador::novo(&site.endereco);
    for _ in 0..3_000 {
        assert_eq!(alguem.get("/nao-existe").codigo, 404);
    }
    let numero = site.numero().to_string();
    assert!(Command::new("kill").arg(numero).status().unwrap().success());
    esperar_que("fim do processo", || site.terminou().is_some());
}

/// Cada senha conferida ocupa 19 MiB enquanto se confere, e o alocador do Linux não devolve o que
/// cada thread libera.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "mede a memória como o Linux a conta")]
fn cem_logins_errados_nao_ficam_com_a_memoria() {
    let site = site("memoria:");
    scope(|escopo| {
        for thread in 0..10 {
            let mut ninguem = Navegador::novo(&site.endereco);
            escopo.spawn(move || {
                for vez in 0..10 {
                    let campos = format!("username=n{thread}-{vez}&password=errada");
                    let codigo = ninguem.post("/login_submit", &campos).codigo;
                    assert!(matches!(codigo, 401 | 429), "{codigo}");
                }
            });
        }
    });
    let memoria = site.memoria() / 1_024;
    assert!(memoria < 200, "{memoria} MB");
}
