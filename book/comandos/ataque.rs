//! `cargo ataque`: executa um ataque contra um capítulo e conta cada passo.

use std::process::ExitCode;

use book::ataques::{ATAQUES, Ataque};
use book::{processo, raiz};
use lexopt::prelude::*;

const AJUDA: &str = "\
Ataca um capítulo de verdade e conta cada passo.

Uso: cargo ataque NOME CAPITULO
Exemplo: cargo ataque emenda cap05-logout

Os ataques:";

fn main() -> ExitCode {
    match ler_pedido(lexopt::Parser::from_env()).and_then(atender) {
        Ok(()) => ExitCode::SUCCESS,
        Err(erro) => {
            eprintln!("erro: {erro}");
            ExitCode::FAILURE
        }
    }
}

enum Pedido {
    Atacar(&'static Ataque, String),
    Ajuda,
}

fn ler_pedido(mut argumentos: lexopt::Parser) -> Result<Pedido, String> {
    let nao_entendi =
        || "não entendi. Veja os ataques com: cargo ataque --ajuda".to_owned();
    let mut valores = Vec::new();
    while let Some(argumento) = argumentos.next().map_err(|_| nao_entendi())? {
        match argumento {
            Value(valor) => valores.push(valor.to_string_lossy().into_owned()),
            Long("ajuda" | "help") | Short('h') => return Ok(Pedido::Ajuda),
            _ => return Err(nao_entendi()),
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
    let capitulos =
        book::diferencas::capitulos(raiz()).map_err(|erro| erro.to_string())?;
    if !capitulos.contains(capitulo) {
        let capitulos = capitulos.join(", ");
        return Err(format!("não há um capítulo `{capitulo}`. Há estes: {capitulos}"));
    }
    if capitulo.as_str() < ataque.desde {
        let desde = ataque.desde;
        return Err(format!(
            "{capitulo} não tem o que `{nome}` ataca; comece em {desde}"
        ));
    }
    Ok(Pedido::Atacar(ataque, capitulo.clone()))
}

fn atender(pedido: Pedido) -> Result<(), String> {
    let Pedido::Atacar(ataque, capitulo) = pedido else {
        println!("{AJUDA}");
        for Ataque { nome, descricao, desde, .. } in ATAQUES {
            println!("  {nome:<14} {descricao} (de {desde} em diante)");
        }
        return Ok(());
    };
    if !processo::compilar_so(&capitulo) {
        return Err(format!("{capitulo} não compila"));
    }
    let funcionou = ataque.executar(&capitulo, &mut |passo| println!("{passo}"))?;
    println!("{}", ataque.desfecho(funcionou));
    Ok(())
}
