//! As tabelas em Markdown, com os números como se escrevem em português.

use crate::armazens::Crescimento;
use crate::relogio::Espera;
use crate::sites::{Faixa, Resultado, SEM_SESSAO, faixa};

/// O nome de um armazenamento, pelo começo do endereço dele.
pub fn onde(esquema: &str) -> &'static str {
    match esquema {
        "memoria" => "memória",
        "sqlite" => "SQLite",
        "redis" => "Redis",
        "memcached" => "Memcached",
        "postgres" => "PostgreSQL",
        outro => panic!("não conheço {outro}:"),
    }
}

/// Todos os sites.
pub fn sites(resultados: &[Resultado]) -> String {
    let linhas = resultados.iter().map(|site| {
        let Resultado { onde, nome, por_segundo, razao, .. } = site;
        let sem_sessao = *onde == SEM_SESSAO;
        let razao =
            if sem_sessao { "100%".to_owned() } else { com_faixa(*razao, por_cento) };
        let cookie = if sem_sessao {
            "–".to_owned()
        } else {
            milhar(site.cookie_bytes as f64)
        };
        format!(
            "| {onde}: {nome} | {} | {razao} | {} | {} | {} | {cookie} |\n",
            com_faixa(*por_segundo, milhar),
            milhar(site.p99_ms),
            milhar(site.cpu_us),
            milhar(site.memoria_mb),
        )
    });
    let titulo = "| Sessão e site | Páginas por segundo | Resta | p99, ms | CPU por página, µs \
        | Memória, MB | Cookie, bytes |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n";
    [titulo.to_owned()].into_iter().chain(linhas).collect()
}

/// Cada concorrente ao lado do capítulo que mostra a mesma página e guarda a sessão no mesmo lugar.
pub fn lado_a_lado(resultados: &[Resultado]) -> String {
    let e_nosso =
        |site: &&Resultado| ["capítulo 6", "capítulo 18"].contains(&site.nome);
    let linhas = resultados.iter().filter_map(|outro| {
        let mesmo =
            |site: &&Resultado| (site.onde, site.pagina) == (outro.onde, outro.pagina);
        let nosso = resultados.iter().filter(e_nosso).find(mesmo)?;
        let deles =
            ["axum", "Actix", "Flask"].iter().any(|nome| outro.nome.starts_with(nome));
        deles.then(|| linha(outro, nosso))
    });
    let titulo = "| Sessão | Framework | Ao lado do | Páginas por segundo |\n\
        | --- | --- | --- | ---: |\n";
    [titulo.to_owned()].into_iter().chain(linhas).collect()
}

fn linha(outro: &Resultado, nosso: &Resultado) -> String {
    let pares = outro.rodadas.iter().zip(&nosso.rodadas);
    let parte = com_faixa(faixa(pares.map(|(outro, nosso)| outro / nosso)), por_cento);
    format!("| {} | {} | {} | {parte} |\n", outro.onde, outro.nome, nosso.nome)
}

/// Os armazenamentos, com poucas sessões e com muitas.
pub fn armazens(crescimento: &[Crescimento]) -> String {
    let linhas = crescimento.iter().map(|um| {
        format!(
            "| {} | {} | {} | {} | {} | {} | {} |\n",
            onde(&um.esquema),
            com_faixa(um.com_poucas, milhar),
            com_faixa(um.com_muitas, milhar),
            com_faixa(um.razao, por_cento),
            milhar(um.criadas),
            milhar(um.trocadas),
            milhar(um.bytes as f64),
        )
    });
    let titulo = "| Armazenamento | Lidas por segundo, entre 10 | Lidas por segundo, entre 100.000 \
        | Resta | Criadas por segundo | Lidas e trocadas por segundo | Bytes por sessão |\n\
        | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n";
    [titulo.to_owned()].into_iter().chain(linhas).collect()
}

/// Quanto ocupam muitas sessões: as contas da página “Em produção”.
pub fn espaco(crescimento: &[Crescimento]) -> String {
    let linhas = crescimento.iter().map(|um| {
        let gb = |milhoes: f64| milhoes * um.bytes as f64 / 1000.0;
        format!(
            "| `{}:` | 1.000.000 × {} ≈ {} GB | {} GB |\n",
            um.esquema,
            milhar(um.bytes as f64),
            milhar(gb(1.0)),
            milhar(gb(100.0)),
        )
    });
    let titulo = "| Armazenamento | 1 milhão de sessões | 100 milhões de sessões |\n\
        | --- | ---: | ---: |\n";
    [titulo.to_owned()].into_iter().chain(linhas).collect()
}

/// Quantos nós do Redis pedem cem milhões de sessões, pela memória, pelas leituras e pelas renovações.
pub fn nos(crescimento: &[Crescimento]) -> String {
    let redis = crescimento.iter().find(|um| um.esquema == "redis");
    let redis = redis.expect("instale o redis-server para medir as contas de produção");
    let pedidos = [
        ("pela memória", 0.1 * redis.bytes as f64, 32.0),
        ("pelas leituras", 167.0, redis.com_muitas.mediana / 1000.0),
        ("pelas renovações", 56.0, redis.trocadas / 1000.0),
    ];
    let contas = pedidos.map(|(por_que, total, de_um)| {
        let nos = (total / de_um).ceil();
        format!("{} ÷ {} ≈ {nos} {por_que}", milhar(total), milhar(de_um))
    });
    format!("{}, {} e {}", contas[0], contas[1], contas[2])
}

/// Quanto espera quem estuda.
pub fn relogio(esperas: &[Espera]) -> String {
    let linhas = esperas.iter().map(|Espera { passo, medida, limite }| {
        let limite = if limite.is_empty() { "–" } else { limite };
        format!("| {passo} | {medida} | {limite} |\n")
    });
    let titulo = "| O que se espera | Medida | Limite |\n| --- | ---: | ---: |\n";
    [titulo.to_owned()].into_iter().chain(linhas).collect()
}

fn com_faixa(faixa: Faixa, escrever: fn(f64) -> String) -> String {
    let [mediana, menor, maior] =
        [faixa.mediana, faixa.menor, faixa.maior].map(escrever);
    format!("{mediana} ({menor} a {maior})")
}

/// Com duas casas e vírgula.
pub fn decimal(numero: f64) -> String {
    format!("{numero:.2}").replace('.', ",")
}

/// Quantos por cento de 1.
pub fn por_cento(numero: f64) -> String {
    format!("{:.0}%", numero * 100.0)
}

/// Inteiro, com um ponto a cada três algarismos. O que é menor do que dez ganha uma casa.
fn milhar(numero: f64) -> String {
    if numero > 0.0 && numero < 10.0 {
        return format!("{numero:.1}").replace('.', ",");
    }
    let algarismos = format!("{numero:.0}");
    let grupos: Vec<&str> = algarismos
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|grupo| std::str::from_utf8(grupo).ok())
        .collect();
    grupos.join(".")
}
