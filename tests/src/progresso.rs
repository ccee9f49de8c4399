//! Até onde o estudante chegou: o que passa em cada capítulo e em cada exercício.

use std::path::{Path, PathBuf};
use std::process::Command;

/// O que se testa com `cargo test -p nome`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parte {
    /// O nome do pacote.
    pub nome: String,
    /// A pasta dele, a partir da raiz.
    pub pasta: PathBuf,
    /// Verdadeiro em um exercício, que começa por resolver.
    pub exercicio: bool,
}

/// Como uma parte se saiu.
#[derive(Debug, PartialEq, Eq)]
pub enum Resultado {
    /// Todos os testes passam.
    Passou {
        /// Quantos são.
        testes: usize,
    },
    /// Alguns testes falham.
    Falhou {
        /// Quantos passam.
        passam: usize,
        /// Os que falham.
        falhas: Vec<Falha>,
    },
    /// O programa não compila; o texto é o do compilador.
    NaoCompila(String),
}

/// Um teste que falha.
#[derive(Debug, PartialEq, Eq)]
pub struct Falha {
    /// O nome do teste, em palavras.
    pub frase: String,
    /// O arquivo e a linha em que ele parou.
    pub lugar: String,
    /// O que ele disse.
    pub mensagem: String,
}

/// Cada capítulo do repositório, seguido do seu exercício, se houver.
///
/// # Erros
///
/// Quando a pasta dos capítulos não abre.
pub fn partes(raiz: &Path) -> Result<Vec<Parte>, book::Erro> {
    let mut partes = Vec::new();
    for capitulo in book::diferencas::capitulos(raiz)? {
        let pasta = Path::new("chapters").join(&capitulo);
        let exercicio = pasta.join("exercicio");
        partes.push(Parte { nome: capitulo, pasta, exercicio: false });
        if let Some(nome) = nome_do_pacote(&raiz.join(&exercicio)) {
            partes.push(Parte { nome, pasta: exercicio, exercicio: true });
        }
    }
    Ok(partes)
}

fn nome_do_pacote(pasta: &Path) -> Option<String> {
    let cargo: toml::Table =
        std::fs::read_to_string(pasta.join("Cargo.toml")).ok()?.parse().ok()?;
    Some(cargo.get("package")?.get("name")?.as_str()?.to_owned())
}

/// Executa os testes de uma parte.
///
/// # Erros
///
/// Quando o cargo não pôde ser executado.
pub fn executar(raiz: &Path, parte: &Parte) -> std::io::Result<Resultado> {
    let mut cargo = crate::processo::cargo();
    cargo.current_dir(raiz).env_remove("RUST_BACKTRACE");
    cargo.args(["test", "--quiet", "--no-fail-fast", "-p", &parte.nome]);
    cargo.args(["--", "--format", "pretty"]);
    let saida = cargo.output()?;
    let testes = String::from_utf8_lossy(&saida.stdout);
    let compilador = String::from_utf8_lossy(&saida.stderr);
    Ok(entender(&testes, &compilador))
}

/// Lê a saída de `cargo test`: a dos testes e a do compilador.
pub fn entender(testes: &str, compilador: &str) -> Resultado {
    let passam = testes.lines().filter(|linha| resposta(linha) == Some("ok")).count();
    let nomes = testes.lines().filter(|linha| resposta(linha) == Some("FAILED"));
    let falhas: Vec<Falha> = nomes
        .filter_map(|linha| linha.strip_prefix("test ")?.split(" ... ").next())
        .map(|nome| falha(testes, nome))
        .collect();
    if !falhas.is_empty() {
        Resultado::Falhou { passam, falhas }
    } else if passam == 0 && compilador.contains("error") {
        Resultado::NaoCompila(compilador.trim().to_owned())
    } else {
        Resultado::Passou { testes: passam }
    }
}

/// `ok` ou `FAILED`, se a linha é o resultado de um teste.
fn resposta(linha: &str) -> Option<&str> {
    linha.starts_with("test ").then(|| linha.split(" ... ").nth(1)).flatten()
}

fn falha(testes: &str, nome: &str) -> Falha {
    let frase = nome.rsplit("::").next().unwrap_or(nome).replace('_', " ");
    let titulo = format!("---- {nome} stdout ----");
    let relato = testes.split(&titulo).nth(1).unwrap_or_default();
    let relato = relato.split("\n---- ").next().unwrap_or_default();
    let mut linhas = relato.lines().skip_while(|linha| !linha.contains("panicked at "));
    let lugar = linhas.next().and_then(|linha| linha.split("panicked at ").nth(1));
    let mensagem =
        linhas.take_while(|linha| !linha.starts_with("note: ") && !linha.is_empty());
    Falha {
        frase,
        lugar: lugar.unwrap_or("lugar desconhecido").trim_end_matches(':').to_owned(),
        mensagem: mensagem.collect::<Vec<_>>().join("\n"),
    }
}

/// A tabela com todas as partes, um desenho por linha e sem depender de cor.
pub fn tabela(resultados: &[(Parte, Resultado)]) -> String {
    let largura = resultados
        .iter()
        .map(|(parte, _)| parte.nome.chars().count())
        .max()
        .unwrap_or(0);
    let linhas = resultados.iter().map(|(parte, resultado)| {
        let (marca, estado) = match resultado {
            Resultado::Passou { testes } => ("✔", format!("{testes} de {testes}")),
            Resultado::Falhou { passam, falhas } => {
                let marca = if parte.exercicio { "·" } else { "✘" };
                (marca, format!("{passam} de {}", passam + falhas.len()))
            }
            Resultado::NaoCompila(_) => ("✘", "não compila".to_owned()),
        };
        format!("  {marca} {:largura$}  {estado}\n", parte.nome)
    });
    linhas.collect()
}

/// O que fazer agora, em uma linha. `None` quando tudo passa.
///
/// Um capítulo quebrado vem antes de um exercício por resolver.
pub fn proximo_passo(resultados: &[(Parte, Resultado)]) -> Option<String> {
    let falta = |exercicio: bool| {
        resultados.iter().find(|(parte, resultado)| {
            parte.exercicio == exercicio
                && !matches!(resultado, Resultado::Passou { .. })
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
pub fn relato(resultados: &[(Parte, Resultado)]) -> String {
    let mut texto = String::new();
    for (parte, resultado) in resultados {
        match resultado {
            Resultado::Falhou { falhas, .. } if !parte.exercicio => {
                for falha in falhas {
                    texto += &format!(
                        "\n{}: {}\n  em {}\n",
                        parte.nome, falha.frase, falha.lugar
                    );
                    for linha in falha.mensagem.lines().take(3) {
                        texto += &format!("  {linha}\n");
                    }
                }
            }
            Resultado::NaoCompila(motivo) => {
                texto += &format!("\n{} não compila:\n", parte.nome);
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
pub fn partida(raiz: &Path, exercicio: &Parte) -> Result<String, String> {
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
pub fn como_veio(raiz: &Path, exercicio: &Parte) -> Result<bool, String> {
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
pub fn reiniciar(raiz: &Path, exercicio: &Parte) -> Result<PathBuf, String> {
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
