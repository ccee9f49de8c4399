//! `cargo livro`: constrói o livro e o serve neste computador.

use std::ffi::OsStr;
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

Uso: cargo livro [comando] [opções]

  construir           só constrói o livro; não o serve
  diferencas          grava de novo o que cada capítulo muda no de que parte

  --porta N           porta em que o livro é servido (padrão: 3000)
  --abrir             abre o navegador quando o livro está no ar
  --destino PASTA     pasta das páginas prontas (padrão: target/livro)
  --ajuda             mostra este texto";

enum Comando {
    Servir,
    Construir,
    Diferencas,
}

struct Opcoes {
    comando: Comando,
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
        Opcoes { comando: Comando::Servir, porta: 3000, abrir: false, destino: None };
    while let Some(argumento) =
        argumentos.next().map_err(|_| nao_entendi("o que veio"))?
    {
        match argumento {
            Value(comando) => opcoes.comando = ler_comando(&comando)?,
            Long("abrir") => opcoes.abrir = true,
            Long("ajuda" | "help") | Short('h') => return Ok(Pedido::Ajuda),
            Long("porta") => opcoes.porta = ler_porta(&mut argumentos)?,
            Long("destino") => opcoes.destino = Some(ler_destino(&mut argumentos)?),
            Long(nome) => return Err(nao_entendi(&format!("`--{nome}`"))),
            Short(letra) => return Err(nao_entendi(&format!("`-{letra}`"))),
        }
    }
    Ok(Pedido::Livro(opcoes))
}

fn ler_comando(comando: &OsStr) -> Result<Comando, String> {
    match comando.to_str() {
        Some("construir") => Ok(Comando::Construir),
        Some("diferencas") => Ok(Comando::Diferencas),
        _ => Err(nao_entendi(&format!("`{}`", comando.display()))),
    }
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
    match &opcoes.comando {
        Comando::Servir => servir(construir(&opcoes)?, opcoes),
        Comando::Construir => {
            println!("O livro está pronto em {}", construir(&opcoes)?.display());
            Ok(())
        }
        Comando::Diferencas => {
            let mudadas = book::diferencas::gravar(book::raiz()).map_err(em_texto)?;
            mudadas.iter().for_each(|arquivo| println!("gravou {}", arquivo.display()));
            println!("As diferenças entre os capítulos estão em dia.");
            Ok(())
        }
    }
}

fn construir(opcoes: &Opcoes) -> Result<PathBuf, String> {
    book::construir(&book::pasta(), opcoes.destino.as_deref()).map_err(em_texto)
}

fn em_texto(erro: impl std::fmt::Display) -> String {
    erro.to_string()
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
