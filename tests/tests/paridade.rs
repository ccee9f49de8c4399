//! A lição em Flask e a lição em Rocket, lado a lado: o que é igual e o que é diferente de propósito.
//!
//! O Flask se instala com `python3 -m venv target/flask` e, nele,
//! `pip install -r tests/flask/requirements.txt`.

use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use book::navegador::{FORMULARIO, Navegador, Resposta};
use book::processo::{Processo, ate_o_fim, chave_de_teste, servidor};
use cookie::{Cookie, SameSite};
use tempfile::TempDir;
use tests::flask::{flask, flask_com, python};

/// O capítulo em que a lição está completa.
const LICAO: &str = "cap05-logout";

/// O que ensina a trocar a chave.
const ROTACAO: &str = "cap14-rotacao";

/// O site inteiro.
const SITE: &str = "cap18-completa";

/// Os textos da lição, do mais específico ao mais geral.
const TEXTOS: [&str; 5] = [
    "Login inválido",
    "Bem-vindo, admin! Seu ID é: 12345",
    "Seu perfil. Cargo: admin",
    "Seu perfil. Cargo: visitante",
    "<h1>Entrar</h1>",
];

const LOGIN_CERTO: &str = "username=admin&password=123";

// O que é igual.

#[test]
#[ignore = "precisa de Flask"]
fn sem_login_os_dois_respondem_igual() {
    mesma_resposta(&[
        ("GET", "/", "", "3xx /login"),
        ("GET", "/login", "", "2xx <h1>Entrar</h1>"),
        ("GET", "/login?proximo=/perfil", "", "2xx <h1>Entrar</h1>"),
        ("HEAD", "/login", "", "2xx"),
        ("GET", "/dashboard", "", "3xx /login"),
        ("HEAD", "/dashboard", "", "3xx /login"),
        ("GET", "/perfil", "", "3xx /login"),
        ("GET", "/logout", "", "3xx /login"),
        ("POST", "/remover_cargo", "", "3xx /perfil"),
        ("GET", "/perfil", "", "3xx /login"),
    ]);
}

#[test]
#[ignore = "precisa de Flask"]
fn a_licao_inteira_em_sequencia_responde_igual_nos_dois() {
    mesma_resposta(&[
        ("POST", "/login_submit", LOGIN_CERTO, "3xx /dashboard"),
        ("GET", "/dashboard", "", "2xx Bem-vindo, admin! Seu ID é: 12345"),
        ("GET", "/perfil", "", "2xx Seu perfil. Cargo: admin"),
        ("GET", "/login", "", "2xx <h1>Entrar</h1>"),
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
#[ignore = "precisa de Flask"]
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
#[ignore = "precisa de Flask"]
fn o_mesmo_login_escrito_de_outro_jeito_entra_nos_dois() {
    let multipart = "--X\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nadmin\r\n\
        --X\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n123\r\n--X--\r\n";
    let (flask, rocket) = os_dois();
    for (tipo, corpo) in [
        (FORMULARIO, "password=123&username=admin"),
        (FORMULARIO, "username=admin&password=123&sobra=1"),
        (FORMULARIO, "username=admin&username=x&password=123"),
        (FORMULARIO, "username=%61dmin&password=%31%32%33"),
        (Some("APPLICATION/X-WWW-FORM-URLENCODED; charset=utf-8"), LOGIN_CERTO),
        (Some("multipart/form-data; boundary=X"), multipart),
    ] {
        for servidor in [&flask, &rocket] {
            let mut navegador = Navegador::novo(&servidor.endereco);
            let resposta =
                navegador.pedir("POST", "/login_submit", tipo, corpo.as_bytes());
            let caso = format!("{tipo:?}: {corpo} em {}", servidor.endereco);
            assert_eq!(resumo(&resposta), "3xx /dashboard", "{caso}");
            let dentro = "2xx Bem-vindo, admin! Seu ID é: 12345";
            assert_eq!(resumo(&navegador.get("/dashboard")), dentro, "{caso}");
        }
    }
}

#[test]
#[ignore = "precisa de Flask"]
fn os_mesmos_corpos_sao_recusados_com_401_e_nada_fica_guardado_nos_dois() {
    let json = r#"{"username":"admin","password":"123"}"#;
    let (flask, rocket) = os_dois();
    for (tipo, corpo) in [
        (FORMULARIO, "username=admin&password=errada"),
        (FORMULARIO, "username=ADMIN&password=123"),
        (FORMULARIO, "username=admin+&password=123"),
        (FORMULARIO, "username=admin%00&password=123"),
        (FORMULARIO, "username=%FF%FE&password=%1"),
        (FORMULARIO, "username=x&username=admin&password=123"),
        (FORMULARIO, "username=admin;password=123"),
        (FORMULARIO, "username=admin"),
        (FORMULARIO, "username&password"),
        (FORMULARIO, "=&=&&=username"),
        (FORMULARIO, ""),
        (FORMULARIO, json),
        (Some("application/json"), json),
        (Some("application/json"), LOGIN_CERTO),
        (Some("text/plain"), LOGIN_CERTO),
        (Some(";;/x"), LOGIN_CERTO),
        (None, LOGIN_CERTO),
        (Some("multipart/form-data"), LOGIN_CERTO),
        (Some("multipart/form-data; boundary=X"), LOGIN_CERTO),
    ] {
        for servidor in [&flask, &rocket] {
            let mut navegador = Navegador::novo(&servidor.endereco);
            let resposta =
                navegador.pedir("POST", "/login_submit", tipo, corpo.as_bytes());
            let caso = format!("{tipo:?}: {corpo} em {}", servidor.endereco);
            assert_eq!(resposta.codigo, 401, "{caso}");
            assert_eq!(resumo(&resposta), "4xx Login inválido", "{caso}");
            assert_eq!(navegador.cookies.len(), 0, "{caso}");
        }
    }
}

#[test]
#[ignore = "precisa de Flask"]
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
#[ignore = "precisa de Flask"]
fn com_a_mesma_chave_a_sessao_continua_e_com_outra_termina_nos_dois() {
    let iniciar: [fn(char) -> Processo; 2] = [flask, |chave| capitulo(LICAO, chave)];
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

// O que os outros capítulos tornam igual.

#[test]
#[ignore = "precisa de Flask"]
fn no_capitulo_6_os_dois_tem_um_cookie_e_o_carrinho_continua_depois_do_login() {
    for servidor in [&flask('1'), &capitulo("cap06-dicionario", '1')] {
        let mut navegador = Navegador::novo(&servidor.endereco);
        let caso = &servidor.endereco;
        assert!(navegador.get("/carrinho").corpo.contains("Nada ainda."), "{caso}");
        for produto in ["caneca", "p%C3%A3o"] {
            let resposta = navegador.post("/carrinho", &format!("produto={produto}"));
            assert_eq!(resumo(&resposta), "3xx /carrinho", "{caso}");
        }
        navegador.entrar();
        assert_eq!(navegador.cookies.keys().collect::<Vec<_>>(), ["session"], "{caso}");
        let corpo = navegador.get("/carrinho").corpo;
        for item in ["<li>caneca</li>", "<li>pão</li>"] {
            assert!(corpo.contains(item), "{caso}: {corpo}");
        }
    }
}

#[test]
#[ignore = "precisa de Flask"]
fn do_que_nao_cabe_o_flask_so_avisa_no_terminal_e_o_capitulo_7_avisa_na_pagina() {
    let flask = flask('1');
    let rocket = capitulo("cap07-tamanho", '1');
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
#[ignore = "precisa de Flask"]
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
#[ignore = "precisa de Flask"]
fn no_site_os_dois_so_poem_validade_no_cookie_de_quem_pediu_para_ser_lembrado() {
    for servidor in [flask('1'), capitulo(SITE, '1')] {
        let comum = Navegador::novo(&servidor.endereco).entrar();
        let (_, lembrado) = lembrado(&servidor);
        for (resposta, tem_validade) in [(comum, false), (lembrado, true)] {
            let [cookie] = &cookies_enviados(&resposta)[..] else {
                panic!("{resposta:?}")
            };
            assert_eq!(cookie.expires().is_some(), tem_validade, "{cookie}");
        }
    }
}

#[test]
#[ignore = "precisa de Flask"]
fn no_capitulo_9_a_pagina_do_admin_pede_o_login_e_o_cargo_nos_dois() {
    for servidor in [&flask('1'), &capitulo("cap09-guardas", '1')] {
        let caso = &servidor.endereco;
        assert_eq!(Navegador::novo(caso).get("/admin").codigo, 401, "{caso}");
        let mut navegador = dentro_de(servidor);
        assert_eq!(navegador.get("/admin").codigo, 200, "{caso}");
        navegador.post("/remover_cargo", "");
        assert_eq!(navegador.get("/admin").codigo, 403, "{caso}");
    }
}

#[test]
#[ignore = "precisa de Flask"]
fn no_capitulo_14_a_troca_de_chave_nao_encerra_a_sessao_em_nenhum_dos_dois() {
    let (flask_depois, rocket_depois) = com_a_chave_trocada(ROTACAO);
    for (antes, depois) in
        [(flask('1'), flask_depois), (capitulo(ROTACAO, '1'), rocket_depois)]
    {
        let mut navegador = dentro_de(&antes);
        navegador.endereco = depois.endereco.clone();
        let perfil = resumo(&navegador.get("/perfil"));
        assert_eq!(perfil, "2xx Seu perfil. Cargo: admin", "{}", depois.endereco);
    }
}

#[test]
#[ignore = "precisa de Flask"]
fn no_site_a_sessao_permanente_de_quem_so_le_e_fechada_de_novo_nos_dois() {
    let (no_flask, no_site) = (flask('1'), capitulo(SITE, '1'));
    let (flask_depois, site_depois) = com_a_chave_trocada(SITE);
    for (antes, depois, so_a_nova) in [
        (no_flask, flask_depois, flask('2')),
        (no_site, site_depois, capitulo(SITE, '2')),
    ] {
        let (mut navegador, _) = lembrado(&antes);
        navegador.endereco = depois.endereco.clone();
        let enviados = cookies_enviados(&navegador.get("/perfil"));
        assert_eq!(nomes(&enviados), ["session"], "{}", depois.endereco);
        navegador.endereco = so_a_nova.endereco.clone();
        let perfil = resumo(&navegador.get("/perfil"));
        assert_eq!(perfil, "2xx Seu perfil. Cargo: admin", "{}", depois.endereco);
    }
}

// O que é diferente, medido nos dois lados.

#[test]
#[ignore = "precisa de Flask"]
fn diferenca_so_o_rocket_encerra_uma_sessao_em_uso_no_limite_absoluto() {
    let flask = flask_com('1', &[("FLASK_PERMANENT_SESSION_LIFETIME", "1")]);
    let rocket = validade("{comum={inatividade=4,absoluto=4}}");
    let (mut no_flask, _) = lembrado(&flask);
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
#[ignore = "precisa de Flask"]
fn diferenca_depois_da_troca_so_o_rocket_fecha_de_novo_a_sessao_comum_de_quem_so_le() {
    let (flask_depois, rocket_depois) = com_a_chave_trocada(ROTACAO);
    for (antes, depois, cookies) in
        [(flask('1'), flask_depois, 0), (capitulo(ROTACAO, '1'), rocket_depois, 1)]
    {
        let mut dentro = dentro_de(&antes);
        assert!(cookies_enviados(&dentro.get("/dashboard")).is_empty());
        dentro.endereco = depois.endereco.clone();
        let enviados = cookies_enviados(&dentro.get("/dashboard"));
        assert_eq!(enviados.len(), cookies, "{}", depois.endereco);
    }
}

#[test]
#[ignore = "precisa de Flask"]
fn diferenca_o_cookie_do_flask_se_le_sem_a_chave_e_o_do_rocket_nao() {
    let (flask, rocket) = os_dois();
    let programa = "import base64, sys, zlib
conteudo = base64.urlsafe_b64decode(sys.argv[1].split('.')[1] + '==')
print(zlib.decompress(conteudo).decode())";
    let mut leitor = Command::new(python());
    leitor.args(["-I", "-c", programa, &dentro_de(&flask).cookies["session"]]);
    let (_, lido) = ate_o_fim(leitor);
    assert_eq!(lido.trim(), r#"{"role":"admin","user_id":12345,"username":"admin"}"#);

    for (nome, valor) in dentro_de(&rocket).cookies {
        let bytes = STANDARD.decode(valor.replace("%2F", "/")).unwrap();
        let lido = String::from_utf8_lossy(&bytes);
        assert!(!lido.contains("admin") && !lido.contains("12345"), "{nome}: {lido}");
        // Os 5 bytes do valor, os 12 do nonce e os 16 da marca de autenticação.
        assert_eq!(bytes.len(), 5 + 12 + 16, "{nome}={valor}");
    }
}

#[test]
#[ignore = "precisa de Flask"]
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
#[ignore = "precisa de Flask"]
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
#[ignore = "precisa de Flask"]
fn diferenca_para_um_metodo_errado_o_flask_da_405_e_allow_e_o_rocket_404() {
    let (flask, rocket) = os_dois();
    for (servidor, codigo, allow) in [(&flask, 405, true), (&rocket, 404, false)] {
        for (metodo, caminho) in
            [("GET", "/login_submit"), ("POST", "/dashboard"), ("PUT", "/login")]
        {
            let mut navegador = Navegador::novo(&servidor.endereco);
            let resposta = navegador.pedir(metodo, caminho, None, b"");
            assert_eq!(resposta.codigo, codigo, "{metodo} {caminho}");
            assert_eq!(
                resposta.cabecalho("allow").is_some(),
                allow,
                "{metodo} {caminho}"
            );
        }
    }
}

#[test]
#[ignore = "precisa de Flask"]
fn diferenca_o_flask_avisa_os_caches_com_vary_e_o_rocket_so_a_partir_do_capitulo_13() {
    let com_cabecalhos = capitulo("cap13-navegador", '1');
    let (flask, rocket) = os_dois();
    for (servidor, vary) in
        [(&flask, Some("Cookie")), (&rocket, None), (&com_cabecalhos, Some("Cookie"))]
    {
        let mut navegador = Navegador::novo(&servidor.endereco);
        // Sem tocar na sessão, ninguém avisa.
        assert_eq!(navegador.get("/login").cabecalho("vary"), None);
        assert_eq!(navegador.entrar().cabecalho("vary"), vary);
        for caminho in ["/dashboard", "/perfil", "/logout"] {
            assert_eq!(navegador.get(caminho).cabecalho("vary"), vary, "{caminho}");
        }
    }
}

#[test]
#[ignore = "precisa de Flask"]
fn o_dicionario_dos_pontos_chave_faz_no_flask_o_que_a_pagina_diz() {
    let resposta = Navegador::novo(&flask('1').endereco).get("/dicionario");
    let esperado =
        r#"{"lido":"admin","padrao":"visitante","removido":null,"tinha":true}"#;
    assert_eq!(resposta.corpo.trim(), esperado);
}

// A sessão no servidor.

#[test]
#[ignore = "precisa de Flask"]
fn com_a_sessao_no_servidor_uma_copia_do_cookie_nao_sobrevive_ao_logout_em_nenhum_dos_dois()
 {
    let pasta = tempfile::tempdir().unwrap();
    let (flask, rocket) = no_servidor(&pasta);
    for servidor in [&flask, &rocket] {
        let mut navegador = dentro_de(servidor);
        let mut copia = navegador.clone();
        assert_eq!(copia.get("/perfil").codigo, 200);
        navegador.sair();
        assert_eq!(resumo(&copia.get("/perfil")), "3xx /login");
    }
}

#[test]
#[ignore = "precisa de Flask"]
fn diferenca_de_duas_mudancas_ao_mesmo_tempo_o_flask_perde_uma_e_o_rocket_nenhuma() {
    let pasta = tempfile::tempdir().unwrap();
    let (flask, rocket) = no_servidor(&pasta);
    for (servidor, tem_os_dois) in [(&flask, false), (&rocket, true)] {
        let mut navegador = dentro_de(servidor);
        let mut outra_aba = navegador.clone();
        navegador.post_lento("/carrinho", "produto=caneca", || {
            // Nesta pausa, o servidor lê a sessão da primeira aba.
            sleep(Duration::from_millis(500));
            outra_aba.post("/carrinho", "produto=livro");
        });
        let carrinho = navegador.get("/carrinho").corpo;
        assert!(carrinho.contains("<li>caneca"), "{carrinho}");
        assert_eq!(carrinho.contains("<li>livro"), tem_os_dois, "{carrinho}");
    }
}

#[test]
#[ignore = "precisa de Flask"]
fn diferenca_no_login_so_o_rocket_troca_o_id_da_sessao() {
    let pasta = tempfile::tempdir().unwrap();
    let (flask, rocket) = no_servidor(&pasta);
    for (servidor, troca) in [(&flask, false), (&rocket, true)] {
        let mut navegador = Navegador::novo(&servidor.endereco);
        navegador.post("/carrinho", "produto=caneca");
        let mut visitante = navegador.clone();
        navegador.entrar();
        let entrou = visitante.get("/perfil").codigo == 200;
        assert_eq!(entrou, !troca, "quem tinha o cookie de visitante entrou junto");
    }
}

/// A lição em Flask com o Flask-Session, e o site inteiro.
fn no_servidor(pasta: &TempDir) -> (Processo, Processo) {
    let sessoes = pasta.path().display().to_string();
    let flask = flask_com('1', &[("PASTA_DAS_SESSOES", &sessoes)]);
    (flask, capitulo(SITE, '1'))
}

/// A lição em Flask e a lição em Rocket no ar.
fn os_dois() -> (Processo, Processo) {
    (flask('1'), capitulo(LICAO, '1'))
}

/// Um capítulo no ar, com a chave que começa por este dígito.
fn capitulo(nome: &str, chave: char) -> Processo {
    Processo::capitulo(nome, &chave_de_teste(chave))
}

/// O site inteiro no ar, com estes limites.
fn validade(limites: &str) -> Processo {
    let mut comando = servidor(SITE, &chave_de_teste('1'));
    comando.env("ROCKET_SESSAO", limites);
    Processo::iniciar(comando)
}

/// A lição em Flask e um capítulo com a chave 2, e a 1 na lista das anteriores.
fn com_a_chave_trocada(capitulo: &str) -> (Processo, Processo) {
    let flask = flask_com('2', &[("SECRET_KEY_FALLBACKS", &chave_de_teste('1'))]);
    let mut comando = servidor(capitulo, &chave_de_teste('2'));
    let lista = format!("[\"{}\"]", chave_de_teste('1'));
    comando.env("ROCKET_SECRET_KEYS_ANTERIORES", lista);
    (flask, Processo::iniciar(comando))
}

/// Um navegador que já fez o login certo.
fn dentro_de(servidor: &Processo) -> Navegador {
    let mut navegador = Navegador::novo(&servidor.endereco);
    assert_eq!(resumo(&navegador.entrar()), "3xx /dashboard");
    navegador
}

/// Um navegador que entrou e pediu para ser lembrado, e a resposta a esse pedido.
fn lembrado(servidor: &Processo) -> (Navegador, Resposta) {
    let mut navegador = Navegador::novo(&servidor.endereco);
    // No site, o pedido é uma caixa do formulário; no Flask, outra rota.
    let tem_a_caixa = navegador.get("/login").corpo.contains("lembrar");
    let campos = [("username", "admin"), ("password", "123"), ("lembrar", "on")];
    let mut resposta = navegador.preencher("/login", "/login_submit", &campos).unwrap();
    if !tem_a_caixa {
        resposta = navegador.post("/lembrar", "");
    }
    (navegador, resposta)
}

/// Envia aos dois a mesma sequência de método, caminho e corpo, e confere o resumo das respostas.
fn mesma_resposta(linhas: &[(&str, &str, &str, &str)]) {
    let (flask, rocket) = os_dois();
    let mut no_flask = Navegador::novo(&flask.endereco);
    let mut no_rocket = Navegador::novo(&rocket.endereco);
    for (numero, (metodo, caminho, corpo, esperado)) in linhas.iter().enumerate() {
        let tipo = FORMULARIO.filter(|_| *metodo == "POST");
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
