//! O que só um navegador de verdade mostra: as páginas do livro e as dos capítulos no Chromium, e de
//! que site vem uma requisição também no WebKit.

use std::collections::{BTreeMap, BTreeSet};

use book::processo::{Processo, chave_de_teste, servidor};
use serde_json::json;
use tests::janela::Janela;

mod cabecalhos;
mod livro;
mod origem;
mod telas;
mod vizinho;

const ENTRAR: &str = "/login_submit";
const SAIR: &str = "/logout";
const ERRADO: &str = "/nao-existe";

/// Um capítulo no ar, visto por quem ainda não tem cookies.
struct Site<'c> {
    chromium: &'c Janela,
    processo: Processo,
    capitulo: String,
}

impl Site<'_> {
    fn novo<'c>(chromium: &'c Janela, capitulo: &str) -> Site<'c> {
        let mut comando = servidor(capitulo, &chave_de_teste('1'));
        if capitulo == "cap18-completa" {
            // Só as sessões desta visita aparecem na lista.
            comando.env("ROCKET_SESSAO_URL", "memoria:");
        }
        let processo = Processo::iniciar(comando);
        let site = Site { chromium, processo, capitulo: capitulo.to_owned() };
        site.abrir("/");
        chromium.esquecer_cookies();
        site.abrir("/");
        site
    }

    fn abrir(&self, caminho: &str) {
        self.chromium.abrir(&format!("{}{caminho}", self.processo.endereco));
    }

    /// Clica no que leva a outra página.
    fn clicar(&self, seletor: &str) {
        self.chromium.navegar(|chromium| chromium.clicar(seletor));
    }

    fn preencher(&self, campo: &str, valor: &str) {
        let valor = json!(valor);
        self.chromium.executar(&format!(
            "document.querySelector('[name={campo}]').value = {valor};"
        ));
    }

    /// Entra, se o capítulo já tem o formulário de login.
    fn entrar(&self) {
        self.entrar_como("admin", "123");
    }

    fn entrar_como(&self, username: &str, password: &str) {
        self.abrir("/login");
        if self.tem(&alvo(ENTRAR)) {
            self.preencher("username", username);
            self.preencher("password", password);
            self.clicar(&alvo(ENTRAR));
        }
    }

    fn mostra(&self, frase: &str) -> bool {
        self.texto_de("document.querySelector('main')").contains(frase)
    }

    fn texto_de(&self, elemento: &str) -> String {
        let texto = self.chromium.executar(&format!("return {elemento}.innerText;"));
        texto.as_str().unwrap_or_default().to_owned()
    }

    fn tem(&self, seletor: &str) -> bool {
        let achado = format!("return !!document.querySelector({});", json!(seletor));
        self.chromium.executar(&achado) == json!(true)
    }

    /// O caminho da tela e o código HTTP com que ela veio.
    fn onde(&self) -> (String, u64) {
        let onde = self.chromium.executar(
            "const [{ responseStatus }] = performance.getEntriesByType('navigation');
            return [location.pathname, responseStatus];",
        );
        (onde[0].as_str().unwrap().to_owned(), onde[1].as_u64().unwrap())
    }

    /// Põe esta isca em uma página de outra porta e cai nela.
    fn cair_em(&self, host: &str, isca: &str, caminho: &str) {
        let pedidos = || self.processo.saida().matches(&format!(" {caminho}")).count();
        let antes = pedidos();
        let isca =
            isca.replace("DESTINO", &format!("{}{caminho}", self.processo.endereco));
        self.chromium.mostrar_em_outra_porta(host, &isca);
        // Uma imagem não espera por ninguém, e não leva a outra página.
        if self.tem("img") {
            assert!(pedidos() > antes, "{}: {isca} não chegou", self.capitulo);
        } else {
            self.clicar("a, button");
        }
    }

    /// Olha cada tela a que se chega sem sair, e diz onde está.
    fn explorar(&self, olhar: &impl Fn(&str)) {
        let olhar = || olhar(&format!("{}, {}", self.capitulo, self.onde().0));
        for (acao, caminho) in self.seguir_ligacoes(&olhar) {
            self.abrir(&caminho);
            if acao == ENTRAR {
                self.preencher("username", "admin");
                self.preencher("password", "errada");
            }
            self.clicar(&alvo(&acao));
            olhar();
        }
    }

    /// Olha as telas a que os links levam; devolve os formulários e onde cada um está.
    fn seguir_ligacoes(&self, olhar: &impl Fn()) -> BTreeMap<String, String> {
        let mut formularios = BTreeMap::new();
        let (mut pedidas, mut vistas) = (BTreeSet::new(), BTreeSet::new());
        let mut fila = vec![ERRADO.to_owned(), "/".to_owned()];
        while let Some(pedida) = fila.pop() {
            if !pedidas.insert(pedida.clone()) {
                continue;
            }
            self.abrir(&pedida);
            let (caminho, codigo) = self.onde();
            // Uma página pode pedir o login, ou um cargo.
            let existe = matches!(codigo, 200 | 401 | 403);
            let capitulo = &self.capitulo;
            assert_eq!(existe, pedida != ERRADO, "{capitulo}: {pedida}, {codigo}");
            if vistas.insert(caminho.clone()) {
                olhar();
                fila.extend(self.caminhos("document.links", "href"));
                let acoes = self.caminhos("document.forms", "action");
                formularios.extend(acoes.map(|acao| (acao, caminho.clone())));
            }
        }
        formularios
    }

    /// Aonde levam os links ou os formulários da tela, sem a saída.
    fn caminhos(&self, colecao: &str, atributo: &str) -> impl Iterator<Item = String> {
        let achados = self.chromium.executar(&format!(
            "return [...{colecao}].map((um) => new URL(um.{atributo}))
                .filter(({{ origin }}) => origin === location.origin)
                .map(({{ pathname }}) => pathname).filter((um) => um !== '{SAIR}');"
        ));
        serde_json::from_value::<Vec<String>>(achados).unwrap().into_iter()
    }
}

/// O seletor do que leva a este caminho: um link ou o botão de um formulário.
fn alvo(caminho: &str) -> String {
    format!("a[href='{caminho}'], form[action='{caminho}'] button")
}
