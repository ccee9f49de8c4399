//! `cargo livro`: constrói o livro e o serve neste computador.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lexopt::prelude::*;
use rocket::error::ErrorKind;
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::fs::{FileServer, NamedFile};
use rocket::{Build, Config, Rocket, State, catch, catchers};

const AJUDA: &str = "\
Constrói o livro e o serve neste computador.

Uso: cargo livro [construir] [opções]

  construir        só constrói o livro; não o serve
  --porta N        porta em que o livro é servido (padrão: 3000)
  --abrir          abre o navegador quando o livro está no ar
  --destino PASTA  pasta das páginas prontas (padrão: target/livro)
  --ajuda          mostra este texto";

struct Opcoes {
    so_construir: bool,
    porta: u16,
    abrir: bool,
    destino: Option<PathBuf>,
}

enum Pedido {
    Ajuda,
    Livro(Opcoes),
}

fn main() -> ExitCode {
    match ler_opcoes(lexopt::Parser::from_env()).and_then(atender) {
        Ok(()) => ExitCode::SUCCESS,
        Err(erro) => {
            eprintln!("erro: {erro}");
            ExitCode::FAILURE
        }
    }
}

fn ler_opcoes(mut argumentos: lexopt::Parser) -> Result<Pedido, String> {
    let mut opcoes =
        Opcoes { so_construir: false, porta: 3000, abrir: false, destino: None };
    while let Some(argumento) =
        argumentos.next().map_err(|_| nao_entendi("o que veio"))?
    {
        match argumento {
            Value(comando) if comando == "construir" => opcoes.so_construir = true,
            Long("abrir") => opcoes.abrir = true,
            Long("ajuda" | "help") | Short('h') => return Ok(Pedido::Ajuda),
            Long("porta") => opcoes.porta = ler_porta(&mut argumentos)?,
            Long("destino") => opcoes.destino = Some(ler_destino(&mut argumentos)?),
            Long(nome) => return Err(nao_entendi(&format!("`--{nome}`"))),
            Short(letra) => return Err(nao_entendi(&format!("`-{letra}`"))),
            Value(texto) => return Err(nao_entendi(&format!("`{}`", texto.display()))),
        }
    }
    Ok(Pedido::Livro(opcoes))
}

fn ler_porta(argumentos: &mut lexopt::Parser) -> Result<u16, String> {
    let Ok(texto) = argumentos.value() else {
        return Err("`--porta` espera um número, como em `--porta 3001`".to_owned());
    };
    let numero = texto.to_str().and_then(|texto| texto.parse().ok());
    numero.ok_or_else(|| {
        format!("`--porta` espera um número de 0 a 65535, e veio `{}`", texto.display())
    })
}

fn ler_destino(argumentos: &mut lexopt::Parser) -> Result<PathBuf, String> {
    let Ok(pasta) = argumentos.value() else {
        return Err("`--destino` espera uma pasta".to_owned());
    };
    // O mdBook entenderia um caminho relativo a partir da pasta do livro, e não de onde você está.
    std::path::absolute(&pasta)
        .map_err(|erro| format!("a pasta de `--destino` não serve: {erro}"))
}

fn nao_entendi(parte: &str) -> String {
    format!("não entendi {parte}. Veja as opções com: cargo livro --ajuda")
}

fn atender(pedido: Pedido) -> Result<(), String> {
    let Pedido::Livro(opcoes) = pedido else {
        println!("{AJUDA}");
        return Ok(());
    };
    let destino = opcoes.destino.as_deref();
    let pronto =
        book::construir(&book::pasta(), destino).map_err(|erro| erro.to_string())?;
    if opcoes.so_construir {
        println!("O livro está pronto em {}", pronto.display());
        return Ok(());
    }
    servir(pronto, opcoes)
}

fn servir(pronto: PathBuf, opcoes: Opcoes) -> Result<(), String> {
    let porta = opcoes.porta;
    let no_ar = rocket::execute(site(pronto, opcoes).launch());
    no_ar.map(|_| ()).map_err(|erro| match erro.kind() {
        ErrorKind::Bind(_) => {
            let outra = porta.checked_add(1).unwrap_or(3000);
            format!(
                "a porta {porta} não está livre neste computador. Feche o programa que a usa, \
                 ou escolha outra: cargo livro --porta {outra}"
            )
        }
        outro => format!("o livro não pôde ser servido: {outro}"),
    })
}

fn site(pronto: PathBuf, opcoes: Opcoes) -> Rocket<Build> {
    // Nem `Rocket.toml` nem `ROCKET_*` valem aqui: são das aplicações dos capítulos.
    let configuracao = Figment::from(Config::debug_default())
        .merge(("port", opcoes.porta))
        .merge(("log_level", "off"))
        .select(Config::DEBUG_PROFILE);
    rocket::custom(configuracao)
        .mount("/", FileServer::from(&pronto))
        .register("/", catchers![nao_encontrada])
        .manage(pronto)
        .attach(AdHoc::on_liftoff("Endereço do livro", move |site| {
            let endereco = format!("http://127.0.0.1:{}", site.config().port);
            Box::pin(async move { anunciar(&endereco, opcoes.abrir) })
        }))
}

fn anunciar(endereco: &str, abrir: bool) {
    println!("O livro está em {endereco}");
    println!("Para encerrar, aperte Ctrl+C.");
    if abrir && let Err(erro) = open::that(endereco) {
        eprintln!(
            "aviso: não consegui abrir o navegador ({erro}). Abra o endereço acima."
        );
    }
}

#[catch(404)]
async fn nao_encontrada(requisicao: &rocket::Request<'_>) -> Option<NamedFile> {
    let pronto = requisicao.guard::<&State<PathBuf>>().await.succeeded()?;
    NamedFile::open(Path::new(pronto.inner()).join("404.html")).await.ok()
}
