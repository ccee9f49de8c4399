//! Sem código: o que importa é o `Cargo.toml`, gerado por `cargo run -p tests --bin gravar features`.
//!
//! O Cargo liga em cada dependência as features que pedem os pacotes que vai compilar. Sem esta crate,
//! `cargo run -p cap01-importar` pediria menos que `cargo test`, e compilaria de novo o Rocket.
