//! Um navegador sem tela: fala HTTP, guarda cookies e não segue redirecionamentos.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "só ataca e testa: parar é a resposta certa"
)]

use std::collections::BTreeMap;
use std::io::{self, Read};

use cookie::{Cookie, SameSite};
pub use teste::Resposta;
use teste::caminhos::{LOGIN, LOGIN_SUBMIT, LOGOUT, PERFIL};
use teste::html;
use ureq::http::Request;
use ureq::{AsSendBody, SendBody};

/// O tipo que um navegador dá a um formulário comum.
pub const FORMULARIO: Option<&str> = Some("application/x-www-form-urlencoded");

/// Um navegador que fala com um servidor só.
#[derive(Clone)]
pub struct Navegador {
    agente: ureq::Agent,
    /// O endereço do servidor, como `http://127.0.0.1:41234`.
    pub endereco: String,
    /// Os cookies guardados, nome e valor. O teste pode trocá-los à vontade.
    pub cookies: BTreeMap<String, String>,
    /// O `SameSite` com que cada um veio, para [`Navegador::de_fora`].
    same_site: BTreeMap<String, Option<SameSite>>,
    /// Os cabeçalhos que vão em toda requisição, além dos cookies.
    pub cabecalhos: Vec<(String, String)>,
}

impl Navegador {
    /// Um navegador sem cookies para o servidor deste endereço.
    pub fn novo(endereco: &str) -> Navegador {
        let ajustes = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // Quem atende está nesta máquina, e o proxy da rede não chega a ela.
            .proxy(None)
            .user_agent("navegador-de-teste")
            .allow_non_standard_methods(true)
            .build();
        Navegador {
            agente: ajustes.into(),
            endereco: endereco.to_owned(),
            cookies: BTreeMap::new(),
            same_site: BTreeMap::new(),
            cabecalhos: Vec::new(),
        }
    }

    /// O que uma página desta origem faz um navegador atual enviar: um formulário ou, sem campos, um
    /// link. Vão os cabeçalhos que ele escreve e só os cookies que o `SameSite` de cada um deixa ir.
    pub fn de_fora(
        &mut self,
        origem: &str,
        caminho: &str,
        formulario: Option<&str>,
    ) -> Resposta {
        // A porta não faz parte do site.
        let site = |endereco: &str| endereco.rsplit_once(':').map(|um| um.0.to_owned());
        let mesmo_site = site(origem) == site(&self.endereco);
        let mut outra_pagina = self.clone();
        outra_pagina.cookies.retain(|nome, _| match self.same_site.get(nome) {
            _ if mesmo_site => true,
            Some(Some(SameSite::Strict)) => false,
            Some(Some(SameSite::None)) => true,
            // `Lax` é o padrão de quem não diz nada.
            _ => formulario.is_none(),
        });
        let de_onde = if mesmo_site { "same-site" } else { "cross-site" };
        let mut cabecalhos = vec![("Sec-Fetch-Site", de_onde)];
        cabecalhos.extend(formulario.map(|_| ("Origin", origem)));
        let cabecalhos = cabecalhos.into_iter().map(|(n, v)| (n.into(), v.into()));
        outra_pagina.cabecalhos.extend(cabecalhos);
        let resposta = match formulario {
            Some(campos) => outra_pagina.post(caminho, campos),
            None => outra_pagina.get(caminho),
        };
        // O que a resposta manda guardar vale para o navegador inteiro.
        self.guardar(&resposta.cookies);
        resposta
    }

    /// GET.
    pub fn get(&mut self, caminho: &str) -> Resposta {
        self.pedir("GET", caminho, None, "")
    }

    /// POST de um formulário já codificado, como `username=admin&password=123`.
    pub fn post(&mut self, caminho: &str, formulario: &str) -> Resposta {
        self.pedir("POST", caminho, FORMULARIO, formulario)
    }

    /// Abre uma página, preenche o formulário que envia a este caminho e o envia, com os campos
    /// ocultos que ele traz. É um erro se a página não tem esse formulário.
    pub fn preencher(
        &mut self,
        pagina: &str,
        acao: &str,
        campos: &[(&str, &str)],
    ) -> Result<Resposta, String> {
        let corpo = html::preencher(&self.get(pagina).corpo, acao, campos)
            .ok_or(format!("{pagina} não tem o formulário que envia a {acao}"))?;
        Ok(self.post(acao, &corpo))
    }

    /// POST por uma conexão lenta: o último byte só sai depois que `no_meio` termina.
    pub fn post_lento(
        &mut self,
        caminho: &str,
        formulario: &str,
        no_meio: impl FnMut(),
    ) -> Resposta {
        let (inicio, fim) = formulario.split_at(formulario.len() - 1);
        let mut corpo = inicio.as_bytes().chain(Pausa(no_meio)).chain(fim.as_bytes());
        self.pedir("POST", caminho, FORMULARIO, SendBody::from_reader(&mut corpo))
    }

    /// O login da lição.
    pub fn entrar(&mut self) -> Resposta {
        let campos = [("username", "admin"), ("password", "123")];
        self.preencher(LOGIN, LOGIN_SUBMIT, &campos).expect("a página tem o formulário")
    }

    /// Sai pelo botão da página de perfil ou, onde não há um, pelo link do menu.
    pub fn sair(&mut self) -> Resposta {
        let pelo_botao = self.preencher(PERFIL, LOGOUT, &[]);
        pelo_botao.unwrap_or_else(|_| self.get(LOGOUT))
    }

    /// Qualquer requisição; guarda os cookies que voltarem.
    pub fn pedir(
        &mut self,
        metodo: &str,
        caminho: &str,
        tipo: Option<&str>,
        corpo: impl AsSendBody,
    ) -> Resposta {
        let endereco = format!("{}{caminho}", self.endereco);
        let mut pedido = Request::builder().method(metodo).uri(endereco);
        if let Some(tipo) = tipo {
            pedido = pedido.header("content-type", tipo);
        }
        for (nome, valor) in &self.cabecalhos {
            pedido = pedido.header(nome, valor);
        }
        if !self.cookies.is_empty() {
            let pares =
                self.cookies.iter().map(|(nome, valor)| format!("{nome}={valor}"));
            pedido = pedido.header("cookie", pares.collect::<Vec<_>>().join("; "));
        }
        let pedido = pedido.body(corpo).expect("requisição bem formada");
        let mut resposta = self.agente.run(pedido).unwrap_or_else(|erro| {
            panic!("{metodo} {caminho} ficou sem resposta: {erro}")
        });
        let cabecalhos = resposta.headers().iter().map(|(nome, valor)| {
            (nome.to_string(), String::from_utf8_lossy(valor.as_bytes()).into_owned())
        });
        let cabecalhos: Vec<_> = cabecalhos.collect();
        let cookies = cabecalhos.iter().filter(|(nome, _)| nome == "set-cookie");
        let cookies = cookies.map(|(_, valor)| Cookie::parse(valor.clone()));
        let cookies: Result<Vec<_>, _> = cookies.collect();
        let cookies = cookies.expect("Set-Cookie bem formado");
        self.guardar(&cookies);
        let corpo = resposta.body_mut().read_to_string();
        Resposta {
            codigo: resposta.status().as_u16(),
            cabecalhos,
            cookies,
            corpo: corpo.expect("o corpo deve ser texto"),
            ..Resposta::default()
        }
    }

    fn guardar(&mut self, cookies: &[Cookie<'_>]) {
        for cookie in cookies {
            // Um cookie maior do que isto os navegadores descartam, sem avisar ninguém.
            if cookie.name().len() + cookie.value().len() > 4_096 {
                continue;
            }
            // É assim que o Rocket e o Flask mandam apagar: com uma duração de zero segundos.
            if cookie.max_age().is_some_and(|duracao| duracao.is_zero()) {
                self.cookies.remove(cookie.name());
            } else {
                let nome = cookie.name().to_owned();
                self.same_site.insert(nome.clone(), cookie.same_site());
                self.cookies.insert(nome, cookie.value().to_owned());
            }
        }
    }
}

/// O meio de um corpo: não tem bytes, mas só passa ao que vem depois quando a função termina.
struct Pausa<F>(F);

impl<F: FnMut()> Read for Pausa<F> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        (self.0)();
        Ok(0)
    }
}
