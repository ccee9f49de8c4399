//! O que todo armazenamento promete: os mesmos cenários, escritos uma vez, nos seis.
#![allow(clippy::unwrap_used, reason = "em um teste, parar é a resposta certa")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rocket::tokio::time::sleep;
use rocket_sessoes::armazem::{self, Armazem, Registro, Resumo, em_tempo};
use sqlx::{AnyConnection, Connection};
use teste::servidores::{Cluster, Servidor, memcached_texto, redis_cli};
use time::OffsetDateTime;

mod contrato;

/// Um armazenamento no ar, e o que o mantém lá.
struct Loja {
    endereco: String,
    nos: Vec<Servidor>,
}

impl Loja {
    fn memoria() -> Loja {
        Loja { endereco: "memoria:".to_owned(), nos: Vec::new() }
    }

    fn sqlite(nome: &str) -> Loja {
        let pasta = env!("CARGO_TARGET_TMPDIR");
        let _ = std::fs::remove_file(format!("{pasta}/{nome}.db"));
        Loja { endereco: format!("sqlite:{pasta}/{nome}.db"), nos: Vec::new() }
    }

    fn de(servidor: Servidor) -> Loja {
        let endereco = servidor.endereco.clone();
        Loja { endereco, nos: vec![servidor] }
    }

    fn cluster() -> Loja {
        let Cluster { endereco, nos } = Cluster::novo();
        Loja { endereco, nos }
    }

    fn e(&self, esquema: &str) -> bool {
        self.endereco.starts_with(esquema)
    }

    /// Um banco guarda um texto qualquer.
    fn e_banco(&self) -> bool {
        self.e("sqlite:") || self.e("postgres:")
    }

    async fn abrir(&self) -> Arc<dyn Armazem> {
        armazem::abrir(&self.endereco, Path::new("/")).await.unwrap()
    }

    async fn conectar(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        AnyConnection::connect(&self.endereco).await.unwrap()
    }

    /// Escreve lixo no lugar do registro, por fora.
    fn estragar(&self, chave: &Resumo) {
        let chave = chave.como_texto();
        let porta = self.nos[0].porta;
        if self.e("memcached:") {
            let pedido = format!("set {chave} 0 0 4\r\nlixo");
            assert_eq!(memcached_texto(porta, &pedido), "STORED\r\n");
        } else {
            let chave = format!("sessao:{chave}");
            assert_eq!(redis_cli(porta, &["SET", &chave, "lixo"]), "OK");
        }
    }
}

#[test]
fn memoria_faz_o_que_todo_armazenamento_faz() {
    contrato::conferir(&Loja::memoria());
}

#[test]
fn sqlite_faz_o_que_todo_armazenamento_faz() {
    contrato::conferir(&Loja::sqlite("contrato"));
}

#[test]
#[ignore = "precisa de PostgreSQL"]
fn postgres_faz_o_que_todo_armazenamento_faz() {
    contrato::conferir(&Loja::de(Servidor::postgres()));
}

#[test]
#[ignore = "precisa de Redis"]
fn redis_faz_o_que_todo_armazenamento_faz() {
    contrato::conferir(&Loja::de(Servidor::redis(&[])));
}

#[test]
#[ignore = "precisa de Redis"]
fn redis_cluster_faz_o_que_todo_armazenamento_faz() {
    contrato::conferir(&Loja::cluster());
}

#[test]
#[ignore = "precisa de Memcached"]
fn memcached_faz_o_que_todo_armazenamento_faz() {
    contrato::conferir(&Loja::de(Servidor::memcached(&[])));
}

/// Tranca a tabela, pede uma gravação, que desiste, e solta a tranca. O banco não pode
/// continuar trabalhando por quem desistiu, nem gravar depois.
fn quem_desiste_nao_grava_depois(
    loja: &Loja,
    tranca: &'static str,
    ainda: &'static str,
) {
    rocket::execute(async {
        let (armazem, mut outra) = (loja.abrir().await, loja.conectar().await);
        sqlx::raw_sql(tranca).execute(&mut outra).await.unwrap();
        let (chave, novo) = (chave_nova(), registro("novo", None, 600));
        em_tempo(armazem.gravar(&chave, &novo, None)).await.unwrap_err();
        sleep(Duration::from_secs(1)).await;
        let ainda: i64 = sqlx::query_scalar(ainda).fetch_one(&mut outra).await.unwrap();
        assert_eq!(ainda, 0);
        sqlx::raw_sql("ROLLBACK").execute(&mut outra).await.unwrap();
        sleep(Duration::from_millis(500)).await;
        assert_eq!(armazem.ler(&chave).await.unwrap(), None);
    });
}

#[test]
fn no_sqlite_quem_desiste_de_esperar_a_vez_nao_grava_depois() {
    let loja = Loja::sqlite("trancado");
    quem_desiste_nao_grava_depois(&loja, "BEGIN IMMEDIATE", "SELECT 0");
}

#[test]
#[ignore = "precisa de PostgreSQL"]
fn no_postgres_o_comando_de_quem_desistiu_termina() {
    let ainda = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    let loja = Loja::de(Servidor::postgres());
    quem_desiste_nao_grava_depois(&loja, "BEGIN; LOCK TABLE sessoes", ainda);
}

/// O que diz um armazenamento que não abre.
fn recusa(endereco: &str) -> String {
    let pasta = Path::new(env!("CARGO_MANIFEST_DIR"));
    rocket::execute(armazem::abrir(endereco, pasta)).err().unwrap().to_string()
}

#[test]
fn um_endereco_que_nao_serve_impede_o_inicio_e_o_erro_diz_o_que_fazer_sem_a_senha() {
    for (endereco, trechos) in [
        ("mysql://a/", ["não conheço o armazenamento `mysql:`", "use memoria:"]),
        ("sessoes.db", ["não entendi o endereço", "use memoria:"]),
        ("", ["não entendi o endereço", "use memoria:"]),
        ("redis://:se#gredo@127.0.0.1:1", ["não entendi o endereço", "%23"]),
        ("redis://127.0.0.1:637900", ["não entendi o endereço", "a porta"]),
        ("redis:segredo@127.0.0.1", ["não entendi o endereço", "use memoria:"]),
        ("postgres:eu:segredo@127.0.0.1/a", ["não entendi o endereço", "%23"]),
        ("sqlite:nao-existe/sessoes.db", ["não abri as sessões", "a pasta existe"]),
        ("sqlite:src", ["não abri as sessões", "a pasta existe"]),
        ("sqlite:Cargo.toml", ["não abri as sessões", "Cargo.toml"]),
        ("sqlite::memory:", ["falta o caminho", "sqlite:sessoes.db"]),
        ("redis://:segredo@127.0.0.1:1/", ["redis://:***@127.0.0.1:1", "redis-server"]),
        ("redis-cluster://127.0.0.1:1", ["127.0.0.1:1", "--cluster-enabled"]),
        ("memcached://127.0.0.1:1", ["memcached://127.0.0.1:1", "inicie um"]),
        ("postgres://eu:segredo@127.0.0.1:1/a", ["://eu:***@127.0.0.1:1", "refused"]),
        ("postgres://127.0.0.1:1/a?password=segredo", ["127.0.0.1:1/a:", "inicie um"]),
    ] {
        let erro = recusa(endereco);
        for trecho in trechos {
            assert!(erro.contains(trecho), "{endereco}: {erro}");
        }
        assert!(!erro.contains("segredo"), "{erro}");
    }
}

#[test]
#[ignore = "precisa de Redis"]
fn um_redis_em_que_os_registros_nao_teriam_fim_e_recusado() {
    let redis = Servidor::redis(&["--rename-command", "EXPIREAT", ""]);
    let erro = recusa(&redis.endereco);
    assert!(erro.to_lowercase().contains("expireat"), "{erro}");
}

/// Um registro que vence daqui a tantos segundos.
fn registro(texto: &str, usuario: Option<&str>, segundos: i64) -> Registro {
    let vence = OffsetDateTime::now_utc().unix_timestamp() + segundos;
    Registro { texto: texto.to_owned(), dono: usuario.map(str::to_owned), vence }
}

/// Uma chave que nenhum outro cenário usa.
fn chave_nova() -> Resumo {
    Resumo::do_id("sessoes", &shared::chave_nova().unwrap())
}
