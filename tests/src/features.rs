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

/// Cada crate gerada, e os pacotes que compilam o que ela deve completar.
const CRATES: [(&str, &[&str]); 2] = [
    ("shared/features/Cargo.toml", &["shared"]),
    // Estes compilam mais que a Parte I.
    (
        "shared/features/tudo/Cargo.toml",
        &["book", "tests", "cap16-banco", "cap18-completa"],
    ),
];

/// Só o que vai no programa, e não o que o compilador executa.
const DO_PROGRAMA: &str = "normal,no-proc-macro";

/// De uma dependência, o nome, a versão e as features ligadas.
type Dependencia = (String, String, BTreeSet<String>);

/// As features que faltam a uma dependência quando o Cargo compila um pacote só, e em que sistemas.
type Faltas = BTreeMap<(String, String), (BTreeSet<String>, BTreeSet<&'static str>)>;

/// O `Cargo.toml` de cada uma das crates: o arquivo, na raiz, e o texto.
pub fn gerar() -> [(&'static str, String); 2] {
    let copia = crate::copia();
    let na_copia = |arquivo| copia.path().join(arquivo);
    // O que uma já completa não falta à seguinte: as duas começam vazias.
    for (arquivo, _) in CRATES {
        escrever(&na_copia(arquivo), &Faltas::new());
    }
    CRATES.map(|(arquivo, pacotes)| {
        let mut faltas = Faltas::new();
        loop {
            // Uma feature pode ligar outras: até que a lista não cresça mais.
            let antes = faltas.clone();
            acrescentar(&mut faltas, pacotes, copia.path());
            let texto = escrever(&na_copia(arquivo), &faltas);
            if faltas == antes {
                return (arquivo, texto);
            }
        }
    })
}

/// Acrescenta à lista o que ainda falta, nesta cópia, a quem compila um destes pacotes só.
fn acrescentar(faltas: &mut Faltas, pacotes: &[&str], copia: &Path) {
    for (sistema, alvo) in SISTEMAS {
        let arvore = |selecao: &[&str]| {
            arvore(copia, &[selecao, &["--target", alvo]].concat(), DO_PROGRAMA)
        };
        let tudo = arvore(&["--workspace"]);
        for pacote in pacotes {
            for (nome, versao, features) in arvore(&["-p", pacote]).difference(&tudo) {
                let mesma =
                    |outra: &&Dependencia| (&outra.0, &outra.1) == (nome, versao);
                let completa = tudo.iter().find(mesma).expect("o workspace a compila");
                let falta = faltas.entry((nome.clone(), versao.clone())).or_default();
                falta.0.extend(completa.2.difference(features).cloned());
                falta.1.insert(sistema);
            }
        }
    }
}

/// Deixa no arquivo o que vem antes da primeira dependência, escrito à mão, e depois estas faltas.
fn escrever(arquivo: &Path, faltas: &Faltas) -> String {
    let atual = crate::ler(arquivo);
    let a_mao = atual.split_inclusive('\n').take_while(|linha| !linha.contains(" = {"));
    let mut texto: String = a_mao.collect();
    let mut dos_sistemas: BTreeMap<&str, String> = BTreeMap::new();
    for ((nome, versao), (features, sistemas)) in faltas {
        // O que os números seguintes da versão mudam não muda este arquivo.
        let partes: Vec<&str> = versao.split('.').collect();
        let versao = partes[..if partes[0] == "0" { 2 } else { 1 }].join(".");
        // Duas versões da mesma crate precisam de nomes diferentes.
        let linha = format!(
            "{nome}-{} = {{ package = \"{nome}\", version = \"{versao}\", \
             default-features = false, features = {:?} }}\n",
            versao.replace('.', "_"),
            Vec::from_iter(features)
        );
        if sistemas.len() == SISTEMAS.len() {
            texto += &linha;
            continue;
        }
        for sistema in sistemas {
            *dos_sistemas.entry(sistema).or_default() += &linha;
        }
    }
    for (sistema, linhas) in dos_sistemas {
        texto += &format!("\n[target.'{sistema}'.dependencies]\n{linhas}");
    }
    fs::write(arquivo, &texto).expect("a cópia deve mudar");
    texto
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
