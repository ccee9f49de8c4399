//! Quanto espera quem estuda: cada comando do livro, do zero e de novo, e o espaço em disco.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use book::processo::{Processo, cargo, chave_de_teste, pasta_do_capitulo};
use book::raiz;
use medidas::ler;

use crate::sites::faixa;
use crate::tabelas::decimal;

/// O que se espera, quanto se esperou e, se há um, o limite que o repositório se dá.
pub struct Espera {
    pub passo: &'static str,
    pub medida: String,
    pub limite: &'static str,
}

/// Uma aplicação que mostra uma página com um template, sem nenhum ajuste nosso.
struct Aplicacao {
    nome: &'static str,
    dependencias: &'static str,
    versoes: &'static str,
    codigo: &'static str,
}

const ROCKET: Aplicacao = Aplicacao {
    nome: "so-rocket",
    dependencias: "rocket = { version = \"0.5.2\", features = [\"secrets\"] }\n\
        rocket_dyn_templates = { version = \"0.2.0\", features = [\"minijinja\"] }\n",
    versoes: "Cargo.lock",
    codigo: r#"
#[rocket::launch]
fn rocket() -> _ {
    rocket::build()
        .attach(rocket_dyn_templates::Template::fairing())
        .mount("/", rocket::routes![login])
}

#[rocket::get("/login")]
fn login() -> rocket_dyn_templates::Template {
    rocket_dyn_templates::Template::render("login", rocket_dyn_templates::context! {})
}
"#,
};

const AXUM: Aplicacao = Aplicacao {
    nome: "so-axum",
    dependencias: "axum = \"0.8.9\"\n\
        axum-extra = { version = \"0.12.6\", features = [\"cookie-private\"] }\n\
        minijinja = { version = \"2.24\", features = [\"loader\"] }\n\
        tokio = { version = \"1.54.1\", features = [\"macros\", \"net\", \"rt-multi-thread\"] }\n",
    versoes: "tests/medidas/concorrentes/Cargo.lock",
    codigo: r#"
use axum::response::Html;

#[tokio::main]
async fn main() {
    let app = axum::Router::new().route("/login", axum::routing::get(login));
    let porta = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("Listening at http://{}", porta.local_addr().unwrap());
    axum::serve(porta, app).await.unwrap();
}

async fn login() -> Html<String> {
    let mut paginas = minijinja::Environment::new();
    paginas.set_loader(minijinja::path_loader("templates"));
    Html(paginas.get_template("login.html.j2").unwrap().render(()).unwrap())
}
"#,
};

/// Mede tudo na mesma execução. Leva alguns minutos, porque compila do zero.
pub fn medir() -> Vec<Espera> {
    let pasta = tempfile::tempdir().expect("a pasta temporária deve abrir");
    let pasta = pasta.path();
    let [rocket, axum] = [ROCKET, AXUM].map(|aplicacao| aplicacao.criar(pasta));
    let (nosso, alvo) = ("cap01-importar", pasta.join("alvo"));
    let aplicacoes = [(raiz(), nosso), (&*rocket, ROCKET.nome), (&*axum, AXUM.nome)];
    // Alternadas: a máquina pode estar mais ocupada em uma das vezes.
    let rodadas: Vec<[Duration; 3]> = (0..2)
        .map(|_| aplicacoes.map(|(onde, pacote)| do_zero(onde, pacote, pasta)))
        .collect();
    let [nosso_s, rocket_s, axum_s] = [0, 1, 2].map(|qual| {
        faixa(rodadas.iter().map(|rodada| rodada[qual].as_secs_f64())).menor
    });

    let mut esperas = vec![
        espera("`cargo run` do capítulo 1, do zero", segundos(nosso_s), ""),
        espera(
            "… contra uma página em Rocket, sem nada deste livro",
            format!("{} vez os {}", decimal(nosso_s / rocket_s), segundos(rocket_s)),
            "0,84",
        ),
        espera(
            "… contra uma página em Axum",
            format!("{} vez os {}", decimal(nosso_s / axum_s), segundos(axum_s)),
            "",
        ),
    ];
    let mut medir = |passo: &'static str, tempo: Duration, limite: &'static str| {
        esperas.push(espera(passo, segundos(tempo.as_secs_f64()), limite));
    };
    ate_responder(raiz(), nosso, &alvo);
    medir(
        "`cargo run` do capítulo 1, de novo",
        ate_responder(raiz(), nosso, &alvo),
        "",
    );
    let seguinte = "cap02-chave-secreta";
    medir("do capítulo 1 ao 2", ate_responder(raiz(), seguinte, &alvo), "");
    // Quem segue o README constrói o livro antes de testar.
    let livro = || cargo_em(raiz(), &alvo, &["livro", "construir"]);
    medir("`cargo livro`, depois do capítulo 1", livro(), "");
    medir("`cargo livro`, de novo", livro(), "");
    let testes = || cargo_em(raiz(), &alvo, &["test", "--quiet"]);
    medir("`cargo test`, depois de `cargo livro`", testes(), "150 s");
    medir("`cargo test`, de novo", testes(), "25 s");
    medir(
        "um capítulo mudado, até responder",
        depois_de_mudar("cap05-logout", &alvo),
        "2 s",
    );
    esperas.push(espera("`target/` depois de tudo", tamanho(&alvo), "2,5 GB"));
    esperas
}

fn espera(passo: &'static str, medida: String, limite: &'static str) -> Espera {
    Espera { passo, medida, limite }
}

impl Aplicacao {
    /// Escreve a aplicação em uma pasta nova e traz as dependências: nenhum download na medida.
    fn criar(&self, temporaria: &Path) -> PathBuf {
        let pasta = temporaria.join(self.nome);
        let cargo = format!(
            "[package]\nname = \"{}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [workspace]\n\n[dependencies]\n{}",
            self.nome, self.dependencias
        );
        // As mesmas versões dos dois lados.
        let versoes = ler(raiz().join(self.versoes));
        for (nome, texto) in [
            ("Cargo.toml", &*cargo),
            ("Cargo.lock", &versoes),
            ("src/main.rs", self.codigo),
            ("templates/login.html.j2", "<h1>Entrar</h1>"),
        ] {
            let arquivo = pasta.join(nome);
            let dele = arquivo.parent().unwrap_or(&pasta);
            fs::create_dir_all(dele).expect("uma pasta nova");
            fs::write(&arquivo, texto).expect("o arquivo deve ser gravado");
        }
        cargo_em(&pasta, &pasta.join("target"), &["fetch", "--quiet"]);
        pasta
    }
}

/// De uma pasta `target` vazia até o primeiro endereço anunciado.
fn do_zero(pasta: &Path, pacote: &str, temporaria: &Path) -> Duration {
    let alvo = temporaria.join("frio");
    let _ = fs::remove_dir_all(&alvo);
    ate_responder(pasta, pacote, &alvo)
}

/// De `cargo run` até o endereço anunciado.
fn ate_responder(pasta: &Path, pacote: &str, alvo: &Path) -> Duration {
    let compilado = cargo_em(pasta, alvo, &["build", "--quiet", "-p", pacote]);
    let inicio = Instant::now();
    let programa = format!("debug/{pacote}{}", std::env::consts::EXE_SUFFIX);
    let mut programa = Command::new(alvo.join(programa));
    programa.current_dir(pasta).env_remove("CARGO_MANIFEST_DIR");
    programa.env("ROCKET_PORT", "0").env("ROCKET_CLI_COLORS", "false");
    programa.env("ROCKET_SECRET_KEY", chave_de_teste('1'));
    let _processo = Processo::iniciar(programa);
    compilado + inicio.elapsed()
}

/// Muda um capítulo sem mudar o que ele faz e espera que responda de novo.
fn depois_de_mudar(capitulo: &str, alvo: &Path) -> Duration {
    ate_responder(raiz(), capitulo, alvo);
    let fonte = pasta_do_capitulo(capitulo).join("src/main.rs");
    let arquivo = fs::File::options().append(true).open(fonte);
    arquivo
        .and_then(|arquivo| arquivo.set_modified(SystemTime::now()))
        .expect("o capítulo deve ser tocado");
    ate_responder(raiz(), capitulo, alvo)
}

/// Executa o Cargo e diz quanto ele demorou.
fn cargo_em(pasta: &Path, alvo: &Path, argumentos: &[&str]) -> Duration {
    let inicio = Instant::now();
    let mut cargo = cargo();
    cargo.current_dir(pasta).env("CARGO_TARGET_DIR", alvo).args(argumentos);
    let saida = cargo.output().expect("o cargo deve executar");
    assert!(saida.status.success(), "{}", String::from_utf8_lossy(&saida.stdout));
    inicio.elapsed()
}

/// O que a pasta ocupa. O Cargo põe cada programa em dois lugares, como um só arquivo no disco, e o
/// `du` conta uma vez cada arquivo.
fn tamanho(pasta: &Path) -> String {
    let saida = Command::new("du").arg("-sk").arg(pasta).output();
    let saida = saida.expect("o du deve executar").stdout;
    let kib = String::from_utf8_lossy(&saida);
    let kib = kib.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok());
    let gb = kib.expect("o du começa pelo tamanho") * 1024.0 / 1e9;
    format!("{} GB", decimal(gb))
}

fn segundos(tempo: f64) -> String {
    format!("{tempo:.1} s").replace('.', ",")
}
