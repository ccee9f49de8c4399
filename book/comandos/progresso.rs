//! `cargo progresso`: quais exercícios estão resolvidos, onde o de agora falha e o próximo passo.

use std::io::{IsTerminal, stderr};
use std::process::{Command, ExitCode};

use book::exercicio::{Exercicio, exercicios};
use book::testes::{Testes, testar};
use book::{Resultado, processo::cargo, raiz, terminar};
use serde_json::{Value, json};

/// Os testes, com os que não executaram entre os ignorados, e o que os parou sem que um falhasse.
type Veio = (Testes, Option<String>);

/// O nome de um pacote e, se não é o de um capítulo, o exercício.
type Pacote<'a> = (&'a str, Option<&'a Exercicio>);

fn main() -> ExitCode {
    terminar(match std::env::args().nth(1).as_deref() {
        None => mostrar(),
        Some("--json") => Ok(corrigir()),
        Some(opcao) => Err(format!("não entendi `{opcao}`: só há a opção `--json`")),
    })
}

/// Um exercício por linha; verdadeiro quando todos estão resolvidos.
fn mostrar() -> Resultado<bool> {
    let (mudaram, mut passo) = (mudaram().unwrap_or_default(), None);
    let falta = |um| executar(um).map(|veio| o_que_falta(um, &veio, &mudaram));
    for exercicio in &exercicios().map_err(do_cargo)? {
        let Exercicio { capitulo, pasta, pacote, .. } = exercicio;
        // Depois do próximo passo, só se testa o que alguém já começou.
        let intacto = !mudaram.contains(&format!("{pasta}/src/main.rs"));
        if passo.is_some() && intacto && exercicio.ler("src/main.rs")?.contains("TODO")
        {
            println!("  · {pacote}");
            continue;
        }
        if stderr().is_terminal() {
            // Compilar pode demorar: diz em que está, e a linha seguinte a cobre.
            eprint!("  … {pacote}\r");
        }
        // Uma experiência esquecida no capítulo enganaria quem olha só o exercício.
        let quebrado = falta((capitulo, None))?;
        if quebrado.is_some() {
            println!("  ✘ {capitulo}");
        }
        let dele = falta((pacote, Some(exercicio)))?;
        println!("  {} {pacote}", if dele.is_some() { "·" } else { "✔" });
        passo = passo.or(quebrado).or(dele);
    }
    println!("\n{}", passo.as_deref().unwrap_or("Tudo resolvido. Parabéns!"));
    Ok(passo.is_none())
}

/// Testa todos de novo e escreve o que veio em JSON; verdadeiro quando todos estão resolvidos.
fn corrigir() -> bool {
    let (mudaram, todos) = (mudaram(), exercicios().map_err(do_cargo));
    let todos: Resultado<Vec<Value>> = todos.and_then(|todos| {
        todos.iter().map(|um| corrigir_um(um, mudaram.as_deref())).collect()
    });
    let (erro, feitos) = (todos.as_ref().err(), todos.as_deref().unwrap_or_default());
    println!("{:#}", json!({ "erro": erro, "mudaram": mudaram, "exercicios": feitos }));
    erro.is_none() && feitos.iter().all(|um| um["resolvido"] == true)
}

fn corrigir_um(um: &Exercicio, mudaram: Option<&[String]>) -> Resultado<Value> {
    let (este, capitulo) = ((&*um.pacote, Some(um)), (&*um.capitulo, None));
    let veio = executar(este)?;
    let falta = o_que_falta(este, &veio, mudaram.unwrap_or_default());
    // Com a linha que a solução do livro tem a mais, os testes ainda são os do exercício.
    let main = um.ler("src/main.rs")?.replace("#[path = \"../src/tests.rs\"]\n", "");
    let pede = main.contains("#[cfg(test)]\nmod tests;");
    let calado = || (!pede).then(|| "o `mod tests;` não é o que veio".to_owned());
    let como_veio = |um| mudaram.map(|todos| dele(um, todos).is_none());
    let (Testes { passaram, ignorados, falharam }, erro) = veio;
    let falharam = falharam.into_iter().map(|(teste, falha)| (teste, falha.mensagem));
    Ok(json!({
        "pacote": um.pacote,
        "resolvido": pede && falta.is_none(),
        "passaram": passaram,
        "falharam": Value::from_iter(falharam),
        "nao_executaram": ignorados,
        "erro": erro.or_else(calado),
        "testes_como_vieram": como_veio(este),
        "capitulo_como_veio": como_veio(capitulo),
    }))
}

/// Os arquivos que mudaram desde o último commit, a partir da raiz; `None` se não há git.
fn mudaram() -> Option<Vec<String>> {
    let mut git = Command::new("git");
    git.current_dir(raiz()).args(["diff", "--name-only", "--no-renames", "HEAD"]);
    // O git de uma pasta de fora não conhece estes arquivos, e diria que nenhum mudou.
    git.env("GIT_CEILING_DIRECTORIES", raiz().parent()?);
    let saida = git.output().ok().filter(|saida| saida.status.success())?;
    Some(String::from_utf8_lossy(&saida.stdout).lines().map(str::to_owned).collect())
}

/// Destes, o que do exercício ninguém deve mudar, ou o que é do capítulo sem o exercício.
fn dele((nome, exercicio): Pacote, mudaram: &[String]) -> Option<String> {
    let capitulo = format!("chapters/{nome}/");
    let dele = mudaram.iter().filter(|arquivo| match exercicio {
        Some(um) => ["src/tests.rs", "Cargo.toml"]
            .iter()
            .any(|nome| **arquivo == format!("{}/{nome}", um.pasta)),
        None => arquivo.starts_with(&capitulo) && !arquivo.contains("/exercicio/"),
    });
    dele.cloned().reduce(|todos, um| todos + " " + &um)
}

fn executar((nome, exercicio): Pacote) -> Resultado<Veio> {
    let comeca = || cargo().args(["tree", "--edges=all", "-qp", nome]).output();
    let (certo, saida) = match testar(nome, &mut |_| true) {
        Ok(veio) => veio,
        // Não compila ou não termina, a não ser que o próprio Cargo nem comece.
        Err(erro) if comeca().is_ok_and(|um| um.status.success()) => (false, erro),
        Err(erro) => return Err(do_cargo(erro)),
    };
    Ok(ler(exercicio, certo, &saida))
}

fn ler(exercicio: Option<&Exercicio>, certo: bool, saida: &str) -> Veio {
    let mut testes = Testes::ler(saida);
    let Testes { passaram, ignorados, falharam } = &mut testes;
    let executou = |um: &&String| passaram.contains(*um) || falharam.contains_key(*um);
    let exige = exercicio.into_iter().flat_map(|um| &um.deve_falhar);
    ignorados.extend(exige.filter(|um| !executou(um)).cloned());
    let nenhum = passaram.is_empty() && ignorados.is_empty();
    let parou = falharam.is_empty() && (!certo || nenhum);
    (testes, parou.then(|| saida.trim().to_owned()))
}

/// O que o Cargo diz quando nem começa não é culpa de um exercício: vem explicado, e uma vez só.
fn do_cargo(disse: String) -> String {
    let baixar = "falta baixar uma dependência: com rede, execute cargo fetch --locked";
    let baixar = Some(baixar)
        .filter(|_| disse.contains("offline") || disse.contains("download"));
    let motivo = baixar.unwrap_or("o Cargo não entende um Cargo.toml; corrija-o");
    format!("{motivo}\n\n{}", disse.trim())
}

/// O que há de errado em um exercício, ou em um capítulo, e o próximo passo, que não desfaz o que se
/// escreveu no exercício; `None` só quando tudo o que se exige dele executou e passou.
fn o_que_falta(um: Pacote, veio: &Veio, mudaram: &[String]) -> Option<String> {
    let ((nome, exercicio), (testes, erro)) = (um, veio);
    let pasta = exercicio.map_or(format!("chapters/{nome}"), |um| um.pasta.clone());
    let mudou = dele(um, mudaram);
    let relato = if let Some((teste, falha)) = testes.falharam.first_key_value() {
        // A de um exercício ensina; a de um capítulo é a de um teste comum, e basta a frase.
        let mensagem = exercicio.map(|_| falha.mensagem.replace('\n', "\n  ") + "\n  ");
        let mensagem = mensagem.unwrap_or_default();
        format!("{}\n  {mensagem}em {}", teste.replace('_', " "), falha.lugar)
    } else if let Some(erro) = erro {
        erro.trim().lines().take(30).collect::<Vec<_>>().join("\n  ")
    } else if mudou.is_some() && exercicio.is_some() {
        "os testes não são os que vieram".to_owned()
    } else {
        let calado = testes.ignorados.first().filter(|_| exercicio.is_some())?;
        format!("{calado}: não executou. O `mod tests;` continua lá?")
    };
    let passo = mudou.map_or(format!("abra {pasta}/src/main.rs"), |mudou| {
        format!("desfaça o que mudou, com git restore --source HEAD {mudou}")
    });
    Some(format!(
        "{nome}: {relato}\n\nPróximo passo: {passo}; depois, cargo test -p {nome}"
    ))
}
