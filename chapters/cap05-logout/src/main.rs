//! Capítulo 5: remover um valor, remover todos, e a lição está completa.

use std::str::FromStr;

use rocket::form::{Form, FromForm};
use rocket::http::{Cookie, CookieJar, Status};
use rocket::response::Redirect;
use rocket::{get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use time::{Duration, OffsetDateTime};

#[cfg(test)]
mod tests;

/// A raiz só aponta o caminho. `uri!` confere, na compilação, que a rota existe.
#[get("/")]
fn index() -> Redirect {
    Redirect::to(uri!(login))
}

#[get("/login")]
fn login() -> Template {
    Template::render("login", context! {})
}

// ANCHOR: formulario
/// Os campos do formulário de login; os nomes são os do HTML.
#[derive(FromForm)]
struct Credenciais<'r> {
    username: &'r str,
    password: &'r str,
}
// ANCHOR_END: formulario

// ANCHOR: login_submit
/// Um corpo que não é um formulário chega como `None`, e também recebe 401.
#[post("/login_submit", data = "<formulario>")]
fn login_submit(
    jar: &CookieJar<'_>,
    formulario: Option<Form<Credenciais<'_>>>,
) -> Result<Redirect, (Status, Template)> {
    // Só para aprender: as senhas estão no código. O capítulo 10 as troca por Argon2id.
    let (username, user_id, role) = match formulario.as_deref() {
        Some(Credenciais { username: "admin", password: "123" }) => {
            ("admin", 12345, "admin")
        }
        Some(Credenciais { username: "maria", password: "456" }) => {
            ("maria", 67890, "cliente")
        }
        _ => {
            // O nome volta escrito no formulário; a senha, não.
            let username = formulario.as_deref().map(|campos| campos.username);
            let dados = context! { erro: "Login inválido", username };
            let pagina = Template::render("login", dados);
            return Err((Status::Unauthorized, pagina));
        }
    };
    // Só para aprender: cookies soltos se misturam. O capítulo 6 os junta.
    armazenar(jar, "username", username);
    armazenar(jar, "user_id", user_id);
    armazenar(jar, "role", role);
    Ok(Redirect::to(uri!(dashboard)))
}
// ANCHOR_END: login_submit

// ANCHOR: dashboard
#[get("/dashboard")]
fn dashboard(jar: &CookieJar<'_>) -> Result<Template, Redirect> {
    let username: Option<String> = recuperar(jar, "username");
    let user_id: Option<u32> = recuperar(jar, "user_id");
    match (username, user_id) {
        (Some(username), Some(user_id)) => {
            Ok(Template::render("dashboard", context! { username, user_id }))
        }
        _ => Err(Redirect::to(uri!(login))),
    }
}
// ANCHOR_END: dashboard

// ANCHOR: perfil
#[get("/perfil")]
fn perfil(jar: &CookieJar<'_>) -> Result<Template, Redirect> {
    if jar.get_private("username").is_none() {
        return Err(Redirect::to(uri!(login)));
    }
    let role = recuperar(jar, "role").unwrap_or("visitante".to_owned());
    Ok(Template::render("perfil", context! { role }))
}
// ANCHOR_END: perfil

// ANCHOR: remover_cargo
/// `session.pop('role', None)`: remove um valor; se ele não existe, nada acontece.
#[post("/remover_cargo")]
fn remover_cargo(jar: &CookieJar<'_>) -> Redirect {
    jar.remove_private("role");
    Redirect::to(uri!(perfil))
}
// ANCHOR_END: remover_cargo

// ANCHOR: logout
/// Só para aprender: um GET não deveria mudar nada. O capítulo 12 usa POST para sair.
#[get("/logout")]
fn logout(jar: &CookieJar<'_>) -> Redirect {
    limpar(jar);
    Redirect::to(uri!(saiu))
}

/// A página de login, com um aviso: qualquer pessoa pode pedir este endereço.
#[get("/login?saiu")]
fn saiu() -> Template {
    Template::render("login", context! { aviso: "Você saiu." })
}
// ANCHOR_END: logout

// ANCHOR: armazenar
/// `session[chave] = valor`: criptografa o valor e o guarda uma hora no navegador.
fn armazenar(jar: &CookieJar<'_>, chave: &'static str, valor: impl ToString) {
    let validade = OffsetDateTime::now_utc() + Duration::hours(1);
    // Só para aprender: o padrão do Rocket é `SameSite=Strict`, e quem vem por um link
    // de outro site chega sem a sessão. O capítulo 12 troca por `Lax`.
    jar.add_private(Cookie::build((chave, valor.to_string())).expires(validade));
}
// ANCHOR_END: armazenar

// ANCHOR: recuperar
/// `session.get(chave)`: `None` se a chave falta, não abre ou não é um `T`.
fn recuperar<T: FromStr>(jar: &CookieJar<'_>, chave: &str) -> Option<T> {
    jar.get_private(chave)?.value().parse().ok()
}
// ANCHOR_END: recuperar

// ANCHOR: limpar
/// `session.clear()`: o jar não sabe quais cookies são da sessão; a lista fica aqui.
fn limpar(jar: &CookieJar<'_>) {
    for chave in ["username", "user_id", "role"] {
        jar.remove_private(chave);
    }
}
// ANCHOR_END: limpar

/// Monta a aplicação. A página do capítulo 1 explica o que vem de `shared`.
#[launch]
fn rocket() -> _ {
    shared::aplicacao(env!("CARGO_MANIFEST_DIR")).mount(
        "/",
        routes![
            index,
            login,
            login_submit,
            dashboard,
            perfil,
            remover_cargo,
            logout,
            saiu
        ],
    )
}
