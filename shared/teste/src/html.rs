//! O que um seletor CSS simples acha em uma página, e o formulário que um navegador preenche nela.

use std::collections::BTreeMap;

use html_escape::decode_html_entities;
use tl::ParserOptions;

/// Os atributos de cada elemento que um seletor acha em um texto em HTML, em ordem.
pub fn procurar(html: &str, seletor: &str) -> Vec<BTreeMap<String, String>> {
    let Ok(pagina) = tl::parse(html, ParserOptions::default()) else {
        return Vec::new();
    };
    let achados = pagina.query_selector(seletor).into_iter().flatten();
    let etiquetas = achados.filter_map(|achado| achado.get(pagina.parser())?.as_tag());
    let atributos = etiquetas.map(|etiqueta| {
        let pares = etiqueta.attributes().iter().map(|(nome, valor)| {
            let valor = valor.unwrap_or_default();
            (nome.into_owned(), decode_html_entities(&valor).into_owned())
        });
        pares.collect()
    });
    atributos.collect()
}

/// O que um navegador envia a `acao`: os campos ocultos que o formulário da página traz, e estes.
/// `None` se a página não o tem.
pub fn preencher(html: &str, acao: &str, campos: &[(&str, &str)]) -> Option<String> {
    let pagina = tl::parse(html, ParserOptions::default()).ok()?;
    let formulario_de = format!("form[action='{acao}']");
    let achado = pagina.query_selector(&formulario_de)?.next()?;
    let dentro = achado.get(pagina.parser())?.inner_html(pagina.parser());
    let ocultos = procurar(&dentro, "input[type='hidden']");
    let ocultos = ocultos.iter().filter_map(|campo| {
        Some((campo.get("name")?.as_str(), campo.get("value")?.as_str()))
    });
    Some(formulario(ocultos.chain(campos.iter().copied())))
}

/// O código de um formulário: pares `nome=valor` como um navegador os envia.
pub fn formulario<'a>(campos: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let codificado = |texto: &str| -> String {
        texto.bytes().map(|byte| format!("%{byte:02X}")).collect()
    };
    let pares = campos
        .into_iter()
        .map(|(nome, valor)| format!("{}={}", codificado(nome), codificado(valor)));
    pares.collect::<Vec<_>>().join("&")
}
