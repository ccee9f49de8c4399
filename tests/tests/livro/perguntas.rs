//! As perguntas “Antes de seguir”: cada uma tem uma alternativa certa, provada por um teste.

use std::collections::BTreeMap;
use std::env::consts::EXE_EXTENSION;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use regex::Regex;
use tests::{capitulos, ler, livro, raiz};

use crate::paginas::fontes_dos_testes;

/// Uma pergunta, como está no arquivo do capítulo dela.
struct Pergunta {
    ancora: String,
    prova: String,
    /// O programa que ela mostra, a partir da raiz; vazio, se não mostra nenhum.
    codigo: String,
    /// A posição da alternativa certa, e o texto dela.
    certa: usize,
    resposta: String,
}

#[test]
fn cada_capitulo_tem_3_ou_4_perguntas_e_um_teste_prova_a_resposta_de_cada_uma() {
    let (mut total, mut posicoes) = (0, BTreeMap::new());
    for capitulo in capitulos() {
        let pagina = livro().join(format!("src/{capitulo}.md"));
        let (testes, pagina) = (fontes_dos_testes(&pagina), ler(&pagina));
        let perguntas = perguntas(&capitulo);
        let sem_codigo = perguntas.iter().filter(|uma| uma.codigo.is_empty()).count();
        assert!((3..=4).contains(&sem_codigo), "{capitulo}");
        total += perguntas.len();
        for Pergunta { ancora, certa, prova, .. } in perguntas {
            *posicoes.entry(certa).or_insert(0) += 1;
            let existe = testes.contains(&format!("fn {prova}("));
            assert!(existe, "{capitulo}: não existe o teste {prova}");
            let inclusao = format!("{{{{#include perguntas/{capitulo}.md:{ancora}}}}}");
            assert_eq!(pagina.matches(&inclusao).count(), 1, "{capitulo}: {ancora}");
        }
    }
    // Se a certa estivesse quase sempre no mesmo lugar, ele a denunciaria.
    assert!(posicoes.values().all(|vezes| vezes * 2 <= total), "{posicoes:?}");
}

#[test]
fn o_rust_de_cada_pergunta_faz_o_que_a_resposta_certa_diz() {
    let pasta = tempfile::tempdir().unwrap();
    // Os dois primeiros capítulos quase não têm código novo.
    for capitulo in capitulos().into_iter().skip(2) {
        let mut perguntas = perguntas(&capitulo);
        perguntas.retain(|uma| !uma.codigo.is_empty());
        assert_eq!(perguntas.len(), 1, "{capitulo}");
        for Pergunta { codigo, resposta, .. } in perguntas {
            let disse = executar(&raiz().join(&codigo), pasta.path());
            let trechos = match &disse {
                Ok(saida) => [format!("<summary><code>{saida}</code>"), String::new()],
                Err(erro) => ["<summary>Não compila".to_owned(), format!("`{erro}]: ")],
            };
            let certo = trechos.iter().all(|trecho| resposta.contains(trecho));
            assert!(certo, "{codigo}: {disse:?}\n{resposta}");
            assert!(ler(raiz().join(&codigo)).lines().count() <= 12, "{codigo}");
        }
    }
}

/// O que o programa imprime ou, se não compila, o código do erro, que não muda de um Rust para outro.
/// Sem `main`, é uma biblioteca.
fn executar(codigo: &Path, pasta: &Path) -> Result<String, String> {
    let tipo = if ler(codigo).contains("fn main()") { "bin" } else { "lib" };
    let programa = pasta.join("programa").with_extension(EXE_EXTENSION);
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition=2024", "--crate-type", tipo, "-o"]).arg(&programa);
    let compilou = rustc.arg(codigo).output().unwrap();
    let lido = |bytes| String::from_utf8(bytes).unwrap();
    if compilou.status.success() {
        let rodou = Command::new(programa).output().unwrap();
        return Ok(lido(rodou.stdout).trim().to_owned());
    }
    let disse = lido(compilou.stderr);
    let erro = disse.lines().find(|linha| linha.starts_with("error["));
    Err(erro.and_then(|linha| linha.split(']').next()).unwrap_or(&disse).to_owned())
}

/// Uma pergunta inteira, e uma alternativa dela: a explicação começa por dizer se é a certa, e tem no
/// máximo 40 palavras.
static PARTES: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    [
        concat!(
            r#"(?s)<!-- ANCHOR: (\w+) -->\n<div class="pergunta" id="(cap\d\d)-(\w+)" "#,
            r#"data-conceito="[^"]+" data-prova="(\w+)">\n\n\*\*Antes de seguir\.\*\* "#,
            r"(?:\S+ ){1,39}\S+\n\n(?:```rust,noplayground\n\{\{#include (?:\.\./){3})?",
            r"([\w/.-]*)(?:\}\}\n```\n\n)?(<details.*?)</div>\n<!-- ANCHOR_END: (\w+) -->",
        ),
        concat!(
            r"<details( data-certa)?>\n<summary>[^\n]+</summary>\n\n",
            r"\*\*(Certo|Ainda não)\.\*\* (?:\S+ ){1,39}\S+\n\n</details>\n",
        ),
    ]
    .map(|padrao| Regex::new(padrao).unwrap())
});

fn perguntas(capitulo: &str) -> Vec<Pergunta> {
    let texto = ler(livro().join(format!("src/perguntas/{capitulo}.md")));
    let [pergunta, alternativa] = &*PARTES;
    let achadas = pergunta.captures_iter(&texto).map(|achada| {
        let (_, [ancora, numero, id, prova, codigo, dentro, fim]) = achada.extract();
        assert_eq!([numero, id, fim], [&capitulo[..5], ancora, ancora]);
        let alternativas: Vec<_> = alternativa.captures_iter(dentro).collect();
        assert_eq!(alternativas.len(), dentro.matches("<details").count(), "{ancora}");
        assert!((2..=4).contains(&alternativas.len()), "{ancora}");
        let mut certas = Vec::new();
        for (posicao, uma) in alternativas.iter().enumerate() {
            assert_eq!(uma.get(1).is_some(), &uma[2] == "Certo", "{ancora}");
            certas.extend(uma.get(1).map(|_| (posicao, uma[0].to_owned())));
        }
        let [(certa, resposta)] = &certas[..] else { panic!("{ancora}: {certas:?}") };
        let (certa, resposta) = (*certa, resposta.clone());
        let [ancora, prova, codigo] = [ancora, prova, codigo].map(str::to_owned);
        Pergunta { ancora, prova, codigo, certa, resposta }
    });
    let achadas: Vec<Pergunta> = achadas.collect();
    assert_eq!(achadas.len(), texto.matches("ANCHOR:").count(), "{capitulo}");
    achadas
}
