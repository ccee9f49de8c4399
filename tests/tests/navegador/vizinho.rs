//! Um subdomínio vizinho escreve cookies no domínio de todos: o que o Chromium aceita e o que o
//! capítulo lê.

use serde_json::json;
use tests::janela::Janela;

use super::Site;

/// O Chromium leva todo nome terminado em `localhost` a esta máquina e confia nele como em HTTPS.
const LOJA: &str = "loja.sitio.localhost";
const VIZINHO: &str = "mau.sitio.localhost";

#[test]
#[ignore = "precisa de Chromium e chromedriver"]
fn o_cookie_de_um_subdominio_vizinho_so_troca_a_sessao_sem_o_prefixo() {
    let chromium = Janela::chromium();
    // No perfil debug o nome é comum, e qualquer vizinho o escreve.
    let loja = Site::em(&chromium, "cap06-dicionario", "debug", LOJA);
    assert_eq!(depois_de_o_vizinho_escrever(&loja, "session"), (true, "maria"));

    // Os capítulos em que o cookie se chama `__Host-session`.
    for capitulo in ["cap13-navegador", "cap18-completa"] {
        let loja = Site::em(&chromium, capitulo, "release", LOJA);
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
        ] {
            let veio = depois_de_o_vizinho_escrever(&loja, nome);
            assert_eq!(veio, (chega, "admin"), "{capitulo}: {nome:?}");
        }
    }
}

/// O vizinho quer a sessão da maria no lugar da do admin: se o cookie que ele escreve com este nome
/// chega à loja e, depois dele, de quem é a sessão.
fn depois_de_o_vizinho_escrever(loja: &Site, nome: &str) -> (bool, &'static str) {
    let chromium = loja.janela;
    loja.abrir("/login");
    chromium.esquecer_cookies();
    loja.entrar_como("maria", "456");
    let maria = chromium.cookies()[0]["value"].as_str().unwrap().to_owned();
    chromium.esquecer_cookies();
    loja.entrar();
    let quantos = || chromium.cookies().as_array().unwrap().len();
    let antes = quantos();
    chromium.abrir(&format!("{}/login", loja.processo.endereco.replace(LOJA, VIZINHO)));
    let cookie = format!("{nome}={maria}; Domain=sitio.localhost; Path=/; Secure");
    chromium.executar(&format!("document.cookie = {}", json!(cookie)));
    // O navegador envia o cookie mais novo por último, e é com o último que o Rocket fica.
    let admin = loja.mostra_em("/dashboard", "Bem-vindo, admin!");
    (quantos() > antes, if admin { "admin" } else { "maria" })
}
