//! O que um site instala: as sessões dele, e um fairing só.

use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::figment::Figment;
use rocket::http::Status;
use rocket::tokio::{spawn, time::sleep};
use rocket::{Build, Orbit, Request, Response, Rocket, async_trait, error};

use super::ajustes::Ajustes;
use super::armazem::{self, Armazem, Registro, Resposta, Resumo, Versao, em_tempo};
use super::chaves;
use super::erro::ErroAoIniciar;
use super::guardada::Guardada;
use super::sessao;
use super::valores::Valores;

/// De quanto em quanto tempo os registros vencidos são apagados.
const ENTRE_LIMPEZAS: Duration = Duration::from_secs(60);

/// Responde que horas são, em segundos desde 1970.
type Relogio = Box<dyn Fn() -> i64 + Send + Sync>;

/// Faz a página de erro com este código.
type PaginaDeErro = fn(Status, &Request<'_>) -> Response<'static>;

/// As sessões de um site. Depois de [instaladas](Sessoes::instalar), uma rota as pede
/// com `&State<Sessoes>`; quase sempre, basta a guarda [`Sessao`](super::Sessao).
pub struct Sessoes {
    pub(crate) ajustes: Ajustes,
    pub(crate) armazem: Arc<dyn Armazem>,
    pub(crate) confere: fn(&Valores) -> bool,
    pagina_de_erro: PaginaDeErro,
    relogio: Relogio,
}

impl Sessoes {
    /// Lê os ajustes, confere todos e abre o armazenamento de `sessao_url`.
    pub async fn abrir(configuracao: &Figment) -> Result<Sessoes, ErroAoIniciar> {
        let ajustes = Ajustes::ler(configuracao).map_err(ErroAoIniciar)?;
        Ok(Sessoes {
            armazem: armazem::abrir(&ajustes.endereco, &ajustes.pasta).await?,
            ajustes,
            confere: |_| true,
            pagina_de_erro: so_o_codigo,
            relogio: Box::new(armazem::agora),
        })
    }

    /// Uma sessão cujos valores esta função recusa conta como encerrada. Sem isto, se o
    /// site muda o tipo de um valor, as páginas que o leem terminam em erro.
    pub fn conferindo(self, confere: fn(&Valores) -> bool) -> Sessoes {
        Sessoes { confere, ..self }
    }

    /// A página do erro de uma sessão que não foi gravada. Sem isto, é só o código.
    pub fn com_pagina_de_erro(self, pagina_de_erro: PaginaDeErro) -> Sessoes {
        Sessoes { pagina_de_erro, ..self }
    }

    /// As sessões ficam neste armazenamento, e não no da configuração.
    pub fn com_armazem(self, armazem: Arc<dyn Armazem>) -> Sessoes {
        Sessoes { armazem, ..self }
    }

    /// Com outro relógio, que responde segundos desde 1970, um teste não espera.
    pub fn com_relogio(self, hora: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Sessoes { relogio: Box::new(hora), ..self }
    }

    /// O fairing destas sessões.
    pub fn instalar(self) -> impl Fairing {
        Instalacao(Mutex::new(Some(self)))
    }

    /// Agora, em segundos desde 1970.
    pub fn agora(&self) -> i64 {
        (self.relogio)()
    }

    /// Verdadeiro se o navegador chega por HTTPS.
    pub fn https(&self) -> bool {
        self.ajustes.https
    }

    /// Onde elas ficam.
    pub fn armazem(&self) -> &dyn Armazem {
        self.armazem.as_ref()
    }

    /// Pede ao armazenamento tudo o que um login pede. Só ler não bastaria: cheio, ele
    /// ainda lê. O erro é o motivo, se ele não atende em 2 s.
    pub async fn experimentar(&self) -> Resposta<()> {
        // Não é de ninguém, e o nome é sempre o mesmo: nunca há dois.
        let (resumo, dono) = (self.resumo("saude"), self.dono(""));
        let vence = self.agora() + 60;
        let texto = String::new();
        let registro = Registro { texto, dono: Some(dono.clone()), vence };
        em_tempo(async {
            self.armazem.gravar(&resumo, &registro, None).await?;
            self.armazem.ler(&resumo).await?;
            self.armazem.do_dono(&dono).await?;
            self.armazem.apagar(&resumo, None).await.map(|_| ())
        })
        .await
    }

    pub(crate) fn resumo(&self, id: &str) -> Resumo {
        Resumo::do_id(&self.ajustes.nome, id)
    }

    /// O nome com que o armazenamento conhece uma pessoa deste site.
    pub(crate) fn dono(&self, nome: &str) -> String {
        format!("{}:{nome}", self.ajustes.nome)
    }

    pub(crate) async fn ler(
        &self,
        resumo: &Resumo,
    ) -> Resposta<Option<(Guardada, Versao)>> {
        let lido = em_tempo(self.armazem.ler(resumo)).await?;
        lido.map(|(lido, versao)| Ok((Guardada::abrir(&lido, self)?, versao)))
            .transpose()
    }
}

/// Confere as chaves secretas antes que o Rocket as leia: ele mostraria a linha inteira
/// de um Rocket.toml que não abre. O erro diz qual não serve, e nunca a mostra.
pub fn conferir_chaves(configuracao: &Figment) -> Result<(), ErroAoIniciar> {
    chaves::ler(configuracao).map(drop).map_err(ErroAoIniciar)
}

/// As sessões que a configuração descreve. Para dizer mais que isso, veja [`Sessoes`].
pub fn fairing() -> impl Fairing {
    Instalacao(Mutex::new(None))
}

/// `None` até o Rocket iniciar, se ninguém as abriu antes.
struct Instalacao(Mutex<Option<Sessoes>>);

#[async_trait]
impl Fairing for Instalacao {
    fn info(&self) -> Info {
        let kind = Kind::Ignite | Kind::Liftoff | Kind::Response | Kind::Singleton;
        Info { name: "Sessões", kind }
    }

    async fn on_ignite(&self, aplicacao: Rocket<Build>) -> fairing::Result {
        let prontas = self.0.lock().take();
        if let Some(prontas) = prontas {
            return Ok(aplicacao.manage(prontas));
        }
        match Sessoes::abrir(aplicacao.figment()).await {
            Ok(sessoes) => Ok(aplicacao.manage(sessoes)),
            Err(erro) => {
                error!("{erro}");
                Err(aplicacao)
            }
        }
    }

    async fn on_liftoff(&self, aplicacao: &Rocket<Orbit>) {
        let Some(sessoes) = aplicacao.state::<Sessoes>() else { return };
        let armazem = sessoes.armazem.clone();
        spawn(async move {
            loop {
                sleep(ENTRE_LIMPEZAS).await;
                if let Err(falha) = em_tempo(armazem.limpar()).await {
                    error!("limpeza: {falha}");
                }
            }
        });
    }

    /// Grava a sessão antes que a resposta saia. Se não consegue, quem pediu recebe um
    /// 503, e não a página de um sucesso que não houve.
    async fn on_response<'r>(
        &self,
        requisicao: &'r Request<'_>,
        resposta: &mut Response<'r>,
    ) {
        let Some(sessoes) = requisicao.rocket().state::<Sessoes>() else { return };
        // Quando a rota termina em erro, o Rocket joga fora a resposta dela, com o
        // cookie que `enviar` pôs lá.
        // ANCHOR: guardar
        if sessao::leva_o_cookie(resposta, sessoes)
            && let Err(erro) = sessao::gravar(requisicao, sessoes).await
        {
            error!("sessão: {erro}");
            resposta.remove_header("Set-Cookie");
            resposta.remove_header("Location");
            resposta.merge((sessoes.pagina_de_erro)(erro.status(), requisicao));
        }
        // ANCHOR_END: guardar
        if sessao::foi_vista(requisicao) {
            // A resposta depende do cookie: nenhum cache a mostra a outra pessoa, nem o
            // botão de voltar a quem já saiu.
            resposta.adjoin_raw_header("Vary", "Cookie");
            resposta.set_raw_header("Cache-Control", "no-store");
        }
    }
}

/// Sem corpo, o da rota continuaria na resposta.
fn so_o_codigo(status: Status, _: &Request<'_>) -> Response<'static> {
    Response::build().status(status).sized_body(0, Cursor::new("")).finalize()
}
