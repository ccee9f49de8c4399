//! O que as aplicações dos capítulos têm em comum e que não é a lição:
//! de onde vem a configuração, como é a página e o que dizer quando algo falha.

use std::path::PathBuf;

use raio_x::raio_x;
use rocket::data::Data;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::figment::providers::{Env, Format, Serialized, Toml};
use rocket::figment::{Figment, Profile};
use rocket::form::Form;
use rocket::http::{ContentType, Method, Status};
use rocket::response::Responder;
use rocket::response::content::RawCss;
use rocket::{
    Build, Catcher, Config, Request, Response, Rocket, Route, catch, catchers, get,
    routes,
};
use rocket_dyn_templates::minijinja::AutoEscape;
use rocket_dyn_templates::{Engines, Template, context};

mod partida;

pub use partida::{explicar_a_partida, o_que_fazer};
pub use raio_x::Registro;

/// Uma aplicação com tudo o que os capítulos têm em comum; o capítulo só acrescenta as
/// rotas dele. `pasta` é a do capítulo, onde estão os templates e o `Rocket.toml`.
// ANCHOR: aplicacao
pub fn aplicacao(pasta: &str) -> Rocket<Build> {
    explicar_a_partida();
    rocket::custom(configuracao(pasta))
        .attach(Template::custom(layout))
        .attach(raio_x())
        .attach(MetodoDoFormulario)
        .register("/", paginas_de_erro())
        .mount("/", estilo())
}
// ANCHOR_END: aplicacao

/// Junta a configuração de um capítulo. Quem vem depois vence quem veio antes:
///
/// 1. os valores padrão do Rocket, mais a pasta `templates` do capítulo;
/// 2. o `Rocket.toml` do capítulo, se existir (ou o arquivo que `ROCKET_CONFIG` indicar);
/// 3. as variáveis de ambiente `ROCKET_*`, que um teste não herda do terminal.
///
/// `pasta` é a pasta do capítulo. O Rocket sozinho procuraria `Rocket.toml` e `templates`
/// na pasta em que você está; assim o capítulo roda igual de qualquer lugar.
// ANCHOR: configuracao
pub fn configuracao(pasta: &str) -> Figment {
    let pasta = pasta_de_agora(pasta);
    let arquivo = variavel("ROCKET_CONFIG").map(PathBuf::from);
    let variaveis = Env::prefixed("ROCKET_").ignore(&["PROFILE", "CONFIG"]).global();
    Figment::from(Config::default())
        .merge(Serialized::default("template_dir", pasta.join("templates")))
        .merge(Toml::file(arquivo.unwrap_or(pasta.join("Rocket.toml"))).nested())
        .merge(variaveis.filter(|_| !em_teste()))
        .select(perfil())
}

/// O perfil que `ROCKET_PROFILE` escolhe ou, sem ela, o da compilação: debug ou release.
fn perfil() -> Profile {
    variavel("ROCKET_PROFILE").map_or(Config::DEFAULT_PROFILE, |um| um.as_str().into())
}

fn variavel(nome: &str) -> Option<String> {
    Env::var(nome).filter(|_| !em_teste())
}

/// Se o Cargo executa este programa, e ele é um dos que `cargo test` compila, na pasta `deps`.
fn em_teste() -> bool {
    let em_deps = |um: PathBuf| um.with_file_name("").ends_with("deps");
    Env::var("CARGO_MANIFEST_DIR").is_some()
        && std::env::current_exe().is_ok_and(em_deps)
}

/// A pasta que o Cargo informa a cada execução ou, sem ele, a
/// gravada na compilação: o repositório pode ter mudado de lugar.
pub fn pasta_de_agora(gravada: &str) -> PathBuf {
    let gravada = PathBuf::from(gravada);
    let informada = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    // Quem inicia este programa pode ser outro, com a pasta dele.
    informada
        .filter(|informada| informada.file_name() == gravada.file_name())
        .unwrap_or(gravada)
}
// ANCHOR_END: configuracao

/// Entrega ao MiniJinja as páginas comuns: `base`, que os templates do capítulo
/// estendem, `erro` e as do Raio-X. Liga também o escape de HTML em todas, para
/// que um texto nunca vire código.
// ANCHOR: layout
pub fn layout(engines: &mut Engines) {
    let minijinja = &mut engines.minijinja;
    minijinja.set_auto_escape_callback(|_nome| AutoEscape::Html);
    // É por este valor que `base` sabe se mostra o link para o Raio-X.
    minijinja.add_global("raio_x", raio_x::ligado(&perfil()));
    for (nome, texto) in [
        ("base", include_str!("../templates/base.html.j2")),
        ("erro", include_str!("../templates/erro.html.j2")),
    ]
    .into_iter()
    .chain(raio_x::TEMPLATES)
    {
        if let Err(erro) = minijinja.add_template(nome, texto) {
            rocket::error!("o template comum `{nome}` não compila: {erro}");
        }
    }
}
// ANCHOR_END: layout

/// A rota `/estilo.css`, que a página `base` pede.
// ANCHOR: estilo
pub fn estilo() -> Vec<Route> {
    routes![estilo_css]
}

#[get("/estilo.css")]
fn estilo_css() -> RawCss<&'static str> {
    RawCss(include_str!("../estilo.css"))
}
// ANCHOR_END: estilo

/// As páginas de erro: uma só função atende todos os códigos.
// ANCHOR: erros
pub fn paginas_de_erro() -> Vec<Catcher> {
    catchers![pagina_de_erro]
}

/// A página de erro deste código, para quem precisa trocar uma resposta já pronta,
/// como um fairing que não conseguiu gravar. Se o template falha, a resposta leva só o
/// código.
pub fn resposta_de_erro(status: Status, requisicao: &Request<'_>) -> Response<'static> {
    let pagina = (status, pagina_do_erro(status));
    pagina
        .respond_to(requisicao)
        .unwrap_or_else(|_| Response::build().status(status).finalize())
}

#[catch(default)]
fn pagina_de_erro(
    status: Status,
    _requisicao: &Request<'_>,
) -> (ContentType, Template) {
    pagina_do_erro(status)
}

/// A página de erro deste código, para um _catcher_ que só às vezes responde com ela.
pub fn pagina_do_erro(status: Status) -> (ContentType, Template) {
    let (titulo, conselho) = texto_do_erro(status.code);
    let pagina =
        Template::render("erro", context! { codigo: status.code, titulo, conselho });
    // O template veio do código, sem nome de arquivo: o Rocket não saberia que é HTML.
    (ContentType::HTML, pagina)
}
// ANCHOR_END: erros

/// O método de uma requisição é o que o navegador mandou: um formulário que começa pelo
/// campo `_method` vira um PATCH, que nenhuma rota atende.
///
/// O Rocket trocaria o método pelo desse campo. Com `_method=HEAD`, a conexão fecha sem
/// resposta, e um proxy na frente conclui que o servidor parou.
// ANCHOR: metodo
struct MetodoDoFormulario;

#[rocket::async_trait]
impl Fairing for MetodoDoFormulario {
    fn info(&self) -> Info {
        Info { name: "Método do formulário", kind: Kind::Request }
    }

    async fn on_request(&self, requisicao: &mut Request<'_>, dados: &mut Data<'_>) {
        if !requisicao.content_type().is_some_and(|tipo| tipo.is_form()) {
            return;
        }
        // A mesma pergunta que o Rocket faz: para ele, `[_method]` é o mesmo campo.
        let inicio = std::str::from_utf8(dados.peek(14).await).ok();
        let campo = inicio.and_then(|inicio| Form::values(inicio).next());
        if campo.is_some_and(|campo| campo.name == "_method") {
            // Nenhuma rota atende PATCH.
            requisicao.set_method(Method::Patch);
        }
    }
}
// ANCHOR_END: metodo

/// O título e o conselho da página de erro de um código HTTP.
fn texto_do_erro(codigo: u16) -> (&'static str, &'static str) {
    match codigo {
        400 => ("Requisição incompleta", "Algo se perdeu no caminho. Volte e repita."),
        401 => ("Login necessário", "Entre com o seu usuário e abra a página de novo."),
        403 => (
            "Acesso negado",
            "Você não tem acesso a esta página. Um formulário de outro site é recusado.",
        ),
        404 => (
            "Página não encontrada",
            "Confira o endereço: a página pode ter mudado de lugar.",
        ),
        413 => ("Conteúdo grande demais", "Isso não cabe. Envie menos ou apague algo."),
        422 => ("Formulário incompleto", "Volte e preencha todos os campos."),
        429 => ("Muitas tentativas", "Espere alguns minutos e tente de novo."),
        500 => ("Algo falhou no servidor", "O erro foi nosso. Tente daqui a pouco."),
        503 => ("Serviço indisponível", "Ele deve voltar logo. Tente daqui a pouco."),
        _ => ("Algo deu errado", "Volte à página inicial e tente de novo."),
    }
}

/// Gera uma chave secreta: 32 bytes do gerador do sistema, em 64 dígitos hexadecimais,
/// um dos formatos que o Rocket aceita em `secret_key`.
///
/// # Erros
///
/// Quando o sistema operacional não consegue gerar bytes.
// ANCHOR: chave
pub fn chave_nova() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
// ANCHOR_END: chave

#[cfg(test)]
mod tests;
