//! Os exercícios como o repositório os entrega: cada começo compila sem avisos e falha onde o
//! exercício pede trabalho; cada solução passa nos mesmos testes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use book::navegador::Navegador;
use book::processo::{Processo, ate_o_fim, chave_de_teste};
use book::testes::Testes;
use regex::Regex;
use serde_json::Value;
use tests::pagina::blocos;
use tests::{Exercicio, RESOLVIDO, arquivos, capitulos, exercicios, ler, livro, raiz};

#[test]
fn cada_capitulo_traz_um_exercicio_completo() {
    for capitulo in capitulos() {
        let pasta = raiz().join("chapters").join(&capitulo).join("exercicio");
        for arquivo in ["Cargo.toml", "src/main.rs", "src/tests.rs", "solucao/main.rs"]
        {
            let existe = pasta.join(arquivo).is_file();
            assert!(existe, "o exercício de {capitulo} não tem {arquivo}");
        }
        let templates = pasta.join("templates");
        let tem_templates = templates.is_dir() && !arquivos(&templates).is_empty();
        assert!(tem_templates, "o exercício de {capitulo} não tem templates");
    }
    for exercicio in exercicios() {
        let numero = exercicio.capitulo[3..5].to_owned();
        let nome_certo = exercicio.pacote.starts_with(&format!("ex{numero}-"));
        assert!(nome_certo, "{}: {}", exercicio.capitulo, exercicio.pacote);
    }
}

#[test]
fn cada_exercicio_depende_so_do_que_o_capitulo_dele_usa() {
    for exercicio in exercicios() {
        let do_capitulo =
            dependencias(raiz().join("chapters").join(&exercicio.capitulo));
        let dele = dependencias(exercicio.pasta);
        let a_mais: Vec<_> = dele.difference(&do_capitulo).collect();
        assert!(a_mais.is_empty(), "{} depende de {a_mais:?}", exercicio.pacote);
    }
}

#[test]
fn cada_exercicio_tem_um_todo_e_a_solucao_nenhum() {
    for exercicio in exercicios() {
        for (arquivo, esperados) in
            [("src/main.rs", 1), ("src/tests.rs", 0), ("solucao/main.rs", 0)]
        {
            let texto = ler(exercicio.pasta.join(arquivo));
            let achados = texto.matches("TODO").count();
            if achados == 0 && !exercicio.por_resolver() {
                continue;
            }
            assert_eq!(
                achados, esperados,
                "TODO em {} de {}",
                arquivo, exercicio.pacote
            );
            assert_eq!(
                texto.matches("// TODO: ").count(),
                esperados,
                "{}",
                exercicio.pacote
            );
        }
    }
}

#[test]
fn o_mesmo_arquivo_julga_o_comeco_e_a_solucao_e_pede_para_nao_ser_mudado() {
    for exercicio in exercicios() {
        let ler =
            |arquivo: &str| ler(exercicio.pasta.join(arquivo)).replace("\r\n", "\n");
        let pedido = ler("src/tests.rs").starts_with("//! Não mude este arquivo");
        assert!(pedido, "{} não pede para não ser mudado", exercicio.pacote);
        let comeco = "#[cfg(test)]\nmod tests;\n";
        assert!(ler("src/main.rs").contains(comeco), "{}", exercicio.pacote);
        let solucao = "#[cfg(test)]\n#[path = \"../src/tests.rs\"]\nmod tests;\n";
        assert!(ler("solucao/main.rs").contains(solucao), "{}", exercicio.pacote);
    }
}

#[test]
fn o_que_o_exercicio_nao_pede_e_igual_no_comeco_e_na_solucao() {
    // Fora da âncora, só muda o que a solução importa, o título e o caminho dos testes.
    for exercicio in por_resolver() {
        let comeco = sem_espacos(&ler(exercicio.pasta.join("src/main.rs")));
        let solucao = ler(exercicio.pasta.join("solucao/main.rs"));
        let (antes, resto) =
            solucao.split_once("// ANCHOR: solucao\n").expect("tem âncora");
        let (_, depois) =
            resto.split_once("// ANCHOR_END: solucao\n").expect("ela fecha");
        let (_, antes) = antes.split_once("mod tests;").expect("tem testes");
        for trecho in antes.split("\n\n").chain(depois.split("\n\n")) {
            let igual = comeco.contains(&sem_espacos(trecho));
            assert!(igual, "só na solução de {}:\n{trecho}", exercicio.pacote);
        }
    }
}

#[test]
fn cada_pagina_apresenta_o_exercicio_do_capitulo() {
    for exercicio in exercicios() {
        let Exercicio { capitulo, pacote, .. } = &exercicio;
        let pagina = ler(livro().join(format!("src/{capitulo}.md")));
        let secao =
            pagina.split("\n## ").find_map(|secao| secao.strip_prefix("Exercício\n"));
        let secao =
            secao.unwrap_or_else(|| panic!("{capitulo} não tem \"## Exercício\""));
        let blocos = blocos(secao);
        let comando = format!("cargo test -p {pacote}\n");
        let posicao =
            blocos.iter().position(|b| b.linguagem == "sh" && b.texto == comando);
        let posicao =
            posicao.unwrap_or_else(|| panic!("{capitulo} não traz {comando}"));
        let resposta = blocos.get(posicao + 1).map(|bloco| bloco.texto.trim());
        let gravada = resposta.is_some_and(|texto| texto.contains("saidas/"));
        assert!(gravada, "{capitulo} não mostra o que {} responde", comando.trim());
        let solucao = format!("chapters/{capitulo}/exercicio/solucao/main.rs:solucao");
        let dicas = secao.matches("<summary>Dica ").count();
        for (tem, falta) in [
            (secao.contains(&solucao), "a solução, por âncora"),
            (secao.contains("<summary>Solução</summary>"), "a solução dobrada"),
            (secao.contains("**Você terminou quando**"), "\"Você terminou quando\""),
            (secao.contains(&format!("chapters/{capitulo}/exercicio`")), "a pasta"),
            (dicas >= 2, "duas dicas dobradas"),
        ] {
            assert!(tem, "ao exercício de {capitulo} falta {falta}");
        }
    }
}

#[test]
fn cada_exercicio_e_cada_solucao_compilam_sem_avisos() {
    let avisos = &COMPILADOS.avisos;
    assert!(avisos.is_empty(), "avisos do compilador:\n{}", avisos.join("\n"));
}

#[test]
fn cada_exercicio_por_resolver_falha_nos_testes_que_deve_e_com_uma_mensagem_que_ensina()
{
    let mensagem = Regex::new(r"(?s)\AEsperado: .+\nVeio: .+\nOlhe: .+[?.]\z").unwrap();
    for exercicio in por_resolver() {
        let pacote = &exercicio.pacote;
        let (certo, saida) = testes_de(&exercicio, pacote);
        assert!(!certo, "{pacote} passa como veio. {RESOLVIDO}");
        let testes = Testes::ler(&saida);
        let falharam: BTreeSet<_> = testes.falharam.keys().cloned().collect();
        let esperados: BTreeSet<_> = exercicio.deve_falhar.iter().cloned().collect();
        assert_eq!(falharam, esperados, "{pacote}. {RESOLVIDO}\n{saida}");
        assert!(!testes.passaram.is_empty(), "{pacote}: nenhum teste passa\n{saida}");
        let arquivo = format!("chapters/{}/exercicio/src/tests.rs", exercicio.capitulo);
        for (teste, falha) in &testes.falharam {
            let dentro = falha.lugar.starts_with(&arquivo);
            assert!(dentro, "{teste} parou fora dos testes\n{saida}");
            let ensina = mensagem.is_match(&falha.mensagem);
            assert!(ensina, "{teste} não ensina:\n{}", falha.mensagem);
        }
    }
}

#[test]
#[ignore = "só vale para o repositório como veio, que é o que o CI confere"]
fn nenhum_exercicio_veio_resolvido() {
    assert_eq!(por_resolver().count(), capitulos().len());
}

#[test]
fn cada_solucao_passa_nos_mesmos_testes() {
    for exercicio in exercicios() {
        let (_, por_resolver) = testes_de(&exercicio, &exercicio.pacote);
        let (certo, resolvido) = testes_de(&exercicio, &exercicio.solucao());
        assert!(certo, "a solução de {} não passa:\n{resolvido}", exercicio.pacote);
        assert_eq!(nomes(&resolvido), nomes(&por_resolver), "{}", exercicio.pacote);
    }
}

#[test]
#[ignore = "precisa de mais 400 MB em target, para os programas fora dos testes"]
fn cada_exercicio_e_cada_solucao_sao_programas_que_atendem() {
    let compilados = Compilados::novos(&["build"]);
    assert!(compilados.avisos.is_empty(), "avisos:\n{}", compilados.avisos.join("\n"));
    for exercicio in exercicios() {
        for nome in [exercicio.pacote.clone(), exercicio.solucao()] {
            let mut comando = Command::new(&compilados.programas[&nome]);
            comando.current_dir(raiz()).env("CARGO_MANIFEST_DIR", &exercicio.pasta);
            comando.env("ROCKET_SECRET_KEY", chave_de_teste('1'));
            comando.env("ROCKET_PORT", "0").env("ROCKET_CLI_COLORS", "false");
            let processo = Processo::iniciar(comando);
            let codigo = Navegador::novo(&processo.endereco).get("/").codigo;
            assert!(matches!(codigo, 200 | 303), "{nome} responde {codigo}");
        }
    }
}

/// Os exercícios que o estudante ainda não resolveu.
fn por_resolver() -> impl Iterator<Item = Exercicio> {
    exercicios().into_iter().filter(Exercicio::por_resolver)
}

/// Os testes dos exercícios e das soluções, compilados uma vez para todos os testes daqui.
static COMPILADOS: LazyLock<Compilados> =
    LazyLock::new(|| Compilados::novos(&["test", "--no-run"]));

/// O que o Cargo compilou e o que o compilador disse.
#[derive(Default)]
struct Compilados {
    programas: BTreeMap<String, PathBuf>,
    avisos: Vec<String>,
}

impl Compilados {
    fn novos(subcomando: &[&str]) -> Compilados {
        let mut cargo = book::processo::cargo();
        cargo.current_dir(raiz()).args(subcomando);
        cargo.args(["--quiet", "--message-format=json"]);
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        for exercicio in exercicios() {
            cargo.args(["-p", &exercicio.pacote, "--bin", &exercicio.pacote]);
            // Pedida pelo nome, a solução é testada; `cargo test -p` sozinho a deixa de fora.
            cargo.args(["--bin", &exercicio.solucao()]);
        }
        let saida = cargo.output().expect("o cargo deve executar");
        let mensagens = String::from_utf8_lossy(&saida.stdout);
        let mensagens =
            mensagens.lines().filter_map(|linha| serde_json::from_str(linha).ok());
        let mut compilados = Compilados::default();
        let mut erros = Vec::new();
        for mensagem in mensagens {
            compilados.anotar(&mensagem, &mut erros);
        }
        assert!(
            saida.status.success(),
            "um exercício não compila. {RESOLVIDO}\n{}{}",
            erros.join("\n"),
            String::from_utf8_lossy(&saida.stderr)
        );
        compilados
    }

    fn anotar(&mut self, mensagem: &Value, erros: &mut Vec<String>) {
        let nome = mensagem["target"]["name"].as_str().unwrap_or_default();
        if let Some(programa) = mensagem["executable"].as_str() {
            self.programas.insert(nome.to_owned(), programa.into());
        }
        let texto = mensagem["message"]["rendered"].as_str().map(str::to_owned);
        match mensagem["message"]["level"].as_str() {
            // Só os nossos: de uma dependência, o Cargo já os cala.
            Some("warning") if nome.starts_with("ex") => self.avisos.extend(texto),
            Some("error") => erros.extend(texto),
            _ => {}
        }
    }
}

/// Executa os testes de um binário; devolve se passaram e o que escreveram.
fn testes_de(exercicio: &Exercicio, binario: &str) -> (bool, String) {
    let mut testes = Command::new(&COMPILADOS.programas[binario]);
    testes.current_dir(&exercicio.pasta).env("CARGO_MANIFEST_DIR", &exercicio.pasta);
    testes.env_remove("RUST_BACKTRACE");
    ate_o_fim(testes)
}

/// Os testes que executaram, passando ou não.
fn nomes(saida: &str) -> BTreeSet<String> {
    let Testes { mut passaram, falharam } = Testes::ler(saida);
    passaram.extend(falharam.into_keys());
    passaram
}

/// As crates que um pacote cita.
fn dependencias(pasta: PathBuf) -> BTreeSet<String> {
    let cargo: toml::Table = ler(pasta.join("Cargo.toml")).parse().unwrap();
    cargo["dependencies"].as_table().unwrap().keys().cloned().collect()
}

fn sem_espacos(texto: &str) -> String {
    texto.split_whitespace().collect()
}
