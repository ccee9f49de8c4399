//! A sessão: um dicionário tipado e as horas dele, guardados no servidor. O cookie leva
//! um id.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use rocket::fairing::{AdHoc, Fairing};
use rocket::http::{Cookie, CookieJar, Status};
use rocket::outcome::try_outcome;
use rocket::request::{FromRequest, Outcome};
use rocket::{Request, Response, State, error};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;

use super::ajustes::Site;
use super::armazem::{Chave, Resposta};
use super::disfarce::{ha_disfarce, literal};
use super::navegador;
use super::validade::{Fim, Restam};

pub use erro::ErroDeSessao;
pub use valores::Valores;

use guardada::Marcas;
use mudancas::Mudancas;
use valores::{Mudanca, em_json, ler};

mod erro;
pub mod fila;
pub mod guardada;
mod mudancas;
mod valores;

/// O navegador diz quem é em um texto do tamanho que quiser; na lista, o começo basta.
const LETRAS_DO_NAVEGADOR: usize = 200;

/// O `session` do Flask. Todas as guardas de uma requisição veem o mesmo dicionário.
pub struct Sessao<'r> {
    jar: &'r CookieJar<'r>,
    site: &'r Site,
    navegador: &'r str,
    estado: &'r Mutex<Mudancas>,
}

/// A sessão desta requisição, lida na primeira vez em que alguém a pede.
#[derive(Default)]
struct Aberta(OnceLock<Mutex<Mudancas>>);

// ANCHOR: guarda
#[rocket::async_trait]
impl<'r> FromRequest<'r> for Sessao<'r> {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Self, ()> {
        let site = try_outcome!(requisicao.guard::<&State<Site>>().await).inner();
        let jar = requisicao.cookies();
        let navegador = requisicao.headers().get_one("User-Agent").unwrap_or_default();
        navegador::so_desta_pessoa(requisicao);
        let aberta = requisicao.local_cache(Aberta::default);
        if let Some(estado) = aberta.0.get() {
            return Outcome::Success(Sessao { jar, site, navegador, estado });
        }
        let (cookie, antiga) = cookie_da_sessao(requisicao, site);
        let mudancas = match abrir(cookie, site).await {
            Ok(mudancas) => Mutex::new(mudancas),
            Err(falha) => {
                error!("sessão: {falha}");
                return Outcome::Error((Status::ServiceUnavailable, ()));
            }
        };
        let estado = aberta.0.get_or_init(|| mudancas);
        let sessao = Sessao { jar, site, navegador, estado };
        sessao.renovar(antiga);
        Outcome::Success(sessao)
    }
}

/// O cookie da sessão, aberto, e se quem o fechou foi uma das chaves anteriores.
/// Havendo um disfarçado, o Rocket pode ter ficado com ele: aí só se abre o literal.
fn cookie_da_sessao(
    requisicao: &Request<'_>,
    site: &Site,
) -> (Option<Cookie<'static>>, bool) {
    let nome = navegador::nome_do_cookie(site.https);
    let jar = requisicao.cookies();
    let (fechado, aberto) = if ha_disfarce(requisicao, nome) {
        let fechado = literal(requisicao, nome);
        let aberto = fechado.as_ref().and_then(|um| site.chaves.abrir_com_a_atual(um));
        (fechado, aberto)
    } else {
        (jar.get(nome).cloned(), jar.get_private(nome))
    };
    if aberto.is_some() {
        return (aberto, false);
    }
    let antigo = fechado.and_then(|cookie| site.chaves.abrir(&cookie));
    let e_antigo = antigo.is_some();
    (antigo, e_antigo)
}
// ANCHOR_END: guarda

// ANCHOR: abrir
/// A sessão que o cookie aponta. Se ele falta, não abre ou aponta para o que não existe
/// mais, uma nova, que só ganha um id se houver o que guardar.
async fn abrir(cookie: Option<Cookie<'_>>, site: &Site) -> Resposta<Mudancas> {
    match cookie {
        Some(cookie) => Mudancas::ler(site, cookie.value().to_owned()).await,
        None => Ok(Mudancas::nenhuma(site.agora())),
    }
}
// ANCHOR_END: abrir

impl Sessao<'_> {
    // ANCHOR: comecar
    /// O login começa a contar o tempo de novo, com outro id. `lembrar` é o
    /// `session.permanent` do Flask.
    pub fn comecar(&self, lembrar: bool) -> Result<(), ErroDeSessao> {
        let mut estado = trancar(self.estado);
        estado.trocar_de_id(self.site);
        estado.login = true;
        estado.sessao.marcas = Marcas { lembrar, ..Marcas::novas(self.site.agora()) };
        estado.sessao.navegador =
            self.navegador.chars().take(LETRAS_DO_NAVEGADOR).collect();
        // O que já estava na sessão, como um carrinho, passa a ter os horários novos.
        self.enviar(&mut estado)
    }
    // ANCHOR_END: comecar

    /// Outro id para a mesma sessão. Se até lá alguém a encerrar, ela não volta.
    pub fn trocar_de_id(&self) -> Result<(), ErroDeSessao> {
        let mut estado = trancar(self.estado);
        estado.trocar_de_id(self.site);
        self.enviar(&mut estado)
    }

    /// Por que a sessão que o navegador trouxe terminou.
    /// `None`, se ela vale ou se não há uma.
    pub fn fim(&self) -> Option<Fim> {
        trancar(self.estado).fim
    }

    /// Quantos segundos faltam para cada limite.
    pub fn restam(&self) -> Restam {
        let Marcas { criada, usada, lembrar } = trancar(self.estado).sessao.marcas;
        self.site.limites.prazo(lembrar).restam(criada, usada, self.site.agora())
    }

    /// Verdadeiro para o registro desta sessão, e para o do id que ela está deixando.
    pub fn e_o_registro(&self, chave: &Chave) -> bool {
        self.chave().as_ref() == Some(chave) || trancar(self.estado).deixa(chave)
    }

    /// O nome do registro desta sessão, como aparece na lista das sessões.
    pub fn chave(&self) -> Option<Chave> {
        trancar(self.estado).id.as_deref().map(|id| self.site.chave(id))
    }

    /// Os cookies da requisição, para o que não é da sessão.
    pub fn jar(&self) -> &CookieJar<'_> {
        self.jar
    }

    /// Verdadeiro quando o navegador chega por HTTPS.
    pub fn https(&self) -> bool {
        self.site.https
    }

    /// `session[chave] = valor`. Se o dicionário não couber, nada muda.
    pub fn armazenar(
        &self,
        chave: &str,
        valor: impl Serialize,
    ) -> Result<(), ErroDeSessao> {
        self.mudar(chave, Mudanca::Armazenar(em_json(chave, valor)?))
    }

    // ANCHOR: alterar
    /// Muda um valor a partir do que ele era. Se outra requisição o mudou antes, a
    /// função é chamada de novo, com o valor novo: nenhuma das duas mudanças se perde.
    pub fn alterar<T>(
        &self,
        chave: &str,
        funcao: impl Fn(&mut T) + Send + Sync + 'static,
    ) -> Result<(), ErroDeSessao>
    where
        T: Default + Serialize + DeserializeOwned,
    {
        let nome = chave.to_owned();
        let alterar = Mudanca::Alterar(Box::new(move |antes| {
            let mut valor: T = ler(&nome, antes)?.unwrap_or_default();
            funcao(&mut valor);
            em_json(&nome, valor)
        }));
        self.mudar(chave, alterar)
    }
    // ANCHOR_END: alterar

    /// `session.get(chave)`: `None` se a chave falta, e um erro se o valor não é um
    /// `T`.
    pub fn recuperar<T: DeserializeOwned>(
        &self,
        chave: &str,
    ) -> Result<Option<T>, ErroDeSessao> {
        ler(chave, trancar(self.estado).valor(chave))
    }

    /// `session.get(chave, padrao)`.
    pub fn recuperar_ou<T: DeserializeOwned>(
        &self,
        chave: &str,
        padrao: T,
    ) -> Result<T, ErroDeSessao> {
        Ok(self.recuperar(chave)?.unwrap_or(padrao))
    }

    /// `chave in session`.
    pub fn contem(&self, chave: &str) -> bool {
        trancar(self.estado).valor(chave).is_some()
    }

    /// `session.pop(chave, None)`: remove e devolve o valor, se ele existe.
    pub fn remover(&self, chave: &str) -> Result<Option<Value>, ErroDeSessao> {
        let removido = trancar(self.estado).valor(chave).cloned();
        self.mudar(chave, Mudanca::Remover)?;
        Ok(removido)
    }

    /// `session.clear()`. O registro sai do servidor: nenhuma cópia do cookie abre mais
    /// nada.
    pub fn limpar(&self) {
        trancar(self.estado).limpar(self.site);
        self.remover_cookie();
    }

    /// `session.items()`: uma cópia do dicionário, em ordem alfabética.
    pub fn itens(&self) -> Valores {
        trancar(self.estado).sessao.valores.clone()
    }

    fn mudar(&self, chave: &str, mudanca: Mudanca) -> Result<(), ErroDeSessao> {
        let mut estado = trancar(self.estado);
        if estado.mudar(chave, mudanca)? { self.enviar(&mut estado) } else { Ok(()) }
    }

    /// Grava de novo o registro que já gastou um bom pedaço do limite de inatividade, e
    /// o cookie que outra chave fechou.
    fn renovar(&self, antiga: bool) {
        let mut estado = trancar(self.estado);
        let Marcas { usada, lembrar, .. } = estado.sessao.marcas;
        let prazo = self.site.limites.prazo(lembrar);
        let renova = antiga || prazo.convem_renovar(usada, self.site.agora());
        if renova && !estado.sessao.valores.is_empty() {
            // Só falharia o sorteio de um id, e esta sessão já tem o dela.
            let _ = self.enviar(&mut estado);
        }
    }

    // ANCHOR: enviar
    /// Manda ao navegador o id; com o dicionário vazio, manda remover o cookie.
    fn enviar(&self, estado: &mut Mudancas) -> Result<(), ErroDeSessao> {
        if estado.sessao.valores.is_empty() {
            self.remover_cookie();
            return Ok(());
        }
        estado.tocar(self.site.agora());
        let validade = self.validade(estado.sessao.marcas);
        let mut cookie = navegador::cookie(self.site.https, estado.id()?.to_owned());
        cookie.set_expires(validade);
        self.jar.add_private(cookie);
        Ok(())
    }
    // ANCHOR_END: enviar

    fn remover_cookie(&self) {
        self.jar.remove_private(navegador::cookie(self.site.https, String::new()));
    }

    /// `None` faz um cookie que o navegador descarta ao fechar.
    fn validade(&self, marcas: Marcas) -> Option<OffsetDateTime> {
        let Marcas { criada, lembrar, .. } = marcas;
        let ultima = criada.saturating_add(self.site.limites.prazo(lembrar).absoluto());
        OffsetDateTime::from_unix_timestamp(ultima).ok().filter(|_| lembrar)
    }
}

fn trancar(estado: &Mutex<Mudancas>) -> MutexGuard<'_, Mudancas> {
    // Se uma thread parou com a tranca na mão, o estado continua inteiro.
    estado.lock().unwrap_or_else(PoisonError::into_inner)
}

// ANCHOR: guardar
/// Grava a sessão antes que a resposta saia. Se não consegue, quem pediu recebe um 503,
/// e não a página de um sucesso que não houve.
pub fn guardar() -> impl Fairing {
    AdHoc::on_response("Guarda a sessão", |requisicao, resposta| {
        Box::pin(async move {
            // Quando a rota termina em erro, o Rocket joga fora a resposta dela, com o
            // cookie que `enviar` pôs lá.
            if !leva_o_cookie(resposta) {
                return;
            }
            if let Err(erro) = gravar(requisicao).await {
                error!("sessão: {erro}");
                resposta.remove_header("Set-Cookie");
                resposta.remove_header("Location");
                resposta.merge(shared::resposta_de_erro(erro.status(), requisicao));
            }
        })
    })
}

async fn gravar(requisicao: &Request<'_>) -> Result<(), ErroDeSessao> {
    let estado = requisicao.local_cache(Aberta::default).0.get();
    let Some((estado, site)) = estado.zip(requisicao.rocket().state::<Site>()) else {
        return Ok(());
    };
    let a_gravar = trancar(estado).para_gravar(site.agora());
    match a_gravar {
        Some(mudancas) => mudancas.gravar(site).await,
        None => Ok(()),
    }
}

fn leva_o_cookie(resposta: &Response<'_>) -> bool {
    resposta.headers().get("Set-Cookie").any(navegador::e_o_cookie)
}
// ANCHOR_END: guardar
