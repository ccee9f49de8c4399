//! A chave do servidor, e as anteriores.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use rocket_sessoes::conferir_chaves;

use super::apoio::*;

#[test]
fn uma_sessao_da_chave_anterior_continua_e_e_fechada_de_novo_com_a_de_agora() {
    let (loja, [velha, nova]) = (memoria(), chaves());
    let mut antes = com_chaves(&loja, false, &velha, &[]);
    antes.entrar();
    let mut trocada = com_chaves(&loja, false, &nova, &[&velha]);
    trocada.cookies = antes.cookies;
    trocada.abrir("/perfil").mostra("Cargo: admin");
    assert_eq!(trocada.abrir("/perfil").cookies.len(), 0);
    for (chave, abre) in [(&nova, true), (&velha, false)] {
        let mut so_uma = com_chaves(&loja, false, chave, &[]);
        so_uma.cookies = trocada.cookies.clone();
        assert_eq!(so_uma.abrir("/perfil").codigo == 200, abre);
    }
}

#[test]
fn a_chave_de_duas_trocas_atras_abre_e_a_que_saiu_da_lista_nao() {
    let (loja, [primeira, segunda, terceira]) = (memoria(), chaves());
    let curta = STANDARD.encode(&primeira.as_bytes()[..32]);
    let longa = STANDARD.encode(&primeira);
    for primeira in [&primeira, &primeira.to_uppercase(), &curta, &longa] {
        let mut antes = com_chaves(&loja, false, primeira, &[]);
        antes.entrar();
        for (anteriores, codigo) in
            [(vec![&*segunda, primeira], 200), (vec![&segunda], 303), (vec![], 303)]
        {
            let mut trocada = com_chaves(&loja, false, &terceira, &anteriores);
            trocada.cookies = antes.cookies.clone();
            assert_eq!(trocada.abrir("/perfil").codigo, codigo, "{}", anteriores.len());
        }
    }
}

#[track_caller]
fn recusa(configuracao: &Figment, motivo: &str, chave: &str) {
    let erro = conferir_chaves(configuracao).err().unwrap().to_string();
    assert!(erro.starts_with(motivo) && !erro.contains(&chave[..8]), "{erro}");
}

#[test]
fn chaves_que_nao_servem_impedem_o_inicio_e_o_erro_nao_as_mostra() {
    let cinco = &chaves::<5>();
    let cinco = cinco.each_ref().map(String::as_str);
    let [uma, outra, ..] = cinco;
    let com_z = "z".repeat(64);
    let de_31 = STANDARD.encode(&uma.as_bytes()[..31]);
    let [letras, sequencia] =
        [("ab", 32), ("0123456789abcdef", 4)].map(|(p, vezes)| p.repeat(vezes));
    for (atual, anteriores, motivo) in [
        (uma, &[outra, "curta"][..], "a 2ª chave de `secret_keys_anteriores` deve ter"),
        (uma, &[&de_31], "a 1ª chave de `secret_keys_anteriores` deve ter"),
        (uma, &[&letras], "a 1ª chave de `secret_keys_anteriores` é fraca"),
        (uma, &[uma], "a 1ª chave de `secret_keys_anteriores` repete outra"),
        (uma, &[outra, outra], "a 2ª chave de `secret_keys_anteriores` repete"),
        (uma, &cinco, "há 5 chaves em `secret_keys_anteriores`, e o máximo é 3"),
        (&com_z, &[], "a `secret_key` deve ter"),
        (&sequencia, &[], "a `secret_key` é fraca: repete"),
    ] {
        let configuracao = configuracao().merge(("secret_key", atual));
        let configuracao = configuracao.merge(("secret_keys_anteriores", anteriores));
        for chave in [uma, outra, &com_z, &letras, &de_31] {
            recusa(&configuracao, motivo, chave);
        }
    }
    let aberto = Toml::string(&format!("[default]\nsecret_key = \"{uma}")).nested();
    // É assim que o Rocket lê do ambiente uma chave de zeros.
    recusa(&Figment::from(("secret_key", 0)), "a `secret_key` é fraca: só tem", uma);
    recusa(&configuracao().merge(("secret_keys_anteriores", uma)), "`secret_", uma);
    recusa(&Figment::from(aberto), "o Rocket.toml não abre: confira as aspas", uma);
}
