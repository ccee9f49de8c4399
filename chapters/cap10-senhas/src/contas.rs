//! Quem pode entrar, e como a senha é conferida.

use argon2::{Argon2, PasswordHash, PasswordVerifier};
use rocket::tokio::task::spawn_blocking;

// ANCHOR: contas
/// Uma conta. No lugar da senha, o hash que o Argon2id faz dela: dele não se volta à
/// senha.
pub struct Conta {
    pub username: &'static str,
    pub hash: &'static str,
    pub user_id: u32,
    pub role: &'static str,
}

/// Só para aprender: as contas estão no código, e as senhas são fracas (123 e 456). Um
/// site as guarda em um banco de dados. O programa `gerar-hash` faz o hash de outra
/// senha.
pub const CONTAS: [Conta; 2] = [
    Conta {
        username: "admin",
        hash: "$argon2id$v=19$m=19456,t=2,p=1$dZmm85TxEvK9TWNsWKyPaQ\
               $BYufKvQEHH4aZpguGLg2YPp+bRm856B6N9MJKWOF52o",
        user_id: 12345,
        role: "admin",
    },
    Conta {
        username: "maria",
        hash: "$argon2id$v=19$m=19456,t=2,p=1$4y6bKwFVmcHs/EDPKiFgWQ\
               $5pqDQ//3v1Af31tl6M841M+BsjUssgYgsu5lW8jfbmI",
        user_id: 67890,
        role: "cliente",
    },
];

/// O hash de uma senha sorteada e esquecida, para quando a conta não existe.
pub const DE_NINGUEM: &str = "$argon2id$v=19$m=19456,t=2,p=1$IEVhTOT4GRuY+ebcPC4K2g\
                          $ehOqeI8lr4ctFE9MIXh/KR37saDYJpMJxp32x8zWfyQ";
// ANCHOR_END: contas

// ANCHOR: conferir
/// A conta com este nome, se a senha é a dela.
///
/// Um nome que não existe custa o mesmo trabalho: a demora não revela quem tem conta.
pub async fn conferir(username: &str, password: &str) -> Option<&'static Conta> {
    let conta = CONTAS.iter().find(|conta| conta.username == username);
    let hash = conta.map_or(DE_NINGUEM, |conta| conta.hash);
    let password = password.to_owned();
    // O Argon2id ocupa o processador por um tempo; em outra thread, o servidor continua
    // a atender.
    let certa = spawn_blocking(move || confere(&password, hash)).await.ok()?;
    conta.filter(|_| certa)
}

/// Refaz o cálculo com o sal e os números que o hash traz, e compara o resultado.
fn confere(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
    })
}
// ANCHOR_END: conferir
