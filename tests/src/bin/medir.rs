//! Mede os limites de tempo e de espaço do repositório, todos na mesma execução, e mostra cada um
//! ao lado do que foi combinado. Leva alguns minutos, porque compila do zero.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use book::processo::{Processo, cargo, pasta_do_capitulo};
use tests::{ler, raiz};

/// A aplicação com que o capítulo 1 se compara: Rocket e templates, sem nenhum ajuste nosso.
const SEM_AJUSTES: &str = r#"
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
"#;

fn main() {
    let pasta = tempfile::tempdir().expect("a pasta temporária deve abrir");
    let sem_ajustes = pasta.path().join("sem-ajustes");
    criar_aplicacao_sem_ajustes(&sem_ajustes);

    // Duas vezes cada, alternadas: a máquina pode estar mais ocupada em uma delas.
    let mut tempos = [Duration::MAX; 2];
    for _ in 0..2 {
        let capitulo = do_zero(raiz(), "cap01-importar", pasta.path());
        let comparada = do_zero(&sem_ajustes, "sem-ajustes", pasta.path());
        tempos = [tempos[0].min(capitulo), tempos[1].min(comparada)];
    }
    let razao = tempos[0].as_secs_f64() / tempos[1].as_secs_f64();
    println!("capítulo 1 do zero: {:.1?}; sem ajustes: {:.1?}", tempos[0], tempos[1]);
    println!("  razão: {razao:.2} (combinado: até 0,84)");

    let alvo = pasta.path().join("alvo");
    // Quem segue o README construiu o livro antes.
    cargo_em(raiz(), &alvo, &["livro", "construir"]);
    let tudo = cargo_em(raiz(), &alvo, &["test", "--quiet"]);
    println!("`cargo test` do zero: {tudo:.1?} (combinado: até 150 s)");
    let morno = cargo_em(raiz(), &alvo, &["test", "--quiet"]);
    println!("`cargo test` de novo: {morno:.1?} (combinado: até 25 s)");
    let mudanca = depois_de_mudar("cap05-logout", &alvo);
    println!("capítulo mudado até responder: {mudanca:.1?} (combinado: até 2 s)");
    println!(
        "target/ depois de tudo: {:.2} GB (combinado: até 2,5 GB)",
        tamanho(&alvo)
    );
}

fn criar_aplicacao_sem_ajustes(pasta: &Path) {
    let cargo = "[package]\nname = \"sem-ajustes\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
        [workspace]\n\n[dependencies]\nrocket = { version = \"0.5.2\", features = [\"secrets\"] }\n\
        rocket_dyn_templates = { version = \"0.2.0\", features = [\"minijinja\"] }\n";
    // As mesmas versões dos dois lados, e nenhum download dentro da medida.
    let versoes = ler(raiz().join("Cargo.lock"));
    for (nome, texto) in [
        ("Cargo.toml", cargo),
        ("Cargo.lock", &versoes),
        ("src/main.rs", SEM_AJUSTES),
        ("templates/login.html.j2", "<h1>Login</h1>"),
    ] {
        let arquivo = pasta.join(nome);
        fs::create_dir_all(arquivo.parent().unwrap_or(pasta)).expect("uma pasta nova");
        fs::write(arquivo, texto).expect("o arquivo deve ser gravado");
    }
    cargo_em(pasta, &pasta.join("target"), &["fetch", "--quiet"]);
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
    programa
        .current_dir(pasta)
        .env("ROCKET_PORT", "0")
        .env("ROCKET_CLI_COLORS", "false");
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

/// O que a pasta ocupa, em GB. O Cargo põe cada programa em dois lugares, como um só arquivo no
/// disco, e o `du` conta uma vez cada arquivo.
fn tamanho(pasta: &Path) -> f64 {
    let saida = Command::new("du").arg("-sk").arg(pasta).output();
    let saida = saida.expect("o du deve executar").stdout;
    let kib = String::from_utf8_lossy(&saida);
    let kib = kib.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok());
    kib.expect("o du começa pelo tamanho") * 1024.0 / 1e9
}
