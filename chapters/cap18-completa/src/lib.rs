//! Sessões guardadas no servidor, para um site em Rocket 0.5. O cookie só leva um id,
//! criptografado; o resto fica na memória do programa, no SQLite, no PostgreSQL, no
//! Redis ou no Memcached.
//!
//! Instala-se com um fairing, e uma rota pede a sessão como pede qualquer guarda:
//!
//! ```
//! use rocket::response::Redirect;
//! use rocket::{Build, Rocket, get, post, routes};
//! use rocket_sessoes::{ErroDeSessao, Sessao};
//!
//! #[get("/")]
//! fn contar(sessao: Sessao<'_>) -> Result<String, ErroDeSessao> {
//!     sessao.alterar("visitas", |visitas: &mut u32| *visitas += 1)?;
//!     let quem = sessao.dono().unwrap_or("visitante".to_owned());
//!     Ok(format!("{quem}: {}", sessao.recuperar_ou("visitas", 0)?))
//! }
//!
//! /// Um site de verdade confere a senha antes.
//! #[post("/entrar")]
//! async fn entrar(sessao: Sessao<'_>) -> Result<Redirect, ErroDeSessao> {
//!     sessao.entrar("maria", false).await?;
//!     Ok(Redirect::to("/"))
//! }
//!
//! #[post("/sair")]
//! fn sair(sessao: Sessao<'_>) -> Redirect {
//!     sessao.limpar();
//!     Redirect::to("/")
//! }
//!
//! fn site() -> Rocket<Build> {
//!     // Quase sempre no Rocket.toml: sessao_url = "sqlite:sessoes.db"
//!     let ajustes = rocket::Config::figment().merge(("sessao_url", "memoria:"));
//! #     let ajustes = ajustes.merge(("secret_key", "itlYmFR2vYKrOmFhupMIn/hyB6lYCCTXz4yaQX89XVg="));
//!     rocket::custom(ajustes)
//!         .attach(rocket_sessoes::fairing())
//!         .mount("/", routes![contar, entrar, sair])
//! }
//!
//! use rocket::local::blocking::Client;
//! let navegador = Client::tracked(site())?;
//! navegador.get("/").dispatch();
//! navegador.post("/entrar").dispatch();
//! let pagina = navegador.get("/").dispatch().into_string();
//! assert_eq!(pagina.as_deref(), Some("maria: 2"));
//! # Ok::<(), Box<rocket::Error>>(())
//! ```
//!
//! # O que ela faz
//!
//! - O login troca o id, e o logout apaga o registro: uma cópia do cookie não abre mais
//!   nada. Os limites de inatividade e absoluto são os que a OWASP recomenda.
//! - Duas requisições ao mesmo tempo não perdem mudanças: veja [`Sessao::alterar`].
//! - Um visitante que não guardou nada não recebe cookie nem ocupa um registro.
//! - Quem entrou vê e encerra as próprias sessões: [`Sessao::abertas`].
//!
//! O cookie é `HttpOnly` e `SameSite=Lax`, e com HTTPS também `Secure` e `__Host-`, como
//! pede a RFC 6265bis. Isso não basta contra um formulário de outra origem: instale também
//! uma defesa como a de `src/site/origem.rs`.
//!
//! # Os ajustes
//!
//! No `Rocket.toml` ou em variáveis `ROCKET_`. Só o primeiro é obrigatório, além da
//! `secret_key` do Rocket.
//!
//! | Nome | O que diz | Valor de fábrica |
//! | --- | --- | --- |
//! | `sessao_url` | onde as sessões ficam: `memoria:`, `sqlite:sessoes.db`, `redis://…` | |
//! | `https` | se o navegador chega por HTTPS | `true`, menos no perfil debug |
//! | `nome` | separa os sites que usam o mesmo armazenamento | `sessoes` |
//! | `sessao.comum` | `inatividade` e `absoluto`, em segundos | 1.800 e 28.800 |
//! | `sessao.lembrada` | os de quem pediu "Lembrar de mim" | 604.800 e 2.592.000 |
//! | `secret_keys_anteriores` | até três chaves que ainda abrem cookies | nenhuma |
//!
//! As features `sqlite`, `postgres`, `redis` e `memcached` trazem cada armazenamento.

pub use abertas::Aberta;
pub use erro::{ErroAoIniciar, ErroDeSessao};
pub use instalacao::{Sessoes, conferir_chaves, fairing};
pub use sessao::Sessao;
pub use validade::{Fim, Restam};
pub use valores::Valores;

mod abertas;
mod ajustes;
pub mod armazem;
mod chaves;
mod disfarce;
mod erro;
mod fila;
mod guardada;
mod instalacao;
mod mudancas;
mod sessao;
#[cfg(feature = "site")]
pub mod site;
mod validade;
mod valores;
