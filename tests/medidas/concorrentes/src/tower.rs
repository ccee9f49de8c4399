//! axum, com a sessão no servidor: a `tower-sessions`, na memória, no SQLite ou no Redis.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{Html, Redirect};
use axum::{Router, routing::get};
use time::Duration;
use tokio::net::TcpListener;
use tower_sessions::{
    Expiry, MemoryStore, Session, SessionManagerLayer, SessionStore, session::Error,
};
use tower_sessions_redis_store::RedisStore;
use tower_sessions_redis_store::fred::prelude::{ClientLike, Config, Pool};
use tower_sessions_sqlx_store::SqliteStore;
use tower_sessions_sqlx_store::sqlx::SqlitePool;
use tower_sessions_sqlx_store::sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous,
};

use crate::pagina::{Pagina, Valores};
use crate::{Fim, anunciar};

#[tokio::main]
pub async fn servir(pagina: Pagina, porta: u16, endereco: &str) -> Fim {
    match endereco.split(':').next() {
        Some("memoria") => com(MemoryStore::default(), pagina, porta).await,
        Some("sqlite") => {
            // Os mesmos ajustes do capítulo 18.
            let opcoes = SqliteConnectOptions::from_str(endereco)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal);
            let armazem = SqliteStore::new(SqlitePool::connect_with(opcoes).await?);
            armazem.migrate().await?;
            com(armazem, pagina, porta).await
        }
        Some("redis") => {
            // Seis conexões, como no exemplo da documentação.
            let conexoes = Pool::new(Config::from_url(endereco)?, None, None, None, 6)?;
            conexoes.connect();
            conexoes.wait_for_connect().await?;
            com(RedisStore::new(conexoes), pagina, porta).await
        }
        _ => Err(format!("não conheço o armazenamento {endereco}").into()),
    }
}

async fn com<A: SessionStore + Clone>(armazem: A, pagina: Pagina, porta: u16) -> Fim {
    let prazo = Expiry::OnInactivity(Duration::minutes(30));
    let sessoes =
        SessionManagerLayer::new(armazem).with_secure(false).with_expiry(prazo);
    let rotas = Router::new()
        .route("/entrar", get(entrar))
        .route("/dashboard", get(dashboard))
        .layer(sessoes)
        .with_state(Arc::new(pagina));
    let escuta = TcpListener::bind(("127.0.0.1", porta)).await?;
    anunciar(porta);
    Ok(axum::serve(escuta, rotas).await?)
}

async fn entrar(sessao: Session, State(pagina): State<Arc<Pagina>>) -> &'static str {
    armazenar(&sessao, pagina.valores()).await.expect("deve guardar");
    "Entrou."
}

async fn armazenar(sessao: &Session, valores: Valores) -> Result<(), Error> {
    sessao.insert("username", valores.username).await?;
    sessao.insert("user_id", valores.user_id).await?;
    sessao.insert("role", valores.role).await
}

async fn dashboard(
    sessao: Session,
    State(pagina): State<Arc<Pagina>>,
) -> Result<Html<String>, Redirect> {
    let valores = recuperar(&sessao).await.expect("deve ler");
    Ok(Html(pagina.mostrar(&valores.ok_or(Redirect::to("/login"))?)))
}

async fn recuperar(sessao: &Session) -> Result<Option<Valores>, Error> {
    let Some(username) = sessao.get("username").await? else { return Ok(None) };
    let user_id = sessao.get("user_id").await?.unwrap_or_default();
    let role = sessao.get("role").await?.unwrap_or_default();
    Ok(Some(Valores { username, user_id, role }))
}
