//! As crates de `shared/features`, geradas: com elas, todo comando usa o mesmo Rocket, compilado uma
//! vez só.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use book::processo::{ate_o_fim, cargo};

/// Os sistemas de quem estuda, como o `Cargo.toml` e o compilador os chamam.
const SISTEMAS: [(&str, &str); 3] = [
    ("cfg(target_os = \"linux\")", "x86_64-unknown-linux-gnu"),
    ("cfg(target_os = \"macos\")", "aarch64-apple-darwin"),
    ("cfg(windows)", "x86_64-pc-windows-msvc"),
];

/// Cada crate gerada, e os pacotes que compilam o que ela deve completar.
const CRATES: [(&str, &[&str]); 2] = [
    // Com a `shared`, quem usa a biblioteca do 18 sem o site dele.
    ("shared/features/Cargo.toml", &["shared", "ex18-palmas"]),
    // Estes compilam mais que a Parte I.
    (
        "shared/features/tudo/Cargo.toml",
        &["book", "tests", "cap16-banco", "cap18-completa"],
    ),
];

/// De uma dependência, o nome, a versão e as features ligadas.
type Dependencia = (String, String, BTreeSet<String>);

/// As features que faltam a uma dependência quando o Cargo compila um pacote só, e em que sistemas.
pub type Faltas =
    BTreeMap<(String, String), (BTreeSet<String>, BTreeSet<&'static str>)>;

/// Grava o `Cargo.toml` de cada uma das crates.
pub fn gravar() {
    // O que uma já completa não falta à seguinte: as duas começam vazias.
    CRATES.iter().for_each(|(arquivo, _)| escrever(arquivo, &Faltas::new()));
    for (arquivo, pacotes) in CRATES {
        let mut todas = Faltas::new();
        // Uma feature pode ligar outras: até que não falte nenhuma.
        while acrescentar(&mut todas, pacotes, "normal,no-proc-macro") {
            escrever(arquivo, &todas);
        }
    }
}

/// Acrescenta à lista o que falta a quem compila um destes pacotes só, olhando estes ramos da árvore de
/// dependências; diz se faltava algo.
pub fn acrescentar(todas: &mut Faltas, pacotes: &[&str], ramos: &str) -> bool {
    let antes = todas.clone();
    for (sistema, alvo) in SISTEMAS {
        let tudo = arvore(&["--workspace", "--target", alvo], ramos);
        for pacote in pacotes {
            let dele = arvore(&["-p", pacote, "--target", alvo], ramos);
            for (nome, versao, features) in dele.difference(&tudo) {
                let mesma =
                    |outra: &&Dependencia| (&outra.0, &outra.1) == (nome, versao);
                let completa = tudo.iter().find(mesma).expect("o workspace a compila");
                let falta = todas.entry((nome.clone(), versao.clone())).or_default();
                falta.0.extend(completa.2.difference(features).cloned());
                falta.1.insert(sistema);
            }
        }
    }
    *todas != antes
}

/// Deixa no arquivo o que vem antes da primeira dependência, escrito à mão, e depois estas faltas.
fn escrever(arquivo: &str, faltas: &Faltas) {
    let arquivo = crate::raiz().join(arquivo);
    let atual = crate::ler(&arquivo);
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
    fs::write(arquivo, texto).expect("o arquivo deve ser gravado");
}

/// As dependências de fora que esta seleção de pacotes compila.
fn arvore(selecao: &[&str], ramos: &str) -> BTreeSet<Dependencia> {
    let mut cargo = cargo();
    cargo.args(["tree", "--quiet", "--prefix", "none"]);
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
