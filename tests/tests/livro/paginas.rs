//! O livro contra o código: nada na página pode existir só na página.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use book::html::procurar;
use regex::Regex;
use tests::pagina::blocos;
use tests::{arquivos, ler, livro, raiz};

#[test]
fn todo_bloco_de_codigo_do_livro_vem_do_repositorio_e_diz_de_que_arquivo() {
    assert_eq!(book::conferir(&livro()), Ok(()));
    let inclusao =
        Regex::new(r"^\{\{#include (?:\.\./\.\./)?([^:{}]+)[^{}]*\}\}$").unwrap();
    for pagina in paginas() {
        let capitulo = format!("chapters/{}/", nome(&pagina));
        for bloco in blocos(&ler(&pagina)) {
            let onde = format!("{}, linha {}", pagina.display(), bloco.linha);
            let texto = bloco.texto.trim();
            let arquivo = inclusao.captures(texto).map(|achado| achado[1].to_owned());
            let certo = match bloco.linguagem.as_str() {
                // O Python é o da aplicação Flask, que executa.
                "python" => arquivo.as_deref() == Some("tests/flask/app.py"),
                "rust" | "js" | "jinja" | "nginx" | "text" => arquivo.is_some(),
                outra => ["sh", "bash", "shell", "powershell", "bat", "toml"]
                    .contains(&outra),
            };
            assert!(certo, "{onde}: {texto}");
            let dito = bloco.marcas.iter().find_map(|um| um.strip_prefix("arquivo-"));
            // O que é do capítulo da página se diz a partir da pasta dele; o resto, da raiz.
            let arquivo = arquivo.filter(|arquivo| !arquivo.starts_with("../"));
            let arquivo = arquivo.map(|arquivo| arquivo.replace(&capitulo, ""));
            assert_eq!(dito, arquivo.as_deref(), "{onde}");
        }
    }
}

#[test]
fn todo_teste_que_o_livro_cita_existe() {
    // Só nomes de teste têm tantas palavras ligadas por sublinhado.
    let citado = Regex::new(r"`([a-z0-9]+(?:_[a-z0-9]+){4,})`").unwrap();
    for pagina in paginas() {
        let fontes = fontes_dos_testes(&pagina);
        for achado in citado.captures_iter(&ler(&pagina)) {
            let existe = fontes.contains(&format!("fn {}(", &achado[1]));
            assert!(existe, "{}: não existe o teste {}", pagina.display(), &achado[1]);
        }
    }
}

#[test]
fn todo_caminho_que_o_livro_e_o_readme_citam_existe() {
    let caminho =
        Regex::new(r"`((?:chapters|shared|tests|book|\.ci)/[\w./-]+)`").unwrap();
    let readme = raiz().join("README.md");
    let link = Regex::new(r##"(?:\]\(|src=")([^)":#]+)[)"#]"##).unwrap();
    let citados = paginas().into_iter().map(|pagina| (pagina, &caminho));
    let do_readme = [&caminho, &link].map(|padrao| (readme.clone(), padrao));
    for (pagina, padrao) in citados.chain(do_readme) {
        for achado in padrao.captures_iter(&ler(&pagina)) {
            let existe = raiz().join(&achado[1]).exists();
            assert!(existe, "{}: não existe {}", pagina.display(), &achado[1]);
        }
    }
}

#[test]
fn nenhuma_chave_esta_no_repositorio() {
    let chave = Regex::new(
        r#"(?i-u)(?:secret_key|senha_secreta)["']?\s*[=:]\s*["']?[a-z0-9+/]{40,}|\b[0-9a-f]{64}\b"#,
    )
    .unwrap();
    // O que o git não guarda é de quem estuda, e pode ter a chave dele. Sem git, nada vai a público.
    let Ok(git) = Command::new("git").current_dir(raiz()).arg("ls-files").output()
    else {
        return;
    };
    let nomes = String::from_utf8(git.stdout).unwrap();
    // As somas do Cargo.lock parecem chaves.
    for arquivo in nomes.lines().filter(|nome| !nome.ends_with("Cargo.lock")) {
        let Ok(texto) = fs::read_to_string(raiz().join(arquivo)) else { continue };
        let achada = chave.find(&texto).map(|achada| achada.as_str());
        assert_eq!(achada, None, "parece uma chave secreta: {arquivo}");
    }
}

#[test]
fn todo_link_e_toda_imagem_do_livro_construido_existem() {
    let pasta = tempfile::tempdir().unwrap();
    let pronto = book::construir(&livro(), Some(pasta.path())).unwrap();
    // Nas pastas estão as telas da aplicação, e os links delas são os do servidor.
    let prontas = fs::read_dir(&pronto).unwrap().map(|um| um.unwrap().path());
    let prontas = prontas.filter(|um| um.extension() == Some("html".as_ref()));
    let elementos = |pagina: &PathBuf| procurar(&ler(pagina), "[href], [src], [id]");
    let paginas = prontas.map(|pagina| (pagina.clone(), elementos(&pagina)));
    let paginas: BTreeMap<_, _> = paginas.collect();
    for (pagina, elementos) in &paginas {
        let alvos = elementos.iter().flat_map(|um| um.get("href").or(um.get("src")));
        for alvo in alvos.filter(|um| !um.contains([':', '?']) && !um.is_empty()) {
            let (caminho, fragmento) = alvo.split_once('#').unwrap_or((alvo, ""));
            let destino = match caminho {
                "" => pagina.clone(),
                "/" => pronto.join("index.html"),
                _ => pagina.with_file_name(caminho),
            };
            let existe = match paginas.get(&destino) {
                Some(ids) if !fragmento.is_empty() => {
                    ids.iter().any(|um| um.get("id").is_some_and(|id| id == fragmento))
                }
                _ => destino.exists(),
            };
            assert!(existe, "em {}: {alvo} não leva a nada", pagina.display());
        }
    }
}

fn paginas() -> Vec<PathBuf> {
    book::paginas(&livro()).unwrap()
}

fn nome(pagina: &Path) -> &str {
    pagina.file_stem().and_then(|nome| nome.to_str()).unwrap()
}

/// O código com os testes que uma página pode citar: o do capítulo dela e o que olha o repositório todo.
pub fn fontes_dos_testes(pagina: &Path) -> String {
    let capitulo = format!("chapters/{}", nome(pagina));
    let onde = if raiz().join(&capitulo).is_dir() { &capitulo } else { "chapters" };
    let pastas = ["shared", "tests", onde].map(|pasta| arquivos(&raiz().join(pasta)));
    let mut fontes = pastas.concat();
    fontes.retain(|fonte| fonte.extension() == Some("rs".as_ref()));
    fontes.into_iter().map(ler).collect()
}
