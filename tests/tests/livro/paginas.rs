//! O livro contra o código: nada na página pode existir só na página.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use book::Inclusao;
use book::html::{Elemento, procurar};
use book::processo::pasta_do_capitulo;
use regex::Regex;
use tests::pagina::{blocos, ingles};
use tests::{Lembrados, arquivos, capitulos, ler, livro, livro_pronto, raiz};

#[test]
fn todo_bloco_de_codigo_do_livro_vem_do_repositorio() {
    let inclusao = Regex::new(r"^\{\{#include [^{}]+\}\}$").unwrap();
    for pagina in paginas() {
        for bloco in blocos(&ler(&pagina)) {
            let texto = bloco.texto.trim();
            let certo = match bloco.linguagem.as_str() {
                // O Python é o da aplicação Flask, que executa.
                "python" => texto.contains("tests/flask/app.py:"),
                "rust" | "jinja" | "nginx" | "text" => inclusao.is_match(texto),
                outra => ["sh", "bash", "powershell", "bat", "toml"].contains(&outra),
            };
            assert!(certo, "{}, linha {}: {texto}", pagina.display(), bloco.linha);
        }
    }
}

#[test]
fn todo_bloco_incluido_traz_o_nome_do_arquivo_de_que_vem() {
    let inclusao = Regex::new(r"^\{\{#include \.\./\.\./([^:{}]+)").unwrap();
    for pagina in paginas() {
        let capitulo =
            format!("chapters/{}/", pagina.file_stem().unwrap().to_str().unwrap());
        for bloco in blocos(&ler(&pagina)) {
            let marca =
                |marca: &String| Some(marca.strip_prefix("arquivo-")?.to_owned());
            let nome = bloco.marcas.iter().find_map(marca);
            // O que é do capítulo da página se diz a partir da pasta dele; o resto, da raiz.
            let arquivo = inclusao.captures(bloco.texto.trim());
            let arquivo = arquivo.map(|achado| achado[1].replace(&capitulo, ""));
            assert_eq!(nome, arquivo, "{}, linha {}", pagina.display(), bloco.linha);
        }
    }
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
    for Inclusao { arquivo, ancora, .. } in inclusoes() {
        let tipo = arquivo.extension().unwrap_or_default();
        if !["rs", "toml", "py"].iter().any(|codigo| tipo == *codigo) {
            continue;
        }
        let texto = ler(&arquivo);
        let trecho = ancora.and_then(|ancora| book::trecho(&texto, &ancora));
        for linha in trecho.as_ref().unwrap_or(&texto).lines() {
            // Em uma janela de 1.200 pixels, é o que cabe sem rolar para o lado.
            let cabe = linha.chars().count() <= 88;
            assert!(cabe, "{}: a linha é cortada: {linha}", arquivo.display());
        }
    }
}

#[test]
fn toda_saida_gravada_aparece_em_uma_pagina() {
    let usadas = inclusoes().into_iter().map(|inclusao| inclusao.arquivo);
    let usadas: BTreeSet<_> =
        usadas.map(|saida| saida.canonicalize().unwrap()).collect();
    for saida in arquivos(&livro().join("saidas")) {
        let usada = usadas.contains(&saida.canonicalize().unwrap());
        assert!(usada, "sobra {}", saida.display());
    }
}

#[test]
fn toda_linha_da_tabela_de_falhas_vem_de_um_teste() {
    let testes: String =
        arquivos(&raiz().join("tests/tests")).into_iter().map(ler).collect();
    for linha in ler(tests::falhas::tabela()).lines().skip(2) {
        let quebra = linha.split(" | ").next().unwrap().trim_start_matches("| ");
        assert!(testes.contains(&format!("\"{quebra}\"")), "ninguém vê: {linha}");
    }
}

#[test]
fn todo_teste_que_o_livro_cita_existe() {
    // Só nomes de teste têm tantas palavras ligadas por sublinhado.
    let citado = Regex::new(r"`([a-z0-9]+(?:_[a-z0-9]+){4,})`").unwrap();
    for pagina in paginas() {
        let funcoes = testes_que_provam(&pagina);
        for achado in citado.captures_iter(&ler(&pagina)) {
            let existe = funcoes.contains(&achado[1]);
            assert!(existe, "{}: não existe o teste {}", pagina.display(), &achado[1]);
        }
    }
}

#[test]
fn toda_mensagem_que_os_erros_comuns_citam_esta_em_um_teste_ou_em_uma_saida() {
    let citada = Regex::new(r"terminal diz(?:, por exemplo,)? “([^”]+)”").unwrap();
    let testes = capitulos().into_iter();
    let testes = testes.map(|nome| pasta_do_capitulo(&nome).join("src/tests.rs"));
    let saidas = arquivos(&livro().join("saidas")).into_iter();
    let provas: String = saidas.chain(testes).map(ler).collect();
    for achada in citada.captures_iter(&ler(livro().join("src/erros-comuns.md"))) {
        let mensagem = &achada[1];
        assert!(provas.contains(mensagem), "ninguém prova que se lê «{mensagem}»");
    }
}

#[test]
fn a_pagina_da_owasp_tem_cada_requisito_uma_vez_e_um_teste_para_o_que_cumpre() {
    // As seções da ASVS 5.0 e quantos requisitos cada uma tem.
    let secoes = ["3.3", "3.4", "3.5", "7.1", "7.2", "7.3", "7.4", "7.5"];
    let totais = [5, 8, 8, 3, 4, 2, 5, 3];
    let esperados: Vec<String> = secoes
        .iter()
        .zip(totais)
        .flat_map(|(secao, total)| (1..=total).map(move |n| format!("{secao}.{n}")))
        .collect();
    let pagina = ler(livro().join("src/asvs.md"));
    let linha = Regex::new(
        r"(?m)^\| (\d\.\d\.\d) \| [123] \| .+ \| \*\*(Sim|Em parte|Não|Não se aplica)\b.* \|$",
    );
    let linhas = linha.unwrap();
    let linhas = linhas.captures_iter(&pagina).map(|achada| achada.extract().1);
    let linhas: Vec<[&str; 2]> = linhas.collect();
    let numeros: Vec<&str> = linhas.iter().map(|[numero, _]| *numero).collect();
    assert_eq!(numeros, esperados);
    let provas: String =
        pagina.lines().filter(|linha| linha.starts_with("- ")).collect();
    for [numero, aqui] in linhas {
        let cumpre = ["Sim", "Em parte"].contains(&aqui);
        assert_eq!(provas.contains(numero), cumpre, "{numero}: {aqui}");
    }
}

#[test]
fn todo_caminho_que_o_livro_e_o_readme_citam_existe() {
    let caminho =
        Regex::new(r"`((?:chapters|shared|tests|book|\.ci)/[\w./-]+)`").unwrap();
    let readme = raiz().join("README.md");
    let link = Regex::new(r##"(?:\]\(|src=")([^)":#]+)[)"#]"##).unwrap();
    let citados = paginas().into_iter().map(|pagina| (pagina, &caminho));
    for (pagina, padrao) in citados.chain([(readme.clone(), &caminho), (readme, &link)])
    {
        for achado in padrao.captures_iter(&ler(&pagina)) {
            let existe = raiz().join(&achado[1]).exists();
            assert!(existe, "{}: não existe {}", pagina.display(), &achado[1]);
        }
    }
}

#[test]
fn os_pontos_chave_mostram_codigo_que_esta_na_licao() {
    let sem_espacos = |texto: &str| texto.split_whitespace().collect::<String>();
    let flask = sem_espacos(&ler(raiz().join("tests/flask/app.py")));
    let licao = ler(pasta_do_capitulo("cap05-logout").join("src/main.rs"));
    let rust = sem_espacos(&(licao + "ROCKET_SECRET_KEY"));
    let pagina = ler(livro().join("src/pontos-chave.md"));
    let tabela = pagina.split("## O que fica da lição").next().unwrap();
    let linha =
        Regex::new(r"(?m)^\| [^|]+ \|[^|`]*`([^`]+)`[^|]*\|[^|`]*`([^`]+)`").unwrap();
    let linhas: Vec<_> = linha.captures_iter(tabela).collect();
    assert!(linhas.len() >= 10, "só {} linhas", linhas.len());
    for linha in linhas {
        for (trecho, fonte) in [(&linha[1], &flask), (&linha[2], &rust)] {
            let existe = fonte.contains(&sem_espacos(trecho));
            assert!(existe, "pontos-chave.md mostra `{trecho}`, que não está na lição");
        }
    }
}

#[test]
fn o_grafico_das_medidas_mostra_as_razoes_da_tabela() {
    let tabela = ler(livro().join("saidas/medidas/sites.md"));
    let grafico = ler(livro().join("src/imagens/quanto-custa.svg"));
    let um = Regex::new(r#"class="limite" d="M(\d+)"#).unwrap().captures(&grafico);
    let um = um.unwrap()[1].parse::<f64>().unwrap() - 24.0;
    let barra = Regex::new(r#"">(.+): <.+>(\d,\d\d)</tspan></text>\n.* width="(\d+)""#)
        .unwrap();
    let mut barras = barra.captures_iter(&grafico).map(|barra| barra.extract().1);
    let linha = Regex::new(r"(?m)^\| (.+?): (.+?) \| .+? \| (\d,\d\d) \(").unwrap();
    for linha in linha.captures_iter(&tabela) {
        let (_, [onde, nome, razao]) = linha.extract();
        let [escrito, numero, largura] = barras.next().unwrap();
        assert_eq!([nome, razao], [escrito, numero]);
        assert!(
            grafico.contains(&format!("{onde}: {nome}, {razao}")),
            "{onde}, {nome}"
        );
        let esperada = razao.replace(',', ".").parse::<f64>().unwrap() * um;
        let sobra = largura.parse::<f64>().unwrap() - esperada;
        assert!(sobra.abs() < 4.0, "{onde}, {nome}: a barra difere de {esperada}");
    }
    assert_eq!(barras.next(), None, "o gráfico tem uma barra que a tabela não tem");
}

#[test]
fn o_sumario_tem_cada_capitulo_do_disco_e_cada_pagina() {
    let sumario = ler(livro().join("src/SUMMARY.md"));
    let link = Regex::new(r"\]\(([\w-]+)\.md\)").unwrap();
    let links = link.captures_iter(&sumario).map(|achado| achado[1].to_owned());
    let links: Vec<String> = links.collect();
    let no_sumario = links.iter().filter(|nome| nome.starts_with("cap"));
    assert!(no_sumario.eq(&capitulos()), "sumário e chapters/ não concordam");
    for pagina in paginas() {
        let nome = pagina.file_stem().unwrap().to_str().unwrap();
        let esta =
            ["SUMMARY", "404"].contains(&nome) || links.iter().any(|link| link == nome);
        assert!(esta, "{nome} não está no sumário");
    }
}

#[test]
fn cada_capitulo_da_parte_i_depende_so_do_que_a_licao_pede() {
    let permitidas = ["rocket", "rocket_dyn_templates", "serde", "shared", "time"];
    for capitulo in book::capitulos::linhagem("cap05-logout").unwrap() {
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
        r#"(?i-u)(?:secret_key|senha_secreta)["']?\s*[=:]\s*["']?[a-z0-9+/]{40,}|\b[0-9a-f]{64}\b"#,
    )
    .unwrap();
    for arquivo in versionados() {
        let Ok(texto) = fs::read_to_string(&arquivo) else { continue };
        let achada = chave.find(&texto).map(|achada| achada.as_str());
        assert_eq!(achada, None, "parece uma chave secreta: {}", arquivo.display());
    }
}

#[test]
fn todo_link_e_toda_imagem_do_livro_construido_existem() {
    let pronto = livro_pronto();
    let paginas: BTreeMap<PathBuf, Vec<Elemento>> = paginas_prontas()
        .map(|pagina| (pagina.clone(), procurar(&ler(&pagina), "[href], [src], [id]")))
        .collect();
    for (pagina, elementos) in &paginas {
        let alvos = elementos.iter().filter_map(|elemento| {
            elemento.atributo("href").or_else(|| elemento.atributo("src"))
        });
        for alvo in alvos.filter(|alvo| !alvo.contains(':') && !alvo.is_empty()) {
            let (caminho, fragmento) = alvo.split_once('#').unwrap_or((alvo, ""));
            let destino = match caminho {
                "" => pagina.clone(),
                "/" => pronto.join("index.html"),
                _ => pagina.with_file_name(caminho),
            };
            let titulo =
                |elemento: &Elemento| elemento.atributo("id") == Some(fragmento);
            let existe = match paginas.get(&destino) {
                Some(ids) if !fragmento.is_empty() => ids.iter().any(titulo),
                _ => destino.exists(),
            };
            assert!(existe, "em {}: {alvo} não leva a nada", pagina.display());
        }
    }
}

#[test]
fn nada_do_que_o_mdbook_escreve_nas_paginas_esta_em_ingles() {
    // Linhas ocultas, o botão de executar e os quadros têm textos que o tema não traduz.
    let so_em_ingles = Regex::new(r"\b(?:boring|playground|blockquote-tag)\b").unwrap();
    for pagina in paginas_prontas() {
        let elementos = procurar(&ler(&pagina), "*").into_iter();
        for elemento in elementos.filter(|elemento| elemento.nome != "script") {
            let lugar = format!("em {}: {elemento:?}", pagina.display());
            let atributos = ["title", "aria-label", "placeholder", "alt"];
            let atributos = atributos.iter().filter_map(|nome| elemento.atributo(nome));
            for texto in atributos.chain([elemento.texto.as_str()]) {
                assert_eq!(ingles(texto), None, "{lugar}");
            }
            let classe = elemento.atributo("class").unwrap_or_default();
            assert!(!so_em_ingles.is_match(classe), "{lugar}");
        }
    }
}

#[test]
fn cada_pagina_com_tudo_o_que_carrega_pesa_no_maximo_350_kb() {
    for capitulo in capitulos() {
        let pagina = livro_pronto().join(format!("{capitulo}.html"));
        let carregados = procurar(&ler(&pagina), "script, img, link").into_iter();
        let carregados = carregados.filter_map(|elemento| {
            let atributo = if elemento.nome == "link" { "href" } else { "src" };
            Some(pagina.with_file_name(elemento.atributo(atributo)?))
        });
        let carregados: BTreeSet<_> = carregados.chain([pagina.clone()]).collect();
        let pesos =
            carregados.iter().map(|arquivo| fs::metadata(arquivo).unwrap().len());
        let peso = pesos.sum::<u64>() / 1_024;
        // Com menos, faltou contar o que ela carrega.
        assert!((100..350).contains(&peso), "{capitulo} pesa {peso} KB");
    }
}

#[test]
fn o_destaque_de_sintaxe_conhece_as_linguagens_do_livro_e_so_elas() {
    let destaque = ler(livro().join("theme/highlight.js"));
    let registro = Regex::new(r#"registerLanguage\("([\w-]+)""#).unwrap();
    let conhecidas =
        registro.captures_iter(&destaque).map(|achada| achada[1].to_owned());
    let conhecidas: BTreeSet<String> = conhecidas.collect();
    let textos = paginas().into_iter().chain(arquivos(&livro().join("diferencas")));
    let mut usadas = BTreeSet::new();
    for bloco in textos.flat_map(|texto| blocos(&ler(texto))) {
        usadas.insert(match bloco.linguagem.as_str() {
            // Estas ficam sem cores.
            "bash" | "bat" | "jinja" | "nginx" | "powershell" | "sh" | "text" => {
                "plaintext".to_owned()
            }
            "toml" => "ini".to_owned(),
            _ => bloco.linguagem,
        });
    }
    assert_eq!(conhecidas, usadas);
}

#[test]
fn uma_inclusao_que_nao_leva_a_nada_e_um_erro_claro_em_portugues() {
    for (inclusao, motivo) in [
        ("codigo.rs:nao_existe", "codigo.rs não tem a âncora `nao_existe`"),
        ("sumiu.rs:inicio", "sumiu.rs não existe"),
        ("codigo.rs:vazio", "está vazio"),
    ] {
        let livro = livro_de_teste(inclusao);
        let erro = book::construir(livro.path(), None).unwrap_err().to_string();
        assert!(erro.contains("pagina.md, linha 3: "), "{erro}");
        assert!(erro.contains(motivo), "{erro}");
    }
}

/// Um livro de uma página só, com esta inclusão em um bloco de código.
fn livro_de_teste(inclusao: &str) -> tempfile::TempDir {
    let pasta = tempfile::tempdir().unwrap();
    let codigo = "// ANCHOR: vazio\n// ANCHOR_END: vazio\n";
    let pagina = format!("# Página\n```rust\n{{{{#include {inclusao}}}}}\n```\n");
    fs::create_dir(pasta.path().join("src")).unwrap();
    for (nome, texto) in [
        ("book.toml", "[book]\ntitle = \"Teste\"\n"),
        ("src/SUMMARY.md", "# Sumário\n\n- [Página](pagina.md)\n"),
        ("src/pagina.md", pagina.as_str()),
        ("src/codigo.rs", codigo),
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

/// Os testes que uma página pode citar: os do capítulo dela e os que olham o repositório todo.
pub fn testes_que_provam(pagina: &Path) -> BTreeSet<String> {
    let nome = pagina.file_stem().unwrap().to_str().unwrap();
    let capitulo = format!("chapters/{nome}");
    let e_capitulo = raiz().join(&capitulo).is_dir();
    let onde = if e_capitulo { &capitulo } else { "chapters" };
    ["shared", "tests", onde].into_iter().flat_map(testes_em).collect()
}

fn testes_em(pasta: &str) -> BTreeSet<String> {
    static LEMBRADOS: Lembrados<BTreeSet<String>> = Lembrados::novos();
    LEMBRADOS.lembrar(pasta, || {
        let funcao = Regex::new(
            r"(?m)^(?:pub |async )?fn (\w+)\((?:\)|\s*(?:aplicacao|janela):)",
        );
        let funcao = funcao.unwrap();
        let fontes = arquivos(&raiz().join(pasta)).into_iter();
        let fontes =
            fontes.filter(|arquivo| arquivo.extension() == Some("rs".as_ref()));
        let textos: String = fontes.map(ler).collect();
        funcao.captures_iter(&textos).map(|achada| achada[1].to_owned()).collect()
    })
}

/// Os arquivos que o git versiona; em uma cópia sem git, todos os das pastas do projeto.
fn versionados() -> Vec<PathBuf> {
    let git = Command::new("git").args(["ls-files", "-z"]).current_dir(raiz()).output();
    let nomes = git.map(|saida| saida.stdout).unwrap_or_default();
    let nomes = String::from_utf8(nomes).unwrap();
    let nomes =
        nomes.split_terminator('\0').filter(|nome| !nome.ends_with("Cargo.lock"));
    let versionados: Vec<_> = nomes.map(|nome| raiz().join(nome)).collect();
    if !versionados.is_empty() {
        return versionados;
    }
    let pastas = ["chapters", "shared", "tests", "book"];
    pastas.iter().flat_map(|pasta| arquivos(&raiz().join(pasta))).collect()
}

fn paginas_prontas() -> impl Iterator<Item = PathBuf> {
    let html =
        |arquivo: &PathBuf| arquivo.extension().is_some_and(|tipo| tipo == "html");
    arquivos(livro_pronto()).into_iter().filter(html)
}
