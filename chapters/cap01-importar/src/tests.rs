//! O que o capítulo 1 promete.

use teste::{Visitante, caminhos::*};

teste::promessas!(super::rocket: casa);

// ANCHOR: cookies
#[test]
fn o_jar_traz_os_cookies_que_o_navegador_enviou() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.abrir(LOGIN).mostra("Cookies que seu navegador enviou: 0");
    visitante.cookies.insert("tema".to_owned(), "escuro".to_owned());
    visitante.cookies.insert("idioma".to_owned(), "pt".to_owned());
    visitante.abrir(LOGIN).mostra("Cookies que seu navegador enviou: 2");
}
// ANCHOR_END: cookies
