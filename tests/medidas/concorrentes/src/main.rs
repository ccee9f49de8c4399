//! A página de um capítulo, com e sem sessão, em outros frameworks: `cargo medir sessao` os
//! compila, os inicia e os compara com os capítulos.
//!
//! `PORTA=8001 concorrentes tower chapters/cap18-completa sqlite:/tmp/sessoes.db`

mod actix;
mod axum_cookie;
mod pagina;
mod sem_sessao;
mod tower;

use std::error::Error;

use pagina::Pagina;

type Fim = Result<(), Box<dyn Error>>;

fn main() -> Fim {
    let argumentos: Vec<String> = std::env::args().skip(1).collect();
    let argumentos: Vec<&str> = argumentos.iter().map(String::as_str).collect();
    let porta: u16 = std::env::var("PORTA")?.parse()?;
    match argumentos[..] {
        ["sem-sessao", pasta] => sem_sessao::servir(pasta, porta),
        ["axum-cookie", pasta] => axum_cookie::servir(Pagina::abrir(pasta)?, porta),
        ["tower", pasta, endereco] => {
            tower::servir(Pagina::abrir(pasta)?, porta, endereco)
        }
        ["actix-cookie", pasta] => actix::no_cookie(Pagina::abrir(pasta)?, porta),
        ["actix-redis", pasta, endereco] => {
            actix::no_redis(Pagina::abrir(pasta)?, porta, endereco)
        }
        _ => Err("uso: concorrentes <qual> <pasta de um capítulo> [endereço]".into()),
    }
}

/// O que o `cargo medir` espera ler antes do primeiro pedido.
fn anunciar(porta: u16) {
    println!("Serving on http://127.0.0.1:{porta}");
}
