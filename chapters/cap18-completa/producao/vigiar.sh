#!/usr/bin/env bash
# Mata a instância que aceita conexões e não responde; o systemd inicia outra no lugar. Quem chama
# é o sessoes-vigia.service, com as portas.
set -euo pipefail

# 28 é o prazo que acabou. Um 503 é resposta, e a porta fechada é de quem ainda está iniciando.
travada() {
    local fim=0
    curl -s -m 7 -o /dev/null "http://127.0.0.1:$1/saude" || fim=$?
    [ "$fim" -eq 28 ]
}

while sleep 5; do
    for porta; do
        # Uma vez só pode ser a máquina ocupada.
        if travada "$porta" && travada "$porta"; then
            echo "sessoes@$porta travou" >&2
            systemctl kill -s KILL "sessoes@$porta"
        fi
    done
done
