//! Um subdomínio vizinho escreve cookies no domínio de todos: o que o Chromium aceita e o que o
//! capítulo lê.

use book::processo::{Processo, chave_de_teste, servidor};
use serde_json::json;
use tests::janela::Janela;

use super::Site;

/// O Chromium leva todo nome terminado em `localhost` a esta máquina e confia nele como em HTTPS.
const LOJA: &str = "loja.sitio.localhost";
const VIZINHO: &str = "mau.sitio.localhost";

/// Os capítulos em que o cookie se chama `__Host-session`.
const COM_PREFIXO: [&str; 2] = ["cap13-navegador", "cap18-completa"];

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_cookie_de_um_subdominio_vizinho_so_troca_a_sessao_sem_o_prefixo() {
    let chromium = Janela::chromium();
    // No perfil debug o nome é comum, e qualquer vizinho o escreve.
    let loja = Loja::nova(&chromium, "cap06-dicionario", "debug");
    assert_eq!(loja.depois_de_escrever("session"), (true, "maria"));

    for capitulo in COM_PREFIXO {
        let loja = Loja::nova(&chromium, capitulo, "release");
        for (nome, chega) in [
            ("session", true),
            // O prefixo, o navegador confere, também em maiúsculas e em um cookie sem nome.
            ("__Host-session", false),
            ("__HOST-session", false),
            ("=__Host-session", false),
            // Os nomes que só depois de lidos são o nosso, ele não confere.
            ("%5F%5FHost-session", true),
            ("__Host%2dsession", true),
            ("\u{2000}__Host-session", true),
            ("\u{a0}__Host-session", true),
        ] {
            let veio = loja.depois_de_escrever(nome);
            assert_eq!(veio, (chega, "admin"), "{capitulo}: {nome:?}");
        }
    }
}

/// Um capítulo visto como uma loja, e a sessão que um vizinho dela quer pôr no lugar da do admin.
struct Loja<'c> {
    site: Site<'c>,
    /// O endereço do vizinho, que é outro nome do mesmo servidor.
    vizinho: String,
    /// O cookie da maria, como vai no cabeçalho.
    maria: String,
}

impl Loja<'_> {
    fn nova<'c>(chromium: &'c Janela, capitulo: &str, perfil: &str) -> Loja<'c> {
        let mut comando = servidor(capitulo, &chave_de_teste('1'));
        comando.env("ROCKET_PROFILE", perfil).env("ROCKET_SESSAO_URL", "memoria:");
        let mut processo = Processo::iniciar(comando);
        let vizinho = processo.endereco.replace("127.0.0.1", VIZINHO);
        processo.endereco = processo.endereco.replace("127.0.0.1", LOJA);
        let site = Site { chromium, processo, capitulo: capitulo.to_owned() };
        site.entrar_como("maria", "456");
        let maria = chromium.cookies()[0]["value"].as_str().unwrap().to_owned();
        Loja { site, vizinho, maria }
    }

    /// Se o cookie que o vizinho escreve com este nome chega à loja e, depois dele, a sessão de quem o
    /// admin usa.
    fn depois_de_escrever(&self, nome: &str) -> (bool, &'static str) {
        let Loja { site, vizinho, maria } = self;
        let quantos = || site.chromium.cookies().as_array().unwrap().len();
        site.abrir("/login");
        site.chromium.esquecer_cookies();
        site.entrar_como("admin", "123");
        let antes = quantos();
        site.chromium.abrir(&format!("{vizinho}/login"));
        let cookie =
            json!(format!("{nome}={maria}; Domain=sitio.localhost; Path=/; Secure"));
        site.chromium.executar(&format!("document.cookie = {cookie}"));
        // O navegador envia o cookie mais novo por último, e é com o último que o Rocket fica.
        site.abrir("/dashboard");
        let chegou = quantos() > antes;
        let quem = ["admin", "maria"].into_iter();
        let mut quem = quem.filter(|nome| site.mostra(&format!("Bem-vindo, {nome}!")));
        (chegou, quem.next().unwrap_or("ninguém"))
    }
}
