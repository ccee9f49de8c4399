//! Apoio aos testes que olham o repositório inteiro: os capítulos como processos, um navegador
//! sem tela e um de verdade, as páginas do livro e o terminal que executa os comandos delas.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

pub mod chromium;
pub mod corpos;
pub mod navegador;
pub mod pagina;
pub mod processo;
pub mod terminal;

/// A pasta raiz do repositório.
pub fn raiz() -> &'static Path {
    static RAIZ: LazyLock<PathBuf> = LazyLock::new(|| {
        let gravada = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        // Se o repositório mudou de lugar depois de compilado, o Cargo informa onde está.
        let informada = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let tests = informada.filter(|_| !gravada.is_dir()).unwrap_or(gravada);
        tests.parent().expect("`tests` fica dentro do repositório").to_owned()
    });
    &RAIZ
}

/// A pasta do livro.
pub fn livro() -> PathBuf {
    raiz().join("book")
}

/// Os capítulos que existem em disco, em ordem.
pub fn capitulos() -> Vec<String> {
    let pastas = std::fs::read_dir(raiz().join("chapters"))
        .expect("a pasta `chapters` deve abrir");
    let mut nomes: Vec<String> = pastas
        .map(|pasta| pasta.expect("a pasta do capítulo deve abrir").file_name())
        .map(|nome| nome.into_string().expect("nome de capítulo em UTF-8"))
        .collect();
    nomes.sort();
    nomes
}

/// Lê um arquivo do repositório; o teste para, dizendo qual, se ele não abre.
pub fn ler(caminho: impl AsRef<Path>) -> String {
    let caminho = caminho.as_ref();
    std::fs::read_to_string(caminho)
        .unwrap_or_else(|erro| panic!("não consegui ler {}: {erro}", caminho.display()))
}

/// Os arquivos de uma pasta e de suas subpastas, em ordem alfabética.
pub fn arquivos(pasta: &Path) -> Vec<PathBuf> {
    let mut achados = Vec::new();
    for entrada in std::fs::read_dir(pasta).expect("a pasta deve abrir") {
        let caminho = entrada.expect("a entrada da pasta deve abrir").path();
        if caminho.is_dir() {
            achados.extend(arquivos(&caminho));
        } else {
            achados.push(caminho);
        }
    }
    achados.sort();
    achados
}
