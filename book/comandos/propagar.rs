//! Leva uma mudança de um capítulo aos seguintes, que são cópias dele com mais uma ideia.
//!
//! A mudança é o que difere entre o capítulo em disco e o que está no último commit. Cada arquivo
//! é juntado em três vias: o que era, o que virou, e o que o capítulo seguinte já tem de seu.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::diferencas::{self, arquivos, capitulos};
use crate::{Erro, ler};

/// O que foi feito com um arquivo de um capítulo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feito {
    /// A mudança entrou.
    Mudou(PathBuf),
    /// O arquivo é novo e foi copiado.
    Criou(PathBuf),
    /// O arquivo saiu, como no capítulo de origem.
    Removeu(PathBuf),
    /// A página com a diferença entre os capítulos foi gravada de novo.
    Gravou(PathBuf),
}

impl fmt::Display for Feito {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verbo, arquivo) = match self {
            Feito::Mudou(arquivo) => ("mudou", arquivo),
            Feito::Criou(arquivo) => ("criou", arquivo),
            Feito::Removeu(arquivo) => ("removeu", arquivo),
            Feito::Gravou(arquivo) => ("gravou", arquivo),
        };
        write!(f, "{verbo} {}", arquivo.display())
    }
}

/// Por que a mudança parou no meio do caminho.
#[derive(Debug)]
pub enum Parada {
    /// Não existe um capítulo com este nome.
    SemCapitulo(String),
    /// O capítulo está igual ao do último commit.
    SemMudanca(String),
    /// O git não respondeu o que era preciso.
    Git(String),
    /// A mudança e o capítulo seguinte mexem nas mesmas linhas; o arquivo ficou como estava.
    Conflito {
        /// O arquivo do capítulo seguinte.
        arquivo: PathBuf,
        /// Só as linhas em disputa, com as duas versões entre marcas.
        trechos: String,
    },
    /// Um arquivo não pôde ser lido ou gravado.
    Arquivo(Erro),
}

impl From<Erro> for Parada {
    fn from(erro: Erro) -> Parada {
        Parada::Arquivo(erro)
    }
}

impl fmt::Display for Parada {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Parada::SemCapitulo(nome) => {
                write!(f, "não há um capítulo chamado `{nome}`")
            }
            Parada::SemMudanca(nome) => {
                write!(
                    f,
                    "`{nome}` está igual ao do último commit: não há o que propagar"
                )
            }
            Parada::Git(motivo) => write!(f, "o git não respondeu: {motivo}"),
            Parada::Conflito { arquivo, trechos } => write!(
                f,
                "conflito em {}, que ficou como estava. Junte à mão estas versões e propague \
                 a partir desse capítulo:\n\n{trechos}",
                arquivo.display()
            ),
            Parada::Arquivo(erro) => erro.fmt(f),
        }
    }
}

/// Os arquivos de um capítulo, pelo caminho dentro dele.
type Arquivos = BTreeMap<String, String>;

/// Leva aos capítulos seguintes a mudança que `origem` tem em disco desde o último commit, e grava
/// de novo as diferenças. Cada passo feito é anunciado a `anunciar` na hora.
///
/// # Erros
///
/// Para no primeiro conflito, com o que já fez em disco e o arquivo em conflito como estava.
pub fn propagar(
    raiz: &Path,
    origem: &str,
    mut anunciar: impl FnMut(&Feito),
) -> Result<(), Parada> {
    let nomes = capitulos(raiz)?;
    let Some(posicao) = nomes.iter().position(|nome| nome == origem) else {
        return Err(Parada::SemCapitulo(origem.to_owned()));
    };
    let mut era = do_ultimo_commit(raiz, origem)?;
    let mut virou = arquivos(&raiz.join("chapters").join(origem))?;
    if era == virou {
        return Err(Parada::SemMudanca(origem.to_owned()));
    }
    for seguinte in &nomes[posicao + 1..] {
        let proximo_era = do_ultimo_commit(raiz, seguinte)?;
        let pasta = raiz.join("chapters").join(seguinte);
        levar(&era, &virou, &pasta, &mut anunciar)?;
        era = proximo_era;
        virou = arquivos(&pasta)?;
    }
    for gravado in diferencas::gravar(raiz)? {
        anunciar(&Feito::Gravou(gravado));
    }
    Ok(())
}

/// Leva a um capítulo o que mudou no anterior, arquivo por arquivo.
fn levar(
    era: &Arquivos,
    virou: &Arquivos,
    pasta: &Path,
    anunciar: &mut impl FnMut(&Feito),
) -> Result<(), Parada> {
    let nomes: BTreeSet<&String> = era.keys().chain(virou.keys()).collect();
    for nome in nomes {
        let (antes, agora) = (era.get(nome), virou.get(nome));
        if antes == agora {
            continue;
        }
        let arquivo = pasta.join(nome);
        let daqui = if arquivo.is_file() { Some(ler(&arquivo)?) } else { None };
        if let Some(feito) = juntar(antes, agora, daqui.as_ref(), arquivo)? {
            anunciar(&feito);
        }
    }
    Ok(())
}

/// Junta um arquivo e o grava; `None` quando o capítulo seguinte não o tem mais, ou já está igual.
fn juntar(
    antes: Option<&String>,
    agora: Option<&String>,
    daqui: Option<&String>,
    arquivo: PathBuf,
) -> Result<Option<Feito>, Parada> {
    match (antes, agora, daqui) {
        (None, Some(agora), None) => {
            gravar(&arquivo, agora)?;
            Ok(Some(Feito::Criou(arquivo)))
        }
        (Some(antes), None, Some(daqui)) if antes == daqui => {
            fs::remove_file(&arquivo)
                .map_err(|erro| Erro::Leitura(arquivo.clone(), erro))?;
            Ok(Some(Feito::Removeu(arquivo)))
        }
        (_, None, Some(_)) => {
            let trechos =
                "A sua mudança remove este arquivo, e este capítulo o tem diferente.";
            Err(Parada::Conflito { arquivo, trechos: trechos.to_owned() })
        }
        (_, Some(agora), Some(daqui)) if agora == daqui => Ok(None),
        (antes, Some(agora), Some(daqui)) => {
            let antes = antes.map(String::as_str).unwrap_or_default();
            // As âncoras são de cada capítulo: só ficam na conta as que o seguinte também tem.
            let (antes, agora) =
                (com_as_ancoras_de(daqui, antes), com_as_ancoras_de(daqui, agora));
            match diffy::merge(&antes, daqui, &agora) {
                Ok(juntado) if &juntado == daqui => Ok(None),
                Ok(juntado) => {
                    gravar(&arquivo, &juntado)?;
                    Ok(Some(Feito::Mudou(arquivo)))
                }
                Err(juntado) => {
                    Err(Parada::Conflito { arquivo, trechos: em_disputa(&juntado) })
                }
            }
        }
        // O capítulo seguinte já tinha deixado este arquivo para trás.
        (_, _, None) => Ok(None),
    }
}

/// De um arquivo juntado com conflitos, só eles, cada um com a linha em que começa no capítulo.
fn em_disputa(juntado: &str) -> String {
    let mut trechos = String::new();
    let mut linha_daqui = 1;
    // A parte do conflito em que a leitura está; fora de um conflito, nenhuma.
    let mut parte = None;
    for linha in juntado.lines() {
        let marca = match linha {
            "<<<<<<< ours" => Some("<<<<<<< este capítulo"),
            "||||||| original" => Some("||||||| antes"),
            "=======" => Some("======="),
            ">>>>>>> theirs" => Some(">>>>>>> a sua mudança"),
            _ => None,
        };
        if linha == "<<<<<<< ours" {
            trechos += &format!("linha {linha_daqui}:\n");
        }
        if parte.is_some() || marca.is_some() {
            trechos += &format!("{}\n", marca.unwrap_or(linha));
        }
        match marca {
            Some(">>>>>>> a sua mudança") => {
                trechos += "\n";
                parte = None;
            }
            Some(_) => parte = marca,
            None if parte.is_none_or(|parte| parte.starts_with('<')) => {
                linha_daqui += 1
            }
            None => {}
        }
    }
    trechos.trim_end().to_owned()
}

fn com_as_ancoras_de(outro: &str, texto: &str) -> String {
    let ancora =
        |linha: &str| linha.split_once("ANCHOR").map(|(_, nome)| nome.to_owned());
    let daqui: BTreeSet<String> = outro.lines().filter_map(ancora).collect();
    let fica = |linha: &&str| ancora(linha).is_none_or(|nome| daqui.contains(&nome));
    texto.lines().filter(fica).map(|linha| format!("{linha}\n")).collect()
}

fn gravar(arquivo: &Path, texto: &str) -> Result<(), Erro> {
    let erro = |erro| Erro::Leitura(arquivo.to_owned(), erro);
    if let Some(pasta) = arquivo.parent() {
        fs::create_dir_all(pasta).map_err(erro)?;
    }
    fs::write(arquivo, texto).map_err(erro)
}

/// Os arquivos de um capítulo como estão no último commit.
fn do_ultimo_commit(raiz: &Path, capitulo: &str) -> Result<Arquivos, Parada> {
    let pasta = format!("chapters/{capitulo}/");
    let lista = git(raiz, &["ls-tree", "-r", "--name-only", "-z", "HEAD", &pasta])?;
    let mut achados = Arquivos::new();
    for caminho in lista.split('\0').filter(|caminho| !caminho.is_empty()) {
        let nome = caminho.trim_start_matches(&pasta);
        let comparado = nome == "Cargo.toml"
            || diferencas::PASTAS
                .iter()
                .any(|pasta| Path::new(nome).parent() == Some(Path::new(pasta)));
        if comparado {
            achados.insert(
                nome.to_owned(),
                git(raiz, &["show", &format!("HEAD:{caminho}")])?,
            );
        }
    }
    Ok(achados)
}

fn git(raiz: &Path, argumentos: &[&str]) -> Result<String, Parada> {
    let saida = Command::new("git").current_dir(raiz).args(argumentos).output();
    let saida = saida.map_err(|erro| Parada::Git(erro.to_string()))?;
    if !saida.status.success() {
        return Err(Parada::Git(
            String::from_utf8_lossy(&saida.stderr).trim().to_owned(),
        ));
    }
    String::from_utf8(saida.stdout).map_err(|erro| Parada::Git(erro.to_string()))
}
