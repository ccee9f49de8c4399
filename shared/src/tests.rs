//! O que `shared` promete aos capítulos.

use std::fs;
use std::process::Command;

use rocket::http::ContentType;
use rocket::local::blocking::Client;
use rocket::post;
use tempfile::TempDir;

use super::*;

#[get("/falha/<codigo>")]
fn falha(codigo: u16) -> Status {
    Status::new(codigo)
}

#[get("/pagina/<nome>?<texto>")]
fn pagina(nome: String, texto: &str) -> Template {
    Template::render(nome, context! { texto })
}

#[post("/formulario", data = "<corpo>")]
fn formulario(corpo: String) -> String {
    corpo
}

/// Um navegador para uma aplicação com tudo o que `shared` oferece, e a pasta dela, com estes arquivos,
/// que não pode sumir antes dele.
fn navegador(arquivos: &[(&str, &str)]) -> (Client, TempDir) {
    let pasta = tempfile::tempdir().unwrap();
    fs::create_dir(pasta.path().join("templates")).unwrap();
    for (nome, texto) in arquivos {
        fs::write(pasta.path().join(nome), texto).unwrap();
    }
    let aplicacao = aplicacao(pasta.path().to_str().unwrap());
    let rotas = routes![falha, pagina, formulario];
    (teste::cliente(aplicacao.mount("/", rotas)), pasta)
}

#[test]
fn cada_erro_tem_uma_pagina_em_portugues() {
    let (navegador, _pasta) =
        navegador(&[("templates/falha.html.j2", "{% include texto %}")]);
    for (caminho, codigo, titulo) in [
        ("/falha/401", 401, "Login necessário"),
        ("/falha/503", 503, "Serviço indisponível"),
        ("/falha/599", 599, "Algo deu errado"),
        ("/sem-rota", 404, "Página não encontrada"),
        // Um template que não existe, e um que falha ao desenhar.
        ("/pagina/nenhum?texto=oi", 500, "Algo falhou no servidor"),
        ("/pagina/falha?texto=nenhum", 500, "Algo falhou no servidor"),
    ] {
        let resposta = navegador.get(caminho).dispatch();
        assert_eq!(resposta.status().code, codigo, "{caminho}");
        assert_eq!(resposta.content_type(), Some(ContentType::HTML), "{caminho}");
        let pagina = resposta.into_string().unwrap();
        let (titulo, codigo) =
            (format!("<h1>{titulo}</h1>"), format!("Código HTTP: {codigo}."));
        for trecho in [r#"<html lang="pt-BR">"#, &titulo, &codigo] {
            assert!(pagina.contains(trecho), "falta {trecho} em {pagina}");
        }
    }
}

#[test]
fn o_template_estende_a_pagina_comum_com_a_navegacao_e_um_valor_nunca_vira_codigo() {
    let template = "{% extends \"base\" %}{% block titulo %}T{% endblock %}\
        {% block conteudo %}<p>{{ texto }}</p>{% endblock %}";
    // O Rocket só escaparia o primeiro; `layout` liga o escape nos dois.
    let (navegador, _pasta) = navegador(&[
        ("templates/html.html.j2", template),
        ("templates/texto.j2", template),
        ("templates/navegacao.html.j2", r#"<a href="/a">T</a><a href="/b">"#),
    ]);
    for nome in ["html", "texto"] {
        let texto = "%3Cscript%3Ealert(1)%3C/script%3E%26%22";
        let pedido = navegador.get(format!("/pagina/{nome}?texto={texto}"));
        let pagina = pedido.dispatch().into_string().unwrap();
        for trecho in [
            r#"<html lang="pt-BR">"#,
            // A que está aberta fica marcada.
            r#"<nav aria-label="Páginas"><a href="/a" aria-current="page">T</a><a href="/b">"#,
            "<title>T · Sessões com Rocket</title>",
            "<p>&lt;script&gt;alert(1)&lt;",
            "&amp;&quot;</p>",
        ] {
            assert!(pagina.contains(trecho), "{nome}, {trecho}: {pagina}");
        }
        assert!(!pagina.contains("<script"), "{nome}: {pagina}");
    }
}

#[test]
fn se_o_repositorio_mudou_de_lugar_vale_a_pasta_que_o_cargo_informa() {
    let informada = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    // Vale mesmo onde a pasta antiga continua em disco.
    let antiga = tempfile::tempdir().unwrap();
    let antiga = antiga.path().join("shared");
    fs::create_dir(&antiga).unwrap();
    assert_eq!(pasta_de_agora(antiga.to_str().unwrap()), informada);
    assert_eq!(pasta_de_agora("outro/capitulo"), PathBuf::from("outro/capitulo"));
}

#[test]
fn um_teste_nao_herda_o_que_o_terminal_define() {
    let outro = "tests::um_formulario_nao_troca_o_metodo_da_requisicao";
    let mut este = Command::new(std::env::current_exe().unwrap());
    este.args(["--exact", outro]).env("ROCKET_PROFILE", "release");
    let ajustes = ["PORT", "ADDRESS", "SECRET_KEY", "TEMPLATE_DIR", "CONFIG"];
    este.envs(ajustes.map(|um| (format!("ROCKET_{um}"), "não serve")));
    let veio = String::from_utf8(este.output().unwrap().stdout).unwrap();
    assert!(veio.contains("1 passed"), "{veio}");
}

#[test]
fn um_formulario_nao_troca_o_metodo_da_requisicao() {
    let (navegador, _pasta) = navegador(&[]);
    let enviar = |corpo| {
        let requisicao = navegador.post("/formulario").header(ContentType::Form);
        requisicao.body(corpo).dispatch()
    };
    let disfarcados = "_method=HEAD &&_method=get&a=1 _method=put _method=x ._method=HEAD \
        [_method]=HEAD _method.=HEAD _method[=HEAD &._method=HEAD";
    for corpo in disfarcados.split(' ') {
        assert_eq!(enviar(corpo).status(), Status::NotFound, "{corpo}");
    }
    for corpo in ["a=1", "_methodo=x", "a=1&_method=HEAD", ""] {
        assert_eq!(enviar(corpo).into_string().as_deref(), Some(corpo));
    }
}
