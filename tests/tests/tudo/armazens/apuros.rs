//! O armazenamento para, trava e volta no meio do trabalho: quem usa o site vê o que é seu ou um
//! 503, e nunca um sucesso que não foi gravado.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use book::navegador::{Navegador, Resposta, token};
use tests::servidores::Servidor;

use super::site::{dentro, no_carrinho, por_com, site_com};
use super::{Loja, Tipo};

/// Ler e gravar esperam 2 s cada um; o resto é a máquina ocupada.
const MAIOR_DEMORA: Duration = Duration::from_secs(5);
const RECUPERACAO: Duration = Duration::from_secs(15);
const NAVEGADORES: usize = 8;

#[test]
#[ignore = "precisa de Redis"]
fn o_redis_para_e_volta_e_ninguem_ve_o_que_nao_e_seu() {
    let mut loja = Loja::redis();
    em_apuros(&mut loja, true, parar_e_voltar);
}

#[test]
#[ignore = "precisa de Redis"]
fn o_redis_que_anota_tudo_no_disco_nao_perde_o_que_confirmou() {
    let mut loja = Loja::redis_com(&["--appendonly", "yes", "--appendfsync", "always"]);
    em_apuros(&mut loja, false, parar_e_voltar);
}

#[test]
#[ignore = "precisa de PostgreSQL"]
fn o_postgres_para_e_volta_e_nao_perde_o_que_confirmou() {
    em_apuros(&mut Loja::postgres(), false, parar_e_voltar);
}

#[test]
#[ignore = "precisa de Memcached"]
fn o_memcached_para_e_volta_e_ninguem_ve_o_que_nao_e_seu() {
    em_apuros(&mut Loja::memcached(), true, parar_e_voltar);
}

/// As réplicas do Redis copiam depois de responder: o que ele confirmou no último instante pode se
/// perder com o nó.
#[test]
#[ignore = "precisa de Redis"]
fn um_no_do_cluster_para_e_uma_replica_assume() {
    em_apuros(&mut Loja::cluster(), true, |loja| {
        let Tipo::Cluster(cluster) = &mut loja.tipo else { unreachable!() };
        cluster.nos[0].matar();
        sleep(Duration::from_secs(6));
    });
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

/// O que um navegador sabe do carrinho dele.
#[derive(Debug, Default, Clone, Copy)]
struct Conta {
    confirmados: u32,
    /// Os que receberam um 503: podem ter sido gravados ou não.
    duvidosos: u32,
    perdidas: u32,
    atendidas: u32,
    recusadas: u32,
    maior_demora: Duration,
}

fn em_apuros(loja: &mut Loja, perde: bool, apuro: fn(&mut Loja)) {
    let site = site_com(loja, &[("ROCKET_LOG_LEVEL", "critical")]);
    let acabou = AtomicBool::new(false);
    let nome = loja.nome;
    scope(|escopo| {
        let anonimos = (0..NAVEGADORES - 2).map(|numero| {
            (format!("produto{numero}"), Navegador::novo(&site.endereco), None)
        });
        let contas =
            [("admin", "123"), ("maria", "456")].map(|(username, password)| {
                let navegador = dentro(&site, username, password);
                (format!("de-{username}"), navegador, Some(username))
            });
        let (acabou, site) = (&acabou, &site);
        let threads: Vec<_> = anonimos
            .chain(contas)
            .map(|(produto, mut navegador, username)| {
                escopo.spawn(move || {
                    let mut conta = Conta::default();
                    let mut csrf = String::new();
                    while !acabou.load(Ordering::Relaxed) {
                        conta.passear(&mut navegador, &mut csrf, &produto, username);
                    }
                    conta.conferir_no_fim(&mut navegador, &produto, username, perde);
                    conta
                })
            })
            .collect();
        sleep(Duration::from_secs(1));
        apuro(loja);
        let voltou = Instant::now();
        // Conexões que morreram com o servidor ainda podem falhar uma vez cada.
        while !esta_bem(&site.endereco) {
            assert!(voltou.elapsed() < RECUPERACAO, "{nome} não voltou sozinho");
            sleep(Duration::from_millis(50));
        }
        let demorou = voltou.elapsed();
        sleep(Duration::from_secs(1));
        acabou.store(true, Ordering::Relaxed);
        let contas: Vec<Conta> =
            threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        let soma = |campo: fn(&Conta) -> u32| contas.iter().map(campo).sum::<u32>();
        let maior = contas.iter().map(|conta| conta.maior_demora).max().unwrap();
        println!(
            "{nome}: {} atendidas, {} com 503, {} sessões perdidas, maior demora {maior:?}, \
             voltou em {demorou:?}",
            soma(|conta| conta.atendidas),
            soma(|conta| conta.recusadas),
            soma(|conta| conta.perdidas),
        );
        assert!(soma(|conta| conta.recusadas) > 0, "o teste não atrapalhou ninguém");
    });
}

fn esta_bem(endereco: &str) -> bool {
    let mut navegador = Navegador::novo(endereco);
    (0..10).all(|_| navegador.get("/saude").codigo == 200)
}

impl Conta {
    /// Uma página e uma mudança.
    fn passear(
        &mut self,
        navegador: &mut Navegador,
        csrf: &mut String,
        produto: &str,
        username: Option<&str>,
    ) {
        let pagina = self.pedir(|| navegador.get("/carrinho"));
        if pagina.codigo == 200 {
            self.so_o_que_e_seu(&pagina, produto);
            *csrf = token(&pagina.corpo).unwrap_or_else(|| panic!("{pagina:?}"));
            let vistos = quantos(&pagina, produto);
            if vistos < self.confirmados {
                self.perdeu();
            }
            self.conferir(vistos);
        }
        if csrf.is_empty() {
            return;
        }
        let resposta = self.pedir(|| por_com(navegador, csrf, produto));
        match (resposta.codigo, resposta.destino()) {
            (303, Some("/carrinho")) => self.confirmados += 1,
            (503, _) => self.duvidosos += 1,
            // A sessão que esta página mostrou não existe mais.
            (303, Some("/login")) | (401 | 403, _) => self.perdeu(),
            _ => panic!("{resposta:?}"),
        }
        if let Some(username) = username {
            let pagina = self.pedir(|| navegador.get("/dashboard"));
            let dele = pagina.corpo.contains(&format!("Bem-vindo, {username}!"));
            assert!(dele || matches!(pagina.codigo, 303 | 503), "{pagina:?}");
        }
    }

    fn pedir(&mut self, pedido: impl FnOnce() -> Resposta) -> Resposta {
        let inicio = Instant::now();
        let resposta = pedido();
        let demora = inicio.elapsed();
        assert!(demora < MAIOR_DEMORA, "{demora:?}: {resposta:?}");
        self.maior_demora = self.maior_demora.max(demora);
        match resposta.codigo {
            503 => self.recusadas += 1,
            200 | 303 | 401 | 403 => self.atendidas += 1,
            _ => panic!("{resposta:?}"),
        }
        resposta
    }

    /// O carrinho de cada um só tem o produto que leva o nome dele.
    fn so_o_que_e_seu(&self, pagina: &Resposta, produto: &str) {
        let de_outro = pagina.corpo.split("<li>").skip(1).find(|linha| {
            !linha.starts_with(&format!("{produto}: ")) && !linha.starts_with("Nada")
        });
        assert_eq!(de_outro, None, "{pagina:?}");
    }

    fn perdeu(&mut self) {
        self.perdidas += 1;
        (self.confirmados, self.duvidosos) = (0, 0);
    }

    fn conferir(&self, vistos: u32) {
        // Depois de perdida, a sessão pode voltar com o que já estava gravado nela.
        let certos = self.confirmados..=self.confirmados + self.duvidosos;
        assert!(self.perdidas > 0 || certos.contains(&vistos), "{vistos}: {self:?}");
    }

    fn conferir_no_fim(
        &mut self,
        navegador: &mut Navegador,
        produto: &str,
        username: Option<&str>,
        perde: bool,
    ) {
        let vistos = no_carrinho(navegador, produto);
        assert!(perde || self.perdidas == 0, "{produto}: perdeu a sessão: {self:?}");
        self.conferir(vistos);
        if username.is_some() && !perde {
            assert_eq!(navegador.get("/dashboard").codigo, 200);
        }
    }
}

fn quantos(pagina: &Resposta, produto: &str) -> u32 {
    super::site::quantos(&pagina.corpo, produto)
}
