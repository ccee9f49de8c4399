//! O que quebra em volta do site, e não nele: a rede, quem chega, o disco e o relógio.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use book::navegador::Navegador;
use book::processo::Processo;
use tests::falhas::{codigos, conferir, em_menos_de};

use super::apuros::pelo_sh;
use super::site::{comando_com, dentro, no_carrinho, por, site_com};
use super::{Loja, Tipo};

const CALADO: &[(&str, &str)] = &[("ROCKET_LOG_LEVEL", "critical")];

/// Um cabeçalho pela metade, um corpo pela metade, e uma resposta que ninguém lê.
const CORTADAS: [&str; 3] = [
    "GET /carrinho HTTP/1.1\r\nHost: loc",
    "POST /login_submit HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\
     Content-Type: application/x-www-form-urlencoded\r\n\r\nusername=ad",
    "GET /carrinho HTTP/1.1\r\nHost: localhost\r\n\r\n",
];

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "conta as conexões como o Linux")]
fn uma_conexao_cortada_no_meio_nao_atrapalha_ninguem_nem_fica_aberta() {
    let loja = Loja::sqlite();
    let site = site_com(&loja, CALADO);
    let mut outro = Navegador::novo(&site.endereco);
    let (mut vistos, mut maior) = (Vec::new(), Duration::ZERO);
    let antes = site.abertos();
    for cortada in CORTADAS.iter().cycle().take(90) {
        conexao(&site).write_all(cortada.as_bytes()).unwrap();
        let inicio = Instant::now();
        vistos.push(por(&mut outro, "caneca").codigo);
        maior = maior.max(inicio.elapsed());
    }
    // As conexões com o banco, que ficam, abrem até 24 arquivos; 30 é um tipo de corte.
    let sobram = || site.abertos().saturating_sub(antes + 25);
    let limite = Instant::now() + Duration::from_secs(5);
    while sobram() > 0 && Instant::now() < limite {
        sleep(Duration::from_millis(50));
    }
    let sobram = if sobram() == 0 { "nenhuma" } else { "alguma" };
    let visto = format!(
        "{} aos outros, {}; {sobram} conexão ficou aberta",
        codigos(vistos),
        em_menos_de(maior)
    );
    conferir("A conexão cai no meio: do cabeçalho, do formulário, da resposta", &visto);
}

fn conexao(site: &Processo) -> TcpStream {
    TcpStream::connect(site.endereco.trim_start_matches("http://")).unwrap()
}

#[test]
fn cem_kb_de_cookies_nao_atrapalham_ninguem() {
    let site = site_com(&Loja::memoria(), CALADO);
    let pedir = |tamanho: usize| {
        let mut conexao = conexao(&site);
        let cookie = "x".repeat(tamanho);
        let pedido = format!(
            "GET /perfil HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Cookie: session={cookie}\r\n\r\n"
        );
        // Quem recusa o que é grande não lê até o fim.
        let _ = conexao.write_all(pedido.as_bytes());
        let mut estado = [0; 12];
        conexao.read_exact(&mut estado).unwrap();
        String::from_utf8_lossy(&estado[9..]).parse().unwrap()
    };
    let mut outro = dentro(&site, "admin", "123");
    let grandes = scope(|escopo| {
        let grandes = [(); 20].map(|()| escopo.spawn(|| pedir(100_000)));
        grandes.map(|grande| grande.join().unwrap())
    });
    // O hyper lê mais de 400 KB de uma vez: só depois disso ele confere o limite.
    let maior = pedir(1_000_000);
    let visto = format!(
        "{}, como a um visitante novo; com 1 MB, {maior}; depois, {} aos outros",
        codigos(grandes),
        outro.get("/perfil").codigo
    );
    conferir("Chegam 100 KB de cookies", &visto);
}

/// O root escreveria até onde não se pode: sem essa licença, ele é um usuário comum.
const SEM_PRIVILEGIO: &str = "[ $(id -u) -ne 0 ] && exec \"$0\"
    exec setpriv --bounding-set=-dac_override --inh-caps=-dac_override \"$0\"";

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "fecha a pasta como o Linux")]
fn um_sqlite_que_so_se_le_nunca_confirma_o_que_nao_gravou() {
    let loja = Loja::sqlite();
    let Tipo::Sqlite(pasta) = &loja.tipo else { unreachable!() };
    let comando = || pelo_sh(SEM_PRIVILEGIO, &comando_com(&loja, CALADO));
    so_leitura(pasta.path(), true);
    conferir("O SQLite começa em uma pasta só de leitura", &inicio(comando()));
    so_leitura(pasta.path(), false);

    let site = Processo::iniciar(comando());
    let mut admin = dentro(&site, "admin", "123");
    por(&mut admin, "caneca");
    so_leitura(pasta.path(), true);
    let no_meio = por(&mut admin, "caneca").codigo;
    let certo = no_carrinho(&mut admin, "caneca") == 1 + u32::from(no_meio == 303);
    let certo = if certo { "mostra" } else { "não mostra" };
    let visto = format!("quem grava recebe {no_meio}, e o carrinho {certo} o produto");
    conferir("O arquivo do SQLite passa a só leitura, com o site no ar", &visto);

    drop(site);
    let visto = inicio(comando());
    so_leitura(pasta.path(), false);
    let site = Processo::iniciar(comando());
    admin.endereco = site.endereco.clone();
    let visto =
        format!("{visto}; de volta, quem grava recebe {}", por(&mut admin, "x").codigo);
    conferir("O site reinicia com o arquivo do SQLite só de leitura", &visto);
}

/// O que acontece ao iniciar: uma recusa, ou o que responde.
fn inicio(comando: Command) -> String {
    match Processo::tentar(comando) {
        Err(saida) if saida.starts_with("erro: não abri as sessões") => {
            "não inicia, e diz por quê".to_owned()
        }
        Err(saida) => saida,
        Ok(site) => {
            let mut novo = Navegador::novo(&site.endereco);
            let codigos = ["/saude", "/login"].map(|pagina| novo.get(pagina).codigo);
            format!("inicia; {} em `/saude` e {} a quem chega", codigos[0], codigos[1])
        }
    }
}

fn so_leitura(pasta: &Path, fechar: bool) {
    let abertos = [(pasta.to_owned(), 0o755)].into_iter();
    let arquivos = tests::arquivos(pasta).into_iter().map(|arquivo| (arquivo, 0o644));
    for (caminho, modo) in abertos.chain(arquivos) {
        let modo = if fechar { modo & 0o555 } else { modo };
        fs::set_permissions(caminho, fs::Permissions::from_mode(modo)).unwrap();
    }
}

#[test]
#[ignore = "precisa de faketime"]
fn um_relogio_que_adianta_e_volta_so_encerra_o_que_foi_usado_nesse_tempo() {
    let loja = Loja::sqlite();
    let Tipo::Sqlite(pasta) = &loja.tipo else { unreachable!() };
    let hora = pasta.path().join("hora");
    let acertar = |quanto: &str| fs::write(&hora, quanto).unwrap();
    acertar("+0");
    let mut comando = comando_com(&loja, CALADO);
    comando.env("LD_PRELOAD", "/usr/$LIB/faketime/libfaketime.so.1");
    comando.env("FAKETIME_TIMESTAMP_FILE", &hora).env("FAKETIME_NO_CACHE", "1");
    comando.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    let site = Processo::iniciar(comando);
    let [mut usada, mut parada] = [(); 2].map(|()| dentro(&site, "admin", "123"));
    acertar("+45m");
    let adiantada = o_que_diz(&mut usada);
    let mut do_futuro = dentro(&site, "admin", "123");
    let mut copia = do_futuro.clone();
    acertar("+0");
    let visto = format!(
        "adiantado 45 min: {adiantada}; de volta: {} a quem não abriu o site, e a quem \
         entrou adiantado, {}",
        parada.get("/dashboard").codigo,
        o_que_diz(&mut do_futuro)
    );
    conferir("O relógio do servidor adianta e depois volta", &visto);
    // Para quem tem a hora certa, a sessão que esta instância recusou continua.
    acertar("+46m");
    assert_eq!(copia.get("/dashboard").codigo, 200);
}

/// O que uma sessão que terminou responde, e o motivo que o login dá.
fn o_que_diz(navegador: &mut Navegador) -> String {
    let codigo = navegador.get("/dashboard").codigo;
    let login = navegador.get("/login").corpo;
    let motivo = login.split("Sua sessão ").nth(1).and_then(|m| m.split('.').next());
    format!("{codigo} e “Sua sessão {}”", motivo.unwrap_or("continua"))
}

/// A lista lê o texto de cada sessão: com muitas e grandes, ela não pode segurar o resto.
#[test]
#[ignore = "precisa de Redis"]
fn quem_enche_a_propria_conta_nao_impede_a_troca_da_senha() {
    let loja = Loja::redis(&[]);
    let site = site_com(&loja, CALADO);
    let mut senha = "456".to_owned();
    for volta in 0..3 {
        let cheias: Vec<_> = (0..49).map(|_| cheia(&site, &senha)).collect();
        let mut maria = dentro(&site, "maria", &senha);
        let sessoes =
            maria.get("/sessoes").corpo.matches("/sessoes/encerrar\"").count();
        assert_eq!(sessoes, 49, "as outras");
        let nova = format!("senha nova {volta}");
        let acabou = AtomicBool::new(false);
        scope(|escopo| {
            for mut leitor in cheias.into_iter().take(40) {
                let acabou = &acabou;
                escopo.spawn(move || {
                    while !acabou.load(Ordering::Relaxed) {
                        leitor.get("/sessoes");
                    }
                });
            }
            sleep(Duration::from_millis(500));
            let campos = [("atual", &*senha), ("nova", &*nova)];
            let trocada = maria.preencher("/sessoes", "/senha", &campos);
            acabou.store(true, Ordering::Relaxed);
            assert_eq!(trocada.map(|resposta| resposta.codigo), Ok(303));
        });
        assert!(maria.get("/sessoes").corpo.contains("Senha trocada"));
        senha = nova;
    }
}

/// Uma sessão com o carrinho cheio, de letras que o JSON escreve com seis.
fn cheia(site: &Processo, senha: &str) -> Navegador {
    let mut maria = dentro(site, "maria", senha);
    for numero in 0..50 {
        let resposta = por(&mut maria, &format!("{}{numero:02}", "%01".repeat(98)));
        assert_eq!(resposta.codigo, 303, "{resposta:?}");
    }
    maria
}
