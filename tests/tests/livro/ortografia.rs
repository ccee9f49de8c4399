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
    let linhas = desconhecidas(&tudo).into_iter().map(|palavra| {
        let onde = textos.iter().find(|(_, texto)| texto.contains(&palavra));
        format!("{palavra} ({})\n", onde.map_or("", |(lugar, _)| lugar.as_str()))
    });
    let linhas: String = linhas.collect();
    assert!(
        linhas.is_empty(),
        "Corrija, ou acrescente a tests/palavras.txt o que é nome ou termo em inglês:\n{linhas}"
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

/// Cada texto que alguém lê, sem o código, e de onde ele vem.
fn textos() -> Vec<(String, String)> {
    let mut fontes = book::paginas(&livro()).unwrap();
    fontes.push(raiz().join("README.md"));
    fontes.extend(arquivos(&livro().join("src/perguntas")));
    for pasta in ["chapters", "shared"] {
        let templates = arquivos(&raiz().join(pasta)).into_iter();
        fontes.extend(
            templates.filter(|arquivo| arquivo.to_string_lossy().ends_with(".html.j2")),
        );
    }
    let do_jinja = Regex::new(r"(?s)\{[{%].*?[%}]\}|<[^>]*>").unwrap();
    let do_html =
        Regex::new(r"<!--.*?-->|<code>.*?</code>|</?(?:div|details|summary)[^>]*>")
            .unwrap();
    let textos = fontes.into_iter().map(|arquivo| {
        let lugar = arquivo.strip_prefix(raiz()).unwrap().display().to_string();
        let texto = ler(&arquivo);
        let texto = if lugar.ends_with(".md") {
            // O título de uma dobra se lê, e está em HTML.
            let texto = do_html.replace_all(&texto, " ");
            // O README fecha com um parágrafo em inglês.
            pagina::prosa(texto.split("## In English").next().unwrap())
        } else {
            do_jinja.replace_all(&texto, " ").into_owned()
        };
        (lugar, texto)
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
