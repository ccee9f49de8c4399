//! Quanto custa uma sessão: quantas páginas por segundo o capítulo responde com ela e sem ela, em
//! release e na mesma execução. Execute com `cargo bench -p tests`.

use std::thread;
use std::time::{Duration, Instant};

use book::navegador::Navegador;
use book::processo::{Processo, chave_de_teste};

/// Um cookie por valor, um cookie só, e as sessões na memória e no banco do servidor.
const CAPITULOS: [&str; 4] =
    ["cap05-logout", "cap06-dicionario", "cap15-servidor", "cap16-banco"];

/// Cada lado é medido tantas vezes, alternadas: rodadas curtas veem a máquina no mesmo estado.
const RODADAS: usize = 41;
const RODADA: Duration = Duration::from_millis(300);

/// Um por núcleo, quando o que conta é o tempo de uma resposta, e muitos, quando o servidor não
/// para de trabalhar.
const NAVEGADORES: [usize; 2] = [2, 16];

fn main() {
    for capitulo in CAPITULOS {
        let servidor = Processo::capitulo(capitulo, &chave_de_teste('1'));
        let mut navegador = Navegador::novo(&servidor.endereco);
        navegador.entrar();
        for navegadores in NAVEGADORES {
            comparar(capitulo, navegadores, &navegador);
        }
    }
}

/// Mede as duas páginas em rodadas alternadas e mostra a mediana das razões.
fn comparar(capitulo: &str, navegadores: usize, navegador: &Navegador) {
    let medir = |caminho| por_segundo(navegadores, navegador, caminho);
    // A primeira rodada aquece os dois lados e não conta.
    let mut razoes: Vec<(f64, f64, f64)> = (0..=RODADAS)
        .map(|_| (medir("/dashboard"), medir("/login")))
        .skip(1)
        .map(|(com, sem)| (com / sem, com, sem))
        .collect();
    razoes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (razao, com, sem) = razoes[RODADAS / 2];
    let (menor, maior) = (razoes[0].0, razoes[RODADAS - 1].0);
    println!(
        "{capitulo}, {navegadores:2} navegadores: {com:.0} páginas por segundo com a sessão, \
         {sem:.0} sem; razão {razao:.2}, de {menor:.2} a {maior:.2}"
    );
}

/// Quantas vezes a página responde por segundo.
fn por_segundo(navegadores: usize, navegador: &Navegador, caminho: &str) -> f64 {
    let inicio = Instant::now();
    let pedir_ate_o_fim = || {
        let (mut navegador, mut respostas) = (navegador.clone(), 0);
        while inicio.elapsed() < RODADA {
            assert_eq!(navegador.get(caminho).codigo, 200);
            respostas += 1;
        }
        respostas
    };
    let respostas: u32 = thread::scope(|grupo| {
        let juntos: Vec<_> =
            (0..navegadores).map(|_| grupo.spawn(pedir_ate_o_fim)).collect();
        juntos.into_iter().map(|um| um.join().expect("o navegador terminou")).sum()
    });
    f64::from(respostas) / inicio.elapsed().as_secs_f64()
}
