//! O que todas as rotas compartilham, com os ajustes lidos uma vez, ao iniciar.

use std::path::Path;
use std::sync::Arc;

use rocket::config::LogLevel;
use rocket::figment::Figment;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use super::armazem::{self, Aberto, Armazem, Chave, ListaDeSessoes};
use super::chaves::{self, Chaves};
use super::validade::{self, Limites};

/// Responde que horas são, em segundos desde 1970.
pub type Relogio = Box<dyn Fn() -> i64 + Send + Sync>;

// ANCHOR: site
/// O site: as guardas e as rotas o pedem com `&State<Site>`.
pub struct Site {
    /// Separa as sessões deste site das de outro no mesmo armazenamento.
    pub nome: String,
    /// Verdadeiro quando o navegador chega por HTTPS, direto ou por um proxy na frente.
    pub https: bool,
    /// Verdadeiro se cada requisição deixa uma linha na saída padrão.
    pub diario: bool,
    pub limites: Limites,
    pub chaves: Chaves,
    pub armazem: Arc<dyn Armazem>,
    /// `None` se o armazenamento não sabe achar as sessões de uma pessoa.
    pub lista: Option<Arc<dyn ListaDeSessoes>>,
    pub relogio: Relogio,
}
// ANCHOR_END: site

impl Site {
    // ANCHOR: da_configuracao
    /// Confere tudo antes que o Rocket inicie. O erro diz o que fazer, e não mostra
    /// nenhum segredo.
    pub async fn da_configuracao(
        configuracao: &Figment,
        pasta: &Path,
    ) -> Result<Site, String> {
        let chaves = chaves::conferir(configuracao)?;
        let limites = validade::limites(configuracao)?;
        let https = ler(configuracao, "https", "true ou false")?;
        let diario = ler(configuracao, "diario", "true ou false")?;
        let nome = ler(configuracao, "nome", "um texto, como \"sessoes\"")?;
        let endereco: String =
            ler(configuracao, "sessao_url", "um endereço, como \"sqlite:sessoes.db\"")?;
        let Aberto { armazem, lista } = armazem::abrir(&endereco, pasta).await?;
        let relogio: Relogio = Box::new(|| OffsetDateTime::now_utc().unix_timestamp());
        Ok(Site { nome, https, diario, limites, chaves, armazem, lista, relogio })
    }
    // ANCHOR_END: da_configuracao

    /// Agora, em segundos desde 1970.
    pub fn agora(&self) -> i64 {
        (self.relogio)()
    }

    /// O nome com que o armazenamento conhece a sessão deste id.
    pub fn chave(&self, id: &str) -> Chave {
        Chave::do_id(&self.nome, id)
    }

    /// O nome com que o armazenamento conhece uma pessoa deste site.
    pub fn dono(&self, username: &str) -> String {
        format!("{}:{username}", self.nome)
    }
}

fn ler<T: DeserializeOwned>(
    configuracao: &Figment,
    nome: &str,
    forma: &str,
) -> Result<T, String> {
    configuracao.extract_inner(nome).map_err(|_| {
        format!("`{nome}` deve ser {forma}, no Rocket.toml ou no ambiente")
    })
}

/// O nível do log. Sem um que se leia, quem reclama é o Rocket.
pub fn nivel_do_log(configuracao: &Figment) -> LogLevel {
    configuracao.extract_inner("log_level").unwrap_or(LogLevel::Critical)
}

/// No nível `debug`, o log do Rocket mostra os formulários e os cookies que chegam.
pub fn log_perigoso(configuracao: &Figment) -> bool {
    nivel_do_log(configuracao) == LogLevel::Debug && configuracao.profile() != "debug"
}
