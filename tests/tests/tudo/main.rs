//! Todos os testes em um só programa: ele é ligado uma vez, e os testes esperam juntos.

mod armazens;
mod ataques;
mod capitulos;
mod comandos;
mod diferencas;
mod exercicios;
mod experiencias;
mod laboratorio;
mod livro;
mod no_chromium;
mod ortografia;
mod paridade;
mod passo;
mod perguntas;
mod producao;
mod propriedades;

/// Os módulos do capítulo 18, como eles são.
#[allow(dead_code, reason = "os testes usam uma parte deles")]
#[path = "../../../chapters/cap18-completa/src"]
mod cap18 {
    pub mod ajustes;
    pub mod armazem;
    pub mod chaves;
    pub mod disfarce;
    pub mod navegador;
    pub mod sessao;
    pub mod validade;
    pub mod volta;
}
