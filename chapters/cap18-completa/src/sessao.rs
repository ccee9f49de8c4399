//! A guarda `Sessao`: um dicionário tipado, guardado no servidor. O cookie leva um id.

use std::sync::OnceLock;

use parking_lot::Mutex;
use rocket::http::{Cookie, CookieJar, SameSite, Status};
use rocket::outcome::try_outcome;
use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Response, Rocket, Sentinel, State, async_trait, error};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;

use super::armazem::Resumo;
use super::disfarce::{ha_disfarce, literal};
use super::erro::{Erro, Feito};
use super::instalacao::Sessoes;
use super::mudancas::Mudancas;
use super::validade::{Fim, Marcas, Restam};
use super::valores::{Mudanca, Valores, em_json, ler};

/// O navegador diz quem é em um texto do tamanho que quiser; na lista, o começo basta.
const LETRAS_DO_NAVEGADOR: usize = 200;

/// O `session` do Flask, como guarda de uma rota. Todas as guardas de uma requisição veem
/// o mesmo dicionário, que é gravado depois da rota, se mudou: quem só lê não escreve
/// nada, e quem não guardou nada não tem cookie nem registro.
///
/// Cada valor vai em JSON, e o dicionário inteiro tem até 64 KiB. Se o armazenamento não
/// responde em 2 s, a resposta é 503.
pub struct Sessao<'r> {
    jar: &'r CookieJar<'r>,
    sessoes: &'r Sessoes,
    navegador: &'r str,
    estado: &'r Mutex<Mudancas>,
}

/// A sessão desta requisição, lida na primeira vez em que alguém a pede.
#[derive(Default)]
struct Lida(OnceLock<Mutex<Mudancas>>);

/// Se alguém a pediu, mesmo sem conseguir.
struct Pedida(bool);

#[async_trait]
impl<'r> FromRequest<'r> for Sessao<'r> {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Self, ()> {
        let sessoes = try_outcome!(requisicao.guard::<&State<Sessoes>>().await).inner();
        let jar = requisicao.cookies();
        let navegador = requisicao.headers().get_one("User-Agent").unwrap_or_default();
        requisicao.local_cache(|| Pedida(true));
        let lida = requisicao.local_cache(Lida::default);
        if let Some(estado) = lida.0.get() {
            return Outcome::Success(Sessao { jar, sessoes, navegador, estado });
        }
        let (cookie, antiga) = cookie_da_sessao(requisicao, sessoes).unzip();
        let mudancas = match Mudancas::ler(sessoes, cookie).await {
            Ok(mudancas) => Mutex::new(mudancas),
            Err(falha) => {
                error!("sessão: {falha}");
                return Outcome::Error((Status::ServiceUnavailable, ()));
            }
        };
        let estado = lida.0.get_or_init(|| mudancas);
        let sessao = Sessao { jar, sessoes, navegador, estado };
        sessao.renovar(antiga == Some(true));
        Outcome::Success(sessao)
    }
}

/// Sem o fairing, o Rocket se recusa a iniciar um site em que uma rota pede a sessão.
impl Sentinel for Sessao<'_> {
    fn abort(aplicacao: &Rocket<Ignite>) -> bool {
        aplicacao.state::<Sessoes>().is_none()
    }
}

/// O cookie da sessão, aberto, e se quem o fechou foi uma das chaves anteriores.
/// Havendo um disfarçado, o Rocket pode ter ficado com ele: aí só se abre o literal.
fn cookie_da_sessao(
    requisicao: &Request<'_>,
    sessoes: &Sessoes,
) -> Option<(Cookie<'static>, bool)> {
    let nome = nome_do_cookie(sessoes.ajustes.https);
    let jar = requisicao.cookies();
    if ha_disfarce(requisicao, nome) {
        return sessoes.ajustes.chaves.abrir(&literal(requisicao, nome)?);
    }
    match jar.get_private(nome) {
        Some(cookie) => Some((cookie, false)),
        None => sessoes.ajustes.chaves.abrir(jar.get(nome)?),
    }
}

impl Sessao<'_> {
    /// O login: a sessão passa a ser desta pessoa, com outro id e os horários de agora.
    /// `dono` é o nome ou o número da conta, e `lembrar` é o `session.permanent` do
    /// Flask. O que já estava nela, como um carrinho, continua; o que era de outra
    /// pessoa, não.
    pub async fn entrar(&self, dono: &str, lembrar: bool) -> Result<(), Erro> {
        self.abrir_lugar(dono).await?;
        // ANCHOR: entrar
        if self.dono().is_some_and(|de_antes| de_antes != dono) {
            self.limpar();
        }
        let mut estado = self.estado.lock();
        estado.trocar_de_id(self.sessoes);
        estado.login = true;
        // ANCHOR_END: entrar
        let sessao = &mut estado.sessao;
        sessao.dono = Some(dono.to_owned());
        let agora = self.sessoes.agora();
        sessao.marcas = Marcas { criada: agora, usada: agora, lembrar };
        sessao.navegador = self.navegador.chars().take(LETRAS_DO_NAVEGADOR).collect();
        self.enviar(&mut estado)
    }

    /// Quem entrou nesta sessão. `None` para um visitante.
    pub fn dono(&self) -> Option<String> {
        self.estado.lock().sessao.dono.clone()
    }

    /// Outro id para a mesma sessão, como pede uma troca de senha: quem copiou o cookie
    /// fica sem nada. Se até a gravação alguém a encerrar, ela não volta.
    pub fn trocar_de_id(&self) -> Result<(), Erro> {
        let mut estado = self.estado.lock();
        estado.trocar_de_id(self.sessoes);
        self.enviar(&mut estado)
    }

    /// Por que a sessão do navegador terminou. `None` se ela vale, ou se não há uma.
    pub fn fim(&self) -> Option<Fim> {
        self.estado.lock().fim
    }

    /// Quantos segundos faltam para cada limite.
    pub fn restam(&self) -> Restam {
        let marcas = self.estado.lock().sessao.marcas;
        self.sessoes.ajustes.limites.restam(marcas, self.sessoes.agora())
    }

    /// As sessões do site: o relógio delas, o armazenamento, se há HTTPS.
    pub fn sessoes(&self) -> &Sessoes {
        self.sessoes
    }

    /// Os cookies da requisição, para o que não é da sessão.
    pub fn jar(&self) -> &CookieJar<'_> {
        self.jar
    }

    pub(crate) fn e_dela(&self, resumo: &Resumo) -> bool {
        self.estado.lock().e_dela(resumo, self.sessoes)
    }

    /// `session[nome] = valor`. Um erro se o valor não vai em JSON ou se o dicionário não
    /// couber: aí, nada muda.
    pub fn armazenar(&self, nome: &str, valor: impl Serialize) -> Feito {
        let valor = em_json(nome, valor)?;
        self.mudar(nome, Box::new(move |_| Ok(Some(valor.clone()))))
    }

    /// Muda um valor a partir do que ele era ou, se ele falta, do padrão do tipo. Se outra
    /// requisição o mudou antes, a função é chamada de novo, com o valor novo: nenhuma das
    /// duas mudanças se perde. Um erro como os de `recuperar` e `armazenar`.
    pub fn alterar<T>(
        &self,
        nome: &str,
        funcao: impl Fn(&mut T) + Send + Sync + 'static,
    ) -> Feito
    where
        T: Default + Serialize + DeserializeOwned,
    {
        let este = nome.to_owned();
        let alterar = move |antes: Option<&Value>| {
            let mut valor: T = ler(&este, antes)?.unwrap_or_default();
            funcao(&mut valor);
            em_json(&este, valor).map(Some)
        };
        self.mudar(nome, Box::new(alterar))
    }

    /// `session.get(nome)`: `None` se o nome falta, e um erro se o valor não é um `T`.
    pub fn recuperar<T: DeserializeOwned>(&self, nome: &str) -> Feito<Option<T>> {
        ler(nome, self.estado.lock().sessao.valores.get(nome))
    }

    /// `session.get(nome, padrao)`.
    pub fn recuperar_ou<T: DeserializeOwned>(&self, nome: &str, padrao: T) -> Feito<T> {
        Ok(self.recuperar(nome)?.unwrap_or(padrao))
    }

    /// `nome in session`.
    pub fn contem(&self, nome: &str) -> bool {
        self.estado.lock().sessao.valores.contains_key(nome)
    }

    /// `session.pop(nome, None)`: remove e devolve o valor, se ele existe.
    pub fn remover(&self, nome: &str) -> Feito<Option<Value>> {
        let removido = self.estado.lock().sessao.valores.get(nome).cloned();
        self.mudar(nome, Box::new(|_| Ok(None)))?;
        Ok(removido)
    }

    /// `session.clear()`: é o logout. O registro sai do servidor antes de qualquer outra
    /// gravação, e nenhuma cópia do cookie abre mais nada.
    pub fn limpar(&self) {
        self.estado.lock().limpar(self.sessoes);
        self.remover_cookie();
    }

    /// `session.items()`: uma cópia do dicionário, em ordem alfabética.
    pub fn itens(&self) -> Valores {
        self.estado.lock().sessao.valores.clone()
    }

    fn mudar(&self, nome: &str, mudanca: Mudanca) -> Result<(), Erro> {
        let mut estado = self.estado.lock();
        if estado.mudar(nome, mudanca)? { self.enviar(&mut estado) } else { Ok(()) }
    }

    /// Grava de novo o registro que já gastou um bom pedaço do limite de inatividade, e
    /// o cookie que outra chave fechou.
    fn renovar(&self, antiga: bool) {
        let mut estado = self.estado.lock();
        let marcas = estado.sessao.marcas;
        let limites = &self.sessoes.ajustes.limites;
        let renova = antiga || limites.convem_renovar(marcas, self.sessoes.agora());
        if renova && !estado.sessao.vazia() {
            // Só falharia o sorteio de um id, e esta sessão já tem o dela.
            let _ = self.enviar(&mut estado);
        }
    }

    /// Manda ao navegador o id; sem o que guardar, manda remover o cookie.
    fn enviar(&self, estado: &mut Mudancas) -> Result<(), Erro> {
        if estado.sessao.vazia() {
            self.remover_cookie();
            return Ok(());
        }
        let agora = self.sessoes.agora();
        (estado.sessao.marcas.usada, estado.mudou) = (agora, true);
        let mut cookie = cookie(self.sessoes.ajustes.https, estado.id()?.to_owned());
        let marcas = estado.sessao.marcas;
        let resta = self.sessoes.ajustes.limites.restam(marcas, agora).absoluto;
        let ultima = OffsetDateTime::from_unix_timestamp(agora.saturating_add(resta));
        // Sem uma validade, o navegador o descarta ao fechar.
        cookie.set_expires(ultima.ok().filter(|_| marcas.lembrar));
        self.jar.add_private(cookie);
        Ok(())
    }

    fn remover_cookie(&self) {
        self.jar.remove_private(cookie(self.sessoes.ajustes.https, String::new()));
    }
}

/// Com `__Host-`, o navegador só o aceita por HTTPS, deste servidor e para o site
/// inteiro: outro servidor do mesmo domínio não põe um cookie no lugar dele.
fn nome_do_cookie(https: bool) -> &'static str {
    if https { "__Host-session" } else { "session" }
}

/// O cookie com este valor, como o navegador o deve guardar ou remover.
fn cookie(https: bool, valor: String) -> Cookie<'static> {
    let cookie = Cookie::build((nome_do_cookie(https), valor)).secure(https);
    // Quem vem por um link de outro site chega com a sessão; um POST de lá, sem ela. O
    // padrão do Rocket, `Strict`, não a deixa ir em nenhum dos dois.
    cookie.same_site(SameSite::Lax).build()
}

/// Verdadeiro se a resposta leva o cookie da sessão.
pub fn leva_o_cookie(resposta: &Response<'_>, sessoes: &Sessoes) -> bool {
    let nome = Some(nome_do_cookie(sessoes.ajustes.https));
    resposta.headers().get("Set-Cookie").any(|cookie| cookie.split('=').next() == nome)
}

/// Verdadeiro se alguém pediu a sessão desta requisição.
pub fn foi_vista(requisicao: &Request<'_>) -> bool {
    requisicao.local_cache(|| Pedida(false)).0
}

/// Grava o que a requisição mudou.
pub async fn gravar(requisicao: &Request<'_>, sessoes: &Sessoes) -> Feito {
    let Some(estado) = requisicao.local_cache(Lida::default).0.get() else {
        return Ok(());
    };
    // Depois disto, não há mais nada a gravar.
    let mudancas = std::mem::take(&mut *estado.lock());
    if mudancas.mudou { mudancas.gravar(sessoes).await } else { Ok(()) }
}
