#!/usr/bin/env bash
# Reinicia as instâncias, uma de cada vez: a seguinte só para quando a anterior já atende.
#   sudo bash chapters/cap18-completa/producao/reiniciar.sh
set -euo pipefail

for porta in 8001 8002; do
    systemctl restart "sessoes@$porta"
    until curl -fs "http://127.0.0.1:$porta/saude"; do
        sleep 1
    done
done
