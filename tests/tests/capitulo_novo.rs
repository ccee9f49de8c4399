//! Um capítulo novo, feito em uma cópia do repositório pelos passos de `.github/CONTRIBUTING.md`: um
//! que parte do 6 e um que parte do 15. Nenhum programa muda, e tudo o que julga um capítulo o aprova.

use std::fs;
use std::path::Path;

use book::processo::{acompanhar, cargo};
use book::terminal::PARA_COMPILAR;
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
#[ignore = "leva minutos: compila uma cópia do repositório"]
fn um_capitulo_novo_feito_pelos_passos_passa_em_tudo_sem_mudar_nenhum_programa() {
    let copia = copia();
    let novos = [("cap06-dicionario", "19"), ("cap15-servidor", "20")]
        .map(|(de, numero)| acrescentar(copia.path(), de, numero));
    let pagina = ler(raiz().join(".github/CONTRIBUTING.md"));
    let (_, passos) = pagina.split_once("\n## Acrescentar um capítulo\n").unwrap();
    let passo_5 = &blocos(passos)[0].texto;
    for linha in passo_5.lines() {
        // Um comando que não fala do capítulo se executa uma vez só.
        let quantos = if linha.contains("capNN-nome") { novos.len() } else { 1 };
        for novo in &novos[..quantos] {
            let mut comando = cargo();
            comando.args(linha.replace("capNN-nome", novo).split(' ').skip(1));
            // As dependências já compiladas servem: só os pacotes da casa são outros.
            comando.env("CARGO_TARGET_DIR", raiz().join("target")).current_dir(&copia);
            let veio = acompanhar(PARA_COMPILAR, comando, &mut |_| true);
            let (certo, disse) = veio.unwrap();
            assert!(certo, "{novo}, {linha}\n{disse}");
        }
    }
}

/// Os passos 1 a 4; devolve o nome do capítulo novo.
fn acrescentar(copia: &Path, de: &str, numero: &str) -> String {
    let velho = &de[3..5];
    let sem_zero = velho.trim_start_matches('0');
    let trocas = [
        (format!("cap{velho}-"), format!("cap{numero}-")),
        (format!("ex{velho}-"), format!("ex{numero}-")),
        (format!("Capítulo {sem_zero}:"), format!("Capítulo {numero}:")),
        (format!("# {sem_zero}. "), format!("# {numero}. ")),
    ];
    let renomear = |texto: &str| {
        let inicio = texto.to_owned();
        trocas.iter().fold(inicio, |texto, (de, para)| texto.replace(de, para))
    };
    let novo = &renomear(de);
    let mudar = |arquivo: &str, de: &str, para: &str| {
        let arquivo = copia.join(arquivo);
        let texto = ler(&arquivo);
        assert!(texto.contains(de), "{arquivo:?} não tem {de}");
        fs::write(&arquivo, texto.replacen(de, para, 1)).unwrap();
    };
    // 1. A pasta e os nomes; 3. a página e as perguntas.
    let paginas = ["book/src", "book/src/perguntas"]
        .map(|pasta| copia.join(pasta).join(format!("{de}.md")));
    for fonte in arquivos(&copia.join("chapters").join(de)).into_iter().chain(paginas) {
        let destino = renomear(fonte.to_str().unwrap());
        fs::create_dir_all(Path::new(&destino).with_file_name("")).unwrap();
        fs::write(destino, renomear(&ler(&fonte))).unwrap();
    }
    // 1. De quem parte.
    let cargo = format!("chapters/{novo}/Cargo.toml");
    let texto = ler(copia.join(&cargo));
    let (_, dados) = texto.split_once("[package.metadata.capitulo]\n").unwrap();
    let (dados, _) = dados.split_once("\n\n").unwrap();
    mudar(&cargo, dados, &format!("parte-de = \"{de}\""));
    // 2. A ideia; 3. o que a página mostra dela, e as experiências.
    let main = format!("chapters/{novo}/src/main.rs");
    mudar(&main, "#[get(\"/login\")]\n", IDEIA);
    mudar(&main, "routes![", "routes![novidade, ");
    let pagina = format!("book/src/{novo}.md");
    mudar(&pagina, "## Exercício\n", &NA_PAGINA.replace("capNN-nome", novo));
    let experiencias = ler(copia.join("tests/experiencias.toml"));
    let titulo = format!("[[{de}]]\n");
    let dele = experiencias.split("\n\n").filter(|uma| uma.starts_with(&titulo));
    let dele: String = dele.map(|uma| renomear(uma) + "\n\n").collect();
    mudar("tests/experiencias.toml", &titulo, &format!("{dele}{titulo}"));
    // 4. O sumário e o README, depois do último.
    let titulo = ler(copia.join(&pagina)).lines().next().unwrap().replacen("# ", "", 1);
    for (arquivo, linha) in [
        ("book/src/SUMMARY.md", format!("- [{titulo}]({novo}.md)")),
        ("README.md", format!("| [`{novo}`](chapters/{novo}/src/main.rs) | | |")),
    ] {
        let texto = ler(copia.join(arquivo));
        let e_capitulo = |um: &&str| um.starts_with(&linha[..3]) && um.contains("cap");
        let ultima = texto.lines().rfind(e_capitulo).unwrap();
        mudar(arquivo, ultima, &format!("{ultima}\n{linha}"));
    }
    novo.clone()
}
