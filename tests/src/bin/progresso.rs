//! `cargo progresso`: o que já passa, o que falta, e qual é o próximo passo.

use std::io::Write;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use lexopt::prelude::*;
use notify::{RecursiveMode, Watcher};
use tests::progresso::{
    Parte, Resultado, como_veio, executar, partes, proximo_passo, reiniciar, relato,
    tabela,
};
use tests::raiz;

const AJUDA: &str = "\
Mostra até onde você chegou.

Uso: cargo progresso [opções]

  --observar        mostra de novo a cada arquivo salvo
  --reiniciar exNN  devolve um exercício ao começo; sua versão fica guardada ao lado
  --ajuda           mostra este texto";

enum Pedido {
    Mostrar,
    Observar,
    Reiniciar(String),
    Ajuda,
}

fn main() -> ExitCode {
    match ler_pedido(lexopt::Parser::from_env()).and_then(atender) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(erro) => {
            eprintln!("erro: {erro}");
            ExitCode::FAILURE
        }
    }
}

fn ler_pedido(mut argumentos: lexopt::Parser) -> Result<Pedido, String> {
    let nao_entendi = "não entendi. Veja as opções com: cargo progresso --ajuda";
    let mut pedido = Pedido::Mostrar;
    while let Some(argumento) = argumentos.next().map_err(|_| nao_entendi)? {
        pedido = match argumento {
            Long("observar") => Pedido::Observar,
            Long("ajuda" | "help") | Short('h') => return Ok(Pedido::Ajuda),
            Long("reiniciar") => match argumentos.value() {
                Ok(nome) => Pedido::Reiniciar(nome.to_string_lossy().into_owned()),
                Err(_) => {
                    return Err(
                        "diga qual: cargo progresso --reiniciar ex01".to_owned()
                    );
                }
            },
            _ => return Err(nao_entendi.to_owned()),
        };
    }
    Ok(pedido)
}

/// Atende o pedido; verdadeiro quando tudo está resolvido.
fn atender(pedido: Pedido) -> Result<bool, String> {
    match pedido {
        Pedido::Mostrar => mostrar(),
        Pedido::Observar => observar(),
        Pedido::Reiniciar(nome) => confirmar_e_reiniciar(&nome),
        Pedido::Ajuda => {
            println!("{AJUDA}");
            Ok(true)
        }
    }
}

fn mostrar() -> Result<bool, String> {
    let resultados = testar_tudo()?;
    println!("{}", tabela(&resultados));
    print!("{}", relato(&resultados));
    match proximo_passo(&resultados) {
        None => println!("Tudo resolvido. Parabéns!"),
        Some(passo) => println!("Próximo passo: {passo}"),
    }
    Ok(resultados
        .iter()
        .all(|(_, resultado)| matches!(resultado, Resultado::Passou { .. })))
}

fn testar_tudo() -> Result<Vec<(Parte, Resultado)>, String> {
    let partes = partes(raiz()).map_err(|erro| erro.to_string())?;
    let barra = ProgressBar::new(partes.len() as u64);
    if let Ok(estilo) = ProgressStyle::with_template("{bar:30} {pos} de {len}  {msg}") {
        barra.set_style(estilo);
    }
    let mut resultados = Vec::new();
    for parte in partes {
        barra.set_message(parte.nome.clone());
        let resultado = executar(raiz(), &parte)
            .map_err(|erro| format!("não consegui executar o cargo: {erro}"))?;
        resultados.push((parte, resultado));
        barra.inc(1);
    }
    barra.finish_and_clear();
    Ok(resultados)
}

/// Mostra de novo a cada mudança em `chapters` ou `shared`, até Ctrl+C.
fn observar() -> Result<bool, String> {
    let erro =
        |erro: notify::Error| format!("não consegui observar os arquivos: {erro}");
    let (avisar, mudou) = mpsc::channel();
    let mut vigia =
        notify::recommended_watcher(move |evento: notify::Result<notify::Event>| {
            if evento
                .is_ok_and(|evento| evento.kind.is_modify() || evento.kind.is_create())
            {
                let _ = avisar.send(());
            }
        })
        .map_err(erro)?;
    for pasta in ["chapters", "shared"] {
        vigia.watch(&raiz().join(pasta), RecursiveMode::Recursive).map_err(erro)?;
    }
    loop {
        mostrar()?;
        println!("\nObservando os arquivos. Para encerrar, aperte Ctrl+C.");
        mudou.recv().map_err(|_| "o sistema parou de avisar sobre os arquivos")?;
        // Um editor salva em vários passos; espera o último antes de testar.
        while mudou.recv_timeout(Duration::from_millis(300)).is_ok() {}
    }
}

fn confirmar_e_reiniciar(nome: &str) -> Result<bool, String> {
    let partes = partes(raiz()).map_err(|erro| erro.to_string())?;
    let certo = |parte: &&Parte| parte.exercicio && parte.nome.starts_with(nome);
    let achados: Vec<_> = partes.iter().filter(certo).collect();
    let [exercicio] = achados[..] else {
        let nomes = partes
            .iter()
            .filter(|parte| parte.exercicio)
            .map(|parte| parte.nome.as_str());
        return Err(format!(
            "não há um exercício `{nome}`. Há estes: {}",
            nomes.collect::<Vec<_>>().join(", ")
        ));
    };
    if como_veio(raiz(), exercicio)? {
        println!("{} já está como veio.", exercicio.nome);
        return Ok(true);
    }
    print!(
        "Devolver {} ao começo? Sua versão fica guardada ao lado. [s/N] ",
        exercicio.nome
    );
    let _ = std::io::stdout().flush();
    let mut resposta = String::new();
    std::io::stdin().read_line(&mut resposta).map_err(|erro| erro.to_string())?;
    if !resposta.trim().eq_ignore_ascii_case("s") {
        println!("Nada mudou.");
        return Ok(true);
    }
    let guardada = reiniciar(raiz(), exercicio)?;
    println!("Pronto. Sua versão está em {}", guardada.display());
    Ok(true)
}
