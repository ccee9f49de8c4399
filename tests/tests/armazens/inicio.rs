//! Um armazenamento que não abre: o programa diz por quê em uma linha, e não mostra a senha. O que
//! cada erro diz, os testes do capítulo conferem sem iniciar um processo.

use std::thread::scope;

use book::processo::{ate_o_fim, chave_de_teste, servidor};
use rocket::tokio::spawn;
use tests::servidores::{Servidor, porta_livre};

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
fn um_endereco_que_nao_abre_e_recusado_em_uma_linha_sem_a_senha() {
    let porta = porta_livre();
    scope(|escopo| {
        // Cada um insiste por um tempo: esperam lado a lado.
        for esquema in
            ["redis", "rediss", "redis-cluster", "memcached", "postgres", "mysql"]
        {
            escopo.spawn(move || {
                let quem =
                    format!("{esquema}://quem:{SENHA}%40%2F%20{SENHA}@127.0.0.1");
                recusado(&format!("{quem}:{porta}/banco?no=x"));
                recusado(&format!("{quem}:{porta}?sslmode=lixo"));
                // O que não chega a ser um endereço.
                recusado(&format!("{quem}:porta/"));
            });
        }
    });
    assert!(recusado("sessoes.db").contains("use memoria:, sqlite:"));
}

#[test]
#[ignore = "precisa de Redis"]
fn um_redis_em_que_os_registros_nao_teriam_fim_e_recusado() {
    let redis = Servidor::redis(&["--rename-command", "EXPIREAT", ""]);
    let erro = recusado(&redis.endereco);
    assert!(erro.to_lowercase().contains("expireat"), "{erro}");
}

#[test]
fn um_arquivo_que_nao_abre_e_recusado_com_o_caminho() {
    let pasta = tempfile::tempdir().expect("a pasta temporária deve abrir");
    let em = pasta.path().display();
    assert!(recusado(&format!("sqlite:{em}")).contains("Confira se a pasta existe"));
    let estragado = pasta.path().join("estragado.db");
    std::fs::write(&estragado, "isto não é um banco ".repeat(100)).expect("escreve");
    recusado(&format!("sqlite:{}", estragado.display()));
}

#[test]
fn varias_instancias_abrem_juntas_o_arquivo_que_ainda_nao_existe() {
    let pasta = tempfile::tempdir().expect("a pasta temporária deve abrir");
    for vez in 0..20 {
        let endereco = format!("sqlite:{vez}.db");
        rocket::execute(async {
            let todas = [(); 6].map(|()| {
                let (endereco, pasta) = (endereco.clone(), pasta.path().to_owned());
                spawn(async move { super::abrir(&endereco, &pasta).await.map(|_| ()) })
            });
            for aberta in todas {
                assert_eq!(aberta.await.unwrap(), Ok(()), "na vez {vez}");
            }
        });
    }
}

#[test]
#[cfg(unix)]
fn so_o_dono_le_o_arquivo_novo_e_os_que_ficam_ao_lado_dele() {
    use std::os::unix::fs::PermissionsExt;
    let pasta = tempfile::tempdir().expect("a pasta temporária deve abrir");
    let aberto = rocket::execute(super::abrir("sqlite:s.db", pasta.path()));
    let arquivos = tests::arquivos(pasta.path());
    assert_eq!(arquivos.len(), 3, "{arquivos:?}");
    for arquivo in arquivos {
        let modo = std::fs::metadata(&arquivo).unwrap().permissions().mode();
        assert_eq!(modo & 0o777, 0o600, "{}", arquivo.display());
    }
    drop(aberto);
}

#[test]
fn um_arquivo_em_uma_pasta_com_espaco_e_acento_abre() {
    let raiz = tempfile::tempdir().expect("a pasta temporária deve abrir");
    let pasta = raiz.path().join("João e Zé 100% #1");
    std::fs::create_dir(&pasta).expect("a pasta deve ser criada");
    let inteiro = format!("sqlite:{}/José e Ana.db", raiz.path().display());
    rocket::execute(async {
        super::abrir("sqlite:sessoes.db", &pasta).await.map(|_| ()).unwrap();
        super::abrir(&inteiro, &pasta).await.map(|_| ()).unwrap();
    });
    assert!(pasta.join("sessoes.db").exists());
    assert!(raiz.path().join("José e Ana.db").exists());
}
