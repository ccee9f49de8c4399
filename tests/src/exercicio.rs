//! Os exercícios dos capítulos, e os testes deles compilados uma vez só.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use book::processo::ate_o_fim;
use serde_json::Value;

use crate::Lembrados;

/// O exercício de um capítulo.
#[derive(Debug, Clone)]
pub struct Exercicio {
    /// O capítulo a que ele pertence.
    pub capitulo: String,
    /// A pasta dele.
    pub pasta: PathBuf,
    /// O nome do pacote, que é também o do programa.
    pub pacote: String,
    /// Os testes que falham enquanto ele não está resolvido.
    pub deve_falhar: Vec<String>,
}

impl Exercicio {
    /// Falso depois que o estudante o resolveu e tirou o `TODO`.
    pub fn por_resolver(&self) -> bool {
        crate::ler(self.pasta.join("src/main.rs")).contains("// TODO: ")
    }

    /// O nome do programa que resolve o exercício.
    pub fn solucao(&self) -> String {
        format!("{}-solucao", self.pacote)
    }
}

/// O que dizer a quem executa os testes do repositório depois de mexer em um exercício.
pub const RESOLVIDO: &str = "Se você está resolvendo este exercício, não há nada errado: \
    apague o comentário `TODO` quando terminar, e este teste o deixa de fora.";

/// O exercício de cada capítulo, em ordem; o teste para se um capítulo não tem o seu.
pub fn exercicios() -> Vec<Exercicio> {
    crate::capitulos().into_iter().map(exercicio).collect()
}

fn exercicio(capitulo: String) -> Exercicio {
    let pasta = crate::raiz().join("chapters").join(&capitulo).join("exercicio");
    let dados = book::pacote(&pasta).expect("cada capítulo tem um exercício");
    let pacote = dados["name"].as_str().expect("o pacote tem nome").to_owned();
    let falham = &dados["metadata"]["exercicio"]["deve-falhar"];
    let falham = falham.as_array().expect("a lista dos testes que falham");
    let deve_falhar = falham.iter().filter_map(|nome| nome.as_str()).map(str::to_owned);
    Exercicio { capitulo, pasta, pacote, deve_falhar: deve_falhar.collect() }
}

/// O que o Cargo compilou e o que o compilador disse.
#[derive(Default)]
pub struct Compilados {
    programas: BTreeMap<String, PathBuf>,
    /// Os avisos do compilador nos exercícios.
    pub avisos: String,
}

impl Compilados {
    /// Os testes de todos os exercícios e soluções, compilados uma vez; o teste para se um não
    /// compila.
    pub fn testes() -> &'static Compilados {
        static TESTES: LazyLock<Compilados> = LazyLock::new(Compilados::novos);
        &TESTES
    }

    fn novos() -> Compilados {
        let mut cargo = book::processo::cargo();
        cargo.args(["test", "--no-run", "--quiet", "--message-format=json"]);
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        for exercicio in exercicios() {
            cargo.args(["-p", &exercicio.pacote, "--bin", &exercicio.pacote]);
            // Pedida pelo nome, a solução é testada; `cargo test -p` sozinho a deixa de fora.
            cargo.args(["--bin", &exercicio.solucao()]);
        }
        let saida = cargo.output().expect("o cargo deve executar");
        let mensagens = String::from_utf8_lossy(&saida.stdout);
        let mensagens = mensagens.lines().filter_map(|l| serde_json::from_str(l).ok());
        let mut compilados = Compilados::default();
        let mut erros = String::new();
        for mensagem in mensagens {
            let mensagem: Value = mensagem;
            let nome = mensagem["target"]["name"].as_str().unwrap_or_default();
            if let Some(programa) = mensagem["executable"].as_str() {
                compilados.programas.insert(nome.to_owned(), programa.into());
            }
            let texto = mensagem["message"]["rendered"].as_str().unwrap_or_default();
            match mensagem["message"]["level"].as_str() {
                // Só os nossos: de uma dependência, o Cargo já os cala.
                Some("warning") if nome.starts_with("ex") => compilados.avisos += texto,
                Some("error") => erros += texto,
                _ => {}
            }
        }
        let cargo = String::from_utf8_lossy(&saida.stderr);
        let certo = saida.status.success();
        assert!(certo, "um exercício não compila. {RESOLVIDO}\n{erros}{cargo}");
        compilados
    }
}

/// Executa os testes do exercício ou da solução, uma vez só; devolve se passaram e o que escreveram.
pub fn testar(exercicio: &Exercicio, binario: &str) -> (bool, String) {
    static LEMBRADOS: Lembrados<(bool, String)> = Lembrados::novos();
    LEMBRADOS.lembrar(binario, || {
        let mut testes = Command::new(&Compilados::testes().programas[binario]);
        testes.current_dir(&exercicio.pasta);
        testes.env("CARGO_MANIFEST_DIR", &exercicio.pasta).env_remove("RUST_BACKTRACE");
        ate_o_fim(testes)
    })
}
