//! O capítulo 18 em cada armazenamento: os mesmos cenários, escritos uma vez, nos seis.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rocket::futures::FutureExt;
use tempfile::TempDir;
use tests::servidores::{Cluster, Servidor, memcached_texto, redis_cli};

use rocket_sessoes as cap18;
use rocket_sessoes::{
    armazem::{Aberto, Armazem, Chave, Registro, abrir},
    sessao::fila::vez,
};

mod apuros;
mod contrato;
// As permissões de um arquivo são as do Unix.
#[cfg(unix)]
mod falhas;
mod inicio;
mod processo;
mod propriedades;
pub mod site;

/// Um armazenamento no ar, e o nome dele nas mensagens.
pub struct Loja {
    nome: &'static str,
    pub endereco: String,
    tipo: Tipo,
}

enum Tipo {
    Memoria,
    Sqlite(#[allow(dead_code, reason = "a pasta dura o que a loja durar")] TempDir),
    Postgres(Servidor),
    Redis(Servidor),
    Cluster(Cluster),
    Memcached(Servidor),
}

impl Loja {
    pub fn memoria() -> Loja {
        Loja { nome: "memoria", endereco: "memoria:".into(), tipo: Tipo::Memoria }
    }

    pub fn sqlite() -> Loja {
        let pasta = tempfile::tempdir().expect("a pasta temporária deve abrir");
        let endereco = format!("sqlite:{}", pasta.path().join("sessoes.db").display());
        Loja { nome: "sqlite", endereco, tipo: Tipo::Sqlite(pasta) }
    }

    fn postgres() -> Loja {
        Loja::em("postgres", Servidor::postgres(), Tipo::Postgres)
    }

    fn redis(opcoes: &[&str]) -> Loja {
        Loja::em("redis", Servidor::redis(opcoes), Tipo::Redis)
    }

    fn cluster() -> Loja {
        let cluster = Cluster::novo();
        let endereco = cluster.endereco.clone();
        Loja { nome: "redis-cluster", endereco, tipo: Tipo::Cluster(cluster) }
    }

    fn memcached() -> Loja {
        Loja::em("memcached", Servidor::memcached(&[]), Tipo::Memcached)
    }

    fn em(nome: &'static str, servidor: Servidor, tipo: fn(Servidor) -> Tipo) -> Loja {
        Loja { nome, endereco: servidor.endereco.clone(), tipo: tipo(servidor) }
    }

    pub async fn abrir(&self) -> Arc<dyn Armazem> {
        self.abrir_com_lista().await.armazem
    }

    async fn abrir_com_lista(&self) -> Aberto {
        let aberto = abrir(&self.endereco, Path::new("/")).await;
        aberto.unwrap_or_else(|erro| panic!("{}: {erro}", self.nome))
    }

    /// Um banco guarda um texto qualquer, e só apaga os vencidos quando o programa pede.
    fn e_banco(&self) -> bool {
        matches!(self.tipo, Tipo::Sqlite(_) | Tipo::Postgres(_))
    }

    /// As portas dos nós, se é um Redis.
    fn redis_no_ar(&self) -> Option<Vec<u16>> {
        match &self.tipo {
            Tipo::Redis(redis) => Some(vec![redis.porta]),
            Tipo::Cluster(cluster) => {
                Some(cluster.nos.iter().map(|no| no.porta).collect())
            }
            _ => None,
        }
    }

    /// Escreve lixo no lugar do registro. Falso se ninguém alcança este armazenamento por fora.
    fn estragar(&self, chave: &Chave) -> bool {
        let chave = chave.como_texto();
        match &self.tipo {
            Tipo::Memoria => return false,
            Tipo::Sqlite(_) | Tipo::Postgres(_) => {
                let sql = "UPDATE sessoes SET texto = 'lixo' WHERE chave = $1";
                rocket::execute(async {
                    sqlx::any::install_default_drivers();
                    let banco = sqlx::AnyPool::connect(&self.endereco).await.unwrap();
                    let feito = sqlx::query(sql).bind(chave).execute(&banco).await;
                    assert_eq!(feito.unwrap().rows_affected(), 1);
                });
            }
            Tipo::Redis(Servidor { porta, .. }) => lixo_no_redis(*porta, chave),
            Tipo::Cluster(cluster) => lixo_no_redis(cluster.nos[0].porta, chave),
            Tipo::Memcached(servidor) => {
                let pedido = format!("set {chave} 0 0 4\r\nlixo");
                assert_eq!(memcached_texto(servidor.porta, &pedido), "STORED\r\n");
            }
        }
        true
    }
}

fn lixo_no_redis(porta: u16, chave: &str) {
    let chave = format!("sessao:{chave}");
    assert_eq!(redis_cli(porta, &["SET", &chave, "lixo"]), "OK");
}

/// Um cenário, e o nome dele nas mensagens.
type Cenario = (&'static str, fn(&Loja));

/// Executa todos, para dizer de uma vez quais falharam.
fn conferir_tudo(loja: &Loja) {
    let mut falharam = Vec::new();
    for (nome, cenario) in [contrato::CENARIOS, site::CENARIOS].concat() {
        if catch_unwind(AssertUnwindSafe(|| cenario(loja))).is_err() {
            eprintln!("^ {nome}, em {}\n", loja.nome);
            falharam.push(nome);
        }
    }
    assert!(falharam.is_empty(), "em {} falharam: {falharam:#?}", loja.nome);
}

#[test]
fn memoria_faz_o_que_todo_armazenamento_faz() {
    conferir_tudo(&Loja::memoria());
}

#[test]
fn sqlite_faz_o_que_todo_armazenamento_faz() {
    conferir_tudo(&Loja::sqlite());
}

#[test]
#[ignore = "precisa de PostgreSQL"]
fn postgres_faz_o_que_todo_armazenamento_faz() {
    conferir_tudo(&Loja::postgres());
}

#[test]
#[ignore = "precisa de Redis"]
fn redis_faz_o_que_todo_armazenamento_faz() {
    conferir_tudo(&Loja::redis(&[]));
}

#[test]
#[ignore = "precisa de Redis"]
fn redis_cluster_faz_o_que_todo_armazenamento_faz() {
    conferir_tudo(&Loja::cluster());
}

#[test]
#[ignore = "precisa de Memcached"]
fn memcached_faz_o_que_todo_armazenamento_faz() {
    conferir_tudo(&Loja::memcached());
}

#[test]
fn quem_disputa_a_propria_sessao_quase_nunca_atrasa_as_dos_outros() {
    let chave = |id: u32| Chave::do_id("sessoes", &id.to_string());
    let _minha = vez(&chave(0)).now_or_never().unwrap();
    assert!(vez(&chave(0)).now_or_never().is_none());
    let esperam = (1..1_000).filter(|id| vez(&chave(*id)).now_or_never().is_none());
    // Dos outros, um em cada 64.
    let esperam = esperam.count();
    assert!(esperam < 40, "{esperam}");
}

/// Um registro que vence daqui a tantos segundos.
fn registro(texto: &str, usuario: Option<&str>, segundos: i64) -> Registro {
    Registro {
        texto: texto.to_owned(),
        usuario: usuario.map(str::to_owned),
        vence: agora() + segundos,
    }
}

fn agora() -> i64 {
    let agora = SystemTime::now().duration_since(UNIX_EPOCH);
    agora.expect("o relógio passou de 1970").as_secs().try_into().expect("cabe")
}

/// Uma chave que nenhum outro cenário usa.
fn chave_nova() -> Chave {
    Chave::do_id("sessoes", &format!("{:032x}", fastrand::u128(..)))
}
