//! O que só um navegador de verdade mostra: as páginas do livro e as dos capítulos no Chromium.

use book::processo::{Processo, chave_de_teste};
use tests::chromium::Chromium;

mod formularios;
mod livro;
mod navegador;
mod tamanho;
mod telas;

/// Um capítulo no ar, visto por quem ainda não tem cookies.
struct Site<'c> {
    chromium: &'c Chromium,
    processo: Processo,
}

impl Site<'_> {
    fn novo<'c>(chromium: &'c Chromium, capitulo: &str) -> Site<'c> {
        chromium.esquecer_cookies();
        let processo = Processo::capitulo(capitulo, &chave_de_teste('1'));
        Site { chromium, processo }
    }

    fn abrir(&self, caminho: &str) {
        self.chromium.abrir(&format!("{}{caminho}", self.processo.endereco));
    }

    fn clicar(&self, seletor: &str) {
        self.chromium.navegar(|chromium| chromium.clicar(seletor));
    }

    fn entrar(&self) {
        self.abrir("/login");
        self.chromium.executar(
            "document.querySelector('[name=username]').value = 'admin';
            document.querySelector('[name=password]').value = '123';",
        );
        self.clicar("main button");
    }

    fn mostra(&self, frase: &str) -> bool {
        let main = "return document.querySelector('main')?.innerText ?? ''";
        let texto = self.chromium.executar(main);
        texto.as_str().is_some_and(|texto| texto.contains(frase))
    }
}
