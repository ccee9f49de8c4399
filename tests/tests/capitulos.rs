//! Os capítulos como o leitor os executa: processos de verdade, falando HTTP.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::Duration;

use book::navegador::{FORMULARIO, Navegador, Resposta};
use book::processo::{
    Processo, ate_o_fim, binario, cargo, chave_de_teste, pasta_do_capitulo, servidor,
};

/// O capítulo em que a lição está completa.
const LICAO: &str = "cap05-logout";

/// O site inteiro.
const SITE: &str = "cap18-completa";

/// Os cookies de um navegador, nome e valor.
type Cookies = BTreeMap<String, String>;

// Iniciar.

#[test]
fn todo_capitulo_mostra_o_login_de_qualquer_pasta() {
    let longe = tempfile::tempdir().expect("a pasta temporária deve abrir");
    em_todo_capitulo(|capitulo| {
        for pasta in [tests::raiz(), &pasta_do_capitulo(capitulo), longe.path()] {
            let mut comando = servidor(capitulo, &chave_de_teste('1'));
            comando.current_dir(pasta);
            let processo = Processo::iniciar(comando);
            let login = Navegador::novo(&processo.endereco).get("/login");
            contem(&login, "<h1>Entrar</h1>", &format!("{capitulo} em {pasta:?}"));
        }
    });
}

#[test]
fn sem_chave_fora_do_debug_ou_com_uma_malformada_nenhum_capitulo_inicia() {
    let com_z = chave_de_teste('z');
    em_todo_capitulo(|capitulo| {
        for (perfil, chave) in [
            ("release", None),
            ("producao", None),
            ("debug", Some("")),
            ("debug", Some(&*com_z)),
        ] {
            let mut comando = servidor(capitulo, chave.unwrap_or_default());
            comando.env("ROCKET_PROFILE", perfil);
            if chave.is_none() {
                comando.env_remove("ROCKET_SECRET_KEY");
            }
            let saida = recusado(comando).to_lowercase();
            // O nome do ajuste, e o que fazer em português.
            let explica = saida.contains("chave") || saida.contains("dígitos");
            assert!(
                explica && saida.contains("secret_key"),
                "{capitulo} em {perfil}: {saida}"
            );
        }
    });
}

#[test]
fn sem_chave_todo_capitulo_inicia_em_debug_e_avisa() {
    em_todo_capitulo(|capitulo| {
        let mut sem_chave = servidor(capitulo, "");
        sem_chave.env_remove("ROCKET_SECRET_KEY").env("ROCKET_PROFILE", "debug");
        let processo = Processo::iniciar(sem_chave);
        let aviso = "secrets enabled without a stable `secret_key`";
        assert!(processo.saida().contains(aviso), "{capitulo}: {}", processo.saida());
    });
}

// O contrato da lição.

#[test]
fn a_licao_inteira_vale_em_todo_capitulo_que_a_tem() {
    em(
        tests::capitulos().into_iter().filter(|nome| nome.as_str() >= LICAO),
        |capitulo| {
            let processo = Processo::capitulo(capitulo, &chave_de_teste('1'));
            confere_a_licao(&mut Navegador::novo(&processo.endereco), capitulo);
            sem_falhas(processo);
        },
    );
}

// A chave secreta.

#[test]
fn a_sessao_sobrevive_ao_reinicio_com_a_mesma_chave_e_termina_com_outra() {
    let antes = iniciar_licao();
    let dentro = cookies_de_quem_entrou(&antes);
    antes.parar();

    let mesma_chave = iniciar_licao();
    confere_dentro(&mut com_cookies(&mesma_chave, &dentro), "mesma chave");
    let outra_chave = Processo::capitulo(LICAO, &chave_de_teste('2'));
    confere_fora(&mut com_cookies(&outra_chave, &dentro), "outra chave");
}

#[test]
fn a_chave_de_um_rocket_toml_vale_tanto_quanto_a_do_ambiente() {
    let pasta = tempfile::tempdir().expect("a pasta temporária deve abrir");
    let arquivo = pasta.path().join("Rocket.toml");
    let chave = chave_de_teste('3');
    std::fs::write(&arquivo, format!("[default]\nsecret_key = \"{chave}\"\n"))
        .expect("o Rocket.toml deve ser escrito");
    let mut com_arquivo = servidor(LICAO, "");
    com_arquivo.env_remove("ROCKET_SECRET_KEY").env("ROCKET_CONFIG", &arquivo);
    // Em release não há chave sorteada: se o processo inicia, a chave veio do arquivo.
    com_arquivo.env("ROCKET_PROFILE", "release");
    let do_arquivo = Processo::iniciar(com_arquivo);
    let dentro = cookies_de_quem_entrou(&do_arquivo);

    let do_ambiente = Processo::capitulo(LICAO, &chave);
    confere_dentro(
        &mut com_cookies(&do_ambiente, &dentro),
        "a mesma chave, do ambiente",
    );

    let mut os_dois = servidor(LICAO, &chave_de_teste('1'));
    os_dois.env("ROCKET_CONFIG", &arquivo);
    let os_dois = Processo::iniciar(os_dois);
    confere_fora(&mut com_cookies(&os_dois, &dentro), "o ambiente vence o arquivo");
}

#[test]
fn nenhum_trecho_de_uma_chave_aparece_no_log_nem_em_uma_pagina() {
    let [atual, anterior] = ['1', '8'].map(chave_de_teste);
    no_capitulo_e_no_site("cap14-rotacao", |capitulo| {
        for nivel in ["normal", "debug"] {
            let antes = Processo::capitulo(capitulo, &anterior);
            let antes = cookies_de_quem_entrou(&antes);
            let mut comando = servidor(capitulo, &atual);
            comando.env("ROCKET_SECRET_KEYS_ANTERIORES", lista(&anterior));
            comando.env("ROCKET_LOG_LEVEL", nivel);
            let processo = Processo::iniciar(comando);
            let mut visto = String::new();
            // Os POST por último: entre eles está um logout, que encerra a sessão no servidor.
            for metodo in ["GET", "POST"] {
                for caminho in processo.rotas() {
                    let mut navegador = com_cookies(&processo, &antes);
                    let resposta = navegador.pedir(metodo, &caminho, None, b"");
                    visto += &format!("{resposta:?}\n");
                }
            }
            assert!(visto.contains("Cargo: admin"), "{capitulo}: {visto}");
            sem_trecho_de(
                &[&atual, &anterior],
                &format!("{visto}{}", processo.parar()),
            );
        }
    });
}

#[test]
fn uma_chave_que_nao_serve_nao_aparece_no_erro_que_a_recusa() {
    let [certa, outra] = ['1', '8'].map(chave_de_teste);
    let com_z = outra.replacen('0', "z", 1);
    let fraca = "ab".repeat(32);
    let [cap14, site] = ["cap14-rotacao", SITE];
    let abertas = format!("[\"{outra}");
    for (capitulo, atual, anteriores) in [
        (cap14, &certa, lista(&com_z)),
        (cap14, &certa, lista(&certa)),
        (cap14, &certa, outra.clone()),
        (cap14, &certa, abertas.clone()),
        (site, &certa, lista(&com_z)),
        (site, &certa, outra.clone()),
        (site, &certa, abertas),
        // Só o site inteiro confere a chave atual antes que o Rocket a mostre.
        (site, &com_z, lista(&certa)),
        (site, &fraca, lista(&certa)),
        (site, &lista(&outra), lista(&certa)),
    ] {
        for nivel in ["normal", "debug"] {
            let mut comando = servidor(capitulo, atual);
            comando.env("ROCKET_SECRET_KEYS_ANTERIORES", &anteriores);
            comando.env("ROCKET_LOG_LEVEL", nivel);
            let saida = recusado(comando);
            assert!(saida.contains("`secret_key"), "{saida}");
            sem_trecho_de(&[&certa, &outra, &com_z, &fraca], &saida);
        }
    }
}

// O que o navegador pode fazer com a resposta.

#[test]
fn toda_resposta_leva_os_cabecalhos_que_a_owasp_pede() {
    no_capitulo_e_no_site("cap13-navegador", |capitulo| {
        let processo = Processo::capitulo(capitulo, &chave_de_teste('1'));
        let dentro = cookies_de_quem_entrou(&processo);
        let do_site = (capitulo == SITE).then_some("same-origin");
        for caminho in processo.rotas().into_iter().chain(["/nao-existe".to_owned()]) {
            for metodo in ["GET", "POST"] {
                let mut navegador = com_cookies(&processo, &dentro);
                let resposta = navegador.pedir(metodo, &caminho, None, b"");
                let caso = format!("{metodo} {caminho} em {capitulo}");
                let politica = resposta.cabecalho("content-security-policy");
                for diretiva in
                    ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]
                {
                    let tem = politica.is_some_and(|texto| texto.contains(diretiva));
                    assert!(tem, "{caso}: {politica:?}");
                }
                for (nome, valor) in [
                    ("x-content-type-options", Some("nosniff")),
                    ("referrer-policy", Some("same-origin")),
                    // Sem este, nenhum outro site lê a resposta.
                    ("access-control-allow-origin", None),
                    ("cross-origin-opener-policy", do_site),
                    ("cross-origin-resource-policy", do_site),
                ] {
                    assert_eq!(resposta.cabecalho(nome), valor, "{caso}: {nome}");
                }
            }
        }
    });
}

#[test]
fn toda_pagina_tem_como_sair() {
    let site = Processo::capitulo(SITE, &chave_de_teste('1'));
    let mut navegador = com_cookies(&site, &cookies_de_quem_entrou(&site));
    for caminho in ["/dashboard", "/perfil", "/admin", "/carrinho", "/sessoes"] {
        let sair = r#"<form action="/logout" method="post""#;
        contem(&navegador.get(caminho), sair, caminho);
    }
    // Estas não sabem quem entrou, e levam ao botão.
    for caminho in ["/raio-x", "/nao-existe"] {
        let sair = r#"<a href="/perfil#sair">Sair</a>"#;
        assert!(navegador.get(caminho).corpo.contains(sair), "{caminho}");
    }
}

// O que chega ao servidor.

#[test]
fn um_pedido_malformado_ou_enorme_nao_abre_a_sessao_nem_derruba_o_servidor() {
    let licao = iniciar_licao();
    let casa = "Host: licao\r\nConnection: close\r\n";
    let um_mega = "A".repeat(1_000_000);
    let repetido = "username=admin; ".repeat(500);
    let cookies: [&[u8]; 9] = [
        b"",
        b"=;;==",
        b"username",
        b"; ; ;",
        b"username=;username=admin",
        b"USERNAME=admin",
        b"\xff\xfe=\xfd",
        repetido.as_bytes(),
        um_mega.as_bytes(),
    ];
    for cookie in cookies {
        let inicio = format!("GET /dashboard HTTP/1.1\r\n{casa}Cookie: ");
        let pedido = [inicio.as_bytes(), cookie, b"\r\n\r\n"].concat();
        respondeu_ou_recusou(&licao, 303, &pedido);
    }
    let corpo = format!("username=admin&password=123&sobra={um_mega}");
    let tamanho = format!("Content-Length: {}", corpo.len());
    let tipo = "Content-Type: application/x-www-form-urlencoded";
    for (codigo, pedido) in [
        (
            401,
            format!(
                "POST /login_submit HTTP/1.1\r\n{casa}{tipo}\r\n{tamanho}\r\n\r\n{corpo}"
            ),
        ),
        (
            431,
            format!("GET /dashboard HTTP/1.1\r\n{casa}{}\r\n", "X: a\r\n".repeat(500)),
        ),
        (400, format!("BREW /login HTTP/1.1\r\n{casa}\r\n")),
    ] {
        respondeu_ou_recusou(&licao, codigo, pedido.as_bytes());
    }
    continua_atendendo(licao);
}

#[test]
fn nenhum_metodo_em_nenhuma_rota_de_nenhum_capitulo_derruba_o_servidor() {
    em_todo_capitulo(|capitulo| {
        let processo = Processo::capitulo(capitulo, &chave_de_teste('1'));
        let caminhos = processo.rotas();
        assert!(
            caminhos.iter().any(|caminho| caminho.starts_with("/login")),
            "{capitulo}: {caminhos:?}"
        );
        let mut navegador = Navegador::novo(&processo.endereco);
        navegador.entrar();
        let dentro = navegador.cookies.clone();
        for caminho in caminhos {
            for metodo in
                ["HEAD", "GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"]
            {
                navegador.cookies = dentro.clone();
                let tipo = FORMULARIO.filter(|_| metodo == "POST");
                let resposta = navegador.pedir(metodo, &caminho, tipo, b"");
                let caso = format!("{capitulo}: {metodo} {caminho}");
                assert!(
                    (200..500).contains(&resposta.codigo),
                    "{caso}: {}",
                    resposta.estado
                );
                if metodo == "HEAD" {
                    assert_eq!(resposta.corpo, "", "{caso}");
                }
            }
        }
        sem_falhas(processo);
    });
}

// O Raio-X: só em debug.

#[test]
fn todo_capitulo_tem_o_raio_x_em_debug_e_so_em_debug() {
    em_todo_capitulo(|capitulo| {
        for perfil in ["debug", "release", "producao"] {
            let mut comando = servidor(capitulo, &chave_de_teste('1'));
            comando.env("ROCKET_PROFILE", perfil);
            let processo = Processo::iniciar(comando);
            let mut navegador = Navegador::novo(&processo.endereco);
            let existe = perfil == "debug" && cfg!(debug_assertions);
            confere_o_raio_x(
                &mut navegador,
                existe,
                &format!("{capitulo} em {perfil}"),
            );
            let rotas = processo.rotas();
            let anuncia = rotas.iter().any(|rota| rota.starts_with("/raio-x"));
            assert_eq!(anuncia, existe, "{capitulo} em {perfil}: {rotas:?}");
        }
    });
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "o Raio-X só existe em debug")]
fn adulterar_no_raio_x_mostra_que_o_servidor_nao_ve_nada_e_nao_muda_o_navegador() {
    // Sem chave definida o Rocket sorteia uma, e o Raio-X também não a conhece.
    for com_chave in [true, false] {
        let mut comando = servidor(LICAO, &chave_de_teste('1'));
        if !com_chave {
            comando.env_remove("ROCKET_SECRET_KEY");
        }
        let licao = Processo::iniciar(comando);
        let mut navegador = Navegador::novo(&licao.endereco);
        navegador.entrar();
        let antes = navegador.cookies.clone();
        for nome in ["username", "user_id", "role"] {
            let resposta = navegador.post("/raio-x/adulterar", &format!("nome={nome}"));
            contem(&resposta, "O servidor não vê nada", nome);
            assert_eq!(resposta.corpo.matches("<mark>").count(), 2, "{nome}");
            assert_eq!(resposta.cabecalho("set-cookie"), None, "{nome}");
            assert_eq!(resposta.cabecalho("cache-control"), Some("no-store"), "{nome}");
        }
        assert_eq!(navegador.cookies, antes);
        confere_dentro(&mut navegador, "depois de adulterar");
        sem_falhas(licao);
    }
}

// O programa que vai para produção.

#[test]
#[ignore = "precisa compilar tudo em release"]
fn em_release_cargo_run_recusa_a_falta_da_chave_e_com_ela_cumpre_o_contrato() {
    // Compila antes: a paciência do teste é para executar, não para compilar.
    let mut compilar = cargo();
    compilar.current_dir(tests::raiz()).args([
        "build",
        "--release",
        "--quiet",
        "--bins",
    ]);
    assert!(compilar.status().expect("o cargo deve executar").success());

    let mut sem_chave = cargo();
    sem_chave.current_dir(tests::raiz()).args(["run", "--release", "--quiet"]);
    sem_chave.args(["-p", "cap02-chave-secreta"]);
    sem_chave.env_remove("ROCKET_SECRET_KEY").env_remove("ROCKET_PROFILE");
    let saida = recusado(sem_chave);
    assert!(saida.contains("secret_key"), "{saida}");

    // O binário, e não `cargo run`: parar o Cargo não pararia o servidor que ele iniciou.
    let em_debug = binario(LICAO);
    let pasta = em_debug.parent().expect("o binário fica em uma pasta");
    let programa = em_debug.file_name().expect("o binário tem nome");
    let em_release = pasta.with_file_name("release").join(programa);
    let iniciar = |perfil: &str| {
        let ambiente = servidor(LICAO, &chave_de_teste('1'));
        let ambiente =
            ambiente.get_envs().filter_map(|(nome, valor)| Some((nome, valor?)));
        let mut comando = Command::new(&em_release);
        comando.envs(ambiente).env("ROCKET_PROFILE", perfil);
        Processo::iniciar(comando)
    };
    let licao = iniciar("release");
    assert!(licao.saida().contains("Configured for release"), "{}", licao.saida());
    let mut navegador = Navegador::novo(&licao.endereco);
    confere_o_raio_x(&mut navegador, false, "em release");
    confere_a_licao(&mut navegador, "em release");
    assert_eq!(navegador.post("/login_submit", "").codigo, 401);
    sem_falhas(licao);

    // Pedir o perfil debug a um programa compilado em release não traz o Raio-X de volta.
    let licao = iniciar("debug");
    confere_o_raio_x(&mut Navegador::novo(&licao.endereco), false, "perfil debug");
}

/// Faz a mesma prova em todos os capítulos, ao mesmo tempo.
fn em_todo_capitulo(prova: impl Fn(&str) + Sync) {
    em(tests::capitulos().into_iter(), prova);
}

/// Prova algo no capítulo que o ensina e no site inteiro.
fn no_capitulo_e_no_site(capitulo: &str, prova: impl Fn(&str) + Sync) {
    em([capitulo, SITE].map(str::to_owned).into_iter(), prova);
}

fn em(capitulos: impl Iterator<Item = String>, prova: impl Fn(&str) + Sync) {
    let capitulos: Vec<String> = capitulos.collect();
    assert!(!capitulos.is_empty());
    thread::scope(|escopo| {
        for capitulo in &capitulos {
            escopo.spawn(|| prova(capitulo));
        }
    });
}

/// A lição completa no ar, com a chave de sempre.
fn iniciar_licao() -> Processo {
    Processo::capitulo(LICAO, &chave_de_teste('1'))
}

/// Executa um comando que deve terminar com erro; devolve o que ele escreveu.
fn recusado(comando: Command) -> String {
    let descricao = format!("{comando:?}");
    let (certo, saida) = ate_o_fim(comando);
    assert!(!certo, "{descricao} terminou sem erro:\n{saida}");
    assert!(!saida.contains("has launched"), "{descricao} chegou a atender:\n{saida}");
    saida
}

/// Os cookies que o servidor entrega a quem faz o login certo.
fn cookies_de_quem_entrou(processo: &Processo) -> Cookies {
    let mut navegador = Navegador::novo(&processo.endereco);
    leva_a(&navegador.entrar(), "/dashboard", "login certo");
    navegador.cookies
}

/// Um navegador que já chega com estes cookies.
fn com_cookies(processo: &Processo, cookies: &Cookies) -> Navegador {
    let mut navegador = Navegador::novo(&processo.endereco);
    navegador.cookies = cookies.clone();
    navegador
}

/// Envia estes bytes e confere que a resposta tem este código, ou que o servidor recusou o tamanho
/// do pedido: às vezes ele desliga no meio do envio, e não chega resposta.
fn respondeu_ou_recusou(processo: &Processo, codigo: u16, pedido: &[u8]) {
    let endereco = processo.endereco.trim_start_matches("http://");
    let mut conexao =
        TcpStream::connect(endereco).expect("o servidor deve aceitar a conexão");
    conexao.set_read_timeout(Some(Duration::from_secs(20))).expect("prazo de leitura");
    let _ = conexao.write_all(pedido);
    let mut resposta = Vec::new();
    let _ = conexao.read_to_end(&mut resposta);
    let resposta = String::from_utf8_lossy(&resposta);
    let esperadas = [codigo, 431].map(|codigo| format!("HTTP/1.1 {codigo} "));
    let certa = esperadas.iter().any(|inicio| resposta.starts_with(inicio));
    let caso = String::from_utf8_lossy(&pedido[..pedido.len().min(120)]);
    assert!(resposta.is_empty() || certa, "{caso}: {resposta}");
    assert!(!resposta.to_lowercase().contains("set-cookie"), "{caso}: {resposta}");
}

/// Uma lista de uma chave só, como a variável de ambiente a leva.
fn lista(chave: &str) -> String {
    format!("[\"{chave}\"]")
}

/// Confere que nem um trecho de oito caracteres destas chaves está no texto.
fn sem_trecho_de(chaves: &[impl AsRef<str>], texto: &str) {
    for chave in chaves {
        for inicio in 0..=chave.as_ref().len() - 8 {
            let trecho = &chave.as_ref()[inicio..inicio + 8];
            assert!(
                !texto.contains(trecho),
                "apareceu `{trecho}` de uma chave:\n{texto}"
            );
        }
    }
}

/// Confere que a resposta redireciona para este caminho.
fn leva_a(resposta: &Resposta, destino: &str, caso: &str) {
    assert_eq!(resposta.codigo, 303, "{caso}");
    let veio = resposta.destino().and_then(|veio| veio.split('?').next());
    assert_eq!(veio, Some(destino), "{caso}");
}

/// Confere que a resposta é uma página que contém este texto.
fn contem(resposta: &Resposta, texto: &str, caso: &str) {
    assert_eq!(resposta.codigo, 200, "{caso}");
    assert!(resposta.corpo.contains(texto), "{caso}: {}", resposta.corpo);
}

/// Confere que o Raio-X existe e o menu leva a ele, ou que nada dele existe.
fn confere_o_raio_x(navegador: &mut Navegador, existe: bool, caso: &str) {
    let codigo = if existe { 200 } else { 404 };
    assert_eq!(navegador.get("/raio-x").codigo, codigo, "{caso}");
    let adulterar = navegador.post("/raio-x/adulterar", "nome=username").codigo;
    assert_eq!(adulterar, if existe { 303 } else { 404 }, "{caso}");
    let pagina = navegador.get("/login").corpo;
    let liga = pagina.contains(r#"<a href="/raio-x">Raio-X</a>"#);
    assert_eq!(liga, existe, "{caso}: {pagina}");
}

/// Percorre a lição, da página de login ao logout e de volta.
fn confere_a_licao(navegador: &mut Navegador, caso: &str) {
    leva_a(&navegador.get("/"), "/login", caso);
    confere_fora(navegador, caso);
    leva_a(&navegador.entrar(), "/dashboard", caso);
    confere_dentro(navegador, caso);
    for vez in ["primeira", "segunda"] {
        let sem_cargo = navegador.preencher("/perfil", "/remover_cargo", &[]);
        leva_a(&sem_cargo.expect("o perfil tem o botão"), "/perfil", vez);
    }
    contem(&navegador.get("/perfil"), "Seu perfil. Cargo: visitante", caso);
    leva_a(&navegador.sair(), "/login", caso);
    confere_fora(navegador, caso);
    navegador.entrar();
    confere_dentro(navegador, caso);
}

/// Confere que este navegador está dentro: as duas páginas mostram os textos da lição.
fn confere_dentro(navegador: &mut Navegador, caso: &str) {
    contem(&navegador.get("/dashboard"), "Bem-vindo, admin! Seu ID é: 12345", caso);
    contem(&navegador.get("/perfil"), "Seu perfil. Cargo: admin", caso);
}

/// Confere que este navegador está fora: as duas páginas levam ao login.
fn confere_fora(navegador: &mut Navegador, caso: &str) {
    leva_a(&navegador.get("/dashboard"), "/login", caso);
    leva_a(&navegador.get("/perfil"), "/login", caso);
}

/// Confere que o servidor ainda aceita o login certo e passou por tudo sem falhar.
fn continua_atendendo(processo: Processo) {
    let mut navegador = Navegador::novo(&processo.endereco);
    navegador.entrar();
    confere_dentro(&mut navegador, "depois de tudo");
    sem_falhas(processo);
}

/// Para o processo e confere que o log não conta nenhum pânico nem erro do servidor.
fn sem_falhas(processo: Processo) {
    let saida = processo.parar();
    assert!(saida.contains("Outcome: "), "o log deve contar cada requisição:\n{saida}");
    for sinal in ["panicked", " 500 ", "(500 "] {
        assert!(!saida.contains(sinal), "{saida}");
    }
}
