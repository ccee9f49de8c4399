//! Um capítulo novo, feito em uma cópia do repositório pelos passos de `.github/CONTRIBUTING.md`: um
//! que parte do 6 e um que parte do 15. Nenhum programa muda, e tudo o que julga um capítulo o aprova.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::pagina::blocos;
use tests::{arquivos, copia, ler, raiz};

/// O capítulo de que o novo parte, e o número do novo.
const NOVOS: [(&str, &str); 2] = [("cap06-dicionario", "19"), ("cap15-servidor", "20")];

const IDEIA: &str = "// ANCHOR: novidade
#[get(\"/novidade\")]
fn novidade() -> &'static str {
    \"A ideia do capítulo\"
}
// ANCHOR_END: novidade

";

#[test]
#[ignore = "precisa de alguns minutos: compila uma cópia do repositório"]
fn um_capitulo_novo_feito_pelos_passos_passa_em_tudo_sem_mudar_nenhum_programa() {
    let copia = copia();
    let copia = copia.path();
    let novos = NOVOS.map(|(de, numero)| acrescentar(copia, de, numero));
    semear(&copia.join("target"));
    for comando in comandos() {
        for novo in &novos {
            executar(copia, &comando.replace("capNN-nome", novo));
            if !comando.contains("capNN-nome") {
                break;
            }
        }
    }
}

/// Os passos 1 a 4; devolve o nome do capítulo novo.
fn acrescentar(copia: &Path, de: &str, numero: &str) -> String {
    let velho = &de[3..5];
    let renomear = |texto: String| {
        let texto = texto.replace(&format!("cap{velho}-"), &format!("cap{numero}-"));
        texto.replace(&format!("ex{velho}-"), &format!("ex{numero}-"))
    };
    let novo = renomear(de.to_owned());
    let antiga = copia.join("chapters").join(de);
    for arquivo in arquivos(&antiga) {
        let destino = arquivo.strip_prefix(&antiga).unwrap();
        gravar(
            &copia.join("chapters").join(&novo).join(destino),
            renomear(ler(&arquivo)),
        );
    }
    let mudar = |arquivo: &str, de: &str, para: &str| {
        let arquivo = copia.join(arquivo);
        let texto = ler(&arquivo);
        assert!(texto.contains(de), "{} não tem {de}", arquivo.display());
        gravar(&arquivo, texto.replacen(de, para, 1));
    };
    // 1. A pasta, os nomes e de quem parte.
    let cargo = format!("chapters/{novo}/Cargo.toml");
    let numeros = [velho, numero].map(|texto| texto.trim_start_matches('0').to_owned());
    let [antes, agora] = [0, 1].map(|qual| format!("Capítulo {}:", numeros[qual]));
    mudar(&cargo, &antes, &agora);
    let texto = ler(copia.join(&cargo));
    let dados =
        |linha: &&str| linha.starts_with("parte-de") || linha.starts_with("impede");
    let dados: String = texto.split_inclusive('\n').filter(dados).collect();
    mudar(&cargo, &dados, &format!("parte-de = \"{de}\"\n"));
    // 2. A ideia.
    let main = format!("chapters/{novo}/src/main.rs");
    mudar(&main, "#[get(\"/login\")]\n", &format!("{IDEIA}#[get(\"/login\")]\n"));
    mudar(&main, "routes![", "routes![novidade, ");
    // 3. A página, as perguntas e as experiências.
    let titulo = |numero: &str| format!("# {numero}. ");
    for pasta in ["book/src", "book/src/perguntas"] {
        let pagina = renomear(ler(copia.join(pasta).join(format!("{de}.md"))));
        gravar(&copia.join(pasta).join(format!("{novo}.md")), pagina);
    }
    let pagina = format!("book/src/{novo}.md");
    mudar(&pagina, &titulo(&numeros[0]), &titulo(&numeros[1]));
    let lista = format!(
        "```rust,noplayground,arquivo-src/main.rs\n\
         {{{{#include ../../chapters/{novo}/src/main.rs:novidade}}}}\n```\n\n"
    );
    mudar(&pagina, "## Exercício\n", &format!("{lista}## Exercício\n"));
    let experiencias = ler(copia.join("tests/experiencias.toml"));
    let dele =
        experiencias.split("\n\n").filter(|uma| uma.starts_with(&format!("[[{de}]]")));
    let dele: String =
        dele.map(|uma| format!("\n\n{}", renomear(uma.to_owned()))).collect();
    gravar(&copia.join("tests/experiencias.toml"), format!("{experiencias}{dele}"));
    // 4. O sumário e o README, na ordem dos números.
    for (arquivo, inicio, numero) in
        [("book/src/SUMMARY.md", "- [", true), ("README.md", "| [`cap", false)]
    {
        let texto = ler(copia.join(arquivo));
        let linha =
            texto.lines().find(|l| l.starts_with(inicio) && l.contains(de)).unwrap();
        let ultima = texto
            .lines()
            .rfind(|l| l.starts_with(inicio) && l.contains("cap"))
            .unwrap();
        let mut nova = renomear(linha.to_owned());
        if numero {
            nova = nova
                .replace(&format!("[{}. ", numeros[0]), &format!("[{}. ", numeros[1]));
        }
        mudar(arquivo, ultima, &format!("{ultima}\n{nova}"));
    }
    novo
}

/// Os comandos do passo 5, como a página os dá.
fn comandos() -> Vec<String> {
    let pagina = ler(raiz().join(".github/CONTRIBUTING.md"));
    let secao = pagina
        .split("\n## ")
        .find(|secao| secao.starts_with("Acrescentar um capítulo"));
    let blocos = blocos(secao.unwrap());
    let comandos: Vec<_> = blocos
        .iter()
        .flat_map(|bloco| bloco.texto.lines())
        .map(str::to_owned)
        .collect();
    assert!(comandos.len() >= 4, "{comandos:?}");
    comandos
}

fn executar(copia: &Path, linha: &str) {
    let mut cargo = book::processo::cargo();
    cargo
        .current_dir(copia)
        .env_remove("CARGO_TARGET_DIR")
        .args(linha.split(' ').skip(1));
    let (certo, saida) = (cargo.output()).map(|o| (o.status.success(), o)).unwrap();
    let [disse, erro] =
        [&saida.stdout, &saida.stderr].map(|texto| String::from_utf8_lossy(texto));
    assert!(certo, "{linha}\n{disse}\n{erro}");
}

/// As dependências já compiladas servem à cópia. O que é dela tem outro caminho, e com ele outro nome.
fn semear(alvo: &Path) {
    let este: PathBuf = std::env::current_exe().unwrap();
    let (deps, para) = (este.parent().unwrap(), alvo.join("debug"));
    fs::create_dir_all(&para).unwrap();
    // Sem o `cp`, a cópia compila tudo: demora mais, e é só.
    for (opcao, pasta) in [("-al", "deps"), ("-a", ".fingerprint"), ("-a", "build")] {
        let _ = Command::new("cp")
            .arg(opcao)
            .arg(deps.with_file_name(pasta))
            .arg(&para)
            .status();
    }
}

fn gravar(arquivo: &Path, texto: String) {
    fs::create_dir_all(arquivo.parent().unwrap()).unwrap();
    fs::write(arquivo, texto).unwrap();
}
