//! O livro que executa: só para quem o abriu com a chave, um bloco de cada vez, e nada fica em execução
//! depois dele.

use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use book::navegador::{Navegador, Resposta};
use book::processo::{Processo, acompanhar, ate_o_fim};
use serde_json::Value;
use tempfile::TempDir;
use teste::servidores::esperar_que;
use tests::{ler, livro_que_executa, raiz};

/// Um livro no ar, e quem o abriu pelo endereço com a chave.
struct Livro {
    processo: Processo,
    leitor: Navegador,
    pasta: TempDir,
}

impl Livro {
    fn novo() -> Livro {
        let (processo, entrada, pasta) = livro_que_executa(raiz());
        let mut leitor = Navegador::novo(&processo.endereco);
        let entrada = entrada.strip_prefix(&processo.endereco).unwrap();
        assert_eq!(leitor.get(entrada).destino(), Some("/"));
        Livro { processo, leitor, pasta }
    }

    /// Executa o bloco que tem este texto.
    fn executar(&mut self, pagina: &str, texto: &str) -> Resposta {
        let blocos = self.leitor.get(&format!("/viva/pagina/{pagina}.html")).corpo;
        let blocos: Vec<Value> = serde_json::from_str(&blocos).unwrap();
        let tem = |bloco: &&Value| bloco["texto"].as_str().unwrap().contains(texto);
        let bloco = blocos.iter().find(tem).expect(texto);
        self.leitor
            .post(&format!("/viva/executar/{}", bloco["nome"].as_str().unwrap()), "")
    }

    fn estado(&mut self) -> Value {
        let estado = self.leitor.get("/viva/estado?visto=0&desde=0&lido=0");
        serde_json::from_str(&estado.corpo).unwrap()
    }

    /// Como o trabalho terminou e tudo o que a página mostrou dele.
    fn fim(&mut self) -> (Value, String) {
        let mut trabalho = Value::Null;
        esperar_que("o trabalho termina", || {
            trabalho = self.estado()["trabalho"].take();
            !trabalho["fim"].is_null()
        });
        (trabalho["fim"].take(), trabalho["eventos"].to_string())
    }

    /// Inicia o capítulo 5 e devolve onde ele atende.
    fn com_um_capitulo(&mut self) -> String {
        assert_eq!(self.executar("cap05-logout", "cargo run").codigo, 202);
        let (fim, eventos) = self.fim();
        assert_eq!(fim["certo"], true, "{eventos}");
        self.estado()["capitulo"]["endereco"].as_str().unwrap().to_owned()
    }
}

fn atende(endereco: &str) -> bool {
    TcpStream::connect(endereco.trim_start_matches("http://")).is_ok()
}

#[test]
fn sem_a_chave_cada_pagina_e_a_que_o_mdbook_construiu() {
    let livro = Livro::novo();
    let mut sem_chave = Navegador::novo(&livro.processo.endereco);
    for pagina in ["index.html", "cap05-logout.html", "print.html", "404.html"] {
        let veio = sem_chave.get(&format!("/{pagina}")).corpo;
        let veio = veio.replace("<script defer src=\"/viva/viva.js\"></script>\n", "");
        assert!(veio == ler(livro.pasta.path().join(pagina)), "{pagina}");
    }
    assert_eq!(sem_chave.get("/viva/viva.js").corpo, "");
    assert_eq!(sem_chave.get("/viva/entrar/0123").codigo, 403);
}

#[test]
fn so_executa_quem_tem_a_chave_nesta_origem_e_neste_nome_e_so_o_que_esta_no_livro() {
    let mut livro = Livro::novo();
    assert_eq!(livro.executar("cap14-rotacao", "unset").codigo, 202);
    livro.fim();
    let rebind = format!("outro.exemplo:{}", livro.processo.porta());
    let vizinho = "http://127.0.0.1:1";
    // Cada linha muda uma coisa só de um pedido que seria aceito.
    for (cabecalho, valor, pedido, codigo) in [
        ("Sec-Fetch-Site", "same-origin", "POST parar/trabalho", 204),
        ("Sec-Fetch-Site", "cross-site", "POST parar/trabalho", 403),
        ("Sec-Fetch-Site", "same-site", "POST parar/trabalho", 403),
        ("Origin", vizinho, "POST parar/trabalho", 403),
        ("Host", &rebind, "POST parar/trabalho", 403),
        ("Cookie", "livro=outro", "POST parar/trabalho", 403),
        ("Accept", "*/*", "POST executar/0123456789abcdef", 404),
        ("Accept", "*/*", "POST parar/tudo", 404),
        // Quem só olha também precisa da chave e do nome.
        ("Host", &rebind, "GET estado?visto=0&desde=0&lido=0", 403),
        ("Cookie", "livro=outro", "GET estado?visto=0&desde=0&lido=0", 403),
        ("Host", &rebind, "GET pagina/index.html", 403),
        ("Cookie", "livro=outro", "GET pagina/index.html", 403),
    ] {
        let mut este = livro.leitor.clone();
        if cabecalho == "Cookie" {
            este.cookies.clear();
        }
        este.cabecalhos.push((cabecalho.to_owned(), valor.to_owned()));
        let (metodo, caminho) = pedido.split_once(' ').unwrap();
        let veio = este.pedir(metodo, &format!("/viva/{caminho}"), None, "");
        assert_eq!(veio.codigo, codigo, "{cabecalho}: {valor} {pedido}");
    }
}

#[test]
#[ignore = "precisa de curl"]
fn um_trabalho_de_cada_vez_e_o_capitulo_que_a_pagina_espera() {
    let mut livro = Livro::novo();
    livro.executar("cap05-logout", "/perfil");
    let (fim, _) = livro.fim();
    assert_eq!(fim["motivo"], "Inicie antes cap05-logout, nesta página.");
    let endereco = livro.com_um_capitulo();
    // O que um bloco grava, o seguinte usa.
    livro.executar("cap05-logout", "username=admin");
    livro.fim();
    livro.executar("cap05-logout", "/perfil");
    let (fim, eventos) = livro.fim();
    assert!(eventos.contains("Cargo: admin"), "{fim}: {eventos}");
    // Uma página não usa o capítulo de outra, e começar outro para o primeiro.
    livro.executar("cap04-recuperar", "/perfil");
    let (fim, _) = livro.fim();
    assert_eq!(fim["motivo"], "Inicie antes cap04-recuperar, nesta página.");
    livro.executar("cap04-recuperar", "cargo run");
    livro.fim();
    assert!(!atende(&endereco));
    // Um ataque demora: outro bloco espera, e quem o pediu pode parar.
    assert_eq!(livro.executar("cap06-dicionario", "cargo ataque").codigo, 202);
    let recusa = livro.executar("cap14-rotacao", "unset");
    assert!(
        recusa.codigo == 409 && recusa.corpo.contains("cargo ataque"),
        "{recusa:?}"
    );
    livro.leitor.post("/viva/parar/trabalho", "");
    assert_eq!(livro.fim().0["motivo"], "parado");
}

#[test]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "acha os processos como o Linux os mostra"
)]
fn nada_fica_em_execucao_depois_do_livro() {
    // Quem executa os testes com `nohup` ignora HUP, e o livro herda isso.
    let status = ler("/proc/self/status");
    let ignora = status.lines().find_map(|linha| linha.strip_prefix("SigIgn:"));
    let com_hup = ignora
        .is_some_and(|bits| !bits.ends_with(['1', '3', '5', '7', '9', 'b', 'd', 'f']));
    for sinal in ["INT", "HUP", "KILL"].into_iter().filter(|um| com_hup || *um != "HUP")
    {
        let mut livro = Livro::novo();
        let endereco = livro.com_um_capitulo();
        livro.executar("cap06-dicionario", "cargo ataque");
        // Quem o livro iniciou, e quem estes iniciaram, herda esta variável.
        let pasta = livro.pasta.path().display();
        let deles = format!("grep -lF DESTE_TESTE={pasta} /proc/[0-9]*/environ 2>&-");
        let executam = || ate_o_fim(sh(&deles)).1.lines().count();
        esperar_que("o livro, o capítulo, o ataque e os vigias", || executam() > 4);
        assert!(ate_o_fim(sh(&format!("kill -{sinal} {}", livro.processo.numero()))).0);
        esperar_que(sinal, || !atende(&endereco) && executam() == 0);
    }
}

#[test]
#[cfg_attr(not(unix), ignore = "usa programas do Unix")]
fn um_programa_que_nao_termina_ou_nao_se_cala_e_parado() {
    let segundo = Duration::from_secs(1);
    let parar = |comando: &str| acompanhar(segundo * 60, sh(comando), &mut |_| true);
    // Também o que nunca termina uma linha.
    for muito in ["exec yes", "exec tr '\\0' x </dev/zero"] {
        assert_eq!(parar(muito).unwrap_err(), "escreveu demais, e foi parado");
    }
    let demora = acompanhar(segundo, sh("exec sleep 600"), &mut |_| true);
    assert_eq!(demora.unwrap_err(), "não terminou em 1 s, e foi parado");
    let mut ouvido = String::new();
    let primeira =
        acompanhar(segundo * 60, sh("echo um; exec sleep 600"), &mut |novo| {
            ouvido += novo;
            ouvido.is_empty()
        });
    assert_eq!((primeira.unwrap_err().as_str(), ouvido.as_str()), ("parado", "um\n"));
}

fn sh(comando: &str) -> Command {
    let mut sh = Command::new("sh");
    sh.args(["-c", comando]);
    sh
}
