//! O site do capítulo 18 em processos de verdade, quando algo quebra em volta dele.

use std::process::Command;

use book::navegador::{Navegador, Resposta};
use book::processo::{Processo, chave_de_teste, servidor};

mod armazens;
// As permissões de um arquivo e os sinais são os do Unix.
#[cfg(unix)]
mod maquina;

/// O site no ar, com as sessões neste endereço.
fn site(endereco: &str) -> Processo {
    Processo::iniciar(comando(endereco))
}

fn comando(endereco: &str) -> Command {
    let mut comando = servidor("cap18-completa", &chave_de_teste('1'));
    comando.env("ROCKET_SESSAO_URL", endereco).env("ROCKET_LOG_LEVEL", "critical");
    // Em release o padrão é true, e o cookie teria outro nome.
    comando.env("ROCKET_HTTPS", "false");
    comando
}

/// Põe um produto no carrinho.
fn por(navegador: &mut Navegador, produto: &str) -> Resposta {
    navegador.post("/carrinho", &format!("produto={produto}"))
}

/// Quantos destes produtos a página mostra.
fn quantos(pagina: &Resposta, produto: &str) -> u32 {
    assert_eq!(pagina.codigo, 200, "{pagina:?}");
    let depois = pagina.corpo.split_once(&format!("<li>{produto}: "));
    let numero = depois.and_then(|(_, depois)| depois.split('<').next()?.parse().ok());
    numero.unwrap_or(0)
}

fn no_carrinho(navegador: &mut Navegador, produto: &str) -> u32 {
    quantos(&navegador.get("/carrinho"), produto)
}
