//! As sessões no Memcached, que não sabe procurar: só responde por um nome de cada vez.

use std::sync::{Mutex, PoisonError};

use async_memcached::{Client, Error, MetaProtocol, Status};
use rocket::async_trait;
use rocket::tokio::sync::Semaphore;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Armazem, Chave, Falha, Registro, Resposta, Versao};

/// Cada conexão responde uma pergunta por vez; acima deste número, quem chega espera.
const CONEXOES: usize = 8;

/// As conexões com um Memcached.
pub struct Memcached {
    endereco: String,
    livres: Mutex<Vec<Client>>,
    vagas: Semaphore,
}

/// Como o registro viaja: o Memcached guarda um valor só.
#[derive(Serialize, Deserialize)]
struct Guardado {
    texto: String,
    usuario: Option<String>,
    vence: i64,
}

impl Memcached {
    /// Conecta, e confere que ele responde.
    pub async fn novo(url: &Url) -> Resposta<Memcached> {
        let servidor = url.host_str().unwrap_or("127.0.0.1");
        let endereco = format!("tcp://{servidor}:{}", url.port().unwrap_or(11211));
        let vagas = Semaphore::new(CONEXOES);
        let memcached = Memcached { endereco, livres: Mutex::default(), vagas };
        let mut conexao = memcached.conexao().await?;
        conexao.version().await.map_err(Falha::de)?;
        memcached.devolver(conexao);
        Ok(memcached)
    }

    async fn conexao(&self) -> Resposta<Client> {
        let livre = self.livres().pop();
        match livre {
            Some(conexao) => Ok(conexao),
            None => Client::new(&self.endereco).await.map_err(Falha::de),
        }
    }

    /// Uma conexão com a resposta pela metade não volta: a próxima pergunta leria o
    /// resto dela.
    fn devolver(&self, conexao: Client) {
        if !conexao.is_closed() {
            self.livres().push(conexao);
        }
    }

    fn livres(&self) -> std::sync::MutexGuard<'_, Vec<Client>> {
        self.livres.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Grava com estas opções, e responde a versão que o Memcached deu ao valor.
    async fn gravar(
        &self,
        chave: &Chave,
        registro: &Registro,
        opcao: &str,
    ) -> Resposta<Option<Versao>> {
        let Registro { texto, usuario, vence } = registro.clone();
        let valor = serde_json::to_vec(&Guardado { texto, usuario, vence })
            .map_err(Falha::de)?;
        // Um prazo acima de 30 dias é lido como uma data: mandar sempre a data serve a
        // todos.
        let vence = format!("T{vence}");
        let opcoes = [opcao, &vence, "c"];
        let _vaga = self.vagas.acquire().await.map_err(Falha::de)?;
        let mut conexao = self.conexao().await?;
        let resposta = conexao
            .meta_set(chave.como_texto(), valor.as_slice(), false, None, Some(&opcoes))
            .await;
        self.devolver(conexao);
        let gravado = resposta.map_err(Falha::de)?.unwrap_or_default();
        match gravado.status {
            Some(Status::Stored) => versao(gravado.cas).map(Some),
            Some(Status::NotStored | Status::Exists | Status::NotFound) => Ok(None),
            outro => Err(Falha::ForaDoAr(format!("resposta inesperada: {outro:?}"))),
        }
    }
}

fn versao(cas: Option<u64>) -> Resposta<Versao> {
    cas.and_then(|cas| cas.try_into().ok()).ok_or(Falha::Estragado)
}

#[async_trait]
impl Armazem for Memcached {
    async fn criar(
        &self,
        chave: &Chave,
        registro: &Registro,
    ) -> Resposta<Option<Versao>> {
        self.gravar(chave, registro, "ME").await
    }

    async fn ler(&self, chave: &Chave) -> Resposta<Option<(Registro, Versao)>> {
        let _vaga = self.vagas.acquire().await.map_err(Falha::de)?;
        let mut conexao = self.conexao().await?;
        let resposta =
            conexao.meta_get(chave.como_texto(), false, None, Some(&["v", "c"])).await;
        self.devolver(conexao);
        let Some(valor) = resposta.map_err(Falha::de)? else { return Ok(None) };
        let guardado = serde_json::from_slice(&valor.data.unwrap_or_default());
        let Guardado { texto, usuario, vence } =
            guardado.map_err(|_| Falha::Estragado)?;
        Ok(Some((Registro { texto, usuario, vence }, versao(valor.cas)?)))
    }

    async fn trocar(
        &self,
        chave: &Chave,
        versao: Versao,
        registro: &Registro,
    ) -> Resposta<Option<Versao>> {
        self.gravar(chave, registro, &format!("C{versao}")).await
    }

    async fn apagar(&self, chave: &Chave, versao: Option<Versao>) -> Resposta<bool> {
        let condicao = versao.map(|versao| format!("C{versao}"));
        let opcoes: Vec<&str> = condicao.as_deref().into_iter().collect();
        let _vaga = self.vagas.acquire().await.map_err(Falha::de)?;
        let mut conexao = self.conexao().await?;
        let resposta =
            conexao.meta_delete(chave.como_texto(), false, None, Some(&opcoes)).await;
        self.devolver(conexao);
        match resposta {
            Ok(_) => Ok(true),
            Err(Error::Protocol(Status::Exists | Status::NotFound)) => Ok(false),
            Err(erro) => Err(Falha::de(erro)),
        }
    }
}
