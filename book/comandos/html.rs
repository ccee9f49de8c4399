//! O que um seletor CSS acha em uma página.

use scraper::{Html, Selector};

/// Um elemento achado.
#[derive(Debug, Clone)]
pub struct Elemento {
    /// O nome, em minúsculas.
    pub nome: String,
    /// Os atributos, nome e valor.
    pub atributos: Vec<(String, String)>,
    /// O texto que está nele, e não nos elementos de dentro dele.
    pub texto: String,
}

impl Elemento {
    /// O valor de um atributo.
    pub fn atributo(&self, nome: &str) -> Option<&str> {
        let achado = self.atributos.iter().find(|(outro, _)| outro == nome);
        achado.map(|(_, valor)| valor.as_str())
    }
}

/// Os elementos que um seletor CSS acha em um texto em HTML, em ordem.
///
/// # Panics
///
/// Quando o seletor não é CSS: ele vem sempre do código.
#[expect(clippy::panic)]
pub fn procurar(html: &str, seletor: &str) -> Vec<Elemento> {
    let escolha =
        Selector::parse(seletor).unwrap_or_else(|erro| panic!("{seletor}: {erro:?}"));
    let pagina = Html::parse_document(html);
    let achados = pagina.select(&escolha).map(|elemento| Elemento {
        nome: elemento.value().name().to_owned(),
        atributos: elemento
            .value()
            .attrs()
            .map(|(nome, valor)| (nome.to_owned(), valor.to_owned()))
            .collect(),
        texto: elemento
            .children()
            .filter_map(|filho| filho.value().as_text())
            .map(|texto| &**texto)
            .collect(),
    });
    achados.collect()
}
