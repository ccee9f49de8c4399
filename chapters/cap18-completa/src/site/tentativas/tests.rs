//! O que conta como um endereço.

use super::{POR_ENDERECO, Tentativas};

/// Tenta de um endereço até cansar, e diz se o outro ainda pode tentar.
fn depois_de(um: &str, outro: &str) -> bool {
    let [um, outro] = [um, outro].map(|endereco| Some(endereco.parse().unwrap()));
    let tentativas = Tentativas::default();
    for vez in 0..POR_ENDERECO {
        tentativas.contar(&format!("conta{vez}"), um, 0).unwrap();
    }
    let pode = tentativas.contar("maria", outro, 0).is_ok();
    // Quem acerta devolve a tentativa à mesma contagem.
    tentativas.esquecer("conta0", outro);
    assert!(tentativas.contar("conta0", outro, 0).is_ok());
    pode
}

#[test]
fn os_enderecos_de_uma_rede_ipv6_contam_como_um_e_um_ipv4_e_o_mesmo_escrito_como_ipv6()
{
    for (um, outro, pode) in [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", false),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", true),
        ("192.0.2.1", "::ffff:192.0.2.1", false),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", true),
        ("192.0.2.1", "192.0.2.2", true),
    ] {
        assert_eq!(depois_de(um, outro), pode, "{um} {outro}");
    }
}
