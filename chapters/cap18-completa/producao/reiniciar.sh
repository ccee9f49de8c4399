#!/usr/bin/env bash
# Reinicia as instâncias, uma de cada vez: a seguinte só para quando a anterior já atende.
#   sudo bash chapters/cap18-completa/producao/reiniciar.sh
set -euo pipefail

pronta() { curl -fs -m 5 -o /dev/null "http://127.0.0.1:$1/saude"; }

[ $# -gt 0 ] || set -- 8001 8002
for porta; do
    systemctl restart "sessoes@$porta"
    for _ in {1..60}; do
        pronta "$porta" && continue 2
        sleep 1
    done
    echo "sessoes@$porta não atende; as seguintes não foram reiniciadas. Veja: journalctl -u sessoes@$porta -n 20" >&2
    exit 1
done
