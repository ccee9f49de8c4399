//! O dashboard de um capítulo, sem o Rocket: os mesmos templates, no mesmo MiniJinja.

use std::error::Error;
use std::fs;
use std::path::Path;

use minijinja::{AutoEscape, Environment, context};
use serde::{Deserialize, Serialize};

/// O que a sessão guarda.
#[derive(Clone, Serialize, Deserialize)]
pub struct Valores {
    pub username: String,
    pub user_id: u32,
    pub role: String,
}

/// Os templates de um capítulo, compilados ao iniciar.
pub struct Pagina {
    templates: Environment<'static>,
    completa: bool,
}

impl Pagina {
    pub fn abrir(pasta: &str) -> Result<Pagina, Box<dyn Error>> {
        let mut templates = Environment::new();
        templates.set_auto_escape_callback(|_nome| AutoEscape::Html);
        let base = include_str!("../../../../shared/templates/base.html.j2");
        templates.add_template("base", base)?;
        for arquivo in fs::read_dir(Path::new(pasta).join("templates"))? {
            let arquivo = arquivo?.path();
            let nome = arquivo.file_name().unwrap_or_default().to_string_lossy();
            let nome = nome.trim_end_matches(".html.j2").to_owned();
            templates.add_template_owned(nome, fs::read_to_string(&arquivo)?)?;
        }
        Ok(Pagina { templates, completa: e_a_completa(pasta) })
    }

    /// O que o login da lição põe na sessão.
    pub fn valores(&self) -> Valores {
        Valores {
            username: "admin".to_owned(),
            user_id: 12345,
            role: "admin".to_owned(),
        }
    }

    /// A página, com o que o capítulo entrega ao template.
    pub fn mostrar(&self, valores: &Valores) -> String {
        let Valores { username, user_id, .. } = valores;
        let dados = if self.completa {
            context! { entrou => true, quem => username, username, user_id }
        } else {
            context! { username, user_id }
        };
        let pagina = self.templates.get_template("dashboard");
        pagina.and_then(|pagina| pagina.render(dados)).expect("o template compila")
    }
}

/// Verdadeiro para a pasta do capítulo 18, o site inteiro.
pub fn e_a_completa(pasta: &str) -> bool {
    Path::new(pasta).ends_with("cap18-completa")
}
