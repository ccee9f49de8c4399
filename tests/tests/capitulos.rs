//! Os capítulos como o leitor os executa: processos de verdade, falando HTTP.

use std::collections::BTreeSet;
use std::thread;

use book::capitulos::linhagem;
use book::navegador::{Navegador, Resposta};
use book::processo::{Processo, ate_o_fim, chave_de_teste, servidor};
use regex::Regex;
use tests::{capitulos, dentro_de};

/// O capítulo em que a lição está completa.
const LICAO: &str = "cap05-logout";

/// O site inteiro.
const SITE: &str = "cap18-completa";

// A chave secreta.

#[test]
fn sem_chave_fora_do_debug_ou_com_uma_malformada_nenhum_capitulo_inicia() {
    let com_z = "z".repeat(64);
    criar_conta();
    em(&capitulos(), |capitulo| {
        for (perfil, chave) in [("release", ""), ("debug", ""), ("debug", &com_z)] {
            let mut comando = servidor(capitulo, chave);
            comando.env("ROCKET_PROFILE", perfil);
            if perfil == "release" {
                comando.env_remove("ROCKET_SECRET_KEY");
            }
            let (certo, saida) = ate_o_fim(comando);
            assert!(!certo && !saida.contains("has launched"), "{capitulo}: {saida}");
            // O nome do ajuste, e o que fazer em português.
            let saida = saida.to_lowercase();
            let explica = saida.contains("chave") || saida.contains("dígitos");
            let caso = format!("{capitulo} em {perfil}: {saida}");
            assert!(explica && saida.contains("secret_key"), "{caso}");
        }
    });
}

#[test]
fn com_a_chave_do_rocket_toml_ou_do_ambiente_a_sessao_sobrevive_ao_reinicio() {
    let pasta = tempfile::tempdir().unwrap();
    let (arquivo, chave) = (pasta.path().join("Rocket.toml"), chave_de_teste('3'));
    std::fs::write(&arquivo, format!("default.secret_key = \"{chave}\"")).unwrap();
    let mut com_arquivo = servidor(LICAO, "");
    com_arquivo.env_remove("ROCKET_SECRET_KEY").env("ROCKET_CONFIG", &arquivo);
    let dentro = dentro_de(&Processo::iniciar(com_arquivo));
    let mut os_dois = servidor(LICAO, &chave_de_teste('1'));
    os_dois.env("ROCKET_CONFIG", &arquivo);
    for (comando, perfil, caso) in [
        (servidor(LICAO, &chave), "Cargo: admin", "a mesma chave, do ambiente"),
        (os_dois, "/login", "outra, do ambiente, que vence o arquivo"),
    ] {
        let processo = Processo::iniciar(comando);
        let mut navegador = dentro.clone();
        navegador.endereco.clone_from(&processo.endereco);
        confere(&navegador.get("/perfil"), perfil, caso);
    }
}

// O que o navegador pode fazer com a resposta.

#[test]
fn toda_resposta_leva_os_cabecalhos_que_a_owasp_pede() {
    let site = Processo::capitulo(SITE, &chave_de_teste('1'));
    let dentro = dentro_de(&site);
    for caminho in rotas(&site).into_iter().chain(["/nao-existe".to_owned()]) {
        for metodo in ["GET", "POST"] {
            let resposta = dentro.clone().pedir(metodo, &caminho, None, "");
            let caso = format!("{metodo} {caminho}");
            for (nome, valor) in [
                ("x-content-type-options", Some("nosniff")),
                ("referrer-policy", Some("same-origin")),
                // Sem este, nenhum outro site lê a resposta.
                ("access-control-allow-origin", None),
                ("cross-origin-opener-policy", Some("same-origin")),
                ("cross-origin-resource-policy", Some("same-origin")),
            ] {
                assert_eq!(resposta.cabecalho(nome), valor, "{caso}: {nome}");
            }
            let politica = resposta.cabecalho("content-security-policy").unwrap();
            for ordem in ["default-src", "base-uri", "frame-ancestors"] {
                let nada = politica.contains(&format!("{ordem} 'none'"));
                assert!(nada, "{caso}: {politica}");
            }
        }
    }
}

#[test]
fn toda_pagina_tem_como_sair() {
    let site = Processo::capitulo(SITE, &chave_de_teste('1'));
    let mut navegador = dentro_de(&site);
    for caminho in ["/dashboard", "/perfil", "/admin", "/carrinho", "/sessoes"] {
        let sair = r#"<form action="/logout" method="post""#;
        confere(&navegador.get(caminho), sair, caminho);
    }
}

// O Raio-X: só em debug.

#[test]
fn todo_capitulo_tem_o_raio_x_em_debug_e_so_em_debug() {
    // De longe: os templates são achados a partir do capítulo, e não da pasta do terminal.
    let longe = tempfile::tempdir().unwrap();
    criar_conta();
    em(&capitulos(), |capitulo| {
        for perfil in ["debug", "release", "producao"] {
            let mut comando = servidor(capitulo, &chave_de_teste('1'));
            comando.env("ROCKET_PROFILE", perfil).current_dir(longe.path());
            let processo = Processo::iniciar(comando);
            let mut navegador = Navegador::novo(&processo.endereco);
            let existe = perfil == "debug" && cfg!(debug_assertions);
            let caso = format!("{capitulo} em {perfil}");
            let certo = if existe { [200, 303] } else { [404, 404] };
            for acao in ["guardar", "devolver", "trocar", "apagar", "adulterar"] {
                let post = navegador.post(&format!("/raio-x/{acao}"), "nome=username");
                let codigos = [navegador.get("/raio-x").codigo, post.codigo];
                assert_eq!(codigos, certo, "{acao} em {caso}");
            }
            let login = navegador.get("/login");
            confere(&login, "<h1>Entrar</h1>", &caso);
            let liga = login.corpo.contains(r#"<a href="/raio-x">Raio-X</a>"#);
            assert_eq!(liga, existe, "{caso}: {}", login.corpo);
        }
    });
}

/// Fora do debug, o site não inicia sem uma conta. Da segunda vez, ela já existe.
fn criar_conta() {
    let mut conta = servidor(SITE, &chave_de_teste('1'));
    conta.args(["conta", "criar", "ana"]);
    ate_o_fim(conta);
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "o Raio-X só existe em debug")]
fn no_raio_x_uma_copia_guardada_volta_a_qualquer_navegador_e_mostra_o_registro() {
    let com_login = capitulos().into_iter().filter(|nome| nome.as_str() > "cap03");
    em(&com_login.collect::<Vec<_>>(), |capitulo| {
        let processo = Processo::capitulo(capitulo, &chave_de_teste('1'));
        let mut dentro = Navegador::novo(&processo.endereco);
        dentro.entrar();
        for nome in dentro.cookies.clone().keys() {
            let nome = format!("nome={nome}");
            confere(&dentro.post("/raio-x/guardar", &nome), "/raio-x", capitulo);
            // Só pergunta: o que o navegador tem continua igual à cópia.
            let adulterado = dentro.post("/raio-x/adulterar", &nome);
            confere(&adulterado, "O servidor não vê nada", capitulo);
        }
        let pagina = dentro.get("/raio-x");
        let no_servidor = pagina.corpo.contains("O registro no servidor");
        let deve = linhagem(capitulo).unwrap().contains("cap15-servidor");
        assert_eq!(no_servidor, deve, "{capitulo}: {}", pagina.corpo);
        // O que o Flask guardaria: com o tipo, onde o capítulo o guarda.
        let soltos = dentro.cookies.len() > 1;
        let numero = if soltos { "&quot;12345&quot;" } else { "12345" };
        confere(&pagina, &format!("&quot;user_id&quot;:{numero}"), capitulo);
        confere(&pagina, "&quot;role&quot;:&quot;admin&quot;", capitulo);

        let mut ladrao = Navegador::novo(&processo.endereco);
        for numero in 1..=dentro.cookies.len() {
            ladrao.post("/raio-x/devolver", &format!("numero={numero}"));
        }
        assert_eq!(ladrao.cookies, dentro.cookies, "{capitulo}");
        let roubada = ladrao.get("/raio-x");
        confere(&roubada, "&quot;role&quot;:&quot;admin&quot;", capitulo);
        dentro.sair();
        let encerrada =
            ladrao.get("/raio-x").corpo.contains("Nenhum: a sessão terminou");
        assert_eq!(encerrada, no_servidor, "{capitulo}");
        ladrao.post("/raio-x/apagar", "");
        assert!(ladrao.cookies.is_empty(), "{capitulo}: {:?}", ladrao.cookies);
        let saida = processo.parar();
        assert!(!saida.contains("panicked") && !saida.contains(" 500 "), "{saida}");
    });
}

/// Faz a mesma prova nestes capítulos, ao mesmo tempo.
fn em(capitulos: &[impl AsRef<str> + Sync], prova: impl Fn(&str) + Sync) {
    assert!(!capitulos.is_empty());
    thread::scope(|escopo| {
        for capitulo in capitulos {
            escopo.spawn(|| prova(capitulo.as_ref()));
        }
    });
}

/// Os caminhos que o processo disse atender, com um `x` em cada trecho dinâmico.
fn rotas(processo: &Processo) -> BTreeSet<String> {
    let rota = Regex::new(r"   >> .*\b(?:GET|POST) (/\S*)").unwrap();
    let dinamico = Regex::new("<[^>]+>").unwrap();
    let saida = processo.saida();
    let caminhos = rota.captures_iter(&saida).map(|achada| achada.extract::<1>().1[0]);
    caminhos.map(|um| dinamico.replace_all(um, "x").into_owned()).collect()
}

/// Confere que a resposta leva a este caminho ou, se não leva a nenhum, mostra este texto.
fn confere(resposta: &Resposta, esperado: &str, caso: &str) {
    let certo = match resposta.destino() {
        Some(destino) => (resposta.codigo, destino) == (303, esperado),
        None => resposta.codigo == 200 && resposta.corpo.contains(esperado),
    };
    assert!(certo, "{caso}: {resposta:?}");
}
