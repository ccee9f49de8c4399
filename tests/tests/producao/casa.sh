#!/usr/bin/env bash
# O que os testes de produção põem no lugar do systemd, do certbot e de quem preenche os arquivos. Vale
# na pasta da casa, com as portas e os endereços no ambiente.

# Mantém uma instância no ar, como a unidade e o ambiente dizem agora.
no_ar() {
    local unidade=etc/systemd/system/sessoes@.service
    while sleep 0.1; do
        # O processo termina com quem o iniciou.
        # shellcheck disable=SC2046 # Cada linha é uma variável.
        env $(sed -n "s/^Environment=//;T;s/%i/$1/;s,=/,=$PWD/,;p" $unidade) $(ambiente) \
            setpriv --pdeathsig KILL ".$(sed -n 's/^ExecStart=//p' $unidade)" &
        echo $! >"$1.numero"
        wait $! || true
    done
}

ambiente() { grep ^ROCKET ".$(sed -n 's/^EnvironmentFile=//p' etc/systemd/system/sessoes@.service)"; }

systemctl() {
    local porta=${!#} sinal=TERM numero
    [ "$1" = restart ] || sinal=KILL
    # As duas versões atendem juntas por um tempo.
    sleep 0.5
    numero=$(cat "${porta#*@}.numero")
    kill -s $sinal "$numero"
    while kill -0 "$numero" 2>/dev/null; do sleep 0.1; done
}

vigia() {
    local programa
    programa=$(sed -n 's/^ExecStart=//;T;s/ .*//p' etc/systemd/system/sessoes-vigia.service)
    # shellcheck source=/dev/null
    . ".$programa" "$UMA" "$OUTRA"
}

# Só com o ambiente do serviço.
conta() {
    # shellcheck disable=SC2046
    env -C / $(ambiente) "$PWD/usr/local/bin/cap18-completa" conta "$@"
}

# A cópia das contas, e a volta dela.
copia() {
    pg_dump -Fc "$CONTAS" >contas.dump
    pg_restore --clean --if-exists -d "$CONTAS" <contas.dump
}

# A chave atual, e a lista das anteriores.
preencher() {
    sed -i -e "s,^\(ROCKET_SECRET_KEY\)=.*,\1=$1," -e "s,^\(.*_ANTERIORES\)=.*,\1=$2," \
        -e "s,^\(ROCKET_SESSAO_URL\)=.*,\1=$SESSOES," -e "s,^\(ROCKET_CONTAS_URL\)=.*,\1=$CONTAS," \
        etc/sessoes/ambiente
}

# Onde o certbot o deixa.
certificado() {
    local pasta=etc/letsencrypt/live/exemplo.com.br
    mkdir -p $pasta
    openssl req -x509 -nodes -days 1 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
        -subj /CN=exemplo.com.br -addext subjectAltName=DNS:exemplo.com.br \
        -keyout $pasta/privkey.pem -out $pasta/fullchain.pem 2>/dev/null
}

# O arquivo da página, menos as portas, as pastas e o que o teste troca, ao lado de outro site. Atende
# também sem TLS, para o navegador dos testes, que diz de onde chega.
configurar() {
    sed -e "s/:8001/:$UMA/;s/:8002/:$OUTRA/;s/80;/$HTTP;/" \
        -e "s/listen 443 ssl;/listen $CLARO; &/;s/443 ssl/$HTTPS ssl/" \
        -e 's,/var/log/nginx/,,;s,/var/www/html,desafio,;s,/etc/letsencrypt,etc/letsencrypt,' \
        -e "$1" etc/nginx/sites-available/sessoes.conf >sessoes.conf
    # Fora do root, o nginx não escreve nas pastas de sempre.
    cat >nginx.conf <<FIM
        daemon off; pid nginx.pid; error_log principal.log; events {} http {
            client_body_temp_path 1; proxy_temp_path 2; fastcgi_temp_path 3;
            uwsgi_temp_path 4; scgi_temp_path 5; access_log off;
            set_real_ip_from 127.0.0.1; real_ip_header X-De;
            server { listen $HTTP; server_name outro.example; return 200 outro; }
            include sessoes.conf;
        }
FIM
    # O processo que atende não é do root.
    chmod 755 .
    sem_aviso -t
}

sem_aviso() {
    local dito
    dito=$(nginx -p "$PWD" -c "$PWD/nginx.conf" "$@" 2>&1)
    [[ $dito != *'[warn]'* ]]
}

recarregar() { configurar "$1" && sem_aviso -s reload; }

# O código que o curl recebe do site, por HTTP ou por HTTPS.
visitar() {
    curl -s -m 30 --noproxy '*' --connect-to "exemplo.com.br:80:127.0.0.1:$HTTP" \
        --connect-to "exemplo.com.br:443:127.0.0.1:$HTTPS" \
        --cacert etc/letsencrypt/live/exemplo.com.br/fullchain.pem \
        -b cookies -c cookies -o resposta -w '%{http_code}' "$@" || true
}
