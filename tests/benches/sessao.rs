//! Quanto custa uma sessão: quantas páginas por segundo com ela e sem ela, em release, no mesmo
//! processo e na mesma execução. Execute com `cargo bench -p tests`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rocket::fairing::AdHoc;
use rocket::{Build, Rocket, get, routes};
use rocket_dyn_templates::{Template, context};
use tests::navegador::Navegador;
use tests::processo::{Processo, chave_de_teste, pasta_do_capitulo};

/// A sessão do capítulo 6, como ela é.
#[allow(dead_code, reason = "a página da medida usa só uma parte")]
#[path = "../../chapters/cap06-dicionario/src"]
mod cap06 {
    pub mod sessao;
}

use cap06::sessao::{ErroDeSessao, Sessao};

/// Cada lado é medido tantas vezes, alternadas: rodadas curtas veem a máquina no mesmo estado.
const RODADAS: usize = 41;
const RODADA: Duration = Duration::from_millis(300);

/// Quantas conexões pedem páginas ao mesmo tempo.
const CONEXOES: usize = 4;

fn main() {
    let porta = servir();
    let mut navegador = Navegador::novo(&format!("http://127.0.0.1:{porta}"));
    navegador.get("/entrar");
    let cookies = cabecalho(&navegador);
    let sem = Pagina { porta, caminho: "/sem", cookies: cookies.clone() };
    let com = Pagina { porta, caminho: "/com", cookies };
    comparar("página com `Sessao`", &com, "a mesma sem", &sem, "0,90");

    let servidores = ["cap06-dicionario", "cap05-logout"]
        .map(|capitulo| Processo::capitulo(capitulo, &chave_de_teste('1')));
    let [seis, cinco] = servidores.each_ref().map(|servidor| {
        let mut navegador = Navegador::novo(&servidor.endereco);
        navegador.entrar();
        let porta = servidor.porta().parse().expect("a porta é um número");
        Pagina { porta, caminho: "/dashboard", cookies: cabecalho(&navegador) }
    });
    comparar("/dashboard do capítulo 6", &seis, "o do capítulo 5", &cinco, "1,00");
}

/// Uma página que se pede muitas vezes.
struct Pagina {
    porta: u16,
    caminho: &'static str,
    cookies: String,
}

/// Mede as duas em rodadas alternadas e mostra a mediana das razões.
fn comparar(
    nome: &str,
    uma: &Pagina,
    outro_nome: &str,
    outra: &Pagina,
    combinado: &str,
) {
    // A primeira rodada aquece os dois lados e não conta.
    let mut razoes: Vec<(f64, f64, f64)> = (0..=RODADAS)
        .map(|_| (por_segundo(uma), por_segundo(outra)))
        .skip(1)
        .map(|(uma, outra)| (uma / outra, uma, outra))
        .collect();
    razoes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (razao, uma, outra) = razoes[RODADAS / 2];
    println!("{nome}: {uma:.0} por segundo; {outro_nome}: {outra:.0}");
    let (menor, maior) = (razoes[0].0, razoes[RODADAS - 1].0);
    println!(
        "  razão: {razao:.2}, de {menor:.2} a {maior:.2} (combinado: ao menos {combinado})"
    );
}

/// Quantas vezes a página responde por segundo, com várias conexões abertas.
fn por_segundo(pagina: &Pagina) -> f64 {
    let inicio = Instant::now();
    let respostas: u32 = thread::scope(|grupo| {
        let conexoes: Vec<_> = (0..CONEXOES)
            .map(|_| grupo.spawn(|| pedir_ate_o_fim(pagina, inicio)))
            .collect();
        conexoes
            .into_iter()
            .map(|conexao| conexao.join().expect("a conexão terminou"))
            .sum()
    });
    f64::from(respostas) / inicio.elapsed().as_secs_f64()
}

fn pedir_ate_o_fim(pagina: &Pagina, inicio: Instant) -> u32 {
    let mut conexao =
        TcpStream::connect(("127.0.0.1", pagina.porta)).expect("o servidor atende");
    conexao.set_nodelay(true).expect("a conexão aceita o ajuste");
    let pedido = format!(
        "GET {} HTTP/1.1\r\nHost: medida\r\nCookie: {}\r\n\r\n",
        pagina.caminho, pagina.cookies
    );
    let mut respostas = 0;
    while inicio.elapsed() < RODADA {
        conexao.write_all(pedido.as_bytes()).expect("o pedido vai");
        ler_resposta(&mut conexao);
        respostas += 1;
    }
    respostas
}

/// Lê uma resposta inteira; ela tem de ser um 200.
fn ler_resposta(conexao: &mut TcpStream) {
    let mut resposta = Vec::new();
    let mut pedaco = [0; 8_192];
    loop {
        let lidos = conexao.read(&mut pedaco).expect("a resposta vem");
        assert!(lidos > 0, "o servidor fechou a conexão");
        resposta.extend_from_slice(&pedaco[..lidos]);
        let texto = String::from_utf8_lossy(&resposta);
        let Some((cabecalhos, corpo)) = texto.split_once("\r\n\r\n") else { continue };
        assert!(cabecalhos.starts_with("HTTP/1.1 200"), "{cabecalhos}");
        let tamanho = cabecalhos
            .lines()
            .find_map(|linha| linha.strip_prefix("content-length: "))
            .and_then(|tamanho| tamanho.parse().ok());
        if tamanho == Some(corpo.len()) {
            return;
        }
    }
}

fn cabecalho(navegador: &Navegador) -> String {
    let pares = navegador.cookies.iter().map(|(nome, valor)| format!("{nome}={valor}"));
    pares.collect::<Vec<_>>().join("; ")
}

// O mesmo dashboard, com a sessão e sem ela.

#[get("/sem")]
fn sem() -> Template {
    Template::render("dashboard", context! { username: "admin", user_id: 12345 })
}

#[get("/com")]
fn com(sessao: Sessao<'_>) -> Result<Template, ErroDeSessao> {
    let username: Option<String> = sessao.recuperar("username")?;
    let user_id: Option<u32> = sessao.recuperar("user_id")?;
    Ok(Template::render("dashboard", context! { username, user_id }))
}

#[get("/entrar")]
fn entrar(sessao: Sessao<'_>) -> Result<(), ErroDeSessao> {
    sessao.armazenar("username", "admin")?;
    sessao.armazenar("user_id", 12345)?;
    sessao.armazenar("role", "admin")
}

/// Serve as duas páginas em outra thread; devolve a porta.
fn servir() -> u16 {
    let (avisar, porta) = mpsc::channel();
    thread::spawn(|| {
        if let Err(erro) = rocket::async_main(aplicacao(avisar).launch()) {
            eprintln!("{}", erro.pretty_print());
        }
    });
    porta.recv().expect("o servidor inicia")
}

fn aplicacao(avisar: mpsc::Sender<u16>) -> Rocket<Build> {
    let pasta = pasta_do_capitulo("cap06-dicionario");
    let configuracao = shared::configuracao(&pasta.to_string_lossy())
        .merge(("secret_key", chave_de_teste('1')))
        .merge(("log_level", "off"))
        .merge(("port", 0));
    rocket::custom(configuracao)
        .attach(Template::custom(shared::layout))
        .attach(cap06::sessao::varia_com_o_cookie())
        .attach(AdHoc::on_liftoff("porta", |aplicacao| {
            Box::pin(async move {
                let _ = avisar.send(aplicacao.config().port);
            })
        }))
        .mount("/", routes![sem, com, entrar])
}
