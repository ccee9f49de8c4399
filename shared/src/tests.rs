//! O que `shared` promete aos capítulos.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};

use rocket::http::{ContentType, Method};
use rocket::local::blocking::{Client, LocalResponse};
use rocket::{Build, Rocket, post};

use super::*;

#[test]
fn cada_codigo_de_erro_tem_uma_pagina_em_portugues() {
    let pasta = Pasta::nova();
    let navegador = navegador(&pasta);
    for (codigo, titulo) in [
        (400, "Requisição inválida"),
        (401, "Login necessário"),
        (403, "Acesso negado"),
        (404, "Página não encontrada"),
        (413, "Conteúdo grande demais"),
        (418, "Algo deu errado"),
        (422, "Formulário inválido"),
        (429, "Muitas tentativas"),
        (500, "Erro interno"),
        (503, "Serviço indisponível"),
        (599, "Algo deu errado"),
    ] {
        let resposta = navegador.get(format!("/falha/{codigo}")).dispatch();
        confere_pagina_de_erro(resposta, codigo, titulo);
    }
}

#[test]
fn um_caminho_sem_rota_recebe_a_pagina_404() {
    let pasta = Pasta::nova();
    let navegador = navegador(&pasta);
    confere_pagina_de_erro(
        navegador.get("/nada").dispatch(),
        404,
        "Página não encontrada",
    );
}

#[test]
fn um_template_que_nao_existe_recebe_a_pagina_500() {
    let pasta = Pasta::nova();
    let navegador = navegador(&pasta);
    let resposta = navegador.get("/pagina/nenhum?texto=oi").dispatch();
    confere_pagina_de_erro(resposta, 500, "Erro interno");
}

#[test]
fn um_template_que_falha_ao_desenhar_recebe_a_pagina_500() {
    let pasta = Pasta::nova();
    pasta.escrever("templates/falha.html.j2", "{% include texto %}");
    let navegador = navegador(&pasta);
    let resposta = navegador.get("/pagina/falha?texto=nenhum").dispatch();
    confere_pagina_de_erro(resposta, 500, "Erro interno");
}

#[test]
fn o_template_do_capitulo_estende_a_pagina_comum_e_um_valor_nunca_vira_codigo() {
    let pasta = Pasta::nova();
    let template = "{% extends \"base\" %}{% block titulo %}T{% endblock %}\
        {% block conteudo %}<p>{{ texto }}</p>{% endblock %}";
    // O Rocket só escaparia o primeiro; `layout` liga o escape nos dois.
    pasta.escrever("templates/html.html.j2", template);
    pasta.escrever("templates/texto.j2", template);
    let navegador = navegador(&pasta);
    for nome in ["html", "texto"] {
        let endereco =
            format!("/pagina/{nome}?texto=%3Cscript%3Ealert(1)%3C/script%3E%26%22");
        let resposta = navegador.get(endereco).dispatch();
        assert_eq!(resposta.status(), Status::Ok, "{nome}");
        let pagina = resposta.into_string().unwrap();
        assert!(pagina.contains(r#"<html lang="pt-BR">"#), "{nome}: {pagina}");
        assert!(
            pagina.contains("<title>T · Sessões com Rocket</title>"),
            "{nome}: {pagina}"
        );
        assert!(pagina.contains("<p>&lt;script&gt;alert(1)&lt;"), "{nome}: {pagina}");
        assert!(pagina.contains("&amp;&quot;</p>"), "{nome}: {pagina}");
        assert!(!pagina.contains("<script"), "{nome}: {pagina}");
    }
}

#[test]
fn a_navegacao_do_capitulo_entra_na_pagina_comum_quando_existe() {
    let pasta = Pasta::nova();
    pasta.escrever("templates/vazia.html.j2", "{% extends \"base\" %}");
    let pedir = |pasta: &Pasta| {
        navegador(pasta).get("/pagina/vazia?texto=oi").dispatch().into_string().unwrap()
    };
    assert!(pedir(&pasta).contains(r#"<nav aria-label="Páginas">"#));
    pasta.escrever("templates/navegacao.html.j2", "<a href=\"/aqui\">Aqui</a>");
    let comeco = r#"<nav aria-label="Páginas"><a href="/aqui">Aqui</a>"#;
    assert!(pedir(&pasta).contains(comeco));
    // O título da página marca qual item do menu está aberto.
    let com_titulo = "{% extends \"base\" %}{% block titulo %}Aqui{% endblock %}";
    pasta.escrever("templates/vazia.html.j2", com_titulo);
    assert!(pedir(&pasta).contains(r#"<a href="/aqui" aria-current="page">Aqui</a>"#));
}

#[test]
fn o_estilo_que_a_pagina_pede_existe() {
    let pasta = Pasta::nova();
    let navegador = navegador(&pasta);
    let pagina = navegador.get("/nada").dispatch().into_string().unwrap();
    assert!(pagina.contains(r#"href="/estilo.css""#), "{pagina}");
    let resposta = navegador.get("/estilo.css").dispatch();
    assert_eq!(resposta.status(), Status::Ok);
    assert_eq!(resposta.content_type(), Some(ContentType::CSS));
    assert_eq!(resposta.into_string().unwrap(), include_str!("../estilo.css"));
}

#[test]
fn os_templates_sao_procurados_na_pasta_do_capitulo() {
    let pasta = Pasta::nova();
    let templates: PathBuf =
        configuracao(&pasta.texto()).extract_inner("template_dir").unwrap();
    assert!(templates.is_absolute(), "{}", templates.display());
    assert_eq!(templates, pasta.0.join("templates"));
}

#[test]
fn se_o_repositorio_mudou_de_lugar_vale_a_pasta_que_o_cargo_informa() {
    let informada = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    // Vale mesmo onde a pasta antiga continua em disco.
    let pasta = Pasta::nova();
    let antiga = pasta.0.join("shared");
    std::fs::create_dir(&antiga).unwrap();
    assert_eq!(pasta_de_agora(antiga.to_str().unwrap()), informada);
    assert_eq!(pasta_de_agora("lugar/de/antes/shared"), informada);
    assert_eq!(pasta_de_agora("outro/capitulo"), PathBuf::from("outro/capitulo"));
}

#[test]
fn o_rocket_toml_do_capitulo_vale_e_o_perfil_vence_o_padrao() {
    let pasta = Pasta::nova();
    let sem_arquivo = configuracao(&pasta.texto());
    assert!(sem_arquivo.find_value("doce").is_err());

    let mut arquivo = "[default]\ndoce = \"pudim\"\nsuco = \"caju\"\n".to_owned();
    let perfil = sem_arquivo.profile();
    arquivo += &format!("[{perfil}]\ndoce = \"brigadeiro\"\n[outro]\nsuco = \"uva\"\n");
    pasta.escrever("Rocket.toml", &arquivo);
    let com_arquivo = configuracao(&pasta.texto());
    assert_eq!(com_arquivo.extract_inner::<String>("doce").unwrap(), "brigadeiro");
    assert_eq!(com_arquivo.extract_inner::<String>("suco").unwrap(), "caju");
}

#[test]
fn sem_arquivo_e_sem_ambiente_valem_os_padroes_do_rocket() {
    let pasta = Pasta::nova();
    let limites =
        configuracao(&pasta.texto()).extract_inner::<rocket::data::Limits>("limits");
    assert_eq!(limites.unwrap(), Config::default().limits);
}

#[test]
fn a_chave_nova_tem_64_digitos_hexadecimais_e_nunca_se_repete() {
    let chaves: HashSet<String> = (0..100).map(|_| chave_nova().unwrap()).collect();
    assert_eq!(chaves.len(), 100);
    for chave in &chaves {
        let certa = |letra: char| matches!(letra, '0'..='9' | 'a'..='f');
        assert!(chave.len() == 64 && chave.chars().all(certa), "{chave}");
    }
}

#[test]
fn o_rocket_aceita_a_chave_nova() {
    let pasta = Pasta::nova();
    let figment =
        configuracao(&pasta.texto()).merge(("secret_key", chave_nova().unwrap()));
    let config: Config = figment.extract().unwrap();
    assert!(config.secret_key.is_provided());
}

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

#[test]
fn um_formulario_nao_troca_o_metodo_da_requisicao() {
    let pasta = Pasta::nova();
    let navegador = navegador(&pasta);
    let formulario = |metodo, corpo| {
        let requisicao = navegador.req(metodo, "/formulario").header(ContentType::Form);
        requisicao.body(corpo).dispatch()
    };
    for corpo in [
        "_method=HEAD",
        "&&_method=get&a=1",
        "_method=put",
        "_method=x",
        "._method=HEAD",
        "[_method]=HEAD",
        "_method.=HEAD",
        "_method[=HEAD",
        "&._method=HEAD",
    ] {
        assert_eq!(
            formulario(Method::Post, corpo).status(),
            Status::NotFound,
            "{corpo}"
        );
    }
    for corpo in ["a=1", "_methodo=x", "a=1&_method=HEAD", ""] {
        let resposta = formulario(Method::Post, corpo);
        assert_eq!(resposta.into_string().as_deref(), Some(corpo));
    }
    // O tipo de um formulário não faz de outro método um POST.
    for metodo in [Method::Get, Method::Head, Method::Put, Method::Delete] {
        assert_eq!(formulario(metodo, "a=1").status(), Status::NotFound, "{metodo}");
    }
}

/// Uma aplicação com tudo o que `shared` oferece, na pasta dada.
fn aplicacao(pasta: &Pasta) -> Rocket<Build> {
    super::aplicacao(&pasta.texto()).mount("/", routes![falha, pagina, formulario])
}

/// Um navegador para essa aplicação.
fn navegador(pasta: &Pasta) -> Client {
    teste::cliente(aplicacao(pasta))
}

/// Confere que a resposta é a página de erro deste código, que o navegador mostra como página.
fn confere_pagina_de_erro(resposta: LocalResponse<'_>, codigo: u16, titulo: &str) {
    assert_eq!(resposta.status().code, codigo);
    assert_eq!(resposta.content_type(), Some(ContentType::HTML), "{codigo}");
    let pagina = resposta.into_string().unwrap();
    let codigo = format!("Código HTTP: {codigo}.");
    for trecho in [r#"<html lang="pt-BR">"#, &format!("<h1>{titulo}</h1>"), &codigo] {
        assert!(pagina.contains(trecho), "falta {trecho} em {pagina}");
    }
}

/// A pasta de um capítulo de mentira, que some no fim do teste.
struct Pasta(PathBuf);

impl Pasta {
    /// Uma pasta só deste teste, com a pasta `templates` vazia.
    fn nova() -> Pasta {
        static PROXIMA: AtomicU32 = AtomicU32::new(0);
        let numero = PROXIMA.fetch_add(1, Ordering::Relaxed);
        let nome = format!("shared-{}-{numero}", std::process::id());
        let pasta = Pasta(std::env::temp_dir().join(nome));
        std::fs::create_dir_all(pasta.0.join("templates")).unwrap();
        pasta
    }

    fn escrever(&self, nome: &str, texto: &str) {
        std::fs::write(self.0.join(nome), texto).unwrap();
    }

    fn texto(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }
}

impl Drop for Pasta {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
