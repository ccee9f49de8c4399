//! O livro contra o código: nada na página pode existir só na página.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use book::Inclusao;
use book::html::{Elemento, procurar};
use book::processo::pasta_do_capitulo;
use regex::Regex;
use tests::pagina::{Bloco, blocos, ingles};
use tests::{arquivos, capitulos, ler, livro, livro_pronto, raiz};

#[test]
fn toda_inclusao_leva_a_um_trecho_que_existe() {
    let problemas = book::conferir(&livro()).unwrap();
    assert!(problemas.is_empty(), "{}", problemas.join("\n"));
}

#[test]
fn todo_bloco_de_codigo_do_livro_vem_do_repositorio() {
    let incluidas = ["rust", "python", "jinja", "text"];
    let escritas_a_mao = ["sh", "bash", "powershell", "bat", "toml"];
    let inclusao = Regex::new(r"^\{\{#include [^{}]+\}\}$").unwrap();
    em_cada_bloco(|pagina, bloco| {
        let linguagem = bloco.linguagem.as_str();
        let lugar = format!("{pagina}, linha {}", bloco.linha);
        if incluidas.contains(&linguagem) {
            assert!(
                inclusao.is_match(bloco.texto.trim()),
                "{lugar}: {linguagem} escrito à mão"
            );
        } else {
            assert!(
                escritas_a_mao.contains(&linguagem),
                "{lugar}: linguagem `{linguagem}`"
            );
        }
    });
}

#[test]
fn os_trechos_em_python_vem_da_aplicacao_flask_que_executa() {
    em_cada_bloco(|pagina, bloco| {
        if bloco.linguagem == "python" {
            let da_aplicacao = bloco.texto.contains("tests/flask/app.py:");
            assert!(da_aplicacao, "{pagina}, linha {}: {}", bloco.linha, bloco.texto);
        }
    });
}

#[test]
fn toda_ancora_do_repositorio_e_usada_pelo_livro() {
    let usadas: BTreeSet<(PathBuf, String)> = inclusoes()
        .into_iter()
        .filter_map(|inclusao| Some((no_capitulo(&inclusao.arquivo), inclusao.ancora?)))
        .collect();
    let marca = Regex::new(r"ANCHOR(?:_END)?: (\w+)").unwrap();
    for pasta in ["chapters", "shared", "tests/flask"] {
        // Quem copia a solução para o exercício copia a âncora junto.
        let do_livro = arquivos(&raiz().join(pasta))
            .into_iter()
            .filter(|arquivo| !arquivo.ends_with("exercicio/src/main.rs"));
        for arquivo in do_livro {
            let Ok(texto) = fs::read_to_string(&arquivo) else { continue };
            for achada in marca.captures_iter(&texto) {
                let ancora = (no_capitulo(&arquivo), achada[1].to_owned());
                assert!(usadas.contains(&ancora), "nenhuma página usa {ancora:?}");
            }
        }
    }
}

/// O mesmo trecho tem a mesma âncora em todos os capítulos: basta que a página de um o mostre.
fn no_capitulo(arquivo: &Path) -> PathBuf {
    let arquivo = arquivo.canonicalize().unwrap();
    match arquivo.strip_prefix(raiz().join("chapters")) {
        Ok(caminho) if !caminho.to_string_lossy().contains("exercicio") => {
            caminho.components().skip(1).collect()
        }
        _ => arquivo,
    }
}

#[test]
fn nenhuma_linha_de_codigo_passa_da_largura_da_pagina() {
    // Em uma janela de 1.200 pixels, é o que cabe sem rolar para o lado.
    const LARGURA: usize = 88;
    for Inclusao { arquivo, ancora, .. } in inclusoes() {
        let codigo = ["rs", "toml", "py"]
            .iter()
            .any(|tipo| arquivo.extension().is_some_and(|fim| fim == *tipo));
        if !codigo {
            continue;
        }
        let texto = ler(&arquivo);
        let trecho = ancora.and_then(|ancora| book::trecho(&texto, &ancora));
        for linha in trecho.as_ref().unwrap_or(&texto).lines() {
            let cabe = linha.chars().count() <= LARGURA;
            assert!(cabe, "{}: a linha é cortada: {linha}", arquivo.display());
        }
    }
}

#[test]
fn toda_saida_gravada_aparece_em_uma_pagina() {
    let usadas: BTreeSet<PathBuf> = inclusoes()
        .into_iter()
        .map(|inclusao| inclusao.arquivo.canonicalize().unwrap())
        .collect();
    for saida in arquivos(&livro().join("saidas")) {
        assert!(
            usadas.contains(&saida.canonicalize().unwrap()),
            "sobra {}",
            saida.display()
        );
    }
}

#[test]
fn todo_teste_que_o_livro_cita_existe() {
    // Só nomes de teste têm tantas palavras ligadas por sublinhado.
    let citado = Regex::new(r"`([a-z0-9]+(?:_[a-z0-9]+){4,})`").unwrap();
    let mut citados = 0;
    for pagina in paginas() {
        let funcoes = testes_que_provam(&pagina);
        for achado in citado.captures_iter(&ler(&pagina)) {
            let existe = funcoes.contains(&achado[1]);
            assert!(existe, "{}: não existe o teste {}", pagina.display(), &achado[1]);
            citados += 1;
        }
    }
    assert!(
        citados >= 10,
        "o livro deveria citar os testes que o provam; citou {citados}"
    );
}

#[test]
fn toda_mensagem_que_os_erros_comuns_citam_esta_em_um_teste_ou_em_uma_saida() {
    let citada = Regex::new(r"terminal diz(?:, por exemplo,)? “([^”]+)”")
        .expect("expressão válida");
    let pagina = ler(livro().join("src/erros-comuns.md"));
    let citadas: Vec<&str> = citada
        .captures_iter(&pagina)
        .map(|achada| achada.get(1).unwrap().as_str())
        .collect();
    assert!(citadas.len() >= 6, "{citadas:?}");
    let testes = capitulos()
        .into_iter()
        .map(|capitulo| pasta_do_capitulo(&capitulo).join("src/tests.rs"));
    let provas: String =
        arquivos(&livro().join("saidas")).into_iter().chain(testes).map(ler).collect();
    for mensagem in citadas {
        assert!(provas.contains(mensagem), "ninguém prova que se lê «{mensagem}»");
    }
}

#[test]
fn a_pagina_da_owasp_tem_cada_requisito_uma_vez_e_um_teste_para_o_que_cumpre() {
    // As seções da ASVS 5.0 e quantos requisitos cada uma tem.
    let secoes = [
        ("3.3", 5),
        ("3.4", 8),
        ("3.5", 8),
        ("7.1", 3),
        ("7.2", 4),
        ("7.3", 2),
        ("7.4", 5),
        ("7.5", 3),
    ];
    let esperados: Vec<String> = secoes
        .iter()
        .flat_map(|(secao, total)| (1..=*total).map(move |n| format!("{secao}.{n}")))
        .collect();
    let pagina = ler(livro().join("src/asvs.md"));
    let linha = Regex::new(r"(?m)^\| (\d\.\d\.\d) \| [123] \| .+ \| (.+) \|$").unwrap();
    let linhas: Vec<_> = linha.captures_iter(&pagina).collect();
    let numeros: Vec<&str> = linhas.iter().map(|achada| &achada[1]).collect();
    assert_eq!(numeros, esperados);
    let provas: String =
        pagina.lines().filter(|linha| linha.starts_with("> - ")).collect();
    let desfecho = Regex::new(r"^\*\*(Sim|Em parte|Não|Não se aplica)\b").unwrap();
    for achada in linhas {
        let (numero, aqui) = (&achada[1], &achada[2]);
        let desfecho = &desfecho.captures(aqui).expect(aqui)[1];
        let cumpre = matches!(desfecho, "Sim" | "Em parte");
        assert_eq!(provas.contains(numero), cumpre, "{numero}: {aqui}");
    }
}

#[test]
fn todo_caminho_que_o_livro_e_o_readme_citam_existe() {
    let caminho =
        Regex::new(r"`((?:chapters|shared|tests|book|\.ci)/[\w./-]+)`").unwrap();
    for pagina in paginas().into_iter().chain([raiz().join("README.md")]) {
        for achado in caminho.captures_iter(&ler(&pagina)) {
            let existe = raiz().join(&achado[1]).exists();
            assert!(existe, "{}: não existe {}", pagina.display(), &achado[1]);
        }
    }
}

#[test]
fn os_pontos_chave_mostram_codigo_que_esta_na_licao() {
    let flask = sem_espacos(&ler(raiz().join("tests/flask/app.py")));
    let licao = raiz().join("chapters/cap05-logout/src/main.rs");
    let rust = sem_espacos(&(ler(licao) + "ROCKET_SECRET_KEY"));
    let pagina = ler(livro().join("src/pontos-chave.md"));
    let tabela = pagina.split("## O que fica da lição").next().unwrap();
    let codigo = Regex::new("`([^`]+)`").unwrap();
    let mut conferidos = 0;
    for linha in
        tabela.lines().filter(|linha| linha.starts_with("| ") && linha.contains('`'))
    {
        let colunas: Vec<_> = linha.trim_matches('|').split(" | ").collect();
        for (coluna, fonte) in [(colunas[1], &flask), (colunas[2], &rust)] {
            let trecho = &codigo.captures(coluna).expect(linha)[1];
            let existe = fonte.contains(&sem_espacos(trecho));
            assert!(existe, "pontos-chave.md mostra `{trecho}`, que não está na lição");
            conferidos += 1;
        }
    }
    assert!(conferidos >= 20, "só {conferidos} trechos conferidos");
}

#[test]
fn cada_capitulo_esta_no_sumario_no_disco_e_no_workspace() {
    let sumario = ler(livro().join("src/SUMMARY.md"));
    let ligacao = Regex::new(r"\]\(([\w-]+)\.md\)").unwrap();
    let no_sumario: Vec<_> =
        ligacao.captures_iter(&sumario).map(|achada| achada[1].to_owned()).collect();

    let capitulos_no_sumario: Vec<_> =
        no_sumario.iter().filter(|nome| nome.starts_with("cap")).cloned().collect();
    assert_eq!(capitulos_no_sumario, capitulos(), "sumário e chapters/ não concordam");

    let paginas: BTreeSet<_> = paginas()
        .iter()
        .map(|pagina| pagina.file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|nome| nome != "SUMMARY" && nome != "404")
        .collect();
    assert_eq!(
        no_sumario.into_iter().collect::<BTreeSet<_>>(),
        paginas,
        "páginas fora do sumário"
    );

    let cargo: toml::Table = ler(raiz().join("Cargo.toml")).parse().unwrap();
    let membros = cargo["workspace"]["members"].as_array().unwrap();
    let membros: Vec<_> = membros.iter().filter_map(|membro| membro.as_str()).collect();
    assert_eq!(
        membros,
        ["chapters/*", "chapters/*/exercicio", "shared", "tests", "book"]
    );
}

#[test]
fn cada_pasta_tem_o_nome_do_seu_pacote() {
    let pastas = capitulos().into_iter().map(|nome| format!("chapters/{nome}"));
    for pasta in pastas.chain(["shared", "tests", "book"].map(str::to_owned)) {
        let cargo: toml::Table =
            ler(raiz().join(&pasta).join("Cargo.toml")).parse().unwrap();
        let nome = cargo["package"]["name"].as_str().unwrap();
        assert_eq!(Path::new(&pasta).file_name().unwrap(), nome);
    }
}

#[test]
fn cada_capitulo_da_parte_i_depende_so_do_que_a_licao_pede() {
    let permitidas = ["rocket", "rocket_dyn_templates", "serde", "shared", "time"];
    for capitulo in capitulos().into_iter().filter(|nome| nome.as_str() < "cap06") {
        let cargo = ler(raiz().join("chapters").join(&capitulo).join("Cargo.toml"));
        let cargo: toml::Table = cargo.parse().unwrap();
        assert!(!cargo.contains_key("dev-dependencies"), "{capitulo}");
        for nome in cargo["dependencies"].as_table().unwrap().keys() {
            assert!(
                permitidas.contains(&nome.as_str()),
                "{capitulo} depende de {nome}"
            );
        }
    }
}

#[test]
fn nenhuma_chave_esta_no_repositorio() {
    let chave = Regex::new(
        r#"(?i)(?:secret_key|senha_secreta)["']?\s*[=:]\s*["']?[a-z0-9+/]{40,}|\b[0-9a-f]{64}\b"#,
    )
    .unwrap();
    for arquivo in versionados() {
        let Ok(texto) = fs::read_to_string(&arquivo) else { continue };
        let achada = chave.find(&texto).map(|achada| achada.as_str());
        assert_eq!(achada, None, "parece uma chave secreta: {}", arquivo.display());
    }
}

#[test]
fn o_livro_construido_nao_tem_inclusao_crua_nem_bloco_vazio() {
    let pronto = livro_pronto();
    for pagina in paginas_prontas(pronto) {
        let nome = pagina.file_name().unwrap().display().to_string();
        let html = ler(&pagina);
        assert!(!html.contains("{{#"), "{nome} tem uma inclusão que não virou texto");
        // O destaque de sintaxe só chega no navegador: aqui todo o texto está no próprio bloco.
        for bloco in procurar(&html, "code") {
            let vazio = bloco.texto.trim().is_empty();
            assert!(!vazio, "{nome} tem um bloco de código vazio");
        }
    }
}

#[test]
fn todo_link_e_toda_imagem_do_livro_construido_existem() {
    let pronto = livro_pronto();
    let paginas: BTreeMap<PathBuf, Vec<Elemento>> = paginas_prontas(pronto)
        .into_iter()
        .map(|pagina| (pagina.clone(), procurar(&ler(&pagina), "[href], [src], [id]")))
        .collect();
    let mut conferidas = 0;
    for (pagina, elementos) in &paginas {
        let alvos = elementos.iter().filter_map(|elemento| {
            elemento.atributo("href").or_else(|| elemento.atributo("src"))
        });
        for alvo in alvos.filter(|alvo| !alvo.contains(':') && !alvo.is_empty()) {
            let quebrada = link_quebrado(pronto, pagina, alvo, &paginas);
            assert_eq!(quebrada, None, "em {}", pagina.display());
            conferidas += 1;
        }
    }
    assert!(conferidas > 100, "só {conferidas} links conferidos");
}

#[test]
fn nada_do_que_o_mdbook_escreve_nas_paginas_esta_em_ingles() {
    let pronto = livro_pronto();
    // Linhas ocultas, o botão de executar e os quadros têm textos que o tema não traduz.
    let so_em_ingles = Regex::new(r"\b(?:boring|playground|blockquote-tag)\b").unwrap();
    for pagina in paginas_prontas(pronto) {
        let lugar = pagina.display();
        let elementos = procurar(&ler(&pagina), "*").into_iter();
        for elemento in elementos.filter(|elemento| elemento.nome != "script") {
            let atributos = ["title", "aria-label", "placeholder", "alt"];
            let atributos = atributos.iter().filter_map(|nome| elemento.atributo(nome));
            for texto in atributos.chain([elemento.texto.as_str()]) {
                assert_eq!(ingles(texto), None, "em {lugar}: {texto}");
            }
            let classe = elemento.atributo("class").unwrap_or_default();
            assert!(!so_em_ingles.is_match(classe), "em {lugar}: class=\"{classe}\"");
        }
    }
}

#[test]
fn cada_pagina_com_tudo_o_que_carrega_pesa_no_maximo_350_kb() {
    let pronto = livro_pronto();
    for capitulo in capitulos() {
        let pagina = pronto.join(format!("{capitulo}.html"));
        let carregados = procurar(&ler(&pagina), "script, img, link").into_iter();
        let carregados = carregados.filter_map(|elemento| {
            let atributo = if elemento.nome == "link" { "href" } else { "src" };
            Some(pronto.join(elemento.atributo(atributo)?))
        });
        let arquivos: BTreeSet<PathBuf> = carregados.chain([pagina]).collect();
        let peso: u64 =
            arquivos.iter().map(|arquivo| fs::metadata(arquivo).unwrap().len()).sum();
        assert!(arquivos.len() > 10, "{capitulo}: só {} arquivos", arquivos.len());
        assert!(peso <= 350 * 1024, "{capitulo} pesa {} KB", peso / 1024);
    }
}

#[test]
fn o_destaque_de_sintaxe_conhece_as_linguagens_do_livro_e_so_elas() {
    let destaque = ler(livro().join("theme/highlight.js"));
    let registro = Regex::new(r#"registerLanguage\("([\w-]+)""#).unwrap();
    let conhecidas: BTreeSet<String> =
        registro.captures_iter(&destaque).map(|achada| achada[1].to_owned()).collect();
    let mut paginas = paginas();
    paginas.extend(arquivos(&livro().join("diferencas")));
    let mut usadas = BTreeSet::new();
    for bloco in paginas.iter().flat_map(|pagina| blocos(&ler(pagina))) {
        usadas.insert(match bloco.linguagem.as_str() {
            // O highlight.js não tem estas.
            "bat" | "jinja" | "powershell" => continue,
            "sh" => "bash".to_owned(),
            "text" => "plaintext".to_owned(),
            "toml" => "ini".to_owned(),
            outra => outra.to_owned(),
        });
    }
    assert_eq!(conhecidas, usadas);
}

#[test]
fn os_links_do_readme_existem() {
    let ligacao = Regex::new(r##"(?:\]\(|src=")([^)":#]+)[)"#]"##).unwrap();
    for achada in ligacao.captures_iter(&ler(raiz().join("README.md"))) {
        assert!(
            raiz().join(&achada[1]).exists(),
            "README.md aponta para {}",
            &achada[1]
        );
    }
}

#[test]
fn uma_ancora_que_falta_e_um_erro_claro_em_portugues() {
    let livro = livro_de_teste("{{#include codigo.rs:nao_existe}}");
    let erro = book::construir(livro.path(), None).unwrap_err().to_string();
    assert!(erro.contains("pagina.md, linha 3"), "{erro}");
    assert!(erro.contains("não tem a âncora `nao_existe`"), "{erro}");
}

#[test]
fn um_arquivo_incluido_que_falta_e_um_erro_claro_em_portugues() {
    let livro = livro_de_teste("{{#include sumiu.rs:inicio}}");
    let erro = book::construir(livro.path(), None).unwrap_err().to_string();
    assert!(erro.contains("sumiu.rs não existe"), "{erro}");
}

#[test]
fn um_trecho_vazio_e_um_erro_claro_em_portugues() {
    let livro = livro_de_teste("{{#include codigo.rs:vazio}}");
    let erro = book::construir(livro.path(), None).unwrap_err().to_string();
    assert!(erro.contains("está vazio"), "{erro}");
}

#[test]
fn um_livro_sem_problemas_e_construido() {
    let livro = livro_de_teste("{{#include codigo.rs:inicio}}");
    let pronto = book::construir(livro.path(), None).unwrap();
    assert!(ler(pronto.join("pagina.html")).contains("fn olhe_para_mim"));
}

/// Um livro de uma página só, com este texto em um bloco de código.
fn livro_de_teste(inclusao: &str) -> tempfile::TempDir {
    let pasta = tempfile::tempdir().unwrap();
    let codigo = "// ANCHOR: inicio\nfn olhe_para_mim() {}\n// ANCHOR_END: inicio\n\
                  // ANCHOR: vazio\n// ANCHOR_END: vazio\n";
    fs::create_dir(pasta.path().join("src")).unwrap();
    for (nome, texto) in [
        ("book.toml", "[book]\ntitle = \"Teste\"\n".to_owned()),
        ("src/SUMMARY.md", "# Sumário\n\n- [Página](pagina.md)\n".to_owned()),
        ("src/pagina.md", format!("# Página\n```rust,noplayground\n{inclusao}\n```\n")),
        ("src/codigo.rs", codigo.to_owned()),
    ] {
        fs::write(pasta.path().join(nome), texto).unwrap();
    }
    pasta
}

fn paginas() -> Vec<PathBuf> {
    book::paginas(&livro()).unwrap()
}

fn inclusoes() -> Vec<Inclusao> {
    paginas().iter().flat_map(|pagina| book::inclusoes(pagina).unwrap()).collect()
}

fn em_cada_bloco(conferir: impl Fn(&str, &Bloco)) {
    for pagina in paginas() {
        let nome = pagina.file_name().unwrap().to_str().unwrap();
        blocos(&ler(&pagina)).iter().for_each(|bloco| conferir(nome, bloco));
    }
}

/// Os testes que uma página pode citar: os do capítulo dela e os que olham o repositório todo.
fn testes_que_provam(pagina: &Path) -> BTreeSet<String> {
    let nome = pagina.file_stem().unwrap();
    let capitulo = raiz().join("chapters").join(nome);
    let mut pastas = vec![raiz().join("shared"), raiz().join("tests")];
    pastas.push(if capitulo.is_dir() { capitulo } else { raiz().join("chapters") });
    let funcao = Regex::new(
        r"(?m)^(?:pub |async )?fn (\w+)\((?:\)|aplicacao:|\n    aplicacao:)",
    )
    .unwrap();
    let fontes = pastas.iter().flat_map(|pasta| arquivos(pasta));
    fontes
        .filter(|arquivo| arquivo.extension().is_some_and(|extensao| extensao == "rs"))
        .flat_map(|arquivo| {
            let texto = ler(arquivo);
            let achadas = funcao.captures_iter(&texto);
            achadas.map(|achada| achada[1].to_owned()).collect::<Vec<_>>()
        })
        .collect()
}

/// Os arquivos que o git versiona; sem git, todos os que não são construídos.
fn versionados() -> Vec<PathBuf> {
    let git = std::process::Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(raiz())
        .output();
    let nomes = match &git {
        Ok(saida) if saida.status.success() => String::from_utf8_lossy(&saida.stdout),
        _ => return em_disco(),
    };
    let nomes =
        nomes.split('\0').filter(|nome| !nome.is_empty() && *nome != "Cargo.lock");
    nomes.map(|nome| raiz().join(nome)).collect()
}

fn em_disco() -> Vec<PathBuf> {
    ["chapters", "shared", "tests", "book"]
        .iter()
        .flat_map(|pasta| arquivos(&raiz().join(pasta)))
        .collect()
}

fn paginas_prontas(pronto: &Path) -> Vec<PathBuf> {
    let html = |caminho: &PathBuf| {
        caminho.extension().is_some_and(|extensao| extensao == "html")
    };
    arquivos(pronto).into_iter().filter(html).collect()
}

/// O que há de errado com um link, se houver.
fn link_quebrado(
    pronto: &Path,
    pagina: &Path,
    alvo: &str,
    paginas: &BTreeMap<PathBuf, Vec<Elemento>>,
) -> Option<String> {
    let (caminho, fragmento) = alvo.split_once('#').unwrap_or((alvo, ""));
    let pasta = pagina.parent().unwrap();
    let destino = match caminho {
        "" => pagina.to_owned(),
        "/" => pronto.join("index.html"),
        _ => pasta.join(caminho),
    };
    if !destino.exists() {
        return Some(format!("{alvo} não leva a um arquivo"));
    }
    let elementos = paginas.get(&destino)?;
    let existe = fragmento.is_empty()
        || elementos.iter().any(|elemento| elemento.atributo("id") == Some(fragmento));
    (!existe).then(|| format!("{alvo} não leva a um título da página"))
}

fn sem_espacos(texto: &str) -> String {
    texto.split_whitespace().collect()
}
