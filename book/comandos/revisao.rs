//! A página de Revisão: as perguntas de todos os capítulos, por assunto.

use std::path::PathBuf;

use crate::{Resultado, capitulos, ler, pasta};

/// Onde fica a Revisão e o texto dela. A abertura se escreve na própria página; o resto vem das
/// perguntas, com os assuntos na ordem em que aparecem nos capítulos.
pub fn gerar() -> Resultado<(PathBuf, String)> {
    let arquivo = pasta().join("src/revisao.md");
    let mut assuntos: Vec<(String, String)> = Vec::new();
    for capitulo in capitulos::capitulos()? {
        let texto = ler(&pasta().join(format!("src/perguntas/{capitulo}.md")))?;
        for pergunta in texto.split("<div class=\"pergunta\" id=\"").skip(1) {
            let aspas: Vec<&str> = pergunta.splitn(4, '"').collect();
            let [id, _, assunto, _] = aspas[..] else { continue };
            let (numero, ancora) = id.split_once('-').unwrap_or((id, ""));
            let numero = numero.trim_start_matches("cap").trim_start_matches('0');
            let trecho = format!(
                "\n{{{{#include perguntas/{capitulo}.md:{ancora}}}}}\n\n\
                 [Onde está no capítulo {numero}]({capitulo}.md#{id})\n"
            );
            match assuntos.iter_mut().find(|(outro, _)| outro == assunto) {
                Some((_, trechos)) => *trechos += &trecho,
                None => assuntos.push((assunto.to_owned(), trecho)),
            }
        }
    }
    let gravada = ler(&arquivo)?;
    let abertura = gravada.split("\n## ").next().unwrap_or_default();
    let secoes = assuntos.iter().map(|(um, trechos)| format!("\n## {um}\n{trechos}"));
    Ok((arquivo, format!("{}\n{}", abertura.trim_end(), secoes.collect::<String>())))
}
