//! A chave secreta e as anteriores: estas não fecham mais nenhum cookie,
//! mas ainda abrem os que fecharam.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cookie::{Cookie, CookieJar, Key};
use rocket::figment::Figment;
use rocket::figment::error::Kind;
use rocket::figment::value::Value;

/// Cada chave a mais é mais uma que pode vazar, e mais um
/// teste por cookie que não abre.
const MAXIMO: usize = 3;

/// Uma chave sorteada tem uns 30 bytes diferentes; com
/// menos que isto, ninguém a sorteou.
const BYTES_DIFERENTES: usize = 8;

/// A chave atual, se alguém a definiu, e as anteriores, da mais nova para a mais velha.
pub struct Chaves {
    atual: Option<Key>,
    anteriores: Vec<Key>,
}

impl Chaves {
    /// Abre um cookie, e diz se quem o fechou foi uma das anteriores.
    pub fn abrir(&self, cookie: &Cookie<'static>) -> Option<(Cookie<'static>, bool)> {
        let atual = self.atual.iter().map(|chave| (chave, false));
        let anteriores = self.anteriores.iter().map(|chave| (chave, true));
        atual.chain(anteriores).find_map(|(chave, anterior)| {
            let aberto = CookieJar::new().private(chave).decrypt(cookie.clone())?;
            Some((aberto, anterior))
        })
    }
}

/// Confere a chave atual e as anteriores. O erro diz qual
/// delas não serve, e nunca a mostra.
pub fn ler(configuracao: &Figment) -> Result<Chaves, String> {
    let textos = anteriores(configuracao)?;
    if textos.len() > MAXIMO {
        return Err(format!(
            "há {} chaves em `secret_keys_anteriores`, e o máximo é {MAXIMO}",
            textos.len()
        ));
    }
    let atual = atual(configuracao)?;
    let mut vistas: BTreeSet<Vec<u8>> = atual.iter().cloned().collect();
    let atual = atual.as_deref().map(como_o_rocket);
    let mut anteriores = Vec::new();
    for (posicao, texto) in textos.iter().enumerate() {
        let nome = format!("a {}ª chave de `secret_keys_anteriores`", posicao + 1);
        let bytes = em_bytes(&nome, texto)?;
        anteriores.push(como_o_rocket(&bytes));
        if !vistas.insert(bytes) {
            return Err(format!("{nome} repete outra, ou é a `secret_key` atual"));
        }
    }
    Ok(Chaves { atual, anteriores })
}

fn anteriores(configuracao: &Figment) -> Result<Vec<String>, String> {
    match configuracao.extract_inner("secret_keys_anteriores") {
        Ok(textos) => Ok(textos),
        Err(erro) if matches!(erro.kind, Kind::MissingField(_)) => Ok(Vec::new()),
        // O erro do TOML mostraria a linha inteira, e nela pode haver uma chave.
        Err(erro) if matches!(erro.kind, Kind::Message(_)) => {
            Err("o Rocket.toml não abre: confira as aspas e os colchetes".into())
        }
        Err(_) => {
            Err("`secret_keys_anteriores` deve ser uma lista: '[\"chave\"]'".into())
        }
    }
}

/// A chave atual. `None` se ninguém a definiu: o Rocket sorteia uma em debug, e
/// se recusa a iniciar fora dele.
fn atual(configuracao: &Figment) -> Result<Option<Vec<u8>>, String> {
    match configuracao.find_value("secret_key") {
        Err(_) => Ok(None),
        Ok(Value::String(_, texto)) => em_bytes("a `secret_key`", &texto).map(Some),
        Ok(valor) if sem_chave(&valor) => Ok(None),
        // Só com algarismos, o ambiente a lê como um número.
        Ok(Value::Num(..)) => {
            Err("a `secret_key` é fraca: só tem algarismos. Sorteie outra".into())
        }
        Ok(_) => Err("a `secret_key` deve ser um texto, entre aspas".into()),
    }
}

/// No lugar da chave que ninguém definiu, o Rocket põe zeros.
fn sem_chave(valor: &Value) -> bool {
    let bytes: Option<Vec<u8>> = valor.deserialize().ok();
    bytes.is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0))
}

/// Os bytes de uma chave, nos formatos que o Rocket aceita.
fn em_bytes(nome: &str, texto: &str) -> Result<Vec<u8>, String> {
    let bytes = match texto.len() {
        64 => hex::decode(texto).ok(),
        // Com dois sinais de igual no fim, 44 letras são só 31 bytes.
        44 | 88 => STANDARD.decode(texto).ok().filter(|bytes| bytes.len() >= 32),
        _ => None,
    };
    let bytes = bytes.ok_or_else(|| {
        format!("{nome} deve ter 64 dígitos hexadecimais, ou 44 ou 88 em base64")
    })?;
    let diferentes: BTreeSet<&u8> = bytes.iter().collect();
    if diferentes.len() < BYTES_DIFERENTES || repete(&bytes) {
        return Err(format!("{nome} é fraca: repete os mesmos bytes. Sorteie outra"));
    }
    Ok(bytes)
}

/// Verdadeiro se o começo, que pode ser até a metade, dá a chave inteira ao se repetir.
fn repete(bytes: &[u8]) -> bool {
    let iguais = |passo: usize| bytes.iter().zip(&bytes[passo..]).all(|(a, b)| a == b);
    (1..=bytes.len() / 2).any(iguais)
}

/// A mesma conta que o Rocket faz com a `secret_key`: 64 bytes são a chave; menos que
/// isso, a origem dela.
fn como_o_rocket(bytes: &[u8]) -> Key {
    if bytes.len() >= 64 { Key::from(bytes) } else { Key::derive_from(bytes) }
}
