//! O que um seletor CSS simples acha em uma página.

use html_escape::decode_html_entities;
use tl::{HTMLTag, Node, Parser, ParserOptions};

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
    fn de(etiqueta: &HTMLTag<'_>, leitor: &Parser<'_>) -> Elemento {
        let atributos = etiqueta.attributes().iter().map(|(nome, valor)| {
            let valor = valor.unwrap_or_default();
            (nome.into_owned(), decode_html_entities(&valor).into_owned())
        });
        let filhos = etiqueta.children();
        let filhos = filhos.top().iter().filter_map(|filho| filho.get(leitor));
        let textos = filhos.filter_map(|filho| match filho {
            Node::Raw(texto) => Some(texto.as_utf8_str()),
            _ => None,
        });
        Elemento {
            nome: etiqueta.name().as_utf8_str().to_lowercase(),
            atributos: atributos.collect(),
            texto: textos.map(|t| decode_html_entities(&t).into_owned()).collect(),
        }
    }

    /// O valor de um atributo.
    pub fn atributo(&self, nome: &str) -> Option<&str> {
        let achado = self.atributos.iter().find(|(outro, _)| outro == nome);
        achado.map(|(_, valor)| valor.as_str())
    }
}

/// Os elementos que um seletor acha em um texto em HTML, em ordem.
pub fn procurar(html: &str, seletor: &str) -> Vec<Elemento> {
    let Ok(pagina) = tl::parse(html, ParserOptions::default()) else {
        return Vec::new();
    };
    let leitor = pagina.parser();
    let achados = pagina.query_selector(seletor).into_iter().flatten();
    let etiquetas = achados.filter_map(|achado| achado.get(leitor)?.as_tag());
    etiquetas.map(|etiqueta| Elemento::de(etiqueta, leitor)).collect()
}

/// Os campos do formulário que envia a este caminho, se a página o tem.
pub fn campos_do_formulario(html: &str, acao: &str) -> Option<Vec<Elemento>> {
    let pagina = tl::parse(html, ParserOptions::default()).ok()?;
    let formulario =
        pagina.query_selector(&format!("form[action='{acao}']"))?.next()?;
    let dentro = formulario.get(pagina.parser())?.inner_html(pagina.parser());
    Some(procurar(&dentro, "input"))
}

/// O que um navegador envia a `acao`: os campos ocultos que o formulário da página traz, e estes.
/// `None` se a página não o tem.
pub fn preencher(html: &str, acao: &str, campos: &[(&str, &str)]) -> Option<String> {
    let da_pagina = campos_do_formulario(html, acao)?;
    let ocultos = da_pagina.iter().filter_map(|campo| {
        let oculto = campo.atributo("type") == Some("hidden");
        oculto.then_some((campo.atributo("name")?, campo.atributo("value")?))
    });
    Some(formulario(ocultos.chain(campos.iter().copied())))
}

/// O código de um formulário: pares `nome=valor` como um navegador os envia.
pub fn formulario<'a>(campos: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pares = campos.into_iter().map(|(nome, valor)| {
        format!("{}={}", em_formulario(nome), em_formulario(valor))
    });
    pares.collect::<Vec<_>>().join("&")
}

/// Um texto como um formulário o envia.
pub fn em_formulario(texto: &str) -> String {
    texto.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
