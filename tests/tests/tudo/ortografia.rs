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
    let lugar = |palavra: &str| {
        let onde = textos.iter().find(|(_, texto)| texto.contains(palavra));
        onde.map_or("", |(lugar, _)| lugar.as_str())
    };
    let erradas: BTreeSet<String> = desconhecidas(&tudo).into_iter().collect();
    let linhas: Vec<_> = erradas
        .iter()
        .map(|palavra| format!("{palavra} ({})", lugar(palavra)))
        .collect();
    assert!(
        linhas.is_empty(),
        "Corrija, ou acrescente a tests/palavras.txt o que é nome ou termo em inglês:\n{}",
        linhas.join("\n")
    );
}

#[test]
fn cada_conceito_tem_um_nome_so() {
    // À esquerda, o que não se escreve; à direita, o termo do glossário.
    let evitadas = [
        (r"biscoitos?", "cookie"),
        (r"encript\w*|cifrad\w*|cifrar", "criptografar"),
        (r"corrompid\w*|hackead\w*", "adulterado"),
        (r"deletar?\w*|pegar", "remover, recuperar"),
        (r"roda|rodar|rodando|buildar", "executar, compilar"),
        (r"deploy\w*", "implantar"),
        (r"carenagem", "fairing"),
        (r"manipulador\w*", "função da rota"),
        (r"rotacionamento", "rotação de chave"),
    ];
    let padroes = evitadas.map(|(evitada, certa)| {
        (Regex::new(&format!(r"(?i)\b(?:{evitada})\b")).unwrap(), certa)
    });
    for (lugar, texto) in textos() {
        for (padrao, certa) in &padroes {
            let achada = padrao.find(&texto).map(|achada| achada.as_str());
            assert_eq!(achada, None, "{lugar}: o livro diz «{certa}»");
        }
    }
}

#[test]
fn a_lista_de_palavras_esta_em_ordem_e_so_tem_o_que_se_usa() {
    let lista = ler(raiz().join("tests/palavras.txt"));
    let palavras: Vec<_> = lista.lines().collect();
    let mut em_ordem = palavras.clone();
    em_ordem.sort_by_key(|palavra| palavra.to_lowercase());
    em_ordem.dedup();
    assert_eq!(palavras, em_ordem, "tests/palavras.txt fora de ordem ou com repetição");

    let palavra = Regex::new(r"\p{L}+").unwrap();
    let usado: String = textos().into_iter().map(|(_, texto)| texto + "\n").collect();
    let usado = usado.to_lowercase();
    let usadas: BTreeSet<&str> =
        palavra.find_iter(&usado).map(|achada| achada.as_str()).collect();
    let sobra = |palavra: &&&str| !usadas.contains(palavra.to_lowercase().as_str());
    let sobram: Vec<_> = palavras.iter().filter(sobra).collect();
    assert!(sobram.is_empty(), "ninguém usa mais: {sobram:?}");
}

/// Cada texto que alguém lê, sem o código, e de onde ele vem.
fn textos() -> Vec<(String, String)> {
    let mut paginas = book::paginas(&livro()).unwrap();
    paginas.push(raiz().join("README.md"));
    let markdown =
        paginas.iter().map(|pagina| (pagina.clone(), em_portugues(&ler(pagina))));
    let templates =
        ["chapters", "shared"].iter().flat_map(|pasta| arquivos(&raiz().join(pasta)));
    let templates =
        templates.filter(|arquivo| arquivo.to_string_lossy().ends_with(".html.j2"));
    let html = templates.map(|arquivo| {
        let texto = sem_jinja(&ler(&arquivo));
        (arquivo, texto)
    });
    let com_nome = |(arquivo, texto): (std::path::PathBuf, String)| {
        (arquivo.strip_prefix(raiz()).unwrap().display().to_string(), texto)
    };
    markdown.chain(html).map(com_nome).collect()
}

/// A prosa de uma página; o README fecha com um parágrafo em inglês, que fica de fora.
fn em_portugues(markdown: &str) -> String {
    pagina::prosa(markdown.split("## In English").next().unwrap())
}

/// O texto de um template, sem etiquetas e sem o que é do Jinja.
fn sem_jinja(template: &str) -> String {
    let marcas = Regex::new(r"(?s)\{[{%].*?[%}]\}|<[^>]*>").unwrap();
    marcas.replace_all(template, " ").into_owned()
}

/// As palavras que nem o dicionário nem a lista do projeto conhecem.
fn desconhecidas(texto: &str) -> Vec<String> {
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
