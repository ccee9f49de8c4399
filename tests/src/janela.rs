//! Uma janela de um navegador de verdade: o Chromium ou o WebKit, a família do Safari.

use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use thirtyfour::prelude::*;
use thirtyfour::session::http::{Body, HttpClient};
use tokio::runtime::{Builder, Runtime};
use ureq::http::{Request, Response};

use book::processo::Processo;

use crate::servidores::{esperar_que, porta_livre};

/// A largura e o tema de um celular no escuro.
pub const CELULAR: (u32, &str) = (360, "dark");

/// A largura e o tema de costume.
pub const DE_COSTUME: (u32, &str) = (1200, "light");

/// Uma janela do navegador. Ao sair do escopo, ela fecha.
pub struct Janela {
    janela: WebDriver,
    execucao: Runtime,
    /// O programa que a guia. Atende em outra porta, e é de lá que vêm as páginas de fora.
    guia: Processo,
}

impl Janela {
    /// Um Chromium, com a tela de costume: larga, no claro.
    pub fn chromium() -> Janela {
        let mut opcoes = DesiredCapabilities::chrome();
        for opcao in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"] {
            opcoes.add_arg(opcao).expect("opção do Chromium bem formada");
        }
        let chromium = Janela::abrir_em("exec chromedriver --port=$PORTA", opcoes);
        chromium.mudar_a_tela(DE_COSTUME);
        chromium
    }

    /// Um WebKit, em uma tela que ninguém vê.
    pub fn webkit() -> Janela {
        // Ele só abre janelas de verdade. A tela some com a última, e tem o número da porta.
        let comando = "Xvfb :$PORTA -nolisten tcp -terminate &
            until [ -e /tmp/.X11-unix/X$PORTA ]; do sleep 0.1; done
            DISPLAY=:$PORTA exec WebKitWebDriver -p $PORTA";
        Janela::abrir_em(comando, Capabilities::new())
    }

    fn abrir_em(comando: &str, opcoes: impl Into<Capabilities>) -> Janela {
        let guia = na_porta(porta_livre(), comando);
        let execucao =
            Builder::new_current_thread().build().expect("o tokio deve iniciar");
        let sessao = WebDriver::builder(&guia.endereco, opcoes).client(Ureq);
        let janela = execucao.block_on(sessao.connect());
        let janela = Janela { janela: janela.expect("deve abrir"), execucao, guia };
        let prazo = Duration::from_secs(120);
        janela.fazer("prazo", janela.janela.set_script_timeout(prazo));
        janela
    }

    /// Muda a largura e o tema, também da página que já está aberta.
    pub fn mudar_a_tela(&self, (largura, tema): (u32, &str)) {
        // Uma janela comum não fica tão estreita quanto um celular.
        self.comandar(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": largura, "height": 800, "deviceScaleFactor": 1, "mobile": false }),
        );
        let tema = json!({ "name": "prefers-color-scheme", "value": tema });
        self.comandar("Emulation.setEmulatedMedia", json!({ "features": [tema] }));
    }

    /// Abre um endereço e espera que a página carregue.
    pub fn abrir(&self, endereco: &str) {
        self.fazer(endereco, self.janela.goto(endereco));
    }

    /// O teste para, dizendo o que se fazia, se o navegador não o faz.
    fn fazer<T>(
        &self,
        o_que: &str,
        pedido: impl Future<Output = WebDriverResult<T>>,
    ) -> T {
        self.execucao.block_on(pedido).unwrap_or_else(|erro| panic!("{o_que}: {erro}"))
    }

    /// O que devolve um trecho de JavaScript; se for uma promessa, o que ela cumpre.
    pub fn executar(&self, codigo: &str) -> Value {
        self.tentar(codigo).unwrap_or_else(|erro| panic!("{codigo}\n{erro}"))
    }

    fn tentar(&self, codigo: &str) -> WebDriverResult<Value> {
        let valor = self.execucao.block_on(self.janela.execute(codigo, Vec::new()))?;
        Ok(valor.json().clone())
    }

    /// Espera até que a expressão em JavaScript valha alguma coisa, e devolve o que ela vale.
    pub fn esperar(&self, expressao: &str) -> Value {
        let mut valor = Value::Null;
        esperar_que(expressao, || {
            // Uma página que está saindo não responde.
            valor = self.tentar(&format!("return {expressao};")).unwrap_or_default();
            !matches!(valor, Value::Null | Value::Bool(false))
        });
        valor
    }

    /// Aperta estas teclas, onde quer que o foco esteja.
    pub fn teclar(&self, teclas: impl Into<TypingData>) {
        self.fazer("teclas", self.janela.action_chain().send_keys(teclas).perform());
    }

    /// Clica, como o mouse, no primeiro elemento que este seletor acha.
    pub fn clicar(&self, seletor: &str) {
        let clique = async { self.janela.find(By::Css(seletor)).await?.click().await };
        self.fazer(seletor, clique);
    }

    /// Clica no que leva a outra página e espera que ela carregue.
    pub fn navegar(&self, seletor: &str) {
        self.executar("window.anterior = true");
        self.clicar(seletor);
        self.esperar("!window.anterior && document.readyState === 'complete'");
    }

    /// Mostra este HTML em uma página de outra porta: uma do programa que guia o navegador.
    pub fn mostrar_em_outra_porta(&self, host: &str, html: &str) {
        self.abrir(&format!("http://{host}:{}/status", self.guia.porta()));
        self.executar(&format!("document.body.innerHTML = {};", json!(html)));
        self.esperar("[...document.images].every((imagem) => imagem.complete)");
    }

    /// Executa este código em cada página que abrir, antes dos scripts dela.
    pub fn executar_em_toda_pagina(&self, codigo: &str) {
        let codigo = json!({ "source": codigo });
        self.comandar("Page.addScriptToEvaluateOnNewDocument", codigo);
    }

    /// Os cookies que o navegador mandaria à página que está aberta.
    pub fn cookies(&self) -> Value {
        json!(self.fazer("cookies", self.janela.get_all_cookies()))
    }

    /// Apaga os cookies do site que está aberto: eles não distinguem portas, e os de um capítulo
    /// chegariam ao outro.
    pub fn esquecer_cookies(&self) {
        self.fazer("sem cookies", self.janela.delete_all_cookies());
    }

    /// A página no celular e fora dele, nas duas cores: o teste para se há barreiras em uma das telas.
    pub fn examinar(&self, lugar: &str) {
        for tela in [CELULAR, (360, "light"), (1440, "dark"), DE_COSTUME] {
            self.mudar_a_tela(tela);
            self.sem_barreiras(&format!("{lugar}, {tela:?}"));
        }
    }

    /// O teste para, dizendo quais, se o axe-core acha barreiras na página como ela está, ou se ela
    /// passa da largura da tela.
    pub fn sem_barreiras(&self, lugar: &str) {
        // São 500 kB: só para a página que ainda não os tem.
        if self.executar("return !window.axe") == json!(true) {
            let npm = "target/npm/node_modules/axe-core/axe.min.js";
            self.executar(&crate::ler(crate::raiz().join(npm)));
        }
        // No meio de uma animação, as cores não são nem de um tema nem do outro. Esperar por ela não
        // serve: sem uma tela de verdade, o navegador às vezes não desenha mais nenhum quadro.
        self.executar("document.getAnimations().forEach((uma) => uma.finish())");
        let achados = self.executar(
            // O mdBook põe o texto em um bloco que rola sozinho, sem que a página role.
            "const blocos = [...document.querySelectorAll('html, body, .content')];
            const largas = blocos.filter((um) => um.scrollWidth > um.clientWidth)
                .map((um) => `${um.localName} rola para o lado`);
            const opcoes = { rules: { 'target-size': { enabled: true } },
                resultTypes: ['violations'] };
            return axe.run(opcoes).then(({ violations }) => largas.concat(
                violations.flatMap(({ id, nodes }) => nodes.map(
                    ({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`))));",
        );
        assert_eq!(achados, json!([]), "{lugar}:\n{achados:#}");
    }

    /// Um comando do protocolo de depuração, que só o Chromium tem.
    fn comandar(&self, metodo: &str, parametros: Value) -> Value {
        self.fazer(metodo, self.janela.cdp().send_raw(metodo, parametros))
    }
}

impl Drop for Janela {
    fn drop(&mut self) {
        let _ = self.execucao.block_on(self.janela.clone().quit());
    }
}

/// O que este comando inicia, para um programa que atende em `$PORTA` e não o diz.
pub fn na_porta(porta: u16, comando: &str) -> Processo {
    let mut sh = Command::new("sh");
    let anuncia = format!("echo Listening at http://127.0.0.1:$PORTA; {comando}");
    sh.args(["-c", &anuncia]).env("PORTA", porta.to_string());
    let processo = Processo::iniciar(sh);
    esperar_que(comando, || TcpStream::connect(("127.0.0.1", porta)).is_ok());
    processo
}

/// O ureq, que os testes já usam, no lugar do cliente HTTP do thirtyfour.
struct Ureq;

#[async_trait]
impl HttpClient for Ureq {
    async fn send(
        &self,
        pedido: Request<Body<'_>>,
    ) -> WebDriverResult<Response<Bytes>> {
        let (partes, corpo) = pedido.into_parts();
        let corpo = match corpo {
            Body::Empty => Vec::new(),
            Body::Json(json) => json.to_string().into_bytes(),
        };
        let agente: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let pedido = Request::from_parts(partes, corpo);
        let falha = |erro: ureq::Error| WebDriverError::RequestFailed(erro.to_string());
        let (partes, mut corpo) = agente.run(pedido).map_err(falha)?.into_parts();
        let corpo = corpo.read_to_vec().map_err(falha)?;
        Ok(Response::from_parts(partes, corpo.into()))
    }

    async fn new(&self) -> Arc<dyn HttpClient> {
        Arc::new(Ureq)
    }
}
