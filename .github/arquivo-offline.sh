#!/usr/bin/env bash
# Faz a pasta de uma aula sem rede: o repositório do último commit, o código das dependências e o livro
# pronto. O Cargo lê o .cargo/config.toml da pasta de cima, e por isso o repositório não muda.
#     bash .github/arquivo-offline.sh ../aula && tar -czf ../aula.tar.gz -C .. aula
set -euo pipefail
raiz=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
parar() { echo "erro: $1" >&2 && exit 1; }

git -C "$raiz" rev-parse --quiet --verify HEAD >/dev/null 2>&1 ||
    parar "esta pasta não tem um commit. Execute antes: git init, git add . e git commit -m aula"
[ ! -e "$1" ] || parar "$1 já existe; apague-a, ou escolha outro nome"
mkdir -p -- "$1/.cargo"
cd -- "$1"
# Sem o histórico. O endereço de onde veio só vale neste computador.
git clone --quiet --no-local --depth 1 -- "$raiz" sessoes
git -C sessoes remote remove origin
# O que ele conta de cada dependência só interessa se falhar.
cargo vendor --locked --versioned-dirs --manifest-path sessoes/Cargo.toml vendor \
    >.cargo/config.toml 2>vendor.log || parar "$(cat vendor.log)"
rm vendor.log
# Algumas dependências trazem arquivos que só o dono lê.
chmod -R a+rX .
aula=$PWD
cd -- "$raiz"
cargo --quiet --locked build -p book --bin livro
# O livro é o do commit, e não o do que mudou depois dele.
CARGO_MANIFEST_DIR=$aula/sessoes/book "${CARGO_TARGET_DIR:-target}/debug/livro" construir --destino "$aula/livro" >/dev/null
echo "A pasta da aula está pronta em $aula"
