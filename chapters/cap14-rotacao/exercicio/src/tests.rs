//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use rocket::http::Cookie;
use rocket::local::blocking::Client;

#[test]
fn com_a_mesma_chave_o_visitante_e_o_mesmo_e_nao_recebe_outro_cookie() {
    let navegador = com_chaves(&nova(), &[]);
    navegador.get("/").dispatch();
    let volta = navegador.get("/").dispatch();
    let cookie = volta.headers().get_one("Set-Cookie").is_some();
    let pagina = volta.into_string().unwrap_or_default();
    assert!(
        pagina.contains("visitante nº 1.") && !cookie,
        "Esperado: \"visitante nº 1\", e nenhum cookie na resposta.\nVeio: {} {}.\n\
         Olhe: o que a chave atual abre não precisa de um cookie novo. Ele mudou?",
        titulo(&pagina),
        if cookie { "Com um cookie" } else { "Sem cookie" }
    );
}

#[test]
fn depois_da_troca_o_visitante_continua_o_mesmo() {
    let velha = nova();
    let cookie = segundo_visitante(&velha);
    let do_meio = nova();
    for anteriores in [[velha.as_str()].as_slice(), &[&do_meio, &velha]] {
        let trocada = com_chaves(&nova(), anteriores);
        let pagina = pagina(&trocada, Some(&cookie));
        assert!(
            pagina.contains("visitante nº 2."),
            "Esperado: \"visitante nº 2\", com {} na lista das anteriores.\nVeio: {}\n\
             Olhe: que método de `Anteriores` abre o cookie que chegou fechado?",
            if anteriores.len() == 1 { "uma chave" } else { "duas chaves" },
            titulo(&pagina)
        );
    }
}

#[test]
fn o_cookie_da_chave_anterior_e_fechado_de_novo_com_a_atual() {
    let (velha, atual) = (nova(), nova());
    let trocada = com_chaves(&atual, &[&velha]);
    trocada.get("/").cookie(segundo_visitante(&velha)).dispatch();
    let fechado = trocada.cookies().get(super::COOKIE).cloned();
    let sem_a_velha = com_chaves(&atual, &[]);
    let pagina = pagina(&sem_a_velha, fechado.as_ref());
    assert!(
        pagina.contains("visitante nº 2."),
        "Esperado: \"visitante nº 2\" também depois que a chave velha sai da lista.\n\
         Veio: {}\n\
         Olhe: que método do jar fecha um cookie, e com que chave ele o faz?",
        titulo(&pagina)
    );
}

#[test]
fn o_placar_conta_a_anterior_uma_vez_e_depois_a_atual() {
    let velha = nova();
    let trocada = com_chaves(&nova(), &[&velha]);
    trocada.get("/").cookie(segundo_visitante(&velha)).dispatch();
    trocada.get("/").dispatch();
    trocada.get("/").dispatch();
    confere_placar(
        &trocada,
        "2 1 0",
        "a conta de cada chave soma um só quando é ela que abre?",
    );
}

#[test]
fn o_placar_conta_o_cookie_que_nenhuma_chave_abriu() {
    let trocada = com_chaves(&nova(), &[&nova()]);
    pagina(&trocada, Some(&segundo_visitante(&nova())));
    confere_placar(
        &trocada,
        "0 0 1",
        "o que responde `jar.get` se o cookie chegou, mas ninguém o abre?",
    );
}

#[test]
fn uma_visita_sem_cookie_nao_entra_no_placar() {
    let navegador = com_chaves(&nova(), &[&nova()]);
    pagina(&navegador, None);
    confere_placar(
        &navegador,
        "0 0 0",
        "na primeira visita não há cookie. Alguma conta somou um?",
    );
}

/// Confere as três contas: a da chave atual, a das anteriores e a de nenhuma.
#[track_caller]
fn confere_placar(navegador: &Client, esperado: &str, olhe: &str) {
    let pagina = navegador.get("/placar").dispatch().into_string().unwrap_or_default();
    let celulas = pagina.split("<td>").skip(1);
    let contas: Vec<&str> =
        celulas.filter_map(|celula| celula.split('<').next()).collect();
    let contas = contas.join(" ");
    assert!(
        contas == esperado,
        "Esperado: atual, anteriores e nenhuma: {esperado}.\nVeio: {contas}.\nOlhe: {olhe}"
    );
}

/// O cookie do segundo visitante de um servidor com esta chave.
fn segundo_visitante(chave: &str) -> Cookie<'static> {
    let antes = com_chaves(chave, &[]);
    pagina(&antes, None);
    pagina(&antes, Some(&Cookie::new(super::COOKIE, "de outro servidor")));
    antes.cookies().get(super::COOKIE).cloned().unwrap_or_else(|| {
        panic!(
            "Esperado: uma visita sem cookie recebe um.\nVeio: nenhum.\n\
             Olhe: a rota `index` já veio pronta. Ela mudou?"
        )
    })
}

fn pagina(navegador: &Client, cookie: Option<&Cookie<'static>>) -> String {
    let mut requisicao = navegador.get("/");
    if let Some(cookie) = cookie {
        requisicao = requisicao.cookie(cookie.clone());
    }
    requisicao.dispatch().into_string().unwrap_or_default()
}

/// O que a página diz no título.
fn titulo(pagina: &str) -> &str {
    let depois = pagina.split("<h1>").nth(1).unwrap_or_default();
    depois.split("</h1>").next().unwrap_or_default()
}

/// Um navegador para a aplicação com esta chave e estas anteriores.
fn com_chaves(atual: &str, anteriores: &[&str]) -> Client {
    let aplicacao = super::rocket();
    let configuracao = aplicacao.figment().clone();
    let configuracao = configuracao
        .merge(("secret_key", atual))
        .merge(("secret_keys_anteriores", anteriores))
        .merge(("log_level", "critical"));
    Client::tracked(aplicacao.configure(configuracao)).unwrap()
}

fn nova() -> String {
    shared::chave_nova().unwrap()
}
