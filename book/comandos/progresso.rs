//! `cargo progresso`: o que já passa, o que falta, e qual é o próximo passo.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::mpsc;
use std::time::Duration;

use book::testes::Testes;
use book::{processo, raiz};
use indicatif::{ProgressBar, ProgressStyle};
use lexopt::prelude::*;
use notify::{RecursiveMode, Watcher};

const AJUDA: &str = "\
Mostra até onde você chegou.

Uso: cargo progresso [opções]

  --tudo            testa e mostra o livro inteiro, e não só a parte do próximo passo
  --observar        mostra de novo a cada arquivo salvo
  --reiniciar exNN  devolve um exercício ao começo; sua versão fica guardada ao lado
  --ajuda           mostra este texto";

enum Pedido {
    Mostrar,
    MostrarTudo,
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
            Long("tudo") => Pedido::MostrarTudo,
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
        Pedido::Mostrar => mostrar(false),
        Pedido::MostrarTudo => mostrar(true),
        Pedido::Observar => observar(),
        Pedido::Reiniciar(nome) => confirmar_e_reiniciar(&nome),
        Pedido::Ajuda => {
            println!("{AJUDA}");
            Ok(true)
        }
    }
}

/// Testa uma parte do livro de cada vez e, se não é para mostrar tudo, para na do próximo passo.
fn mostrar(tudo: bool) -> Result<bool, String> {
    let partes = partes(raiz()).map_err(|erro| erro.to_string())?;
    let mut passo = None;
    for Parte { titulo, pacotes } in &partes {
        if passo.is_some() && !tudo {
            let nome = titulo.split(':').next().unwrap_or(titulo);
            println!("{nome}: ainda não ({})", exercicios(pacotes.len() / 2));
            continue;
        }
        let resultados = testar(pacotes)?;
        let falta = proximo_passo(&resultados);
        if falta.is_none() && !tudo {
            println!("{titulo}: tudo resolvido ({})", exercicios(pacotes.len() / 2));
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

fn exercicios(quantos: usize) -> String {
    if quantos == 1 {
        "1 exercício".to_owned()
    } else {
        format!("{quantos} exercícios")
    }
}

fn testar(pacotes: &[Pacote]) -> Result<Vec<(Pacote, Resultado)>, String> {
    let barra = ProgressBar::new(pacotes.len() as u64);
    if let Ok(estilo) = ProgressStyle::with_template("{bar:30} {pos} de {len}  {msg}") {
        barra.set_style(estilo);
    }
    let mut resultados = Vec::new();
    for pacote in pacotes {
        barra.set_message(pacote.nome.clone());
        let resultado = executar(raiz(), pacote)
            .map_err(|erro| format!("não consegui executar o cargo: {erro}"))?;
        resultados.push((pacote.clone(), resultado));
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
        mostrar(false)?;
        println!("\nObservando os arquivos. Para encerrar, aperte Ctrl+C.");
        mudou.recv().map_err(|_| "o sistema parou de avisar sobre os arquivos")?;
        // Um editor salva em vários passos; espera o último antes de testar.
        while mudou.recv_timeout(Duration::from_millis(300)).is_ok() {}
    }
}

fn confirmar_e_reiniciar(nome: &str) -> Result<bool, String> {
    let partes = partes(raiz()).map_err(|erro| erro.to_string())?;
    let pacotes: Vec<Pacote> =
        partes.into_iter().flat_map(|parte| parte.pacotes).collect();
    let certo = |pacote: &&Pacote| pacote.exercicio && pacote.nome.starts_with(nome);
    let achados: Vec<_> = pacotes.iter().filter(certo).collect();
    let [exercicio] = achados[..] else {
        let nomes = pacotes
            .iter()
            .filter(|pacote| pacote.exercicio)
            .map(|pacote| pacote.nome.as_str());
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

/// O que se testa com `cargo test -p nome`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pacote {
    /// O nome do pacote.
    nome: String,
    /// A pasta dele, a partir da raiz.
    pasta: PathBuf,
    /// Verdadeiro em um exercício, que começa por resolver.
    exercicio: bool,
}

/// Como um pacote se saiu.
#[derive(Debug, PartialEq, Eq)]
enum Resultado {
    /// Todos os testes passam.
    Passou(usize),
    /// Alguns testes falham.
    Falhou(Testes),
    /// O programa não compila; o texto é o do compilador.
    NaoCompila(String),
}

/// Uma parte do livro e o que há nela para testar.
struct Parte {
    /// O título dela no sumário, como `Parte I: a lição`.
    titulo: String,
    /// Cada capítulo, seguido do seu exercício, se houver.
    pacotes: Vec<Pacote>,
}

/// As partes que o sumário do livro tem, fora as que não têm capítulos.
///
/// # Erros
///
/// Quando o sumário não abre.
fn partes(raiz: &Path) -> std::io::Result<Vec<Parte>> {
    let sumario = std::fs::read_to_string(raiz.join("book/src/SUMMARY.md"))?;
    let mut partes: Vec<Parte> = Vec::new();
    for linha in sumario.lines() {
        if let Some(titulo) = linha.strip_prefix("# ") {
            partes.push(Parte { titulo: titulo.to_owned(), pacotes: Vec::new() });
        }
        let ligacao =
            linha.split_once("](").and_then(|(_, fim)| fim.split_once(".md)"));
        if let Some((pagina, _)) = ligacao.filter(|(nome, _)| nome.starts_with("cap"))
            && let Some(parte) = partes.last_mut()
        {
            parte.pacotes.extend(pacotes_de(raiz, pagina));
        }
    }
    partes.retain(|parte| !parte.pacotes.is_empty());
    Ok(partes)
}

/// Um capítulo e, se houver, o exercício dele.
fn pacotes_de(raiz: &Path, capitulo: &str) -> Vec<Pacote> {
    let pasta = Path::new("chapters").join(capitulo);
    let exercicio = pasta.join("exercicio");
    let nome = capitulo.to_owned();
    let mut pacotes = vec![Pacote { nome, pasta, exercicio: false }];
    if let Some(nome) = nome_do_pacote(&raiz.join(&exercicio)) {
        pacotes.push(Pacote { nome, pasta: exercicio, exercicio: true });
    }
    pacotes
}

fn nome_do_pacote(pasta: &Path) -> Option<String> {
    let cargo: toml::Table =
        std::fs::read_to_string(pasta.join("Cargo.toml")).ok()?.parse().ok()?;
    Some(cargo.get("package")?.get("name")?.as_str()?.to_owned())
}

/// Executa os testes de um pacote.
///
/// # Erros
///
/// Quando o cargo não pôde ser executado.
fn executar(raiz: &Path, pacote: &Pacote) -> std::io::Result<Resultado> {
    let mut cargo = processo::cargo();
    cargo.current_dir(raiz).env_remove("RUST_BACKTRACE");
    cargo.args(["test", "--quiet", "--no-fail-fast", "-p", &pacote.nome]);
    cargo.args(["--", "--format", "pretty"]);
    let saida = cargo.output()?;
    let testes = String::from_utf8_lossy(&saida.stdout);
    let compilador = String::from_utf8_lossy(&saida.stderr);
    Ok(entender(&testes, &compilador))
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

/// A tabela com todas as pacotes, um desenho por linha e sem depender de cor.
fn tabela(resultados: &[(Pacote, Resultado)]) -> String {
    let largura = resultados
        .iter()
        .map(|(pacote, _)| pacote.nome.chars().count())
        .max()
        .unwrap_or(0);
    let linhas = resultados.iter().map(|(pacote, resultado)| {
        let (marca, estado) = match resultado {
            Resultado::Passou(todos) => ("✔", format!("{todos} de {todos}")),
            Resultado::Falhou(testes) => {
                let marca = if pacote.exercicio { "·" } else { "✘" };
                let passam = testes.passaram.len();
                (marca, format!("{passam} de {}", passam + testes.falharam.len()))
            }
            Resultado::NaoCompila(_) => ("✘", "não compila".to_owned()),
        };
        format!("  {marca} {:largura$}  {estado}\n", pacote.nome)
    });
    linhas.collect()
}

/// O que fazer agora, em uma linha. `None` quando tudo passa.
///
/// Um capítulo quebrado vem antes de um exercício por resolver.
fn proximo_passo(resultados: &[(Pacote, Resultado)]) -> Option<String> {
    let falta = |exercicio: bool| {
        resultados.iter().find(|(pacote, resultado)| {
            pacote.exercicio == exercicio && !matches!(resultado, Resultado::Passou(_))
        })
    };
    if let Some((capitulo, _)) = falta(false) {
        return Some(format!(
            "conserte {nome} (cargo test -p {nome}) ou desfaça com git restore {pasta}",
            nome = capitulo.nome,
            pasta = barras(&capitulo.pasta)
        ));
    }
    let (exercicio, resultado) = falta(true)?;
    let fonte = barras(&exercicio.pasta.join("src/main.rs"));
    let tarefa = match resultado {
        Resultado::NaoCompila(_) => "corrija o erro acima",
        _ => "procure TODO",
    };
    Some(format!("abra {fonte} e {tarefa}; depois, cargo test -p {}", exercicio.nome))
}

/// O que falhou, com a frase e o lugar de cada teste. Um exercício por resolver não é uma falha.
fn relato(resultados: &[(Pacote, Resultado)]) -> String {
    let mut texto = String::new();
    for (pacote, resultado) in resultados {
        match resultado {
            Resultado::Falhou(testes) if !pacote.exercicio => {
                for (nome, falha) in &testes.falharam {
                    let frase = nome.replace("::", ": ").replace('_', " ");
                    texto +=
                        &format!("\n{}: {frase}\n  em {}\n", pacote.nome, falha.lugar);
                    for linha in falha.mensagem.lines().take(3) {
                        texto += &format!("  {linha}\n");
                    }
                }
            }
            Resultado::NaoCompila(motivo) => {
                texto += &format!("\n{} não compila:\n", pacote.nome);
                for linha in motivo.lines().take(8) {
                    texto += &format!("  {linha}\n");
                }
            }
            _ => {}
        }
    }
    texto
}

/// O exercício como veio: a versão mais nova do git que ainda tem o `TODO`.
///
/// # Erros
///
/// Quando o git não está instalado, ou não conhece nenhuma versão assim.
fn partida(raiz: &Path, exercicio: &Pacote) -> Result<String, String> {
    let fonte = barras(&exercicio.pasta.join("src/main.rs"));
    let historia = git(raiz, &["log", "--format=%H", "--", &fonte])?;
    let versoes = historia
        .lines()
        .filter_map(|versao| git(raiz, &["show", &format!("{versao}:{fonte}")]).ok());
    versoes
        .into_iter()
        .find(|texto| texto.contains("TODO"))
        .ok_or(format!("o git não tem uma versão de {fonte} por resolver"))
}

fn git(raiz: &Path, argumentos: &[&str]) -> Result<String, String> {
    let saida = Command::new("git").current_dir(raiz).args(argumentos).output();
    let saida = saida.map_err(|erro| format!("não consegui executar o git: {erro}"))?;
    if !saida.status.success() {
        return Err(String::from_utf8_lossy(&saida.stderr).trim().to_owned());
    }
    Ok(String::from_utf8_lossy(&saida.stdout).into_owned())
}

/// Verdadeiro se o exercício em disco está igual ao que o git conhece por resolver.
///
/// # Erros
///
/// Quando o começo não é encontrado, ou o arquivo não abre.
fn como_veio(raiz: &Path, exercicio: &Pacote) -> Result<bool, String> {
    let fonte = raiz.join(&exercicio.pasta).join("src/main.rs");
    let agora = std::fs::read_to_string(&fonte)
        .map_err(|erro| format!("não consegui ler {}: {erro}", fonte.display()))?;
    Ok(agora.replace("\r\n", "\n") == partida(raiz, exercicio)?.replace("\r\n", "\n"))
}

/// Devolve o exercício ao começo; a versão do estudante fica ao lado, em um arquivo com número.
///
/// # Erros
///
/// Quando o começo não é encontrado, ou um arquivo não pode ser gravado.
fn reiniciar(raiz: &Path, exercicio: &Pacote) -> Result<PathBuf, String> {
    let partida = partida(raiz, exercicio)?;
    let pasta = raiz.join(&exercicio.pasta).join("src");
    let guardada = (1..)
        .map(|numero| pasta.join(format!("minha-versao-{numero}.rs")))
        .find(|arquivo| !arquivo.exists())
        .ok_or("não achei um nome livre para a sua versão")?;
    let erro = |erro| format!("não consegui gravar em {}: {erro}", pasta.display());
    std::fs::copy(pasta.join("main.rs"), &guardada).map_err(erro)?;
    std::fs::write(pasta.join("main.rs"), partida).map_err(erro)?;
    Ok(guardada)
}

/// O caminho com barras comuns, que todo terminal aceita.
fn barras(caminho: &Path) -> String {
    caminho.display().to_string().replace('\\', "/")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use std::fs;

    use book::diferencas::capitulos;
    use book::testes::Falha;

    use super::*;

    /// Uma saída de `cargo test` com um teste que falha.
    const COM_FALHA: &str = "
running 2 tests
test tests::a_raiz_leva_ao_login ... ok
test tests::o_perfil_recupera_o_cargo ... FAILED

failures:

---- tests::o_perfil_recupera_o_cargo stdout ----

thread 'tests::o_perfil_recupera_o_cargo' (123) panicked at chapters/cap04-recuperar/src/tests.rs:201:5:
o perfil deveria dizer admin
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace


failures:
    tests::o_perfil_recupera_o_cargo

test result: FAILED. 1 passed; 1 failed; 0 ignored
";

    #[test]
    fn cada_capitulo_do_disco_esta_em_uma_parte_com_o_seu_exercicio() {
        let partes = partes(raiz()).unwrap();
        let titulos: Vec<_> = partes.iter().map(|parte| &parte.titulo).collect();
        assert!(titulos.iter().all(|t| t.starts_with("Parte ")), "{titulos:?}");
        let pacotes: Vec<_> = partes.iter().flat_map(|parte| &parte.pacotes).collect();
        let capitulos = capitulos(raiz()).unwrap();
        assert_eq!(pacotes.len(), 2 * capitulos.len());
        for (dois, capitulo) in pacotes.chunks(2).zip(capitulos) {
            assert_eq!(dois[0].nome, capitulo);
            assert!(dois[1].exercicio, "{capitulo}");
        }
    }

    #[test]
    fn um_teste_que_falha_aparece_como_frase_com_o_lugar_e_a_mensagem() {
        let Resultado::Falhou(testes) = entender(COM_FALHA, "") else {
            panic!("deveria ter falhado")
        };
        assert_eq!(testes.passaram.len(), 1);
        let esperada = Falha {
            lugar: "chapters/cap04-recuperar/src/tests.rs:201:5".to_owned(),
            mensagem: "o perfil deveria dizer admin".to_owned(),
        };
        assert_eq!(testes.falharam["o_perfil_recupera_o_cargo"], esperada);
    }

    #[test]
    fn um_programa_que_nao_compila_nao_conta_como_resolvido() {
        let resultado = entender("", "error[E0425]: cannot find value `x`");
        assert!(matches!(resultado, Resultado::NaoCompila(_)), "{resultado:?}");
    }

    #[test]
    fn tudo_certo_conta_os_testes_e_nao_tem_proximo_passo() {
        let resultado = entender("test tests::a ... ok\ntest tests::b ... ok\n", "");
        assert_eq!(resultado, Resultado::Passou(2));
        assert_eq!(proximo_passo(&[(capitulo(), resultado)]), None);
    }

    #[test]
    fn um_capitulo_quebrado_vem_antes_de_um_exercicio_por_resolver() {
        let quebrado = (capitulo(), entender(COM_FALHA, ""));
        let por_resolver = (exercicio(), entender(COM_FALHA, ""));
        let passo = proximo_passo(&[por_resolver, quebrado]).unwrap();
        assert!(passo.starts_with("conserte cap04-recuperar"), "{passo}");
        assert!(passo.contains("git restore chapters/cap04-recuperar"), "{passo}");

        let passo = proximo_passo(&[(exercicio(), entender(COM_FALHA, ""))]).unwrap();
        assert!(
            passo.contains("chapters/cap04-recuperar/exercicio/src/main.rs"),
            "{passo}"
        );
        assert!(passo.contains("procure TODO"), "{passo}");
        assert!(passo.ends_with("cargo test -p ex04-ola"), "{passo}");

        let nao_compila =
            (exercicio(), entender("", "error[E0425]: cannot find value"));
        let passo = proximo_passo(&[nao_compila]).unwrap();
        assert!(passo.contains("corrija o erro acima"), "{passo}");
        assert!(!passo.contains("TODO"), "{passo}");
    }

    #[test]
    fn a_tabela_e_o_relato_mostram_o_que_falhou_sem_uma_parede_de_texto() {
        let resultados = [
            (capitulo(), entender(COM_FALHA, "")),
            (exercicio(), entender(COM_FALHA, "")),
        ];
        assert_eq!(
            tabela(&resultados),
            "  ✘ cap04-recuperar  1 de 2\n  · ex04-ola         1 de 2\n"
        );
        let relato = relato(&resultados);
        assert!(
            relato.contains("cap04-recuperar: o perfil recupera o cargo"),
            "{relato}"
        );
        assert!(
            relato.contains("em chapters/cap04-recuperar/src/tests.rs:201:5"),
            "{relato}"
        );
        assert!(
            !relato.contains("ex04"),
            "um exercício por resolver não é uma falha:\n{relato}"
        );
        assert!(relato.lines().count() < 8, "{relato}");
    }

    #[test]
    #[ignore = "precisa de git"]
    fn reiniciar_devolve_o_comeco_e_guarda_a_versao_do_estudante() {
        let copia = tempfile::tempdir().unwrap();
        let fonte = copia.path().join(exercicio().pasta).join("src/main.rs");
        fs::create_dir_all(fonte.parent().unwrap()).unwrap();
        git(copia.path(), &["init", "--quiet"]).unwrap();
        for (versao, mensagem) in
            [("// TODO: comece\n", "veio"), ("// resolvi\n", "resolvi")]
        {
            fs::write(&fonte, versao).unwrap();
            git(copia.path(), &["add", "--all"]).unwrap();
            let autor = ["-c", "user.name=t", "-c", "user.email=t@exemplo.invalid"];
            let commit = ["commit", "--quiet", "--message", mensagem];
            git(copia.path(), &[&autor[..], &commit].concat()).unwrap();
        }
        for numero in 1..=2 {
            fs::write(&fonte, format!("// tentativa {numero}\n")).unwrap();
            assert_eq!(como_veio(copia.path(), &exercicio()), Ok(false));
            let guardada = reiniciar(copia.path(), &exercicio()).unwrap();
            assert_eq!(fs::read_to_string(&fonte).unwrap(), "// TODO: comece\n");
            assert_eq!(
                fs::read_to_string(&guardada).unwrap(),
                format!("// tentativa {numero}\n")
            );
            assert!(guardada.ends_with(format!("minha-versao-{numero}.rs")));
            assert_eq!(como_veio(copia.path(), &exercicio()), Ok(true));
        }
    }

    fn capitulo() -> Pacote {
        let pasta = "chapters/cap04-recuperar".into();
        Pacote { nome: "cap04-recuperar".to_owned(), pasta, exercicio: false }
    }

    fn exercicio() -> Pacote {
        let pasta = "chapters/cap04-recuperar/exercicio".into();
        Pacote { nome: "ex04-ola".to_owned(), pasta, exercicio: true }
    }
}
