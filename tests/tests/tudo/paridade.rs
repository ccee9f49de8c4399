//! A lição em Flask e a lição em Rocket, lado a lado: o que é igual e o que é diferente de propósito.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use book::navegador::{Navegador, Resposta, token};
use book::processo::{Processo, ate_o_fim, chave_de_teste, servidor};
use cookie::{Cookie, SameSite};
use tempfile::TempDir;
use tests::corpos::{FORMULARIO, recusados};
use tests::flask::{flask, flask_com, python};

/// Os textos da lição, do mais específico ao mais geral.
const TEXTOS: [&str; 5] = [
    "Login inválido",
    "Bem-vindo, admin! Seu ID é: 12345",
    "Seu perfil. Cargo: admin",
    "Seu perfil. Cargo: visitante",
    "<h1>Login</h1>",
];

const LOGIN_CERTO: &str = "username=admin&password=123";

/// Uma requisição e o resumo da resposta que os dois servidores devem dar.
type Linha<'a> = (&'a str, &'a str, &'a str, &'a str);

// O que é igual.

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn sem_login_os_dois_respondem_igual() {
    mesma_resposta(&[
        ("GET", "/", "", "3xx /login"),
        ("GET", "/login", "", "2xx <h1>Login</h1>"),
        ("GET", "/login?proximo=/perfil", "", "2xx <h1>Login</h1>"),
        ("HEAD", "/login", "", "2xx"),
        ("GET", "/dashboard", "", "3xx /login"),
        ("HEAD", "/dashboard", "", "3xx /login"),
        ("GET", "/perfil", "", "3xx /login"),
        ("GET", "/logout", "", "3xx /login"),
        ("GET", "/logout", "", "3xx /login"),
        ("POST", "/remover_cargo", "", "3xx /perfil"),
        ("GET", "/perfil", "", "3xx /login"),
    ]);
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn a_licao_inteira_em_sequencia_responde_igual_nos_dois() {
    mesma_resposta(&[
        ("POST", "/login_submit", LOGIN_CERTO, "3xx /dashboard"),
        ("GET", "/dashboard", "", "2xx Bem-vindo, admin! Seu ID é: 12345"),
        ("GET", "/perfil", "", "2xx Seu perfil. Cargo: admin"),
        ("GET", "/login", "", "2xx <h1>Login</h1>"),
        (
            "POST",
            "/login_submit",
            "username=admin&password=errada",
            "4xx Login inválido",
        ),
        ("GET", "/dashboard", "", "2xx Bem-vindo, admin! Seu ID é: 12345"),
        ("POST", "/remover_cargo", "", "3xx /perfil"),
        ("GET", "/perfil", "", "2xx Seu perfil. Cargo: visitante"),
        ("POST", "/remover_cargo", "", "3xx /perfil"),
        ("GET", "/perfil", "", "2xx Seu perfil. Cargo: visitante"),
        ("GET", "/dashboard", "", "2xx Bem-vindo, admin! Seu ID é: 12345"),
        ("POST", "/login_submit", LOGIN_CERTO, "3xx /dashboard"),
        ("GET", "/perfil", "", "2xx Seu perfil. Cargo: admin"),
        ("GET", "/logout", "", "3xx /login"),
        ("GET", "/dashboard", "", "3xx /login"),
        ("GET", "/perfil", "", "3xx /login"),
        ("GET", "/logout", "", "3xx /login"),
        ("POST", "/login_submit", LOGIN_CERTO, "3xx /dashboard"),
        ("HEAD", "/logout", "", "3xx /login"),
        ("GET", "/dashboard", "", "3xx /login"),
    ]);
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn um_caminho_que_nao_existe_ou_um_metodo_errado_e_4xx_nos_dois() {
    mesma_resposta(&[
        ("GET", "/nao-existe", "", "4xx"),
        ("GET", "/%ff", "", "4xx"),
        ("GET", "/Login", "", "4xx"),
        ("GET", "/login_submit", "", "4xx"),
        ("GET", "/remover_cargo", "", "4xx"),
        ("POST", "/login", "", "4xx"),
        ("POST", "/dashboard", "", "4xx"),
        ("POST", "/logout", "", "4xx"),
        ("PUT", "/login", "", "4xx"),
        ("DELETE", "/perfil", "", "4xx"),
        ("PATCH", "/dashboard", "", "4xx"),
    ]);
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn o_mesmo_login_escrito_de_outro_jeito_entra_nos_dois() {
    let multipart = "--X\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nadmin\r\n\
        --X\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n123\r\n--X--\r\n";
    let (flask, rocket) = os_dois();
    for (tipo, corpo) in [
        (FORMULARIO, "password=123&username=admin"),
        (FORMULARIO, "username=admin&password=123&sobra=1"),
        (FORMULARIO, "username=admin&username=x&password=123"),
        (FORMULARIO, "username=%61dmin&password=%31%32%33"),
        ("application/x-www-form-urlencoded; charset=utf-8", LOGIN_CERTO),
        ("APPLICATION/X-WWW-FORM-URLENCODED", LOGIN_CERTO),
        ("multipart/form-data; boundary=X", multipart),
    ] {
        for servidor in [&flask, &rocket] {
            let mut navegador = Navegador::novo(&servidor.endereco);
            let resposta =
                navegador.pedir("POST", "/login_submit", Some(tipo), corpo.as_bytes());
            let caso = format!("{tipo}: {corpo} em {}", servidor.endereco);
            assert_eq!(resumo(&resposta), "3xx /dashboard", "{caso}");
            let dentro = "2xx Bem-vindo, admin! Seu ID é: 12345";
            assert_eq!(resumo(&navegador.get("/dashboard")), dentro, "{caso}");
        }
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn os_mesmos_corpos_sao_recusados_com_401_e_nada_fica_guardado_nos_dois() {
    let (flask, rocket) = os_dois();
    for corpo in recusados() {
        for servidor in [&flask, &rocket] {
            let mut navegador = Navegador::novo(&servidor.endereco);
            let resposta =
                navegador.pedir("POST", "/login_submit", corpo.tipo, &corpo.bytes);
            let caso = format!("{} em {}", corpo.caso, servidor.endereco);
            assert_eq!(resposta.codigo, 401, "{caso}");
            assert_eq!(resumo(&resposta), "4xx Login inválido", "{caso}");
            assert_eq!(navegador.cookies.len(), 0, "{caso}");
            assert_eq!(resumo(&navegador.get("/dashboard")), "3xx /login", "{caso}");
        }
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn um_cookie_copiado_antes_do_logout_ainda_abre_nos_dois() {
    let (flask, rocket) = os_dois();
    for servidor in [&flask, &rocket] {
        let mut navegador = dentro_de(servidor);
        let mut copia = navegador.clone();
        navegador.get("/logout");
        let caso = &servidor.endereco;
        assert_eq!(navegador.cookies.len(), 0, "{caso}");
        assert_eq!(resumo(&navegador.get("/perfil")), "3xx /login", "{caso}");
        assert_eq!(
            resumo(&copia.get("/perfil")),
            "2xx Seu perfil. Cargo: admin",
            "{caso}"
        );
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn um_cookie_com_um_so_caractere_trocado_nao_abre_em_nenhum_dos_dois() {
    let (flask, rocket) = os_dois();
    for servidor in [&flask, &rocket] {
        let certo = dentro_de(servidor);
        for nome in certo
            .cookies
            .keys()
            .filter(|nome| *nome == "session" || *nome == "username")
        {
            // O último caractere de um base64 pode ter bits que não contam.
            for posicao in 0..certo.cookies[nome].len() - 1 {
                let mut navegador = certo.clone();
                let valor = &certo.cookies[nome];
                let trocado = if valor[posicao..].starts_with('A') { "B" } else { "A" };
                let mut adulterado = valor.clone();
                adulterado.replace_range(posicao..=posicao, trocado);
                navegador.cookies.insert(nome.clone(), adulterado.clone());
                assert_eq!(
                    resumo(&navegador.get("/perfil")),
                    "3xx /login",
                    "{nome}={adulterado}"
                );
            }
        }
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn com_a_mesma_chave_a_sessao_continua_e_com_outra_termina_nos_dois() {
    let iniciar: [fn(char) -> Processo; 2] = [flask, rocket];
    for iniciar in iniciar {
        let guardados = dentro_de(&iniciar('1')).cookies;
        for (chave, esperado) in
            [('1', "2xx Seu perfil. Cargo: admin"), ('2', "3xx /login")]
        {
            let depois = iniciar(chave);
            let mut navegador = Navegador::novo(&depois.endereco);
            navegador.cookies = guardados.clone();
            assert_eq!(resumo(&navegador.get("/perfil")), esperado, "chave {chave}");
        }
    }
}

// O que o capítulo 6 torna igual.

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn no_capitulo_6_os_dois_guardam_um_cookie_so_com_o_mesmo_nome() {
    let (flask, rocket) = (flask('1'), dicionario());
    for servidor in [&flask, &rocket] {
        let navegador = dentro_de(servidor);
        let nomes: Vec<_> = navegador.cookies.keys().collect();
        assert_eq!(nomes, ["session"], "{}", servidor.endereco);
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn no_capitulo_6_o_carrinho_responde_igual_nos_dois_e_continua_depois_do_login() {
    let (flask, rocket) = (flask('1'), dicionario());
    for servidor in [&flask, &rocket] {
        let mut navegador = Navegador::novo(&servidor.endereco);
        let caso = &servidor.endereco;
        assert!(navegador.get("/carrinho").corpo.contains("Nada ainda."), "{caso}");
        for produto in ["caneca", "p%C3%A3o"] {
            let resposta = navegador.post("/carrinho", &format!("produto={produto}"));
            assert_eq!(resumo(&resposta), "3xx /carrinho", "{caso}");
        }
        navegador.entrar();
        let corpo = navegador.get("/carrinho").corpo;
        for item in ["<li>caneca</li>", "<li>pão</li>"] {
            assert!(corpo.contains(item), "{caso}: {corpo}");
        }
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn do_que_nao_cabe_o_flask_so_avisa_no_terminal_e_o_capitulo_7_avisa_na_pagina() {
    let flask = flask('1');
    let rocket = Processo::capitulo("cap07-tamanho", &chave_de_teste('1'));
    // O Flask comprime o que se repete: só um texto aleatório enche o cookie dele.
    let produto: String = (0..120).map(|_| shared::chave_nova().unwrap()).collect();
    let respostas = [&flask, &rocket].map(|servidor| {
        let mut navegador = Navegador::novo(&servidor.endereco);
        let resposta = navegador.post("/carrinho", &format!("produto={produto}"));
        assert!(navegador.cookies.is_empty(), "{}", servidor.endereco);
        resposta
    });
    assert_eq!(resumo(&respostas[0]), "3xx /carrinho");
    assert!(flask.saida().contains("The 'session' cookie is too large"));
    assert_eq!(respostas[1].codigo, 413);
    assert!(respostas[1].corpo.contains("Não cabe mais nada na sessão"));
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn no_capitulo_13_os_dois_avisam_os_caches_com_vary_se_a_rota_abre_a_sessao() {
    let (flask, rocket) =
        (flask('1'), Processo::capitulo("cap13-navegador", &chave_de_teste('1')));
    for servidor in [&flask, &rocket] {
        let mut navegador = Navegador::novo(&servidor.endereco);
        let caso = &servidor.endereco;
        assert_eq!(navegador.get("/login").cabecalho("vary"), None, "{caso}");
        assert_eq!(navegador.entrar().cabecalho("vary"), Some("Cookie"), "{caso}");
        for caminho in ["/dashboard", "/perfil", "/carrinho", "/logout"] {
            let vary = navegador.get(caminho).cabecalho("vary").map(str::to_owned);
            assert_eq!(vary.as_deref(), Some("Cookie"), "{caminho} em {caso}");
        }
    }
}

// O que o site inteiro torna igual.

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn no_site_os_dois_recusam_uma_copia_que_passou_do_limite_sem_uso() {
    let flask = flask_com('1', &[("FLASK_PERMANENT_SESSION_LIFETIME", "1")]);
    let rocket = validade("{comum={inatividade=2,absoluto=60}}");
    let copias = [&flask, &rocket].map(dentro_de);
    sleep(Duration::from_secs(3));
    for mut copia in copias {
        assert_eq!(resumo(&copia.get("/perfil")), "3xx /login");
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn no_site_os_dois_so_poem_validade_no_cookie_de_quem_pediu_para_ser_lembrado() {
    let (flask, rocket) = (flask('1'), validade("{}"));
    let validades = |resposta: &Resposta| -> Vec<bool> {
        let cookies = cookies_enviados(resposta);
        cookies.iter().map(|cookie| cookie.expires().is_some()).collect()
    };
    for servidor in [&flask, &rocket] {
        let comum = Navegador::novo(&servidor.endereco).entrar();
        assert_eq!(validades(&comum), [false], "{}", servidor.endereco);
    }
    let lembrado = dentro_de(&flask).post("/lembrar", "");
    assert_eq!(validades(&lembrado), [true]);
    let com_a_caixa = [("username", "admin"), ("password", "123"), ("lembrar", "on")];
    let mut navegador = Navegador::novo(&rocket.endereco);
    let lembrado =
        navegador.preencher("/login", "/login_submit", &com_a_caixa).unwrap();
    assert_eq!(validades(&lembrado), [true]);
}

// O que as guardas tornam igual.

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn no_capitulo_9_a_pagina_do_admin_pede_o_login_e_o_cargo_nos_dois() {
    let guardas = Processo::capitulo("cap09-guardas", &chave_de_teste('1'));
    for servidor in [&flask('1'), &guardas] {
        let caso = &servidor.endereco;
        assert_eq!(Navegador::novo(caso).get("/admin").codigo, 401, "{caso}");
        let mut navegador = dentro_de(servidor);
        let pagina = navegador.get("/admin").corpo;
        let frase = "Só quem tem o cargo admin vê esta página.";
        assert!(pagina.contains(frase), "{caso}: {pagina}");
        // No Flask, ninguém confere de onde veio o formulário.
        let removido = navegador.preencher("/perfil", "/remover_cargo", &[]);
        removido.unwrap_or_else(|_| navegador.post("/remover_cargo", ""));
        assert_eq!(navegador.get("/admin").codigo, 403, "{caso}");
    }
}

// O que a troca de chave torna igual.

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn no_capitulo_14_a_troca_de_chave_nao_encerra_a_sessao_em_nenhum_dos_dois() {
    for (antes, depois) in [(flask('1'), flask_trocada()), (rotacao('1'), trocada())] {
        let mut navegador = Navegador::novo(&depois.endereco);
        navegador.cookies = dentro_de(&antes).cookies;
        let perfil = resumo(&navegador.get("/perfil"));
        assert_eq!(perfil, "2xx Seu perfil. Cargo: admin", "{}", depois.endereco);
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn no_site_a_sessao_permanente_de_quem_so_le_e_fechada_de_novo_nos_dois() {
    let antes = flask('1');
    let mut no_flask = dentro_de(&antes);
    no_flask.post("/lembrar", "");
    let site = |chave| Processo::capitulo("cap18-completa", &chave_de_teste(chave));
    let antes = site('1');
    let mut no_rocket = Navegador::novo(&antes.endereco);
    let lembrar = [("username", "admin"), ("password", "123"), ("lembrar", "on")];
    no_rocket.preencher("/login", "/login_submit", &lembrar).unwrap();
    let trocas = [
        (no_flask, flask_trocada(), flask('2')),
        (no_rocket, trocada_em("cap18-completa"), site('2')),
    ];
    for (dentro, depois, so_a_nova) in trocas {
        let mut navegador = Navegador::novo(&depois.endereco);
        navegador.cookies = dentro.cookies;
        let enviados = cookies_enviados(&navegador.get("/perfil"));
        assert_eq!(nomes(&enviados), ["session"], "{}", depois.endereco);
        let mut sem_a_velha = Navegador::novo(&so_a_nova.endereco);
        sem_a_velha.cookies = navegador.cookies;
        let perfil = resumo(&sem_a_velha.get("/perfil"));
        assert_eq!(perfil, "2xx Seu perfil. Cargo: admin", "{}", depois.endereco);
    }
}

// O que é diferente, medido nos dois lados.

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn diferenca_so_o_rocket_encerra_uma_sessao_em_uso_no_limite_absoluto() {
    let flask = flask_com('1', &[("FLASK_PERMANENT_SESSION_LIFETIME", "1")]);
    let rocket = validade("{comum={inatividade=4,absoluto=4}}");
    let mut no_flask = dentro_de(&flask);
    no_flask.post("/lembrar", "");
    let mut no_rocket = dentro_de(&rocket);
    for _ in 0..10 {
        sleep(Duration::from_millis(500));
        assert_eq!(resumo(&no_flask.get("/perfil")), "2xx Seu perfil. Cargo: admin");
        no_rocket.get("/perfil");
    }
    assert_eq!(resumo(&no_rocket.get("/perfil")), "3xx /login");
    assert!(no_rocket.get("/login").corpo.contains("chegou ao tempo máximo"));
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn diferenca_depois_da_troca_so_o_rocket_fecha_de_novo_a_sessao_comum_de_quem_so_le() {
    for (antes, depois, cookies) in
        [(flask('1'), flask_trocada(), 0), (rotacao('1'), trocada(), 1)]
    {
        let mut dentro = dentro_de(&antes);
        assert!(cookies_enviados(&dentro.get("/dashboard")).is_empty());
        let mut navegador = Navegador::novo(&depois.endereco);
        navegador.cookies = dentro.cookies;
        let enviados = cookies_enviados(&navegador.get("/dashboard"));
        assert_eq!(enviados.len(), cookies, "{}", depois.endereco);
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn diferenca_o_cookie_do_flask_se_le_sem_a_chave_e_o_do_rocket_nao() {
    let (flask, rocket) = os_dois();
    let lido = ler_sem_a_chave(&dentro_de(&flask).cookies["session"]);
    assert_eq!(lido.trim(), r#"{"role":"admin","user_id":12345,"username":"admin"}"#);
    for (nome, valor) in dentro_de(&rocket).cookies {
        let valor = valor.replace("%2F", "/");
        let lido = ler_sem_a_chave(&valor);
        assert!(
            !lido.contains("admin") && !lido.contains("12345"),
            "{nome}={valor}: {lido}"
        );
        // Os 12 bytes do nonce e os 16 da marca de autenticidade vão junto com o valor.
        let claro = if nome == "user_id" { "12345" } else { "admin" };
        assert_eq!(
            valor.trim_end_matches('=').len() * 3 / 4,
            claro.len() + 28,
            "{nome}={valor}"
        );
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn diferenca_o_flask_guarda_um_cookie_e_o_rocket_tres_com_atributos_mais_fechados() {
    let (flask, rocket) = os_dois();
    let do_flask = cookies_enviados(&Navegador::novo(&flask.endereco).entrar());
    assert_eq!(nomes(&do_flask), ["session"]);
    let do_rocket = cookies_enviados(&Navegador::novo(&rocket.endereco).entrar());
    assert_eq!(nomes(&do_rocket), ["role", "user_id", "username"]);
    for (cookies, same_site, com_validade) in
        [(do_flask, None, false), (do_rocket, Some(SameSite::Strict), true)]
    {
        for cookie in cookies {
            assert_eq!(cookie.same_site(), same_site, "{cookie}");
            assert_eq!(cookie.expires().is_some(), com_validade, "{cookie}");
            // Nisto os dois concordam.
            assert_eq!(cookie.http_only(), Some(true), "{cookie}");
            assert_eq!(cookie.path(), Some("/"), "{cookie}");
            assert_eq!((cookie.secure(), cookie.domain()), (None, None), "{cookie}");
        }
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn diferenca_o_flask_redireciona_com_302_e_o_rocket_com_303() {
    let (flask, rocket) = os_dois();
    for (servidor, codigo) in [(&flask, 302), (&rocket, 303)] {
        let mut navegador = Navegador::novo(&servidor.endereco);
        assert_eq!(navegador.entrar().codigo, codigo);
        for caminho in ["/", "/logout", "/dashboard", "/perfil"] {
            assert_eq!(navegador.get(caminho).codigo, codigo, "{caminho}");
        }
        assert_eq!(navegador.post("/remover_cargo", "").codigo, codigo);
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn diferenca_para_um_metodo_errado_o_flask_da_405_e_allow_e_o_rocket_404() {
    let (flask, rocket) = os_dois();
    let casos = [("GET", "/login_submit"), ("POST", "/dashboard"), ("PUT", "/login")];
    for (metodo, caminho) in casos {
        let resposta =
            Navegador::novo(&flask.endereco).pedir(metodo, caminho, None, b"");
        assert_eq!(resposta.codigo, 405, "{metodo} {caminho}");
        assert!(resposta.cabecalho("allow").is_some(), "{metodo} {caminho}");
        let resposta =
            Navegador::novo(&rocket.endereco).pedir(metodo, caminho, None, b"");
        assert_eq!(resposta.codigo, 404, "{metodo} {caminho}");
        assert_eq!(resposta.cabecalho("allow"), None, "{metodo} {caminho}");
    }
    let opcoes = |servidor: &Processo| {
        Navegador::novo(&servidor.endereco).pedir("OPTIONS", "/login", None, b"")
    };
    assert_eq!(opcoes(&flask).codigo, 200);
    assert_eq!(opcoes(&rocket).codigo, 404);
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn diferenca_um_metodo_inventado_e_405_no_flask_e_400_no_rocket() {
    let (flask, rocket) = os_dois();
    for (servidor, codigo) in [(&flask, 405), (&rocket, 400)] {
        let resposta =
            Navegador::novo(&servidor.endereco).pedir("BREW", "/login", None, b"");
        assert_eq!(resposta.codigo, codigo);
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn diferenca_o_formulario_do_rocket_aceita_nomes_com_indice_e_o_do_flask_nao() {
    let (flask, rocket) = os_dois();
    for corpo in ["username[0]=admin&password=123", "username.x=admin&password[]=123"] {
        for (servidor, esperado) in
            [(&flask, "4xx Login inválido"), (&rocket, "3xx /dashboard")]
        {
            let resposta =
                Navegador::novo(&servidor.endereco).post("/login_submit", corpo);
            assert_eq!(resumo(&resposta), esperado, "{corpo}");
        }
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn um_campo_method_no_inicio_do_formulario_nao_muda_o_metodo_em_nenhum_dos_dois() {
    mesma_resposta(&[
        (
            "POST",
            "/login_submit",
            "_method=put&username=admin&password=123",
            "3xx /dashboard",
        ),
        ("POST", "/login_submit", "_method=head&username=x", "4xx Login inválido"),
        ("POST", "/dashboard", "_method=get", "4xx"),
    ]);
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn diferenca_o_rocket_le_32_kib_de_formulario_e_o_flask_500_kb() {
    let (flask, rocket) = os_dois();
    for (tamanho, no_flask, no_rocket) in [(30_000, 302, 303), (40_000, 302, 401)] {
        let corpo = format!("{LOGIN_CERTO}&sobra={}", "a".repeat(tamanho));
        for (servidor, codigo) in [(&flask, no_flask), (&rocket, no_rocket)] {
            let resposta =
                Navegador::novo(&servidor.endereco).post("/login_submit", &corpo);
            assert_eq!(
                resposta.codigo, codigo,
                "{tamanho} bytes em {}",
                servidor.endereco
            );
        }
    }
    // O Flask recusa já pelo tamanho anunciado e desliga; enviar o corpo seria uma corrida.
    assert_eq!(
        estado_ao_anunciar(&flask, 500_001),
        "HTTP/1.1 413 REQUEST ENTITY TOO LARGE"
    );
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn diferenca_uma_barra_no_fim_do_caminho_e_404_no_flask_e_a_mesma_pagina_no_rocket() {
    let (flask, rocket) = os_dois();
    for (servidor, codigo) in [(&flask, 404), (&rocket, 200)] {
        assert_eq!(Navegador::novo(&servidor.endereco).get("/login/").codigo, codigo);
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn diferenca_o_flask_avisa_os_caches_com_vary_e_o_rocket_nao() {
    let (flask, rocket) = os_dois();
    for (servidor, vary) in [(&flask, Some("Cookie")), (&rocket, None)] {
        let mut navegador = Navegador::novo(&servidor.endereco);
        // Sem tocar na sessão, nenhum dos dois avisa.
        assert_eq!(navegador.get("/login").cabecalho("vary"), None);
        assert_eq!(navegador.entrar().cabecalho("vary"), vary);
        for caminho in ["/dashboard", "/perfil", "/logout"] {
            assert_eq!(navegador.get(caminho).cabecalho("vary"), vary, "{caminho}");
        }
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn diferenca_so_o_rocket_proibe_adivinhar_o_tipo_e_emoldurar_a_pagina() {
    let (flask, rocket) = os_dois();
    for (servidor, nosniff, moldura) in
        [(&flask, None, None), (&rocket, Some("nosniff"), Some("SAMEORIGIN"))]
    {
        let resposta = Navegador::novo(&servidor.endereco).get("/login");
        assert_eq!(resposta.cabecalho("x-content-type-options"), nosniff);
        assert_eq!(resposta.cabecalho("x-frame-options"), moldura);
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn diferenca_no_logout_de_quem_nao_entrou_so_o_flask_manda_apagar_o_cookie() {
    let (flask, rocket) = os_dois();
    let apagados = |servidor: &Processo| {
        nomes(&cookies_enviados(&Navegador::novo(&servidor.endereco).get("/logout")))
    };
    assert_eq!(apagados(&flask), ["session"]);
    assert_eq!(apagados(&rocket), Vec::<String>::new());
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn diferenca_o_login_recusado_e_so_um_texto_no_flask_e_uma_pagina_no_rocket() {
    let (flask, rocket) = os_dois();
    let recusa = |servidor: &Processo| {
        Navegador::novo(&servidor.endereco)
            .post("/login_submit", "username=x&password=y")
            .corpo
    };
    assert_eq!(recusa(&flask), "Login inválido");
    let pagina = recusa(&rocket);
    assert!(pagina.contains(r#"action="/login_submit""#), "{pagina}");
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn diferenca_so_o_flask_tem_o_dicionario_dos_pontos_chave() {
    let (flask, rocket) = os_dois();
    let resposta = Navegador::novo(&flask.endereco).get("/dicionario");
    assert_eq!(resposta.codigo, 200);
    let esperado =
        r#"{"lido":"admin","padrao":"visitante","removido":null,"tinha":true}"#;
    assert_eq!(resposta.corpo.trim(), esperado);
    assert_eq!(Navegador::novo(&rocket.endereco).get("/dicionario").codigo, 404);
}

// A sessão no servidor.

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn com_a_sessao_no_servidor_uma_copia_do_cookie_nao_sobrevive_ao_logout_em_nenhum_dos_dois()
 {
    let pasta = tempfile::tempdir().unwrap();
    let (flask, rocket) = no_servidor(&pasta);
    for servidor in [&flask, &rocket] {
        let mut navegador = dentro_de(servidor);
        let mut copia = navegador.clone();
        assert_eq!(copia.get("/perfil").codigo, 200);
        // No Flask o logout é um link; no site inteiro, um formulário.
        if navegador.preencher("/perfil", "/logout", &[]).is_err() {
            navegador.get("/logout");
        }
        let depois = copia.get("/perfil");
        assert!(depois.destino().is_some_and(|destino| destino.starts_with("/login")));
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn diferenca_de_duas_mudancas_ao_mesmo_tempo_o_flask_perde_uma_e_o_rocket_nenhuma() {
    let pasta = tempfile::tempdir().unwrap();
    let (flask, rocket) = no_servidor(&pasta);
    for (servidor, tem_os_dois) in [(&flask, false), (&rocket, true)] {
        let mut navegador = dentro_de(servidor);
        let pagina = navegador.get("/carrinho").corpo;
        let csrf = token(&pagina).unwrap_or_default();
        let corpo = |produto: &str| format!("csrf={csrf}&produto={produto}");
        let mut no_meio = navegador.clone();
        com_pausa(&navegador, "/carrinho", &corpo("caneca"), || {
            no_meio.post("/carrinho", &corpo("livro"));
        });
        let carrinho = navegador.get("/carrinho").corpo;
        assert!(carrinho.contains("<li>caneca"), "{carrinho}");
        assert_eq!(carrinho.contains("<li>livro"), tem_os_dois, "{carrinho}");
    }
}

#[test]
#[ignore = "precisa de Flask: python3 -m venv target/flask e pip install -r tests/flask/requirements.txt"]
fn diferenca_no_login_so_o_rocket_troca_o_id_da_sessao() {
    let pasta = tempfile::tempdir().unwrap();
    let (flask, rocket) = no_servidor(&pasta);
    for (servidor, troca) in [(&flask, false), (&rocket, true)] {
        let mut navegador = Navegador::novo(&servidor.endereco);
        let pagina = navegador.get("/carrinho").corpo;
        let csrf = token(&pagina).unwrap_or_default();
        navegador.post("/carrinho", &format!("csrf={csrf}&produto=caneca"));
        let visitante = navegador.clone();
        navegador.entrar();
        let mut de_antes = Navegador::novo(&servidor.endereco);
        de_antes.cookies.clone_from(&visitante.cookies);
        let entrou = de_antes.get("/perfil").codigo == 200;
        assert_eq!(entrou, !troca, "quem tinha o cookie de visitante entrou junto");
    }
}

/// A lição em Flask com o Flask-Session, e o site inteiro.
fn no_servidor(pasta: &TempDir) -> (Processo, Processo) {
    let sessoes = pasta.path().display().to_string();
    let flask = flask_com('1', &[("PASTA_DAS_SESSOES", &sessoes)]);
    (flask, Processo::capitulo("cap18-completa", &chave_de_teste('1')))
}

/// Envia os cabeçalhos de um formulário e, bem depois, o corpo: entre um e outro, o servidor já
/// leu a sessão, e `no_meio` muda a mesma sessão.
fn com_pausa(
    navegador: &Navegador,
    caminho: &str,
    corpo: &str,
    no_meio: impl FnOnce(),
) {
    let endereco = navegador.endereco.trim_start_matches("http://");
    let mut conexao = TcpStream::connect(endereco).unwrap();
    let cookies =
        navegador.cookies.iter().map(|(nome, valor)| format!("{nome}={valor}"));
    let cookies = cookies.collect::<Vec<_>>().join("; ");
    let cabecalhos = format!(
        "POST {caminho} HTTP/1.1\r\nHost: {endereco}\r\nContent-Type: {FORMULARIO}\r\n\
         Content-Length: {}\r\nCookie: {cookies}\r\nConnection: close\r\n\r\n",
        corpo.len()
    );
    conexao.write_all(cabecalhos.as_bytes()).unwrap();
    sleep(Duration::from_millis(500));
    no_meio();
    conexao.write_all(corpo.as_bytes()).unwrap();
    let mut resposta = String::new();
    BufReader::new(conexao).read_line(&mut resposta).unwrap();
    assert!(resposta.contains(" 30"), "{resposta}");
}

/// A lição em Flask e a lição em Rocket no ar.
fn os_dois() -> (Processo, Processo) {
    (flask('1'), rocket('1'))
}

/// A lição em Rocket no ar.
fn rocket(chave: char) -> Processo {
    Processo::capitulo("cap05-logout", &chave_de_teste(chave))
}

/// O capítulo 6 no ar.
fn dicionario() -> Processo {
    Processo::capitulo("cap06-dicionario", &chave_de_teste('1'))
}

/// O site inteiro no ar, com estes limites.
fn validade(limites: &str) -> Processo {
    let mut comando = servidor("cap18-completa", &chave_de_teste('1'));
    comando.env("ROCKET_SESSAO", limites);
    Processo::iniciar(comando)
}

/// O capítulo 14 no ar.
fn rotacao(chave: char) -> Processo {
    Processo::capitulo("cap14-rotacao", &chave_de_teste(chave))
}

/// O capítulo 14 com a chave 2, e a 1 na lista das anteriores.
fn trocada() -> Processo {
    trocada_em("cap14-rotacao")
}

/// Este capítulo com a chave 2, e a 1 na lista das anteriores.
fn trocada_em(capitulo: &str) -> Processo {
    let mut comando = servidor(capitulo, &chave_de_teste('2'));
    let lista = format!("[\"{}\"]", chave_de_teste('1'));
    comando.env("ROCKET_SECRET_KEYS_ANTERIORES", lista);
    Processo::iniciar(comando)
}

/// A lição em Flask com a chave 2, e a 1 na lista das anteriores.
fn flask_trocada() -> Processo {
    flask_com('2', &[("SECRET_KEY_FALLBACKS", &chave_de_teste('1'))])
}

/// Lê um cookie como qualquer pessoa pode ler: base64 e, se começa com ponto, zlib; sem a chave.
fn ler_sem_a_chave(cookie: &str) -> String {
    let programa = "import base64, sys, zlib
texto = sys.argv[1]
comprimido = texto.startswith('.')
texto = texto.lstrip('.').split('.')[0].rstrip('=')
dados = base64.b64decode(texto + '=' * (-len(texto) % 4), '-_' if comprimido else None)
dados = zlib.decompress(dados) if comprimido else dados
print(dados.decode('utf-8', 'replace').encode('ascii', 'replace').decode())";
    let mut leitor = Command::new(python());
    leitor.args(["-I", "-c", programa, cookie]);
    let (certo, saida) = ate_o_fim(leitor);
    assert!(certo, "{saida}");
    saida
}

/// A linha de estado que volta quando só o cabeçalho de um formulário deste tamanho é enviado.
fn estado_ao_anunciar(servidor: &Processo, tamanho: usize) -> String {
    let endereco = servidor.endereco.trim_start_matches("http://");
    let mut conexao =
        TcpStream::connect(endereco).expect("o servidor deve aceitar a conexão");
    conexao.set_read_timeout(Some(Duration::from_secs(20))).expect("prazo de leitura");
    let cabecalho = format!(
        "POST /login_submit HTTP/1.1\r\nHost: licao\r\nContent-Type: {FORMULARIO}\r\n\
         Content-Length: {tamanho}\r\n\r\n"
    );
    conexao.write_all(cabecalho.as_bytes()).expect("o servidor deve ler o cabeçalho");
    let mut estado = String::new();
    BufReader::new(conexao).read_line(&mut estado).expect("o servidor deve responder");
    estado.trim_end().to_owned()
}

/// Um navegador que já fez o login certo.
fn dentro_de(servidor: &Processo) -> Navegador {
    let mut navegador = Navegador::novo(&servidor.endereco);
    assert_eq!(resumo(&navegador.entrar()), "3xx /dashboard");
    navegador
}

/// Envia a mesma sequência aos dois e confere que cada resposta tem o resumo esperado.
fn mesma_resposta(linhas: &[Linha<'_>]) {
    let (flask, rocket) = os_dois();
    let mut no_flask = Navegador::novo(&flask.endereco);
    let mut no_rocket = Navegador::novo(&rocket.endereco);
    for (numero, (metodo, caminho, corpo, esperado)) in linhas.iter().enumerate() {
        let tipo = (*metodo == "POST").then_some(FORMULARIO);
        let pedir = |navegador: &mut Navegador| {
            resumo(&navegador.pedir(metodo, caminho, tipo, corpo.as_bytes()))
        };
        let respostas = (pedir(&mut no_flask), pedir(&mut no_rocket));
        let esperadas = (esperado.to_string(), esperado.to_string());
        assert_eq!(respostas, esperadas, "linha {}: {metodo} {caminho}", numero + 1);
    }
}

/// A classe do código, o destino do redirecionamento e o texto da lição que a resposta traz.
fn resumo(resposta: &Resposta) -> String {
    let classe = format!("{}xx", resposta.codigo / 100);
    let texto = TEXTOS.into_iter().find(|texto| resposta.corpo.contains(texto));
    // O site inteiro diz também para onde voltar depois do login.
    let destino = resposta.destino().and_then(|destino| destino.split('?').next());
    let partes = [Some(classe.as_str()), destino, texto];
    partes.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Os cookies que a resposta manda guardar ou apagar, em ordem alfabética.
fn cookies_enviados(resposta: &Resposta) -> Vec<Cookie<'static>> {
    let cabecalhos =
        resposta.cabecalhos.iter().filter(|(nome, _)| nome == "set-cookie");
    let mut cookies: Vec<_> = cabecalhos
        .map(|(_, texto)| Cookie::parse(texto.clone()).expect("Set-Cookie bem formado"))
        .collect();
    cookies.sort_by(|um, outro| um.name().cmp(outro.name()));
    cookies
}

/// Os nomes destes cookies.
fn nomes(cookies: &[Cookie<'_>]) -> Vec<String> {
    cookies.iter().map(|cookie| cookie.name().to_owned()).collect()
}
