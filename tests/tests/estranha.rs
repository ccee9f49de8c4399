//! Um site que não é deste livro leva a biblioteca do capítulo 18 e ganha o que ela promete.

use book::navegador::Navegador;
use book::processo::{Processo, cargo, chave_de_teste, servidor};
use tests::raiz;
use tests::servidores::Servidor;

const ANA: &str = "nome=ana&senha=abre-te,+s%C3%A9samo";

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
#[ignore = "precisa de Redis e de um minuto para compilar"]
fn um_site_de_fora_instala_a_biblioteca_com_dois_armazenamentos() {
    compilar();
    let (pasta, redis) = (tempfile::tempdir().unwrap(), Servidor::redis(&[]));
    let arquivo = format!("sqlite:{}", pasta.path().join("s.db").display());
    for endereco in [&arquivo, &redis.endereco] {
        let no_ar = || {
            let mut comando = servidor("estranha", &chave_de_teste('1'));
            comando.env("ROCKET_SESSAO_URL", endereco).env("ROCKET_HTTPS", "false");
            Processo::iniciar(comando)
        };
        let site = no_ar();
        let ve = |quem: &mut Navegador, esperado: &str| {
            assert_eq!(quem.get("/").corpo, esperado, "{endereco}");
        };
        let mut ana = Navegador::novo(&site.endereco);
        ve(&mut ana, "visitante: ");
        assert!(ana.cookies.is_empty(), "quem não guardou nada não tem cookie");
        ana.post("/comprar", "item=p%C3%A3o");
        ana.post("/entrar", "nome=ana&senha=errada");
        ve(&mut ana, "visitante: pão");

        let mut de_antes = ana.clone();
        ana.post("/entrar", ANA);
        ve(&mut ana, "ana: pão");
        ve(&mut de_antes, "visitante: ");

        let mut la = Navegador::novo(&site.endereco);
        la.post("/entrar", ANA);
        assert_eq!(ana.get("/abertas").corpo, "2 abertas");
        ana.post("/encerrar_outras", "");
        assert_eq!(ana.get("/abertas").corpo, "1 abertas");
        ve(&mut la, "visitante: ");

        drop(site);
        let site = no_ar();
        ana.endereco = site.endereco.clone();
        ve(&mut ana, "ana: pão");
        let mut copia = ana.clone();
        ana.post("/sair", "");
        ve(&mut copia, "visitante: ");
    }
}
