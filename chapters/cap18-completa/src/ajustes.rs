//! Os ajustes, que vêm da configuração do Rocket: do `Rocket.toml` e do ambiente.

use std::path::PathBuf;

use rocket::figment::{Figment, Source};
use serde::de::DeserializeOwned;

use super::chaves::{self, Chaves};
use super::validade::{self, Limites};

/// O que se lê da configuração.
pub struct Ajustes {
    /// Separa as sessões deste site das de outro no mesmo armazenamento.
    pub nome: String,
    /// Verdadeiro quando o navegador chega por HTTPS, direto ou por um proxy na frente.
    pub https: bool,
    pub limites: Limites,
    pub chaves: Chaves,
    /// Onde as sessões ficam, e a pasta do arquivo que diz isso.
    pub endereco: String,
    pub pasta: PathBuf,
}

impl Ajustes {
    /// Lê e confere todos. Cada um tem um valor de fábrica, menos o endereço: quem se
    /// esquece dele não deve perder as sessões a cada reinício. O erro diz o que fazer, e
    /// não mostra nenhum segredo.
    pub fn ler(configuracao: &Figment) -> Result<Ajustes, String> {
        // Sem TLS no perfil debug, um cookie `Secure` não voltaria nunca.
        let https = configuracao.profile() != "debug";
        let configuracao = &Figment::from(("nome", "sessoes"))
            .merge(("https", https))
            .merge(("sessao.comum.inatividade", 1_800))
            .merge(("sessao.comum.absoluto", 28_800))
            .merge(("sessao.lembrada.inatividade", 604_800))
            .merge(("sessao.lembrada.absoluto", 2_592_000))
            .merge(configuracao);
        let endereco = "um endereço, como \"sqlite:sessoes.db\"";
        Ok(Ajustes {
            chaves: chaves::ler(configuracao)?,
            limites: validade::limites(configuracao)?,
            https: ler(configuracao, "https", "true ou false")?,
            nome: ler(configuracao, "nome", "um texto, como \"sessoes\"")?,
            endereco: ler(configuracao, "sessao_url", endereco)?,
            pasta: pasta_de(configuracao, "sessao_url"),
        })
    }
}

/// Um ajuste, ou o que se deve escrever nele.
pub fn ler<T: DeserializeOwned>(
    configuracao: &Figment,
    nome: &str,
    forma: &str,
) -> Result<T, String> {
    configuracao.extract_inner(nome).map_err(|_| {
        format!("`{nome}` deve ser {forma}, no Rocket.toml ou no ambiente")
    })
}

/// Um caminho relativo, no Rocket.toml, é relativo a ele; no ambiente, à pasta atual.
pub fn pasta_de(configuracao: &Figment, nome: &str) -> PathBuf {
    let origem = configuracao.find_metadata(nome).and_then(|dito| dito.source.as_ref());
    let arquivo = origem.and_then(Source::file_path);
    let pasta = arquivo.and_then(|arquivo| arquivo.parent());
    pasta.map(PathBuf::from).unwrap_or_default()
}
