//! Quanto custa uma sessão: compila em release os capítulos e os outros frameworks, mede todos em
//! rodadas alternadas e grava as tabelas e o gráfico da página “Quanto custa uma sessão”.
//!
//! Execute com `cargo medir sessao`. `RODADAS=2` dá uma ideia em poucos minutos;
//! com `sites`, `armazens` ou `relogio` no fim, mede só essa parte.

use std::path::PathBuf;

use book::processo::{cargo, compilar_so};
use book::raiz;
use tempfile::TempDir;
use teste::servidores::Servidor;

mod armazens;
mod carga;
mod figura;
mod maquina;
mod relogio;
mod sites;
mod tabelas;

/// Os endereços dos armazenamentos, como em `sessao_url`, e o que os mantém no ar.
struct Armazens {
    enderecos: Vec<String>,
    pasta: TempDir,
    _servidores: Vec<Servidor>,
}

fn main() {
    let rodadas = std::env::var("RODADAS").map_or(7, |texto| {
        texto.parse().expect("`RODADAS` deve ser um número, como em RODADAS=7")
    });
    let partes = ["sites", "armazens", "relogio"];
    let pedida = std::env::args().find(|argumento| partes.contains(&&**argumento));
    let pede = |parte| pedida.as_ref().is_none_or(|pedida| pedida == parte);
    if pede("sites") {
        conferir_o_que_falta();
        let resultados = sites::medir(&abrir_armazens(), rodadas);
        gravar("book/saidas/medidas/sites.md", &tabelas::sites(&resultados));
        gravar(
            "book/saidas/medidas/lado-a-lado.md",
            &tabelas::lado_a_lado(&resultados),
        );
        gravar("book/src/imagens/quanto-custa.svg", &figura::desenhar(&resultados));
        gravar("book/saidas/medidas/maquina.md", &maquina::descrever(rodadas));
    }
    if pede("armazens") {
        let crescimento = armazens::medir(&abrir_armazens(), &abrir_armazens());
        gravar("book/saidas/medidas/armazens.md", &tabelas::armazens(&crescimento));
        gravar("book/saidas/medidas/espaco.md", &tabelas::espaco(&crescimento));
        gravar("book/saidas/medidas/nos.md", &tabelas::nos(&crescimento));
    }
    if pede("relogio") {
        gravar("book/saidas/medidas/relogio.md", &tabelas::relogio(&relogio::medir()));
    }
}

/// Grava um arquivo do livro e o mostra.
fn gravar(arquivo: &str, texto: &str) {
    let caminho = raiz().join(arquivo);
    let pasta = caminho.parent().expect("todo arquivo fica em uma pasta");
    std::fs::create_dir_all(pasta).expect("a pasta deve ser criada");
    std::fs::write(&caminho, texto).expect("o arquivo deve ser gravado");
    println!("gravado: {arquivo}");
    if arquivo.ends_with(".md") {
        println!("\n{texto}");
    }
}

fn conferir_o_que_falta() {
    if maquina::versao("wrk").is_none() {
        eprintln!(
            "erro: falta o wrk, que faz as requisições. No Debian: apt install wrk"
        );
        std::process::exit(1);
    }
    let [raiz, deles] =
        ["Cargo.toml", "tests/medidas/concorrentes/Cargo.toml"].map(|arquivo| {
            let cargo: toml::Table =
                medidas::ler(raiz().join(arquivo)).parse().expect("é TOML");
            cargo.get("profile").and_then(|perfis| perfis.get("release")).cloned()
        });
    assert_eq!(raiz, deles, "os dois lados devem ter o mesmo [profile.release]");
}

/// Inicia os servidores que esta máquina tem, e diz quais faltam.
fn abrir_armazens() -> Armazens {
    type Iniciar = fn() -> Servidor;
    let candidatos: [(&str, Iniciar); 3] = [
        ("redis-server", || Servidor::redis(&[])),
        // Cem mil sessões não cabem nos 64 MB de costume.
        ("memcached", || Servidor::memcached(&["-m", "512"])),
        ("postgres", Servidor::postgres),
    ];
    let mut servidores = Vec::new();
    for (programa, iniciar) in candidatos {
        match maquina::versao(programa) {
            Some(_) => servidores.push(iniciar()),
            None => eprintln!("sem o {programa}: ele fica fora das tabelas"),
        }
    }
    let enderecos = ["memoria:", "sqlite:sessoes.db"].map(str::to_owned).into_iter();
    let enderecos =
        enderecos.chain(servidores.iter().map(|servidor| servidor.endereco.clone()));
    let pasta = TempDir::new().expect("a pasta temporária deve abrir");
    Armazens { enderecos: enderecos.collect(), pasta, _servidores: servidores }
}

/// Compila estes capítulos e os concorrentes; devolve o programa deles.
fn compilar(capitulos: &[&str]) -> PathBuf {
    for capitulo in capitulos {
        assert!(compilar_so(capitulo), "{capitulo} não compilou");
    }
    let alvo = raiz().join("target/concorrentes");
    let mut concorrentes = cargo();
    concorrentes.args(["build", "--release", "--locked", "--manifest-path"]);
    concorrentes
        .arg("tests/medidas/concorrentes/Cargo.toml")
        .arg("--target-dir")
        .arg(&alvo);
    let compilou = concorrentes.status().expect("o cargo deve executar");
    assert!(compilou.success(), "os concorrentes não compilaram");
    alvo.join("release/concorrentes")
}
