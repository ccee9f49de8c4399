//! A casa de produção do capítulo 18, montada de verdade com os arquivos que o livro mostra: o
//! nginx na frente de duas instâncias, e um Redis atrás delas.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use book::html::campos_do_formulario;
use book::processo::{
    Processo, ate_o_fim, binario, chave_de_teste, compilar_so, pasta_do_capitulo,
    servidor,
};
use regex::Regex;
use serde_json::Value;
use tempfile::{NamedTempFile, TempDir};
use tests::falhas::{codigos, conferir};
use tests::servidores::{Servidor, porta_livre};

const SITE: &str = "exemplo.com.br";
const SENHA_DO_REDIS: &str = "senha-so-deste-teste";
const PACIENCIA: Duration = Duration::from_secs(60);

#[test]
fn os_arquivos_que_a_pagina_cita_existem_e_nao_guardam_segredo() {
    let pagina = tests::ler(tests::raiz().join("book/src/em-producao.md"));
    let longo = Regex::new("[0-9A-Fa-f]{32}|[0-9A-Za-z+/]{43}=|PRIVATE KEY").unwrap();
    for arquivo in tests::arquivos(&producao()) {
        let nome = arquivo.file_name().unwrap_or_default().to_string_lossy();
        let citado = nome == "Dockerfile.dockerignore" || pagina.contains(&*nome);
        assert!(citado, "a página não cita {nome}");
        let texto = tests::ler(&arquivo);
        assert!(!longo.is_match(&texto), "{nome} tem algo parecido com uma chave");
    }
    let citados = Regex::new(r"producao/([A-Za-z@.]+)").unwrap();
    for citado in citados.captures_iter(&pagina) {
        assert!(producao().join(&citado[1]).is_file(), "não há {}", &citado[1]);
    }
    // O exemplo do ambiente só tem nomes: quem copia tem de preencher.
    for linha in tests::ler(producao().join("ambiente.exemplo")).lines() {
        let segredo =
            linha.starts_with("ROCKET_SECRET_KEY=") || linha.starts_with("SENHA");
        assert!(!segredo || linha.ends_with('='), "{linha}");
    }
}

#[test]
fn os_arquivos_de_producao_so_usam_variaveis_que_o_programa_le() {
    let capitulo = pasta_do_capitulo("cap18-completa");
    let ajustes = tests::ler(capitulo.join("Rocket.toml"));
    let fonte = tests::ler(capitulo.join("src/chaves.rs"));
    // As que o próprio Rocket, o `shared` e os templates leem.
    let de_fabrica = ["secret_key", "config", "port", "address", "template_dir"];
    let variavel = Regex::new("ROCKET_([A-Z_]+)").unwrap();
    for arquivo in tests::arquivos(&producao()) {
        for achada in variavel.captures_iter(&tests::ler(&arquivo)) {
            let nome = achada[1].to_lowercase();
            let conhecida = de_fabrica.contains(&nome.as_str())
                || ajustes.contains(&format!("{nome} = "))
                || fonte.contains(&nome);
            assert!(conhecida, "{} usa ROCKET_{}", arquivo.display(), &achada[1]);
        }
    }
    // O prazo de quem para o programa é maior que o dele.
    let ajustes: toml::Table = ajustes.parse().expect("TOML");
    let parada = &ajustes["release"]["shutdown"];
    let dele = parada["grace"].as_integer().zip(parada["mercy"].as_integer());
    assert!(dele.is_some_and(|(grace, mercy)| grace + mercy < 30), "{parada}");
    for (nome, prazo) in [
        ("sessoes@.service", "TimeoutStopSec=30\n"),
        ("compose.yaml", "stop_grace_period: 30s\n"),
    ] {
        assert!(tests::ler(producao().join(nome)).contains(prazo), "{nome}");
    }
}

#[test]
#[ignore = "precisa de curl, e instala em um servidor Linux"]
fn o_instalador_poe_cada_arquivo_onde_o_systemd_procura() {
    let casa = tempfile::tempdir().expect("a pasta temporária deve abrir");
    let na_casa = |caminho: &str| casa.path().join(caminho.trim_start_matches('/'));
    let instalar = || {
        let mut instalar = Command::new("bash");
        instalar.arg(producao().join("instalar.sh")).arg(binario("cap18-completa"));
        instalar.env("DESTINO", casa.path());
        let (certo, saida) = ate_o_fim(instalar);
        assert!(certo, "{saida}");
    };
    instalar();
    let servico = tests::ler(na_casa("/etc/systemd/system/sessoes@.service"));
    let valor = |inicio: &str| {
        let linha = servico.lines().find_map(|linha| linha.strip_prefix(inicio));
        na_casa(linha.unwrap_or_else(|| panic!("falta {inicio}")))
    };
    let (programa, ambiente) = (valor("ExecStart="), valor("EnvironmentFile="));
    #[cfg(unix)]
    for (arquivo, modo) in [(&programa, 0o755), (&ambiente, 0o600)] {
        use std::os::unix::fs::PermissionsExt;
        let permissoes = fs::metadata(arquivo).expect("foi instalado").permissions();
        assert_eq!(permissoes.mode() & 0o777, modo, "{arquivo:?}");
    }
    let preenchidos = [ambiente, na_casa("/etc/nginx/sessoes.conf")];
    for arquivo in &preenchidos {
        assert!(arquivo.is_file(), "{arquivo:?}");
        fs::write(arquivo, "preenchido").expect("grava");
    }
    instalar();
    for arquivo in &preenchidos {
        assert_eq!(tests::ler(arquivo), "preenchido", "{arquivo:?}");
    }

    // O programa abre as páginas só com os arquivos instalados.
    let mut comando = servidor("cap18-completa", &chave_de_teste('1'));
    comando.current_dir(casa.path());
    for nome in ["ROCKET_CONFIG", "ROCKET_TEMPLATE_DIR"] {
        comando.env(nome, valor(&format!("Environment={nome}=")));
    }
    let site = Processo::iniciar(comando);
    let login = curl(&[&format!("{}/login", site.endereco)]);
    assert!(login.texto.contains("<h1>Entrar</h1>"), "{login:?}");
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn o_login_por_https_vale_nas_duas_instancias() {
    let casa = Casa::nova();
    let navegador = casa.com_login();
    // O curl só guarda um cookie com este nome se ele tem o que um navegador exige.
    let cookie = format!("__Host-session={}", navegador.cookie());
    for instancia in &casa.instancias {
        let perfil = curl(&["--cookie", &cookie, &instancia.endereco("/perfil")]);
        assert!(perfil.texto.contains("Cargo: admin"), "{perfil:?}");
    }
    let sem_tls = curl(&[&format!("http://[::1]:{}/login", casa.porta_http)]);
    assert_eq!(sem_tls.codigo, 308, "{sem_tls:?}");
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn o_nome_em_host_e_o_do_site_e_a_porta_e_a_do_navegador() {
    let casa = Casa::nova();
    let mut em_outra_porta = casa.navegador("[::1]", "2001:db8::1");
    em_outra_porta.site += ":8443";
    let entrou = em_outra_porta.entrar("admin", "123");
    assert_eq!(entrou.codigo, 303, "{entrou:?}");

    let navegador = casa.com_login();
    let outro = navegador.pedir("/login", &["--header", "Host: mau.example"]);
    assert_eq!(outro.codigo, 421, "{outro:?}");
    // Com o endereço inteiro na primeira linha, é o nome dele que o nginx confere.
    let formulario = navegador.formulario("/carrinho", "/carrinho", "produto=livro");
    let alvo = format!("{}/carrinho", navegador.site);
    let mau =
        ["--header", "Host: mau.example", "--header", "Origin: https://mau.example"];
    let mau = [&mau[..], &["--request-target", &alvo, "--data", &formulario]].concat();
    assert_eq!(navegador.pedir("/carrinho", &mau).codigo, 403);
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn o_que_o_proprio_nginx_responde_tambem_leva_hsts_e_nosniff() {
    let mut casa = Casa::nova();
    let navegador = casa.navegador("127.0.0.1", "127.0.0.1");
    let direto = curl(&[&casa.instancias[0].endereco("/login")]);
    let grande = "x".repeat(70_000);
    let cabecalho = format!("X-Grande: {}", &grande[..40_000]);
    let mut respostas = vec![
        (200, navegador.get("/login")),
        (413, navegador.post("/carrinho", &grande)),
        (400, navegador.pedir("/login", &["--header", &cabecalho])),
    ];
    for instancia in &mut casa.instancias {
        instancia.parar("KILL");
    }
    respostas.push((502, navegador.get("/login")));
    for (codigo, resposta) in respostas {
        assert_eq!(resposta.codigo, codigo, "{resposta:?}");
        assert_eq!(resposta.protecoes(), direto.protecoes(), "{resposta:?}");
    }
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn uma_instancia_morta_nao_perde_sessao_nem_produto_confirmado() {
    let mut casa = Casa::nova();
    let tarefas = [(); 4].map(|()| {
        let navegador = casa.com_login();
        spawn(move || {
            let formulario =
                navegador.formulario("/carrinho", "/carrinho", "produto=livro");
            let enviar = |_| navegador.post("/carrinho", &formulario).codigo == 303;
            let confirmados = (0..60).map(enviar).filter(|certo| *certo).count();
            (navegador, confirmados)
        })
    });
    sleep(Duration::from_millis(400));
    casa.instancias[0].parar("KILL");
    let (mut perdidos, mut recusados) = (0, 0);
    for tarefa in tarefas {
        let (navegador, confirmados) = tarefa.join().expect("a tarefa termina");
        let quantos = navegador.livros();
        // Um POST cortado no meio pode ter sido gravado sem que a resposta chegasse.
        assert!(quantos <= 60, "no carrinho: {quantos}");
        perdidos += confirmados.saturating_sub(quantos);
        recusados = recusados.max(60 - confirmados);
    }
    let recusas = match recusados {
        0..=5 => "no máximo 5 erros para cada um".to_owned(),
        mais => format!("{mais} erros para um deles"),
    };
    let visto = format!(
        "a outra atende; {recusas}; gravações confirmadas que se perderam: {perdidos}"
    );
    conferir("Uma de duas instâncias é morta, atrás do nginx", &visto);
}

/// Congelada, ela ainda aceita conexões, mas não responde a ninguém.
#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn uma_instancia_travada_custa_poucas_paginas_e_nenhum_post_repetido() {
    let casa = Casa::nova();
    let tarefas = [0, 1, 2, 3].map(|posicao| {
        let navegador = casa.com_login();
        let formulario =
            navegador.formulario("/carrinho", "/carrinho", "produto=livro");
        (posicao, navegador, formulario)
    });
    let direto = curl(&[&casa.instancias[0].endereco("/login")]).protecoes();
    casa.instancias[0].sinal("STOP");
    let tarefas = tarefas.map(|(posicao, navegador, formulario)| {
        spawn(move || {
            let (mut lentas, mut paginas, mut posts) = (0, Vec::new(), Vec::new());
            for vez in 0..15 {
                let inicio = Instant::now();
                if vez == 0 && posicao < 2 {
                    posts.push(navegador.post("/carrinho", &formulario));
                } else {
                    paginas.push(navegador.get("/perfil").codigo);
                }
                lentas += usize::from(inicio.elapsed() > Duration::from_secs(5));
            }
            (navegador, lentas, paginas, posts)
        })
    });
    let fim = tarefas.map(|tarefa| tarefa.join().expect("a tarefa termina"));
    casa.instancias[0].sinal("CONT");
    let posts: Vec<&Resposta> = fim.iter().flat_map(|(.., posts)| posts).collect();
    // Um dos dois ficou com a instância travada.
    let sem_resposta: Vec<_> = posts.iter().filter(|post| post.codigo == 504).collect();
    assert!(!sem_resposta.is_empty(), "{posts:?}");
    assert!(sem_resposta.iter().all(|post| post.protecoes() == direto), "{posts:?}");
    let lentas: usize = fim.iter().map(|(_, lentas, ..)| lentas).sum();
    let lentas = match lentas {
        0..=4 => "no máximo 4 demoraram".to_owned(),
        mais => format!("{mais} demoraram"),
    };
    let paginas = codigos(fim.iter().flat_map(|(_, _, paginas, _)| paginas).copied());
    // Ao voltar a si, ela pode gravar o que já tinha recebido, mas uma vez só.
    sleep(Duration::from_secs(1));
    let repetidos: usize = fim
        .iter()
        .map(|(navegador, _, _, posts)| navegador.livros().saturating_sub(posts.len()))
        .sum();
    let visto = format!(
        "de 60 requisições, {lentas}; páginas: {paginas}; o formulário que ficou sem \
         resposta, {}; gravados duas vezes: {repetidos}",
        codigos(sem_resposta.iter().map(|post| post.codigo))
    );
    conferir("Uma de duas instâncias trava, atrás do nginx", &visto);
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn a_chave_trocada_em_tres_rodadas_nao_desconecta_ninguem() {
    let (codigos, perfis) = trocar_a_chave(&[('1', &['2']), ('2', &['1']), ('2', &[])]);
    assert_eq!(codigos, "200", "{perfis} perfis");
    assert!(perfis > 200, "só {perfis} perfis");
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn a_chave_trocada_em_uma_rodada_desconecta_quem_passa_pela_outra_instancia() {
    let (codigos, _) = trocar_a_chave(&[('2', &['1'])]);
    assert_eq!(codigos, "200 e 303");
}

/// Em cada rodada, reinicia as instâncias, uma depois da outra, com esta chave atual e estas
/// anteriores. Devolve os códigos que quatro pessoas viram nesse tempo, e quantos perfis abriram.
fn trocar_a_chave(rodadas: &[(char, &[char])]) -> (String, usize) {
    // Uma instância que acabou de reiniciar fica pouco tempo de fora, para que as duas atendam.
    let mut casa = Casa::com(&[("fail_timeout=30s", "fail_timeout=1s")]);
    static FIM: AtomicBool = AtomicBool::new(false);
    FIM.store(false, Ordering::Relaxed);
    let pessoas = [(); 4].map(|()| {
        let navegador = casa.com_login();
        spawn(move || {
            let mut vistos = Vec::new();
            while !FIM.load(Ordering::Relaxed) {
                vistos.push(navegador.get("/perfil").codigo);
            }
            vistos
        })
    });
    for (atual, anteriores) in rodadas {
        for instancia in &mut casa.instancias {
            let fim = instancia.parar("TERM");
            assert!(fim.success(), "{fim}");
            instancia.iniciar(*atual, anteriores);
            sleep(Duration::from_millis(1_500));
        }
    }
    FIM.store(true, Ordering::Relaxed);
    let vistos = pessoas.map(|pessoa| pessoa.join().expect("a tarefa termina"));
    let vistos = vistos.concat();
    (codigos(vistos.iter().copied()), vistos.len())
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn a_requisicao_que_ja_chegou_termina_depois_do_sigterm() {
    let mut casa = Casa::nova();
    let instancia = &mut casa.instancias[0];
    let mut lento = aos_poucos(&[&instancia.endereco("/login_submit")]);
    let mut corpo = lento.stdin.take().expect("a entrada está aberta");
    corpo.write_all(b"username=admin&password=").expect("o começo vai inteiro");
    sleep(Duration::from_millis(300));
    instancia.sinal("TERM");
    sleep(Duration::from_secs(2));
    let parou = instancia.processo.try_wait().expect("responde");
    assert!(parou.is_none(), "não esperou");
    let nova = TcpStream::connect(("127.0.0.1", instancia.porta));
    assert!(nova.is_err(), "quem está parando não aceita mais ninguém");
    corpo.write_all(b"errada").expect("o fim vai inteiro");
    drop(corpo);
    let resposta = lento.wait_with_output().expect("o curl termina");
    let resposta = Resposta::nova(&resposta.stdout);
    assert!([401, 403].contains(&resposta.codigo), "{resposta:?}");
    let inicio = Instant::now();
    let fim = instancia.processo.wait().expect("deve terminar");
    assert!(fim.success() && inicio.elapsed() < Duration::from_secs(16), "{fim}");
    // A outra instância continua atendendo.
    assert_eq!(casa.navegador("127.0.0.1", "127.0.0.1").get("/login").codigo, 200);
}

/// O nginx espera 10 s por cada pedaço; o Rocket, por um corpo, espera sempre.
#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn o_nginx_corta_quem_para_no_meio_e_a_instancia_sozinha_nao() {
    let casa = Casa::nova();
    let outro = casa.navegador("127.0.0.1", "127.0.0.1");
    let pelo_nginx = |pingado| {
        let navegador = casa.navegador("127.0.0.1", "127.0.0.1");
        let fixos = navegador.fixos.iter().map(String::as_str);
        let url = format!("{}/login_submit", navegador.site);
        cortado_em_15_s(&fixos.chain([&*url]).collect::<Vec<_>>(), pingado)
    };
    let (lentos, outros) = std::thread::scope(|escopo| {
        let lentos = [
            escopo.spawn(|| {
                let mut nginx = TcpStream::connect(("127.0.0.1", casa.porta_http))
                    .expect("o nginx atende");
                let prazo = Some(Duration::from_secs(15));
                nginx.set_read_timeout(prazo).expect("há um prazo");
                nginx.write_all(b"GET / HTTP/1.1\r\nHost: exem").expect("vai inteiro");
                nginx.read_to_end(&mut Vec::new()).is_ok()
            }),
            escopo.spawn(|| pelo_nginx(false)),
            escopo.spawn(|| pelo_nginx(true)),
            escopo.spawn(|| {
                let url = casa.instancias[0].endereco("/login_submit");
                cortado_em_15_s(&[&url], false)
            }),
        ];
        let outros: Vec<u16> = (0..50).map(|_| outro.get("/login").codigo).collect();
        (lentos.map(|lento| lento.join().expect("termina")), outros)
    });
    let [cabecalho, corpo, pingado, sozinha] =
        lentos.map(|cortado| if cortado { "corta" } else { "não corta" });
    let visto = format!(
        "{} aos outros; em 15 s, o nginx {cabecalho} o cabeçalho parado, {corpo} o \
         formulário parado e {pingado} um byte a cada 2 s; sem ele, a instância {sozinha}",
        codigos(outros)
    );
    conferir("O cliente manda o formulário aos poucos", &visto);
}

/// Manda o começo de um formulário, e depois um byte a cada 2 s, ou mais nada. Diz se a conexão foi
/// cortada.
fn cortado_em_15_s(argumentos: &[&str], pingado: bool) -> bool {
    let mut lento = aos_poucos(argumentos);
    let mut corpo = lento.stdin.take().expect("a entrada está aberta");
    let inicio = Instant::now();
    let mut cortado = false;
    while !cortado && inicio.elapsed() < Duration::from_secs(15) {
        if pingado || inicio.elapsed() < Duration::from_secs(1) {
            cortado = corpo.write_all(b"m").is_err();
        }
        sleep(Duration::from_secs(2));
        cortado |= lento.try_wait().expect("responde").is_some();
    }
    let _ = lento.kill();
    let _ = lento.wait();
    cortado
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn os_logs_nao_levam_id_chave_nem_senha() {
    let casa = Casa::nova();
    let navegador = casa.navegador("127.0.0.1", "127.0.0.1");
    navegador.get("/login?volta=/texto-na-consulta");
    let campos = "produto=segredo-no-carrinho";
    let formulario = navegador.formulario("/carrinho", "/carrinho", campos);
    navegador.post("/carrinho", &formulario);
    let primeiro = navegador.cookie();
    navegador.entrar("admin", "senha-errada-do-teste");
    assert_eq!(navegador.entrar("admin", "123").codigo, 303);
    navegador.get("/nao-existe?token=segredo-na-consulta");
    let segundo = navegador.cookie();
    // O log das instâncias vem depois da resposta.
    sleep(Duration::from_millis(300));
    let saidas: Vec<String> =
        casa.instancias.iter().map(|instancia| tests::ler(&instancia.saida)).collect();
    let do_nginx = tests::ler(casa.pasta.path().join("sessoes.log"));
    let mut diario = 0;
    let linhas = saidas.iter().chain([&do_nginx]).flat_map(|saida| saida.lines());
    for linha in linhas.filter(|linha| linha.starts_with('{')) {
        let linha: Value = serde_json::from_str(linha).expect("cada linha é JSON");
        assert!(linha["hora"].is_string() && linha["metodo"].is_string(), "{linha}");
        let do_programa = linha.get("rota").is_some();
        diario += usize::from(do_programa);
        let tempo = if do_programa { "ms" } else { "segundos" };
        assert!(linha.get(tempo).is_some(), "{linha}");
    }
    assert!(diario >= 6, "{saidas:?}");
    let erros = tests::ler(casa.pasta.path().join("erros.log"));
    let tudo = format!("{}{do_nginx}{erros}", saidas.concat());
    let sem_campos = formulario.replace(campos, "");
    let token = sem_campos.split(['=', '&']).filter(|parte| parte.len() > 8);
    for segredo in token.chain([
        &*primeiro,
        &segundo,
        &chave_de_teste('1'),
        SENHA_DO_REDIS,
        "senha-errada-do-teste",
        "segredo-no-carrinho",
    ]) {
        assert!(!tudo.contains(segredo), "{segredo} está em:\n{tudo}");
    }
    // O Rocket avisa, ele mesmo, de um endereço que ninguém atende, com a consulta dele.
    let diarios: String = tudo.lines().filter(|linha| linha.starts_with('{')).collect();
    assert!(!diarios.contains("na-consulta"), "{diarios}");
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn a_saude_nao_e_publica_nem_com_uma_barra_no_fim() {
    let casa = Casa::nova();
    for caminho in ["/saude", "/saude/", "/saude//"] {
        for (de, codigo) in [("127.0.0.1", 200), ("203.0.113.7", 403)] {
            let resposta = casa.navegador("127.0.0.1", de).get(caminho);
            assert_eq!(resposta.codigo, codigo, "{caminho} de {de}");
        }
    }
}

/// Quem tem IPv6 troca de endereço à vontade, mas não de rede.
#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn uma_rede_com_pressa_espera_e_nao_atrapalha_as_outras() {
    let casa = Casa::no_ritmo_do_arquivo();
    let recusadas = |de, quantas: u16, caminho| {
        let visitas = format!("{caminho}?[1-{quantas}]");
        let vistas = casa.navegador("127.0.0.1", de).get(&visitas).texto;
        vistas.matches("HTTP/1.1 429 ").count()
    };
    for (uma, vizinha, distante) in [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"),
        ("203.0.113.7", "203.0.113.7", "203.0.113.8"),
    ] {
        // O login tem um ritmo mais lento, também com barras no fim.
        assert!(recusadas(uma, 40, "/login_submit//") > 10, "{uma}");
        assert!(recusadas(uma, 300, "/login") > 50, "{uma}");
        assert!(recusadas(vizinha, 40, "/login") > 10, "{vizinha}");
        assert_eq!(recusadas(distante, 10, "/login_submit"), 0, "{distante}");
    }
    let resposta = casa.navegador("127.0.0.1", "203.0.113.7").get("/login?[1-99]");
    assert!(resposta.protecoes().len() == 2 * 99, "{resposta:?}");
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn os_erros_de_login_contam_contra_o_endereco_de_verdade() {
    let casa = Casa::nova();
    let teimoso = casa.navegador("127.0.0.1", "203.0.113.7");
    let formulario = teimoso.formulario("/login", "/login_submit", "password=errada");
    // Um nome e um `X-Real-IP` por tentativa: só o endereço da conexão se repete. São 50 em cada
    // instância, e o nginx alterna entre elas.
    let tentar = |n: usize| {
        let inventado = format!("X-Real-IP: 203.0.113.{n}");
        let formulario = format!("{formulario}&username=n{n}");
        let argumentos = ["--header", &inventado, "--data", &formulario];
        teimoso.pedir("/login_submit", &argumentos)
    };
    for n in 0..100 {
        assert_eq!(tentar(n).codigo, 401, "tentativa {n}");
    }
    let Resposta { codigo, texto } = tentar(100);
    assert_eq!(codigo, 429, "{texto}");
    assert!(texto.to_lowercase().contains("retry-after:"), "{texto}");
    let outro = casa.navegador("127.0.0.1", "203.0.113.8");
    assert_eq!(outro.entrar("n1", "errada").codigo, 401);
}

fn producao() -> PathBuf {
    pasta_do_capitulo("cap18-completa").join("producao")
}

/// Tudo no ar, em uma pasta temporária. Ao sair do escopo, tudo para.
struct Casa {
    pasta: TempDir,
    porta_http: u16,
    porta_https: u16,
    _redis: Servidor,
    nginx: Child,
    instancias: [Instancia; 2],
}

impl Casa {
    /// O `nginx.conf` dá 20 visitas por segundo a cada endereço: quase todos os testes têm pressa.
    fn nova() -> Casa {
        Casa::com(&[])
    }

    fn com(trocas: &[(&str, &str)]) -> Casa {
        let pressa = [("rate=1r/s", "rate=1000r/s"), ("rate=20r/s", "rate=1000r/s")];
        Casa::montar(&[&pressa, trocas].concat())
    }

    fn no_ritmo_do_arquivo() -> Casa {
        Casa::montar(&[])
    }

    fn montar(trocas: &[(&str, &str)]) -> Casa {
        assert!(compilar_so("cap18-completa"), "a compilação falhou");
        let pasta = TempDir::new().expect("a pasta temporária deve abrir");
        let redis =
            Servidor::redis(&["--appendonly", "yes", "--requirepass", SENHA_DO_REDIS]);
        let url = format!("redis://:{SENHA_DO_REDIS}@127.0.0.1:{}", redis.porta);
        let [porta_http, porta_https, uma, outra] = [(); 4].map(|()| porta_livre());
        let instancias = [uma, outra].map(|porta| {
            let saida = pasta.path().join(format!("{porta}.log"));
            let processo = instancia(porta, &saida, &url, '1', &[]);
            Instancia { processo, porta, saida, url: url.clone() }
        });
        certificado(&pasta);
        let portas = [porta_http, porta_https, uma, outra];
        let nginx = nginx(&pasta, portas, trocas);
        esperar("o nginx", || TcpStream::connect(("127.0.0.1", porta_https)).is_ok());
        Casa { pasta, porta_http, porta_https, _redis: redis, nginx, instancias }
    }

    /// Um navegador que se conecta aqui e, para o nginx, chega deste endereço.
    fn navegador(&self, aqui: &str, de: &str) -> Navegador {
        let pote = NamedTempFile::new().expect("o arquivo temporário deve abrir");
        let arquivo = pote.path().display().to_string();
        let certificado = self.pasta.path().join("certificado.pem");
        let fixos = [
            "--cacert",
            &certificado.display().to_string(),
            "--connect-to",
            &format!("::{aqui}:{}", self.porta_https),
            "--cookie",
            &arquivo,
            "--cookie-jar",
            &arquivo,
            "--header",
            &format!("X-De: {de}"),
        ];
        let fixos = fixos.map(str::to_owned).into();
        Navegador { site: format!("https://{SITE}"), fixos, pote }
    }

    /// Um navegador em que a admin já entrou.
    fn com_login(&self) -> Navegador {
        let navegador = self.navegador("127.0.0.1", "127.0.0.1");
        let resposta = navegador.entrar("admin", "123");
        assert_eq!(resposta.codigo, 303, "{resposta:?}");
        navegador
    }
}

impl Drop for Casa {
    fn drop(&mut self) {
        let instancias =
            self.instancias.iter_mut().map(|instancia| &mut instancia.processo);
        for processo in instancias.chain([&mut self.nginx]) {
            let _ = processo.kill();
            let _ = processo.wait();
        }
    }
}

/// Um processo do capítulo com os ajustes de release, em uma porta escolhida.
struct Instancia {
    processo: Child,
    porta: u16,
    saida: PathBuf,
    url: String,
}

impl Instancia {
    fn iniciar(&mut self, atual: char, anteriores: &[char]) {
        let Instancia { processo, porta, saida, url } = self;
        *processo = instancia(*porta, saida, url, atual, anteriores);
    }

    fn endereco(&self, caminho: &str) -> String {
        format!("http://127.0.0.1:{}{caminho}", self.porta)
    }

    fn sinal(&self, nome: &str) {
        let sinal = format!("-{nome}");
        let enviado =
            Command::new("kill").args([sinal, self.processo.id().to_string()]).status();
        assert!(enviado.is_ok_and(|fim| fim.success()), "o sinal não foi enviado");
    }

    fn parar(&mut self, sinal: &str) -> std::process::ExitStatus {
        self.sinal(sinal);
        self.processo.wait().expect("deve terminar")
    }
}

fn instancia(
    porta: u16,
    saida: &Path,
    url: &str,
    atual: char,
    anteriores: &[char],
) -> Child {
    let arquivo = File::options().create(true).append(true).open(saida);
    let arquivo = arquivo.expect("o log deve abrir");
    let anteriores: Vec<String> =
        anteriores.iter().copied().map(chave_de_teste).collect();
    let mut processo = servidor("cap18-completa", &chave_de_teste(atual))
        // O binário é o de debug; o perfil e o nível do log são os de release.
        .env("ROCKET_PROFILE", "release")
        .env("ROCKET_LOG_LEVEL", "critical")
        .env("ROCKET_SECRET_KEYS_ANTERIORES", format!("{anteriores:?}"))
        .env("ROCKET_PORT", porta.to_string())
        .env("ROCKET_IP_HEADER", "X-Real-IP")
        .env("ROCKET_SESSAO_URL", url)
        .stdin(Stdio::null())
        .stdout(arquivo.try_clone().expect("o log deve abrir"))
        .stderr(arquivo)
        .spawn()
        .expect("a instância deve iniciar");
    esperar("a instância", || {
        let parou = processo.try_wait().expect("deve responder");
        assert!(parou.is_none(), "{}", tests::ler(saida));
        TcpStream::connect(("127.0.0.1", porta)).is_ok()
    });
    processo
}

/// O nginx com o arquivo do repositório, menos as portas, as pastas e o que o teste troca.
fn nginx(
    pasta: &TempDir,
    [http, https, uma, outra]: [u16; 4],
    trocas: &[(&str, &str)],
) -> Child {
    let aqui = pasta.path().display();
    let mut texto = tests::ler(producao().join("nginx.conf"));
    // Fora do root, o nginx não escreve nas pastas de sempre. E quem testa diz de onde chega.
    let pastas: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|nome| format!("{nome}_temp_path {aqui}/{nome};\n"))
        .concat();
    let de = "set_real_ip_from 127.0.0.1;\nset_real_ip_from ::1;\nreal_ip_header X-De;";
    let daqui = [
        ("/run/nginx.pid", format!("{aqui}/nginx.pid")),
        ("/var/log/nginx", aqui.to_string()),
        ("/etc/nginx/certificado", format!("{aqui}/certificado")),
        ("127.0.0.1:8001", format!("127.0.0.1:{uma}")),
        ("127.0.0.1:8002", format!("127.0.0.1:{outra}")),
        ("listen 80;", format!("listen 127.0.0.1:{http};")),
        ("listen [::]:80;", format!("listen [::1]:{http};")),
        ("listen 443 ", format!("listen 127.0.0.1:{https} ")),
        ("listen [::]:443 ", format!("listen [::1]:{https} ")),
        ("http {", format!("http {{\n{pastas}{de}")),
    ];
    let trocas = trocas.iter().map(|(de, para)| (*de, (*para).to_owned()));
    for (de, para) in daqui.into_iter().chain(trocas) {
        assert!(texto.contains(de), "o nginx.conf não tem mais {de}");
        texto = texto.replace(de, &para);
    }
    let arquivo = pasta.path().join("nginx.conf");
    fs::write(&arquivo, texto).expect("deve escrever");
    let comando = |opcoes: &[&str]| {
        let mut comando = Command::new("nginx");
        comando.arg("-p").arg(pasta.path()).arg("-c").arg(&arquivo).args(opcoes);
        comando
    };
    let (certo, saida) = ate_o_fim(comando(&["-t"]));
    assert!(certo && !saida.contains("[warn]"), "{saida}");
    // Um processo só: quem o para não deixa filhos.
    let mut nginx = comando(&["-g", "daemon off; master_process off;"]);
    nginx.stderr(Stdio::null()).spawn().expect("o nginx deve iniciar")
}

fn certificado(pasta: &TempDir) {
    let mut openssl = Command::new("openssl");
    openssl.current_dir(pasta).args(["req", "-x509", "-nodes", "-days", "1"]);
    openssl.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    openssl.args(["-subj", "/CN=exemplo.com.br"]);
    openssl.args(["-addext", "subjectAltName=DNS:exemplo.com.br"]);
    openssl.args(["-keyout", "certificado.key", "-out", "certificado.pem"]);
    let (certo, saida) = ate_o_fim(openssl);
    assert!(certo, "{saida}");
}

fn esperar(o_que: &str, mut pronto: impl FnMut() -> bool) {
    let limite = Instant::now() + PACIENCIA;
    while !pronto() {
        assert!(Instant::now() < limite, "esperei demais: {o_que}");
        sleep(Duration::from_millis(50));
    }
}

/// O curl, que fala TLS e guarda os cookies com as regras de um navegador.
struct Navegador {
    site: String,
    fixos: Vec<String>,
    pote: NamedTempFile,
}

impl Navegador {
    fn get(&self, caminho: &str) -> Resposta {
        self.pedir(caminho, &[])
    }

    fn post(&self, caminho: &str, formulario: &str) -> Resposta {
        let origem = format!("Origin: {}", self.site);
        self.pedir(caminho, &["--data", formulario, "--header", &origem])
    }

    fn pedir(&self, caminho: &str, argumentos: &[&str]) -> Resposta {
        let endereco = format!("{}{caminho}", self.site);
        let fixos = self.fixos.iter().map(String::as_str);
        let todos = fixos.chain(argumentos.iter().copied()).chain([&*endereco]);
        curl(&todos.collect::<Vec<_>>())
    }

    /// O que um formulário da página envia: os campos ocultos dele, se tem algum, e estes.
    fn formulario(&self, pagina: &str, acao: &str, campos: &str) -> String {
        let texto = self.get(pagina).texto;
        let da_pagina = campos_do_formulario(&texto, acao);
        let ocultos = da_pagina.unwrap_or_else(|| panic!("sem formulário: {texto}"));
        let ocultos = ocultos.iter().filter_map(|campo| {
            let oculto = campo.atributo("type") == Some("hidden");
            oculto.then_some((campo.atributo("name")?, campo.atributo("value")?))
        });
        let ocultos = ocultos.map(|(nome, valor)| format!("{nome}={valor}&"));
        format!("{}{campos}", ocultos.collect::<String>())
    }

    fn entrar(&self, nome: &str, senha: &str) -> Resposta {
        let campos = format!("username={nome}&password={senha}");
        let formulario = self.formulario("/login", "/login_submit", &campos);
        self.post("/login_submit", &formulario)
    }

    fn livros(&self) -> usize {
        let pagina = self.get("/carrinho");
        assert_eq!(pagina.codigo, 200, "a sessão se perdeu: {pagina:?}");
        let quantos = Regex::new(r"livro\D{0,40}?(\d+)").expect("expressão válida");
        let quantos = quantos.captures(&pagina.texto);
        quantos.and_then(|achado| achado[1].parse().ok()).unwrap_or(0)
    }

    /// O valor do cookie, no formato em que o curl o guarda.
    fn cookie(&self) -> String {
        let pote = tests::ler(self.pote.path());
        let linha = pote.lines().find(|linha| linha.contains("__Host-session"));
        let campos: Vec<&str> = linha.expect("há um cookie").split('\t').collect();
        campos[6].to_owned()
    }
}

#[derive(Debug)]
struct Resposta {
    codigo: u16,
    /// Os cabeçalhos e o corpo.
    texto: String,
}

impl Resposta {
    fn nova(saida: &[u8]) -> Resposta {
        let texto = String::from_utf8_lossy(saida).into_owned();
        let codigo = texto.lines().last().and_then(|linha| linha.parse().ok());
        Resposta { codigo: codigo.unwrap_or(0), texto }
    }

    /// Os cabeçalhos que toda resposta leva, em ordem alfabética.
    fn protecoes(&self) -> Vec<String> {
        let linhas = self.texto.lines().map(str::to_lowercase);
        let mut protecoes: Vec<String> = linhas
            .filter(|linha| {
                linha.starts_with("strict-") || linha.starts_with("x-content-type-")
            })
            .collect();
        protecoes.sort();
        protecoes
    }
}

const CURL: [&str; 8] = [
    "--silent",
    "--include",
    "--noproxy",
    "*",
    "--max-time",
    "60",
    "--write-out",
    "\n%{http_code}",
];

fn curl(argumentos: &[&str]) -> Resposta {
    let saida = Command::new("curl").args(CURL).args(argumentos).output();
    Resposta::nova(&saida.expect("o curl deve executar").stdout)
}

/// O curl enviando um formulário à medida que alguém o escreve na entrada dele.
fn aos_poucos(argumentos: &[&str]) -> Child {
    let mut curl = Command::new("curl");
    curl.args(CURL).args(["--request", "POST", "--upload-file", "."]);
    curl.args(["--header", "Content-Type: application/x-www-form-urlencoded"]);
    curl.args(["--header", "Expect:"]).args(argumentos);
    curl.stdin(Stdio::piped()).stdout(Stdio::piped());
    curl.spawn().expect("o curl deve executar")
}
