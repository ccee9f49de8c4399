//! A casa de produção do capítulo 18, montada de verdade com os arquivos que o livro mostra: o
//! nginx na frente de duas instâncias, e um Redis atrás delas.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use book::navegador::{self, token};
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
#[cfg_attr(not(target_os = "linux"), ignore = "instala em um servidor Linux")]
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
    let login = navegador::Navegador::novo(&site.endereco).get("/login");
    assert!(login.corpo.contains("<h1>Entrar</h1>"), "{login:?}");
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn o_login_por_https_vale_nas_duas_instancias() {
    let casa = Casa::nova();
    let navegador = casa.navegador("127.0.0.1");
    let resposta = navegador.entrar("admin", "123");
    assert_eq!(resposta.codigo, 303, "{}", resposta.texto);
    // O curl só guarda um cookie com este nome se ele tem o que um navegador exige.
    let valor = navegador.cookie();
    for instancia in &casa.instancias {
        let mut direto = navegador::Navegador::novo(&instancia.endereco());
        direto.cookies.insert("__Host-session".to_owned(), valor.clone());
        let pagina = direto.get("/perfil").corpo;
        assert!(pagina.contains("Cargo: admin"), "{pagina}");
    }
    let sem_tls = curl(&[&format!("http://127.0.0.1:{}/login", casa.porta_http)]);
    assert_eq!(sem_tls.codigo, 308, "{}", sem_tls.texto);
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn uma_instancia_morta_nao_perde_sessao_nem_produto_confirmado() {
    let casa = Casa::nova();
    let navegadores: Vec<_> = (0..4).map(|_| casa.navegador("127.0.0.1")).collect();
    for navegador in &navegadores {
        assert_eq!(navegador.entrar("admin", "123").codigo, 303);
    }
    let tarefas: Vec<_> = navegadores
        .into_iter()
        .map(|navegador| {
            std::thread::spawn(move || {
                let csrf = navegador.csrf("/carrinho");
                let formulario = format!("csrf={csrf}&produto=livro");
                let enviar = |_| navegador.post("/carrinho", &formulario).codigo == 303;
                let confirmados = (0..60).map(enviar).filter(|certo| *certo).count();
                (navegador, confirmados)
            })
        })
        .collect();
    sleep(Duration::from_millis(400));
    casa.instancias[0].sinal("KILL");
    let (mut perdidos, mut recusados) = (0, 0);
    for tarefa in tarefas {
        let (navegador, confirmados) = tarefa.join().expect("a tarefa termina");
        let pagina = navegador.get("/carrinho");
        assert_eq!(pagina.codigo, 200, "a sessão se perdeu: {}", pagina.texto);
        let quantos = quantos_livros(&pagina.texto);
        // Um POST cortado no meio pode ter sido gravado sem que a resposta chegasse.
        assert!(quantos <= 60, "no carrinho: {quantos}");
        perdidos += confirmados.saturating_sub(quantos);
        recusados = recusados.max(60 - confirmados);
    }
    let recusas = match recusados {
        0..=5 => "no máximo 5 erros para cada um".to_owned(),
        mais => format!("{mais} erros para um deles"),
    };
    conferir(
        "Uma de duas instâncias é morta, atrás do nginx",
        &format!(
            "a outra atende; {recusas}; gravações confirmadas que se perderam: {perdidos}"
        ),
    );
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn a_requisicao_que_ja_chegou_termina_depois_do_sigterm() {
    let mut casa = Casa::nova();
    let instancia = &mut casa.instancias[0];
    let mut lento = navegador::Navegador::novo(&instancia.endereco());
    lento.cabecalhos = vec![("X-Real-IP".to_owned(), "127.0.0.1".to_owned())];
    let resposta =
        lento.post_lento("/login_submit", "username=admin&password=1", || {
            sleep(Duration::from_millis(300));
            instancia.sinal("TERM");
            sleep(Duration::from_secs(2));
            let parou = instancia.processo.try_wait().expect("responde");
            assert!(parou.is_none(), "não esperou");
            let nova = TcpStream::connect(("127.0.0.1", instancia.porta));
            assert!(nova.is_err(), "quem está parando não aceita mais ninguém");
        });
    assert_eq!(resposta.codigo, 403, "{resposta:?}");
    let inicio = Instant::now();
    let fim = instancia.processo.wait().expect("deve terminar");
    assert!(fim.success() && inicio.elapsed() < Duration::from_secs(16), "{fim}");
    // A outra instância continua atendendo.
    assert_eq!(casa.navegador("127.0.0.1").get("/login").codigo, 200);
}

/// O nginx espera 10 s por cada pedaço; o Rocket, por um corpo, espera sempre.
#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn o_nginx_corta_quem_para_no_meio_e_a_instancia_sozinha_nao() {
    const CORPO: &str = "POST /login_submit HTTP/1.1\r\nHost: exemplo.com.br\r\n\
        X-Real-IP: 127.0.0.1\r\nContent-Length: 40\r\n\
        Content-Type: application/x-www-form-urlencoded\r\n\r\nusername=ad";
    let casa = Casa::nova();
    let pelo_nginx = |pedido, a_cada| {
        let mut tls = Command::new("openssl");
        tls.args(["s_client", "-quiet", "-servername", SITE, "-connect"]);
        tls.arg(format!("127.0.0.1:{}", casa.porta_https));
        tls.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut tls = tls.spawn().expect("o openssl deve executar");
        let enviar = tls.stdin.take().expect("a entrada está aberta");
        let cortado = cortado_em_15_s(enviar, pedido, a_cada, |_| {
            tls.try_wait().expect("responde").is_some()
        });
        let _ = tls.kill();
        let _ = tls.wait();
        cortado
    };
    let direto = || {
        let instancia = TcpStream::connect(("127.0.0.1", casa.instancias[0].porta));
        let instancia = instancia.expect("a instância atende");
        instancia.set_nonblocking(true).expect("não espera");
        cortado_em_15_s(instancia, CORPO, None, |instancia| {
            let lido = instancia.read(&mut [0]);
            lido.map_err(|erro| erro.kind()) != Err(ErrorKind::WouldBlock)
        })
    };
    let pouco = Some(Duration::from_secs(2));
    let (lentos, outros) = std::thread::scope(|escopo| {
        let lentos = [
            escopo.spawn(|| pelo_nginx(&CORPO[..60], None)),
            escopo.spawn(|| pelo_nginx(CORPO, None)),
            escopo.spawn(|| pelo_nginx(CORPO, pouco)),
            escopo.spawn(direto),
        ];
        let outro = casa.navegador("127.0.0.1");
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

/// Manda o começo, e depois um byte de cada vez, ou mais nada. Diz se a conexão foi cortada.
fn cortado_em_15_s<W: Write>(
    mut conexao: W,
    pedido: &str,
    a_cada: Option<Duration>,
    mut cortada: impl FnMut(&mut W) -> bool,
) -> bool {
    conexao.write_all(pedido.as_bytes()).expect("o começo vai inteiro");
    let (inicio, pausa) =
        (Instant::now(), a_cada.unwrap_or(Duration::from_millis(100)));
    while inicio.elapsed() < Duration::from_secs(15) {
        sleep(pausa);
        let caiu = a_cada.is_some() && conexao.write_all(b"m").is_err();
        if caiu || cortada(&mut conexao) {
            return true;
        }
    }
    false
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn os_logs_nao_levam_id_token_chave_nem_senha() {
    let casa = Casa::nova();
    let navegador = casa.navegador("127.0.0.1");
    let antes = navegador.csrf("/login?volta=/texto-na-consulta");
    let primeiro = navegador.cookie();
    navegador.entrar("admin", "senha-errada-do-teste");
    assert_eq!(navegador.entrar("admin", "123").codigo, 303);
    let depois = navegador.csrf("/carrinho");
    navegador.post("/carrinho", &format!("csrf={depois}&produto=segredo-no-carrinho"));
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
        diario += usize::from(linha.get("rota").is_some());
    }
    assert!(diario >= 6, "{saidas:?}");
    let erros = tests::ler(casa.pasta.path().join("erros.log"));
    let tudo = format!("{}{do_nginx}{erros}", saidas.concat());
    for segredo in [
        &primeiro,
        &segundo,
        &antes,
        &depois,
        &chave_de_teste('1'),
        SENHA_DO_REDIS,
        "senha-errada-do-teste",
        "segredo-no-carrinho",
    ] {
        assert!(!tudo.contains(segredo), "{segredo} está em:\n{tudo}");
    }
    // O Rocket avisa, ele mesmo, de um endereço que ninguém atende, com a consulta dele.
    let diarios: String = tudo.lines().filter(|linha| linha.starts_with('{')).collect();
    assert!(!diarios.contains("na-consulta"), "{diarios}");
}

#[test]
fn as_regras_do_nginx_valem_tambem_com_uma_barra_no_fim() {
    let texto = tests::ler(producao().join("nginx.conf"));
    for caminho in ["/saude", "/login_submit"] {
        let regra = Regex::new(&format!("location ~ (\\^{caminho}\\S*) ")).unwrap();
        let achada = regra.captures(&texto).expect(caminho);
        let regra = Regex::new(&achada[1]).unwrap();
        for (resto, vale) in [("", true), ("/", true), ("//", true), ("/x", false)] {
            assert_eq!(regra.is_match(&format!("{caminho}{resto}")), vale, "{resto}");
        }
    }
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn a_saude_nao_e_publica_nem_com_uma_barra_no_fim() {
    let casa = Casa::nova();
    for caminho in ["/saude", "/saude/", "/saude//"] {
        assert_eq!(casa.navegador("127.0.0.1").get(caminho).codigo, 200, "{caminho}");
        assert_eq!(casa.navegador("127.0.0.2").get(caminho).codigo, 403, "{caminho}");
    }
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn um_endereco_com_pressa_espera_e_nao_atrapalha_os_outros() {
    let casa = Casa::no_ritmo("rate=20r/s");
    let visitas = casa.navegador("127.0.0.2").get("/login?[1-400]");
    let recusadas = visitas.texto.matches("HTTP/1.1 429 ").count();
    assert!(recusadas > 100, "só {recusadas}");
    assert_eq!(casa.navegador("127.0.0.1").get("/login").codigo, 200);
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn um_formulario_que_se_diz_head_nao_derruba_o_site() {
    let casa = Casa::nova();
    let atacante = casa.navegador("127.0.0.2");
    for metodo in ["HEAD", "GET", "OPTIONS"].iter().cycle().take(12) {
        let corpo = format!("_method={metodo}&username=admin");
        assert_eq!(atacante.post("/login_submit", &corpo).codigo, 403, "{metodo}");
        assert_eq!(casa.navegador("127.0.0.1").get("/login").codigo, 200);
    }
}

#[test]
#[ignore = "precisa de nginx, redis-server, openssl e curl"]
fn os_erros_de_login_contam_contra_o_endereco_de_verdade() {
    let casa = Casa::nova();
    let mut teimoso = casa.navegador("127.0.0.2");
    let csrf = teimoso.csrf("/login");
    // Um nome e um `X-Real-IP` por tentativa: só o endereço da conexão se repete. São 50 em cada
    // instância, e o nginx alterna entre elas.
    let mut tentar = |n: usize| {
        teimoso.inventado = format!("X-Real-IP: 203.0.113.{n}");
        let campos = format!("csrf={csrf}&username=n{n}&password=errada");
        teimoso.post("/login_submit", &campos)
    };
    for n in 0..100 {
        assert_eq!(tentar(n).codigo, 401, "tentativa {n}");
    }
    let Resposta { codigo, texto } = tentar(100);
    assert_eq!(codigo, 429, "{texto}");
    assert!(texto.to_lowercase().contains("retry-after:"), "{texto}");
    assert_eq!(casa.navegador("127.0.0.3").entrar("n1", "errada").codigo, 401);
}

fn producao() -> PathBuf {
    pasta_do_capitulo("cap18-completa").join("producao")
}

fn quantos_livros(pagina: &str) -> usize {
    let quantos = Regex::new(r"livro\D{0,40}?(\d+)").expect("expressão válida");
    quantos.captures(pagina).and_then(|achado| achado[1].parse().ok()).unwrap_or(0)
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
    fn nova() -> Casa {
        Casa::no_ritmo("rate=1000r/s")
    }

    /// O `nginx.conf` dá 20 visitas por segundo a cada endereço: os outros testes têm pressa.
    fn no_ritmo(ritmo: &str) -> Casa {
        assert!(compilar_so("cap18-completa"), "a compilação falhou");
        let pasta = TempDir::new().expect("a pasta temporária deve abrir");
        let redis =
            Servidor::redis(&["--appendonly", "yes", "--requirepass", SENHA_DO_REDIS]);
        let url = format!("redis://:{SENHA_DO_REDIS}@127.0.0.1:{}", redis.porta);
        let portas = [(); 4].map(|()| porta_livre());
        let [porta_http, porta_https, uma, outra] = portas;
        let instancias =
            [uma, outra].map(|porta| Instancia::nova(pasta.path(), porta, &url));
        certificado(pasta.path());
        let nginx = nginx(pasta.path(), portas, ritmo);
        esperar("o nginx", || TcpStream::connect(("127.0.0.1", porta_https)).is_ok());
        Casa { pasta, porta_http, porta_https, _redis: redis, nginx, instancias }
    }

    /// Um navegador que chega deste endereço.
    fn navegador(&self, de: &str) -> Navegador {
        let pote = NamedTempFile::new().expect("o arquivo temporário deve abrir");
        let arquivo = pote.path().display().to_string();
        let certificado = self.pasta.path().join("certificado.pem");
        let fixos = [
            "--interface",
            de,
            "--cacert",
            &certificado.display().to_string(),
            "--connect-to",
            &format!("{SITE}:443:127.0.0.1:{}", self.porta_https),
            "--cookie",
            &arquivo,
            "--cookie-jar",
            &arquivo,
        ];
        let fixos = fixos.map(str::to_owned).into();
        Navegador { fixos, pote, inventado: String::new() }
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
}

impl Instancia {
    fn nova(pasta: &Path, porta: u16, url: &str) -> Instancia {
        let saida = pasta.join(format!("{porta}.log"));
        let arquivo = File::create(&saida).expect("o log deve abrir");
        let copia = arquivo.try_clone().expect("o log deve abrir");
        let mut processo = servidor("cap18-completa", &chave_de_teste('1'))
            // O binário é o de debug; o perfil e o nível do log são os de release.
            .env("ROCKET_PROFILE", "release")
            .env("ROCKET_LOG_LEVEL", "critical")
            .env("ROCKET_PORT", porta.to_string())
            .env("ROCKET_IP_HEADER", "X-Real-IP")
            .env("ROCKET_SESSAO_URL", url)
            .stdin(Stdio::null())
            .stdout(arquivo)
            .stderr(copia)
            .spawn()
            .expect("a instância deve iniciar");
        esperar("a instância", || {
            let parou = processo.try_wait().expect("deve responder");
            assert!(parou.is_none(), "{}", tests::ler(&saida));
            TcpStream::connect(("127.0.0.1", porta)).is_ok()
        });
        Instancia { processo, porta, saida }
    }

    fn endereco(&self) -> String {
        format!("http://127.0.0.1:{}", self.porta)
    }

    fn sinal(&self, nome: &str) {
        let sinal = format!("-{nome}");
        let enviado =
            Command::new("kill").args([sinal, self.processo.id().to_string()]).status();
        assert!(enviado.is_ok_and(|fim| fim.success()), "o sinal não foi enviado");
    }
}

/// O nginx com o arquivo do repositório: só mudam as portas, as pastas e o ritmo do login.
fn nginx(pasta: &Path, [http, https, uma, outra]: [u16; 4], ritmo: &str) -> Child {
    let aqui = pasta.display();
    let mut texto = tests::ler(producao().join("nginx.conf"));
    // Fora do root, o nginx não escreve nas pastas de sempre.
    let pastas: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|nome| format!("{nome}_temp_path {aqui}/{nome};\n"))
        .concat();
    for (de, para) in [
        ("/run/nginx.pid", format!("{aqui}/nginx.pid")),
        ("/var/log/nginx", aqui.to_string()),
        ("/etc/nginx/certificado", format!("{aqui}/certificado")),
        ("127.0.0.1:8001", format!("127.0.0.1:{uma}")),
        ("127.0.0.1:8002", format!("127.0.0.1:{outra}")),
        ("listen 80;", format!("listen 127.0.0.1:{http};")),
        ("listen 443 ", format!("listen 127.0.0.1:{https} ")),
        ("rate=1r/s", "rate=1000r/s".to_owned()),
        ("rate=20r/s", ritmo.to_owned()),
        ("allow 127.0.0.0/8;", "allow 127.0.0.1;".to_owned()),
        ("http {", format!("http {{\n{pastas}")),
    ] {
        assert!(texto.contains(de), "o nginx.conf não tem mais {de}");
        texto = texto.replace(de, &para);
    }
    let arquivo = pasta.join("nginx.conf");
    fs::write(&arquivo, texto).expect("deve escrever");
    let comando = |opcoes: &[&str]| {
        let mut comando = Command::new("nginx");
        comando.arg("-p").arg(pasta).arg("-c").arg(&arquivo).args(opcoes);
        comando
    };
    let (certo, saida) = ate_o_fim(comando(&["-t"]));
    assert!(certo && !saida.contains("[warn]"), "{saida}");
    // Um processo só: quem o para não deixa filhos.
    let mut nginx = comando(&["-g", "daemon off; master_process off;"]);
    nginx.stderr(Stdio::null()).spawn().expect("o nginx deve iniciar")
}

fn certificado(pasta: &Path) {
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
    fixos: Vec<String>,
    pote: NamedTempFile,
    inventado: String,
}

#[derive(Debug)]
struct Resposta {
    codigo: u16,
    /// Os cabeçalhos e o corpo.
    texto: String,
}

impl Navegador {
    fn get(&self, caminho: &str) -> Resposta {
        self.pedir(caminho, &[])
    }

    fn post(&self, caminho: &str, formulario: &str) -> Resposta {
        let origem = "Origin: https://exemplo.com.br";
        self.pedir(caminho, &["--data", formulario, "--header", origem])
    }

    fn pedir(&self, caminho: &str, argumentos: &[&str]) -> Resposta {
        let endereco = format!("https://{SITE}{caminho}");
        let mut todos: Vec<&str> = self.fixos.iter().map(String::as_str).collect();
        // Um cabeçalho vazio, o curl não manda.
        todos.extend(["--header", &self.inventado]);
        todos.extend(argumentos);
        todos.push(&endereco);
        curl(&todos)
    }

    fn csrf(&self, caminho: &str) -> String {
        let pagina = self.get(caminho);
        token(&pagina.texto).unwrap_or_else(|| panic!("sem token: {pagina:?}"))
    }

    fn entrar(&self, nome: &str, senha: &str) -> Resposta {
        let csrf = self.csrf("/login");
        let campos = format!("csrf={csrf}&username={nome}&password={senha}");
        self.post("/login_submit", &campos)
    }

    /// O valor do cookie, no formato em que o curl o guarda.
    fn cookie(&self) -> String {
        let pote = tests::ler(self.pote.path());
        let linha = pote.lines().find(|linha| linha.contains("__Host-session"));
        let campos: Vec<&str> = linha.expect("há um cookie").split('\t').collect();
        campos[6].to_owned()
    }
}

fn curl(argumentos: &[&str]) -> Resposta {
    let saida = Command::new("curl")
        .args(["--silent", "--include", "--noproxy", "*", "--max-time", "30"])
        .args(["--write-out", "\n%{http_code}"])
        .args(argumentos)
        .output()
        .expect("o curl deve executar");
    let texto = String::from_utf8_lossy(&saida.stdout).into_owned();
    let codigo = texto.lines().last().and_then(|linha| linha.parse().ok()).unwrap_or(0);
    Resposta { codigo, texto }
}
