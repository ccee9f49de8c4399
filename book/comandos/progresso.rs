//! `cargo progresso`: quais exercícios estão resolvidos, onde o de agora falha e o próximo passo.

use std::io::{IsTerminal, Write, stdout};
use std::process::ExitCode;

use book::exercicio::{Exercicio, exercicios};
use book::testes::{Testes, testar};
use book::{Resultado, terminar};

fn main() -> ExitCode {
    terminar(match std::env::args().nth(1) {
        Some(opcao) => {
            Err(format!("não entendi `{opcao}`: `cargo progresso` não tem opções"))
        }
        None => mostrar(),
    })
}

/// Um exercício por linha; verdadeiro quando todos estão resolvidos.
fn mostrar() -> Resultado<bool> {
    let mut passo = None;
    for exercicio in exercicios()? {
        let Exercicio { capitulo, pacote, .. } = &exercicio;
        // Depois do próximo passo, só se testa o que parece resolvido.
        if passo.is_some() && exercicio.ler("src/main.rs")?.contains("TODO") {
            println!("  · {pacote}");
            continue;
        }
        if stdout().is_terminal() {
            // Compilar pode demorar: diz em que está, e a linha seguinte a cobre.
            print!("  … {pacote}\r");
            let _ = stdout().flush();
        }
        // Uma experiência esquecida no capítulo enganaria quem olha só o exercício.
        let quebrado = o_que_falta(capitulo, None, testar(capitulo));
        if quebrado.is_some() {
            println!("  ✘ {capitulo}");
        }
        let falta = o_que_falta(pacote, Some(&exercicio), testar(pacote));
        println!("  {} {pacote}", if falta.is_some() { "·" } else { "✔" });
        passo = passo.or(quebrado).or(falta);
    }
    println!("\n{}", passo.as_deref().unwrap_or("Tudo resolvido. Parabéns!"));
    Ok(passo.is_none())
}

/// O que há de errado em um exercício, ou em um capítulo, e o próximo passo; `None` só quando tudo o
/// que se exige dele executou e passou.
fn o_que_falta(
    nome: &str,
    exercicio: Option<&Exercicio>,
    veio: Resultado<(bool, String)>,
) -> Option<String> {
    let fonte = exercicio.map(|exercicio| format!("{}/src/main.rs", exercicio.pasta));
    let fonte = fonte.unwrap_or(format!("chapters/{nome}/src"));
    let (certo, saida) = veio.unwrap_or_else(|erro| (false, erro));
    let Testes { passaram, ignorados, falharam } = Testes::ler(&saida);
    let exige = exercicio.into_iter().flat_map(|exercicio| &exercicio.deve_falhar);
    let calado = exige.chain(&ignorados).find(|teste| !passaram.contains(*teste));
    let (relato, passo) = if let Some((teste, falha)) = falharam.first_key_value() {
        let frase = teste.replace('_', " ");
        // A de um exercício ensina; a de um capítulo pode trazer uma página inteira.
        let limite = if exercicio.is_some() { usize::MAX } else { 4 };
        let mensagem = comeco(&falha.mensagem, limite);
        let passo = match exercicio {
            Some(_) => format!("abra {fonte}"),
            None => format!("desfaça o que mudou, com git restore {fonte}"),
        };
        (format!("{frase}\n{mensagem}\nem {}", falha.lugar), passo)
    } else if !certo || exercicio.is_none() && passaram.is_empty() {
        let passo = format!("corrija o que parou os testes, em {fonte}");
        (comeco(&saida, 30), passo)
    } else {
        let teste = calado.filter(|_| exercicio.is_some())?;
        let passo =
            format!("devolva a {fonte} o `mod tests;`, e a tests.rs o que veio");
        (format!("{teste}: não executou"), passo)
    };
    let relato = relato.replace('\n', "\n  ");
    Some(format!(
        "{nome}: {relato}\n\nPróximo passo: {passo}; depois, cargo test -p {nome}"
    ))
}

fn comeco(texto: &str, linhas: usize) -> String {
    texto.trim().lines().take(linhas).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_esta_resolvido_o_exercicio_cujos_testes_executaram_e_passaram() {
        let texto = str::to_owned;
        let exercicio = Exercicio {
            capitulo: texto("cap"),
            pasta: texto("chapters/cap/exercicio"),
            pacote: texto("ex"),
            deve_falhar: vec![texto("a"), texto("b")],
        };
        let (ex, cap) = (("ex", Some(&exercicio)), ("cap", None));
        let passa = "test tests::a ... ok\ntest tests::b ... ok\n";
        let ignora = &format!("{passa}test c ... ignored, lento\n");
        let falha = "test a ... ok\ntest tests::b ... FAILED\n\n---- tests::b stdout ----\n\n\
            thread 'b' (1) panicked at tests.rs:2:5:\nEsperado: 1\nVeio: 2\n\n";
        let no_exercicio = "ex: b\n  Esperado: 1\n  Veio: 2\n  em tests.rs:2:5\n\n\
            Próximo passo: abra chapters/cap/exercicio/src/main.rs; depois, cargo test -p ex";
        for ((nome, exercicio), certo, saida, falta) in [
            (ex, true, passa, None),
            (cap, true, ignora, None),
            (ex, false, falha, Some(no_exercicio)),
            (cap, false, falha, Some("git restore chapters/cap/src; depois")),
            (ex, true, "test tests::a ... ok\n", Some("b: não executou")),
            (ex, true, ignora, Some("c: não executou")),
            (ex, false, passa, Some("corrija o que parou os testes")),
            (cap, true, "running 0 tests\n", Some("corrija o que parou os testes")),
        ] {
            let veio = o_que_falta(nome, exercicio, Ok((certo, texto(saida))));
            let certo = veio.as_deref().map(|veio| veio.contains(falta.unwrap_or("!")));
            assert_eq!(certo, falta.map(|_| true), "{saida}\n{veio:?}");
        }
        let erro = o_que_falta("ex", Some(&exercicio), Err(texto("não compila")));
        assert!(erro.is_some_and(|erro| erro.starts_with("ex: não compila\n")));
    }
}
