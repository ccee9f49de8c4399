//! `cargo progresso`: o que já passa, o que falta, e qual é o próximo passo.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::mpsc;
use std::time::Duration;

use book::testes::Testes;
use book::{processo, raiz};
use indicatif::{ProgressBar, ProgressStyle};
use lexopt::prelude::*;
use notify::{Event, RecursiveMode, Watcher};
use regex::Regex;

const AJUDA: &str = "\
Mostra até onde você chegou.

Uso: cargo progresso [opções]

  --tudo            testa e mostra o livro inteiro, e não só a parte do próximo passo
  --observar        mostra de novo a cada arquivo salvo
  --reiniciar exNN  devolve um exercício ao começo; sua versão fica guardada ao lado
  --ajuda           mostra este texto";

type Resposta<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    book::terminar(atender(lexopt::Parser::from_env()))
}

/// Atende o pedido; verdadeiro quando tudo está resolvido.
fn atender(mut argumentos: lexopt::Parser) -> Resposta<bool> {
    let nao_entendi = "não entendi. Veja as opções com: cargo progresso --ajuda";
    let (mut tudo, mut a_observar, mut a_reiniciar) = (false, false, None);
    while let Some(argumento) = argumentos.next().map_err(|_| nao_entendi)? {
        match argumento {
            Long("tudo") => tudo = true,
            Long("observar") => a_observar = true,
            Long("reiniciar") => {
                let nome = argumentos.value();
                let nome =
                    nome.map_err(|_| "diga qual: cargo progresso --reiniciar ex01")?;
                a_reiniciar = Some(nome.to_string_lossy().into_owned());
            }
            Long("ajuda" | "help") | Short('h') => {
                println!("{AJUDA}");
                return Ok(true);
            }
            _ => return Err(nao_entendi.into()),
        }
    }
    match a_reiniciar {
        Some(nome) => reiniciar(&nome),
        None if a_observar => observar(tudo),
        None => mostrar(tudo),
    }
}

/// Testa uma parte do livro de cada vez e, se não é para mostrar tudo, para na do próximo passo.
fn mostrar(tudo: bool) -> Resposta<bool> {
    let mut passo = None;
    for Parte { titulo, pacotes } in &partes()? {
        let exercicios = match pacotes.len() / 2 {
            1 => "1 exercício".to_owned(),
            quantos => format!("{quantos} exercícios"),
        };
        if passo.is_some() && !tudo {
            let nome = titulo.split(':').next().unwrap_or(titulo);
            println!("{nome}: ainda não ({exercicios})");
            continue;
        }
        let resultados = testar(pacotes)?;
        let falta = proximo_passo(&resultados);
        if falta.is_none() && !tudo {
            println!("{titulo}: tudo resolvido ({exercicios})");
            continue;
        }
        println!("{titulo}\n{}{}", tabela(&resultados), relato(&resultados));
        passo = passo.or(falta);
    }
    match &passo {
        None => println!("Tudo resolvido. Parabéns!"),
        Some(passo) => println!("\nPróximo passo: {passo}"),
    }
    Ok(passo.is_none())
}

/// Mostra de novo a cada mudança em `chapters` ou `shared`, até Ctrl+C.
fn observar(tudo: bool) -> Resposta<bool> {
    let (avisar, mudou) = mpsc::channel();
    let mut vigia =
        notify::recommended_watcher(move |evento: notify::Result<Event>| {
            if evento
                .is_ok_and(|Event { kind, .. }| kind.is_modify() || kind.is_create())
            {
                let _ = avisar.send(());
            }
        })?;
    for pasta in ["chapters", "shared"] {
        vigia.watch(&raiz().join(pasta), RecursiveMode::Recursive)?;
    }
    loop {
        mostrar(tudo)?;
        println!("\nObservando os arquivos. Para encerrar, aperte Ctrl+C.");
        mudou.recv()?;
        // Um editor salva em vários passos; espera o último antes de testar.
        while mudou.recv_timeout(Duration::from_millis(300)).is_ok() {}
    }
}

/// O que se testa com `cargo test -p nome`: um capítulo, ou o exercício dele.
#[derive(Debug)]
struct Pacote {
    nome: String,
    /// A partir da raiz, com barras comuns, que todo terminal aceita.
    pasta: String,
    exercicio: bool,
}

/// Uma parte do livro e o que há nela para testar: cada capítulo, seguido do seu exercício.
struct Parte {
    titulo: String,
    pacotes: Vec<Pacote>,
}

/// As partes que o sumário do livro tem, fora as que não têm capítulos.
fn partes() -> Resposta<Vec<Parte>> {
    let sumario = fs::read_to_string(raiz().join("book/src/SUMMARY.md"))?;
    let pagina = Regex::new(r"\((cap.+)\.md\)")?;
    let mut partes: Vec<Parte> = Vec::new();
    for linha in sumario.lines() {
        if let Some(titulo) = linha.strip_prefix("# ") {
            partes.push(Parte { titulo: titulo.to_owned(), pacotes: Vec::new() });
        }
        if let (Some(achada), Some(parte)) = (pagina.captures(linha), partes.last_mut())
        {
            let pasta = format!("chapters/{}", &achada[1]);
            let do_exercicio = format!("{pasta}/exercicio");
            for (pasta, exercicio) in [(pasta, false), (do_exercicio, true)] {
                let dados = book::pacote(&raiz().join(&pasta))?;
                let nome = dados.get("name").and_then(|nome| nome.as_str());
                let nome = nome.unwrap_or_default().to_owned();
                parte.pacotes.push(Pacote { nome, pasta, exercicio });
            }
        }
    }
    partes.retain(|parte| !parte.pacotes.is_empty());
    Ok(partes)
}

/// Como um pacote se saiu.
#[derive(Debug, PartialEq, Eq)]
enum Resultado {
    /// Todos os testes passam: quantos são.
    Passou(usize),
    Falhou(Testes),
    /// O texto é o do compilador.
    NaoCompila(String),
}

fn testar(pacotes: &[Pacote]) -> Resposta<Vec<(&Pacote, Resultado)>> {
    let barra = ProgressBar::new(pacotes.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:30} {pos} de {len}  {msg}")?);
    let mut resultados = Vec::new();
    for pacote in pacotes {
        barra.set_message(pacote.nome.clone());
        let saida = processo::testes(&pacote.nome).output()?;
        let testes = String::from_utf8_lossy(&saida.stdout);
        let compilador = String::from_utf8_lossy(&saida.stderr);
        resultados.push((pacote, entender(&testes, &compilador)));
        barra.inc(1);
    }
    barra.finish_and_clear();
    Ok(resultados)
}

/// Lê a saída de `cargo test`: a dos testes e a do compilador.
fn entender(testes: &str, compilador: &str) -> Resultado {
    let testes = Testes::ler(testes);
    if !testes.falharam.is_empty() {
        Resultado::Falhou(testes)
    } else if testes.passaram.is_empty() && compilador.contains("error") {
        Resultado::NaoCompila(compilador.trim().to_owned())
    } else {
        Resultado::Passou(testes.passaram.len())
    }
}

/// Um pacote por linha, com um desenho que não depende de cor.
fn tabela(resultados: &[(&Pacote, Resultado)]) -> String {
    let larguras = resultados.iter().map(|(pacote, _)| pacote.nome.len());
    let largura = larguras.max().unwrap_or(0);
    let linhas = resultados.iter().map(|(pacote, resultado)| {
        let (marca, estado) = match resultado {
            Resultado::Passou(todos) => ("✔", format!("{todos} de {todos}")),
            Resultado::Falhou(testes) => {
                let passam = testes.passaram.len();
                let estado = format!("{passam} de {}", passam + testes.falharam.len());
                (if pacote.exercicio { "·" } else { "✘" }, estado)
            }
            Resultado::NaoCompila(_) => ("✘", "não compila".to_owned()),
        };
        format!("  {marca} {:largura$}  {estado}\n", pacote.nome)
    });
    linhas.collect()
}

/// O que falhou, com a frase e o lugar de cada teste. Um exercício por resolver não é uma falha.
fn relato(resultados: &[(&Pacote, Resultado)]) -> String {
    let recuar = |texto: &str, limite| {
        let linhas = texto.lines().take(limite);
        linhas.map(|linha| format!("  {linha}\n")).collect::<String>()
    };
    let mut texto = String::new();
    for (Pacote { nome, exercicio, .. }, resultado) in resultados {
        match resultado {
            Resultado::Falhou(testes) if !exercicio => {
                for (teste, falha) in &testes.falharam {
                    let frase = teste.replace("::", ": ").replace('_', " ");
                    texto += &format!("\n{nome}: {frase}\n  em {}\n", falha.lugar);
                    texto += &recuar(&falha.mensagem, 3);
                }
            }
            Resultado::NaoCompila(motivo) => {
                texto += &format!("\n{nome} não compila:\n{}", recuar(motivo, 8));
            }
            _ => {}
        }
    }
    texto
}

/// O que fazer agora, em uma linha. `None` quando tudo passa.
fn proximo_passo(resultados: &[(&Pacote, Resultado)]) -> Option<String> {
    let falta = |exercicio: bool| {
        resultados.iter().find(|(pacote, resultado)| {
            pacote.exercicio == exercicio && !matches!(resultado, Resultado::Passou(_))
        })
    };
    // Um capítulo quebrado vem antes de um exercício por resolver.
    if let Some((Pacote { nome, pasta, .. }, _)) = falta(false) {
        return Some(format!(
            "conserte {nome} (cargo test -p {nome}) ou desfaça com git restore {pasta}"
        ));
    }
    let (Pacote { nome, pasta, .. }, resultado) = falta(true)?;
    let tarefa = match resultado {
        Resultado::NaoCompila(_) => "corrija o erro acima",
        _ => "procure TODO",
    };
    Some(format!("abra {pasta}/src/main.rs e {tarefa}; depois, cargo test -p {nome}"))
}

/// Devolve um exercício ao começo, se quem o escreveu confirmar.
fn reiniciar(nome: &str) -> Resposta<bool> {
    let pacotes = partes()?.into_iter().flat_map(|parte| parte.pacotes);
    let exercicios: Vec<_> = pacotes.filter(|pacote| pacote.exercicio).collect();
    let achados = exercicios.iter().filter(|pacote| pacote.nome.starts_with(nome));
    let [Pacote { nome, pasta, .. }] = achados.collect::<Vec<_>>()[..] else {
        let nomes: Vec<_> = exercicios.iter().map(|um| um.nome.as_str()).collect();
        let nomes = nomes.join(", ");
        return Err(format!("não há um exercício `{nome}`. Há estes: {nomes}").into());
    };
    let fonte = format!("{pasta}/src/main.rs");
    let partida = partida(raiz(), &fonte)?;
    let fonte = raiz().join(fonte);
    // O git pode ter trocado o fim das linhas.
    if fs::read_to_string(&fonte)?.lines().eq(partida.lines()) {
        println!("{nome} já está como veio.");
        return Ok(true);
    }
    print!("Devolver {nome} ao começo? Sua versão fica guardada ao lado. [s/N] ");
    std::io::stdout().flush()?;
    let mut resposta = String::new();
    std::io::stdin().read_line(&mut resposta)?;
    if resposta.trim().eq_ignore_ascii_case("s") {
        let guardada = guardar(&fonte)?;
        fs::write(&fonte, partida)?;
        println!("Pronto. Sua versão está em {}", guardada.display());
    } else {
        println!("Nada mudou.");
    }
    Ok(true)
}

/// O exercício como veio: a versão mais nova do git que ainda tem o `TODO`.
fn partida(raiz: &Path, fonte: &str) -> Resposta<String> {
    let historia = git(raiz, &["log", "--format=%H", "--", fonte])?;
    let mut versoes = historia
        .lines()
        .filter_map(|versao| git(raiz, &["show", &format!("{versao}:{fonte}")]).ok());
    let por_resolver = versoes.find(|texto| texto.contains("TODO"));
    por_resolver.ok_or_else(|| {
        format!("o git não tem uma versão de {fonte} por resolver").into()
    })
}

fn git(raiz: &Path, argumentos: &[&str]) -> Resposta<String> {
    let saida = Command::new("git").current_dir(raiz).args(argumentos).output();
    let saida = saida.map_err(|erro| format!("não consegui executar o git: {erro}"))?;
    if !saida.status.success() {
        return Err(String::from_utf8_lossy(&saida.stderr).trim().into());
    }
    Ok(String::from_utf8_lossy(&saida.stdout).into_owned())
}

/// Copia a versão do estudante para o lado, em um arquivo com número.
fn guardar(fonte: &Path) -> Resposta<PathBuf> {
    let ao_lado = |n: u32| fonte.with_file_name(format!("minha-versao-{n}.rs"));
    let guardada = (1..).map(ao_lado).find(|arquivo| !arquivo.exists());
    let guardada = guardada.ok_or("não achei um nome livre para a sua versão")?;
    fs::copy(fonte, &guardada)?;
    Ok(guardada)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use book::capitulos::capitulos;

    use super::*;

    /// Uma saída de `cargo test` com um teste que falha.
    const COM_FALHA: &str = "
test tests::a_raiz_leva_ao_login ... ok
test tests::o_perfil_recupera_o_cargo ... FAILED

---- tests::o_perfil_recupera_o_cargo stdout ----

thread 'tests::o_perfil_recupera_o_cargo' (123) panicked at chapters/cap04-recuperar/src/tests.rs:201:5:
o perfil deveria dizer admin
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
";

    #[test]
    fn cada_capitulo_do_disco_esta_em_uma_parte_com_o_seu_exercicio() {
        let partes = partes().unwrap();
        assert!(partes.iter().all(|parte| parte.titulo.starts_with("Parte ")));
        let pacotes = partes.iter().flat_map(|parte| &parte.pacotes);
        let dos_capitulos = pacotes.filter(|pacote| !pacote.exercicio);
        let nomes: Vec<_> = dos_capitulos.map(|pacote| &pacote.nome).collect();
        assert_eq!(nomes, capitulos().unwrap().iter().collect::<Vec<_>>());
    }

    #[test]
    fn so_conta_como_resolvido_o_que_compila_e_passa() {
        let passou = entender("test tests::a ... ok\ntest tests::b ... ok\n", "");
        assert_eq!(passou, Resultado::Passou(2));
        let nao_compila = entender("", "error[E0425]: cannot find value `x`");
        assert!(matches!(nao_compila, Resultado::NaoCompila(_)), "{nao_compila:?}");

        let (_, exercicio) = pacotes();
        assert_eq!(proximo_passo(&[(&exercicio, passou)]), None);
        assert_eq!(
            proximo_passo(&[(&exercicio, nao_compila)]).unwrap(),
            "abra chapters/cap04-recuperar/exercicio/src/main.rs e corrija o erro acima; \
             depois, cargo test -p ex04-ola"
        );
    }

    #[test]
    fn um_capitulo_quebrado_vem_antes_de_um_exercicio_por_resolver() {
        let (capitulo, exercicio) = pacotes();
        let por_resolver = || (&exercicio, entender(COM_FALHA, ""));
        let quebrado = (&capitulo, entender(COM_FALHA, ""));
        let passo = proximo_passo(&[por_resolver(), quebrado]).unwrap();
        assert!(passo.ends_with("git restore chapters/cap04-recuperar"), "{passo}");
        let passo = proximo_passo(&[por_resolver()]).unwrap();
        assert!(passo.contains("main.rs e procure TODO"), "{passo}");
    }

    #[test]
    fn a_tabela_e_o_relato_mostram_o_que_falhou_sem_uma_parede_de_texto() {
        let (capitulo, exercicio) = pacotes();
        let resultados =
            [&capitulo, &exercicio].map(|pacote| (pacote, entender(COM_FALHA, "")));
        assert_eq!(
            tabela(&resultados),
            "  ✘ cap04-recuperar  1 de 2\n  · ex04-ola         1 de 2\n"
        );
        assert_eq!(
            relato(&resultados),
            "\ncap04-recuperar: o perfil recupera o cargo\n  \
             em chapters/cap04-recuperar/src/tests.rs:201:5\n  \
             o perfil deveria dizer admin\n"
        );
    }

    #[test]
    #[ignore = "precisa de git"]
    fn reiniciar_devolve_o_comeco_e_guarda_a_versao_do_estudante() {
        let copia = tempfile::tempdir().unwrap();
        let fonte = copia.path().join("main.rs");
        git(copia.path(), &["init", "--quiet"]).unwrap();
        for versao in ["// TODO: comece\n", "// resolvi\n"] {
            fs::write(&fonte, versao).unwrap();
            git(copia.path(), &["add", "--all"]).unwrap();
            let autor = ["-c", "user.name=t", "-c", "user.email=t@exemplo.invalid"];
            let commit = ["commit", "--quiet", "--message", "versão"];
            git(copia.path(), &[autor.as_slice(), &commit].concat()).unwrap();
        }
        assert_eq!(partida(copia.path(), "main.rs").unwrap(), "// TODO: comece\n");
        for numero in 1..=2 {
            let guardada = guardar(&fonte).unwrap();
            assert!(guardada.ends_with(format!("minha-versao-{numero}.rs")));
            assert_eq!(fs::read_to_string(guardada).unwrap(), "// resolvi\n");
        }
    }

    fn pacotes() -> (Pacote, Pacote) {
        let pacote = |nome: &str, pasta: &str, exercicio| Pacote {
            nome: nome.to_owned(),
            pasta: pasta.to_owned(),
            exercicio,
        };
        let pasta = "chapters/cap04-recuperar";
        (
            pacote("cap04-recuperar", pasta, false),
            pacote("ex04-ola", &format!("{pasta}/exercicio"), true),
        )
    }
}
