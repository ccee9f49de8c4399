//! `cargo livro`: constrói o livro e o serve neste computador.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;

use book::Resultado;
use book::processo::pasta_dos_binarios;
use lexopt::prelude::*;
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::fs::{FileServer, NamedFile};
use rocket::{Config, State, catch, catchers};

mod viva;

const AJUDA: &str = "\
Constrói o livro e o serve neste computador.

Uso: cargo livro [comando] [opções]

  construir           só constrói o livro; não o serve
  diferencas          grava de novo o que cada capítulo muda no de que parte

  --porta N           porta em que o livro é servido (padrão: 3000)
  --abrir             abre o navegador quando o livro está no ar
  --destino PASTA     pasta das páginas prontas (padrão: livro, em target)
  --ajuda             mostra este texto";

fn main() -> ExitCode {
    match book::vigia::vigiar_todos() {
        Ok(None) => {}
        Ok(Some(fim)) => return fim,
        Err(erro) => return book::terminar(Err(erro)),
    }
    book::terminar(atender(lexopt::Parser::from_env()).map(|()| true))
}

fn atender(mut argumentos: lexopt::Parser) -> Resultado<()> {
    // A pasta target pode não ser a do repositório, que talvez só se possa ler.
    let mut destino = pasta_dos_binarios().with_file_name("livro");
    let (mut comando, mut porta, mut abrir) = (None, 3000, false);
    while let Some(argumento) =
        argumentos.next().map_err(|_| nao_entendi("o que veio"))?
    {
        match argumento {
            Value(nome) => comando = Some(nome.to_string_lossy().into_owned()),
            Long("abrir") => abrir = true,
            Long("porta") => {
                let numero = argumentos.value().and_then(|valor| valor.parse());
                porta =
                    numero.map_err(|_| "`--porta` espera um número de 0 a 65535")?;
            }
            Long("destino") => {
                let pasta = argumentos.value();
                let pasta = pasta.map_err(|_| "`--destino` espera uma pasta")?;
                // O mdBook entenderia um caminho relativo a partir da pasta do livro, e não daqui.
                let pasta = std::path::absolute(pasta);
                destino = pasta.map_err(|erro| format!("`--destino`: {erro}"))?;
            }
            Long("ajuda" | "help") | Short('h') => {
                println!("{AJUDA}");
                return Ok(());
            }
            Long(nome) => return Err(nao_entendi(&format!("`--{nome}`"))),
            Short(letra) => return Err(nao_entendi(&format!("`-{letra}`"))),
        }
    }
    let construir = || book::construir(&book::pasta(), Some(&destino));
    match comando.as_deref() {
        None => {
            // Antes de construir: a porta em uso aparece logo.
            TcpListener::bind(("127.0.0.1", porta)).map_err(|_| ocupada(porta))?;
            // Quem quebrou um capítulo de propósito ainda quer ler.
            if let Err(falta) = book::conferir(&book::pasta()) {
                eprintln!("aviso: {falta}");
            }
            servir(construir()?, porta, abrir)?;
        }
        Some("construir") => {
            book::conferir(&book::pasta())?;
            println!("O livro está pronto em {}", construir()?.display())
        }
        Some("diferencas") => {
            for arquivo in book::diferencas::gravar()? {
                println!("gravou {}", arquivo.display());
            }
            println!("As diferenças entre os capítulos estão em dia.");
        }
        Some(outro) => return Err(nao_entendi(&format!("`{outro}`"))),
    }
    Ok(())
}

fn nao_entendi(parte: &str) -> String {
    format!("não entendi {parte}. Veja as opções com: cargo livro --ajuda")
}

fn ocupada(porta: u16) -> String {
    let outra = porta.checked_add(1).unwrap_or(3000);
    format!(
        "a porta {porta} não está livre neste computador. Feche o programa que a usa, \
         ou escolha outra: cargo livro --porta {outra}"
    )
}

fn servir(pronto: PathBuf, porta: u16, abrir: bool) -> Resultado<()> {
    // Nem `Rocket.toml` nem `ROCKET_*` valem aqui: são das aplicações dos capítulos.
    let configuracao = Figment::from(Config::debug_default())
        .merge(("port", porta))
        .merge(("log_level", "off"))
        .merge(("shutdown.grace", 1))
        .merge(("shutdown.mercy", 1))
        .select(Config::DEBUG_PROFILE);
    let site = rocket::custom(configuracao)
        .mount("/", FileServer::from(&pronto))
        .register("/", catchers![nao_encontrada]);
    let (site, entrada) = viva::montar(site, &pronto, porta)?;
    let site = site.manage(pronto).attach(AdHoc::on_liftoff(
        "Endereço do livro",
        move |site| {
            Box::pin(async move {
                let endereco =
                    format!("http://127.0.0.1:{}{entrada}", site.config().port);
                println!("O livro está em {endereco}\nPara encerrar, aperte Ctrl+C.");
                if abrir && let Err(erro) = open::that(endereco) {
                    eprintln!("aviso: abra você o endereço acima, porque {erro}");
                }
            })
        },
    ));
    let no_ar = rocket::execute(site.launch());
    no_ar.map(drop).map_err(|erro| format!("o livro não pôde ser servido: {erro}"))
}

#[catch(404)]
async fn nao_encontrada(requisicao: &rocket::Request<'_>) -> Option<NamedFile> {
    let pronto = requisicao.guard::<&State<PathBuf>>().await.succeeded()?;
    NamedFile::open(pronto.join("404.html")).await.ok()
}
