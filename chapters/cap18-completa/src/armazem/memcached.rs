//! As sessões no Memcached, que não sabe procurar: só responde por um nome de cada vez.

use async_memcached::{Client, Error, MetaProtocol, Status};
use rocket::async_trait;
use serde::{Deserialize, Serialize};
use url::Url;

use super::conexoes::Conexoes;
use super::{Armazem, Chave, Falha, Registro, Resposta, Versao};

/// As conexões com um Memcached.
pub struct Memcached {
    endereco: String,
    conexoes: Conexoes<Client>,
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
        let memcached = Memcached { endereco, conexoes: Conexoes::nenhuma() };
        memcached.nova().await?.version().await.map_err(Falha::de)?;
        Ok(memcached)
    }

    async fn nova(&self) -> Resposta<Client> {
        Client::new(&self.endereco).await.map_err(Falha::de)
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
        let (_vaga, mut conexao) = self.conexoes.uma(self.nova()).await?;
        let resposta = conexao
            .meta_set(chave.como_texto(), valor.as_slice(), false, None, Some(&opcoes))
            .await;
        self.conexoes.devolver(conexao, &resposta);
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
        let (_vaga, mut conexao) = self.conexoes.uma(self.nova()).await?;
        let resposta =
            conexao.meta_get(chave.como_texto(), false, None, Some(&["v", "c"])).await;
        self.conexoes.devolver(conexao, &resposta);
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
        let (_vaga, mut conexao) = self.conexoes.uma(self.nova()).await?;
        let chave = chave.como_texto();
        let resposta = conexao.meta_delete(chave, false, None, Some(&opcoes)).await;
        let resposta = match resposta {
            Ok(_) => Ok(true),
            Err(Error::Protocol(Status::Exists | Status::NotFound)) => Ok(false),
            Err(erro) => Err(Falha::de(erro)),
        };
        self.conexoes.devolver(conexao, &resposta);
        resposta
    }
}
