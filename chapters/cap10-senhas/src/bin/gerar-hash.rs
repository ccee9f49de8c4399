//! Lê uma senha e mostra o texto que a conta guarda no lugar dela.

use std::io::{self, BufRead};
use std::process::ExitCode;

use argon2::password_hash::{self, SaltString};
use argon2::{Argon2, PasswordHasher};

fn main() -> ExitCode {
    println!("Digite a senha e aperte Enter:");
    let mut senha = String::new();
    if let Err(erro) = io::stdin().lock().read_line(&mut senha) {
        eprintln!("erro: não consegui ler a senha: {erro}");
        return ExitCode::FAILURE;
    }
    match hash_de(senha.trim_end_matches(['\r', '\n'])) {
        Ok(hash) => {
            println!("{hash}");
            ExitCode::SUCCESS
        }
        Err(erro) => {
            eprintln!("erro: não consegui fazer o hash: {erro}");
            ExitCode::FAILURE
        }
    }
}

// ANCHOR: hash_de
/// Argon2id com 19 MiB, duas passadas e um sal sorteado:
/// senhas iguais dão textos diferentes.
fn hash_de(senha: &str) -> Result<String, password_hash::Error> {
    let mut sal = [0; 16];
    getrandom::fill(&mut sal).map_err(|_| password_hash::Error::Crypto)?;
    let sal = SaltString::encode_b64(&sal)?;
    Ok(Argon2::default().hash_password(senha.as_bytes(), &sal)?.to_string())
}
// ANCHOR_END: hash_de
