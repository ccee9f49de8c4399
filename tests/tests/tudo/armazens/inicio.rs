//! Um armazenamento que não abre: o programa diz por quê em uma linha, e não mostra a senha.

use book::processo::{ate_o_fim, chave_de_teste, servidor};
use tests::servidores::porta_livre;

const SENHA: &str = "segredo-da-senha";

/// O que o capítulo diz ao se recusar a iniciar com este endereço.
fn recusado(endereco: &str) -> String {
    let mut comando = servidor("cap18-completa", &chave_de_teste('1'));
    comando.env("ROCKET_SESSAO_URL", endereco);
    let (certo, saida) = ate_o_fim(comando);
    assert!(!certo, "{endereco} iniciou:\n{saida}");
    assert!(saida.starts_with("erro: "), "{endereco}: {saida}");
    assert_eq!(saida.trim_end().lines().count(), 1, "{endereco}: {saida}");
    assert!(!saida.contains(SENHA), "{endereco}: {saida}");
    saida
}

#[test]
fn um_endereco_que_o_capitulo_nao_conhece_e_recusado_com_a_lista_dos_que_servem() {
    for endereco in [
        "mysql://localhost",
        "http://localhost",
        "sessoes.db",
        "redis",
        "://",
        " ",
        "::",
    ] {
        let saida = recusado(endereco);
        assert!(saida.contains("use memoria:, sqlite:"), "{endereco}: {saida}");
    }
}

#[test]
fn um_servidor_fora_do_ar_e_recusado_com_o_endereco_e_o_que_fazer() {
    std::thread::scope(|escopo| {
        for (esquema, banco) in [
            ("redis", ""),
            ("redis-cluster", ""),
            ("memcached", ""),
            ("postgres", "/sessoes"),
            ("postgresql", "/sessoes"),
        ] {
            // Cada um insiste por um tempo: esperam lado a lado.
            escopo.spawn(move || {
                let endereco =
                    format!("{esquema}://127.0.0.1:{}{banco}", porta_livre());
                let saida = recusado(&endereco);
                assert!(saida.contains(&endereco), "{saida}");
                assert!(saida.contains("inicie "), "{saida}");
            });
        }
    });
}

#[test]
fn um_arquivo_que_nao_abre_e_recusado_com_o_caminho() {
    let pasta = tempfile::tempdir().expect("a pasta temporária deve abrir");
    let em = pasta.path().display();
    for endereco in [format!("sqlite:{em}/nao-existe/s.db"), format!("sqlite:{em}")] {
        let saida = recusado(&endereco);
        assert!(saida.contains("Confira se a pasta existe"), "{saida}");
    }
    let estragado = pasta.path().join("estragado.db");
    std::fs::write(&estragado, "isto não é um banco ".repeat(100)).expect("escreve");
    recusado(&format!("sqlite:{}", estragado.display()));
}

#[test]
fn a_senha_do_endereco_nao_aparece_no_erro() {
    let porta = porta_livre();
    let com_sinais = format!("{SENHA}%40%2F%20{SENHA}");
    std::thread::scope(|escopo| {
        for esquema in
            ["redis", "rediss", "redis-cluster", "memcached", "postgres", "mysql"]
        {
            let com_sinais = &com_sinais;
            escopo.spawn(move || {
                for senha in [SENHA, com_sinais] {
                    let quem = format!("{esquema}://quem:{senha}@127.0.0.1");
                    for resto in ["/banco?no=x", "?sslmode=lixo"] {
                        recusado(&format!("{quem}:{porta}{resto}"));
                    }
                    // O que não chega a ser um endereço.
                    recusado(&format!("{quem}:porta/"));
                }
            });
        }
    });
}

#[test]
fn um_arquivo_em_uma_pasta_com_espaco_e_acento_abre() {
    let pasta = tempfile::tempdir().expect("a pasta temporária deve abrir");
    let pasta = pasta.path().join("João e Zé 100% #1");
    std::fs::create_dir(&pasta).expect("a pasta deve ser criada");
    rocket::execute(async {
        super::abrir("sqlite:sessoes.db", &pasta).await.map(|_| ()).unwrap();
    });
    assert!(pasta.join("sessoes.db").exists());
    let com_espaco = pasta.with_file_name("José e Ana");
    std::fs::create_dir(&com_espaco).expect("a pasta deve ser criada");
    let arquivo = com_espaco.join("sessoes.db");
    rocket::execute(async {
        let endereco = format!("sqlite:{}", arquivo.display());
        super::abrir(&endereco, &pasta).await.map(|_| ()).unwrap();
    });
    assert!(arquivo.exists());
}
