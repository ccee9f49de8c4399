//! A casa de produção do capítulo 18, montada de verdade com os arquivos que o livro mostra: o
//! nginx na frente de duas instâncias, e um Redis atrás delas.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use book::navegador::{Navegador, Resposta};
use book::processo::{
    Processo, ate_o_fim, binario, chave_de_teste, compilar_so, esquecer,
    pasta_do_capitulo,
};
use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;
use tests::falhas::{codigos, conferir};
use tests::servidores::{Servidor, esperar_que, porta_livre};

const SENHA_DO_REDIS: &str = "senha-so-deste-teste";
/// O `sessoes.conf` dá 20 visitas por segundo a cada rede: quase todos os testes têm pressa.
const PRESSA: &str = "s/rate=[0-9]*/rate=1000/";
/// A instância que acabou de reiniciar volta logo, para que as duas chaves se misturem.
const SEM_CASTIGO: &str = "s/rate=[0-9]*/rate=1000/; s/max_fails=1 .*;/max_fails=0;/";
const INSTALAR: &str = r#"DESTINO=$PWD bash "$PRODUCAO/instalar.sh" "$PROGRAMA""#;
/// O endereço que [`Processo::iniciar`] espera de quem não diz o seu.
const ANUNCIO: &str = "echo http://casa:0; ";

#[test]
fn o_compose_so_usa_as_variaveis_que_as_unidades_usam() {
    let docker =
        ["compose.yaml", "Dockerfile"].map(|um| tests::ler(producao().join(um)));
    let daqui = ["ambiente.exemplo", "sessoes@.service"];
    let daqui = daqui.map(|um| tests::ler(producao().join(um))).concat();
    let variavel = Regex::new("ROCKET_[A-Z_]+").unwrap();
    for achada in variavel.find_iter(&docker.concat()) {
        assert!(daqui.contains(achada.as_str()), "{}", achada.as_str());
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

/// Os passos da página, um depois do outro, com quatro pessoas no site.
#[test]
#[ignore = "precisa de nginx, Redis, PostgreSQL, openssl e curl"]
fn quem_esta_no_site_nao_percebe_os_passos_da_pagina() {
    let casa = Casa::com(SEM_CASTIGO);
    let nome = "exemplo.com.br";
    for (alvo, host, origem, codigo) in [
        ("/login_submit", nome, nome, "303"),
        ("/login_submit", "exemplo.com.br:8443", "exemplo.com.br:8443", "303"),
        ("/login_submit", nome, "mau.example", "403"),
        ("/login_submit", "mau.example", "mau.example", "421"),
        // Com o endereço inteiro na primeira linha, o nome que vale é o dele.
        ("https://exemplo.com.br/login_submit", "mau.example", "mau.example", "403"),
    ] {
        let visto = casa.curl(&format!(
            "-d '{}' -H Host:{host} -H Origin:https://{origem} \
             --request-target {alvo} https://exemplo.com.br",
            casa.login
        ));
        assert_eq!(visto, codigo, "{alvo}, {host}, {origem}");
    }
    // O curl só guarda um cookie com este nome se ele tem o que um navegador exige.
    let cookies = tests::ler(casa.pasta.path().join("cookies"));
    let (_, sessao) = cookies.split_once("__Host-session\t").expect("há um cookie");
    for mut direto in [0, 1].map(|n| casa.direto(n)) {
        direto.cookies.insert("__Host-session".into(), sessao.trim().into());
        assert!(direto.get("/perfil").corpo.contains("Cargo: admin"));
    }
    casa.bash(
        "mkdir -p desafio/.well-known/acme-challenge; cd desafio; chmod -R 755 .
        echo resposta > .well-known/acme-challenge/pergunta",
    );
    let desafio = "http://exemplo.com.br/.well-known/acme-challenge/pergunta";
    assert_eq!(
        (casa.curl(desafio), casa.bash("cat resposta")),
        ("200".into(), "resposta\n".into())
    );
    assert_eq!(casa.curl("http://exemplo.com.br/login"), "308");
    assert_eq!(casa.curl("-H Host:outro.example http://exemplo.com.br/"), "200");
    let mut pessoas = casa.pessoas::<4>();
    // Uma versão nova. Compilado em debug, o programa leria os templates pela metade.
    casa.bash(INSTALAR);
    let fase = AtomicUsize::new(0);
    let vistos = scope(|escopo| {
        let usos = pessoas.each_mut().map(|um| escopo.spawn(|| usar(um, &fase)));
        // O certificado se renova.
        casa.bash("certificado");
        casa.bash(&format!("recarregar '{SEM_CASTIGO}'"));
        esperar_que("o certificado novo", || {
            casa.curl("https://exemplo.com.br/login") == "200"
        });
        // A versão nova, e as três rodadas da chave.
        for chaves in [&['1', '2'][..], &['2', '1'], &['2']] {
            casa.preencher(chaves);
            casa.bash(r#". "$PRODUCAO/reiniciar.sh" $UMA $OUTRA"#);
        }
        casa.bash(&format!("recarregar '{PRESSA}'"));
        fase.store(1, Relaxed);
        casa.bash("kill -s KILL $(cat $UMA.numero)");
        esperar_que("a morta de volta", || casa.responde(0));
        // Travada, ela ainda aceita conexões, mas não responde.
        fase.store(2, Relaxed);
        let travada = casa.numero(0);
        casa.bash("kill -s STOP $(cat $UMA.numero)");
        esperar_que("outra no lugar da travada", || casa.numero(0) != travada);
        esperar_que("a outra no ar", || casa.responde(0));
        fase.store(3, Relaxed);
        usos.map(|uso| uso.join().expect("ninguém se perde"))
    });
    let maior = |qual: fn(&Uso) -> usize| vistos.iter().map(qual).max().unwrap_or(0);
    // A conexão que o Rocket aceitou e ainda não leu, ele fecha ao terminar.
    assert!(maior(|uso| uso.erros[0]) <= 8, "um por reinício");
    let visto = format!(
        "a outra atende; no máximo {} erros para cada um; gravações confirmadas que \
         se perderam: 0",
        maior(|uso| uso.erros[1]).max(5)
    );
    conferir("Uma de duas instâncias é morta, atrás do nginx", &visto);
    let visto = format!(
        "o vigia a troca em menos de 1 min; até lá, cada um espera 10 s no máximo {} vez, e \
         no máximo {} formulário dele fica sem resposta; formulários que valeram duas vezes: 0",
        maior(|uso| uso.lentas).max(1),
        maior(|uso| uso.erros[2]).max(1),
    );
    conferir("Uma de duas instâncias trava, atrás do nginx", &visto);

    // Em uma rodada só, as instâncias não abrem o cookie uma da outra.
    casa.preencher(&['3', '2']);
    casa.bash(&format!("recarregar '{SEM_CASTIGO}'"));
    casa.bash("systemctl restart $UMA");
    esperar_que("a da chave nova", || casa.responde(0));
    let paginas = [(); 10].map(|()| pessoas[0].get("/perfil").codigo);
    assert_eq!(codigos(paginas), "200 e 303");
    // A senha trocada pelo comando desconecta a outra pessoa, nas duas.
    casa.bash("copia; conta senha admin");
    let trocada = Instant::now();
    for mut direto in [0, 1].map(|n| casa.direto(n)) {
        direto.cookies.clone_from(&pessoas[1].cookies);
        esperar_que("o fim da sessão", || direto.get("/perfil").codigo == 303);
    }
    assert!(trocada.elapsed() < Duration::from_secs(2), "{:?}", trocada.elapsed());
}

#[test]
#[ignore = "precisa de nginx, Redis, PostgreSQL, openssl e curl"]
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
    casa.unidades.truncate(1);
    respostas.push((502, pessoa.get("/login")));
    // As duas falharam há pouco, mas já estão de volta.
    casa.ligar();
    respostas.push((200, pessoa.get("/perfil")));
    de_fora.cabecalhos.push(("X-Grande".into(), "x".repeat(70_000)));
    respostas.push((400, de_fora.get("/login")));
    for (codigo, resposta) in respostas {
        assert_eq!(resposta.codigo, codigo, "{resposta:?}");
        assert!(protegida(&resposta), "{resposta:?}");
    }
}

#[test]
#[ignore = "precisa de nginx, Redis, PostgreSQL, openssl e curl"]
fn um_cookie_de_um_vizinho_so_desconecta_quem_nao_tem_o_nginx_na_frente() {
    let casa = Casa::com(PRESSA);
    let [pessoa] = casa.pessoas();
    let inicio = "GET /dashboard HTTP/1.0\r\nHost: exemplo.com.br\r\nCookie: x=caf";
    let sessao =
        format!("; __Host-session={}\r\n\r\n", pessoa.cookies["__Host-session"]);
    // Com um byte fora do UTF-8, o Rocket descarta o cabeçalho inteiro.
    let pedido = [inicio.as_bytes(), b"\xe9", sessao.as_bytes()].concat();
    let painel = |porta| {
        let conexao = TcpStream::connect(("127.0.0.1", porta));
        let mut conexao = conexao.expect("alguém atende");
        conexao.write_all(&pedido).expect("vai inteiro");
        let mut linha = [0; "HTTP/1.1 200".len()];
        conexao.read_exact(&mut linha).expect("há uma resposta");
        linha.ends_with(b"200")
    };
    assert_eq!([painel(casa.portas[4]), painel(casa.portas[0])], [true, false]);
}

#[test]
#[ignore = "precisa de nginx, Redis, PostgreSQL, openssl e curl"]
fn os_logs_nao_levam_id_chave_nem_senha() {
    let casa = Casa::com(PRESSA);
    let mut pessoa = casa.navegador("127.0.0.1");
    pessoa.get("/login?volta=/texto-na-consulta");
    pessoa.post("/carrinho", "produto=segredo-no-carrinho");
    let primeiro = pessoa.cookies["__Host-session"].clone();
    pessoa.post("/login_submit", "username=admin&password=senha-errada-do-teste");
    pessoa.post("/login_submit", &casa.login);
    pessoa.get("/nao-existe?token=segredo-na-consulta");
    let tudo = || {
        let do_nginx =
            ["sessoes.log", "sessoes-erros.log"].map(|log| casa.pasta.path().join(log));
        let das_instancias: String =
            casa.unidades.iter().map(Processo::saida).collect();
        [das_instancias, do_nginx.map(tests::ler).concat()].concat()
    };
    // A linha de cada requisição pode vir depois da resposta.
    esperar_que("as linhas", || tudo().matches("\"segundos\":").count() >= 6);
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
#[ignore = "precisa de nginx, Redis, PostgreSQL, openssl e curl"]
fn uma_rede_com_pressa_espera_e_nao_atrapalha_as_outras() {
    let casa = Casa::com("");
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
#[ignore = "precisa de nginx, Redis, PostgreSQL, openssl e curl"]
fn os_erros_de_login_contam_contra_o_endereco_de_verdade() {
    let casa = Casa::com(PRESSA);
    let mut inventa = casa.navegador("203.0.113.7");
    inventa.cabecalhos.insert(0, ("X-Real-IP".into(), String::new()));
    // São 50 em cada instância, e o nginx alterna entre elas.
    for n in 0..=100 {
        inventa.cabecalhos[0].1 = format!("203.0.113.{n}");
        let campos = format!("username=n{n}&password=errada");
        let codigo = inventa.post("/login_submit", &campos).codigo;
        assert_eq!(codigo, if n < 100 { 401 } else { 429 }, "{n}");
    }
    let mut outro = casa.navegador("203.0.113.8");
    assert_eq!(outro.post("/login_submit", "username=a&password=b").codigo, 401);
}

/// O que alguém viu enquanto o site mudava.
#[derive(Default)]
struct Uso {
    /// Formulários sem resposta, em cada fase.
    erros: [usize; 3],
    lentas: usize,
}

/// Alguém que compra e olha o que comprou, até que as fases acabem. Não é desconectado, e no carrinho há
/// o que foi confirmado e, no máximo, o que ficou sem resposta.
fn usar(pessoa: &mut Navegador, fase: &AtomicUsize) -> Uso {
    let (mut uso, mut certos, comeco) = (Uso::default(), 0, Instant::now());
    // Quando o teste falha, a última fase não chega.
    while comeco.elapsed() < Duration::from_secs(120) {
        let Some(erros) = uso.erros.get_mut(fase.load(Relaxed)) else { return uso };
        let inicio = Instant::now();
        match pessoa.post("/carrinho", "produto=livro").codigo {
            303 => certos += 1,
            502 | 504 => *erros += 1,
            outro => panic!("{outro} a quem compra"),
        }
        assert!(pessoa.get("/perfil").corpo.contains("Cargo: admin"), "desconectada");
        let carrinho = pessoa.get("/carrinho");
        let incertos = uso.erros.iter().sum::<usize>();
        let inteiro = (certos..=certos + incertos).contains(&livros(&carrinho));
        assert!(inteiro, "{certos} livros: {carrinho:?}");
        uso.lentas += usize::from(inicio.elapsed() > Duration::from_secs(8));
        sleep(Duration::from_millis(20));
    }
    panic!("o teste parou no meio")
}

/// Tudo no ar, em uma pasta temporária, com os arquivos que o instalador copia. Ao sair do escopo, tudo
/// para.
struct Casa {
    /// O nginx, as duas instâncias e o vigia delas.
    unidades: Vec<Processo>,
    redis: Servidor,
    contas: Servidor,
    /// O formulário de quem entra na única conta.
    login: String,
    portas: [u16; 5],
    pasta: TempDir,
}

impl Casa {
    fn com(trocas: &str) -> Casa {
        assert!(compilar_so("cap18-completa"), "a compilação falhou");
        let ajustes = producao().join("redis.conf").display().to_string();
        let redis =
            Servidor::redis(&["--include", &ajustes, "--requirepass", SENHA_DO_REDIS]);
        let mut casa = Casa {
            unidades: vec![],
            redis,
            contas: Servidor::postgres(),
            login: "username=admin&password=".to_owned(),
            portas: [(); 5].map(|()| porta_livre()),
            pasta: TempDir::new().expect("a pasta temporária deve abrir"),
        };
        casa.bash(INSTALAR);
        casa.preencher(&['1']);
        casa.login += casa.bash("conta criar admin admin").trim();
        casa.bash(&format!("certificado; configurar '{trocas}'"));
        let nginx = "setpriv --pdeathsig TERM nginx -p $PWD -c $PWD/nginx.conf & wait";
        casa.iniciar(&format!("{ANUNCIO}{nginx}"));
        casa.ligar();
        esperar_que("o nginx", || casa.curl("https://exemplo.com.br/login") == "200");
        casa
    }

    /// Preenche o ambiente, com a chave atual e as anteriores.
    fn preencher(&self, chaves: &[char]) {
        let chaves: Vec<_> = chaves.iter().copied().map(chave_de_teste).collect();
        let anteriores = format!("{:?}", &chaves[1..]).replace(' ', "");
        self.bash(&format!("preencher {} '{anteriores}'", chaves[0]));
    }

    /// Inicia as duas instâncias e o vigia.
    fn ligar(&mut self) {
        for texto in ["no_ar $UMA", "no_ar $OUTRA", &format!("{ANUNCIO}vigia")] {
            self.iniciar(texto);
        }
    }

    fn iniciar(&mut self, texto: &str) {
        self.unidades.push(Processo::iniciar(self.comando(texto)));
    }

    fn comando(&self, texto: &str) -> Command {
        let mut bash = Command::new("bash");
        let casa = tests::raiz().join("tests/tests/producao/casa.sh");
        let texto = format!("set -e; . '{}'; {texto}", casa.display());
        bash.args(["-c", &texto]).current_dir(&self.pasta);
        esquecer(&mut bash, &["ROCKET_"]);
        bash.env("ROCKET_PROFILE", "release").env("ROCKET_LOG_LEVEL", "normal");
        // Com algo no meio, o Rocket espera o prazo inteiro.
        bash.env("ROCKET_SHUTDOWN", "{grace=1,mercy=1}");
        bash.env("PRODUCAO", producao()).env("PROGRAMA", binario("cap18-completa"));
        let sessoes = format!(":{SENHA_DO_REDIS}@127.0.0.1:{}", self.redis.porta);
        bash.env("SESSOES", format!("redis://{sessoes}"));
        bash.env("CONTAS", &self.contas.endereco);
        let portas = self.portas.map(|porta| porta.to_string());
        bash.envs(["UMA", "OUTRA", "HTTP", "HTTPS", "CLARO"].into_iter().zip(portas));
        bash
    }

    /// Executa um texto do bash na pasta da casa; se ele falha, o teste também.
    fn bash(&self, texto: &str) -> String {
        let fim = self.comando(texto).output().expect("o bash deve executar");
        assert!(fim.status.success(), "{texto}: {fim:?}");
        String::from_utf8_lossy(&fim.stdout).into_owned()
    }

    /// O código que o curl recebe; é 000 se não há resposta.
    fn curl(&self, opcoes: &str) -> String {
        self.bash(&format!("visitar {opcoes}"))
    }

    /// Um navegador que, para o nginx, chega deste endereço.
    fn navegador(&self, de: &str) -> Navegador {
        let mut navegador =
            Navegador::novo(&format!("http://127.0.0.1:{}", self.portas[4]));
        // O nginx que lê a configuração de novo fecha as conexões ociosas.
        let cabecalhos =
            [("X-De", de), ("Host", "exemplo.com.br"), ("Connection", "close")];
        navegador.cabecalhos = cabecalhos.map(|(n, v)| (n.into(), v.into())).into();
        navegador
    }

    /// Um navegador que fala com esta instância sem o nginx no meio.
    fn direto(&self, n: usize) -> Navegador {
        Navegador::novo(&format!("http://127.0.0.1:{}", self.portas[n]))
    }

    /// Navegadores em que a admin já entrou.
    fn pessoas<const N: usize>(&self) -> [Navegador; N] {
        [(); N].map(|()| {
            let mut navegador = self.navegador("127.0.0.1");
            assert_eq!(navegador.post("/login_submit", &self.login).codigo, 303);
            navegador
        })
    }

    fn responde(&self, n: usize) -> bool {
        self.curl(&format!("http://127.0.0.1:{}/saude", self.portas[n])) == "200"
    }

    fn numero(&self, n: usize) -> String {
        tests::ler(self.pasta.path().join(format!("{}.numero", self.portas[n])))
    }
}

/// Quantos livros há no carrinho.
fn livros(pagina: &Resposta) -> usize {
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
    vistos == ["max-age=86400", "nosniff"]
}

fn producao() -> PathBuf {
    pasta_do_capitulo("cap18-completa").join("producao")
}
