//! O endereço em `sessao_url`: o que ele abre, e o que dizer quando não abre.

use std::path::Path;
use std::sync::Arc;

use url::Url;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use super::banco::Banco;
#[cfg(feature = "memcached")]
use super::memcached::Memcached;
use super::memoria::Memoria;
#[cfg(feature = "redis")]
use super::redis::Redis;
use super::{Armazem, Falha, Resposta, Resumo, em_tempo};
use crate::erro::ErroAoIniciar;

/// O que um endereço abre, o ajuste que o diz e os esquemas que ele aceita.
type OQue = [&'static str; 3];

const SESSOES: OQue = [
    "as sessões",
    "sessao_url",
    "memoria:, sqlite:, postgres:, redis:, rediss:, redis-cluster:, rediss-cluster: ou \
     memcached:",
];

type Abriu<T> = Result<T, ErroAoIniciar>;

/// Abre o armazenamento deste endereço, como `sqlite:sessoes.db`, e confere que dá para
/// gravar nele. Um arquivo do SQLite fica em `pasta`, a menos que o caminho seja
/// absoluto. O erro diz o que foi tentado e como iniciar um, sem nunca mostrar a senha.
pub async fn abrir(endereco: &str, pasta: &Path) -> Abriu<Arc<dyn Armazem>> {
    let url = ler(SESSOES, endereco).map_err(ErroAoIniciar)?;
    let aberto = em_tempo(conectar(&url, pasta)).await;
    aberto.map_err(|falha| nao_abriu(SESSOES, &url, &falha))
}

/// Abre, com esta tabela, o banco de dados de outro ajuste, como `abrir`.
#[cfg(feature = "site")]
pub(crate) async fn abrir_banco(
    o_que: OQue,
    endereco: &str,
    pasta: &Path,
    tabela: &'static str,
) -> Abriu<Banco> {
    let url = ler(o_que, endereco).map_err(ErroAoIniciar)?;
    if !matches!(url.scheme(), "sqlite" | "postgres" | "postgresql") {
        return Err(ErroAoIniciar(format!("`{}` só pode ser {}", o_que[1], o_que[2])));
    }
    let aberto = em_tempo(Banco::abrir(&url, pasta, tabela)).await;
    aberto.map_err(|falha| nao_abriu(o_que, &url, &falha))
}

/// O endereço, se é o de um armazenamento que o programa compilou.
fn ler([_, ajuste, esquemas]: OQue, endereco: &str) -> Result<Url, String> {
    let nao_entendi = format!(
        "não entendi o endereço em `{ajuste}`; use {esquemas}. Confira a porta e, na \
         senha, escreva `/`, `#` e `@` como %2F, %23 e %40"
    );
    let Ok(url) = Url::parse(endereco) else { return Err(nao_entendi) };
    let (feature, compilada) = match url.scheme() {
        "memoria" => ("memoria", true),
        "sqlite" => ("sqlite", cfg!(feature = "sqlite")),
        "postgres" | "postgresql" => ("postgres", cfg!(feature = "postgres")),
        "redis" | "rediss" | "redis-cluster" | "rediss-cluster" => {
            ("redis", cfg!(feature = "redis"))
        }
        "memcached" => ("memcached", cfg!(feature = "memcached")),
        outro => {
            return Err(format!(
                "não conheço o armazenamento `{outro}:` de `{ajuste}`; use {esquemas}"
            ));
        }
    };
    // Sem `//`, o endereço é um texto só, e não há como saber onde a senha está nele.
    // Com uma `/` ou um `#` na senha, o resto dela parece um caminho, com o `@` dentro.
    let resto = [Some(url.path()), url.fragment()];
    let em_rede = !matches!(feature, "memoria" | "sqlite");
    if em_rede && (!url.has_host() || resto.iter().flatten().any(|r| r.contains('@'))) {
        return Err(nao_entendi);
    }
    let falta = || {
        format!("ligue a feature `{feature}` da biblioteca de sessões, no Cargo.toml")
    };
    if compilada { Ok(url) } else { Err(falta()) }
}

#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    expect(unused_variables)
)]
async fn conectar(url: &Url, pasta: &Path) -> Resposta<Arc<dyn Armazem>> {
    let armazem: Arc<dyn Armazem> = match url.scheme() {
        #[cfg(any(feature = "sqlite", feature = "postgres"))]
        "sqlite" | "postgres" | "postgresql" => {
            Arc::new(Banco::abrir(url, pasta, super::sql::TABELA).await?)
        }
        #[cfg(feature = "redis")]
        "redis" | "rediss" => Arc::new(Redis::um_servidor(url).await?),
        #[cfg(feature = "redis")]
        "redis-cluster" | "rediss-cluster" => Arc::new(Redis::cluster(url).await?),
        #[cfg(feature = "memcached")]
        "memcached" => Arc::new(Memcached::novo(url).await?),
        _ => Arc::new(Memoria::default()),
    };
    // Apagar o que não existe prova, antes que alguém chegue, que ele não é só de
    // leitura.
    armazem.apagar(&Resumo::do_id("", ""), None).await?;
    Ok(armazem)
}

fn nao_abriu([o_que, ..]: OQue, url: &Url, falha: &Falha) -> ErroAoIniciar {
    let (mut onde, mut motivo) = (url.clone(), falha.to_string());
    onde.set_query(None);
    onde.set_fragment(None);
    if url.password().is_some() {
        let _ = onde.set_password(Some("***"));
    }
    // O erro de uma biblioteca pode repetir o endereço inteiro, ou a senha que está nele.
    let da_consulta = url.query_pairs().filter(|(nome, _)| nome == "password");
    let da_consulta: Vec<_> = da_consulta.map(|(_, senha)| senha).collect();
    let segredos =
        da_consulta.iter().map(|um| &**um).chain(url.password()).chain(url.query());
    for segredo in segredos.filter(|segredo| !segredo.is_empty()) {
        motivo = motivo.replace(segredo, "***");
    }
    let conselho = como_iniciar(url.scheme());
    ErroAoIniciar(format!("não abri {o_que} em {onde}: {motivo}. {conselho}"))
}

fn como_iniciar(esquema: &str) -> &'static str {
    match esquema {
        "sqlite" => {
            "Confira se a pasta existe, se você pode escrever nela e se o arquivo não é de \
             outro capítulo"
        }
        "postgres" | "postgresql" => {
            "Confira se ele está no ar, e o usuário e a senha do endereço"
        }
        "memcached" => "Se não há um no ar, inicie um com `memcached`",
        "redis-cluster" | "rediss-cluster" => {
            "Se não há um no ar, inicie os nós com `redis-server --cluster-enabled yes` e \
             junte-os com `redis-cli --cluster create`"
        }
        _ => {
            "Confira a senha do endereço ou, se não há um no ar, inicie um com `redis-server`"
        }
    }
}
