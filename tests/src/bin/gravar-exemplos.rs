//! Grava de novo os cookies de exemplo do Laboratório. Precisa do Flask em `target/flask`.
//!
//! Use quando o formato de um cookie mudou: a cada execução, os exemplos saem diferentes.

fn main() {
    tests::laboratorio::gravar();
}
