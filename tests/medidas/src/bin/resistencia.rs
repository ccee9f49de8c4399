//! O capítulo 18 trabalhando sem parar, na memória, no SQLite e no Redis: a memória do processo tem
//! de ficar onde está. Metade do que a máquina aguenta, por 20 minutos, ou por `MINUTOS`:
//!
//! `cargo medir resistencia`

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use book::navegador::Navegador;
use book::processo::{Processo, chave_de_teste, servidor};
use teste::servidores::Servidor;

/// Quantos visitantes cada site tem. Cada um entra, passeia, põe um produto no carrinho e sai.
const VISITANTES: usize = 8;
const PAGINAS_POR_VISITA: usize = 100;

/// O que se mede antes, com os visitantes sem descanso, para saber quanto é a metade.
const SEM_DESCANSO: Duration = Duration::from_secs(30);

/// Quanto a memória pode crescer do fim do aquecimento até o fim de tudo.
const TOLERANCIA: f64 = 1.10;

fn main() {
    let minutos = std::env::var("MINUTOS").ok().and_then(|texto| texto.parse().ok());
    let minutos: u64 = minutos.unwrap_or(20);
    let pasta = tempfile::tempdir().expect("a pasta temporária deve abrir");
    let redis = Servidor::redis(&[]);
    let arquivo = format!("sqlite:{}", pasta.path().join("sessoes.db").display());
    let enderecos = ["memoria:".to_owned(), arquivo, redis.endereco.clone()];
    let sites = enderecos.map(|endereco| iniciar(&endereco));
    let pedidas = AtomicU64::new(0);
    let inicio = Instant::now();
    let fim = SEM_DESCANSO + Duration::from_secs(60 * minutos);
    scope(|escopo| {
        for site in sites.iter().cycle().take(sites.len() * VISITANTES) {
            escopo.spawn(|| {
                // Sempre o mesmo: a sessão que o logout começa, para se despedir, é a do login
                // seguinte, e o servidor não fica com uma por visita até que ela vença.
                let mut navegador = Navegador::novo(&site.endereco);
                while inicio.elapsed() < fim {
                    visitar(&mut navegador, &pedidas, inicio, fim);
                }
            });
        }
        acompanhar(&sites, &pedidas, minutos);
    });
}

fn iniciar(endereco: &str) -> Processo {
    let mut comando = servidor("cap18-completa", &chave_de_teste('1'));
    comando.env("ROCKET_LOG_LEVEL", "critical").env("ROCKET_SESSAO_URL", endereco);
    comando.env("ROCKET_HTTPS", "false");
    Processo::iniciar(comando)
}

/// Do login ao logout. Depois do começo, descansa o mesmo tempo que cada resposta levou.
fn visitar(
    navegador: &mut Navegador,
    pedidas: &AtomicU64,
    inicio: Instant,
    fim: Duration,
) {
    navegador.entrar();
    let produto = [("produto", "caneca")];
    for pagina in 0..PAGINAS_POR_VISITA {
        let antes = Instant::now();
        let codigo = match pagina {
            50 => navegador
                .preencher("/carrinho", "/carrinho", &produto)
                .map(|r| r.codigo),
            _ => Ok(navegador.get("/dashboard").codigo),
        };
        assert!(matches!(codigo, Ok(200 | 303)), "{codigo:?}");
        pedidas.fetch_add(1, Ordering::Relaxed);
        if inicio.elapsed() > fim {
            return;
        }
        if inicio.elapsed() > SEM_DESCANSO {
            sleep(antes.elapsed());
        }
    }
    navegador.sair();
}

fn acompanhar(sites: &[Processo], pedidas: &AtomicU64, minutos: u64) {
    sleep(SEM_DESCANSO);
    let por_segundo = pedidas.load(Ordering::Relaxed) / SEM_DESCANSO.as_secs();
    println!("sem descanso: {por_segundo} páginas por segundo");
    let mut aquecida = Vec::new();
    for minuto in 1..=minutos {
        let antes = pedidas.load(Ordering::Relaxed);
        let memorias = menor_memoria_em_um_minuto(sites);
        let por_segundo = (pedidas.load(Ordering::Relaxed) - antes) / 60;
        println!(
            "minuto {minuto}: {por_segundo} páginas por segundo; memória, SQLite e Redis, em kB: {memorias:?}"
        );
        // Nos primeiros minutos o alocador ainda pede memória ao sistema.
        if minuto == minutos.div_ceil(4) {
            aquecida = memorias;
        } else if minuto == minutos {
            for (antes, depois) in aquecida.iter().zip(&memorias) {
                let razao = *depois as f64 / *antes as f64;
                println!("do minuto {} ao {minuto}: {razao:.2}", minutos.div_ceil(4));
                assert!(razao < TOLERANCIA, "a memória não para de crescer");
            }
        }
    }
}

/// A menor de cada site em 60 medidas, uma por segundo: cada login ocupa 19 MiB enquanto o Argon2id
/// trabalha, e isso não é crescer.
fn menor_memoria_em_um_minuto(sites: &[Processo]) -> Vec<u64> {
    let mut menores = vec![u64::MAX; sites.len()];
    for _ in 0..60 {
        sleep(Duration::from_secs(1));
        for (menor, site) in menores.iter_mut().zip(sites) {
            *menor = site.memoria().min(*menor);
        }
    }
    menores
}
