//! Apoio aos testes que olham o repositório inteiro: os servidores, o Flask e o Chromium de que eles
//! precisam, as páginas do livro e o terminal que executa os comandos delas.

use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use book::ataques::{Ataque, entrar};
use book::navegador::Navegador;
use book::processo::Processo;
pub use book::{pasta as livro, raiz};
use moka::sync::Cache;

pub mod falhas;
pub mod features;
pub mod flask;
pub mod janela;
pub mod pagina;
pub use teste::servidores;
pub mod terminal;

/// Os capítulos que existem em disco, em ordem.
pub fn capitulos() -> Vec<String> {
    book::capitulos::capitulos().expect("a pasta `chapters` deve abrir")
}

/// Um navegador que já fez o login certo; o teste para se o servidor não o aceita.
pub fn dentro_de(servidor: &Processo) -> Navegador {
    entrar(servidor).unwrap_or_else(|erro| panic!("{erro}"))
}

/// O `cargo livro` do repositório que está nesta pasta, com os capítulos em uma porta livre; devolve
/// também o endereço com a chave, e a pasta das páginas prontas.
pub fn livro_que_executa(repositorio: &Path) -> (Processo, String, tempfile::TempDir) {
    let pasta = tempfile::tempdir().expect("uma pasta");
    let mut comando = book::processo::livro(pasta.path());
    comando.env("ROCKET_PORT", "0").env("DESTE_TESTE", pasta.path());
    comando.env("CARGO_MANIFEST_DIR", repositorio.join("book"));
    // As dependências já compiladas servem a uma cópia.
    let target = book::processo::pasta_dos_binarios();
    comando.env("CARGO_TARGET_DIR", target.with_file_name("")).current_dir(repositorio);
    let livro = Processo::iniciar(comando);
    let saida = livro.saida();
    let entrada = saida.split_whitespace().find(|um| um.contains("/viva/entrar/"));
    let entrada = entrada.expect("o livro diz onde está").to_owned();
    (livro, entrada, pasta)
}

/// Executa um ataque contra um capítulo, uma vez só, como `cargo ataque`; devolve se funcionou e o
/// que ele contou. O teste para se o ataque não pôde ser feito.
pub fn atacar(ataque: &Ataque, capitulo: &str) -> (bool, String) {
    static FEITOS: LazyLock<Cache<String, (bool, String)>> =
        LazyLock::new(|| Cache::new(1_000));
    FEITOS.get_with(format!("{} {capitulo}", ataque.nome), || {
        let tentar = || {
            let mut contado = String::new();
            let mut contar = |linha: &str| contado += &format!("{linha}\n");
            let funcionou = ataque.executar(capitulo, &mut contar)?;
            Ok((funcionou, contado))
        };
        // Em uma máquina ocupada, um armazenamento passa do prazo e responde 503: tenta mais uma vez.
        let feito: book::Resultado<_> = tentar().or_else(|_| tentar());
        feito.unwrap_or_else(|erro| panic!("{} em {capitulo}: {erro}", ataque.nome))
    })
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

/// A vez de compilar testes: os de uma cópia têm o nome dos do repositório, na mesma pasta, e quem
/// compila no meio executaria os do outro.
pub fn vez_do_cargo() -> MutexGuard<'static, ()> {
    static VEZ: Mutex<()> = Mutex::new(());
    VEZ.lock().unwrap_or_else(PoisonError::into_inner)
}

/// O repositório em outra pasta, para que ninguém veja o que um teste muda nele; o teste para se não
/// consegue copiá-lo.
pub fn copia() -> tempfile::TempDir {
    let target = book::processo::pasta_dos_binarios().with_file_name("");
    let copia = tempfile::tempdir_in(target).expect("uma pasta");
    let pastas = [".cargo", "book", "chapters", "shared", "tests"];
    let fontes = pastas.iter().flat_map(|pasta| arquivos(&raiz().join(pasta)));
    let soltos =
        ["Cargo.toml", "Cargo.lock", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];
    for fonte in fontes.chain(soltos.map(|nome| raiz().join(nome))) {
        let nome = fonte.strip_prefix(raiz()).expect("está na raiz");
        let destino = copia.path().join(nome);
        std::fs::create_dir_all(destino.with_file_name("")).expect("uma pasta");
        std::fs::copy(&fonte, destino).expect("o arquivo deve ser copiado");
    }
    copia
}
