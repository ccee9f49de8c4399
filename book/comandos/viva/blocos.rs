//! Os blocos que se executam, lidos das páginas prontas: o que o leitor vê, e nada além disso.

use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

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
    /// Muda com a página, o lugar nela e o texto: uma página velha não pede outro bloco.
    pub nome: String,
    /// A página dele, como `cap05-logout.html`.
    pub pagina: String,
    /// O lugar dele entre os blocos de comandos da página.
    numero: usize,
    pub texto: String,
    /// O que ele faz, em uma palavra, para quem escreve o botão.
    tipo: &'static str,
    #[serde(skip)]
    pub comandos: Vec<Comando>,
    /// O capítulo que a página iniciou por último, até este bloco.
    #[serde(skip)]
    pub capitulo: Option<String>,
    exercicio: Option<String>,
}

/// Lê os blocos de todas as páginas de um livro pronto.
pub fn ler(pronto: &Path) -> Resultado<Vec<Bloco>> {
    // O que se inicia ou se desfaz está às vezes no meio de uma frase.
    let comandos = concat!(
        r#"<code class="language-(?:sh|bash)([^"]*)">([^<]*)</code>"#,
        r"|<code>()((?:cargo run -p ex|git restore chapters/cap)[\w/-]+)</code>"
    );
    let comandos = Regex::new(comandos).map_err(|erro| erro.to_string())?;
    let mut blocos = Vec::new();
    for arquivo in fs::read_dir(pronto).into_iter().flatten().flatten() {
        let Ok(html) = fs::read_to_string(arquivo.path()) else { continue };
        let (pagina, mut capitulo) = (arquivo.file_name(), None);
        let pagina = pagina.to_string_lossy();
        for (numero, achado) in comandos.captures_iter(&html).enumerate() {
            let (_, [marcas, texto]) = achado.extract();
            let texto = decode_html_entities(texto);
            if !marcas.contains("outro-terminal") {
                blocos.extend(bloco(&pagina, numero, &texto, &mut capitulo));
            }
        }
    }
    Ok(blocos)
}

fn bloco(
    pagina: &str,
    numero: usize,
    texto: &str,
    capitulo: &mut Option<String>,
) -> Option<Bloco> {
    let mut nome = DefaultHasher::new();
    (pagina, numero, texto).hash(&mut nome);
    let nome = format!("{:016x}", nome.finish());
    let linhas = texto.lines().filter(|linha| !linha.trim().is_empty());
    let comandos: Vec<_> = linhas.map(Comando::ler).collect::<Option<_>>()?;
    let mut exercicio = None;
    let tipo = match comandos.last()? {
        Comando::Servir(pacote, _) => {
            *capitulo = Some(pacote.clone());
            "servir"
        }
        Comando::Executar(_, programa, _) if programa == "ataque" => "atacar",
        Comando::Executar(..) => "executar",
        Comando::Testar(pacote) => {
            exercicio = Some(pacote.clone()).filter(|nome| nome.starts_with("ex"));
            "testar"
        }
        Comando::Curl(_) => "enviar",
        Comando::Definir(..) | Comando::Remover(_) => "definir",
        Comando::Desfazer(_) => "desfazer",
    };
    let (pagina, texto, capitulo) = (pagina.into(), texto.into(), capitulo.clone());
    Some(Bloco { nome, pagina, numero, texto, tipo, comandos, capitulo, exercicio })
}

/// Os arquivos que quem resolve este exercício muda, e quando foi: quem salva não precisa avisar, e
/// nem todo sistema de arquivos avisa.
pub fn retrato(pacote: &str) -> Resultado<String> {
    let exercicio = exercicios()?.into_iter().find(|um| um.pacote == pacote);
    let pasta =
        exercicio.map(|um| raiz().join(um.pasta)).ok_or("não há este exercício")?;
    let mut arquivos = book::arquivos(&pasta)?;
    // O que o editor grava para si não conta: muda a cada tecla.
    let tipos = ["rs", "j2", "toml"].map(OsStr::new);
    arquivos.retain(|um| um.extension().is_some_and(|tipo| tipos.contains(&tipo)));
    let mudancas = arquivos.iter().filter_map(|um| um.metadata().ok()?.modified().ok());
    Ok(format!("{} {:?}", mudancas.clone().count(), mudancas.max()))
}
