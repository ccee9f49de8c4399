//! O que a memória das conferências promete.

use argon2::{Argon2, Block, PasswordHash, PasswordVerifier};

use super::{CONTAS, MEMORIAS, Senhas, conferir, hash_de};

#[test]
fn o_hash_de_uma_senha_nova_e_o_que_o_argon2_faria() {
    let hash = rocket::execute(hash_de("uma senha nova".to_owned())).unwrap();
    let lido = PasswordHash::new(&hash).unwrap();
    let confere = |senha: &[u8]| Argon2::default().verify_password(senha, &lido);
    assert_eq!(confere(b"uma senha nova"), Ok(()));
    assert!(confere(b"outra").is_err());
    // O texto tem a mesma forma que o das contas.
    let forma = |hash: &str| hash.rsplit_once("p=1$").map(|(inicio, _)| inicio.len());
    assert_eq!(forma(&hash), forma(CONTAS[0].hash));
}

#[test]
fn a_memoria_que_fica_nao_guarda_nada_da_senha_e_e_uma_por_vaga() {
    rocket::execute(async {
        let senhas = Senhas::default();
        let senhas = std::sync::Arc::new(senhas);
        let todas = [(); 12].map(|()| {
            let senhas = senhas.clone();
            rocket::tokio::spawn(async move {
                conferir(&senhas, "maria", "456".to_owned()).await.is_some()
            })
        });
        for certa in todas {
            assert!(certa.await.unwrap());
        }
    });
    // Os testes vizinhos também as usam: espera que devolvam uma.
    let memorias = loop {
        let memorias = MEMORIAS.lock().unwrap();
        if !memorias.is_empty() {
            break memorias;
        }
        drop(memorias);
        std::thread::yield_now();
    };
    assert!((1..=4).contains(&memorias.len()), "{}", memorias.len());
    let zeros = Block::default();
    for bloco in memorias.iter().flatten() {
        assert!(bloco.as_ref() == zeros.as_ref());
    }
}
