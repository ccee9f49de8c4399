//! Apoio aos testes que olham o repositório inteiro: os servidores, o Flask e o Chromium de que eles
//! precisam, as páginas do livro e o terminal que executa os comandos delas.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

pub use book::{pasta as livro, raiz};

pub mod chromium;
pub mod falhas;
pub mod flask;
pub mod laboratorio;
pub mod pagina;
pub mod retratos;
pub mod servidores;
pub mod terminal;

/// A pasta com as páginas prontas do livro, construído uma vez para todos os testes.
pub fn livro_pronto() -> &'static Path {
    static PRONTO: LazyLock<PathBuf> = LazyLock::new(|| {
        let pasta = raiz().join("target/tmp/livro-dos-testes");
        book::construir(&livro(), Some(&pasta)).expect("o livro deve ser construído")
    });
    &PRONTO
}

/// Os capítulos que existem em disco, em ordem.
pub fn capitulos() -> Vec<String> {
    book::diferencas::capitulos(raiz()).expect("a pasta `chapters` deve abrir")
}

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
        ler(self.pasta.join("src/main.rs")).contains("// TODO: ")
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
    capitulos().into_iter().map(exercicio).collect()
}

fn exercicio(capitulo: String) -> Exercicio {
    let pasta = raiz().join("chapters").join(&capitulo).join("exercicio");
    let dados = book::pacote(&pasta).expect("cada capítulo tem um exercício");
    let pacote = dados["name"].as_str().expect("o pacote tem nome").to_owned();
    let falham = &dados["metadata"]["exercicio"]["deve-falhar"];
    let falham = falham.as_array().expect("a lista dos testes que falham");
    let deve_falhar = falham.iter().filter_map(|nome| nome.as_str()).map(str::to_owned);
    Exercicio { capitulo, pasta, pacote, deve_falhar: deve_falhar.collect() }
}

/// Lê um arquivo do repositório; o teste para, dizendo qual, se ele não abre.
pub fn ler(caminho: impl AsRef<Path>) -> String {
    let caminho = caminho.as_ref();
    std::fs::read_to_string(caminho)
        .unwrap_or_else(|erro| panic!("não consegui ler {}: {erro}", caminho.display()))
}

/// Os arquivos de uma pasta e de suas subpastas, em ordem alfabética.
pub fn arquivos(pasta: &Path) -> Vec<PathBuf> {
    book::arquivos(pasta).expect("a pasta deve abrir")
}
