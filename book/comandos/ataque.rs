//! `cargo ataque`: executa um ataque contra um capítulo e conta cada passo.

use std::process::ExitCode;

use book::ataques::{ATAQUES, Ataque};
use book::{Resultado, processo, raiz};
use lexopt::prelude::*;

const AJUDA: &str = "\
Ataca um capítulo de verdade e conta cada passo.

Uso: cargo ataque NOME CAPITULO
Exemplo: cargo ataque emenda cap05-logout

Os ataques:";

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
                println!("{AJUDA}");
                for Ataque { nome, descricao, desde, .. } in ATAQUES {
                    println!("  {nome:<14} {descricao} (de {desde} em diante)");
                }
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
    let ataque = escolher(nome, capitulo)?;
    if !processo::compilar_so(capitulo) {
        return Err(format!("{capitulo} não compila"));
    }
    ataque.executar(capitulo, &mut |linha| println!("{linha}")).map(drop)
}

/// O ataque com este nome, se o capítulo tem o que ele ataca.
fn escolher(nome: &str, capitulo: &str) -> Resultado<&'static Ataque> {
    let capitulos = book::diferencas::capitulos(raiz())?;
    let Some(ataque) = ATAQUES.iter().find(|ataque| ataque.nome == nome) else {
        let nomes: Vec<_> = ATAQUES.iter().map(|ataque| ataque.nome).collect();
        return Err(format!(
            "não há um ataque `{nome}`. Há estes: {}",
            nomes.join(", ")
        ));
    };
    if !capitulos.iter().any(|um| um == capitulo) {
        let capitulos = capitulos.join(", ");
        return Err(format!("não há um capítulo `{capitulo}`. Há estes: {capitulos}"));
    }
    if capitulo < ataque.desde {
        let desde = ataque.desde;
        return Err(format!(
            "{capitulo} não tem o que `{nome}` ataca; comece em {desde}"
        ));
    }
    Ok(ataque)
}
