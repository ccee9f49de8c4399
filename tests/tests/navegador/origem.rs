//! De que site vem uma requisição, como os navegadores de verdade dizem: o que muda dos capítulos que
//! não perguntam para os que perguntam.

use tests::janela::Janela;

use super::{ENTRAR, SAIR, Site};

const ANTES: &str = "cap06-dicionario";
const DEPOIS: [&str; 2] = ["cap12-formularios", "cap18-completa"];

/// Para uma página em 127.0.0.1, outro site e outra porta do mesmo.
const DE_FORA: [&str; 2] = ["localhost", "127.0.0.1"];

const LINK: &str = "<a href='DESTINO'>link</a>";
const BOTAO: &str =
    "<form action='DESTINO' method='post'><button>Ganhe</button></form>";
const PRODUTO: &str = "<form action='DESTINO' method='post'>
    <input name='produto' value='forjado'><button>Ganhe</button></form>";
const LOGIN: &str = "<form action='DESTINO' method='post'>
    <input name='username' value='maria'><input name='password' value='456'>
    <button>Ganhe</button></form>";

/// Cada função vira um teste em cada navegador.
macro_rules! nos_dois_navegadores {
    ($($teste:ident)+) => {
        mod chromium {
            use super::Janela;
            $(#[test]
            #[ignore = "precisa de Chromium e chromedriver"]
            fn $teste() {
                super::$teste(&Janela::chromium());
            })+
        }
        mod webkit {
            use super::Janela;
            $(#[test]
            #[ignore = "precisa de WebKitWebDriver e Xvfb"]
            fn $teste() {
                super::$teste(&Janela::webkit());
            })+
        }
    };
}

nos_dois_navegadores! {
    o_link_de_outro_site_chega_sem_a_sessao_no_capitulo_6
    um_link_de_fora_chega_com_a_sessao_e_ela_continua
    um_formulario_de_fora_muda_algo_no_capitulo_6
    um_formulario_de_fora_recebe_403_e_nao_muda_nada
    os_formularios_do_site_funcionam_com_duas_abas_e_depois_do_login
}

fn o_link_de_outro_site_chega_sem_a_sessao_no_capitulo_6(janela: &Janela) {
    let site = Site::novo(janela, ANTES);
    site.entrar();
    site.cair_em("localhost", LINK, "/perfil");
    assert!(site.mostra("Entrar"));
    // De outra porta do mesmo site o cookie vai, e a sessão continuava no navegador.
    site.cair_em("127.0.0.1", LINK, "/perfil");
    assert!(site.mostra("Cargo: admin"));
}

fn um_link_de_fora_chega_com_a_sessao_e_ela_continua(janela: &Janela) {
    for capitulo in DEPOIS {
        let site = Site::novo(janela, capitulo);
        site.entrar();
        for host in DE_FORA {
            for pagina in ["/perfil", "/carrinho", "/login"] {
                site.cair_em(host, LINK, pagina);
                site.abrir("/perfil");
                let caso = format!("{capitulo}: {pagina}, de {host}");
                assert!(site.mostra("Cargo: admin"), "{caso}");
            }
            site.cair_em(host, LINK, "/perfil");
            assert!(site.mostra("Cargo: admin"), "{capitulo}: de {host}");
        }
    }
}

fn um_formulario_de_fora_muda_algo_no_capitulo_6(janela: &Janela) {
    let site = Site::novo(janela, ANTES);
    site.entrar();
    // De outro site o cookie não vai, e o do carrinho da resposta fica no lugar do que havia.
    for (host, isca, caminho, pagina, mostra) in [
        ("127.0.0.1", BOTAO, "/remover_cargo", "/perfil", "Cargo: visitante"),
        ("127.0.0.1", "<img src='DESTINO' alt=''>", SAIR, "/perfil", "Entrar"),
        ("localhost", LOGIN, ENTRAR, "/dashboard", "Bem-vindo, maria!"),
        ("localhost", PRODUTO, "/carrinho", "/carrinho", "forjado"),
    ] {
        site.cair_em(host, isca, caminho);
        site.abrir(pagina);
        assert!(site.mostra(mostra), "{caminho}, de {host}");
    }
    site.abrir("/perfil");
    assert!(site.mostra("Entrar"), "o carrinho forjado desconectou a maria");
}

fn um_formulario_de_fora_recebe_403_e_nao_muda_nada(janela: &Janela) {
    for capitulo in DEPOIS {
        let site = Site::novo(janela, capitulo);
        for entrou in [false, true] {
            if entrou {
                site.entrar();
            }
            site.abrir("/");
            let antes = janela.cookies();
            for host in DE_FORA {
                for (isca, caminho) in
                    [(PRODUTO, "/carrinho"), (BOTAO, SAIR), (LOGIN, ENTRAR)]
                {
                    let caso = format!("{capitulo}: {caminho}, de {host}");
                    site.cair_em(host, isca, caminho);
                    assert!(site.mostra("Acesso negado"), "{caso}");
                    site.abrir("/");
                    assert_eq!(janela.cookies(), antes, "{caso}");
                }
                site.cair_em(host, "<img src='DESTINO' alt=''>", SAIR);
            }
            site.abrir("/carrinho");
            assert!(!site.mostra("forjado"), "{capitulo}: o carrinho mudou");
            site.abrir("/perfil");
            assert_eq!(site.mostra("Cargo: admin"), entrou, "{capitulo}");
        }
    }
}

fn os_formularios_do_site_funcionam_com_duas_abas_e_depois_do_login(janela: &Janela) {
    for capitulo in DEPOIS {
        let site = Site::novo(janela, capitulo);
        let comprar = |produto: &str| {
            site.preencher("produto", produto);
            site.clicar("form[action='/carrinho'] button");
        };
        // As duas abas abrem antes que haja um cookie.
        site.abrir("/carrinho");
        janela.esquecer_cookies();
        let voltar = janela.abrir_aba();
        site.abrir("/carrinho");
        comprar("caneca");
        voltar();
        comprar("copo");
        assert!(site.mostra("caneca") && site.mostra("copo"), "{capitulo}: duas abas");
        // A página continua aberta em uma aba enquanto a outra entra.
        let voltar = janela.abrir_aba();
        site.entrar();
        assert!(site.mostra("Bem-vindo, admin!"), "{capitulo}");
        voltar();
        comprar("prato");
        assert!(site.mostra("prato") && site.mostra("copo"), "{capitulo}: o login");
        site.abrir("/perfil");
        site.clicar(&format!("form[action='{SAIR}'] button"));
        site.abrir("/perfil");
        assert!(site.mostra("Entrar"), "{capitulo}: a saída");
    }
}
