//! Todos os testes em um só programa: ele é ligado uma vez, e os testes esperam juntos.

mod armazens;
mod ataques;
mod capitulos;
mod comandos;
mod diferencas;
mod exercicios;
mod laboratorio;
mod livro;
mod no_chromium;
mod ortografia;
mod paridade;
mod passo;
mod perguntas;
mod producao;
mod propriedades;
mod quebras;
