//! O livro contra o código: o que as páginas mostram, os comandos, os ataques e os exercícios.

mod ataques;
mod citacoes;
mod comandos;
mod diferencas;
mod exercicios;
mod experiencias;
mod laboratorio;
mod ortografia;
mod paginas;
mod passo;
mod perguntas;
mod viva;
