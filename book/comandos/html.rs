//! O HTML visto como uma fila de etiquetas, pelo mesmo leitor que os navegadores usam.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// Uma etiqueta de HTML com seus atributos, e o texto que vem logo depois dela.
#[derive(Debug, Clone, Default)]
pub struct Etiqueta {
    /// O nome, em minúsculas.
    pub nome: String,
    /// Verdadeiro em `</nome>`.
    pub fecha: bool,
    /// Os atributos, nome e valor.
    pub atributos: Vec<(String, String)>,
    /// O texto até a próxima etiqueta.
    pub texto: String,
}

impl Etiqueta {
    /// O valor de um atributo.
    pub fn atributo(&self, nome: &str) -> Option<&str> {
        self.atributos
            .iter()
            .find(|(outro, _)| outro == nome)
            .map(|(_, valor)| valor.as_str())
    }
}

/// As etiquetas de um texto em HTML, em ordem.
pub fn etiquetas(html: impl Into<StrTendril>) -> Vec<Etiqueta> {
    let leitor = Tokenizer::new(Coletor::default(), TokenizerOpts::default());
    let fila = BufferQueue::default();
    fila.push_back(html.into());
    let _ = leitor.feed(&fila);
    leitor.end();
    leitor.sink.0.into_inner()
}

#[derive(Default)]
struct Coletor(RefCell<Vec<Etiqueta>>);

impl TokenSink for Coletor {
    type Handle = ();

    fn process_token(&self, token: Token, _linha: u64) -> TokenSinkResult<()> {
        let mut achadas = self.0.borrow_mut();
        match token {
            Token::TagToken(etiqueta) => {
                let atributos = etiqueta
                    .attrs
                    .iter()
                    .map(|atributo| {
                        (atributo.name.local.to_string(), atributo.value.to_string())
                    })
                    .collect();
                let nome = etiqueta.name.to_string();
                // O conteúdo de um script não é HTML.
                let script = nome == "script" && etiqueta.kind == TagKind::StartTag;
                let fecha = etiqueta.kind == TagKind::EndTag;
                achadas.push(Etiqueta { nome, fecha, atributos, texto: String::new() });
                if script {
                    use html5ever::tokenizer::states::RawKind;
                    return TokenSinkResult::RawData(RawKind::ScriptData);
                }
            }
            Token::CharacterTokens(texto) => {
                if let Some(ultima) = achadas.last_mut() {
                    ultima.texto.push_str(&texto);
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}
