//! Onde, quando e com que versões se mediu.

use std::path::Path;

use book::raiz;
use medidas::ler;
use teste::servidores::do_postgres;
use time::OffsetDateTime;

const MESES: [&str; 12] = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
];

/// As crates que mais pesam na medida, dos capítulos e dos outros frameworks.
const NOSSAS: [&str; 6] =
    ["rocket", "minijinja", "sqlx", "redis", "async-memcached", "moka"];
const DELES: [&str; 8] = [
    "axum",
    "axum-extra",
    "tower-sessions",
    "tower-sessions-sqlx-store",
    "tower-sessions-redis-store",
    "actix-web",
    "actix-session",
    "minijinja",
];

/// A lista que fecha a página.
pub fn descrever(rodadas: usize) -> String {
    let hoje = OffsetDateTime::now_utc();
    let mes = MESES[usize::from(u8::from(hoje.month())) - 1];
    let nucleos = std::thread::available_parallelism().map_or(1, usize::from);
    let programas = ["rustc", "wrk", "redis-server", "memcached", "postgres"];
    let programas = programas
        .into_iter()
        .filter_map(|nome| Some(format!("{nome} {}", numero_em(&versao(nome)?))));
    let python =
        versao(&raiz().join("target/gunicorn/bin/python").display().to_string());
    let python = format!("Python {}", numero_em(&python.unwrap_or_default()));
    let programas: Vec<_> = programas.chain([python]).collect();
    format!(
        "- **Data:** {} de {mes} de {}; {rodadas} rodadas.\n\
         - **Máquina:** {nucleos} núcleos, {}, Linux {}.\n\
         - **Programas:** {}.\n\
         - **Capítulos:** {}.\n\
         - **Outros em Rust:** {}.\n\
         - **Em Python:** {}.\n",
        hoje.day(),
        hoje.year(),
        processador(),
        numero_em(&arquivo("/proc/sys/kernel/osrelease")),
        programas.join(", "),
        crates("Cargo.lock", &NOSSAS),
        crates("tests/medidas/concorrentes/Cargo.lock", &DELES),
        do_python(),
    )
}

fn processador() -> String {
    let dito = arquivo("/proc/cpuinfo");
    let linha = dito.lines().find(|linha| linha.starts_with("model name"));
    let nome = linha.and_then(|linha| linha.split(": ").nth(1));
    nome.unwrap_or("processador desconhecido").to_owned()
}

fn arquivo(caminho: &str) -> String {
    std::fs::read_to_string(Path::new(caminho)).unwrap_or_default().trim().to_owned()
}

/// O primeiro número com ponto no que um programa diz da própria versão.
fn numero_em(dito: &str) -> String {
    let numero = regex::Regex::new(r"\d+(?:\.\d+)+").expect("expressão válida");
    numero.find(dito).map_or("?", |achado| achado.as_str()).to_owned()
}

/// De cada crate, as versões que este arquivo fixa.
fn crates(travadas: &str, nomes: &[&str]) -> String {
    let travadas: toml::Table = ler(raiz().join(travadas)).parse().expect("é TOML");
    let pacotes = travadas["package"].as_array().expect("a lista de pacotes");
    let textos = nomes.iter().map(|nome| {
        let versoes =
            pacotes.iter().filter(|pacote| pacote["name"].as_str() == Some(nome));
        let versoes = versoes.filter_map(|pacote| pacote["version"].as_str());
        format!("{nome} {}", versoes.collect::<Vec<_>>().join(" e "))
    });
    textos.collect::<Vec<_>>().join(", ")
}

fn do_python() -> String {
    let requisitos =
        ler(raiz().join("tests/medidas/concorrentes/flask/requirements.txt"));
    let nomes = ["Flask", "gunicorn", "Jinja2", "itsdangerous"];
    let linhas = requisitos.lines().filter_map(|linha| {
        let (nome, versao) = linha.split_once("==")?;
        nomes.contains(&nome).then(|| format!("{nome} {versao}"))
    });
    linhas.collect::<Vec<_>>().join(", ")
}

/// O que um programa diz da própria versão; `None` se ele não está instalado.
pub fn versao(programa: &str) -> Option<String> {
    let saida = do_postgres(programa).arg("--version").output().ok()?;
    Some(String::from_utf8_lossy(&saida.stdout).trim().to_owned())
}
