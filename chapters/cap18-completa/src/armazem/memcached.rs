//! As sessões no Memcached, que não sabe procurar: só responde por um nome de cada vez.

use async_memcached::{Client, Error, MetaProtocol, Status};
use rocket::async_trait;
use url::Url;

use super::conexoes::Conexoes;
use super::{Armazem, Falha, Registro, Resposta, Resumo, Versao};

pub struct Memcached {
    endereco: String,
    conexoes: Conexoes<Client>,
}

impl Memcached {
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
}

fn versao(cas: Option<u64>) -> Resposta<Versao> {
    cas.and_then(|cas| cas.try_into().ok()).ok_or(Falha::Estragado)
}

#[async_trait]
impl Armazem for Memcached {
    async fn gravar(
        &self,
        resumo: &Resumo,
        registro: &Registro,
        lida: Option<Versao>,
    ) -> Resposta<Option<Versao>> {
        let valor = serde_json::to_vec(registro).map_err(Falha::de)?;
        // `ME` só cria. Um prazo acima de 30 dias é lido como uma data: mandar sempre a
        // data serve a todos.
        let como = lida.map_or_else(|| "ME".to_owned(), |lida| format!("C{lida}"));
        let vence = format!("T{}", registro.vence);
        let opcoes = [&*como, &vence, "c"];
        let (_vaga, mut conexao) = self.conexoes.uma(self.nova()).await?;
        let resposta = conexao
            .meta_set(resumo.como_texto(), valor.as_slice(), false, None, Some(&opcoes))
            .await;
        self.conexoes.devolver(conexao, &resposta);
        let gravado = resposta.map_err(Falha::de)?.unwrap_or_default();
        match gravado.status {
            Some(Status::Stored) => versao(gravado.cas).map(Some),
            Some(Status::NotStored | Status::Exists | Status::NotFound) => Ok(None),
            outro => Err(Falha::ForaDoAr(format!("resposta inesperada: {outro:?}"))),
        }
    }

    async fn ler(&self, resumo: &Resumo) -> Resposta<Option<(Registro, Versao)>> {
        let (_vaga, mut conexao) = self.conexoes.uma(self.nova()).await?;
        let resposta =
            conexao.meta_get(resumo.como_texto(), false, None, Some(&["v", "c"])).await;
        self.conexoes.devolver(conexao, &resposta);
        let Some(valor) = resposta.map_err(Falha::de)? else { return Ok(None) };
        let registro = serde_json::from_slice(&valor.data.unwrap_or_default());
        Ok(Some((registro.map_err(|_| Falha::Estragado)?, versao(valor.cas)?)))
    }

    async fn apagar(&self, resumo: &Resumo, lida: Option<Versao>) -> Resposta<bool> {
        let condicao = lida.map(|lida| format!("C{lida}"));
        let opcoes: Vec<&str> = condicao.as_deref().into_iter().collect();
        let (_vaga, mut conexao) = self.conexoes.uma(self.nova()).await?;
        let resumo = resumo.como_texto();
        let resposta = conexao.meta_delete(resumo, false, None, Some(&opcoes)).await;
        let resposta = match resposta {
            Ok(_) => Ok(true),
            Err(Error::Protocol(Status::Exists | Status::NotFound)) => Ok(false),
            Err(erro) => Err(Falha::de(erro)),
        };
        self.conexoes.devolver(conexao, &resposta);
        resposta
    }
}
