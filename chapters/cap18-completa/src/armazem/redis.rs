//! As sessões no Redis, em um servidor ou em um cluster.

use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError,
    RedisFuture, cmd,
};
use rocket::async_trait;
use rocket::futures::{StreamExt, TryFutureExt, stream};
use url::Url;

use super::conexoes::{CONEXOES, Conexoes};
use super::{Armazem, Falha, Registro, Resposta, Resumo, Versao};

/// Cada comando do Redis é um passo só. Um script também: ninguém grava no meio dele. Sem
/// registro, a versão é 0; com `pcall`, um valor estragado é só o de outra versão. O prazo
/// vem por último: se já passou, ele apaga o registro, que nada pode criar de novo.
const GRAVAR: &str =
    "if (redis.pcall('HGET', KEYS[1], 'versao') or '0') ~= ARGV[4] then return false end
redis.call('HSET', KEYS[1], 'texto', ARGV[1], 'usuario', ARGV[2], 'vence', ARGV[3])
local versao = redis.call('HINCRBY', KEYS[1], 'versao', 1)
redis.call('EXPIREAT', KEYS[1], ARGV[3])
return versao";

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

/// Quanto o Redis tem para responder. É menos que `ESPERA`: o erro tem de chegar a quem
/// troca as conexões.
const RESPOSTA: Duration = Duration::from_millis(1_500);

/// O mesmo código fala com um servidor ou com um cluster: muda só a conexão.
pub struct Redis<C> {
    abrir: Box<dyn Fn() -> RedisFuture<'static, C> + Send + Sync>,
    conexoes: Conexoes<C>,
}

impl Redis<MultiplexedConnection> {
    pub async fn um_servidor(url: &Url) -> Resposta<Self> {
        let cliente = Client::open(url.as_str()).map_err(falha)?;
        let ajustes = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(RESPOSTA))
            .set_response_timeout(Some(RESPOSTA));
        Redis::com(move || {
            let (cliente, ajustes) = (cliente.clone(), ajustes.clone());
            Box::pin(async move {
                cliente.get_multiplexed_async_connection_with_config(&ajustes).await
            })
        })
        .await
    }
}

impl Redis<ClusterConnection> {
    /// Um nó acha os outros; para quando ele não estiver no ar, `?no=` dá mais nomes.
    pub async fn cluster(url: &Url) -> Resposta<Self> {
        let cliente = ClusterClientBuilder::new(nos(url))
            .connection_timeout(RESPOSTA)
            .response_timeout(RESPOSTA)
            .build()
            .map_err(falha)?;
        Redis::com(move || {
            let cliente = cliente.clone();
            Box::pin(async move { cliente.get_async_connection().await })
        })
        .await
    }
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
    let outros = url.query_pairs().filter(|(nome, _)| nome == "no");
    let todos = [primeiro].into_iter().chain(outros.map(|(_, no)| no.into_owned()));
    todos.map(|no| format!("{esquema}://{quem}{no}")).collect()
}

impl<C: ConnectionLike + Send> Redis<C> {
    async fn com(
        abrir: impl Fn() -> RedisFuture<'static, C> + Send + Sync + 'static,
    ) -> Resposta<Redis<C>> {
        let redis = Redis { abrir: Box::new(abrir), conexoes: Conexoes::nenhuma() };
        // Onde este comando é proibido, os registros não teriam fim.
        redis.pedir::<()>(cmd("EXPIREAT").arg("sessao:").arg(1)).await?;
        Ok(redis)
    }

    async fn pedir<T: FromRedisValue>(&self, comando: &Cmd) -> Resposta<T> {
        let nova = (self.abrir)().map_err(falha);
        let (_vaga, mut conexao) = self.conexoes.uma(nova).await?;
        let resposta = comando.query_async(&mut conexao).await;
        self.conexoes.devolver(conexao, &resposta);
        resposta.map_err(falha)
    }
}

fn script(texto: &str, nome: String) -> Cmd {
    let mut comando = cmd("EVAL");
    comando.arg(texto).arg(1).arg(nome);
    comando
}

fn nome(resumo: &Resumo) -> String {
    format!("sessao:{}", resumo.como_texto())
}

fn lista_de(dono: &str) -> String {
    format!("sessoes-de:{dono}")
}

/// Um valor que não se lê, ou de outro tipo, está estragado; o resto é o servidor.
fn falha(erro: RedisError) -> Falha {
    let outro_tipo = erro.code() == Some("WRONGTYPE");
    let nao_se_le =
        matches!(erro.kind(), ErrorKind::Parse | ErrorKind::UnexpectedReturnType);
    if outro_tipo || nao_se_le { Falha::Estragado } else { Falha::de(erro) }
}

#[async_trait]
impl<C: ConnectionLike + Send + Sync> Armazem for Redis<C> {
    async fn gravar(
        &self,
        resumo: &Resumo,
        registro: &Registro,
        lida: Option<Versao>,
    ) -> Resposta<Option<Versao>> {
        let Registro { texto, dono, vence } = registro;
        let mut gravar = script(GRAVAR, nome(resumo));
        gravar.arg(texto).arg(dono.as_deref().unwrap_or_default()).arg(vence);
        gravar.arg(lida.unwrap_or_default());
        let gravada: Option<Versao> = self.pedir(&gravar).await?;
        // Só depois: quem a achasse na lista antes de gravada a daria por terminada.
        if let (Some(_), Some(dono)) = (gravada, dono) {
            let mut anotar = script(ANOTAR, lista_de(dono));
            self.pedir::<()>(anotar.arg(resumo.como_texto()).arg(vence)).await?;
        }
        Ok(gravada)
    }

    async fn ler(&self, resumo: &Resumo) -> Resposta<Option<(Registro, Versao)>> {
        let mut ler = cmd("HMGET");
        ler.arg(nome(resumo)).arg(&["versao", "texto", "usuario", "vence"]);
        let campos: (Option<Versao>, Option<String>, Option<String>, Option<i64>) =
            self.pedir(&ler).await?;
        match campos {
            (None, None, None, None) => Ok(None),
            (Some(versao), Some(texto), Some(dono), Some(vence)) => {
                let dono = Some(dono).filter(|dono| !dono.is_empty());
                Ok(Some((Registro { texto, dono, vence }, versao)))
            }
            _ => Err(Falha::Estragado),
        }
    }

    async fn apagar(&self, resumo: &Resumo, lida: Option<Versao>) -> Resposta<bool> {
        // O nome fica na lista até que alguém a leia: com a memória cheia, ou pela
        // metade, apagar não depende de mais nada.
        match lida {
            Some(lida) => self.pedir(script(APAGAR, nome(resumo)).arg(lida)).await,
            None => self.pedir(cmd("DEL").arg(nome(resumo))).await,
        }
    }

    async fn do_dono(&self, dono: &str) -> Resposta<Option<Vec<(Resumo, Registro)>>> {
        let lista = lista_de(dono);
        let anotadas = match self.pedir(cmd("SMEMBERS").arg(&lista)).await {
            Err(Falha::Estragado) => Vec::new(),
            anotadas => anotadas?,
        };
        let lidas = stream::iter(anotadas.into_iter().map(Resumo));
        let lidas = lidas.map(|resumo| async {
            let lida = self.ler(&resumo).await;
            (resumo, lida)
        });
        // Uma por vez, centenas demorariam.
        let lidas: Vec<_> = lidas.buffer_unordered(CONEXOES).collect().await;
        let (mut vivas, mut terminadas) = (Vec::new(), Vec::new());
        for (resumo, lida) in lidas {
            match lida {
                Ok(Some((registro, _))) => vivas.push((resumo, registro)),
                Ok(None) | Err(Falha::Estragado) => terminadas.push(resumo.0),
                Err(falha) => return Err(falha),
            }
        }
        // As que venceram ou foram apagadas: a lista não precisa mais delas.
        if !terminadas.is_empty() {
            let _: u64 = self.pedir(cmd("SREM").arg(lista).arg(terminadas)).await?;
        }
        Ok(Some(vivas))
    }
}
