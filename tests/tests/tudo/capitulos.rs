//! Os capítulos como o leitor os executa: processos de verdade, falando HTTP.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use book::html::procurar;
use book::navegador::{Navegador, Resposta, em_formulario, token};
use book::processo::{
    Processo, ate_o_fim, chave_de_teste, comando, pasta_do_capitulo, servidor,
};
use tests::corpos::{Corpo, FORMULARIO, recusados};

/// O capítulo em que a lição está completa.
const LICAO: &str = "cap05-logout";

/// O site inteiro.
const SITE: &str = "cap18-completa";

/// Os cookies de um navegador, nome e valor.
type Cookies = BTreeMap<String, String>;

// Iniciar.

#[test]
fn todo_capitulo_mostra_o_mesmo_login_de_qualquer_pasta() {
    let longe = tempfile::tempdir().expect("a pasta temporária deve abrir");
    em_todo_capitulo(|capitulo| {
        let pagina = login_visto_de(capitulo, tests::raiz());
        assert!(pagina.contains("<h1>Login</h1>"), "{capitulo}: {pagina}");
        for pasta in [&pasta_do_capitulo(capitulo), longe.path()] {
            assert_eq!(
                login_visto_de(capitulo, pasta),
                pagina,
                "{capitulo} em {pasta:?}"
            );
        }
    });
}

#[test]
fn sem_chave_todo_capitulo_se_recusa_a_iniciar_fora_do_debug() {
    em_todo_capitulo(|capitulo| {
        for perfil in ["release", "producao"] {
            let mut sem_chave = comando(capitulo);
            sem_chave.env("ROCKET_PROFILE", perfil).env("ROCKET_PORT", "0");
            let saida = recusado(sem_chave);
            assert!(saida.contains("secret_key"), "{capitulo} em {perfil}: {saida}");
        }
    });
}

#[test]
fn sem_chave_todo_capitulo_inicia_em_debug_e_avisa() {
    em_todo_capitulo(|capitulo| {
        let mut sem_chave = servidor(capitulo, "");
        sem_chave.env_remove("ROCKET_SECRET_KEY").env("ROCKET_PROFILE", "debug");
        let processo = Processo::iniciar(sem_chave);
        let resposta = Navegador::novo(&processo.endereco).get("/login");
        assert_eq!(resposta.codigo, 200, "{capitulo}");
        let aviso = "secrets enabled without a stable `secret_key`";
        assert!(processo.saida().contains(aviso), "{capitulo}: {}", processo.saida());
    });
}

#[test]
fn com_chave_todo_capitulo_inicia_fora_do_debug() {
    em_todo_capitulo(|capitulo| {
        let mut com_chave = servidor(capitulo, &chave_de_teste('1'));
        com_chave.env("ROCKET_PROFILE", "release");
        let processo = Processo::iniciar(com_chave);
        assert_eq!(
            Navegador::novo(&processo.endereco).get("/login").codigo,
            200,
            "{capitulo}"
        );
    });
}

#[test]
fn com_uma_chave_malformada_nenhum_capitulo_inicia() {
    let certa = chave_de_teste('1');
    let com_z = chave_de_teste('z');
    let malformadas = ["", "curta", &certa[1..], &com_z, "[1, 2, 3]"];
    em_todo_capitulo(|capitulo| {
        for chave in malformadas {
            let saida = recusado(servidor(capitulo, chave)).to_lowercase();
            assert!(saida.contains("secret_key"), "{capitulo} com {chave:?}: {saida}");
        }
    });
}

// O contrato da lição.

#[test]
fn o_login_e_um_formulario_que_envia_username_e_password() {
    let licao = iniciar_licao();
    let mut navegador = Navegador::novo(&licao.endereco);
    confere_o_formulario(&navegador.get("/login"));
    navegador.entrar();
    confere_o_formulario(&navegador.get("/login"));
}

#[test]
fn qualquer_outro_corpo_recebe_401_e_nada_fica_guardado() {
    let licao = iniciar_licao();
    let mut corpos = recusados();
    // O Rocket lê 32 KiB de formulário; quem passa disso não chega a entrar.
    let mut grande = b"username=admin&password=123&sobra=".to_vec();
    grande.resize(40_000, b'a');
    corpos.push(Corpo { caso: "40 kB", tipo: Some(FORMULARIO), bytes: grande });
    for corpo in corpos {
        let mut navegador = Navegador::novo(&licao.endereco);
        let resposta =
            navegador.pedir("POST", "/login_submit", corpo.tipo, &corpo.bytes);
        login_invalido(&resposta, corpo.caso);
        confere_fora(&mut navegador, corpo.caso);
    }
    sem_falhas(licao);
}

#[test]
fn um_corpo_de_1_mb_nao_entra_nem_derruba_o_servidor() {
    let licao = iniciar_licao();
    let corpo = format!("username=admin&password=123&sobra={}", "a".repeat(1_000_000));
    let pedido = format!(
        "POST /login_submit HTTP/1.1\r\nHost: licao\r\nContent-Type: {FORMULARIO}\r\n\
         Content-Length: {}\r\n\r\n{corpo}",
        corpo.len()
    );
    // O servidor responde sem ler tudo e desliga; às vezes o envio falha antes da resposta.
    respondeu_ou_recusou(&conversa(&licao, pedido.as_bytes()), 401, "1 MB");
    continua_atendendo(licao);
}

#[test]
fn a_licao_inteira_vale_em_todo_capitulo_que_a_tem() {
    em(
        tests::capitulos().into_iter().filter(|nome| nome.as_str() >= LICAO),
        |capitulo| {
            let processo = Processo::capitulo(capitulo, &chave_de_teste('1'));
            let mut navegador = Navegador::novo(&processo.endereco);
            leva_a(&navegador.get("/"), "/login", capitulo);
            confere_fora(&mut navegador, capitulo);
            leva_a(&navegador.entrar(), "/dashboard", capitulo);
            confere_dentro(&mut navegador, capitulo);
            for vez in ["primeira", "segunda"] {
                let sem_cargo = navegador.preencher("/perfil", "/remover_cargo", &[]);
                leva_a(&sem_cargo.expect("o perfil tem o botão"), "/perfil", vez);
            }
            contem(&navegador.get("/perfil"), "Seu perfil. Cargo: visitante", capitulo);
            leva_a(&navegador.sair(), "/login", capitulo);
            confere_fora(&mut navegador, capitulo);
            navegador.entrar();
            confere_dentro(&mut navegador, capitulo);
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
    let chaves = ['1', '8'].map(chave_de_teste);
    let [atual, anterior] = &chaves;
    no_capitulo_e_no_site("cap14-rotacao", |capitulo| {
        let antes = cookies_de_quem_entrou(&Processo::capitulo(capitulo, anterior));
        for nivel in ["normal", "debug"] {
            let mut comando = com_anteriores(capitulo, atual, &lista(anterior));
            comando.env("ROCKET_LOG_LEVEL", nivel);
            let processo = Processo::iniciar(comando);
            let de_fora = Cookies::from([par(("session", "adulterado"))]);
            let mut visto = String::new();
            for cookies in [&antes, &de_fora] {
                for caminho in processo.rotas() {
                    for metodo in ["GET", "POST"] {
                        // Um logout por GET não pode tirar os cookies das rotas seguintes.
                        let mut navegador = com_cookies(&processo, cookies);
                        let pedido = navegador.pedir(metodo, &caminho, None, b"csrf=x");
                        visto += &format!("{metodo} {caminho}: {pedido:?}\n");
                    }
                }
            }
            assert!(visto.contains("Cargo: admin"), "{capitulo}: {visto}");
            sem_trecho_de(&chaves, &format!("{visto}{}", processo.parar()));
        }
    });
}

#[test]
fn uma_chave_que_nao_serve_nao_aparece_no_erro_que_a_recusa() {
    let [certa, outra] = ['1', '8'].map(chave_de_teste);
    let com_z = outra.replacen('0', "z", 1);
    let fraca = "ab".repeat(32);
    let pasta = tempfile::tempdir().expect("a pasta temporária deve abrir");
    let aberto = pasta.path().join("Rocket.toml");
    std::fs::write(&aberto, format!("[default]\nsecret_key = \"{certa}\n"))
        .expect("o Rocket.toml deve ser escrito");
    for nivel in ["normal", "debug"] {
        let casos = [
            (com_z.clone(), lista(&certa)),
            (fraca.clone(), lista(&certa)),
            (lista(&outra), lista(&certa)),
            (certa.clone(), lista(&com_z)),
            (certa.clone(), lista(&fraca)),
            (certa.clone(), lista(&certa)),
            (certa.clone(), outra.clone()),
            (certa.clone(), format!("[\"{outra}")),
            (certa.clone(), format!("{{chave=\"{outra}\"}}")),
        ];
        let recusadas = casos.map(|(atual, anteriores)| {
            com_anteriores("cap18-completa", &atual, &anteriores)
        });
        let mut sem_aspas = servidor("cap18-completa", "");
        sem_aspas.env_remove("ROCKET_SECRET_KEY").env("ROCKET_CONFIG", &aberto);
        for mut comando in recusadas.into_iter().chain([sem_aspas]) {
            comando.env("ROCKET_LOG_LEVEL", nivel);
            let saida = recusado(comando);
            assert!(saida.starts_with("erro: "), "{saida}");
            sem_trecho_de(&[&certa, &outra, &com_z, &fraca], &saida);
        }
    }
}

#[test]
fn uma_chave_anterior_que_nao_serve_nao_aparece_no_erro_que_a_recusa() {
    let [certa, outra] = ['1', '8'].map(chave_de_teste);
    let com_z = outra.replacen('0', "z", 1);
    for nivel in ["normal", "debug"] {
        for anteriores in [
            lista(&com_z),
            lista(&certa),
            outra.clone(),
            format!("[\"{outra}"),
            format!("{{chave=\"{outra}\"}}"),
        ] {
            let mut comando = com_anteriores("cap14-rotacao", &certa, &anteriores);
            comando.env("ROCKET_LOG_LEVEL", nivel);
            let saida = recusado(comando);
            assert!(saida.contains("`secret_keys_anteriores`"), "{saida}");
            sem_trecho_de(&[&certa, &outra, &com_z], &saida);
        }
    }
}

// O que o navegador pode fazer com a resposta.

#[test]
fn toda_resposta_leva_os_cabecalhos_que_a_owasp_pede() {
    no_capitulo_e_no_site("cap13-navegador", |capitulo| {
        let processo = Processo::capitulo(capitulo, &chave_de_teste('1'));
        let dentro = cookies_de_quem_entrou(&processo);
        for caminho in processo.rotas().into_iter().chain(["/nao-existe".to_owned()]) {
            for metodo in ["GET", "POST"] {
                let mut navegador = com_cookies(&processo, &dentro);
                let resposta = navegador.pedir(metodo, &caminho, None, b"");
                let caso = format!("{metodo} {caminho} em {capitulo}");
                let politica = resposta.cabecalho("content-security-policy");
                let diretivas: Vec<_> =
                    politica.unwrap_or_default().split("; ").collect();
                for diretiva in
                    ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]
                {
                    assert!(diretivas.contains(&diretiva), "{caso}: {politica:?}");
                }
                for (nome, valor) in [
                    ("x-content-type-options", Some("nosniff")),
                    ("referrer-policy", Some("same-origin")),
                    // Sem este, nenhum outro site lê a resposta.
                    ("access-control-allow-origin", None),
                ] {
                    assert_eq!(resposta.cabecalho(nome), valor, "{caso}: {nome}");
                }
                if capitulo == SITE {
                    for nome in
                        ["cross-origin-opener-policy", "cross-origin-resource-policy"]
                    {
                        assert_eq!(
                            resposta.cabecalho(nome),
                            Some("same-origin"),
                            "{caso}"
                        );
                    }
                }
            }
        }
    });
}

#[test]
fn toda_pagina_que_pede_login_tem_o_botao_de_sair() {
    let site = Processo::capitulo(SITE, &chave_de_teste('1'));
    let mut navegador = com_cookies(&site, &cookies_de_quem_entrou(&site));
    for caminho in ["/dashboard", "/perfil", "/admin", "/carrinho", "/sessoes"] {
        let sair = r#"<form action="/logout" method="post">"#;
        contem(&navegador.get(caminho), sair, caminho);
    }
}

// Cookies que não são os do servidor.

#[test]
fn nenhum_cookie_adulterado_alheio_ou_inventado_abre_a_sessao() {
    let licao = iniciar_licao();
    let alheia = Processo::capitulo(LICAO, &chave_de_teste('2'));
    let dentro = cookies_de_quem_entrou(&licao);
    let em_claro = [("username", "admin"), ("user_id", "12345"), ("role", "admin")];

    let mut casos = vec![cookies_de_quem_entrou(&alheia), em_claro.map(par).into()];
    casos.extend(adulterados(&dentro));
    for trocado in ["role", "user_id"] {
        let mut troca = dentro.clone();
        troca.insert("username".to_owned(), dentro[trocado].clone());
        casos.push(troca);
    }
    for vazio in ["", "\"\"", "=", "%", "%00", "%ff", "admin", "null", "\t", "é"] {
        casos.push([par(("username", vazio)), par(("user_id", vazio))].into());
    }
    for cookies in casos {
        confere_fora(&mut com_cookies(&licao, &cookies), &format!("{cookies:?}"));
    }
    continua_atendendo(licao);
}

#[test]
fn centenas_de_cookies_sorteados_nao_abrem_a_sessao_nem_derrubam_o_servidor() {
    let licao = iniciar_licao();
    let selado = cookies_de_quem_entrou(&licao)["username"].clone();
    // A semente fixa repete os mesmos cookies em toda execução.
    let mut sorteio = fastrand::Rng::with_seed(12345);
    let mut navegador = Navegador::novo(&licao.endereco);
    for numero in 0..400 {
        navegador.cookies = ["username", "user_id", "role"]
            .map(|nome| (nome.to_owned(), valor_sorteado(&mut sorteio, &selado)))
            .into();
        let caso = format!("sorteio {numero}: {:?}", navegador.cookies);
        confere_fora(&mut navegador, &caso);
    }
    continua_atendendo(licao);
}

#[test]
fn um_cabecalho_cookie_malformado_ou_enorme_nao_abre_a_sessao_nem_derruba_o_servidor() {
    let licao = iniciar_licao();
    let muitos: Vec<String> =
        (0..3_000).map(|numero| format!("c{numero}=username")).collect();
    let muitos = muitos.join("; ");
    let repetido = "username=admin; ".repeat(500);
    let enorme = format!("username={}", "A".repeat(100_000));
    let alem_do_limite = format!("username={}", "A".repeat(1_000_000));
    let malformados: [&[u8]; 16] = [
        b"",
        b"=;;==",
        b"username=",
        b"username",
        b"=username",
        b"; ; ;",
        b"username=;username=admin",
        b"username=\"admin\"",
        b"username = admin",
        b"USERNAME=admin",
        b"username=\xff\xfe\x80",
        b"\xff\xfe=\xfd",
        muitos.as_bytes(),
        repetido.as_bytes(),
        enorme.as_bytes(),
        alem_do_limite.as_bytes(),
    ];
    for cabecalho in malformados {
        for (pagina, codigo) in [("/dashboard", 303), ("/perfil", 303)] {
            let inicio = format!("GET {pagina} HTTP/1.1\r\nHost: licao\r\nCookie: ");
            let pedido = [inicio.as_bytes(), cabecalho, b"\r\n\r\n"].concat();
            let resposta = conversa(&licao, &pedido);
            let comeco = String::from_utf8_lossy(&cabecalho[..cabecalho.len().min(40)]);
            respondeu_ou_recusou(&resposta, codigo, &format!("{pagina} com {comeco}"));
        }
    }
    let cheia = "X: a\r\n".repeat(500);
    let pedido = format!("GET /dashboard HTTP/1.1\r\nHost: licao\r\n{cheia}\r\n");
    respondeu_ou_recusou(&conversa(&licao, pedido.as_bytes()), 431, "500 cabeçalhos");
    continua_atendendo(licao);
}

// As páginas de erro e os outros métodos.

#[test]
fn as_paginas_de_erro_sao_em_portugues() {
    let licao = iniciar_licao();
    let mut navegador = Navegador::novo(&licao.endereco);
    for (metodo, caminho, codigo, titulo) in [
        ("GET", "/nao-existe", 404, "Página não encontrada"),
        ("GET", "/%ff%00/..%2f..", 404, "Página não encontrada"),
        ("GET", "/login_submit", 404, "Página não encontrada"),
        ("POST", "/dashboard", 404, "Página não encontrada"),
        ("BREW", "/login", 400, "Requisição inválida"),
    ] {
        let resposta = navegador.pedir(metodo, caminho, None, b"");
        confere_pagina_de_erro(
            &resposta,
            codigo,
            titulo,
            &format!("{metodo} {caminho}"),
        );
    }
}

#[test]
fn um_template_que_falta_vira_um_erro_500_em_portugues_e_o_servidor_continua() {
    let vazia = tempfile::tempdir().expect("a pasta temporária deve abrir");
    let mut sem_templates = servidor(LICAO, &chave_de_teste('1'));
    sem_templates.env("ROCKET_TEMPLATE_DIR", vazia.path());
    let processo = Processo::iniciar(sem_templates);
    let mut navegador = Navegador::novo(&processo.endereco);
    for vez in ["primeira vez", "segunda vez"] {
        confere_pagina_de_erro(&navegador.get("/login"), 500, "Erro interno", vez);
    }
    leva_a(&navegador.get("/dashboard"), "/login", "o resto continua");
    // É por estas linhas que os outros testes percebem uma falha.
    assert_eq!(falhas(&processo.parar()).len(), 2);
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
                let tipo = (metodo == "POST").then_some(FORMULARIO);
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
fn o_raio_x_mostra_o_cookie_por_fora_e_por_dentro() {
    let licao = iniciar_licao();
    let mut navegador = Navegador::novo(&licao.endereco);
    contem(&navegador.get("/raio-x"), "Nenhum cookie", "sem login");
    navegador.entrar();
    navegador.cookies.insert("tema".to_owned(), "escuro".to_owned());
    let resposta = navegador.get("/raio-x");
    assert_eq!(resposta.cabecalho("cache-control"), Some("no-store"));
    assert_eq!(resposta.cabecalho("set-cookie"), None);

    let username = trecho_do_raio_x(&resposta.corpo, "username");
    let texto = &navegador.cookies["username"];
    let tamanho = format!("{} bytes", "username".len() + texto.len());
    let texto = format!("<code>{texto}</code>");
    for trecho in [
        texto.as_str(),
        &tamanho,
        "<code>admin</code>",
        "<code>HttpOnly</code>",
        "<code>SameSite=Strict</code>",
        "<code>Path=&#x2f;</code>",
        "<code>Expires=",
    ] {
        assert!(username.contains(trecho), "falta {trecho} em {username}");
    }
    let tema = trecho_do_raio_x(&resposta.corpo, "tema");
    for trecho in ["<code>escuro</code>", "não abre", "Desconhecidos"] {
        assert!(tema.contains(trecho), "falta {trecho} em {tema}");
    }
    // Em Flask: {"role":"admin","user_id":"12345","username":"admin"}
    let miolo =
        "eyJyb2xlIjoiYWRtaW4iLCJ1c2VyX2lkIjoiMTIzNDUiLCJ1c2VybmFtZSI6ImFkbWluIn0";
    contem(&resposta, &format!("<code>{miolo}</code>"), "em Flask");
    let chave = chave_de_teste('1');
    assert!(!resposta.corpo.contains(&chave), "a página mostra a chave");
    let log = licao.saida();
    assert!(!log.contains(&chave) && !log.contains("escuro"), "{log}");
    sem_falhas(licao);
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

#[test]
#[cfg_attr(not(debug_assertions), ignore = "o Raio-X só existe em debug")]
fn centenas_de_cookies_sorteados_nao_derrubam_o_raio_x() {
    let licao = iniciar_licao();
    let selado = cookies_de_quem_entrou(&licao)["username"].clone();
    let mut sorteio = fastrand::Rng::with_seed(54321);
    let mut navegador = Navegador::novo(&licao.endereco);
    let mut adulterados = 0;
    for numero in 0..300 {
        let nome: String = match sorteio.u8(0..3) {
            0 => "username".to_owned(),
            1 => format!("%{:02X}x%3D", sorteio.u8(..)),
            _ => valor_sorteado(&mut sorteio, &selado),
        };
        navegador.cookies = [(nome, valor_sorteado(&mut sorteio, &selado))].into();
        let caso = format!("sorteio {numero}: {:?}", navegador.cookies);
        let pagina = navegador.get("/raio-x");
        assert_eq!(pagina.codigo, 200, "{caso}");
        assert!(!pagina.corpo.contains("<script"), "{caso}: {}", pagina.corpo);
        // O nome volta pelo formulário como a página o escreveu.
        for nome in nomes_a_adulterar(&pagina.corpo) {
            let corpo = format!("nome={}", em_formulario(&nome));
            let resposta = navegador.post("/raio-x/adulterar", &corpo);
            // Um byte que o HTML não leva muda o nome, e o cookie não é encontrado.
            if resposta.codigo != 303 {
                contem(&resposta, "O servidor não vê nada", &caso);
                adulterados += 1;
            }
        }
    }
    assert!(adulterados > 100, "só {adulterados} cookies chegaram a ser adulterados");
    continua_atendendo(licao);
}

// O programa que vai para produção.

#[test]
#[ignore = "precisa compilar tudo em release"]
fn em_release_cargo_run_recusa_a_falta_da_chave_e_com_ela_cumpre_o_contrato() {
    // Compila antes: a paciência do teste é para executar, não para compilar.
    let compilou = cargo(&["build", "--bins"]).status();
    assert!(compilou.expect("o cargo deve executar").success(), "a compilação falhou");

    let saida = recusado(cargo(&["run", "-p", "cap02-chave-secreta"]));
    assert!(saida.contains("secret_key"), "{saida}");

    // O binário, e não `cargo run`: parar o Cargo não pararia o servidor que ele iniciou.
    let pronto = comando(LICAO);
    let debug =
        Path::new(pronto.get_program()).parent().expect("o binário fica em uma pasta");
    let binario = debug.with_file_name("release").join(executavel(LICAO));
    let em_release = |perfil: &str| {
        let mut release = Command::new(&binario);
        release.current_dir(tests::raiz()).env("ROCKET_PROFILE", perfil);
        release.env("ROCKET_SECRET_KEY", chave_de_teste('1')).env("ROCKET_PORT", "0");
        release.env("ROCKET_LOG_LEVEL", "normal").env("ROCKET_CLI_COLORS", "false");
        Processo::iniciar(release)
    };
    let licao = em_release("release");
    assert!(licao.saida().contains("Configured for release"), "{}", licao.saida());
    let mut navegador = Navegador::novo(&licao.endereco);
    confere_o_formulario(&navegador.get("/login"));
    confere_o_raio_x(&mut navegador, false, "em release");
    login_invalido(&navegador.post("/login_submit", ""), "corpo vazio");
    leva_a(&navegador.entrar(), "/dashboard", "login certo");
    confere_dentro(&mut navegador, "em release");
    leva_a(&navegador.get("/logout"), "/login", "logout");
    confere_fora(&mut navegador, "depois do logout");
    continua_atendendo(licao);

    // Pedir o perfil debug a um programa compilado em release não traz o Raio-X de volta.
    let em_debug = em_release("debug");
    confere_o_raio_x(&mut Navegador::novo(&em_debug.endereco), false, "perfil debug");
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

/// O corpo de `GET /login` de um capítulo iniciado nesta pasta.
fn login_visto_de(capitulo: &str, pasta: &Path) -> String {
    let mut comando = servidor(capitulo, &chave_de_teste('1'));
    comando.current_dir(pasta);
    let processo = Processo::iniciar(comando);
    let resposta = Navegador::novo(&processo.endereco).get("/login");
    assert_eq!(resposta.codigo, 200, "{capitulo} em {}", pasta.display());
    // O token dos formulários muda de uma sessão para outra.
    match token(&resposta.corpo) {
        Some(token) => resposta.corpo.replace(&token, "‹token›"),
        None => resposta.corpo,
    }
}

/// Executa um comando que deve terminar com erro; devolve o que ele escreveu.
fn recusado(comando: Command) -> String {
    let descricao = format!("{comando:?}");
    let (certo, saida) = ate_o_fim(comando);
    assert!(!certo, "{descricao} terminou sem erro:\n{saida}");
    assert!(!saida.contains("has launched"), "{descricao} chegou a atender:\n{saida}");
    saida
}

/// O Cargo em release, na raiz, sem herdar `ROCKET_*` do terminal.
fn cargo(argumentos: &[&str]) -> Command {
    let mut cargo = book::processo::cargo();
    cargo.current_dir(tests::raiz()).args(argumentos).args(["--release", "--quiet"]);
    for (variavel, _) in std::env::vars_os() {
        if variavel.to_string_lossy().starts_with("ROCKET_") {
            cargo.env_remove(variavel);
        }
    }
    cargo
}

/// O nome do arquivo de um binário neste sistema.
fn executavel(nome: &str) -> String {
    format!("{nome}{}", std::env::consts::EXE_SUFFIX)
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

/// Um par de nome e valor que a lista de cookies pode guardar.
fn par((nome, valor): (&str, &str)) -> (String, String) {
    (nome.to_owned(), valor.to_owned())
}

/// Os cookies de quem entrou, com o nome selado estragado de um jeito por vez.
fn adulterados(dentro: &Cookies) -> Vec<Cookies> {
    let selado = &dentro["username"];
    let meio = selado.len() / 2;
    let estragos = [
        selado[1..].to_owned(),
        selado[..selado.len() - 1].to_owned(),
        selado[..meio].to_owned(),
        selado[meio..].to_owned(),
        selado.to_lowercase(),
        selado.chars().rev().collect(),
        format!("{selado}A"),
        format!("A{selado}"),
        format!("{selado}{selado}"),
        format!("{selado}=="),
        format!("admin{selado}"),
        selado.replacen(|_: char| true, "!", 1),
    ];
    let trocar = |valor: String| {
        let mut cookies = dentro.clone();
        cookies.insert("username".to_owned(), valor);
        cookies
    };
    estragos.into_iter().map(trocar).collect()
}

/// Um valor de cookie sorteado: letras de base64, um selado estragado ou sinais quaisquer.
fn valor_sorteado(sorteio: &mut fastrand::Rng, selado: &str) -> String {
    let tamanho = sorteio.usize(0..120);
    let letras = ['A', 'b', '0', '+', '/', '=', '%'];
    match sorteio.u8(0..3) {
        0 => (0..tamanho).map(|_| *sorteio.choice(&letras).unwrap_or(&'A')).collect(),
        1 => {
            let mut letras: Vec<char> = selado.chars().collect();
            sorteio.shuffle(&mut letras);
            letras.into_iter().collect()
        }
        // Um cabeçalho aceita do espaço ao til e tudo depois de DEL; o `;` separa cookies.
        _ => (0..tamanho)
            .map(|_| {
                if sorteio.bool() {
                    sorteio.char(' '..='~')
                } else {
                    sorteio.char('¡'..)
                }
            })
            .collect(),
    }
}

/// Envia os bytes como estão e devolve o que voltar; vazio, se a conexão foi fechada.
fn conversa(processo: &Processo, pedido: &[u8]) -> String {
    let endereco = processo.endereco.trim_start_matches("http://");
    let mut conexao =
        TcpStream::connect(endereco).expect("o servidor deve aceitar a conexão");
    conexao.set_read_timeout(Some(Duration::from_secs(20))).expect("prazo de leitura");
    // Quem passa do limite pode encontrar a conexão fechada no meio do envio.
    let _ = conexao.write_all(pedido);
    let mut resposta = Vec::new();
    let mut pedaco = [0; 4096];
    while !resposta.windows(4).any(|fim| fim == b"\r\n\r\n") {
        match conexao.read(&mut pedaco) {
            Ok(lidos) if lidos > 0 => resposta.extend_from_slice(&pedaco[..lidos]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&resposta).into_owned()
}

/// Confere que a resposta crua tem este código, ou que o servidor recusou o tamanho do pedido.
fn respondeu_ou_recusou(resposta: &str, codigo: u16, caso: &str) {
    let estado = resposta.lines().next().unwrap_or("");
    let recusou = resposta.is_empty() || estado.starts_with("HTTP/1.1 431 ");
    let respondeu = estado.starts_with(&format!("HTTP/1.1 {codigo} "));
    assert!(recusou || respondeu, "{caso}: {resposta}");
    assert!(!resposta.to_lowercase().contains("set-cookie"), "{caso}: {resposta}");
}

/// Um capítulo com esta chave e esta lista de chaves anteriores.
fn com_anteriores(capitulo: &str, chave: &str, anteriores: &str) -> Command {
    let mut comando = servidor(capitulo, chave);
    comando.env("ROCKET_SECRET_KEYS_ANTERIORES", anteriores);
    comando
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

/// Confere que a página tem o formulário da lição.
fn confere_o_formulario(resposta: &Resposta) {
    assert_eq!(resposta.codigo, 200);
    let formularios = procurar(&resposta.corpo, "form");
    let formulario = formularios.first();
    let formulario =
        formulario.unwrap_or_else(|| panic!("sem formulário: {}", resposta.corpo));
    assert_eq!(formulario.atributo("action"), Some("/login_submit"));
    assert_eq!(formulario.atributo("method"), Some("post"));
    assert_eq!(formulario.atributo("enctype"), None);
    let campos = procurar(&resposta.corpo, "input");
    let campos: Vec<_> = campos
        .iter()
        .map(|campo| (campo.atributo("name"), campo.atributo("type").unwrap_or("text")))
        .collect();
    assert_eq!(campos, [(Some("username"), "text"), (Some("password"), "password")]);
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

/// Confere que a resposta recusa o login e não guarda nada.
fn login_invalido(resposta: &Resposta, caso: &str) {
    assert_eq!(resposta.codigo, 401, "{caso}");
    assert!(resposta.corpo.contains("Login inválido"), "{caso}: {}", resposta.corpo);
    assert_eq!(resposta.cabecalho("set-cookie"), None, "{caso}");
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

/// A parte do Raio-X que fala de um cookie.
fn trecho_do_raio_x<'a>(pagina: &'a str, nome: &str) -> &'a str {
    let titulo = format!("<code>{nome}</code></h3>");
    let (_, resto) = pagina.split_once(&titulo).expect("o cookie está na página");
    resto.split_once("</section>").expect("toda seção termina").0
}

/// Os nomes de cookie que os botões do Raio-X enviariam.
fn nomes_a_adulterar(pagina: &str) -> Vec<String> {
    procurar(pagina, "[name=nome]")
        .iter()
        .filter_map(|campo| campo.atributo("value").map(str::to_owned))
        .collect()
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

/// Confere que a resposta é a página de erro da casa, que um navegador mostra como página.
fn confere_pagina_de_erro(resposta: &Resposta, codigo: u16, titulo: &str, caso: &str) {
    assert_eq!(resposta.codigo, codigo, "{caso}");
    for trecho in
        [r#"<html lang="pt-BR">"#, &format!("<h1>{titulo}</h1>"), &codigo.to_string()]
    {
        assert!(
            resposta.corpo.contains(trecho),
            "{caso}: falta {trecho} em {}",
            resposta.corpo
        );
    }
    let tipo = resposta.cabecalho("content-type");
    assert_eq!(tipo, Some("text/html; charset=utf-8"), "{caso}");
}

/// Confere que o servidor ainda aceita o login certo e passou por tudo sem falhar.
fn continua_atendendo(processo: Processo) {
    let mut navegador = Navegador::novo(&processo.endereco);
    navegador.entrar();
    confere_dentro(&mut navegador, "depois de tudo");
    sem_falhas(processo);
}

/// Para o processo e confere que o log não conta nenhuma falha.
fn sem_falhas(processo: Processo) {
    let saida = processo.parar();
    assert!(saida.contains("Outcome: "), "o log deve contar cada requisição:\n{saida}");
    assert_eq!(falhas(&saida), Vec::<&str>::new());
}

/// As linhas do log que contam um pânico ou um erro do servidor.
fn falhas(saida: &str) -> Vec<&str> {
    let sinais = ["panicked", " 500 ", "(500 "];
    saida
        .lines()
        .filter(|linha| sinais.iter().any(|sinal| linha.contains(sinal)))
        .collect()
}
