//! axum, com a sessão em um cookie privado da `axum-extra`.

use std::sync::Arc;

use axum::extract::{FromRef, State};
use axum::response::{Html, Redirect};
use axum::{Router, routing::get};
use axum_extra::extract::PrivateCookieJar;
use axum_extra::extract::cookie::{Cookie, Key};
use tokio::net::TcpListener;

use crate::pagina::{Pagina, Valores};
use crate::{Fim, anunciar};

#[derive(Clone)]
struct Estado {
    chave: Key,
    pagina: Arc<Pagina>,
}

impl FromRef<Estado> for Key {
    fn from_ref(estado: &Estado) -> Key {
        estado.chave.clone()
    }
}

#[tokio::main]
pub async fn servir(pagina: Pagina, porta: u16) -> Fim {
    let estado = Estado { chave: Key::generate(), pagina: Arc::new(pagina) };
    let rotas = Router::new()
        .route("/entrar", get(entrar))
        .route("/dashboard", get(dashboard))
        .with_state(estado);
    let escuta = TcpListener::bind(("127.0.0.1", porta)).await?;
    anunciar(porta);
    Ok(axum::serve(escuta, rotas).await?)
}

async fn entrar(
    jar: PrivateCookieJar,
    State(estado): State<Estado>,
) -> (PrivateCookieJar, &'static str) {
    let valores = serde_json::to_string(&estado.pagina.valores()).expect("vira JSON");
    let cookie = Cookie::build(("session", valores)).path("/").http_only(true);
    (jar.add(cookie), "Entrou.")
}

async fn dashboard(
    jar: PrivateCookieJar,
    State(estado): State<Estado>,
) -> Result<Html<String>, Redirect> {
    let cookie = jar.get("session");
    let valores = cookie.and_then(|cookie| serde_json::from_str(cookie.value()).ok());
    let valores: Valores = valores.ok_or(Redirect::to("/login"))?;
    Ok(Html(estado.pagina.mostrar(&valores)))
}
