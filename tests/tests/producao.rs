//! A casa de produção do capítulo 18, montada de verdade com os arquivos que o livro mostra: o
//! nginx na frente de duas instâncias, e um Redis atrás delas.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::scope;
use std::time::{Duration, Instant};

use book::navegador::{Navegador, Resposta};
use book::processo::{
    Processo, ate_o_fim, binario, chave_de_teste, compilar_so, pasta_do_capitulo,
    servidor,
};
use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;
use tests::falhas::{codigos, conferir};
use tests::janela::na_porta;
use tests::servidores::{Servidor, esperar_que, porta_livre};

const SENHA_DO_REDIS: &str = "senha-so-deste-teste";
/// O `nginx.conf` dá 20 visitas por segundo a cada rede: quase todos os testes têm pressa.
const PRESSA: Trocas = &[("rate=1r/s", "rate=1000r/s"), ("rate=20r/s", "rate=1000r/s")];
/// A instância que acabou de reiniciar volta logo, para que as duas chaves se misturem.
const SEM_CASTIGO: Trocas =
    &[PRESSA[0], PRESSA[1], ("max_fails=1 fail_timeout=30s", "max_fails=0")];
type Trocas = &'static [(&'static str, &'static str)];
const LOGIN: &str = "username=admin&password=123";

#[test]
fn os_arquivos_de_producao_so_usam_variaveis_que_o_programa_le() {
    let ajustes = tests::ler(pasta_do_capitulo("cap18-completa").join("Rocket.toml"));
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
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "reinicia em um servidor Linux")]
fn o_reinicio_so_passa_a_segunda_instancia_quando_a_primeira_atende() {
    for (saude, esperado) in [(0, (true, "8001 8002 ")), (22, (false, "8001 "))] {
        // No lugar do systemd, da rede e do relógio.
        let comando = format!(
            "systemctl() {{ echo -n \"${{2#sessoes@}} \"; }}; sleep() {{ :; }}
            curl() {{ return {saude}; }}; . '{}/reiniciar.sh' 2>/dev/null",
            producao().display()
        );
        let mut bash = Command::new("bash");
        bash.args(["-c", &comando]);
        let (certo, reiniciadas) = ate_o_fim(bash);
        assert_eq!((certo, &*reiniciadas), esperado);
    }
}

#[test]
#[ignore = "instala em um servidor Linux"]
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
    for inicio in ["ExecStart=", "Environment=ROCKET_CONFIG=", "EnvironmentFile="] {
        let caminho = servico.lines().find_map(|linha| linha.strip_prefix(inicio));
        assert!(na_casa(caminho.expect(inicio)).is_file(), "{inicio}");
    }
    let ambiente = na_casa("/etc/sessoes/ambiente");
    let modo = executar(Command::new("stat").arg("-c%a").arg(&ambiente));
    fs::write(&ambiente, "preenchido").expect("grava");
    instalar();
    assert_eq!((&*modo, &*tests::ler(ambiente)), ("600\n", "preenchido"));
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn o_login_por_https_vale_nas_duas_instancias_e_so_com_o_nome_do_site() {
    let casa = Casa::com(PRESSA);
    let nome = "exemplo.com.br";
    let com_porta = &*format!("{nome}:{}", casa.portas[3]);
    for (alvo, host, origem, codigo) in [
        ("/login_submit", nome, nome, "303"),
        ("/login_submit", com_porta, com_porta, "303"),
        ("/login_submit", nome, "mau.example", "403"),
        ("/login_submit", "mau.example", "mau.example", "421"),
        // Com o endereço inteiro na primeira linha, o nome que vale é o dele.
        ("https://exemplo.com.br/login_submit", "mau.example", "mau.example", "403"),
    ] {
        let pedido = format!(
            "-s --noproxy * --resolve {com_porta}:127.0.0.1 --cacert certificado.pem \
             -b cookies -c cookies -o resposta -w %{{http_code}} -d {LOGIN} -H Host:{host} \
             -H Origin:https://{origem} --request-target {alvo} https://{com_porta}"
        );
        let mut curl = Command::new("curl");
        let visto = executar(curl.args(pedido.split(' ')).current_dir(&casa.pasta));
        assert_eq!(visto, codigo, "{alvo}, {host}, {origem}");
    }
    // O curl só guarda um cookie com este nome se ele tem o que um navegador exige.
    let cookies = tests::ler(casa.pasta.path().join("cookies"));
    let (_, sessao) = cookies.split_once("__Host-session\t").expect("há um cookie");
    for instancia in &casa.instancias {
        let mut navegador = Navegador::novo(&instancia.endereco);
        navegador.cookies.insert("__Host-session".into(), sessao.trim().into());
        assert!(navegador.get("/perfil").corpo.contains("Cargo: admin"));
    }
    let sem_tls =
        Navegador::novo(&format!("http://127.0.0.1:{}", casa.portas[2])).get("/login");
    let destino = sem_tls.cabecalho("location");
    assert_eq!((sem_tls.codigo, destino), (308, Some("https://exemplo.com.br/login")));
}

#[test]
#[ignore = "precisa de nginx, redis-server e openssl"]
fn o_que_o_proprio_nginx_responde_tambem_leva_hsts_e_nosniff() {
    let mut casa = Casa::com(PRESSA);
    let ([mut pessoa], mut de_fora) = (casa.pessoas(), casa.navegador("203.0.113.7"));
    let mut respostas =
        vec![(403, de_fora.get("/saude//")), (200, pessoa.get("/saude//"))];
    // Um corpo recusado não parece uma falha da instância, nem repetido.
    for (letras, codigo) in [(15_000, 403), (17_000, 413)].repeat(20) {
        let corpo = format!("produto={}", "a".repeat(letras));
        let mau = "http://mau.example";
        respostas.push((codigo, pessoa.de_fora(mau, "/carrinho", Some(&corpo))));
    }
    casa.redis.matar();
    respostas.push((503, pessoa.get("/perfil")));
    casa.redis.reiniciar();
    esperar_que("o Redis de volta", || pessoa.get("/perfil").codigo == 200);
    casa.instancias.iter().for_each(|instancia| sinal(instancia, "KILL"));
    respostas.push((502, pessoa.get("/login")));
    // As duas falharam há pouco, mas já estão de volta.
    casa.instancias = [0, 1].map(|n| instancia(casa.portas[n], &casa.redis, &['1']));
    respostas.push((200, pessoa.get("/perfil")));
    de_fora.cabecalhos.push(("X-Grande".into(), "x".repeat(70_000)));
    respostas.push((400, de_fora.get("/login")));
    for (codigo, resposta) in respostas {
        assert_eq!(resposta.codigo, codigo, "{resposta:?}");
        assert!(protegida(&resposta), "{resposta:?}");
    }
}

#[test]
#[ignore = "precisa de nginx, redis-server e openssl"]
fn um_cookie_de_um_vizinho_so_desconecta_quem_nao_tem_o_nginx_na_frente() {
    let casa = Casa::com(PRESSA);
    let [pessoa] = casa.pessoas();
    let inicio = "GET /dashboard HTTP/1.0\r\nCookie: x=caf";
    let sessao =
        format!("; __Host-session={}\r\n\r\n", pessoa.cookies["__Host-session"]);
    // Com um byte fora do UTF-8, o Rocket descarta o cabeçalho inteiro.
    let pedido = [inicio.as_bytes(), b"\xe9", sessao.as_bytes()].concat();
    let painel = |em: &Processo| {
        let conexao = TcpStream::connect(format!("127.0.0.1:{}", em.porta()));
        let mut conexao = conexao.expect("alguém atende");
        conexao.write_all(&pedido).expect("vai inteiro");
        let mut linha = [0; "HTTP/1.1 200".len()];
        conexao.read_exact(&mut linha).expect("há uma resposta");
        linha.ends_with(b"200")
    };
    assert_eq!([painel(&casa.nginx), painel(&casa.instancias[0])], [true, false]);
}

#[test]
#[ignore = "precisa de nginx, redis-server e openssl"]
fn uma_instancia_morta_nao_perde_sessao_nem_produto_confirmado() {
    let casa = Casa::com(PRESSA);
    let mut pessoas = casa.pessoas::<4>();
    let enviados = AtomicUsize::new(0);
    let comprar = |pessoa: &mut Navegador| {
        let mut enviar = || {
            enviados.fetch_add(1, Ordering::Relaxed);
            pessoa.post("/carrinho", "produto=livro").codigo == 303
        };
        let confirmados = (0..60).filter(|_| enviar()).count();
        (confirmados, livros(pessoa))
    };
    let fim = scope(|escopo| {
        let tarefas = pessoas.each_mut().map(|um| escopo.spawn(|| comprar(um)));
        esperar_que("o meio", || enviados.load(Ordering::Relaxed) > 40);
        sinal(&casa.instancias[0], "KILL");
        tarefas.map(|tarefa| tarefa.join().expect("termina"))
    });
    // Um POST cortado no meio pode ter sido gravado sem que a resposta chegasse.
    assert!(fim.iter().all(|(_, livros)| *livros <= 60), "{fim:?}");
    let perdidos = fim.iter().map(|(certos, livros)| certos.saturating_sub(*livros));
    let recusados = fim.iter().map(|(confirmados, _)| 60 - confirmados).max();
    let visto = format!(
        "a outra atende; no máximo {} erros para cada um; gravações confirmadas que \
         se perderam: {}",
        recusados.unwrap_or(60).max(5),
        perdidos.sum::<usize>()
    );
    conferir("Uma de duas instâncias é morta, atrás do nginx", &visto);
}

/// Travada, ela ainda aceita conexões, mas não responde.
#[test]
#[ignore = "precisa de nginx, redis-server e openssl"]
fn uma_instancia_travada_custa_poucas_paginas_e_nenhum_post_repetido() {
    let casa = Casa::com(PRESSA);
    let mut pessoas = casa.pessoas::<4>();
    sinal(&casa.instancias[0], "STOP");
    let visitar = |pessoa: &mut Navegador| {
        let vezes = (0..16).map(|vez| {
            let inicio = Instant::now();
            let resposta = match vez {
                0 => pessoa.post("/carrinho", "produto=livro"),
                _ => pessoa.get("/perfil"),
            };
            assert!(protegida(&resposta), "{resposta:?}");
            (resposta.codigo, inicio.elapsed() > Duration::from_secs(8))
        });
        vezes.collect::<Vec<_>>()
    };
    let fim = scope(|escopo| {
        let tarefas = pessoas.each_mut().map(|um| escopo.spawn(|| visitar(um)));
        tarefas.map(|tarefa| tarefa.join().expect("termina"))
    });
    sinal(&casa.instancias[0], "CONT");
    // Ao voltar a si, ela pode gravar o que já tinha recebido.
    let mut travada = Navegador::novo(&casa.instancias[0].endereco);
    assert_eq!(travada.get("/saude").codigo, 200);
    let repetidos = pessoas.iter_mut().filter_map(|um| (livros(um) > 1).then_some(()));
    let visto = format!(
        "de 64 requisições, no máximo {} demoraram 10 s; {} às páginas, e {} aos \
         formulários; formulários que valeram duas vezes: {}",
        fim.iter().flatten().filter(|(_, lenta)| *lenta).count().max(3),
        codigos(fim.iter().flat_map(|vezes| &vezes[1..]).map(|(pagina, _)| *pagina)),
        codigos(fim.iter().map(|vezes| vezes[0].0)),
        repetidos.count(),
    );
    conferir("Uma de duas instâncias trava, atrás do nginx", &visto);
}

#[test]
#[ignore = "precisa de nginx, redis-server e openssl"]
fn a_chave_trocada_em_tres_rodadas_nao_desconecta_ninguem_e_em_uma_sim() {
    let tres: [&[_]; 3] = [&['1', '2'], &['2', '1'], &['2']];
    for (rodadas, esperado) in [(&tres[..], "200"), (&tres[1..2], "200 e 303")] {
        let mut casa = Casa::com(SEM_CASTIGO);
        let [mut pessoa] = casa.pessoas();
        let mut vistos = Vec::new();
        let mut visitar =
            || vistos.extend([(); 10].map(|()| pessoa.get("/perfil").codigo));
        // Em cada rodada, as instâncias reiniciam com estas chaves, uma depois da outra.
        for (chaves, n) in rodadas.iter().flat_map(|um| [(um, 0), (um, 1)]) {
            sinal(&casa.instancias[n], "TERM");
            let fim = "Graceful shutdown completed";
            esperar_que(fim, || casa.instancias[n].saida().contains(fim));
            visitar();
            casa.instancias[n] = instancia(casa.portas[n], &casa.redis, chaves);
            visitar();
        }
        assert_eq!(codigos(vistos), esperado);
    }
}

#[test]
#[ignore = "precisa de nginx, redis-server e openssl"]
fn os_logs_nao_levam_id_chave_nem_senha() {
    let casa = Casa::com(PRESSA);
    let mut pessoa = casa.navegador("127.0.0.1");
    pessoa.get("/login?volta=/texto-na-consulta");
    pessoa.post("/carrinho", "produto=segredo-no-carrinho");
    let primeiro = pessoa.cookies["__Host-session"].clone();
    pessoa.post("/login_submit", "username=admin&password=senha-errada-do-teste");
    pessoa.post("/login_submit", LOGIN);
    pessoa.get("/nao-existe?token=segredo-na-consulta");
    let tudo = || {
        let do_nginx =
            ["sessoes.log", "erros.log"].map(|log| casa.pasta.path().join(log));
        let das_instancias = casa.instancias.each_ref().map(Processo::saida);
        [das_instancias.concat(), do_nginx.map(tests::ler).concat()].concat()
    };
    // Cada requisição deixa uma linha de cada um, que pode vir depois da resposta.
    for campo in ["\"ms\":", "\"segundos\":"] {
        esperar_que(campo, || tudo().matches(campo).count() >= 5);
    }
    let (tudo, segundo, chave) =
        (tudo(), &pessoa.cookies["__Host-session"], chave_de_teste('1'));
    let do_teste = ["senha-errada", "segredo-no-carrinho", SENHA_DO_REDIS];
    for segredo in [&*primeiro, segundo, &chave].into_iter().chain(do_teste) {
        assert!(!tudo.contains(segredo), "{segredo} está em:\n{tudo}");
    }
    // O Rocket avisa, ele mesmo, de um endereço que ninguém atende, com a consulta dele.
    for linha in tudo.lines().filter(|linha| linha.starts_with('{')) {
        assert!(!linha.contains("na-consulta"), "{linha}");
        serde_json::from_str::<Value>(linha).expect("cada linha é JSON");
    }
}

/// Com IPv6, uma pessoa troca de endereço à vontade, mas não de rede.
#[test]
#[ignore = "precisa de nginx, redis-server e openssl"]
fn uma_rede_com_pressa_espera_e_nao_atrapalha_as_outras() {
    let casa = Casa::com(&[]);
    for [uma, vizinha, distante] in [
        ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"],
        ["203.0.113.7", "203.0.113.7", "203.0.113.8"],
    ] {
        let mut juntas = [uma, vizinha].map(|de| casa.navegador(de));
        // O login tem um ritmo mais lento, também com barras no fim; a saúde, o nginx recusa.
        for (caminho, quantas, recusadas) in
            [("/login_submit//", 80, 5), ("/saude", 800, 25)]
        {
            let mut vistas = [0, 0];
            for n in 0..quantas {
                let resposta = juntas[n % 2].get(caminho);
                assert!(protegida(&resposta), "{resposta:?}");
                vistas[n % 2] += usize::from(resposta.codigo == 429);
            }
            assert!(vistas.iter().all(|vez| *vez > recusadas), "{uma}: {vistas:?}");
        }
        let mut distante = casa.navegador(distante);
        assert!((0..10).all(|_| distante.get("/login_submit").codigo != 429));
    }
}

#[test]
#[ignore = "precisa de nginx, redis-server e openssl"]
fn os_erros_de_login_contam_contra_o_endereco_de_verdade() {
    let casa = Casa::com(PRESSA);
    let mut inventa = casa.navegador("203.0.113.7");
    inventa.cabecalhos.push(("X-Real-IP".into(), String::new()));
    // São 50 em cada instância, e o nginx alterna entre elas.
    for n in 0..=100 {
        inventa.cabecalhos[1].1 = format!("203.0.113.{n}");
        let campos = format!("username=n{n}&password=errada");
        let codigo = inventa.post("/login_submit", &campos).codigo;
        assert_eq!(codigo, if n < 100 { 401 } else { 429 }, "{n}");
    }
    let mut outro = casa.navegador("203.0.113.8");
    assert_eq!(outro.post("/login_submit", "username=a&password=b").codigo, 401);
}

fn producao() -> PathBuf {
    pasta_do_capitulo("cap18-completa").join("producao")
}

/// Executa um comando até o fim; se ele falha, o teste também.
fn executar(comando: &mut Command) -> String {
    let fim = comando.output().expect("o comando deve executar");
    assert!(fim.status.success(), "{comando:?}: {fim:?}");
    String::from_utf8_lossy(&fim.stdout).into_owned()
}

/// Tudo no ar, em uma pasta temporária. Ao sair do escopo, tudo para.
struct Casa {
    instancias: [Processo; 2],
    nginx: Processo,
    redis: Servidor,
    portas: [u16; 5],
    pasta: TempDir,
}

impl Casa {
    fn com(trocas: Trocas) -> Casa {
        assert!(compilar_so("cap18-completa"), "a compilação falhou");
        let pasta = TempDir::new().expect("a pasta temporária deve abrir");
        let ajustes = producao().join("redis.conf").display().to_string();
        let redis =
            Servidor::redis(&["--include", &ajustes, "--requirepass", SENHA_DO_REDIS]);
        let portas = [(); 5].map(|()| porta_livre());
        let instancias = [0, 1].map(|n| instancia(portas[n], &redis, &['1']));
        let openssl = "req -x509 -nodes -days 1 -newkey ec -pkeyopt \
            ec_paramgen_curve:prime256v1 -subj /CN=exemplo.com.br -addext \
            subjectAltName=DNS:exemplo.com.br -keyout certificado.key -out certificado.pem";
        let mut comando = Command::new("openssl");
        executar(comando.args(openssl.split_whitespace()).current_dir(&pasta));
        let nginx = nginx(&pasta, portas, trocas);
        Casa { instancias, nginx, redis, portas, pasta }
    }

    /// Um navegador que, para o nginx, chega deste endereço.
    fn navegador(&self, de: &str) -> Navegador {
        let mut navegador = Navegador::novo(&self.nginx.endereco);
        navegador.cabecalhos.push(("X-De".into(), de.into()));
        navegador
    }

    /// Navegadores em que a admin já entrou.
    fn pessoas<const N: usize>(&self) -> [Navegador; N] {
        [(); N].map(|()| {
            let mut navegador = self.navegador("127.0.0.1");
            assert_eq!(navegador.post("/login_submit", LOGIN).codigo, 303);
            navegador
        })
    }
}

/// Um processo do capítulo com os ajustes de release, a chave atual e as anteriores.
fn instancia(porta: u16, redis: &Servidor, chaves: &[char]) -> Processo {
    let chaves: Vec<_> = chaves.iter().copied().map(chave_de_teste).collect();
    let redis = format!("redis://:{SENHA_DO_REDIS}@127.0.0.1:{}", redis.porta);
    let mut comando = servidor("cap18-completa", &chaves[0]);
    comando.env("ROCKET_PROFILE", "release").env("ROCKET_PORT", porta.to_string());
    comando.env("ROCKET_SECRET_KEYS_ANTERIORES", format!("{:?}", &chaves[1..]));
    comando.env("ROCKET_IP_HEADER", "X-Real-IP").env("ROCKET_SESSAO_URL", redis);
    Processo::iniciar(comando)
}

fn sinal(processo: &Processo, nome: &str) {
    let processo = processo.numero().to_string();
    executar(Command::new("kill").args(["-s", nome, &processo]));
}

/// O nginx com o arquivo do repositório, menos as portas, as pastas e o que o teste troca. Atende
/// também sem TLS, para o navegador dos testes.
fn nginx(pasta: &TempDir, portas: [u16; 5], trocas: Trocas) -> Processo {
    // Fora do root, o nginx não escreve nas pastas de sempre. E quem testa diz de onde chega.
    const DAQUI: &str = "http { client_body_temp_path 1; proxy_temp_path 2; \
        fastcgi_temp_path 3; uwsgi_temp_path 4; scgi_temp_path 5; \
        set_real_ip_from 127.0.0.1; real_ip_header X-De;";
    let [uma, outra, http, https, claro] = portas;
    let mut texto = tests::ler(producao().join("nginx.conf"));
    for (de, para) in [
        (":8001", &*format!(":{uma}")),
        (":8002", &*format!(":{outra}")),
        ("80;", &*format!("{http};")),
        ("listen 443 ssl;", &*format!("listen {claro}; listen 443 ssl;")),
        ("443 ssl", &*format!("{https} ssl")),
        ("/run/", ""),
        ("/var/log/nginx/", ""),
        ("/etc/nginx/cert", "cert"),
        ("http {", DAQUI),
        // Um processo só: quem o para não deixa filhos.
        ("worker_processes auto;", "daemon off; master_process off;"),
    ]
    .iter()
    .chain(trocas)
    {
        assert!(texto.contains(de), "o nginx.conf não tem mais {de}");
        texto = texto.replace(de, para);
    }
    fs::write(pasta.path().join("nginx.conf"), texto).expect("deve escrever");
    let pasta = pasta.path().display();
    let nginx =
        na_porta(claro, &format!("exec nginx -p {pasta} -c {pasta}/nginx.conf"));
    assert!(!nginx.saida().contains("[warn]"), "{}", nginx.saida());
    nginx
}

/// Quantos livros há no carrinho.
fn livros(pessoa: &mut Navegador) -> usize {
    let pagina = pessoa.get("/carrinho");
    assert_eq!(pagina.codigo, 200, "a sessão se perdeu: {pagina:?}");
    let quantos = Regex::new(r"livro\D{0,40}?(\d+)").expect("expressão válida");
    quantos.captures(&pagina.corpo).map_or(0, |um| um[1].parse().expect("um número"))
}

/// Se a resposta traz o HSTS e o `nosniff`, uma vez cada um.
fn protegida(resposta: &Resposta) -> bool {
    let nomes = ["strict-transport-security", "x-content-type-options"];
    let vistos =
        resposta.cabecalhos.iter().filter(|(nome, _)| nomes.contains(&&**nome));
    let mut vistos: Vec<_> = vistos.map(|(_, valor)| &**valor).collect();
    vistos.sort_unstable();
    vistos == ["max-age=31536000; includeSubDomains", "nosniff"]
}
