//! Apoio aos testes dos capítulos: um navegador de mentira e as promessas que valem em mais de um.
//! É código só de teste: o que não sai como devia para o teste na hora.

use std::collections::BTreeMap;
use std::rc::Rc;

use rocket::http::{ContentType, Cookie, Header, Method, Status};
use rocket::local::blocking::{Client, LocalResponse};
use rocket::{Build, Rocket};

use crate::caminhos::{LOGIN, LOGIN_SUBMIT, LOGOUT, PERFIL};

pub mod caminhos;
pub mod corrida;
pub mod html;
pub mod promessas;
pub mod servidores;

pub use html::formulario;

/// Um navegador de mentira, sem rede, para a aplicação de um capítulo.
///
/// Gera uma chave secreta própria: o teste passa em debug e em release, com ou sem
/// chave no ambiente. O cliente guarda os cookies de uma requisição para a outra.
pub fn cliente(aplicacao: Rocket<Build>) -> Client {
    Client::tracked(com_chave_propria(aplicacao)).expect("a aplicação deve iniciar")
}

fn com_chave_propria(aplicacao: Rocket<Build>) -> Rocket<Build> {
    let chave = shared::chave_nova().expect("o sistema deve gerar a chave do teste");
    let configuracao = aplicacao
        .figment()
        .clone()
        .merge(("secret_key", chave))
        // O log de cada requisição esconderia a mensagem do teste que falha.
        .merge(("log_level", "critical"));
    aplicacao.configure(configuracao)
}

/// Alguém que visita a aplicação de um capítulo: guarda os cookies, preenche os
/// formulários com os campos escondidos que a página traz, e não segue redirecionamentos.
///
/// Uma cópia (`clone`) é outro navegador com os mesmos cookies, no mesmo servidor.
#[derive(Clone)]
pub struct Visitante {
    servidor: Rc<Client>,
    /// Os cookies que o navegador guarda, como o servidor os enviou.
    pub cookies: BTreeMap<String, String>,
    /// Os cabeçalhos que vão em todo pedido.
    pub cabecalhos: Vec<(&'static str, String)>,
}

impl Visitante {
    /// Um navegador sem cookies, para uma aplicação que acaba de iniciar.
    // ANCHOR: visitante
    pub fn novo(aplicacao: Rocket<Build>) -> Visitante {
        let servidor = Client::untracked(com_chave_propria(aplicacao));
        Visitante::de(servidor.expect("a aplicação deve iniciar"))
    }
    // ANCHOR_END: visitante

    /// Um navegador sem cookies, para um servidor que o teste montou.
    pub fn de(servidor: Client) -> Visitante {
        Visitante {
            servidor: Rc::new(servidor),
            cookies: BTreeMap::new(),
            cabecalhos: Vec::new(),
        }
    }

    /// O servidor, para os poucos testes que precisam falar com ele de outro jeito.
    pub fn servidor(&self) -> &Client {
        &self.servidor
    }

    /// Outro navegador, sem cookies, no mesmo servidor.
    pub fn outro(&self) -> Visitante {
        Visitante { cookies: BTreeMap::new(), ..self.clone() }
    }

    /// Coloca no navegador um cookie com este texto, criptografado com a chave do servidor:
    /// é como um teste escreve o que há dentro de uma sessão.
    pub fn forjar(&mut self, nome: &str, texto: impl ToString) {
        let aberto = (nome.to_owned(), texto.to_string());
        let pedido = self.servidor.get("/").private_cookie(aberto);
        let fechado = pedido.inner().cookies().get(nome).expect("o pedido o leva");
        self.cookies.insert(nome.to_owned(), fechado.value().to_owned());
    }

    /// GET.
    pub fn abrir(&mut self, caminho: &str) -> Resposta {
        self.pedir(Method::Get, caminho, None, b"")
    }

    /// POST de um formulário já codificado, como `username=admin&password=123`.
    pub fn postar(&mut self, caminho: &str, formulario: &str) -> Resposta {
        let (tipo, corpo) = (Some(ContentType::Form), formulario.as_bytes());
        self.pedir(Method::Post, caminho, tipo, corpo)
    }

    /// Abre a página, preenche o formulário que envia a `acao` e o envia, com os campos
    /// escondidos que ele traz.
    pub fn enviar(
        &mut self,
        pagina: &str,
        acao: &str,
        campos: &[(&str, &str)],
    ) -> Resposta {
        let aberta = self.abrir(pagina).corpo;
        let preenchido = html::preencher(&aberta, acao, campos)
            .unwrap_or_else(|| panic!("{pagina} não envia a {acao}:\n{aberta}"));
        self.postar(acao, &preenchido)
    }

    /// O login da lição.
    pub fn entrar(&mut self) -> Resposta {
        self.entrar_com("admin", "123")
    }

    /// O formulário de login, com este nome e esta senha.
    pub fn entrar_com(&mut self, username: &str, password: &str) -> Resposta {
        let campos = [("username", username), ("password", password)];
        self.enviar(LOGIN, LOGIN_SUBMIT, &campos)
    }

    /// Sai pelo botão da página de perfil ou, onde não há um, pelo link do menu.
    pub fn sair(&mut self) -> Resposta {
        let perfil = self.abrir(PERFIL).corpo;
        match html::preencher(&perfil, LOGOUT, &[]) {
            Some(preenchido) => self.postar(LOGOUT, &preenchido),
            None => self.abrir(LOGOUT),
        }
    }

    /// Qualquer pedido; guarda os cookies que voltarem.
    pub fn pedir(
        &mut self,
        metodo: Method,
        caminho: &str,
        tipo: Option<ContentType>,
        corpo: &[u8],
    ) -> Resposta {
        let servidor = Rc::clone(&self.servidor);
        let mut pedido = servidor.req(metodo, caminho.to_owned()).body(corpo);
        if let Some(tipo) = tipo {
            pedido = pedido.header(tipo);
        }
        for (nome, valor) in &self.cabecalhos {
            pedido = pedido.header(Header::new(*nome, valor.clone()));
        }
        for (nome, valor) in &self.cookies {
            pedido = pedido.cookie((nome.clone(), valor.clone()));
        }
        let resposta = Resposta::de(pedido.dispatch());
        for cookie in &resposta.cookies {
            let nome = cookie.name().to_owned();
            // É assim que o Rocket manda apagar: com uma duração de zero segundos.
            if cookie.max_age().is_some_and(|duracao| duracao.is_zero()) {
                self.cookies.remove(&nome);
            } else {
                self.cookies.insert(nome, cookie.value().to_owned());
            }
        }
        resposta
    }
}

/// O que voltou do servidor.
#[derive(Debug, Clone, Default)]
pub struct Resposta {
    /// O código HTTP.
    pub codigo: u16,
    /// Os cabeçalhos, nome e valor.
    pub cabecalhos: Vec<(String, String)>,
    /// Os cookies que a resposta manda guardar ou apagar.
    pub cookies: Vec<Cookie<'static>>,
    /// Destes cookies, o texto dos que a chave do servidor abre, pelo nome.
    pub abertos: BTreeMap<String, String>,
    /// O corpo, como texto.
    pub corpo: String,
}

impl Resposta {
    /// Lê uma resposta do Rocket até o fim.
    pub fn de(resposta: LocalResponse<'_>) -> Resposta {
        let cabecalhos = resposta.headers().iter();
        let cabecalhos =
            cabecalhos.map(|um| (um.name.to_string(), um.value.to_string()));
        let jar = resposta.cookies();
        let cookies: Vec<Cookie<'static>> = jar.iter().cloned().collect();
        let abertos = cookies.iter().filter_map(|cookie| {
            let aberto = jar.get_private(cookie.name())?;
            Some((cookie.name().to_owned(), aberto.value().to_owned()))
        });
        Resposta {
            codigo: resposta.status().code,
            cabecalhos: cabecalhos.collect(),
            abertos: abertos.collect(),
            cookies,
            corpo: resposta.into_string().unwrap_or_default(),
        }
    }

    /// O primeiro cabeçalho com este nome.
    pub fn cabecalho(&self, nome: &str) -> Option<&str> {
        let achado =
            self.cabecalhos.iter().find(|(outro, _)| outro.eq_ignore_ascii_case(nome));
        achado.map(|(_, valor)| valor.as_str())
    }

    /// O código e o nome dele, como `200 OK`.
    pub fn estado(&self) -> String {
        Status::new(self.codigo).to_string()
    }

    /// O caminho de `Location`, sem o servidor e sem o que vem depois do `?`.
    pub fn destino(&self) -> Option<&str> {
        let destino = self.cabecalho("Location")?;
        let caminho = match destino.strip_prefix("http://") {
            Some(resto) => &resto[resto.find('/')?..],
            None => destino,
        };
        caminho.split('?').next()
    }

    /// A linha `Set-Cookie` do cookie com este nome.
    pub fn set_cookie(&self, nome: &str) -> Option<&str> {
        let do_cookie = |(outro, valor): &&(String, String)| {
            outro == "Set-Cookie" && valor.split('=').next() == Some(nome)
        };
        self.cabecalhos.iter().find(do_cookie).map(|(_, linha)| linha.as_str())
    }

    /// Confere que a página veio com código 200 e com este trecho.
    #[track_caller]
    pub fn mostra(&self, trecho: &str) {
        let certo = self.codigo == 200 && self.corpo.contains(trecho);
        assert!(certo, "sem «{trecho}» em {}: {}", self.codigo, self.corpo);
    }

    /// Confere que a resposta redireciona para este caminho.
    #[track_caller]
    pub fn leva_a(&self, caminho: &str, caso: &str) {
        let veio = (self.codigo, self.destino());
        assert_eq!(veio, (303, Some(caminho)), "{caso}: {}", self.corpo);
    }

    /// Confere que o login foi recusado sem dizer por quê.
    #[track_caller]
    pub fn login_invalido(&self, caso: &str) {
        let certo = self.codigo == 401 && self.corpo.contains("Login inválido");
        assert!(certo, "{caso}: {} {}", self.codigo, self.corpo);
    }
}

/// Cada promessa dos grupos citados vira um teste da aplicação de um capítulo.
///
/// `teste::promessas!(super::rocket: casa, login)` diz que ali valem todas as de `casa` e
/// de `login`. O que cada uma confere está em [`mod@promessas`].
#[macro_export]
macro_rules! promessas {
    (@cada $aplicacao:path: $($nome:ident)+) => {
        $(#[test]
        fn $nome() {
            $crate::promessas::$nome($aplicacao);
        })+
    };
    (@grupo casa $aplicacao:path) => {
        $crate::promessas!(@cada $aplicacao:
            a_raiz_redireciona_para_o_login
            a_pagina_de_login_vem_do_template_em_portugues
            um_endereco_que_nao_existe_recebe_um_404_em_portugues);
    };
    (@grupo login $aplicacao:path) => {
        $crate::promessas!(@cada $aplicacao:
            qualquer_outro_login_recebe_401_e_ninguem_entra
            um_login_errado_nao_muda_a_sessao_de_antes);
    };
    (@grupo corpos $aplicacao:path) => {
        $crate::promessas!(@cada $aplicacao:
            um_corpo_que_nao_e_formulario_tambem_recebe_401);
    };
    (@grupo paginas $aplicacao:path) => {
        $crate::promessas!(@cada $aplicacao:
            o_dashboard_e_o_perfil_recuperam_o_que_o_login_armazenou
            um_cookie_em_claro_ou_de_outra_chave_nao_abre_nenhuma_pagina
            um_unico_caractere_adulterado_e_o_cookie_nao_abre);
    };
    (@grupo saida $aplicacao:path) => {
        $crate::promessas!(@cada $aplicacao:
            a_maria_entra_e_ve_o_nome_o_numero_e_o_cargo_dela
            repetir_o_logout_ou_sair_sem_ter_entrado_nao_faz_mal
            remover_o_cargo_deixa_os_outros_valores_no_lugar);
    };
    (@grupo dicionario $aplicacao:path) => {
        $crate::promessas!(@cada $aplicacao:
            a_sessao_inteira_vai_em_um_cookie_criptografado_e_protegido
            a_emenda_de_duas_sessoes_nao_muda_o_cargo_de_ninguem
            ler_as_paginas_nao_escreve_cookie_nenhum);
    };
    ($aplicacao:path: $($grupo:ident),+ $(,)?) => {
        $($crate::promessas!(@grupo $grupo $aplicacao);)+
    };
}
