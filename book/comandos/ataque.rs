//! `cargo ataque`: executa um ataque contra um capítulo e conta cada passo.

use std::process::ExitCode;

use book::ataques::{AJUDA, ATAQUES};
use book::{Resultado, processo};
use lexopt::prelude::*;

fn main() -> ExitCode {
    book::terminar(atender(lexopt::Parser::from_env()).map(|()| true))
}

fn atender(mut argumentos: lexopt::Parser) -> Resultado<()> {
    let nao_entendi = "não entendi. Veja os ataques com: cargo ataque --ajuda";
    let mut valores = Vec::new();
    while let Some(argumento) = argumentos.next().map_err(|_| nao_entendi)? {
        match argumento {
            Value(valor) => valores.push(valor.to_string_lossy().into_owned()),
            Long("ajuda" | "help") | Short('h') => {
                print!("{AJUDA}");
                return Ok(());
            }
            _ => return Err(nao_entendi.to_owned()),
        }
    }
    let [nome, capitulo] = &valores[..] else {
        return Err(
            "diga o ataque e o capítulo: cargo ataque emenda cap05-logout".into()
        );
    };
    let ataque = ATAQUES.iter().find(|ataque| ataque.nome == nome);
    let ataque = ataque.ok_or_else(|| {
        let nomes: Vec<_> = ATAQUES.iter().map(|ataque| ataque.nome).collect();
        format!("não há um ataque `{nome}`. Há estes: {}", nomes.join(", "))
    })?;
    let capitulo = achar(capitulo)?;
    if !ataque.alcanca(&capitulo)? {
        let desde = ataque.desde;
        return Err(format!(
            "{capitulo} não tem o que `{nome}` ataca; comece em {desde}"
        ));
    }
    if !processo::compilar_so(&capitulo) {
        return Err(format!("{capitulo} não compila"));
    }
    ataque.executar(&capitulo, &mut |linha| println!("{linha}")).map(drop)
}

/// O capítulo que se quis dizer com o nome inteiro, o começo dele ou só o número.
fn achar(texto: &str) -> Resultado<String> {
    let capitulos = book::capitulos::capitulos()?;
    let numero = texto.trim_start_matches("cap").parse::<u8>();
    let comeco = numero.map_or(texto.to_owned(), |numero| format!("cap{numero:02}-"));
    let achados: Vec<_> =
        capitulos.iter().filter(|nome| nome.starts_with(&comeco)).collect();
    match achados[..] {
        [achado] => Ok(achado.clone()),
        _ => Err(format!(
            "não há um capítulo `{texto}`. Há estes: {}",
            capitulos.join(", ")
        )),
    }
}
