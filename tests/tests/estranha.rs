//! Um site que não é deste livro leva a biblioteca do capítulo 18 e ganha o que ela promete.

use book::navegador::Navegador;
use book::processo::{Processo, cargo, chave_de_teste, servidor};
use tests::raiz;

/// Compila como quem está fora do workspace, só com as features que pediu e sem a rede.
fn compilar() {
    let pasta = raiz().join("tests/estranha");
    // As mesmas versões do livro; o Cargo tira daqui as que este pacote não usa.
    std::fs::copy(raiz().join("Cargo.lock"), pasta.join("Cargo.lock")).unwrap();
    let mut compilar = cargo();
    compilar.args(["build", "--quiet", "--offline", "--target-dir", "target"]);
    if !cfg!(debug_assertions) {
        compilar.arg("--release");
    }
    let compilou =
        compilar.arg("--manifest-path").arg(pasta.join("Cargo.toml")).status();
    assert!(compilou.unwrap().success());
}

#[test]
#[ignore = "precisa de um minuto para compilar"]
fn um_site_de_fora_instala_a_biblioteca_so_com_o_sqlite() {
    compilar();
    let pasta = tempfile::tempdir().unwrap();
    let arquivo = format!("sqlite:{}", pasta.path().join("s.db").display());
    let no_ar = || {
        let mut comando = servidor("estranha", &chave_de_teste('1'));
        comando.env("ROCKET_SESSAO_URL", &arquivo).env("ROCKET_HTTPS", "false");
        Processo::iniciar(comando)
    };
    let site = no_ar();
    let ve = |quem: &mut Navegador| quem.get("/").corpo;
    let mut ana = Navegador::novo(&site.endereco);
    assert_eq!(ve(&mut ana), "visitante: ");
    assert!(ana.cookies.is_empty(), "quem não guardou nada não tem cookie");
    ana.post("/comprar", "item=p%C3%A3o");
    ana.post("/entrar", "nome=ana&senha=errada");
    assert_eq!(ve(&mut ana), "visitante: pão");

    let mut de_antes = ana.clone();
    ana.post("/entrar", "nome=ana&senha=abre-te,+s%C3%A9samo");
    assert_eq!(ve(&mut ana), "ana: pão");
    assert_eq!(ve(&mut de_antes), "visitante: ");

    drop(site);
    let site = no_ar();
    ana.endereco = site.endereco.clone();
    assert_eq!(ve(&mut ana), "ana: pão");
    let mut copia = ana.clone();
    ana.post("/sair", "");
    assert_eq!(ve(&mut copia), "visitante: ");
}
