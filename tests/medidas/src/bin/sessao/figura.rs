//! O gráfico da página: quanto do ritmo da página sem sessão sobra em cada lugar onde ela fica.

use std::fmt::Write;

use crate::sites::Resultado;
use crate::tabelas::por_cento;

/// De onde saem as barras, e a largura de uma razão de 100%.
const MARGEM: f64 = 24.0;
const UM: f64 = 400.0;

/// O SVG, com as cores e as letras que as figuras do livro têm em comum.
pub fn desenhar(resultados: &[Resultado]) -> String {
    // Um site por lugar; os outros estão na tabela.
    let de_um = |site: &&Resultado| match site.onde {
        "cookie" => site.nome == "capítulo 6",
        _ => site.nome == "capítulo 18",
    };
    let sites: Vec<&Resultado> = resultados.iter().filter(de_um).collect();
    let (mut barras, mut y) = (String::new(), 58.0);
    for Resultado { onde, nome, razao, .. } in &sites {
        let (texto, topo, largura) =
            (por_cento(razao.mediana), y + 10.0, razao.mediana * UM);
        let _ = writeln!(
            barras,
            "<text class=\"inicio\" x=\"{MARGEM}\" y=\"{y}\">{onde}, {nome}: <tspan class=\"forte\">{texto}</tspan></text>\n\
             <rect class=\"foco cheio\" x=\"{MARGEM}\" y=\"{topo}\" width=\"{largura:.0}\" height=\"20\" rx=\"3\"/>"
        );
        y += 60.0;
    }
    let (eixo, altura, um) = (y - 14.0, y + 24.0, MARGEM + UM);
    let (mut riscos, mut numeros) = (String::new(), String::new());
    for quarto in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let x = MARGEM + quarto * UM;
        let _ = write!(riscos, "M{x} {eixo}v7");
        let _ = writeln!(
            numeros,
            "<text x=\"{x}\" y=\"{}\">{}</text>",
            eixo + 29.0,
            por_cento(quarto)
        );
    }
    let frases = sites.iter().map(|Resultado { onde, nome, razao, .. }| {
        format!("{onde}, {nome}: {}", por_cento(razao.mediana))
    });
    let descricao = frases.collect::<Vec<_>>().join("; ");
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"480\" height=\"{altura}\" \
         viewBox=\"0 0 480 {altura}\" role=\"img\" aria-labelledby=\"custa-titulo custa-descricao\">\n\
         <title id=\"custa-titulo\">Quanto resta da velocidade de uma página que usa a sessão</title>\n\
         <desc id=\"custa-descricao\">Uma barra por lugar em que a sessão fica; 100% é a mesma \
         página sem sessão. {descricao}.</desc>\n\
         <text class=\"fim\" x=\"456\" y=\"22\">100%: a página sem sessão</text>\n{barras}\
         <path class=\"ausente\" d=\"M{um} 32V{eixo}\"/>\n\
         <path class=\"eixo\" d=\"M{MARGEM} {eixo}H450{riscos}\"/>\n{numeros}</svg>\n"
    )
}
