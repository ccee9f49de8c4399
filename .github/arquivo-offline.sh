#!/usr/bin/env bash
# Faz a pasta de uma aula sem rede: o repositório do último commit, o código das dependências e o livro
# pronto. O Cargo lê o .cargo/config.toml da pasta de cima, e por isso o repositório não muda.
#     bash .github/arquivo-offline.sh ../aula && tar -czf ../aula.tar.gz -C .. aula
set -euo pipefail
raiz=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
mkdir -p -- "$1/.cargo"
cd -- "$1"
# Sem o histórico. O endereço de onde veio só vale neste computador.
git clone --quiet --no-local --depth 1 -- "$raiz" sessoes
git -C sessoes remote remove origin
cargo vendor --locked --versioned-dirs --manifest-path sessoes/Cargo.toml vendor >.cargo/config.toml
# Algumas dependências trazem arquivos que só o dono lê.
chmod -R a+rX .
destino=$PWD/livro
cd -- "$raiz"
cargo --quiet --locked livro construir --destino "$destino"
echo "A pasta da aula está pronta em $(dirname -- "$destino")"
