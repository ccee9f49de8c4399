//! Mede os limites de tempo e de espaço do repositório, todos na mesma execução, e mostra cada um
//! ao lado do que foi combinado. Leva alguns minutos, porque compila do zero.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use book::processo::Processo;
use tests::{arquivos, raiz};

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
    no_alvo(raiz(), &alvo, &["livro", "construir"]);
    let tudo = no_alvo(raiz(), &alvo, &["test", "--quiet"]);
    println!("`cargo test` do zero: {tudo:.1?} (combinado: até 150 s)");
    let morno = no_alvo(raiz(), &alvo, &["test", "--quiet"]);
    println!("`cargo test` de novo: {morno:.1?} (combinado: até 25 s)");
    let mudanca = depois_de_mudar("cap05-logout", &alvo);
    println!("capítulo mudado até responder: {mudanca:.1?} (combinado: até 2 s)");
    let gigabytes = tamanho(&alvo) as f64 / 1e9;
    println!("target/ depois de tudo: {gigabytes:.2} GB (combinado: até 2,5 GB)");
}

fn criar_aplicacao_sem_ajustes(pasta: &Path) {
    let cargo = "[package]\nname = \"sem-ajustes\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
        [workspace]\n\n[dependencies]\nrocket = { version = \"0.5.2\", features = [\"secrets\"] }\n\
        rocket_dyn_templates = { version = \"0.2.0\", features = [\"minijinja\"] }\n";
    let login = pasta.join("templates/login.html.j2");
    fs::create_dir_all(pasta.join("src")).expect("a pasta deve ser criada");
    fs::create_dir_all(pasta.join("templates")).expect("a pasta deve ser criada");
    fs::write(pasta.join("Cargo.toml"), cargo).expect("o arquivo deve ser gravado");
    fs::write(pasta.join("src/main.rs"), SEM_AJUSTES)
        .expect("o arquivo deve ser gravado");
    fs::write(login, "<h1>Login</h1>").expect("o arquivo deve ser gravado");
    // As mesmas versões dos dois lados, e nenhum download dentro da medida.
    fs::copy(raiz().join("Cargo.lock"), pasta.join("Cargo.lock"))
        .expect("o Cargo.lock deve ser copiado");
    let mut cargo = book::processo::cargo();
    cargo.current_dir(pasta).args(["fetch", "--quiet"]);
    assert!(cargo.status().expect("o cargo deve executar").success());
}

/// De uma pasta `target` vazia até o primeiro endereço anunciado.
fn do_zero(pasta: &Path, pacote: &str, temporaria: &Path) -> Duration {
    let alvo = temporaria.join("frio");
    let _ = fs::remove_dir_all(&alvo);
    ate_responder(pasta, pacote, &alvo)
}

/// De `cargo run` até o endereço anunciado.
fn ate_responder(pasta: &Path, pacote: &str, alvo: &Path) -> Duration {
    let inicio = Instant::now();
    let mut cargo = book::processo::cargo();
    cargo.current_dir(pasta).env("CARGO_TARGET_DIR", alvo);
    cargo.args(["build", "--quiet", "-p", pacote]);
    assert!(cargo.status().expect("o cargo deve executar").success());
    let programa = format!("{pacote}{}", std::env::consts::EXE_SUFFIX);
    let mut programa = Command::new(alvo.join("debug").join(programa));
    programa
        .current_dir(pasta)
        .env("ROCKET_PORT", "0")
        .env("ROCKET_CLI_COLORS", "false");
    let _processo = Processo::iniciar(programa);
    inicio.elapsed()
}

/// Muda um capítulo sem mudar o que ele faz e espera que responda de novo.
fn depois_de_mudar(capitulo: &str, alvo: &Path) -> Duration {
    ate_responder(raiz(), capitulo, alvo);
    let fonte = raiz().join("chapters").join(capitulo).join("src/main.rs");
    let agora = std::time::SystemTime::now();
    let arquivo = fs::File::options().append(true).open(fonte);
    arquivo
        .and_then(|arquivo| arquivo.set_modified(agora))
        .expect("o capítulo deve ser tocado");
    ate_responder(raiz(), capitulo, alvo)
}

fn no_alvo(pasta: &Path, alvo: &Path, argumentos: &[&str]) -> Duration {
    let inicio = Instant::now();
    let mut cargo = book::processo::cargo();
    cargo.current_dir(pasta).env("CARGO_TARGET_DIR", alvo).args(argumentos);
    let saida = cargo.output().expect("o cargo deve executar");
    assert!(saida.status.success(), "{}", String::from_utf8_lossy(&saida.stdout));
    inicio.elapsed()
}

/// O que a pasta ocupa. O Cargo põe cada programa em dois lugares, como um só arquivo no disco.
fn tamanho(pasta: &Path) -> u64 {
    let mut vistos = HashSet::new();
    arquivos(pasta)
        .iter()
        .filter_map(|arquivo| fs::metadata(arquivo).ok())
        .filter(|dados| arquivo_no_disco(dados).is_none_or(|qual| vistos.insert(qual)))
        .map(|dados| dados.len())
        .sum()
}

#[cfg(unix)]
fn arquivo_no_disco(dados: &fs::Metadata) -> Option<u64> {
    Some(std::os::unix::fs::MetadataExt::ino(dados))
}

#[cfg(not(unix))]
fn arquivo_no_disco(_: &fs::Metadata) -> Option<u64> {
    None
}
