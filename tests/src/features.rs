//! As crates de `shared/features`, geradas: com elas, todo comando usa o mesmo Rocket, compilado uma
//! vez só.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use book::processo::{ate_o_fim, cargo};

/// Os sistemas de quem estuda, como o `Cargo.toml` e o compilador os chamam.
const SISTEMAS: [(&str, &str); 3] = [
    ("cfg(target_os = \"linux\")", "x86_64-unknown-linux-gnu"),
    ("cfg(target_os = \"macos\")", "aarch64-apple-darwin"),
    ("cfg(windows)", "x86_64-pc-windows-msvc"),
];

/// Os pacotes que dependem de `features-tudo`: compilam mais que a Parte I.
const COM_TUDO: [&str; 4] = ["book", "tests", "cap16-banco", "cap18-completa"];

/// Só o que vai no programa, e não o que o compilador executa.
const DO_PROGRAMA: &str = "normal,no-proc-macro";

const INICIO: &str = r#"# Gerado por `cargo run -p tests --bin gravar features`. Não o mude à mão.

[package]
name = "{nome}"
description = "As features que faltariam às dependências quando o Cargo compila um pacote só"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[lib]
doctest = false
test = false

[lints]
workspace = true
"#;

/// De uma dependência, o nome, a versão e as features ligadas.
type Dependencia = (String, String, BTreeSet<String>);

/// O que falta a uma dependência quando o Cargo compila um pacote só.
#[derive(Clone, Default, PartialEq)]
struct Falta {
    features: BTreeSet<String>,
    sistemas: BTreeSet<&'static str>,
    /// Falta já à `shared`, que todo capítulo compila.
    a_todos: bool,
}

type Faltas = BTreeMap<(String, String), Falta>;

/// O `Cargo.toml` de cada uma das crates: o arquivo, na raiz, e o texto.
pub fn gerar() -> [(String, String); 2] {
    let copia = crate::copia();
    let mut faltas = Faltas::new();
    loop {
        let arquivos = [true, false].map(|a_todos| escrever(&faltas, a_todos));
        for (arquivo, texto) in &arquivos {
            fs::write(copia.path().join(arquivo), texto).expect("a cópia deve mudar");
        }
        // Uma feature pode ligar outras: até que a lista não cresça mais.
        let antes = faltas.clone();
        acrescentar(&mut faltas, copia.path());
        if faltas == antes {
            return arquivos;
        }
    }
}

/// Acrescenta à lista o que ainda falta, nesta cópia, a quem compila um pacote só.
fn acrescentar(faltas: &mut Faltas, copia: &Path) {
    for (sistema, alvo) in SISTEMAS {
        let arvore = |selecao: &[&str]| {
            arvore(copia, &[selecao, &["--target", alvo]].concat(), DO_PROGRAMA)
        };
        let tudo = arvore(&["--workspace"]);
        for pacote in ["shared"].into_iter().chain(COM_TUDO) {
            for (nome, versao, features) in arvore(&["-p", pacote]).difference(&tudo) {
                let mesma =
                    |outra: &&Dependencia| (&outra.0, &outra.1) == (nome, versao);
                let completa = tudo.iter().find(mesma).expect("o workspace a compila");
                let falta = faltas.entry((nome.clone(), versao.clone())).or_default();
                falta.features.extend(completa.2.difference(features).cloned());
                falta.sistemas.insert(sistema);
                falta.a_todos |= pacote == "shared";
            }
        }
    }
}

fn escrever(faltas: &Faltas, a_todos: bool) -> (String, String) {
    let mut secoes: BTreeMap<String, String> = BTreeMap::new();
    if !a_todos {
        let linha = "features.workspace = true\n".to_owned();
        secoes.insert("dependencies".to_owned(), linha);
    }
    for ((nome, versao), falta) in faltas.iter().filter(|(_, f)| f.a_todos == a_todos) {
        // O que os números seguintes da versão mudam não muda este arquivo.
        let partes: Vec<&str> = versao.split('.').collect();
        let versao = partes[..if partes[0] == "0" { 2 } else { 1 }].join(".");
        // Duas versões da mesma crate precisam de nomes diferentes.
        let linha = format!(
            "{nome}-{} = {{ package = \"{nome}\", version = \"{versao}\", \
             default-features = false, features = {:?} }}\n",
            versao.replace('.', "_"),
            Vec::from_iter(&falta.features)
        );
        let de_todos = falta.sistemas.len() == SISTEMAS.len();
        let sistemas = falta.sistemas.iter().map(|nome| format!("target.'{nome}'."));
        let sistemas = if de_todos { vec![String::new()] } else { sistemas.collect() };
        for sistema in sistemas {
            *secoes.entry(format!("{sistema}dependencies")).or_default() += &linha;
        }
    }
    let (nome, pasta) = if a_todos {
        ("features", "shared/features")
    } else {
        ("features-tudo", "shared/features/tudo")
    };
    let secoes = secoes.iter().map(|(nome, linhas)| format!("\n[{nome}]\n{linhas}"));
    let texto = INICIO.replace("{nome}", nome) + secoes.collect::<String>().as_str();
    (format!("{pasta}/Cargo.toml"), texto)
}

/// As dependências que o Cargo compilaria de novo para este pacote, depois do workspace inteiro.
pub fn compiladas_de_novo(pacote: &str) -> Vec<Dependencia> {
    let por_ramo = ["normal,build", DO_PROGRAMA].map(|ramos| {
        let dele = arvore(crate::raiz(), &["-p", pacote], ramos);
        let tudo = arvore(crate::raiz(), &["--workspace"], ramos);
        dele.difference(&tudo).cloned().collect::<Vec<_>>()
    });
    por_ramo.concat()
}

/// As dependências de fora que esta seleção de pacotes compila.
fn arvore(pasta: &Path, selecao: &[&str], ramos: &str) -> BTreeSet<Dependencia> {
    let mut cargo = cargo();
    cargo.current_dir(pasta).args(["tree", "--quiet", "--prefix", "none"]);
    cargo.args(["--edges", ramos, "--format", "{p}|{f}"]).args(selecao);
    let (certo, saida) = ate_o_fim(cargo);
    assert!(certo, "{saida}");
    let linhas = saida.lines().filter_map(|linha| {
        // O Cargo marca com um asterisco o que já mostrou com tudo o que vem abaixo.
        let (pacote, features) = linha.trim_end_matches(" (*)").split_once('|')?;
        let (nome, versao) =
            pacote.trim_end_matches(" (proc-macro)").split_once(" v")?;
        // Um pacote daqui tem depois da versão a pasta dele.
        let de_fora = !versao.contains(' ');
        let features = features.split(',').filter(|uma| !uma.is_empty());
        let features = features.map(str::to_owned).collect();
        de_fora.then(|| (nome.to_owned(), versao.to_owned(), features))
    });
    linhas.collect()
}
