//! A casa de produção do capítulo 18, montada de verdade com os arquivos que o livro mostra: o
//! nginx na frente de duas instâncias, e um Redis atrás delas.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use book::processo::{
    Processo, binario, chave_de_teste, compilar_so, pasta_do_capitulo, servidor,
};
use regex::Regex;
use serde_json::Value;
use tempfile::{NamedTempFile, TempDir};
use tests::falhas::{codigos, conferir, no_maximo};
use tests::servidores::{Servidor, porta_livre};

const SENHA_DO_REDIS: &str = "senha-so-deste-teste";
/// O `nginx.conf` dá 20 visitas por segundo a cada rede: quase todos os testes têm pressa.
const PRESSA: [(&str, &str); 2] =
    [("rate=1r/s", "rate=1000r/s"), ("rate=20r/s", "rate=1000r/s")];
/// A instância que acabou de reiniciar volta logo, para que as duas chaves se misturem.
const SEM_CASTIGO: [(&str, &str); 3] =
    [PRESSA[0], PRESSA[1], ("max_fails=1 fail_timeout=30s", "max_fails=0")];
const PACIENCIA: Duration = Duration::from_secs(120);

#[test]
fn os_arquivos_de_producao_so_usam_variaveis_que_o_programa_le() {
    let capitulo = pasta_do_capitulo("cap18-completa");
    let ajustes = tests::ler(capitulo.join("Rocket.toml"));
    // As que o próprio Rocket, o `shared`, os templates e `chaves.rs` leem.
    let de_fabrica =
        "secret_key secret_keys_anteriores config port address template_dir";
    let variavel = Regex::new("ROCKET_([A-Z_]+)").unwrap();
    let arquivos: String =
        tests::arquivos(&producao()).into_iter().map(tests::ler).collect();
    for achada in variavel.captures_iter(&arquivos) {
        let nome = achada[1].to_lowercase();
        let conhecida = de_fabrica.split(' ').any(|outro| outro == nome)
            || ajustes.contains(&format!("{nome} = "));
        assert!(conhecida, "ninguém lê {}", &achada[0]);
    }
    // O prazo de quem para o programa é maior que o dele.
    let ajustes: toml::Table = ajustes.parse().expect("TOML");
    let parada = &ajustes["release"]["shutdown"];
    let dele = parada["grace"].as_integer().zip(parada["mercy"].as_integer());
    assert!(dele.is_some_and(|(grace, mercy)| grace + mercy < 30), "{parada}");
    for prazo in ["TimeoutStopSec=30\n", "stop_grace_period: 30s\n"] {
        assert!(arquivos.contains(prazo), "falta {prazo}");
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "reinicia em um servidor Linux")]
fn o_reinicio_so_passa_a_segunda_instancia_quando_a_primeira_atende() {
    for (saude, esperado) in [("exit 0", "8001 8002 certo"), ("exit 22", "8001 errado")]
    {
        let pasta = tempfile::tempdir().expect("a pasta temporária deve abrir");
        let de = pasta.path().display();
        // No lugar do systemd, da rede e do relógio.
        for (nome, texto) in [
            ("systemctl", format!("echo -n \"${{2#sessoes@}} \" >> {de}/reiniciadas")),
            ("curl", saude.to_owned()),
            ("sleep", "exit 0".to_owned()),
        ] {
            let arquivo = pasta.path().join(nome);
            std::fs::write(&arquivo, format!("#!/bin/sh\n{texto}\n")).expect("escreve");
            let chmod = Command::new("chmod").arg("+x").arg(&arquivo).status();
            assert!(chmod.is_ok_and(|status| status.success()));
        }
        let caminho = format!("{de}:{}", std::env::var("PATH").expect("há um PATH"));
        let mut reinicio = Command::new("bash");
        reinicio.arg(producao().join("reiniciar.sh"));
        let saida = reinicio.env("PATH", caminho).output().expect("o bash executa");
        let fim = if saida.status.success() { "certo" } else { "errado" };
        let reiniciadas = tests::ler(pasta.path().join("reiniciadas"));
        assert_eq!(format!("{reiniciadas}{fim}"), esperado, "{saida:?}");
    }
}

#[test]
#[ignore = "precisa de curl, e instala em um servidor Linux"]
fn o_instalador_poe_cada_arquivo_onde_o_systemd_procura() {
    let casa = TempDir::new().expect("a pasta temporária deve abrir");
    let na_casa = |caminho: &str| casa.path().join(caminho.trim_start_matches('/'));
    let instalar = || {
        let mut instalar = Command::new("bash");
        instalar.arg(producao().join("instalar.sh")).arg(binario("cap18-completa"));
        executar(instalar.env("DESTINO", casa.path()));
    };
    instalar();
    let servico = tests::ler(na_casa("/etc/systemd/system/sessoes@.service"));
    let valor = |inicio: &str| {
        let linha = servico.lines().find_map(|linha| linha.strip_prefix(inicio));
        na_casa(linha.unwrap_or_else(|| panic!("falta {inicio}")))
    };
    let (programa, ambiente) = (valor("ExecStart="), valor("EnvironmentFile="));
    let modos =
        executar(Command::new("stat").args(["-c%a"]).args([&programa, &ambiente]));
    assert_eq!(modos, "755\n600\n");
    let preenchidos = [ambiente, na_casa("/etc/nginx/sessoes.conf")];
    for arquivo in &preenchidos {
        assert!(arquivo.is_file(), "{arquivo:?}");
        fs::write(arquivo, "preenchido").expect("grava");
    }
    instalar();
    assert_eq!(preenchidos.map(tests::ler), ["preenchido"; 2]);

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
fn o_login_por_https_vale_nas_duas_instancias_e_em_outra_porta() {
    let casa = Casa::nova();
    // O curl só guarda um cookie com este nome se ele tem o que um navegador exige.
    let cookie = format!("__Host-session={}", casa.com_login().cookie());
    for instancia in &casa.instancias {
        let perfil = curl(&["-b", &cookie, &direto(instancia, "/perfil")]);
        assert!(perfil.texto.contains("Cargo: admin"), "{perfil:?}");
    }
    let mut outra = casa.navegador("[::1]", "2001:db8::1");
    outra.site += ":8443";
    assert_eq!(outra.entrar("123").codigo, 303);
    let sem_tls = curl(&[&format!("http://[::1]:{}/login", casa.portas[2])]);
    assert_eq!(sem_tls.codigo, 308, "{sem_tls:?}");
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn outro_nome_em_host_nao_chega_ao_programa() {
    let casa = Casa::nova();
    let navegador = casa.com_login();
    let outro = navegador.pedir("/login", &["-H", "Host: mau.example"]);
    assert_eq!(outro.codigo, 421, "{outro:?}");
    // Com o endereço inteiro na primeira linha, o nome que vale é o dele.
    let cookie = format!("Cookie: __Host-session={}", navegador.cookie());
    let alvo = format!("{}/carrinho", navegador.site);
    for (origem, codigo) in [("https://mau.example", 403), (&*navegador.site, 303)] {
        let origem = format!("Origin: {origem}");
        let cabecalhos = ["-H", "Host: mau.example", "-H", &cookie, "-H", &origem];
        let resto = ["-d", "produto=livro", "--request-target", &alvo];
        let resposta =
            navegador.pedir("/carrinho", &[&cabecalhos[..], &resto].concat());
        assert_eq!(resposta.codigo, codigo, "{resposta:?}");
    }
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn o_que_o_proprio_nginx_responde_tambem_leva_hsts_e_nosniff() {
    let mut casa = Casa::nova();
    let navegador = casa.daqui();
    let grande = format!("X-Grande: {}", "x".repeat(70_000));
    let mut respostas = vec![
        (200, curl(&[&direto(&casa.instancias[0], "/login")])),
        (200, navegador.get("/login")),
        (413, navegador.post("/carrinho", &grande)),
        (400, navegador.pedir("/login", &["-H", &grande])),
    ];
    casa.instancias.iter().for_each(|instancia| sinal(instancia, "KILL"));
    respostas.push((502, navegador.get("/login")));
    for (codigo, resposta) in respostas {
        assert_eq!(resposta.codigo, codigo, "{resposta:?}");
        assert_eq!(resposta.protegidas(), 1, "{resposta:?}");
    }
    // As duas falharam há pouco, mas já estão de volta.
    casa.instancias = [0, 1].map(|n| instancia(casa.portas[n], &casa.url, '1', &[]));
    assert_eq!(navegador.get("/login").codigo, 200);
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn um_cookie_de_um_vizinho_so_desconecta_quem_nao_tem_o_nginx_na_frente() {
    let casa = Casa::nova();
    let sessao = format!("__Host-session={}", casa.com_login().cookie());
    for vizinho in [b"x=\xff".as_slice(), b"x=caf\xe9", b"%5F%5FHost-session=lixo"] {
        for cookies in [[sessao.as_bytes(), vizinho], [vizinho, sessao.as_bytes()]] {
            let mut arquivo = NamedTempFile::new().expect("o arquivo abre");
            let linha = [b"Cookie: ", &*cookies.join(b"; ".as_slice())].concat();
            arquivo.write_all(&linha).expect("o cabeçalho cabe");
            let cabecalho = format!("@{}", arquivo.path().display());
            let painel = casa.daqui().pedir("/dashboard", &["-H", &cabecalho]);
            assert_eq!(painel.codigo, 200, "{vizinho:?}: {painel:?}");
            // Com um byte fora do UTF-8, o Rocket descarta o cabeçalho inteiro.
            let sem_nginx = direto(&casa.instancias[0], "/dashboard");
            let sem_nginx = curl(&["-H", &cabecalho, &sem_nginx]).codigo;
            let esperado = if vizinho.starts_with(b"x=") { 303 } else { 200 };
            assert_eq!(sem_nginx, esperado, "{vizinho:?}");
        }
    }
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn um_corpo_recusado_nao_parece_uma_falha_da_instancia() {
    let casa = Casa::nova();
    let navegador = casa.daqui();
    for (letras, codigo) in [(15_000, 403), (17_000, 413)] {
        let corpo = format!("produto={}", "a".repeat(letras));
        let recusas = (0..20).map(|_| {
            let de_fora = ["-H", "Sec-Fetch-Site: cross-site", "-d", &corpo];
            navegador.pedir("/carrinho", &de_fora).codigo
        });
        assert_eq!(codigos(recusas.collect::<Vec<_>>()), codigo.to_string());
    }
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn uma_instancia_morta_nao_perde_sessao_nem_produto_confirmado() {
    let casa = Casa::nova();
    let pessoas = casa.quatro_pessoas();
    let comprar = |pessoa: &Navegador| {
        let enviar = |_| pessoa.post("/carrinho", "produto=livro").codigo == 303;
        let confirmados = (0..60).map(enviar).filter(|certo| *certo).count();
        (confirmados, pessoa.livros())
    };
    let fim = juntas(&pessoas, comprar, || sinal(&casa.instancias[0], "KILL"));
    // Um POST cortado no meio pode ter sido gravado sem que a resposta chegasse.
    assert!(fim.iter().all(|(_, livros)| *livros <= 60), "{fim:?}");
    let perdidos: usize = fim
        .iter()
        .map(|(confirmados, livros)| confirmados.saturating_sub(*livros))
        .sum();
    let recusados = fim.iter().map(|(confirmados, _)| 60 - confirmados).max();
    let visto = format!(
        "a outra atende; {} erros para cada um; gravações confirmadas que se perderam: \
         {perdidos}",
        no_maximo(5, recusados.unwrap_or(60))
    );
    conferir("Uma de duas instâncias é morta, atrás do nginx", &visto);
}

/// Travada, ela ainda aceita conexões, mas não responde.
#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn uma_instancia_travada_custa_poucas_paginas_e_nenhum_post_repetido() {
    let casa = Casa::nova();
    let pessoas = casa.quatro_pessoas();
    let visitar = |pessoa: &Navegador| {
        sleep(Duration::from_secs(1));
        let post = pessoa.post("/carrinho", "produto=livro");
        (post, [(); 15].map(|()| pessoa.get("/perfil")))
    };
    let fim = juntas(&pessoas, visitar, || sinal(&casa.instancias[0], "STOP"));
    sinal(&casa.instancias[0], "CONT");
    // Ao voltar a si, ela pode gravar o que já tinha recebido.
    sleep(Duration::from_secs(1));
    let repetidos = pessoas.iter().filter(|pessoa| pessoa.livros() > 1).count();
    let posts = || fim.iter().map(|(post, _)| post);
    let paginas = || fim.iter().flat_map(|(_, paginas)| paginas);
    let lentas = posts().chain(paginas()).filter(|resposta| resposta.demorou());
    let cortados = posts().filter(|post| post.codigo == 504);
    assert!(cortados.clone().all(|post| post.protegidas() == 1), "{fim:?}");
    let visto = format!(
        "de 64 requisições, {} demoraram 10 s; {} às páginas, e {} aos formulários; \
         formulários que valeram duas vezes: {repetidos}",
        no_maximo(3, lentas.count()),
        codigos(paginas().map(|pagina| pagina.codigo)),
        codigos(posts().map(|post| post.codigo)),
    );
    conferir("Uma de duas instâncias trava, atrás do nginx", &visto);
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn a_chave_trocada_em_tres_rodadas_nao_desconecta_ninguem() {
    for trocas in [&PRESSA[..], &SEM_CASTIGO] {
        let rodadas: [(_, &[_]); 3] = [('1', &['2']), ('2', &['1']), ('2', &[])];
        let vistos = trocar_a_chave(trocas, &rodadas);
        assert!(vistos.len() > 200, "só {} perfis", vistos.len());
        assert_eq!(codigos(vistos), "200");
    }
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn a_chave_trocada_em_uma_rodada_desconecta_quem_passa_pela_outra_instancia() {
    let vistos = trocar_a_chave(&SEM_CASTIGO, &[('2', &['1'])]);
    assert_eq!(codigos(vistos), "200 e 303");
}

/// Em cada rodada, reinicia as instâncias, uma depois da outra, com esta chave atual e estas
/// anteriores. Devolve os códigos que quatro pessoas viram no perfil enquanto isso.
fn trocar_a_chave(trocas: &[(&str, &str)], rodadas: &[(char, &[char])]) -> Vec<u16> {
    let mut casa = Casa::com(trocas);
    let (pessoas, fim) = (casa.quatro_pessoas(), AtomicBool::new(false));
    let limite = Instant::now() + PACIENCIA;
    let visitar = |pessoa: &Navegador| {
        let mut vistos = Vec::new();
        while !fim.load(Ordering::Relaxed) && Instant::now() < limite {
            vistos.push(pessoa.get("/perfil").codigo);
        }
        vistos
    };
    let trocar = || {
        for (atual, anteriores) in rodadas {
            for (n, antiga) in casa.instancias.iter_mut().enumerate() {
                sinal(antiga, "TERM");
                esperar("o fim", || terminou(antiga));
                *antiga = instancia(casa.portas[n], &casa.url, *atual, anteriores);
                sleep(Duration::from_secs(1));
            }
        }
        fim.store(true, Ordering::Relaxed);
    };
    juntas(&pessoas, visitar, trocar).concat()
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn a_requisicao_que_ja_chegou_termina_depois_do_sigterm() {
    let casa = Casa::nova();
    let [instancia, _] = &casa.instancias;
    let (lento, mut corpo) = aos_poucos(&[&direto(instancia, "/login_submit")]);
    corpo.write_all(b"username=admin&password=").expect("o começo vai inteiro");
    sleep(Duration::from_millis(300));
    sinal(instancia, "TERM");
    sleep(Duration::from_secs(2));
    assert!(!terminou(instancia), "não esperou");
    let nova = TcpStream::connect(("127.0.0.1", casa.portas[0]));
    assert!(nova.is_err(), "quem está parando não aceita mais ninguém");
    corpo.write_all(b"errada").expect("o fim vai inteiro");
    drop(corpo);
    let resposta = lento.wait_with_output().expect("o curl termina").stdout;
    assert!(resposta.ends_with(b"401"), "{resposta:?}");
    esperar("o fim", || terminou(instancia));
}

/// O nginx espera 10 s por cada pedaço; o Rocket, por um corpo, espera sempre.
#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn o_nginx_corta_quem_para_no_meio_e_a_instancia_sozinha_nao() {
    let casa = Casa::nova();
    let navegador = casa.daqui();
    let pelo_nginx = format!("{} {}/login_submit", navegador.fixos, navegador.site);
    let pelo_nginx: Vec<&str> = pelo_nginx.split(' ').collect();
    let sozinha = direto(&casa.instancias[0], "/login_submit");
    // Depois de uma pausa, só o que se manda a mais mostra se a conexão foi cortada.
    let (parado, pingado) = ([12, 1, 1, 1], [2; 7]);
    let ([corpo, pingado, sozinha], outros) = scope(|escopo| {
        let lentos = [
            escopo.spawn(|| cortado(&pelo_nginx, &parado)),
            escopo.spawn(|| cortado(&pelo_nginx, &pingado)),
            escopo.spawn(|| cortado(&[&sozinha], &parado)),
        ];
        let outros = [(); 50].map(|()| navegador.get("/login").codigo);
        (lentos.map(|lento| lento.join().expect("termina")), outros)
    });
    let visto = format!(
        "{} aos outros; em 15 s, o nginx {corpo} o formulário parado e {pingado} um byte \
         a cada 2 s; sem ele, a instância {sozinha}",
        codigos(outros)
    );
    conferir("O cliente manda o formulário aos poucos", &visto);
}

/// Manda um byte antes de cada pausa, em segundos.
fn cortado(argumentos: &[&str], pausas: &[u64]) -> &'static str {
    let (mut lento, mut corpo) = aos_poucos(argumentos);
    let cortado = pausas.iter().any(|pausa| {
        let caiu = corpo.write_all(b"m").is_err();
        sleep(Duration::from_secs(*pausa));
        caiu || lento.try_wait().expect("responde").is_some()
    });
    let _ = lento.kill();
    let _ = lento.wait();
    if cortado { "corta" } else { "não corta" }
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn os_logs_nao_levam_id_chave_nem_senha() {
    let casa = Casa::nova();
    let navegador = casa.daqui();
    navegador.get("/login?volta=/texto-na-consulta");
    navegador.post("/carrinho", "produto=segredo-no-carrinho");
    let primeiro = navegador.cookie();
    navegador.entrar("senha-errada-do-teste");
    assert_eq!(navegador.entrar("123").codigo, 303);
    navegador.get("/nao-existe?token=segredo-na-consulta");
    // O log das instâncias vem depois da resposta.
    sleep(Duration::from_millis(300));
    let do_nginx = ["sessoes.log", "erros.log"].map(|log| casa.pasta.path().join(log));
    let das_instancias = casa.instancias.each_ref().map(Processo::saida);
    let tudo = [das_instancias.concat(), do_nginx.map(tests::ler).concat()].concat();
    let (segundo, chave) = (navegador.cookie(), chave_de_teste('1'));
    for segredo in [
        &*primeiro,
        &segundo,
        &chave,
        SENHA_DO_REDIS,
        "senha-errada-do-teste",
        "segredo-no-carrinho",
    ] {
        assert!(!tudo.contains(segredo), "{segredo} está em:\n{tudo}");
    }
    let mut vistas = [0, 0];
    // O Rocket avisa, ele mesmo, de um endereço que ninguém atende, com a consulta dele.
    for linha in tudo.lines().filter(|linha| linha.starts_with('{')) {
        assert!(!linha.contains("na-consulta"), "{linha}");
        let linha: Value = serde_json::from_str(linha).expect("cada linha é JSON");
        let do_nginx = linha.get("instancia").is_some();
        let campos =
            ["hora", "metodo", "status", if do_nginx { "segundos" } else { "ms" }];
        assert!(campos.iter().all(|campo| linha.get(campo).is_some()), "{linha}");
        vistas[usize::from(do_nginx)] += 1;
    }
    assert!(vistas.iter().all(|linhas| *linhas >= 5), "{tudo}");
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

/// Com IPv6, uma pessoa troca de endereço à vontade, mas não de rede.
#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn uma_rede_com_pressa_espera_e_nao_atrapalha_as_outras() {
    let casa = Casa::com(&[]);
    let visitas = |de, caminho, quantas: usize| {
        let vistas = casa.navegador("127.0.0.1", de);
        let vistas = vistas.get(&format!("{caminho}?[1-{quantas}]"));
        assert_eq!(vistas.protegidas(), quantas, "{vistas:?}");
        vistas.texto.matches("HTTP/1.1 429 ").count()
    };
    for (uma, vizinha, distante) in [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"),
        ("203.0.113.7", "203.0.113.7", "203.0.113.8"),
    ] {
        // O login tem um ritmo mais lento, também com barras no fim.
        assert!(visitas(uma, "/login_submit//", 40) > 10, "{uma}");
        assert!(visitas(uma, "/login", 300) > 50, "{uma}");
        assert!(visitas(vizinha, "/login", 40) > 10, "{vizinha}");
        assert_eq!(visitas(distante, "/login_submit", 10), 0, "{distante}");
    }
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn os_erros_de_login_contam_contra_o_endereco_de_verdade() {
    let casa = Casa::nova();
    let teimoso = casa.navegador("127.0.0.1", "203.0.113.7");
    // Um nome e um `X-Real-IP` por tentativa: só o endereço da conexão se repete. São 50 em cada
    // instância, e o nginx alterna entre elas.
    let mut tentativas = (0..=100).map(|n| {
        let inventado = format!("X-Real-IP: 203.0.113.{n}");
        let formulario = format!("username=n{n}&password=errada");
        teimoso.pedir("/login_submit", &["-H", &inventado, "-d", &formulario])
    });
    let cem: Vec<u16> = tentativas.by_ref().take(100).map(|vez| vez.codigo).collect();
    assert_eq!(codigos(cem), "401");
    let mais_uma = tentativas.next().expect("são 101");
    assert_eq!(mais_uma.codigo, 429, "{mais_uma:?}");
    assert!(mais_uma.texto.to_lowercase().contains("retry-after:"), "{mais_uma:?}");
    let outro = casa.navegador("127.0.0.1", "203.0.113.8");
    assert_eq!(outro.entrar("errada").codigo, 401);
}

fn producao() -> PathBuf {
    pasta_do_capitulo("cap18-completa").join("producao")
}

/// Executa um comando até o fim; se ele falha, o teste também.
fn executar(comando: &mut Command) -> String {
    let fim = comando.output().expect("o comando deve executar");
    assert!(fim.status.success(), "{comando:?}: {fim:?}");
    String::from_utf8_lossy(&[fim.stdout, fim.stderr].concat()).into_owned()
}

/// O que cada pessoa faz, ao mesmo tempo que as outras, enquanto algo acontece ao site.
fn juntas<T: Send>(
    pessoas: &[Navegador; 4],
    fazer: impl Fn(&Navegador) -> T + Sync,
    acontece: impl FnOnce(),
) -> Vec<T> {
    scope(|escopo| {
        let fazer = &fazer;
        let tarefas =
            pessoas.each_ref().map(|pessoa| escopo.spawn(move || fazer(pessoa)));
        sleep(Duration::from_millis(400));
        acontece();
        tarefas.map(|tarefa| tarefa.join().expect("a tarefa termina")).into()
    })
}

/// Tudo no ar, em uma pasta temporária. Ao sair do escopo, tudo para.
struct Casa {
    pasta: TempDir,
    url: String,
    portas: [u16; 4],
    _redis: Servidor,
    nginx: Child,
    instancias: [Processo; 2],
}

impl Casa {
    fn nova() -> Casa {
        Casa::com(&PRESSA)
    }

    fn com(trocas: &[(&str, &str)]) -> Casa {
        assert!(compilar_so("cap18-completa"), "a compilação falhou");
        let pasta = TempDir::new().expect("a pasta temporária deve abrir");
        let ajustes = producao().join("redis.conf").display().to_string();
        let redis =
            Servidor::redis(&["--include", &ajustes, "--requirepass", SENHA_DO_REDIS]);
        let url = format!("redis://:{SENHA_DO_REDIS}@127.0.0.1:{}", redis.porta);
        let portas = [(); 4].map(|()| porta_livre());
        let instancias = [0, 1].map(|n| instancia(portas[n], &url, '1', &[]));
        let openssl = "req -x509 -nodes -days 1 -newkey ec -pkeyopt \
            ec_paramgen_curve:prime256v1 -subj /CN=exemplo.com.br -addext \
            subjectAltName=DNS:exemplo.com.br -keyout certificado.key -out certificado.pem";
        let argumentos = openssl.split_whitespace();
        executar(Command::new("openssl").args(argumentos).current_dir(&pasta));
        let nginx = nginx(&pasta, portas, trocas);
        esperar("o nginx", || TcpStream::connect(("127.0.0.1", portas[3])).is_ok());
        Casa { pasta, url, portas, _redis: redis, nginx, instancias }
    }

    /// Um navegador que se conecta a este endereço e, para o nginx, chega daquele.
    fn navegador(&self, a: &str, de: &str) -> Navegador {
        let pote = NamedTempFile::new().expect("o arquivo temporário deve abrir");
        let (pasta, https) = (self.pasta.path().display(), self.portas[3]);
        let cookies = pote.path().display();
        let fixos = format!(
            "--cacert {pasta}/certificado.pem --connect-to ::{a}:{https} -H X-De:{de} \
             -b {cookies} -c {cookies}"
        );
        Navegador { site: "https://exemplo.com.br".to_owned(), fixos, pote }
    }

    fn daqui(&self) -> Navegador {
        self.navegador("127.0.0.1", "127.0.0.1")
    }

    /// Um navegador em que a admin já entrou.
    fn com_login(&self) -> Navegador {
        let navegador = self.daqui();
        let resposta = navegador.entrar("123");
        assert_eq!(resposta.codigo, 303, "{resposta:?}");
        navegador
    }

    fn quatro_pessoas(&self) -> [Navegador; 4] {
        [(); 4].map(|()| self.com_login())
    }
}

impl Drop for Casa {
    fn drop(&mut self) {
        let _ = self.nginx.kill();
        let _ = self.nginx.wait();
    }
}

/// Um processo do capítulo com os ajustes de release, esta chave atual e estas anteriores.
fn instancia(porta: u16, url: &str, atual: char, anteriores: &[char]) -> Processo {
    let anteriores = anteriores.iter().copied().map(chave_de_teste);
    let anteriores = format!("{:?}", anteriores.collect::<Vec<_>>());
    let mut comando = servidor("cap18-completa", &chave_de_teste(atual));
    comando
        .env("ROCKET_PROFILE", "release")
        .env("ROCKET_SECRET_KEYS_ANTERIORES", anteriores)
        .env("ROCKET_PORT", porta.to_string())
        .env("ROCKET_IP_HEADER", "X-Real-IP")
        .env("ROCKET_SESSAO_URL", url);
    Processo::iniciar(comando)
}

fn direto(processo: &Processo, caminho: &str) -> String {
    format!("{}{caminho}", processo.endereco)
}

fn sinal(processo: &Processo, nome: &str) {
    let processo = processo.numero().to_string();
    executar(Command::new("kill").args(["-s", nome, &processo]));
}

/// Verdadeiro se o programa terminou por bem, depois do SIGTERM.
fn terminou(processo: &Processo) -> bool {
    processo.saida().contains("Graceful shutdown completed")
}

fn esperar(o_que: &str, mut pronto: impl FnMut() -> bool) {
    let limite = Instant::now() + PACIENCIA;
    while !pronto() {
        assert!(Instant::now() < limite, "esperei demais: {o_que}");
        sleep(Duration::from_millis(50));
    }
}

/// O nginx com o arquivo do repositório, menos as portas, as pastas e o que o teste troca.
fn nginx(
    pasta: &TempDir,
    [uma, outra, http, https]: [u16; 4],
    trocas: &[(&str, &str)],
) -> Child {
    // Fora do root, o nginx não escreve nas pastas de sempre. E quem testa diz de onde chega.
    const DAQUI: &str = "http { client_body_temp_path 1; proxy_temp_path 2; \
        fastcgi_temp_path 3; uwsgi_temp_path 4; scgi_temp_path 5; \
        set_real_ip_from 127.0.0.1; set_real_ip_from ::1; real_ip_header X-De;";
    let mut texto = tests::ler(producao().join("nginx.conf"));
    let portas = [
        ("127.0.0.1:8001", format!("127.0.0.1:{uma}")),
        ("127.0.0.1:8002", format!("127.0.0.1:{outra}")),
        ("listen 80;", format!("listen 127.0.0.1:{http};")),
        ("listen [::]:80;", format!("listen [::1]:{http};")),
        ("listen 443 ", format!("listen 127.0.0.1:{https} ")),
        ("listen [::]:443 ", format!("listen [::1]:{https} ")),
    ];
    // Um processo só: quem o para não deixa filhos.
    let pastas = [
        ("/run/", ""),
        ("/var/log/nginx/", ""),
        ("/etc/nginx/cert", "cert"),
        ("http {", DAQUI),
        ("worker_processes auto;", "daemon off; master_process off;"),
    ];
    let portas = portas.iter().map(|(de, para)| (*de, &**para));
    for (de, para) in portas.chain(pastas).chain(trocas.iter().copied()) {
        assert!(texto.contains(de), "o nginx.conf não tem mais {de}");
        texto = texto.replace(de, para);
    }
    let arquivo = pasta.path().join("nginx.conf");
    fs::write(&arquivo, texto).expect("deve escrever");
    let comando = || {
        let mut nginx = Command::new("nginx");
        nginx.arg("-p").arg(pasta.path()).arg("-c").arg(&arquivo);
        nginx
    };
    let conferido = executar(comando().arg("-t"));
    assert!(!conferido.contains("[warn]"), "{conferido}");
    comando().stderr(Stdio::null()).spawn().expect("o nginx deve iniciar")
}

/// O curl, que fala TLS e guarda os cookies com as regras de um navegador.
struct Navegador {
    site: String,
    fixos: String,
    pote: NamedTempFile,
}

impl Navegador {
    fn get(&self, caminho: &str) -> Resposta {
        self.pedir(caminho, &[])
    }

    fn post(&self, caminho: &str, formulario: &str) -> Resposta {
        let origem = format!("Origin: {}", self.site);
        self.pedir(caminho, &["-d", formulario, "-H", &origem])
    }

    fn pedir(&self, caminho: &str, argumentos: &[&str]) -> Resposta {
        let endereco = format!("{}{caminho}", self.site);
        let fixos = self.fixos.split(' ').chain([&*endereco]);
        curl(&fixos.chain(argumentos.iter().copied()).collect::<Vec<_>>())
    }

    fn entrar(&self, senha: &str) -> Resposta {
        let campos = format!("username=admin&password={senha}");
        self.post("/login_submit", &campos)
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
        let (_, resto) = pote.split_once("__Host-session\t").expect("há um cookie");
        resto.lines().next().expect("há um valor").to_owned()
    }
}

#[derive(Debug)]
struct Resposta {
    codigo: u16,
    demora: Duration,
    /// Os cabeçalhos e o corpo.
    texto: String,
}

impl Resposta {
    fn demorou(&self) -> bool {
        self.demora > Duration::from_secs(5)
    }

    /// Quantas respostas trazem o HSTS e o `nosniff`, uma vez cada um.
    fn protegidas(&self) -> usize {
        let texto = self.texto.to_lowercase();
        let [hsts, nosniff] = [
            "\nstrict-transport-security: max-age=31536000; includesubdomains\r",
            "\nx-content-type-options: nosniff\r",
        ]
        .map(|linha| texto.matches(linha).count());
        assert_eq!(hsts, nosniff, "{texto}");
        hsts
    }
}

fn comando_curl(argumentos: &[&str]) -> Command {
    let fixos = "--silent --include --noproxy * --max-time 60 --write-out %{http_code}";
    let mut curl = Command::new("curl");
    curl.args(fixos.split(' ')).args(argumentos).stderr(Stdio::null());
    curl
}

fn curl(argumentos: &[&str]) -> Resposta {
    let inicio = Instant::now();
    let saida = comando_curl(argumentos).output().expect("o curl deve executar").stdout;
    let texto = String::from_utf8_lossy(&saida).into_owned();
    let codigo = texto[texto.len() - 3..].parse().expect("o curl diz o código no fim");
    Resposta { codigo, demora: inicio.elapsed(), texto }
}

/// Um formulário que vai à medida que alguém o escreve.
fn aos_poucos(argumentos: &[&str]) -> (Child, ChildStdin) {
    let mut curl = comando_curl(argumentos);
    curl.args(["-X", "POST", "-T", ".", "-H", "Expect:", "-H"]);
    curl.arg("Content-Type: application/x-www-form-urlencoded");
    let curl = curl.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut curl = curl.expect("o curl deve executar");
    let corpo = curl.stdin.take().expect("a entrada está aberta");
    (curl, corpo)
}
