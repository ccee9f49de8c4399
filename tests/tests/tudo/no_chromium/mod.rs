//! O que só um navegador de verdade mostra: as páginas do livro e as dos capítulos no Chromium.

mod livro;
mod protecao;
mod tamanho;
mod telas;
