//! O que o programa faz por quem cuida do servidor: criar uma conta, ou dar outra senha a
//! uma que existe.

use std::ffi::OsString;
use std::io::{Write, stdout};

use rocket::figment::Figment;

use super::contas::{Conta, Contas, hash_de, nome_serve};

/// Por que um site sem contas não inicia.
pub const NENHUMA_CONTA: &str = "não há nenhuma conta, e as da lição só entram em debug. \
    Crie uma com `cap18-completa conta criar NOME admin`";

const USO: &str = "use `cap18-completa conta criar NOME [admin|cliente]` ou \
    `cap18-completa conta senha NOME`";

/// A senha é sorteada, e só ela vai para a saída padrão.
pub async fn executar(
    configuracao: &Figment,
    pedido: &[OsString],
) -> Result<(), String> {
    let palavras: Vec<_> = pedido.iter().map(|palavra| palavra.to_str()).collect();
    let (username, role) = match palavras[..] {
        [Some("conta"), Some("criar"), Some(nome)] => (nome, Some("cliente")),
        [
            Some("conta"),
            Some("criar"),
            Some(nome),
            Some(cargo @ ("admin" | "cliente")),
        ] => (nome, Some(cargo)),
        [Some("conta"), Some("senha"), Some(nome)] => (nome, None),
        _ => return Err(USO.to_owned()),
    };
    if !nome_serve(username) {
        return Err("o nome da conta deve ter de 1 a 100 letras".to_owned());
    }
    let contas = Contas::abrir(configuracao).await?;
    let sem_sorteio = "o sistema não sorteou uma senha: tente de novo";
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes).map_err(|_| sem_sorteio)?;
    let (senha, user_id) =
        (hex::encode(bytes), getrandom::u32().map_err(|_| sem_sorteio)?);
    let hash = hash_de(senha.clone()).await.ok_or(sem_sorteio)?;
    let (feito, recusa) = match role {
        Some(role) => {
            let nova = Conta { username, hash: &*hash, user_id, role };
            (contas.criar(&nova).await, "já existe")
        }
        None => (contas.trocar(username, None, &hash).await, "não existe"),
    };
    if !feito.map_err(|falha| falha.to_string())? {
        return Err(format!("a conta `{username}` {recusa}"));
    }
    writeln!(stdout(), "{senha}").map_err(|_| {
        format!("a senha não saiu; sorteie outra com `cap18-completa conta senha {username}`")
    })?;
    eprintln!(
        "Esta é a senha de {username}: ela não aparece de novo. Quem entrar com ela pode trocá-la em /sessoes."
    );
    Ok(())
}
