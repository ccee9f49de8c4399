//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use rocket::http::{ContentType, Method};
use teste::{Resposta, Visitante};

#[test]
fn um_voto_pela_pagina_conta_e_se_pode_retirar() {
    let mut visitante = de("same-origin", &Visitante::novo(super::rocket()));
    visitante.enviar("/", "/votar", &[("cor", "verde")]);
    let votou = voto(&mut visitante);
    visitante.enviar("/", "/retirar", &[]);
    let depois = voto(&mut visitante);
    assert!(
        votou == "verde" && depois == "nenhum",
        "Esperado: a página mostra o voto e, depois de retirado, nenhum.\n\
         Veio: {votou:?}, depois {depois:?}.\n\
         Olhe: o que o seu fairing faz quando `de_outra_origem` devolve `false`?"
    );
}

#[test]
fn uma_cor_que_nao_ha_recebe_422() {
    let mut visitante = Visitante::novo(super::rocket());
    let pelo_link = visitante.abrir("/votar?cor=roxo").codigo;
    let pela_pagina = visitante.enviar("/", "/votar", &[("cor", "roxo")]).codigo;
    assert!(
        (pelo_link, pela_pagina) == (422, 422),
        "Esperado: a cor roxo recebe 422, pelo link e pela página.\n\
         Veio: {pelo_link} pelo link e {pela_pagina} pela página.\n\
         Olhe: `CORES.contains` continua nos dois caminhos?"
    );
}

#[test]
fn o_link_do_jornal_mostra_a_cor_e_nao_vota() {
    for site in ["cross-site", "same-origin", "none"] {
        let visitante = votou_verde();
        let resposta = de(site, &visitante).abrir("/votar?cor=azul");
        let mostra = resposta.corpo.contains("Seu voto é azul?");
        nao_conta(
            &visitante,
            &resposta,
            mostra,
            "o link mostra a página `confirmar`, com a cor",
            "um GET só mostra. O que `pelo_link` devolve no lugar de um `Redirect`?",
        );
    }
}

#[test]
fn o_botao_da_pagina_do_link_conta_o_voto() {
    let mut visitante = de("same-origin", &votou_verde());
    let pagina = visitante.abrir("/votar?cor=azul").corpo;
    let botao = pagina.contains(r#"action="/votar""#);
    if botao {
        visitante.enviar("/votar?cor=azul", "/votar", &[]);
    }
    let voto = voto(&mut visitante);
    assert!(
        botao && voto == "azul",
        "Esperado: o botão Confirmar, da página do link, conta o voto.\n\
         Veio: o botão na página: {botao}; o voto: {voto:?}.\n\
         Olhe: o template `confirmar` está pronto. Que valor ele espera em `context!`?"
    );
}

#[test]
fn um_voto_que_outro_site_envia_leva_a_pagina_do_link_e_nao_conta() {
    for site in ["cross-site", "same-site"] {
        let visitante = votou_verde();
        let resposta = de(site, &visitante).postar("/votar", "cor=azul");
        let leva = resposta.cabecalho("Location") == Some("/votar?cor=azul");
        nao_conta(
            &visitante,
            &resposta,
            leva && resposta.codigo == 303,
            "o voto que vem de fora leva a /votar?cor=azul",
            "o corpo segue com a requisição. Que rota lê a cor dele e redireciona?",
        );
    }
}

#[test]
fn o_resto_que_outro_site_envia_recebe_403() {
    for (metodo, caminho) in [
        (Method::Post, "/retirar"),
        (Method::Post, "/votar/azul"),
        (Method::Post, "/nao-existe"),
        (Method::Put, "/votar"),
    ] {
        let visitante = votou_verde();
        let mut de_fora = de("cross-site", &visitante);
        let formulario = Some(ContentType::Form);
        let resposta = de_fora.pedir(metodo, caminho, formulario, b"cor=azul");
        nao_conta(
            &visitante,
            &resposta,
            resposta.codigo == 403,
            &format!("{metodo} {caminho} recebe 403"),
            "a exceção é de um POST em um caminho. Aonde vai o resto, e essa rota está em `routes!`?",
        );
    }
}

/// Um navegador que já votou em verde.
fn votou_verde() -> Visitante {
    let mut visitante = de("same-origin", &Visitante::novo(super::rocket()));
    visitante.enviar("/", "/votar", &[("cor", "verde")]);
    visitante
}

/// Uma cópia deste navegador, em uma página que está neste lugar.
fn de(site: &str, visitante: &Visitante) -> Visitante {
    let mut outro = visitante.clone();
    outro.cabecalhos = vec![("Sec-Fetch-Site", site.to_owned())];
    outro
}

/// O voto que a página mostra.
fn voto(visitante: &mut Visitante) -> String {
    let pagina = visitante.abrir("/").corpo;
    let depois = pagina.split_once("Seu voto: ").map(|(_, depois)| depois);
    depois.and_then(|texto| texto.split('<').next()).unwrap_or_default().to_owned()
}

/// Confere a resposta e que ela não mexe no voto de ninguém.
#[track_caller]
fn nao_conta(
    visitante: &Visitante,
    resposta: &Resposta,
    certo: bool,
    esperado: &str,
    olhe: &str,
) {
    let (codigo, destino) = (resposta.codigo, resposta.cabecalho("Location"));
    let cookie = resposta.cabecalho("Set-Cookie").is_some();
    let voto = voto(&mut visitante.clone());
    assert!(
        certo && !cookie && voto == "verde",
        "Esperado: {esperado}, e o voto não muda.\n\
         Veio: código {codigo}, destino {destino:?}, mudança na sessão: {cookie}.\n\
         Olhe: {olhe}"
    );
}
