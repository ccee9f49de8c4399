//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use rocket::local::blocking::Client;
use teste::cliente;

const NOVA: &str = "Primeira visita";
const CONHECIDA: &str = "Que bom que você voltou";
const ESTRANHA: &str = "Não reconheço este selo";

#[test]
fn quem_chega_sem_selo_faz_a_primeira_visita() {
    let navegador = cliente(super::rocket());
    confere(
        &visitar(&navegador),
        NOVA,
        "Olhe: o que `get` e `get_private` devolvem quando nenhum cookie chegou?",
    );
}

#[test]
fn quem_volta_com_o_selo_e_reconhecido() {
    let navegador = cliente(super::rocket());
    visitar(&navegador);
    confere(
        &visitar(&navegador),
        CONHECIDA,
        "Olhe: a primeira visita deixou o selo com `add_private`? Se deixou, qual \
         pergunta vem primeiro?",
    );
}

#[test]
fn um_selo_escrito_a_mao_nao_vale() {
    let navegador = cliente(super::rocket());
    let requisicao = navegador.get("/").cookie(("selo", "deixe-me entrar"));
    nao_vale(
        &requisicao.dispatch().into_string().unwrap_or_default(),
        "Olhe: `get` vê o cookie como chegou. Quem diz se a chave o abre?",
    );
}

#[test]
fn um_selo_de_outra_chave_nao_vale() {
    // Cada cliente gera a própria chave.
    let antes = cliente(super::rocket());
    let resposta = antes.get("/").dispatch();
    let depois = cliente(super::rocket());
    let requisicao = depois.get("/").cookies(resposta.cookies().iter().cloned());
    nao_vale(
        &requisicao.dispatch().into_string().unwrap_or_default(),
        "Olhe: a chave mudou entre as duas visitas. O que `get_private` devolve agora?",
    );
}

fn visitar(navegador: &Client) -> String {
    navegador.get("/").dispatch().into_string().unwrap_or_default()
}

/// Confere que o selo não vale, mas que a página percebe que ele chegou.
#[track_caller]
fn nao_vale(pagina: &str, olhe: &str) {
    let percebeu = !pagina.contains(NOVA);
    let outro = "Olhe: quem sabe que um selo chegou, mesmo sem abri-lo?";
    confere(pagina, ESTRANHA, if percebeu { olhe } else { outro });
}

/// Confere que a página diz esta frase.
#[track_caller]
fn confere(pagina: &str, esperada: &str, olhe: &str) {
    let veio =
        [NOVA, CONHECIDA, ESTRANHA].into_iter().find(|&frase| pagina.contains(frase));
    assert!(
        veio == Some(esperada),
        "Esperado: a página diz \"{esperada}\".\nVeio: {}.\n{olhe}",
        veio.map_or("nenhuma das três frases".to_owned(), |frase| format!(
            "\"{frase}\""
        ))
    );
}
