//! Lê uma senha e mostra o texto que a conta guarda no lugar dela.

use std::error::Error;
use std::io;

use argon2::password_hash::{self, SaltString};
use argon2::{Argon2, PasswordHasher};

fn main() -> Result<(), Box<dyn Error>> {
    println!("Digite a senha e aperte Enter:");
    let mut senha = String::new();
    io::stdin().read_line(&mut senha)?;
    println!("{}", hash_de(senha.trim_end_matches(['\r', '\n']))?);
    Ok(())
}

// ANCHOR: hash_de
/// Argon2id com 19 MiB, duas passadas e um sal sorteado: senhas iguais dão textos
/// diferentes.
fn hash_de(senha: &str) -> Result<String, password_hash::Error> {
    let mut sal = [0; 16];
    getrandom::fill(&mut sal).map_err(|_| password_hash::Error::Crypto)?;
    let sal = SaltString::encode_b64(&sal)?;
    Ok(Argon2::default().hash_password(senha.as_bytes(), &sal)?.to_string())
}
// ANCHOR_END: hash_de
