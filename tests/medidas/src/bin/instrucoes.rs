//! Quantas instruções o processador executa a cada requisição, com a sessão e sem ela. A conta não
//! muda com a máquina ocupada, e por isso o CI a compara com a gravada. Precisa do valgrind:
//!
//! - `cargo medir instrucoes` compara, e falha se alguma cresceu demais;
//! - `cargo medir instrucoes gravar` aceita as de agora.

use std::collections::BTreeMap;
use std::process::{Command, exit};

use book::raiz;
use medidas::ler;
use regex::Regex;
use rocket::local::asynchronous::Client;
use rocket::{Build, Rocket, get, routes, tokio};

#[allow(dead_code, reason = "a medida usa só uma parte")]
#[path = "../../../../chapters/cap06-dicionario/src/sessao.rs"]
mod cap06;

/// Onde as contas ficam gravadas, na pasta do repositório.
const GRAVADAS: &str = "tests/medidas/instrucoes.toml";

/// Quanto uma conta pode crescer: outra versão do compilador, ou outro processador, também a muda.
const TOLERANCIA: f64 = 1.10;

/// O texto de um cookie muda a cada vez que é fechado, e com ele o trabalho de o ler: de muitos, a
/// média é sempre a mesma.
const COOKIES: usize = 50;

/// O que se mede: o nome na tabela, e o caminho que se pede.
const MEDIDAS: [(&str, &str); 5] = [
    ("sem sessão", "/sem"),
    ("cap06: abrir o cookie e ler o dicionário", "/cap06/ler"),
    ("cap06: mudar o dicionário e fechar o cookie", "/cap06/mudar"),
    ("cap18: ler a sessão da memória", "/cap18/ler"),
    ("cap18: gravar a sessão na memória", "/cap18/mudar"),
];

fn main() {
    let argumentos: Vec<String> = std::env::args().skip(1).collect();
    let argumentos: Vec<&str> = argumentos.iter().map(String::as_str).collect();
    match argumentos[..] {
        // Este mesmo programa, dentro do valgrind.
        ["pedir", caminho, vezes] => pedir(caminho, vezes.parse().expect("um número")),
        ["gravar"] => gravar(),
        _ => comparar(),
    }
}

fn gravar() {
    let contas = toml::to_string(&medir()).expect("uma tabela");
    std::fs::write(raiz().join(GRAVADAS), contas).expect("o arquivo deve ser gravado");
}

fn comparar() {
    let gravadas = ler(raiz().join(GRAVADAS));
    let gravadas: BTreeMap<String, u64> =
        toml::from_str(&gravadas).expect("uma tabela");
    let mut cresceram = false;
    for (nome, agora) in medir() {
        let antes = gravadas.get(&nome).copied().unwrap_or_default();
        let razao = agora as f64 / antes as f64;
        cresceram |= razao > TOLERANCIA;
        println!("{nome}: {agora} instruções; gravadas, {antes}; razão {razao:.2}");
    }
    if cresceram {
        eprintln!(
            "Uma sessão ficou mais cara. Se é de propósito, grave as contas de agora: \
             cargo medir instrucoes gravar"
        );
        exit(1);
    }
}

fn medir() -> BTreeMap<String, u64> {
    let medidas =
        MEDIDAS.map(|(nome, caminho)| (nome.to_owned(), por_requisicao(caminho)));
    medidas.into_iter().collect()
}

/// O dobro de requisições menos a metade delas: o que o programa faz ao iniciar não conta.
fn por_requisicao(caminho: &str) -> u64 {
    const VEZES: u64 = 500;
    (contar(caminho, 2 * VEZES) - contar(caminho, VEZES)) / VEZES
}

fn contar(caminho: &str, vezes: u64) -> u64 {
    let este = std::env::current_exe().expect("este programa tem um caminho");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.arg(este).args(["pedir", caminho, &vezes.to_string()]);
    let saida = valgrind.output().expect("instale o valgrind para contar instruções");
    let texto = String::from_utf8_lossy(&saida.stderr);
    let contadas = Regex::new(r"Collected : (\d+)").expect("uma expressão válida");
    let contadas = contadas.captures(&texto).filter(|_| saida.status.success());
    let contadas = contadas.unwrap_or_else(|| panic!("{texto}"));
    contadas[1].parse().expect("um número")
}

/// Uma thread só: o trabalho é sempre o mesmo, na mesma ordem.
fn pedir(caminho: &str, vezes: usize) {
    let execucao = tokio::runtime::Builder::new_current_thread().enable_all().build();
    execucao.expect("o runtime deve iniciar").block_on(async {
        let cliente = Client::untracked(aplicacao()).await;
        let cliente = cliente.expect("a aplicação deve iniciar");
        let entrar = caminho.replace("ler", "mudar");
        let mut cookies = Vec::new();
        for _ in 0..COOKIES {
            let resposta = cliente.get(entrar.clone()).dispatch().await;
            cookies.push(resposta.cookies().iter().next().cloned());
        }
        for cookie in cookies.into_iter().cycle().take(vezes) {
            let pedido = cliente.get(caminho.to_owned());
            let resposta = pedido.cookies(cookie).dispatch().await;
            assert_eq!(resposta.into_string().await.as_deref(), Some("admin"));
        }
    });
}

fn aplicacao() -> Rocket<Build> {
    let capitulo = book::processo::pasta_do_capitulo("cap18-completa");
    let configuracao = shared::configuracao(&capitulo.to_string_lossy())
        .merge(("secret_key", book::processo::chave_de_teste('1')))
        .merge(("log_level", "off"))
        .merge(("https", false))
        .merge(("sessao_url", "memoria:"));
    rocket::custom(configuracao)
        .attach(rocket_sessoes::fairing())
        .mount("/", routes![sem])
        .mount("/cap06", routes![ler_do_cookie, mudar_no_cookie])
        .mount("/cap18", routes![ler_da_memoria, mudar_na_memoria])
}

#[get("/sem")]
fn sem() -> &'static str {
    "admin"
}

#[get("/ler")]
fn ler_do_cookie(sessao: cap06::Sessao<'_>) -> String {
    sessao.recuperar("username").unwrap_or_default()
}

#[get("/mudar")]
fn mudar_no_cookie(mut sessao: cap06::Sessao<'_>) -> &'static str {
    sessao.armazenar("username", "admin");
    "admin"
}

#[get("/ler")]
fn ler_da_memoria(sessao: rocket_sessoes::Sessao<'_>) -> String {
    sessao.recuperar("username").ok().flatten().unwrap_or_default()
}

#[get("/mudar")]
fn mudar_na_memoria(
    sessao: rocket_sessoes::Sessao<'_>,
) -> Result<&'static str, rocket_sessoes::Erro> {
    sessao.armazenar("username", "admin")?;
    sessao
        .alterar("visitas", |visitas: &mut u32| *visitas = visitas.saturating_add(1))?;
    Ok("admin")
}
