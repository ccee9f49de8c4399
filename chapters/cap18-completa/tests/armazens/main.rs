//! O que todo armazenamento promete: os mesmos cenários, escritos uma vez, nos seis.
#![allow(clippy::unwrap_used, reason = "em um teste, parar é a resposta certa")]

use std::path::Path;
use std::sync::Arc;

use rocket_sessoes::armazem::{self, Armazem, Registro, Resumo};
use teste::servidores::{Cluster, Servidor, memcached_texto, redis_cli};
use time::OffsetDateTime;

mod contrato;

struct Loja(String, Vec<Servidor>);

impl Loja {
    fn de(servidor: Servidor) -> Loja {
        Loja(servidor.endereco.clone(), vec![servidor])
    }

    fn e(&self, esquema: &str) -> bool {
        self.0.starts_with(esquema)
    }

    async fn abrir(&self) -> Arc<dyn Armazem> {
        armazem::abrir(&self.0, Path::new("/")).await.unwrap()
    }

    fn estragar(&self, resumo: &Resumo) {
        let (resumo, porta) = (resumo.como_texto(), self.1[0].porta);
        let disse = if self.e("memcached:") {
            memcached_texto(porta, &format!("set {resumo} 0 0 4\r\nlixo"))
        } else {
            redis_cli(porta, &["SET", &format!("sessao:{resumo}"), "lixo"])
        };
        assert!(["STORED", "OK"].contains(&disse.trim()), "{disse}");
    }
}

#[test]
fn memoria_faz_o_que_todo_armazenamento_faz() {
    contrato::conferir(&Loja("memoria:".to_owned(), Vec::new()));
}

#[test]
fn sqlite_faz_o_que_todo_armazenamento_faz() {
    let arquivo = concat!(env!("CARGO_TARGET_TMPDIR"), "/contrato.db");
    let _ = std::fs::remove_file(arquivo);
    contrato::conferir(&Loja(format!("sqlite:{arquivo}"), Vec::new()));
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
    // Sem este comando, os registros não teriam fim.
    let sem_fim = Servidor::redis(&["--rename-command", "EXPIREAT", ""]);
    assert!(recusa(&sem_fim.endereco).to_lowercase().contains("expireat"));
}

#[test]
#[ignore = "precisa de Redis"]
fn redis_cluster_faz_o_que_todo_armazenamento_faz() {
    let Cluster { endereco, nos } = Cluster::novo();
    contrato::conferir(&Loja(endereco, nos));
}

#[test]
#[ignore = "precisa de Memcached"]
fn memcached_faz_o_que_todo_armazenamento_faz() {
    contrato::conferir(&Loja::de(Servidor::memcached(&[])));
}

fn recusa(endereco: &str) -> String {
    let pasta = Path::new(env!("CARGO_MANIFEST_DIR"));
    rocket::execute(armazem::abrir(endereco, pasta)).err().unwrap().to_string()
}

#[test]
fn um_endereco_que_nao_serve_impede_o_inicio_e_o_erro_diz_o_que_fazer_sem_a_senha() {
    for (endereco, trechos) in [
        ("mysql://a/", ["não conheço o armazenamento `mysql:`", "use memoria:"]),
        ("sessoes.db", ["não entendi o endereço", "use memoria:"]),
        ("redis://:se#gredo@127.0.0.1:1", ["não entendi o endereço", "%23"]),
        ("postgres:eu:segredo@127.0.0.1/a", ["não entendi o endereço", "%23"]),
        ("sqlite:nao-existe/sessoes.db", ["não abri as sessões", "a pasta existe"]),
        ("sqlite:src", ["não abri as sessões", "a pasta existe"]),
        ("redis://:segredo@127.0.0.1:1/", ["redis://:***@127.0.0.1:1", "redis-server"]),
        ("redis-cluster://127.0.0.1:1", ["127.0.0.1:1", "--cluster-enabled"]),
        ("memcached://127.0.0.1:1", ["memcached://127.0.0.1:1", "inicie um"]),
        ("postgres://eu:segredo@127.0.0.1:1/a", ["://eu:***@127.0.0.1:1", "refused"]),
        ("postgres://127.0.0.1:1/a?password=segredo", ["127.0.0.1:1/a:", "a senha"]),
    ] {
        let erro = recusa(endereco);
        let diz = trechos.iter().all(|trecho| erro.contains(trecho));
        assert!(diz && !erro.contains("segredo"), "{endereco}: {erro}");
    }
}

fn registro(texto: &str, usuario: Option<&str>, segundos: i64) -> Registro {
    let vence = OffsetDateTime::now_utc().unix_timestamp() + segundos;
    Registro { texto: texto.to_owned(), dono: usuario.map(str::to_owned), vence }
}

fn chave_nova() -> Resumo {
    Resumo::do_id("sessoes", &shared::chave_nova().unwrap())
}
