//! Grava de novo os retratos da primeira página do livro. Precisa de Chromium e chromedriver.

fn main() -> std::io::Result<()> {
    tests::retratos::tirar()
        .into_iter()
        .try_for_each(|(arquivo, retrato)| std::fs::write(arquivo, retrato))
}
