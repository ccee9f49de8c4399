//! O que a prosa cita entre “aspas” é o que o programa diz: a mensagem que muda lá muda na página.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use tests::{arquivos, ler, livro, raiz};

/// As citações que não são de um programa, uma por linha.
const DE_OUTROS: &str = "tests/citacoes.txt";

#[test]
fn toda_mensagem_citada_entre_aspas_e_a_que_o_programa_diz() {
    let bloco = Regex::new(r"(?s)```.*?```").unwrap();
    let citacao = Regex::new("“([^”]+)”").unwrap();
    let lista = ler(raiz().join(DE_OUTROS));
    let linhas = lista.lines().filter(|um| !um.is_empty() && !um.starts_with('#'));
    let de_outros: BTreeSet<&str> = linhas.collect();
    let mut erradas = String::new();
    let mut paginas = book::paginas(&livro()).unwrap();
    paginas.push(raiz().join("README.md"));
    for pagina in paginas {
        let texto = bloco.replace_all(&ler(&pagina), "").into_owned();
        let mut citacoes = citacao.captures_iter(&texto).peekable();
        if citacoes.peek().is_none() {
            continue;
        }
        let dizem = dizem(&pagina);
        for achada in citacoes {
            let citada = &achada[1];
            // O que a página abrevia fica de fora.
            let diz = citada.split('…').all(|parte| dizem.contains(&simples(parte)));
            if !diz && !de_outros.contains(citada) {
                erradas += &format!("{}: “{citada}”\n", pagina.display());
            }
        }
    }
    assert!(
        erradas.is_empty(),
        "nenhum programa diz, e não está em {DE_OUTROS}:\n{erradas}"
    );
}

/// O que dizem os programas de que uma página fala: na de um capítulo, o dele, o de `shared` e as
/// respostas gravadas; nas outras, o de todos, e também o que os testes esperam.
fn dizem(pagina: &Path) -> String {
    let capitulo = raiz().join("chapters").join(pagina.file_stem().unwrap());
    let de_um = capitulo.is_dir();
    let programas = if de_um { capitulo } else { raiz().join("chapters") };
    let pastas = [programas, raiz().join("shared"), livro().join("saidas")];
    let mut fontes: Vec<PathBuf> = pastas.iter().flat_map(|um| arquivos(um)).collect();
    let de_teste = ["tests.rs", "tests", "teste", "exercicio"];
    fontes.retain(|fonte| {
        let mut partes = fonte.strip_prefix(raiz()).unwrap().iter();
        !de_um || !partes.any(|parte| de_teste.iter().any(|nome| parte == *nome))
    });
    // Uma frase comprida continua na outra linha, e um comentário não diz nada a ninguém.
    let emenda = Regex::new(r"(?m)\\\n\s*|^\s*//.*$").unwrap();
    let textos = fontes.iter().filter_map(|fonte| fs::read_to_string(fonte).ok());
    let textos = textos.map(|texto| emenda.replace_all(&texto, "").into_owned());
    simples(&textos.collect::<String>())
}

/// Sem os acentos graves da página e com um espaço só entre as palavras.
fn simples(texto: &str) -> String {
    let texto = texto.replace('`', "");
    texto.split_whitespace().collect::<Vec<_>>().join(" ")
}
