//! Apoio aos testes dos capítulos.

use rocket::local::blocking::Client;
use rocket::{Build, Rocket};

/// Um navegador de mentira, sem rede, para a aplicação de um capítulo.
///
/// Sorteia uma chave secreta própria: o teste passa em debug e em release, com ou sem
/// chave no ambiente. O cliente guarda os cookies de uma requisição para a outra.
///
/// # Panics
///
/// Quando a aplicação não inicia. É código só de teste: aqui, parar é a resposta certa.
// ANCHOR: cliente
#[expect(clippy::expect_used)]
pub fn cliente(aplicacao: Rocket<Build>) -> Client {
    let chave = crate::chave_nova().expect("o sistema deve sortear a chave do teste");
    let configuracao = aplicacao
        .figment()
        .clone()
        .merge(("secret_key", chave))
        // O log de cada requisição esconderia a mensagem do teste que falha.
        .merge(("log_level", "critical"));
    Client::tracked(aplicacao.configure(configuracao))
        .expect("a aplicação deve iniciar")
}
// ANCHOR_END: cliente
