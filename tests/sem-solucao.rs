//! No lugar da solução de cada exercício, na cópia que se entrega a uma turma.

// ANCHOR: solucao
// Esta cópia veio sem a solução.
// ANCHOR_END: solucao
fn main() {}
