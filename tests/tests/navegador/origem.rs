//! De que site vem uma requisição, como os navegadores de verdade dizem: o que muda dos capítulos que
//! não perguntam para os que perguntam.

use tests::janela::Janela;

use super::{ENTRAR, SAIR, Site};

const DEPOIS: [&str; 2] = ["cap12-formularios", "cap18-completa"];

/// Para uma página em 127.0.0.1, outro site e outra porta do mesmo.
const DE_FORA: [&str; 2] = ["localhost", "127.0.0.1"];

pub const LINK: &str = "<a href='DESTINO'>link</a>";
pub const IMAGEM: &str = "<img src='DESTINO' alt=''>";
/// Serve a qualquer rota: cada uma lê só os campos dela.
pub const FORMULARIO: &str = "<form action='DESTINO' method='post'>
    <input name='username' value='maria'><input name='password' value='456'>
    <input name='produto' value='forjado'><button>Ganhe</button></form>";

/// O teste no Chromium e no WebKit, com cada um destes capítulos.
fn nos_dois(capitulos: &[&str], teste: impl Fn(&Site)) {
    for (nome, abrir) in
        [("Chromium", Janela::chromium as fn() -> _), ("WebKit", Janela::webkit)]
    {
        let janela = abrir();
        for capitulo in capitulos {
            println!("{capitulo}, no {nome}");
            teste(&Site::novo(&janela, capitulo));
        }
    }
}

#[test]
#[ignore = "precisa de Chromium, chromedriver, WebKitWebDriver e Xvfb"]
fn um_link_de_fora_chega_com_a_sessao_e_ela_continua() {
    nos_dois(&DEPOIS, |site| {
        site.entrar();
        for host in DE_FORA {
            for pagina in ["/carrinho", "/login", "/perfil"] {
                site.cair_em(host, LINK, pagina);
            }
            assert!(site.mostra("Cargo: admin"), "de {host}");
            assert!(site.mostra_em("/perfil", "Cargo: admin"), "de {host}");
        }
    });
}

#[test]
#[ignore = "precisa de Chromium, chromedriver, WebKitWebDriver e Xvfb"]
fn um_formulario_de_fora_muda_algo_no_capitulo_6() {
    nos_dois(&["cap06-dicionario"], |site| {
        site.entrar();
        // O link de outro site chega sem o cookie, e a sessão continua no navegador.
        for (host, mostra) in [("localhost", "Entrar"), ("127.0.0.1", "Cargo: admin")] {
            site.cair_em(host, LINK, "/perfil");
            assert!(site.mostra(mostra), "de {host}");
        }
        // De outro site o cookie não vai, e o do carrinho da resposta fica no lugar do que havia.
        for (host, isca, caminho, pagina, mostra) in [
            ("127.0.0.1", FORMULARIO, "/remover_cargo", "/perfil", "Cargo: visitante"),
            ("127.0.0.1", IMAGEM, SAIR, "/perfil", "Entrar"),
            ("localhost", FORMULARIO, ENTRAR, "/dashboard", "Bem-vindo, maria!"),
            ("localhost", FORMULARIO, "/carrinho", "/carrinho", "forjado"),
        ] {
            site.cair_em(host, isca, caminho);
            assert!(site.mostra_em(pagina, mostra), "{caminho}, de {host}");
        }
        let saiu = site.mostra_em("/perfil", "Entrar");
        assert!(saiu, "o carrinho forjado desconectou a maria");
    });
}

#[test]
#[ignore = "precisa de Chromium, chromedriver, WebKitWebDriver e Xvfb"]
fn um_formulario_de_fora_recebe_403_e_nao_muda_nada() {
    nos_dois(&DEPOIS, |site| {
        for entrou in [false, true] {
            if entrou {
                site.entrar();
            }
            site.abrir("/");
            let antes = site.janela.cookies();
            for host in DE_FORA {
                for caminho in ["/carrinho", SAIR, ENTRAR] {
                    site.cair_em(host, FORMULARIO, caminho);
                    assert!(site.mostra("Acesso negado"), "{caminho}, de {host}");
                    site.abrir("/");
                    assert_eq!(site.janela.cookies(), antes, "{caminho}, de {host}");
                }
                site.cair_em(host, IMAGEM, SAIR);
            }
            assert!(!site.mostra_em("/carrinho", "forjado"), "o carrinho mudou");
            assert_eq!(site.mostra_em("/perfil", "Cargo: admin"), entrou);
        }
    });
}
