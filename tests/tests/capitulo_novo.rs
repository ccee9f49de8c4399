//! Um capítulo novo, feito em uma cópia do repositório pelos passos de `.github/CONTRIBUTING.md`: um
//! que parte do 6 e um que parte do 15. Nenhum programa muda, e tudo o que julga um capítulo o aprova.

use std::fs;
use std::path::Path;
use std::process::Command;

use tests::pagina::blocos;
use tests::{arquivos, copia, ler, raiz};

const IDEIA: &str = r#"// ANCHOR: novidade
#[get("/novidade")]
fn novidade() -> &'static str {
    "A ideia do capítulo"
}
// ANCHOR_END: novidade

#[get("/login")]
"#;

const NA_PAGINA: &str = "```rust,noplayground,arquivo-src/main.rs
{{#include ../../chapters/capNN-nome/src/main.rs:novidade}}
```

## Exercício
";

#[test]
#[ignore = "precisa de alguns minutos: compila uma cópia do repositório"]
fn um_capitulo_novo_feito_pelos_passos_passa_em_tudo_sem_mudar_nenhum_programa() {
    let copia = copia();
    let copia = copia.path();
    let novos = [("cap06-dicionario", "19"), ("cap15-servidor", "20")]
        .map(|(de, numero)| acrescentar(copia, de, numero));
    semear(&copia.join("target/debug"));
    let pagina = ler(raiz().join(".github/CONTRIBUTING.md"));
    let mut secoes = pagina.split("\n## ");
    let passos = secoes.find(|secao| secao.starts_with("Acrescentar um capítulo"));
    for comando in blocos(passos.unwrap()).iter().flat_map(|bloco| bloco.texto.lines())
    {
        // Um comando que não fala do capítulo se executa uma vez só.
        let um_so = &novos[..1];
        let quais = if comando.contains("capNN-nome") { &novos } else { um_so };
        for novo in quais {
            executar(copia, &comando.replace("capNN-nome", novo));
        }
    }
}

/// Os passos 1 a 4; devolve o nome do capítulo novo.
fn acrescentar(copia: &Path, de: &str, numero: &str) -> String {
    let velho = &de[3..5];
    let sem_zero = velho.trim_start_matches('0');
    let renomear = |texto: &str| {
        let texto = texto.replace(&format!("cap{velho}-"), &format!("cap{numero}-"));
        let texto = texto.replace(&format!("ex{velho}-"), &format!("ex{numero}-"));
        let texto = texto
            .replace(&format!("Capítulo {sem_zero}:"), &format!("Capítulo {numero}:"));
        texto.replace(&format!("# {sem_zero}. "), &format!("# {numero}. "))
    };
    let novo = renomear(de);
    let mudar = |arquivo: &str, de: &str, para: &str| {
        let arquivo = copia.join(arquivo);
        let texto = ler(&arquivo);
        assert!(texto.contains(de), "{} não tem {de}", arquivo.display());
        fs::write(&arquivo, texto.replacen(de, para, 1)).unwrap();
    };
    // 1. A pasta e os nomes; 3. a página e as perguntas.
    let pasta = arquivos(&copia.join("chapters").join(de)).into_iter();
    let paginas = ["book/src/NN.md", "book/src/perguntas/NN.md"];
    let paginas = paginas.map(|pagina| copia.join(pagina.replace("NN", de)));
    for arquivo in pasta.chain(paginas) {
        let destino = copia
            .join(renomear(arquivo.strip_prefix(copia).unwrap().to_str().unwrap()));
        fs::create_dir_all(destino.parent().unwrap()).unwrap();
        fs::write(destino, renomear(&ler(&arquivo))).unwrap();
    }
    // 1. De quem parte.
    let cargo = format!("chapters/{novo}/Cargo.toml");
    let texto = ler(copia.join(&cargo));
    let dados = texto.split_once("[package.metadata.capitulo]\n").unwrap().1;
    let dados = dados.split("\n\n").next().unwrap();
    mudar(&cargo, dados, &format!("parte-de = \"{de}\""));
    // 2. A ideia; 3. o que a página mostra dela, e as experiências.
    let main = format!("chapters/{novo}/src/main.rs");
    mudar(&main, "#[get(\"/login\")]\n", IDEIA);
    mudar(&main, "routes![", "routes![novidade, ");
    let pagina = format!("book/src/{novo}.md");
    mudar(&pagina, "## Exercício\n", &NA_PAGINA.replace("capNN-nome", &novo));
    let experiencias = ler(copia.join("tests/experiencias.toml"));
    let titulo = format!("\n[[{de}]]\n");
    for uma in experiencias.split("\n\n").map(|uma| format!("\n{uma}\n")) {
        if uma.starts_with(&titulo) {
            mudar(
                "tests/experiencias.toml",
                &titulo,
                &format!("{}{titulo}", renomear(&uma)),
            );
        }
    }
    // 4. O sumário e o README, depois do último.
    let titulo = ler(copia.join(&pagina)).lines().next().unwrap().replacen("# ", "", 1);
    for (arquivo, linha) in [
        ("book/src/SUMMARY.md", format!("- [{titulo}]({novo}.md)")),
        ("README.md", format!("| [`{novo}`](chapters/{novo}/src/main.rs) | | |")),
    ] {
        let texto = ler(copia.join(arquivo));
        let (inicio, _) = linha.split_at(3);
        let ultima =
            texto.lines().rfind(|l| l.starts_with(inicio) && l.contains("cap"));
        let ultima = ultima.unwrap();
        mudar(arquivo, ultima, &format!("{ultima}\n{linha}"));
    }
    novo
}

fn executar(copia: &Path, linha: &str) {
    let mut cargo = book::processo::cargo();
    cargo.current_dir(copia).env_remove("CARGO_TARGET_DIR");
    let saida = cargo.args(linha.split(' ').skip(1)).output().unwrap();
    let [disse, erro] =
        [&saida.stdout, &saida.stderr].map(|texto| String::from_utf8_lossy(texto));
    assert!(saida.status.success(), "{linha}\n{disse}\n{erro}");
}

/// As dependências já compiladas servem à cópia. O que é dela tem outro caminho, e por isso outro nome.
fn semear(alvo: &Path) {
    let este = std::env::current_exe().unwrap();
    let deps = este.parent().unwrap();
    fs::create_dir_all(alvo).unwrap();
    // Onde não há `cp`, a cópia compila tudo: demora mais, e é só.
    for (opcao, pasta) in [("-al", "deps"), ("-a", ".fingerprint"), ("-a", "build")] {
        let pasta = deps.with_file_name(pasta);
        let _ = Command::new("cp").arg(opcao).arg(pasta).arg(alvo).status();
    }
}
