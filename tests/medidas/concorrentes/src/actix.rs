//! Actix, com a `actix-session`: no cookie ou no Redis.

use actix_session::storage::{CookieSessionStore, RedisSessionStore, SessionStore};
use actix_session::{Session, SessionGetError, SessionInsertError, SessionMiddleware};
use actix_web::cookie::Key;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Html};
use actix_web::{App, Either, HttpResponse, HttpServer, get, rt};

use crate::pagina::{Pagina, Valores};
use crate::{Fim, anunciar};

pub fn no_cookie(pagina: Pagina, porta: u16) -> Fim {
    rt::System::new().block_on(servir(CookieSessionStore::default, pagina, porta))
}

pub fn no_redis(pagina: Pagina, porta: u16, endereco: &str) -> Fim {
    rt::System::new().block_on(async {
        let armazem = RedisSessionStore::new(endereco).await?;
        servir(move || armazem.clone(), pagina, porta).await
    })
}

async fn servir<A: SessionStore + 'static>(
    armazem: impl Fn() -> A + Clone + Send + 'static,
    pagina: Pagina,
    porta: u16,
) -> Fim {
    let (pagina, chave) = (Data::new(pagina), Key::generate());
    let aplicacao = move || {
        let sessoes = SessionMiddleware::builder(armazem(), chave.clone());
        let sessoes = sessoes.cookie_secure(false).build();
        App::new()
            .app_data(pagina.clone())
            .wrap(sessoes)
            .service(entrar)
            .service(dashboard)
    };
    let servidor = HttpServer::new(aplicacao).bind(("127.0.0.1", porta))?;
    anunciar(porta);
    Ok(servidor.run().await?)
}

#[get("/entrar")]
async fn entrar(sessao: Session, pagina: Data<Pagina>) -> &'static str {
    armazenar(&sessao, pagina.valores()).expect("deve guardar");
    "Entrou."
}

fn armazenar(sessao: &Session, valores: Valores) -> Result<(), SessionInsertError> {
    sessao.insert("username", valores.username)?;
    sessao.insert("user_id", valores.user_id)?;
    sessao.insert("role", valores.role)
}

#[get("/dashboard")]
async fn dashboard(
    sessao: Session,
    pagina: Data<Pagina>,
) -> Either<Html, HttpResponse> {
    match recuperar(&sessao).expect("deve ler") {
        Some(valores) => Either::Left(Html::new(pagina.mostrar(&valores))),
        None => Either::Right(
            HttpResponse::SeeOther().insert_header((LOCATION, "/login")).finish(),
        ),
    }
}

fn recuperar(sessao: &Session) -> Result<Option<Valores>, SessionGetError> {
    let Some(username) = sessao.get("username")? else { return Ok(None) };
    let user_id = sessao.get("user_id")?.unwrap_or_default();
    let role = sessao.get("role")?.unwrap_or_default();
    Ok(Some(Valores { username, user_id, role }))
}
