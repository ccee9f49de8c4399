//! Dez mil sessões, duzentas ao mesmo tempo: nenhuma vê a outra, e nenhuma se perde.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::scope;
use std::time::{Duration, Instant};

use book::navegador::{Navegador, Resposta, token};

use super::Loja;
use super::site::{dentro, por_com, quantos, site_com};

const SESSOES: usize = 10_000;
const AO_MESMO_TEMPO: usize = 200;

#[test]
#[ignore = "leva minutos"]
fn dez_mil_sessoes_no_sqlite() {
    dez_mil(&Loja::sqlite());
}

#[test]
#[ignore = "precisa de Redis"]
fn dez_mil_sessoes_no_redis() {
    dez_mil(&Loja::redis());
}

#[test]
#[ignore = "precisa de PostgreSQL"]
fn dez_mil_sessoes_no_postgres() {
    dez_mil(&Loja::postgres());
}

fn dez_mil(loja: &Loja) {
    let site = site_com(loja, &[("ROCKET_LOG_LEVEL", "critical")]);
    let contas = [("admin", "123"), ("maria", "456")];
    // Entrar custa um Argon2id: poucas sessões com login, que duram o teste inteiro.
    let com_login = contas.map(|(quem, senha)| (quem, dentro(&site, quem, senha)));
    let proxima = AtomicUsize::new(0);
    let inicio = Instant::now();
    let mut demoras: Vec<Duration> = scope(|escopo| {
        let threads: Vec<_> = (0..AO_MESMO_TEMPO)
            .map(|thread| {
                let (proxima, site) = (&proxima, &site);
                let (quem, mut navegador) = com_login[thread % 2].clone();
                escopo.spawn(move || {
                    let mut demoras = Vec::new();
                    loop {
                        let numero = proxima.fetch_add(1, Ordering::Relaxed);
                        if numero >= SESSOES {
                            return demoras;
                        }
                        uma_sessao(&site.endereco, numero, &mut demoras);
                        if numero % 50 == 0 {
                            let pagina =
                                medir(&mut demoras, || navegador.get("/dashboard"));
                            let dele = format!("Bem-vindo, {quem}!");
                            assert!(pagina.corpo.contains(&dele), "{pagina:?}");
                        }
                    }
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let tempo = inicio.elapsed();
    demoras.sort();
    let pedidos = demoras.len();
    println!(
        "{}: {SESSOES} sessões, {pedidos} requisições em {tempo:.1?}: {:.0}/s, p50 {:.1?}, \
         p99 {:.1?}",
        loja.nome,
        pedidos as f64 / tempo.as_secs_f64(),
        demoras[pedidos / 2],
        demoras[pedidos * 99 / 100],
    );
}

/// Um carrinho só desta sessão: começa, cresce, é conferido e, em uma de cada três, termina.
fn uma_sessao(endereco: &str, numero: usize, demoras: &mut Vec<Duration>) {
    let mut navegador = Navegador::novo(endereco);
    let pagina = medir(demoras, || navegador.get("/carrinho"));
    let csrf = token(&pagina.corpo).unwrap_or_else(|| panic!("{pagina:?}")).to_owned();
    let produto = format!("produto{numero}");
    for vez in 1..=2 {
        let resposta = medir(demoras, || por_com(&mut navegador, &csrf, &produto));
        assert_eq!(resposta.destino(), Some("/carrinho"), "{resposta:?}");
        let pagina = medir(demoras, || navegador.get("/carrinho"));
        assert_eq!(quantos(&pagina.corpo, &produto), vez, "{pagina:?}");
        assert_eq!(pagina.corpo.matches("<li>").count(), 1, "{pagina:?}");
    }
    if numero.is_multiple_of(3) {
        let mut copia = navegador.clone();
        let corpo = format!("csrf={csrf}");
        let resposta = medir(demoras, || navegador.post("/logout", &corpo));
        assert_eq!(resposta.destino(), Some("/login"), "{resposta:?}");
        let pagina = medir(demoras, || copia.get("/carrinho"));
        assert!(pagina.corpo.contains("Nada ainda"), "{pagina:?}");
    }
}

fn medir(demoras: &mut Vec<Duration>, pedido: impl FnOnce() -> Resposta) -> Resposta {
    let inicio = Instant::now();
    let resposta = pedido();
    demoras.push(inicio.elapsed());
    assert!(matches!(resposta.codigo, 200 | 303), "{resposta:?}");
    resposta
}
