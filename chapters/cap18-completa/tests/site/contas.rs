//! As senhas, e o trabalho de conferir cada uma.

use argon2::{Argon2, Params, PasswordHash, PasswordVerifier};
use rocket_sessoes::site::contas::{CONTAS, DE_NINGUEM, Senhas, conferir, hash_de};

#[test]
fn toda_senha_conferida_custa_o_mesmo_trabalho() {
    let nova = rocket::execute(hash_de("uma senha nova".to_owned())).unwrap();
    // O trabalho do Argon2id está nos parâmetros do hash, não no relógio deste teste.
    let hashes = CONTAS.map(|conta| conta.hash);
    for hash in hashes.into_iter().chain([DE_NINGUEM, &nova]) {
        let hash = PasswordHash::new(hash).unwrap();
        let de = Params::try_from(&hash).unwrap();
        let custo = (hash.algorithm.as_str(), de.m_cost(), de.t_cost(), de.p_cost());
        assert_eq!(custo, ("argon2id", 19 * 1_024, 2, 1));
    }
    let lido = PasswordHash::new(&nova).unwrap();
    assert_eq!(Argon2::default().verify_password(b"uma senha nova", &lido), Ok(()));
    // Nem a senha do hash que se confere no lugar do que não há abre a conta.
    let senhas = Senhas::default();
    senhas.trocar("ninguem", senhas.hash("maria"));
    let conferida = conferir(&senhas, "ninguem", "456".to_owned());
    assert!(rocket::execute(conferida).is_none());
}
