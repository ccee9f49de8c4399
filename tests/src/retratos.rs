//! Os retratos da primeira página do livro: as telas do capítulo 5, tiradas do Chromium.

use std::path::PathBuf;

use book::processo::{Processo, chave_de_teste};

use crate::janela::Janela;

/// Deixa igual o que muda a cada login, e devolve a página como XML, que cabe em um SVG.
const REVELAR: &str = r#"
    const amostra = "qXw3T8vJ0kR2mZ5yBn7LdC4sHf9aUeGpVt1iOzKxW6c";
    const nos = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (nos.nextNode()) {
        nos.currentNode.data = nos.currentNode.data
            .replace(/^[\w%+=\/-]{30,}$/, amostra)
            .replace(/\d+ bytes, com o nome/, "52 bytes, com o nome")
            .replace(/Expires=.*/, "Expires=daqui a uma hora");
    }
    document.body.setAttribute("class", "retrato");
    return new XMLSerializer().serializeToString(document.body);"#;

/// Os retratos como estão agora: o arquivo de cada um e o texto dele.
pub fn tirar() -> [(PathBuf, String); 2] {
    let capitulo = Processo::capitulo("cap05-logout", &chave_de_teste('1'));
    let chromium = Janela::chromium();
    chromium.abrir(&format!("{}/login", capitulo.endereco));
    chromium.executar("document.forms[0].username.value = 'admin'");
    chromium.executar("document.forms[0].password.value = '123'");
    chromium.navegar(|chromium| chromium.clicar("main button"));
    [("painel", "/dashboard", 190), ("raio-x", "/raio-x", 600)].map(|tela| {
        let (nome, caminho, altura) = tela;
        chromium.abrir(&format!("{}{caminho}", capitulo.endereco));
        let pagina = chromium.executar(REVELAR);
        let pagina = pagina.as_str().expect("a página é um texto");
        let arquivo = crate::livro().join(format!("src/imagens/tela-{nome}.svg"));
        (arquivo, emoldurar(pagina, altura))
    })
}

/// A página em um SVG desta altura, com a folha de estilo que ela pede.
fn emoldurar(pagina: &str, altura: u32) -> String {
    // Em um SVG, as regras de `:root` e de `body` valeriam para a figura toda.
    let estilo = crate::ler(crate::raiz().join("shared/estilo.css"));
    let estilo =
        estilo.replace(":root", ".retrato").replace("\nbody {", "\n.retrato {");
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 {altura}\">\n\
         <style><![CDATA[\n{estilo}]]></style>\n\
         <foreignObject width=\"640\" height=\"{altura}\">\n{pagina}\n</foreignObject>\n</svg>\n"
    )
}
