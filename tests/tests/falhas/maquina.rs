//! O que quebra na máquina do site: a rede, o disco, a memória e a saída padrão.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::scope;

use book::navegador::Navegador;
use book::processo::{Processo, ate_o_fim};
use tests::falhas::conferir;
use tests::servidores::{Servidor, esperar_que, porta_livre, redis_cli};

use super::{comando, no_carrinho, pelo_sh, por, site};

#[test]
fn um_endereco_que_nao_abre_e_recusado_em_uma_linha_sem_a_senha() {
    for endereco in [
        "redis://quem:segredo@127.0.0.1:1/banco",
        "postgres://quem:segredo@127.0.0.1:1/banco?sslmode=lixo",
        "redis://quem:segredo@127.0.0.1:porta",
    ] {
        let (certo, saida) = ate_o_fim(comando(endereco));
        let uma_linha =
            saida.starts_with("erro: ") && saida.trim_end().lines().count() == 1;
        assert!(
            !certo && uma_linha && !saida.contains("segredo"),
            "{endereco}: {saida}"
        );
    }
}

#[test]
fn varias_instancias_abrem_juntas_o_arquivo_que_ainda_nao_existe_e_so_o_dono_o_le() {
    let raiz = tempfile::tempdir().unwrap();
    let pasta = raiz.path().join("João e Zé");
    let endereco = format!("sqlite:{}", pasta.join("José e Ana.db").display());
    for _ in 0..3 {
        fs::create_dir(&pasta).unwrap();
        scope(|escopo| {
            let juntas = [(); 6].map(|()| escopo.spawn(|| site(&endereco)));
            let juntas = juntas.map(|instancia| instancia.join().unwrap());
            let mut pessoa = Navegador::novo(&juntas[0].endereco);
            por(&mut pessoa, "caneca");
            pessoa.endereco = juntas[5].endereco.clone();
            assert_eq!(no_carrinho(&mut pessoa, "caneca"), 1);
            let arquivos = tests::arquivos(&pasta);
            assert_eq!(arquivos.len(), 3, "{arquivos:?}");
            for arquivo in arquivos {
                let modo = fs::metadata(&arquivo).unwrap().permissions().mode();
                assert_eq!(modo & 0o777, 0o600, "{}", arquivo.display());
            }
        });
        fs::remove_dir_all(&pasta).unwrap();
    }
}

/// O que não cabe recebe um 503. Em um disco cheio, um banco às vezes nem apaga: quem sai pode
/// continuar dentro. O que não pode é receber um sucesso que não houve.
fn encher(site: &Processo, mais: impl FnOnce()) -> Vec<(u16, bool)> {
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
    mais();
    let sair = |mut navegador: Navegador| {
        let mut copia = navegador.clone();
        let codigo = navegador.post("/logout", "").codigo;
        (codigo, no_carrinho(&mut copia, "caneca") == 1)
    };
    dentro.map(sair).into()
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "limita o arquivo como o Linux")]
fn com_o_disco_cheio_no_sqlite_nenhum_logout_diz_que_encerrou_o_que_continua() {
    let pasta = tempfile::tempdir().unwrap();
    // Só escreve arquivos de até 1 MB; passar disso é um erro, e não o fim do programa.
    let limite = "trap '' XFSZ; ulimit -f 2048; exec \"$0\"";
    let endereco = format!("sqlite:{}", pasta.path().join("s.db").display());
    let site = Processo::iniciar(pelo_sh(limite, &comando(&endereco)));
    let logouts = encher(&site, || ());
    let mentiras =
        logouts.iter().filter(|(codigo, continua)| *continua && *codigo != 503);
    let mentiras = match mentiras.count() {
        0 => "nenhum logout anunciou um fim que não aconteceu".to_owned(),
        quantas => format!("{quantas} logouts mentiram"),
    };
    conferir(
        "O disco enche, com as sessões no SQLite",
        &format!("503 a quem grava; as páginas ainda abrem; {mentiras}"),
    );
}

/// Com a memória cheia, só apagar funciona: nada do que apaga pode precisar de espaço, nem depois de
/// um reinício, que leva os scripts.
#[test]
#[ignore = "precisa de Redis e de Memcached"]
fn com_a_memoria_cheia_quem_sai_sai() {
    let redis =
        Servidor::redis(&["--maxmemory", "4mb", "--maxmemory-policy", "noeviction"]);
    let memcached = Servidor::memcached(&["-m", "8", "-M"]);
    for (servidor, e_redis) in [(&redis, true), (&memcached, false)] {
        let logouts = encher(&site(&servidor.endereco), || {
            if e_redis {
                assert_eq!(redis_cli(servidor.porta, &["SCRIPT", "FLUSH"]), "OK");
            }
        });
        assert!(logouts.iter().all(|fim| *fim == (303, false)), "{logouts:?}");
    }
}

/// O root escreveria até onde não se pode: sem essa licença, ele é um usuário comum.
const SEM_PRIVILEGIO: &str = "[ $(id -u) -ne 0 ] && exec \"$0\"
    exec setpriv --bounding-set=-dac_override --inh-caps=-dac_override \"$0\"";

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "fecha a pasta como o Linux")]
fn um_sqlite_que_so_se_le_nunca_confirma_o_que_nao_gravou() {
    let pasta = tempfile::tempdir().unwrap();
    let endereco = format!("sqlite:{}", pasta.path().join("s.db").display());
    let comando = || pelo_sh(SEM_PRIVILEGIO, &comando(&endereco));
    let inicio = || match Processo::tentar(comando()) {
        Ok(_) => "inicia".to_owned(),
        Err(saida) if saida.starts_with("erro: não abri as sessões") => {
            "não inicia, e diz por quê".to_owned()
        }
        Err(saida) => saida,
    };
    let site = Processo::iniciar(comando());
    let mut alguem = Navegador::novo(&site.endereco);
    por(&mut alguem, "caneca");
    so_leitura(pasta.path(), true);
    let no_meio = por(&mut alguem, "caneca").codigo;
    let certo = no_carrinho(&mut alguem, "caneca") == 1 + u32::from(no_meio == 303);
    let certo = if certo { "mostra" } else { "não mostra" };
    let visto = format!("quem grava recebe {no_meio}, e o carrinho {certo} o produto");
    conferir("O arquivo do SQLite passa a só leitura, com o site no ar", &visto);

    drop(site);
    let visto = inicio();
    so_leitura(pasta.path(), false);
    let site = Processo::iniciar(comando());
    alguem.endereco = site.endereco.clone();
    let visto = format!(
        "{visto}; de volta, quem grava recebe {}",
        por(&mut alguem, "x").codigo
    );
    conferir("O site reinicia com o arquivo do SQLite só de leitura", &visto);
}

fn so_leitura(pasta: &Path, fechar: bool) {
    let abertos = [(pasta.to_owned(), 0o755)].into_iter();
    let arquivos = tests::arquivos(pasta).into_iter().map(|arquivo| (arquivo, 0o644));
    for (caminho, modo) in abertos.chain(arquivos) {
        let modo = if fechar { modo & 0o555 } else { modo };
        fs::set_permissions(caminho, Permissions::from_mode(modo)).unwrap();
    }
}

/// Ao sair do escopo, o processo para.
struct Filho(Child);

impl Drop for Filho {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Quem lê a saída (o journald, o Docker, um `| tee`) pode travar. O site não pode travar com ele.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "termina o processo como o Linux")]
fn quando_ninguem_le_o_diario_o_site_continua_e_ainda_termina_quando_se_pede() {
    let porta = porta_livre();
    let mut comando = comando("memoria:");
    comando.env("ROCKET_DIARIO", "true").env("ROCKET_PORT", porta.to_string());
    let mut filho = Filho(comando.stdout(Stdio::piped()).spawn().unwrap());
    esperar_que("o site no ar", || TcpStream::connect(("127.0.0.1", porta)).is_ok());
    let mut alguem = Navegador::novo(&format!("http://127.0.0.1:{porta}"));
    // O que ninguém atende, o próprio Rocket anota.
    let mut tres_mil = || {
        for _ in 0..1_000 {
            for (caminho, codigo) in
                [("/estilo.css", 200), ("/nao-existe", 404), ("/saude", 200)]
            {
                assert_eq!(alguem.get(caminho).codigo, codigo, "{caminho}");
            }
        }
    };
    tres_mil();
    // De volta, quem lê fica sabendo quantas faltam.
    let lidas = BufReader::new(filho.0.stdout.take().unwrap()).lines();
    let mut lidas = lidas.map_while(Result::ok);
    let perdidas = lidas.find(|linha| linha.starts_with(r#"{"linhas_perdidas":"#));
    let quantas = perdidas.unwrap().replace(|letra: char| !letra.is_ascii_digit(), "");
    let quantas: usize = quantas.parse().unwrap();
    assert!((1..4_000).contains(&quantas), "{quantas}");

    // Parado de novo: o SIGTERM não espera por ele.
    tres_mil();
    let numero = filho.0.id().to_string();
    assert!(Command::new("kill").arg(numero).status().unwrap().success());
    esperar_que("fim do processo", || filho.0.try_wait().unwrap().is_some());
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
                    let campos =
                        format!("username=nome-{thread}-{vez}&password=errada");
                    let codigo = ninguem.post("/login_submit", &campos).codigo;
                    assert!(matches!(codigo, 401 | 429), "{codigo}");
                }
            });
        }
    });
    let memoria = site.memoria() / 1_024;
    assert!(memoria < 200, "{memoria} MB");
}
