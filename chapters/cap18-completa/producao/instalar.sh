#!/usr/bin/env bash
# Copia tudo para onde o systemd e o nginx procuram. Em um servidor Linux, da raiz do repositório:
#   cargo build --release --locked -p cap18-completa --bin cap18-completa
#   sudo bash chapters/cap18-completa/producao/instalar.sh
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

# Para experimentar em outra pasta: DESTINO=/tmp/casa, e o caminho do programa.
destino=${DESTINO:-}
programa=${1:-../../target/release/cap18-completa}

install -D -m 755 "$programa" "$destino/usr/local/bin/cap18-completa"
install -D -m 644 -t "$destino/srv/sessoes" Rocket.toml
install -D -m 644 -t "$destino/srv/sessoes/templates" templates/*
install -D -m 644 -t "$destino/etc/systemd/system" producao/*.service
install -D -m 755 producao/vigiar.sh "$destino/usr/local/sbin/sessoes-vigiar"

# O que você já preencheu fica como está.
copiar_uma_vez() {
    [ -e "$3" ] || install -D -m "$1" "$2" "$3"
}
copiar_uma_vez 644 producao/sessoes.conf "$destino/etc/nginx/sites-available/sessoes.conf"
copiar_uma_vez 600 producao/ambiente.exemplo "$destino/etc/sessoes/ambiente"
# O nginx os criaria à vista de todos, e neles há endereços de pessoas.
for log in sessoes sessoes-erros; do
    copiar_uma_vez 640 /dev/null "$destino/var/log/nginx/$log.log"
done
[ -n "$destino" ] || { systemctl daemon-reload && systemctl try-restart sessoes-vigia; }
