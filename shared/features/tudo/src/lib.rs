//! Sem código, como `features`: nomeia o que faltaria às dependências que a Parte I não compila.
