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
mod viva;

const ENTRAR: &str = "/login_submit";
const SAIR: &str = "/logout";
const ERRADO: &str = "/nao-existe";

/// Um capítulo no ar, visto por quem ainda não tem cookies.
struct Site<'c> {
    janela: &'c Janela,
    processo: Processo,
    capitulo: String,
}

impl Site<'_> {
    fn novo<'c>(janela: &'c Janela, capitulo: &str) -> Site<'c> {
        Site::em(janela, capitulo, "debug", "127.0.0.1")
    }

    /// Neste perfil, visto com este nome da máquina.
    fn em<'c>(janela: &'c Janela, nome: &str, perfil: &str, host: &str) -> Site<'c> {
        let mut comando = servidor(nome, &chave_de_teste('1'));
        comando.env("ROCKET_PROFILE", perfil);
        if nome == "cap18-completa" {
            // Só as sessões desta visita aparecem na lista.
            comando.env("ROCKET_SESSAO_URL", "memoria:");
            // Fora do debug, as contas da lição não entrariam.
            comando.env("ROCKET_PROFILE", "debug");
            comando.env("ROCKET_HTTPS", (perfil != "debug").to_string());
        }
        let mut processo = Processo::iniciar(comando);
        processo.endereco = processo.endereco.replace("127.0.0.1", host);
        let site = Site { janela, processo, capitulo: nome.to_owned() };
        site.abrir("/");
        janela.esquecer_cookies();
        site.abrir("/");
        site
    }

    fn abrir(&self, caminho: &str) {
        self.janela.abrir(&format!("{}{caminho}", self.processo.endereco));
    }

    fn entrar(&self) {
        self.entrar_como("admin", "123");
    }

    /// Entra, se o capítulo já tem o formulário de login.
    fn entrar_como(&self, username: &str, password: &str) {
        self.abrir("/login");
        let campo = "return !!document.querySelector('[name=username]')";
        if self.janela.executar(campo) == json!(true) {
            for (campo, valor) in [("username", username), ("password", password)] {
                let campo = format!("document.querySelector('[name={campo}]').value");
                self.janela.executar(&format!("{campo} = {}", json!(valor)));
            }
            self.janela.navegar(&format!("form[action='{ENTRAR}'] button"));
        }
    }

    fn mostra(&self, frase: &str) -> bool {
        let texto =
            self.janela.executar("return document.querySelector('main').innerText");
        texto.as_str().is_some_and(|texto| texto.contains(frase))
    }

    /// Se esta página, aberta agora, mostra a frase.
    fn mostra_em(&self, caminho: &str, frase: &str) -> bool {
        self.abrir(caminho);
        self.mostra(frase)
    }

    /// Põe esta isca em uma página de outra porta e cai nela.
    fn cair_em(&self, host: &str, isca: &str, caminho: &str) {
        let pedidos = || self.processo.saida().matches(&format!(" {caminho}")).count();
        let antes = pedidos();
        let alvo = format!("{}{caminho}", self.processo.endereco);
        self.janela.mostrar_em_outra_porta(host, &isca.replace("DESTINO", &alvo));
        // Uma imagem não espera por ninguém, e não leva a outra página.
        if isca == origem::IMAGEM {
            assert!(pedidos() > antes, "{}: {isca} não chegou", self.capitulo);
        } else {
            self.janela.navegar("a, button");
        }
    }

    /// Olha cada tela a que se chega sem sair, por um link ou por um formulário, e diz onde está.
    fn explorar(&self, olhar: &mut impl FnMut(&str)) {
        let mut fila = vec![ERRADO.to_owned(), "/".to_owned()];
        let mut vistas: BTreeSet<_> = fila.iter().cloned().collect();
        let mut formularios = BTreeMap::new();
        while let Some(caminho) = fila.pop() {
            let lugar = format!("{}, {caminho}", self.capitulo);
            self.abrir(&caminho);
            olhar(&lugar);
            let tela = self.janela.executar(
                "return [performance.getEntriesByType('navigation')[0].responseStatus,
                    [...document.links].filter((um) => um.origin === location.origin)
                        .map((um) => um.pathname),
                    [...document.querySelectorAll('form, [formaction]')].map((um) =>
                        um.getAttribute('formaction') ?? um.getAttribute('action'))];",
            );
            let (codigo, mut links, acoes): (u16, Vec<String>, Vec<String>) =
                serde_json::from_value(tela).unwrap();
            assert_eq!(codigo == 404, caminho == ERRADO, "{lugar}: {codigo}");
            links.retain(|link| link != SAIR && vistas.insert(link.clone()));
            fila.extend(links);
            formularios.extend(acoes.into_iter().map(|acao| (acao, caminho.clone())));
        }
        // Sem os cookies, os outros botões não estariam lá.
        formularios
            .retain(|acao, _| ![SAIR, "/raio-x/apagar"].contains(&acao.as_str()));
        for (acao, caminho) in formularios {
            self.abrir(&caminho);
            // Serve a qualquer campo, e como senha está errado.
            self.janela.executar(
                "document.querySelectorAll('[name=produto], [type=password]').forEach((um) => um.value ||= 'admin')",
            );
            self.janela.navegar(&format!(
                "form[action='{acao}'] button, [formaction='{acao}']"
            ));
            olhar(&format!("{}, depois de {acao}", self.capitulo));
        }
    }
}
