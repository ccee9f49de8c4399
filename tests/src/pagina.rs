//! As páginas em Markdown, vistas pelos testes.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// Um bloco de código de uma página, como está no Markdown, antes das inclusões.
#[derive(Debug, Clone)]
pub struct Bloco {
    /// A linguagem do bloco: a primeira palavra depois dos três acentos graves.
    pub linguagem: String,
    /// As palavras depois da linguagem, como `noplayground`.
    pub marcas: Vec<String>,
    /// O texto do bloco.
    pub texto: String,
    /// A linha em que ele começa, a partir de 1.
    pub linha: usize,
}

/// Os blocos de código de um texto em Markdown, em ordem.
pub fn blocos(markdown: &str) -> Vec<Bloco> {
    let mut achados = Vec::new();
    let mut aberto: Option<Bloco> = None;
    for (evento, trecho) in Parser::new(markdown).into_offset_iter() {
        match evento {
            Event::Start(Tag::CodeBlock(tipo)) => {
                let rotulo = match tipo {
                    CodeBlockKind::Fenced(nome) => nome.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                let mut marcas = rotulo.split(',').map(str::to_owned);
                let linguagem = marcas.next().unwrap_or_default();
                let marcas = marcas.collect();
                let linha = markdown[..trecho.start].lines().count() + 1;
                aberto = Some(Bloco { linguagem, marcas, texto: String::new(), linha });
            }
            Event::Text(texto) => {
                if let Some(bloco) = &mut aberto {
                    bloco.texto.push_str(&texto);
                }
            }
            Event::End(TagEnd::CodeBlock) => achados.extend(aberto.take()),
            _ => {}
        }
    }
    achados
}

/// O texto corrido de uma página em Markdown: sem código, sem HTML e sem inclusões.
pub fn prosa(markdown: &str) -> String {
    let mut texto = String::new();
    let mut em_codigo = false;
    for evento in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match evento {
            Event::Start(Tag::CodeBlock(_)) => em_codigo = true,
            Event::End(TagEnd::CodeBlock) => em_codigo = false,
            Event::Text(pedaco) if !em_codigo && !pedaco.contains("{{#") => {
                texto += &pedaco;
            }
            Event::SoftBreak | Event::HardBreak | Event::Code(_) => texto.push(' '),
            Event::End(_) => texto.push('\n'),
            _ => {}
        }
    }
    texto
}
