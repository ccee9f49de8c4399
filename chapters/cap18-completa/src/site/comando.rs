//! O comando `conta`: cria uma, ou sorteia outra senha para uma que existe.

use std::error::Error;
use std::ffi::OsString;
use std::io::{Write, stdout};

use rocket::figment::Figment;

use super::contas::{Conta, Contas, hash_de, nome_serve};

/// O que se fez, ou o que dizer a quem iniciou o programa.
pub type Fez = Result<(), Box<dyn Error>>;

const USO: &str = "use `cap18-completa conta criar NOME [admin|cliente]` ou \
    `cap18-completa conta senha NOME`";

/// A senha é sorteada, e só ela vai para a saída padrão.
pub async fn executar(configuracao: &Figment, pedido: &[OsString]) -> Fez {
    let palavras: Vec<_> = pedido.iter().filter_map(|uma| uma.to_str()).collect();
    let (username, role) = match palavras[..] {
        ["conta", "criar", nome] => (nome, Some("cliente")),
        ["conta", "criar", nome, cargo @ ("admin" | "cliente")] => (nome, Some(cargo)),
        ["conta", "senha", nome] => (nome, None),
        _ => return Err(USO.into()),
    };
    if !nome_serve(username) {
        return Err("o nome da conta deve ter de 1 a 100 letras".into());
    }
    let contas = Contas::abrir(configuracao).await?;
    let (senha, user_id) = (shared::chave_nova()?.split_off(40), getrandom::u32()?);
    let hash = &*hash_de(senha.clone()).await.ok_or("a senha não foi sorteada")?;
    let (feito, recusa) = match role {
        Some(role) => {
            let nova = Conta { username, hash, user_id, role };
            (contas.criar(&nova).await?, "já existe")
        }
        None => (contas.trocar(username, "", hash).await?, "não existe"),
    };
    if !feito {
        return Err(format!("a conta `{username}` {recusa}").into());
    }
    writeln!(stdout(), "{senha}")?;
    eprintln!("A senha de {username} não aparece de novo; troque-a em /sessoes.");
    Ok(())
}
