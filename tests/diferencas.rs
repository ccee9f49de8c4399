//! O que mudou de um capítulo para o outro, e como uma mudança segue adiante.

use std::fs;
use std::path::Path;

use book::propagar::{Feito, Parada, propagar};
use tests::{arquivos, capitulos, git, ler, livro, raiz};

#[test]
fn as_diferencas_gravadas_sao_as_dos_capitulos() {
    for (arquivo, texto) in book::diferencas::gerar(raiz()).unwrap() {
        let gravada = fs::read_to_string(&arquivo).unwrap_or_default();
        assert!(
            gravada == texto,
            "{} não mostra o que mudou. Grave de novo: cargo livro diferencas",
            arquivo.display()
        );
    }
}

#[test]
fn cada_capitulo_depois_do_primeiro_mostra_o_que_mudou() {
    let passos: Vec<_> = capitulos()
        .into_iter()
        .skip(1)
        .filter(|nome| nome != "cap18-completa")
        .collect();
    for capitulo in &passos {
        let pagina = ler(livro().join("src").join(format!("{capitulo}.md")));
        let inclusao = format!("{{{{#include ../diferencas/{capitulo}.md}}}}");
        assert!(pagina.contains(&inclusao), "{capitulo}.md não mostra o que mudou");
    }
    let gravadas = arquivos(&livro().join("diferencas")).len();
    assert_eq!(gravadas, passos.len(), "sobra uma diferença gravada");
}

#[test]
#[ignore = "precisa de git"]
fn uma_mudanca_no_capitulo_3_chega_aos_seguintes() {
    let copia = copia_do_repositorio();
    trocar(copia.path(), "cap03-armazenar", "Duration::hours(1)", "Duration::hours(2)");
    let feitos = propagado(copia.path(), "cap03-armazenar").unwrap();

    for capitulo in ["cap04-recuperar", "cap05-logout"] {
        let licao = ler(licao(copia.path(), capitulo));
        assert!(licao.contains("Duration::hours(2)"), "{capitulo} ficou como era");
        assert!(licao.contains("fn recuperar"), "{capitulo} perdeu o que era seu");
    }
    let mudou = feitos.iter().filter(|feito| matches!(feito, Feito::Mudou(_))).count();
    assert_eq!(mudou, 2, "{feitos:?}");
    let novas = book::diferencas::gerar(copia.path()).unwrap();
    for (arquivo, texto) in novas {
        assert_eq!(ler(&arquivo), texto, "a diferença não foi gravada de novo");
    }
}

#[test]
#[ignore = "precisa de git"]
fn um_arquivo_novo_segue_adiante_e_um_que_saiu_sai_dos_seguintes() {
    let copia = copia_do_repositorio();
    let templates =
        |capitulo: &str| copia.path().join("chapters").join(capitulo).join("templates");
    fs::write(templates("cap03-armazenar").join("nova.html.j2"), "oi\n").unwrap();
    fs::remove_file(templates("cap03-armazenar").join("cookies.html.j2")).unwrap();
    propagado(copia.path(), "cap03-armazenar").unwrap();
    for capitulo in ["cap04-recuperar", "cap05-logout"] {
        assert!(templates(capitulo).join("nova.html.j2").exists(), "{capitulo}");
        assert!(!templates(capitulo).join("cookies.html.j2").exists(), "{capitulo}");
    }
}

#[test]
#[ignore = "precisa de git"]
fn um_conflito_para_a_propagacao_e_nada_se_perde() {
    let copia = copia_do_repositorio();
    // O capítulo 4 troca o destino desta mesma linha: só uma pessoa sabe qual fica.
    trocar(copia.path(), "cap03-armazenar", "uri!(cookies)", "uri!(login)");
    let antes = ler(licao(copia.path(), "cap04-recuperar"));
    let parada = propagado(copia.path(), "cap03-armazenar").unwrap_err();
    let Parada::Conflito { arquivo, trechos } = &parada else { panic!("{parada}") };
    assert!(arquivo.ends_with("chapters/cap04-recuperar/src/main.rs"), "{parada}");
    for esperado in
        ["<<<<<<< este capítulo", "||||||| antes", "uri!(cookies)", "a sua mudança"]
    {
        assert!(trechos.contains(esperado), "{trechos}");
    }
    assert!(trechos.contains("uri!(login)") && trechos.contains("uri!(dashboard)"));
    let linha = trechos.lines().next().and_then(|linha| {
        linha.strip_prefix("linha ")?.strip_suffix(':')?.parse::<usize>().ok()
    });
    let disputada = linha.and_then(|linha| antes.lines().nth(linha - 1));
    assert!(disputada.is_some_and(|l| l.contains("uri!(dashboard)")), "{trechos}");
    assert!(trechos.lines().count() < 12, "só as linhas em disputa:\n{trechos}");
    assert_eq!(ler(arquivo), antes, "o arquivo em conflito deve ficar como estava");
    assert!(ler(licao(copia.path(), "cap03-armazenar")).contains("uri!(login)"));
    assert!(parada.to_string().starts_with("conflito em"), "{parada}");
}

#[test]
#[ignore = "precisa de git"]
fn propagar_recusa_o_que_nao_faz_sentido_em_portugues() {
    let copia = copia_do_repositorio();
    let sem_mudanca = propagado(copia.path(), "cap03-armazenar").unwrap_err();
    assert!(sem_mudanca.to_string().contains("não há o que propagar"), "{sem_mudanca}");
    let sem_capitulo = propagado(copia.path(), "cap99-nada").unwrap_err();
    assert!(sem_capitulo.to_string().contains("não há um capítulo"), "{sem_capitulo}");

    let sem_git = tempfile::tempdir().unwrap();
    fs::create_dir_all(sem_git.path().join("chapters/cap01-x/src")).unwrap();
    fs::write(sem_git.path().join("chapters/cap01-x/Cargo.toml"), "").unwrap();
    let sem_git = propagado(sem_git.path(), "cap01-x").unwrap_err();
    assert!(sem_git.to_string().contains("o git não respondeu"), "{sem_git}");
}

fn propagado(raiz: &Path, capitulo: &str) -> Result<Vec<Feito>, Parada> {
    let mut feitos = Vec::new();
    propagar(raiz, capitulo, |feito| feitos.push(feito.clone()))?;
    Ok(feitos)
}

/// Os capítulos da Parte I e as diferenças em um repositório git só deste teste. Na Parte II, a
/// sessão mora em outro arquivo, e o que estes testes mudam seria um conflito.
fn copia_do_repositorio() -> tempfile::TempDir {
    let copia = tempfile::tempdir().unwrap();
    for pasta in ["chapters", "book/diferencas"] {
        for arquivo in arquivos(&raiz().join(pasta)) {
            let daqui = arquivo.strip_prefix(raiz()).unwrap();
            if daqui >= Path::new("chapters/cap06") {
                continue;
            }
            let destino = copia.path().join(daqui);
            fs::create_dir_all(destino.parent().unwrap()).unwrap();
            fs::copy(&arquivo, destino).unwrap();
        }
    }
    git(copia.path(), &["init", "--quiet"]);
    git(copia.path(), &["add", "--all"]);
    git(copia.path(), &["commit", "--quiet", "--message", "inicio"]);
    copia
}

fn licao(raiz: &Path, capitulo: &str) -> std::path::PathBuf {
    raiz.join("chapters").join(capitulo).join("src/main.rs")
}

fn trocar(raiz: &Path, capitulo: &str, de: &str, para: &str) {
    let arquivo = licao(raiz, capitulo);
    let texto = ler(&arquivo);
    assert!(texto.contains(de), "{capitulo} não tem {de}");
    fs::write(arquivo, texto.replace(de, para)).unwrap();
}
