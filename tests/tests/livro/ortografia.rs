//! A ortografia do que se lê: o livro, o README e as páginas das aplicações.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use regex::Regex;
use tests::{arquivos, ler, livro, pagina, raiz};

#[test]
#[ignore = "precisa de hunspell com o dicionário pt_BR"]
fn nenhuma_palavra_esta_escrita_errado() {
    let textos = textos();
    let tudo: String = textos.iter().map(|(_, texto)| format!("{texto}\n")).collect();
    // Na lista, o que vem depois de um asterisco não se escreve: cada conceito tem um nome só.
    let (lista, baixas) = (ler(raiz().join("tests/palavras.txt")), tudo.to_lowercase());
    let frases = lista.lines().filter_map(|um| um.strip_prefix('*'));
    let frases = frases.filter(|um| um.contains(' ') && baixas.contains(um));
    let palavras = desconhecidas(&tudo).into_iter().chain(frases.map(str::to_owned));
    let linhas = palavras.map(|palavra| {
        let onde = textos.iter().find(|(_, texto)| texto.contains(&palavra));
        format!("{palavra} ({})\n", onde.map_or("", |(lugar, _)| lugar.as_str()))
    });
    let linhas: String = linhas.collect();
    let conselho = "Corrija, ou acrescente a tests/palavras.txt o que é nome ou inglês";
    assert!(linhas.is_empty(), "{conselho}:\n{linhas}");
}

/// Cada texto que alguém lê, sem o código, e de onde ele vem.
fn textos() -> Vec<(String, String)> {
    let mut fontes = book::paginas(&livro()).unwrap();
    fontes.push(raiz().join("README.md"));
    for pasta in ["chapters", "shared"] {
        let mut templates = arquivos(&raiz().join(pasta));
        templates.retain(|arquivo| arquivo.extension() == Some("j2".as_ref()));
        fontes.extend(templates);
    }
    let do_jinja = Regex::new(r"(?s)\{[{%].*?[%}]\}|<code>.*?</code>|<[^>]*>").unwrap();
    // O título de uma dobra se lê, e está em HTML.
    let do_html =
        Regex::new(r"<!--.*?-->|<code>.*?</code>|</?(?:div|details|summary)[^>]*>")
            .unwrap();
    let textos = fontes.into_iter().map(|arquivo| {
        let (lugar, texto) = (arquivo.display().to_string(), ler(&arquivo));
        if lugar.ends_with(".j2") {
            return (lugar, do_jinja.replace_all(&texto, " ").into_owned());
        }
        // O README fecha com um parágrafo em inglês.
        let em_portugues = texto.split("## In English").next().unwrap();
        (lugar, pagina::prosa(&do_html.replace_all(em_portugues, " ")))
    });
    textos.collect()
}

/// As palavras que nem o dicionário nem a lista do projeto conhecem.
fn desconhecidas(texto: &str) -> BTreeSet<String> {
    let mut hunspell = Command::new("hunspell")
        .args(["-d", "pt_BR", "-i", "utf-8", "-l", "-p"])
        .arg(raiz().join("tests/palavras.txt"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("instale o hunspell e o dicionário pt_BR");
    hunspell.stdin.take().unwrap().write_all(texto.as_bytes()).unwrap();
    let saida = hunspell.wait_with_output().unwrap();
    assert!(saida.status.success(), "o hunspell falhou");
    String::from_utf8(saida.stdout).unwrap().lines().map(str::to_owned).collect()
}
