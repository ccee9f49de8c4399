//! Os blocos que se executam, lidos das páginas prontas: o que o leitor vê, e nada além disso.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use book::exercicio::exercicios;
use book::terminal::Comando;
use book::{Resultado, raiz};
use html_escape::decode_html_entities;
use regex::Regex;
use rocket::serde::Serialize;

/// Um bloco de comandos de uma página.
#[derive(Debug, Clone, Serialize)]
#[serde(crate = "rocket::serde")]
pub struct Bloco {
    /// O lugar dele entre os blocos de comandos da página.
    pub numero: usize,
    /// O que está escrito nele.
    pub texto: String,
    /// O que ele faz, em uma palavra, para quem escreve o botão.
    tipo: &'static str,
    #[serde(skip)]
    pub comandos: Vec<Comando>,
    /// O capítulo que a página iniciou por último, até este bloco.
    #[serde(skip)]
    pub capitulo: Option<String>,
    /// O exercício que ele testa.
    exercicio: Option<String>,
}

/// Os blocos de cada página, pelo nome do arquivo dela.
pub type Blocos = BTreeMap<String, Vec<Bloco>>;

/// Lê todas as páginas de um livro pronto.
pub fn ler(pronto: &Path) -> Resultado<Blocos> {
    // Um exercício que se inicia está no meio de uma frase.
    let comandos = concat!(
        r#"<code class="language-(?:sh|bash)([^"]*)">([^<]*)</code>"#,
        r"|<code>()(cargo run -p ex[\w-]+)</code>"
    );
    let comandos = Regex::new(comandos).map_err(|erro| erro.to_string())?;
    let mut blocos = Blocos::new();
    for arquivo in fs::read_dir(pronto).into_iter().flatten().flatten() {
        let Ok(pagina) = fs::read_to_string(arquivo.path()) else { continue };
        let mut capitulo = None;
        let achados = comandos.captures_iter(&pagina).enumerate();
        let dela = achados.filter_map(|(numero, achado)| {
            let (_, [marcas, texto]) = achado.extract();
            let livre = !marcas.contains("outro-terminal");
            livre.then(|| bloco(numero, &decode_html_entities(texto), &mut capitulo))?
        });
        let nome = arquivo.file_name().to_string_lossy().into_owned();
        blocos.insert(nome, dela.collect());
    }
    Ok(blocos)
}

fn bloco(numero: usize, texto: &str, capitulo: &mut Option<String>) -> Option<Bloco> {
    let linhas = texto.lines().filter(|linha| !linha.trim().is_empty());
    let comandos: Vec<_> = linhas.map(Comando::ler).collect::<Option<_>>()?;
    let mut exercicio = None;
    // Um bloco que define uma variável e inicia o capítulo é um início.
    let tipo = match comandos.last()? {
        Comando::Servir { pacote, .. } => {
            *capitulo = Some(pacote.clone());
            "servir"
        }
        Comando::Executar { programa, .. } if programa == "ataque" => "atacar",
        Comando::Executar { .. } => "executar",
        Comando::Testar(pacote) => {
            exercicio = Some(pacote.clone()).filter(|nome| nome.starts_with("ex"));
            "testar"
        }
        Comando::Curl(_) => "enviar",
        Comando::Definir(..) | Comando::Remover(_) => "definir",
    };
    let (texto, capitulo) = (texto.to_owned(), capitulo.clone());
    Some(Bloco { numero, texto, tipo, comandos, capitulo, exercicio })
}

/// Os arquivos que quem resolve este exercício muda, e quando foi: quem salva não precisa avisar, e
/// nem todo sistema de arquivos avisa.
pub fn retrato(pacote: &str) -> Resultado<String> {
    let exercicio = exercicios()?.into_iter().find(|um| um.pacote == pacote);
    let pasta =
        exercicio.map(|um| raiz().join(um.pasta)).ok_or("não há este exercício")?;
    let mut arquivos: Vec<PathBuf> = book::arquivos(&pasta)?;
    arquivos.retain(|arquivo| !arquivo.starts_with(pasta.join("solucao")));
    let mudancas = arquivos.iter().filter_map(|um| um.metadata().ok()?.modified().ok());
    Ok(format!("{} {:?}", arquivos.len(), mudancas.max()))
}
