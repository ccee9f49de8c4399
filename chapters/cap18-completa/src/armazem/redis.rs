//! As sessões no Redis, em um servidor ou em um cluster.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::{
    Client, Cmd, ErrorKind, FromRedisValue, Pipeline, RedisError, RedisFuture,
    RedisResult, Script, Value, cmd,
};
use rocket::async_trait;
use rocket::futures::{StreamExt, stream};
use rocket::tokio::sync as espera;
use url::Url;

use super::{Armazem, Falha, Registro, Resumo, Versao};

/// Cada comando do Redis é um passo só. Um script também: ninguém grava no meio dele.
const CRIAR: &str = "if redis.call('EXISTS', KEYS[1]) == 1 then return false end
redis.call('HSET', KEYS[1], 'versao', 1, 'texto', ARGV[1], 'usuario', ARGV[2], 'vence', ARGV[3])
redis.call('EXPIREAT', KEYS[1], ARGV[3])
return 1";

const TROCAR: &str =
    "if redis.call('HGET', KEYS[1], 'versao') ~= ARGV[4] then return false end
redis.call('HSET', KEYS[1], 'texto', ARGV[1], 'usuario', ARGV[2], 'vence', ARGV[3])
local versao = redis.call('HINCRBY', KEYS[1], 'versao', 1)
redis.call('EXPIREAT', KEYS[1], ARGV[3])
return versao";

/// Com `pcall`, um valor estragado é só o de outra versão.
const APAGAR: &str =
    "if redis.pcall('HGET', KEYS[1], 'versao') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])";

/// A lista dura mais que a sessão mais longa dela. O que não for uma lista dá lugar a
/// ela: sem isto, um valor estragado impediria o login da pessoa.
const ANOTAR: &str = "local tipo = redis.call('TYPE', KEYS[1]).ok
if tipo ~= 'set' and tipo ~= 'none' then redis.call('DEL', KEYS[1]) end
redis.call('SADD', KEYS[1], ARGV[1])
if redis.call('TTL', KEYS[1]) < ARGV[2] - redis.call('TIME')[1] then
redis.call('EXPIREAT', KEYS[1], ARGV[2]) end";

/// O servidor atende, mas não como o principal: o endereço pode já ser o de outro.
const REBAIXADO: [&str; 4] = ["READONLY", "MASTERDOWN", "NOREPLICAS", "LOADING"];

/// Quanto o Redis tem para responder. É menos que `ESPERA`: o erro tem de chegar a quem
/// o conta.
const RESPOSTA: Duration = Duration::from_millis(1_500);

/// Quantas sessões de uma pessoa são lidas ao mesmo tempo: com centenas, uma por vez
/// demoraria.
const LEITURAS: usize = 100;

/// O mesmo código fala com um servidor ou com um cluster: muda só a conexão.
pub struct Redis<C> {
    conexao: C,
    criar: Script,
    trocar: Script,
    apagar: Script,
    anotar: Script,
}

impl Redis<Refeita<ConnectionManager>> {
    /// Um servidor Redis, sem cluster.
    pub async fn um_servidor(url: &Url) -> Result<Self, Falha> {
        let cliente = Client::open(url.as_str()).map_err(falha)?;
        let ajustes = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(RESPOSTA))
            .set_response_timeout(Some(RESPOSTA));
        let abrir = move || -> RedisFuture<'static, ConnectionManager> {
            let (cliente, ajustes) = (cliente.clone(), ajustes.clone());
            Box::pin(ConnectionManager::new_with_config(cliente, ajustes))
        };
        Redis::com(Refeita::nova(abrir).await.map_err(falha)?).await
    }
}

impl Redis<Refeita<ClusterConnection>> {
    /// Um nó basta para achar os outros. Para quando ele não estiver no ar, `?no=` dá
    /// mais nomes.
    pub async fn cluster(url: &Url) -> Result<Self, Falha> {
        let cliente = ClusterClientBuilder::new(nos(url))
            .connection_timeout(RESPOSTA)
            .response_timeout(RESPOSTA)
            .build()
            .map_err(falha)?;
        let abrir = move || -> RedisFuture<'static, ClusterConnection> {
            let cliente = cliente.clone();
            Box::pin(async move { cliente.get_async_connection().await })
        };
        Redis::com(Refeita::nova(abrir).await.map_err(falha)?).await
    }
}

type Abrir<C> = espera::Mutex<dyn Fn() -> RedisFuture<'static, C> + Send>;

/// A conexão da biblioteca se refaz quando o servidor a fecha; esta, também quando
/// ninguém responde mais por ela, ou quando o servidor passa a réplica de outro.
#[derive(Clone)]
pub struct Refeita<C> {
    abrir: Arc<Abrir<C>>,
    atual: Arc<Mutex<C>>,
}

impl<C: Clone> Refeita<C> {
    async fn nova(
        abrir: impl Fn() -> RedisFuture<'static, C> + Send + 'static,
    ) -> RedisResult<Refeita<C>> {
        let atual = Arc::new(Mutex::new(abrir().await?));
        Ok(Refeita { abrir: Arc::new(espera::Mutex::new(abrir)), atual })
    }

    fn atual(&self) -> C {
        self.atual.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A nova só toma o lugar se abriu: a de antes pode saber de nós que o endereço não
    /// diz. Abre-se uma por vez: em um servidor lento, muitas o atrasariam mais.
    async fn conferir(&self, resposta: RedisResult<Value>) -> RedisResult<Value> {
        // O erro que o servidor responde vem como um valor.
        let resposta = match resposta {
            Ok(Value::ServerError(erro)) => Err(erro.into()),
            resposta => resposta,
        };
        if resposta.as_ref().is_err_and(pede_outra)
            && let Ok(abrir) = self.abrir.try_lock()
            && let Ok(conexao) = abrir().await
        {
            *self.atual.lock().unwrap_or_else(PoisonError::into_inner) = conexao;
        }
        resposta
    }
}

impl<C: ConnectionLike + Clone + Send> ConnectionLike for Refeita<C> {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let resposta = self.atual().req_packed_command(cmd).await;
            self.conferir(resposta).await
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        juntos: &'a Pipeline,
        inicio: usize,
        quantos: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            // Ninguém aqui junta comandos.
            self.atual().req_packed_commands(juntos, inicio, quantos).await
        })
    }

    fn get_db(&self) -> i64 {
        self.atual().get_db()
    }
}

fn pede_outra(erro: &RedisError) -> bool {
    erro.is_timeout() || erro.code().is_some_and(|codigo| REBAIXADO.contains(&codigo))
}

/// Os endereços dos nós, no esquema que a biblioteca conhece.
fn nos(url: &Url) -> Vec<String> {
    let esquema = url.scheme().trim_end_matches("-cluster");
    let quem = match (url.username(), url.password()) {
        (nome, Some(senha)) => format!("{nome}:{senha}@"),
        _ => String::new(),
    };
    let servidor = url.host_str().unwrap_or("127.0.0.1");
    let primeiro = format!("{servidor}:{}", url.port().unwrap_or(6379));
    let outros = url
        .query_pairs()
        .filter(|(nome, _)| nome == "no")
        .map(|(_, no)| no.into_owned());
    [primeiro]
        .into_iter()
        .chain(outros)
        .map(|no| format!("{esquema}://{quem}{no}"))
        .collect()
}

impl<C: ConnectionLike + Clone> Redis<C> {
    async fn com(conexao: C) -> Result<Redis<C>, Falha> {
        let [criar, trocar, apagar, anotar] =
            [CRIAR, TROCAR, APAGAR, ANOTAR].map(Script::new);
        let redis = Redis { conexao, criar, trocar, apagar, anotar };
        // Onde este comando é proibido, os registros não teriam fim.
        redis.pedir::<()>("EXPIREAT", &["sessao:", "1"]).await?;
        Ok(redis)
    }

    async fn pedir<T: FromRedisValue>(
        &self,
        comando: &str,
        argumentos: &[impl AsRef<str> + Sync],
    ) -> Result<T, Falha> {
        let mut conexao = self.conexao.clone();
        let argumentos: Vec<&str> = argumentos.iter().map(AsRef::as_ref).collect();
        cmd(comando).arg(argumentos).query_async(&mut conexao).await.map_err(falha)
    }
}

fn nome(resumo: &Resumo) -> String {
    format!("sessao:{}", resumo.como_texto())
}

fn lista_de(dono: &str) -> String {
    format!("sessoes-de:{dono}")
}

/// Um valor de outro tipo, ou que não se lê, é um registro estragado; o resto é o
/// servidor.
fn falha(erro: RedisError) -> Falha {
    let outro_tipo = erro.code() == Some("WRONGTYPE");
    let nao_se_le =
        matches!(erro.kind(), ErrorKind::Parse | ErrorKind::UnexpectedReturnType);
    if outro_tipo || nao_se_le { Falha::Estragado } else { Falha::de(erro) }
}

#[async_trait]
impl<C> Armazem for Redis<C>
where
    C: ConnectionLike + Clone + Send + Sync,
{
    async fn gravar(
        &self,
        resumo: &Resumo,
        registro: &Registro,
        lida: Option<Versao>,
    ) -> Result<Option<Versao>, Falha> {
        let script = if lida.is_some() { &self.trocar } else { &self.criar };
        let dono = registro.dono.as_deref().unwrap_or_default();
        let mut conexao = self.conexao.clone();
        let mut chamada = script.key(nome(resumo));
        chamada.arg(&registro.texto).arg(dono).arg(registro.vence);
        chamada.arg(lida.unwrap_or_default());
        let gravada: Option<Versao> =
            chamada.invoke_async(&mut conexao).await.map_err(falha)?;
        // Só depois: quem a achasse na lista antes de gravada a daria por terminada.
        if let (Some(_), Some(dono)) = (gravada, &registro.dono) {
            let mut chamada = self.anotar.key(lista_de(dono));
            chamada.arg(resumo.como_texto()).arg(registro.vence);
            chamada.invoke_async::<()>(&mut conexao).await.map_err(falha)?;
        }
        Ok(gravada)
    }

    async fn ler(&self, resumo: &Resumo) -> Result<Option<(Registro, Versao)>, Falha> {
        let campos: (Option<Versao>, Option<String>, Option<String>, Option<i64>) =
            self.pedir(
                "HMGET",
                &[&nome(resumo), "versao", "texto", "usuario", "vence"],
            )
            .await?;
        match campos {
            (None, None, None, None) => Ok(None),
            (Some(versao), Some(texto), Some(dono), Some(vence)) => {
                let dono = Some(dono).filter(|dono| !dono.is_empty());
                Ok(Some((Registro { texto, dono, vence }, versao)))
            }
            _ => Err(Falha::Estragado),
        }
    }

    async fn apagar(
        &self,
        resumo: &Resumo,
        lida: Option<Versao>,
    ) -> Result<bool, Falha> {
        // O nome fica na lista até que alguém a leia: com a memória cheia, ou pela
        // metade, apagar não depende de mais nada.
        let Some(lida) = lida else {
            return self.pedir("DEL", &[&nome(resumo)]).await;
        };
        let mut conexao = self.conexao.clone();
        let mut chamada = self.apagar.key(nome(resumo));
        chamada.arg(lida).invoke_async(&mut conexao).await.map_err(falha)
    }

    async fn do_dono(
        &self,
        dono: &str,
    ) -> Result<Option<Vec<(Resumo, Registro)>>, Falha> {
        let lista = lista_de(dono);
        let anotadas = self.pedir("SMEMBERS", std::slice::from_ref(&lista)).await;
        let anotadas: Vec<String> = match anotadas {
            Err(Falha::Estragado) => Vec::new(),
            anotadas => anotadas?,
        };
        let lidas = stream::iter(anotadas.into_iter().map(Resumo));
        let lidas = lidas.map(|resumo| async {
            let lida = self.ler(&resumo).await;
            (resumo, lida)
        });
        let lidas: Vec<_> = lidas.buffer_unordered(LEITURAS).collect().await;
        let (mut vivas, mut terminadas) = (Vec::new(), vec![lista]);
        for (resumo, lida) in lidas {
            match lida {
                Ok(Some((registro, _))) => vivas.push((resumo, registro)),
                Ok(None) | Err(Falha::Estragado) => terminadas.push(resumo.0),
                Err(falha) => return Err(falha),
            }
        }
        // As que venceram ou foram apagadas: a lista não precisa mais delas.
        if terminadas.len() > 1 {
            let _: u64 = self.pedir("SREM", &terminadas).await?;
        }
        Ok(Some(vivas))
    }
}
