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
use cookie::SameSite;
use tests::dentro_de;
use tests::flask::{flask, python};

/// O capítulo em que a lição está completa.
const LICAO: &str = "cap05-logout";

/// O site inteiro.
const SITE: &str = "cap18-completa";

const ADMIN: &str = "Seu perfil. Cargo: admin";

/// Cada sequência em um navegador só: o capítulo e, em cada passo, o pedido e o que os dois respondem.
/// Onde a resposta do Flask é outra de propósito, ela vem antes de uma barra; depois do método pode vir o
/// tipo do corpo.
const SEQUENCIAS: &str = include_str!("../sequencias.txt");

#[test]
#[ignore = "precisa de Flask"]
fn cada_sequencia_responde_nos_dois_o_que_a_tabela_diz() {
    for sequencia in SEQUENCIAS.trim().split("\n\n") {
        let (capitulo, passos) = sequencia.split_once('\n').unwrap();
        for (qual, servidor) in os_dois(capitulo).iter().enumerate() {
            let mut navegador = Navegador::novo(&servidor.endereco);
            for passo in passos.lines() {
                let (pedido, esperada) = passo.split_once(" => ").unwrap();
                let mut partes = pedido.splitn(3, ' ');
                let [metodo, caminho, corpo] =
                    [(); 3].map(|()| partes.next().unwrap_or_default());
                let (metodo, tipo) = match metodo.split_once(':') {
                    Some((metodo, tipo)) => (metodo, Some(tipo)),
                    None => (metodo, FORMULARIO.filter(|_| metodo == "POST")),
                };
                let corpo = corpo.replace("\\r\\n", "\r\n");
                let veio = navegador.pedir(metodo, caminho, tipo, &corpo);
                let (codigos, resto) =
                    esperada.split_once(' ').unwrap_or((esperada, ""));
                let codigo = codigos.split('|').cycle().nth(qual).unwrap();
                confere(&veio, codigo, resto, &format!("{capitulo}: {passo}"));
            }
        }
    }
}

#[test]
#[ignore = "precisa de Flask"]
fn um_cookie_copiado_antes_do_logout_ainda_abre_nos_dois() {
    assert_eq!(os_dois(LICAO).map(|servidor| a_copia_abre(&servidor)), [true, true]);
}

#[test]
#[ignore = "precisa de Flask"]
fn do_que_nao_cabe_o_flask_so_avisa_no_terminal_e_o_capitulo_7_avisa_na_pagina() {
    let [flask, rocket] = os_dois("cap07-tamanho");
    // O Flask comprime o que se repete: só um texto aleatório enche o cookie dele.
    let produto: String = (0..120).map(|_| shared::chave_nova().unwrap()).collect();
    let [no_flask, no_rocket] = [&flask, &rocket].map(|servidor| {
        let mut navegador = Navegador::novo(&servidor.endereco);
        let resposta = navegador.post("/carrinho", &format!("produto={produto}"));
        assert!(navegador.cookies.is_empty(), "{}", servidor.endereco);
        resposta
    });
    confere(&no_flask, "302", "/carrinho", "no Flask");
    assert!(flask.saida().contains("The 'session' cookie is too large"));
    confere(&no_rocket, "413", "Não cabe mais nada na sessão", "no capítulo 7");
}

#[test]
#[ignore = "precisa de Flask"]
fn depois_da_troca_da_chave_a_sessao_continua_e_so_o_rocket_fecha_de_novo_a_comum() {
    let antes = os_dois("cap14-rotacao");
    let depois = os_dois_com("cap14-rotacao", '2', Some('1'));
    let so_a_nova = os_dois_com("cap14-rotacao", '2', None);
    for (qual, fecha) in [false, true].into_iter().enumerate() {
        let mut navegador = dentro_de(&antes[qual]);
        navegador.endereco.clone_from(&depois[qual].endereco);
        let perfil = navegador.get("/perfil");
        confere(&perfil, "200", ADMIN, "chave anterior");
        assert_eq!(perfil.cookies.len(), usize::from(fecha));
        navegador.endereco.clone_from(&so_a_nova[qual].endereco);
        assert_eq!(abre(&mut navegador), fecha, "só a chave nova");
    }
}

#[test]
#[ignore = "precisa de Flask"]
fn diferenca_so_o_rocket_encerra_uma_sessao_em_uso_no_limite_absoluto() {
    let flask = flask('1', &[("FLASK_PERMANENT_SESSION_LIFETIME", "5")]);
    let mut comando = servidor(SITE, &chave_de_teste('1'));
    comando.env("ROCKET_SESSAO", "{comum={inatividade=4,absoluto=4}}");
    let rocket = Processo::iniciar(comando);
    let (mut no_flask, mut no_rocket) = (dentro_de(&flask), dentro_de(&rocket));
    no_flask.post("/lembrar", "");
    let copias = [no_flask.clone(), no_rocket.clone()];
    for _ in 0..7 {
        sleep(Duration::from_secs(1));
        assert!(abre(&mut no_flask));
        abre(&mut no_rocket);
    }
    assert!(!abre(&mut no_rocket));
    assert!(no_rocket.get("/login").corpo.contains("chegou ao tempo máximo"));
    // Uma cópia que ninguém usou, os dois recusam.
    assert_eq!(copias.map(|mut copia| abre(&mut copia)), [false, false]);
}

#[test]
#[ignore = "precisa de Flask"]
fn diferenca_o_cookie_do_flask_se_le_sem_a_chave_e_o_do_rocket_nao() {
    let [flask, rocket] = os_dois(LICAO);
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
fn diferenca_o_rocket_guarda_tres_cookies_mais_fechados_e_so_avisa_os_caches_no_13() {
    let [flask, rocket] = os_dois(LICAO);
    let no_13 = Processo::capitulo("cap13-navegador", &chave_de_teste('1'));
    let um: &[_] = &["session"];
    let tres: &[_] = &["role", "user_id", "username"];
    for (servidor, nomes, same_site, com_validade, vary) in [
        (flask, um, None, false, Some("Cookie")),
        (rocket, tres, Some(SameSite::Strict), true, None),
        (no_13, um, Some(SameSite::Strict), true, Some("Cookie")),
    ] {
        let mut navegador = Navegador::novo(&servidor.endereco);
        // Sem tocar na sessão, ninguém avisa.
        assert_eq!(navegador.get("/login").cabecalho("vary"), None);
        let login = navegador.entrar();
        assert!(navegador.cookies.keys().eq(nomes));
        for cookie in &login.cookies {
            assert_eq!(cookie.same_site(), same_site, "{cookie}");
            assert_eq!(cookie.expires().is_some(), com_validade, "{cookie}");
            // Nisto todos concordam.
            assert_eq!(cookie.http_only(), Some(true), "{cookie}");
            assert_eq!(cookie.path(), Some("/"), "{cookie}");
            assert_eq!((cookie.secure(), cookie.domain()), (None, None), "{cookie}");
        }
        for resposta in [login, navegador.get("/perfil"), navegador.get("/logout")] {
            assert_eq!(resposta.cabecalho("vary"), vary, "{resposta:?}");
        }
    }
}

#[test]
#[ignore = "precisa de Flask"]
fn o_dicionario_dos_pontos_chave_faz_no_flask_o_que_a_pagina_diz() {
    let resposta = Navegador::novo(&flask('1', &[]).endereco).get("/dicionario");
    let esperado =
        r#"{"lido":"admin","padrao":"visitante","removido":null,"tinha":true}"#;
    assert_eq!(resposta.corpo.trim(), esperado);
}

// A sessão no servidor: a lição em Flask com o Flask-Session, e o site inteiro.

#[test]
#[ignore = "precisa de Flask"]
fn com_a_sessao_no_servidor_uma_copia_do_cookie_nao_sobrevive_ao_logout_em_nenhum_dos_dois()
 {
    no_servidor([false, false], a_copia_abre);
}

#[test]
#[ignore = "precisa de Flask"]
fn diferenca_de_duas_mudancas_ao_mesmo_tempo_o_flask_perde_uma_e_o_rocket_nenhuma() {
    no_servidor([false, true], |servidor| {
        let mut navegador = dentro_de(servidor);
        let mut outra_aba = navegador.clone();
        navegador.post_lento("/carrinho", "produto=caneca", || {
            // Nesta pausa, o servidor lê a sessão da primeira aba.
            sleep(Duration::from_secs(1));
            outra_aba.post("/carrinho", "produto=livro");
        });
        let carrinho = navegador.get("/carrinho").corpo;
        assert!(carrinho.contains("<li>caneca"), "{carrinho}");
        carrinho.contains("<li>livro")
    });
}

#[test]
#[ignore = "precisa de Flask"]
fn diferenca_no_login_so_o_rocket_troca_o_id_da_sessao() {
    // Com o Flask, quem tinha o cookie de visitante entra junto.
    no_servidor([true, false], |servidor| {
        let mut navegador = Navegador::novo(&servidor.endereco);
        navegador.post("/carrinho", "produto=caneca");
        let mut visitante = navegador.clone();
        navegador.entrar();
        abre(&mut visitante)
    });
}

fn no_servidor(esperado: [bool; 2], prova: fn(&Processo) -> bool) {
    let pasta = tempfile::tempdir().unwrap();
    let sessoes = pasta.path().display().to_string();
    let flask = flask('1', &[("PASTA_DAS_SESSOES", &sessoes)]);
    let rocket = Processo::capitulo(SITE, &chave_de_teste('1'));
    assert_eq!([&flask, &rocket].map(prova), esperado, "no Flask e no Rocket");
}

/// A lição em Flask e um capítulo no ar.
fn os_dois(capitulo: &str) -> [Processo; 2] {
    os_dois_com(capitulo, '1', None)
}

/// Os dois com esta chave e, talvez, uma anterior que ainda abre.
fn os_dois_com(capitulo: &str, chave: char, anterior: Option<char>) -> [Processo; 2] {
    let anterior = anterior.map(chave_de_teste).unwrap_or_default();
    let mut comando = servidor(capitulo, &chave_de_teste(chave));
    if !anterior.is_empty() {
        comando.env("ROCKET_SECRET_KEYS_ANTERIORES", format!("[\"{anterior}\"]"));
    }
    let flask = flask(chave, &[("SECRET_KEY_FALLBACKS", &anterior)]);
    [flask, Processo::iniciar(comando)]
}

/// Verdadeiro se uma cópia dos cookies ainda abre o perfil depois do logout.
fn a_copia_abre(servidor: &Processo) -> bool {
    let mut navegador = dentro_de(servidor);
    let mut copia = navegador.clone();
    assert!(abre(&mut copia));
    navegador.sair();
    assert!(!abre(&mut navegador));
    abre(&mut copia)
}

/// Verdadeiro se o perfil mostra o cargo; se não, leva ao login.
fn abre(navegador: &mut Navegador) -> bool {
    let perfil = navegador.get("/perfil");
    let fora = perfil.destino().is_some_and(|destino| destino.starts_with("/login"));
    assert!(fora || perfil.corpo.contains(ADMIN), "{perfil:?}");
    !fora
}

/// Confere o código e, se a resposta leva a outra página, a qual; se não, o que ela mostra. Depois de
/// um `?`, o Rocket leva um aviso, que o Flask da lição não tem.
fn confere(resposta: &Resposta, codigo: &str, resto: &str, caso: &str) {
    let veio = resposta.codigo.to_string();
    let certo = match resposta.destino().and_then(|destino| destino.split('?').next()) {
        Some(destino) => destino == resto,
        None => resposta.corpo.contains(resto),
    };
    assert!(veio == codigo && certo, "{caso}: {resposta:?}");
}
