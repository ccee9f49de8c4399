//! O exercício de cada capítulo.

use crate::{Resultado, capitulos, pacote, raiz};

/// O exercício de um capítulo.
#[derive(Debug, Clone)]
pub struct Exercicio {
    /// O capítulo a que ele pertence.
    pub capitulo: String,
    /// A pasta dele a partir da raiz, com barras comuns, que todo terminal aceita.
    pub pasta: String,
    /// O nome do pacote, que é também o do programa.
    pub pacote: String,
    /// Os testes que falham enquanto ele não está resolvido.
    pub deve_falhar: Vec<String>,
}

impl Exercicio {
    /// O texto de um arquivo dele.
    pub fn ler(&self, arquivo: &str) -> Resultado<String> {
        let texto = crate::ler(&raiz().join(&self.pasta).join(arquivo))?;
        // O git de alguns sistemas troca o fim das linhas.
        Ok(texto.replace("\r\n", "\n"))
    }
}

/// O exercício de cada capítulo, em ordem; é um erro se um capítulo não tem o seu.
pub fn exercicios() -> Resultado<Vec<Exercicio>> {
    let exercicio = |capitulo| {
        let pasta = format!("chapters/{capitulo}/exercicio");
        let dados = pacote(&raiz().join(&pasta))?;
        let deve_falhar = capitulos::textos(&dados, "exercicio", "deve-falhar");
        let pacote = dados["name"].as_str().unwrap_or_default().to_owned();
        Ok(Exercicio { capitulo, pasta, pacote, deve_falhar })
    };
    capitulos::capitulos()?.into_iter().map(exercicio).collect()
}
