//! As telas dos capítulos em um Chromium de verdade: para quem clica, para quem só usa o teclado,
//! no celular, e para quem chega de outro site.

use std::collections::{BTreeMap, BTreeSet};

use book::processo::{Processo, chave_de_teste, pasta_do_capitulo, servidor};
use serde_json::{Value, json};
use tests::capitulos;
use tests::chromium::{Chromium, outro_servidor};
use thirtyfour::Key;

const LARGO: u32 = 1200;
const CELULAR: u32 = 360;

const ENTRAR: &str = "/login_submit";
const DASHBOARD: &str = "/dashboard";
const RAIO_X: &str = "/raio-x";
const ADULTERAR: &str = "/raio-x/adulterar";
const SAIR: &str = "/logout";
const ERRADO: &str = "/nao-existe";

/// As etapas da lição, na ordem em que se clica, e o que a página diz depois de cada uma.
const ETAPAS: [(&str, &str); 7] = [
    (ENTRAR, ""),
    (DASHBOARD, "Bem-vindo, admin! Seu ID é: 12345"),
    ("/perfil", "Seu perfil. Cargo: admin"),
    ("/remover_cargo", "Seu perfil. Cargo: visitante"),
    (RAIO_X, "Raio-X da sessão"),
    (ADULTERAR, "O servidor não vê nada: a chave atual não abre."),
    (SAIR, "Login"),
];

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn cada_etapa_de_cada_capitulo_funciona_com_cliques() {
    cada_etapa_funciona(|visita, etapa| visita.clicar_em(etapa));
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn cada_etapa_de_cada_capitulo_funciona_so_com_o_teclado() {
    cada_etapa_funciona(|visita, etapa| {
        visita.tabular_ate(&alvo(etapa));
        visita.chromium.navegar(|chromium| chromium.teclar(Key::Enter));
    });
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_tab_passa_por_tudo_em_ordem_e_o_foco_sempre_aparece() {
    let chromium = Chromium::novo(LARGO, "light");
    em_cada_tela(&chromium, |lugar| {
        let quantos = chromium.executar(
            "window.focaveis = [...document.querySelectorAll(
                'a[href], button, input:not([type=hidden]), select, textarea, summary')];
            return focaveis.length;",
        );
        for ordem in 0..quantos.as_u64().unwrap() {
            chromium.teclar(Key::Tab);
            let certo = json!({ "ordem": ordem, "contorno": true, "na_tela": true });
            assert_eq!(foco(&chromium), certo, "{lugar}");
        }
    });
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_primeiro_tab_oferece_pular_o_menu() {
    let chromium = Chromium::novo(CELULAR, "dark");
    em_cada_capitulo(&chromium, |visita| {
        chromium.teclar(Key::Tab);
        let pular = visita.texto_de("document.activeElement.innerText");
        assert_eq!(pular, "Pular para o conteúdo", "{}", visita.capitulo);
        chromium.teclar(Key::Enter);
        chromium.esperar("document.activeElement.matches('main')");
        chromium.teclar(Key::Tab);
        assert!(!visita.tem("nav :focus"), "{}", visita.capitulo);
    });
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_axe_nao_acha_barreiras_em_nenhuma_tela_dos_capitulos() {
    let chromium = Chromium::novo(LARGO, "light");
    em_cada_tela(&chromium, |lugar| {
        for (largura, tema) in
            [(LARGO, "light"), (LARGO, "dark"), (CELULAR, "light"), (CELULAR, "dark")]
        {
            chromium.vestir(largura, tema);
            chromium.examinar(&format!("{lugar}, {largura} px, {tema}"));
        }
    });
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn nenhuma_tela_dos_capitulos_rola_para_o_lado_no_celular() {
    let chromium = Chromium::novo(CELULAR, "light");
    em_cada_tela(&chromium, |lugar| {
        let sobra = chromium.sobra();
        assert_eq!(sobra, json!(0), "{lugar}: sobram {sobra} px");
    });
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn adulterar_no_raio_x_nao_muda_o_cookie_do_navegador() {
    let chromium = Chromium::novo(LARGO, "light");
    em_cada_capitulo(&chromium, |visita| {
        // Em release não há Raio-X.
        if !visita.tem_rota(RAIO_X) {
            return;
        }
        visita.entrar_se_puder();
        let cookies = visita.cookies();
        visita.clicar_em(RAIO_X);
        let chegaram = format!("Cookies que chegaram: {}", cookies.len());
        for cookie in 1..=cookies.len() {
            visita.confere(&chegaram);
            visita.clicar(&format!("section:nth-of-type({cookie}) button"));
            visita.confere("O servidor lê: ");
            visita.confere("O servidor não vê nada: a chave atual não abre.");
            assert_eq!(visita.cookies(), cookies, "{}", visita.capitulo);
            visita.clicar("main a");
        }
        visita.confere(&chegaram);
        assert!(!visita.tem("main .erro"), "{}: um cookie não abriu", visita.capitulo);
    });
}

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_same_site_strict_impede_que_outro_site_encerre_a_sessao() {
    let chromium = Chromium::novo(LARGO, "light");
    em_cada_capitulo(&chromium, |visita| {
        if !visita.tem_rota(SAIR) {
            return;
        }
        visita.entrar_se_puder();
        let saida = format!("{}{SAIR}", visita.processo.endereco);
        for isca in [
            format!("<img src='{saida}' alt=''>"),
            format!("<a href='{saida}'>link</a>"),
            format!("<form action='{saida}' method='get'><button>GET</button></form>"),
            format!(
                "<form action='{saida}' method='post'><button>POST</button></form>"
            ),
        ] {
            visita.cair_em("localhost", &isca);
            assert!(visita.esta_dentro(), "{}: {isca} encerrou", visita.capitulo);
        }
        // A porta não faz parte do site: daqui a imagem leva os cookies, e um GET basta.
        let por_get = visita.tem(&format!("a[href='{SAIR}']"));
        visita.cair_em("127.0.0.1", &format!("<img src='{saida}' alt=''>"));
        assert_eq!(visita.esta_dentro(), !por_get, "{}", visita.capitulo);
    });
}

/// Cumpre cada etapa que tem rota no capítulo; um capítulo nunca tem menos que o anterior.
fn cada_etapa_funciona(cumprir: impl Fn(&Visita, &str)) {
    let chromium = Chromium::novo(LARGO, "light");
    let mut cumpridas = BTreeSet::new();
    em_cada_capitulo(&chromium, |visita| {
        let antes = std::mem::take(&mut cumpridas);
        // Sem nenhum cookie, o Raio-X não teria o que adulterar.
        visita.guardar("z", "1");
        for (etapa, prova) in ETAPAS.iter().filter(|(etapa, _)| visita.tem_rota(etapa))
        {
            visita.preparar(etapa);
            cumprir(visita, etapa);
            visita.confere(prova);
            cumpridas.insert(*etapa);
        }
        let perdidas: Vec<_> = antes.difference(&cumpridas).collect();
        assert!(perdidas.is_empty(), "{} perdeu {perdidas:?}", visita.capitulo);
        assert!(!cumpridas.contains(SAIR) || !visita.esta_dentro(), "não saiu");
    });
    let existe = |etapa: &&str| cfg!(debug_assertions) || !etapa.starts_with(RAIO_X);
    let todas = ETAPAS.iter().map(|(etapa, _)| *etapa).filter(existe).collect();
    assert_eq!(cumpridas, todas, "no último capítulo");
}

/// Visita cada capítulo no mesmo navegador.
fn em_cada_capitulo(chromium: &Chromium, mut prova: impl FnMut(&Visita)) {
    for capitulo in capitulos() {
        prova(&Visita::nova(chromium, capitulo));
    }
}

/// Para em cada tela de cada capítulo, sem cookies e com eles, e diz onde está.
fn em_cada_tela(chromium: &Chromium, olhar: impl Fn(&str)) {
    // Um capítulo com os mesmos templates do capítulo de que parte mostra as mesmas telas.
    for capitulo in capitulos().into_iter().filter(|nome| tem_telas_proprias(nome)) {
        let visita = Visita::nova(chromium, capitulo);
        visita.explorar("sem cookies", &olhar);
        // Duas sessões em outros navegadores: uma para encerrar sozinha, e as que restam.
        for _ in 0..2 {
            visita.entrar_se_puder();
            chromium.esquecer_cookies();
        }
        visita.entrar_se_puder();
        visita.guardar(&"n".repeat(80), &"v".repeat(3_000));
        visita.explorar("com cookies", &olhar);
    }
}

fn tem_telas_proprias(capitulo: &str) -> bool {
    let telas = |capitulo: &str| -> Vec<String> {
        let pasta = pasta_do_capitulo(capitulo).join("templates");
        tests::arquivos(&pasta).iter().map(tests::ler).collect()
    };
    let anterior = book::diferencas::parte_de(tests::raiz(), capitulo).unwrap();
    anterior.is_none_or(|anterior| telas(&anterior) != telas(capitulo))
}

/// O seletor do que leva a este caminho: um link ou o botão de um formulário.
fn alvo(caminho: &str) -> String {
    format!("a[href='{caminho}'], form[action='{caminho}'] button")
}

/// Onde está o foco e se ele aparece.
fn foco(chromium: &Chromium) -> Value {
    chromium.executar(
        "const alvo = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(alvo);
        const { top, right, bottom, left } = alvo.getBoundingClientRect();
        // O navegador rola em pixels inteiros, e a medida é fracionária.
        const abaixo = Math.floor(bottom) - innerHeight;
        return {
            ordem: focaveis.indexOf(alvo),
            contorno: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
            na_tela: top >= 0 && left >= 0 && abaixo <= 0 && right <= innerWidth,
        };",
    )
}

/// Alguém que visita um capítulo, sem nenhum cookie de antes.
struct Visita<'c> {
    chromium: &'c Chromium,
    processo: Processo,
    capitulo: String,
}

impl Visita<'_> {
    fn nova(chromium: &Chromium, capitulo: String) -> Visita<'_> {
        chromium.esquecer_cookies();
        let mut comando = servidor(&capitulo, &chave_de_teste('1'));
        if capitulo == "cap18-completa" {
            // Só as sessões desta visita aparecem na lista.
            comando.env("ROCKET_SESSAO_URL", "memoria:");
        }
        let processo = Processo::iniciar(comando);
        let visita = Visita { chromium, processo, capitulo };
        visita.abrir("/");
        visita
    }

    fn abrir(&self, caminho: &str) {
        self.chromium.abrir(&format!("{}{caminho}", self.processo.endereco));
    }

    /// Clica no que leva a outra página.
    fn clicar(&self, seletor: &str) {
        assert!(self.tem(seletor), "{}: a tela não tem {seletor}", self.capitulo);
        self.chromium.navegar(|chromium| chromium.clicar(seletor));
    }

    fn clicar_em(&self, caminho: &str) {
        self.clicar(&alvo(caminho));
    }

    fn caminho(&self) -> String {
        self.texto_de("location.pathname")
    }

    /// O código HTTP com que a tela veio.
    fn codigo(&self) -> Value {
        self.chromium.executar(
            "return performance.getEntriesByType('navigation')[0].responseStatus;",
        )
    }

    fn texto_de(&self, expressao: &str) -> String {
        let texto = self.chromium.executar(&format!("return {expressao};"));
        texto.as_str().unwrap_or_default().to_owned()
    }

    fn tem(&self, seletor: &str) -> bool {
        let achado =
            format!("return document.querySelector({}) !== null", json!(seletor));
        self.chromium.executar(&achado) == json!(true)
    }

    fn oferece(&self, caminho: &str) -> bool {
        self.tem(&alvo(caminho))
    }

    fn confere(&self, frase: &str) {
        let texto = self.texto_de("document.querySelector('main').innerText");
        assert!(texto.contains(frase), "{}: falta «{frase}» em {texto}", self.capitulo);
    }

    fn tem_rota(&self, caminho: &str) -> bool {
        let rotas = self.processo.rotas();
        rotas.iter().any(|rota| rota.trim_end_matches('/') == caminho)
    }

    /// Deixa a etapa a um clique: o login pede que se escreva antes, e o Raio-X, que não é do
    /// capítulo, não tem o formulário que sai.
    fn preparar(&self, etapa: &str) {
        if etapa == ENTRAR {
            self.escrever("123");
        } else if etapa == SAIR && !self.oferece(SAIR) {
            self.clicar_em("/perfil");
        }
    }

    /// Escreve o usuário e esta senha no formulário de login.
    fn escrever(&self, senha: &str) {
        self.tabular_ate("[name=username]");
        self.chromium.teclar("admin");
        self.tabular_ate("[name=password]");
        self.chromium.teclar(senha);
    }

    /// Aperta Tab até que o foco chegue ao elemento.
    fn tabular_ate(&self, seletor: &str) {
        let chegou =
            format!("return document.activeElement.matches({})", json!(seletor));
        for _ in 0..50 {
            self.chromium.teclar(Key::Tab);
            if self.chromium.executar(&chegou) == json!(true) {
                return;
            }
        }
        panic!("{}: o Tab não chega a {seletor}", self.capitulo);
    }

    /// Entra, nos capítulos que já têm o formulário de login.
    fn entrar_se_puder(&self) {
        self.abrir("/");
        if self.oferece(ENTRAR) {
            self.preparar(ENTRAR);
            self.clicar_em(ENTRAR);
        }
    }

    /// Se o dashboard, aberto pela barra de endereços, ainda reconhece quem entrou.
    fn esta_dentro(&self) -> bool {
        self.abrir(DASHBOARD);
        self.caminho() == DASHBOARD
    }

    /// Os cookies que o navegador guarda, nome e valor.
    fn cookies(&self) -> BTreeMap<String, String> {
        let enderecos = json!({ "urls": [self.processo.endereco] });
        let achados = self.chromium.comandar("Network.getCookies", enderecos);
        let texto = |cookie: &Value, campo| cookie[campo].as_str().unwrap().to_owned();
        let cookies = achados["cookies"].as_array().unwrap().iter();
        cookies.map(|cookie| (texto(cookie, "name"), texto(cookie, "value"))).collect()
    }

    fn guardar(&self, nome: &str, valor: &str) {
        let endereco = &self.processo.endereco;
        let cookie = json!({ "name": nome, "value": valor, "url": endereco });
        self.chromium.comandar("Network.setCookie", cookie);
    }

    /// Olha cada tela a que se chega sem sair, com o estado de quem visita no nome do lugar.
    fn explorar(&self, estado: &str, olhar: &impl Fn(&str)) {
        let olhar =
            || olhar(&format!("{}, {}, {estado}", self.capitulo, self.caminho()));
        for (acao, caminho) in self.seguir_ligacoes(&olhar) {
            self.abrir(&caminho);
            if acao == ENTRAR {
                self.escrever("errada");
            }
            self.clicar_em(&acao);
            olhar();
        }
    }

    /// Olha as telas a que os links levam; devolve os formulários e onde cada um está.
    fn seguir_ligacoes(&self, olhar: &impl Fn()) -> BTreeMap<String, String> {
        let mut formularios = BTreeMap::new();
        let (mut pedidas, mut vistas) = (BTreeSet::new(), BTreeSet::new());
        let mut fila = vec![ERRADO.to_owned(), "/".to_owned()];
        while let Some(caminho) = fila.pop() {
            if !pedidas.insert(caminho.clone()) {
                continue;
            }
            self.abrir(&caminho);
            let codigo = self.codigo().as_u64().unwrap_or_default();
            // Uma página pode pedir o login, ou um cargo.
            let existe = matches!(codigo, 200 | 401 | 403);
            let lugar = format!("{}: {caminho} responde {codigo}", self.capitulo);
            assert_eq!(existe, caminho != ERRADO, "{lugar}");
            if vistas.insert(self.caminho()) {
                olhar();
                fila.extend(self.caminhos("document.links", "href"));
                let acoes = self.caminhos("document.forms", "action");
                formularios
                    .extend(acoes.into_iter().map(|acao| (acao, self.caminho())));
            }
        }
        formularios
    }

    /// Aonde levam os links ou os formulários da tela, sem a saída.
    fn caminhos(&self, colecao: &str, atributo: &str) -> Vec<String> {
        let achados = self.chromium.executar(&format!(
            "return [...{colecao}].map((um) => new URL(um.{atributo}))
                .filter(({{ origin }}) => origin === location.origin)
                .map(({{ pathname }}) => pathname);"
        ));
        let achados = achados.as_array().unwrap().iter();
        let achados = achados.map(|caminho| caminho.as_str().unwrap().to_owned());
        achados.filter(|caminho| caminho != SAIR).collect()
    }

    /// Abre esta isca em outro servidor e clica nela; o pedido de saída tem de chegar ao capítulo.
    fn cair_em(&self, site: &str, isca: &str) {
        let pedidos = || self.processo.saida().matches(&format!(" {SAIR}")).count();
        let antes = pedidos();
        self.chromium.abrir(&format!("http://{site}:{}", outro_servidor(isca)));
        // Uma imagem não espera por ninguém.
        if !self.tem("img") {
            self.clicar("a, button");
        }
        assert!(pedidos() > antes, "{}: {isca} não chegou", self.capitulo);
    }
}
