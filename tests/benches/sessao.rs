//! Quanto custa uma sessão: quantas páginas por segundo com ela e sem ela, em release, no mesmo
//! processo e na mesma execução. Execute com `cargo bench -p tests`.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use book::navegador::Navegador;
use book::processo::{Processo, chave_de_teste, pasta_do_capitulo};
use rocket::fairing::AdHoc;
use rocket::{Build, Rocket, get, routes};
use rocket_dyn_templates::{Template, context};

/// A sessão do capítulo 6, como ela é.
#[allow(dead_code, reason = "a página da medida usa só uma parte")]
#[path = "../../chapters/cap06-dicionario/src"]
mod cap06 {
    pub mod sessao;
}

use cap06::sessao::Sessao;

/// Cada lado é medido tantas vezes, alternadas: rodadas curtas veem a máquina no mesmo estado.
const RODADAS: usize = 41;
const RODADA: Duration = Duration::from_millis(300);

/// Um por núcleo, quando o que conta é o tempo de uma resposta, e muitos, quando o servidor não
/// para de trabalhar.
const NAVEGADORES: [usize; 2] = [2, 16];

fn main() {
    let mut navegador = Navegador::novo(&format!("http://127.0.0.1:{}", servir()));
    navegador.get("/entrar");
    let com = Pagina { navegador, caminho: "/com" };
    let sem = Pagina { caminho: "/sem", ..com.clone() };

    let servidores = ["cap06-dicionario", "cap05-logout"]
        .map(|capitulo| Processo::capitulo(capitulo, &chave_de_teste('1')));
    let [seis, cinco] = servidores.each_ref().map(|servidor| {
        let mut navegador = Navegador::novo(&servidor.endereco);
        navegador.entrar();
        Pagina { navegador, caminho: "/dashboard" }
    });

    for navegadores in NAVEGADORES {
        println!("{navegadores} navegadores ao mesmo tempo");
        comparar(navegadores, "página com `Sessao`", &com, "a mesma sem", &sem);
        comparar(navegadores, "capítulo 6", &seis, "capítulo 5", &cinco);
    }
}

/// Uma página, e o navegador que já fez o login nela.
#[derive(Clone)]
struct Pagina {
    navegador: Navegador,
    caminho: &'static str,
}

/// Mede as duas em rodadas alternadas e mostra a mediana das razões.
fn comparar(
    navegadores: usize,
    nome: &str,
    uma: &Pagina,
    outro_nome: &str,
    outra: &Pagina,
) {
    // A primeira rodada aquece os dois lados e não conta.
    let mut razoes: Vec<(f64, f64, f64)> = (0..=RODADAS)
        .map(|_| (por_segundo(navegadores, uma), por_segundo(navegadores, outra)))
        .skip(1)
        .map(|(uma, outra)| (uma / outra, uma, outra))
        .collect();
    razoes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (razao, uma, outra) = razoes[RODADAS / 2];
    let (menor, maior) = (razoes[0].0, razoes[RODADAS - 1].0);
    println!("  {nome}: {uma:.0} por segundo; {outro_nome}: {outra:.0}");
    println!("  razão: {razao:.2}, de {menor:.2} a {maior:.2}");
}

/// Quantas vezes a página responde por segundo.
fn por_segundo(navegadores: usize, pagina: &Pagina) -> f64 {
    let inicio = Instant::now();
    let respostas: u32 = thread::scope(|grupo| {
        let juntos: Vec<_> = (0..navegadores)
            .map(|_| grupo.spawn(|| pedir_ate_o_fim(pagina.clone(), inicio)))
            .collect();
        juntos.into_iter().map(|um| um.join().expect("o navegador terminou")).sum()
    });
    f64::from(respostas) / inicio.elapsed().as_secs_f64()
}

fn pedir_ate_o_fim(mut pagina: Pagina, inicio: Instant) -> u32 {
    let mut respostas = 0;
    while inicio.elapsed() < RODADA {
        assert_eq!(pagina.navegador.get(pagina.caminho).codigo, 200);
        respostas += 1;
    }
    respostas
}

// O mesmo dashboard, com a sessão e sem ela.

#[get("/sem")]
fn sem() -> Template {
    Template::render("dashboard", context! { username: "admin", user_id: 12345 })
}

#[get("/com")]
fn com(sessao: Sessao<'_>) -> Template {
    let username: Option<String> = sessao.recuperar("username");
    let user_id: Option<u32> = sessao.recuperar("user_id");
    Template::render("dashboard", context! { username, user_id })
}

#[get("/entrar")]
fn entrar(mut sessao: Sessao<'_>) {
    sessao.armazenar("username", "admin");
    sessao.armazenar("user_id", 12345);
    sessao.armazenar("role", "admin");
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
        .attach(AdHoc::on_liftoff("porta", |aplicacao| {
            Box::pin(async move {
                let _ = avisar.send(aplicacao.config().port);
            })
        }))
        .mount("/", routes![sem, com, entrar])
}
