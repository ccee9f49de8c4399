//! O gráfico da página: quanto do ritmo da página sem sessão sobra em cada site.

use std::fmt::Write;

use crate::sites::{Resultado, SEM_SESSAO};
use crate::tabelas::decimal;

/// Da margem até onde vai a barra mais longa.
const MARGEM: f64 = 24.0;
const LARGURA: f64 = 432.0;

const ESTILO: &str = r#"<style>
.figura-custa { --tinta: var(--fg, #1d1f21); --papel: var(--bg, #fdfdfb); --elo: var(--links, #0b5c8f); --realce: var(--elo); }
.figura-custa:not(:root) { display: block; max-width: min(100%, 480px); height: auto; margin: 0 auto; }
@media (prefers-color-scheme: dark) { .figura-custa { --tinta: var(--fg, #eceeef); --papel: var(--bg, #16181a); --elo: var(--links, #7cc4f2); } }
@supports (color: color-mix(in srgb, red, blue)) { .figura-custa { --realce: color-mix(in srgb, var(--elo) 65%, var(--tinta)); } }
.figura-custa text { fill: var(--tinta); stroke: var(--papel); stroke-width: 8; stroke-linejoin: round; paint-order: stroke; font: 18px system-ui, sans-serif; text-anchor: start; }
.figura-custa .forte { font-weight: 700; }
.figura-custa .fim { text-anchor: end; }
.figura-custa .folha { fill: var(--papel); }
.figura-custa .barra { fill: var(--realce); fill-opacity: .25; stroke: var(--realce); stroke-width: 2; }
.figura-custa .nossa { fill-opacity: .7; }
.figura-custa .limite { fill: none; stroke: var(--tinta); stroke-width: 2; stroke-dasharray: 6 6; }
</style>
"#;

/// O SVG, no estilo das outras figuras do livro.
pub fn desenhar(resultados: &[Resultado]) -> String {
    let com_sessao = resultados.iter().filter(|site| site.onde != SEM_SESSAO);
    let com_sessao: Vec<&Resultado> = com_sessao.collect();
    let razoes = com_sessao.iter().map(|site| site.razao.mediana);
    let escala = LARGURA / razoes.fold(1.0, f64::max);
    let (barras, altura) = barras(&com_sessao, escala);
    let (um, fim) = (MARGEM + escala, altura - 40.0);
    // O texto fica do lado da linha em que há lugar.
    let lado = if um < 240.0 { "inicio" } else { "fim" };
    let descricao = descricao(&com_sessao);
    format!(
        "<svg class=\"figura-custa\" xmlns=\"http://www.w3.org/2000/svg\" width=\"480\" \
         height=\"{altura}\" viewBox=\"0 0 480 {altura}\" role=\"img\" \
         aria-labelledby=\"custa-titulo custa-descricao\">\n\
         <title id=\"custa-titulo\">Páginas por segundo com a sessão, divididas pelas da mesma \
         página sem sessão</title>\n<desc id=\"custa-descricao\">{descricao}</desc>\n{ESTILO}\
         <rect class=\"folha\" width=\"480\" height=\"{altura}\" rx=\"14\"/>\n\
         <path class=\"limite\" d=\"M{um:.0} 20V{fim}\"/>\n{barras}\
         <text class=\"{lado}\" x=\"{um:.0}\" y=\"{}\">1,00: a página sem sessão</text>\n</svg>\n",
        altura - 16.0
    )
}

/// As barras, uma embaixo da outra, e a altura de que a figura precisa.
fn barras(sites: &[&Resultado], escala: f64) -> (String, f64) {
    let (mut desenho, mut y, mut grupo) = (String::new(), 8.0, "");
    for site in sites {
        let Resultado { onde, nome, razao, .. } = site;
        if grupo != *onde {
            y += 32.0;
            let _ = writeln!(
                desenho,
                "<text class=\"forte\" x=\"{MARGEM}\" y=\"{y}\">{onde}</text>"
            );
            grupo = onde;
        }
        let (texto, topo) = (y + 26.0, y + 34.0);
        let classe =
            if nome.starts_with("capítulo") { "barra nossa" } else { "barra" };
        let (razao, largura) = (decimal(razao.mediana), razao.mediana * escala);
        let _ = writeln!(
            desenho,
            "<text x=\"{MARGEM}\" y=\"{texto}\">{nome}: <tspan class=\"forte\">{razao}</tspan></text>\n\
             <rect class=\"{classe}\" x=\"{MARGEM}\" y=\"{topo}\" width=\"{largura:.0}\" height=\"14\" rx=\"4\"/>"
        );
        y += 46.0;
    }
    (desenho, y + 60.0)
}

/// O mesmo em palavras, para quem ouve a página.
fn descricao(sites: &[&Resultado]) -> String {
    let frases = sites.iter().map(|Resultado { onde, nome, razao, .. }| {
        format!("{onde}: {nome}, {}", decimal(razao.mediana))
    });
    format!("Uma barra por site. {}.", frases.collect::<Vec<_>>().join("; "))
}
