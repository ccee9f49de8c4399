//! A chave secreta e as anteriores, que só abrem os cookies que já fecharam.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cookie::{Cookie, CookieJar, Key};
use rocket::figment::Figment;
use rocket::figment::error::Kind;
use rocket::figment::value::Value;

/// Cada chave a mais é mais uma que pode vazar, e mais um teste por cookie que não abre.
const MAXIMO: usize = 3;

/// Uma chave sorteada tem uns 30 bytes diferentes; com menos que isto, ninguém a sorteou.
const BYTES_DIFERENTES: usize = 9;

/// A chave atual, se alguém a definiu, e as anteriores, da mais nova para a mais velha.
/// Cada uma com o que ela é: verdadeiro para uma anterior.
pub struct Chaves(Vec<(Key, bool)>);

impl Chaves {
    /// Abre um cookie, e diz se quem o fechou foi uma das anteriores.
    pub fn abrir(&self, cookie: &Cookie<'static>) -> Option<(Cookie<'static>, bool)> {
        self.0.iter().find_map(|(chave, anterior)| {
            let aberto = CookieJar::new().private(chave).decrypt(cookie.clone())?;
            Some((aberto, *anterior))
        })
    }
}

/// Confere as chaves. O erro diz qual delas não serve, e nunca a mostra.
pub fn ler(configuracao: &Figment) -> Result<Chaves, String> {
    let textos = anteriores(configuracao)?;
    if textos.len() > MAXIMO {
        return Err(format!(
            "há {} chaves em `secret_keys_anteriores`, e o máximo é {MAXIMO}",
            textos.len()
        ));
    }
    let mut vistas: Vec<Vec<u8>> = atual(configuracao)?.into_iter().collect();
    let mut chaves: Vec<_> =
        vistas.iter().map(|um| (como_o_rocket(um), false)).collect();
    for (posicao, texto) in textos.iter().enumerate() {
        let nome = format!("a {}ª chave de `secret_keys_anteriores`", posicao + 1);
        let bytes = em_bytes(&nome, texto)?;
        if vistas.contains(&bytes) {
            return Err(format!("{nome} repete outra, ou é a `secret_key` atual"));
        }
        chaves.push((como_o_rocket(&bytes), true));
        vistas.push(bytes);
    }
    Ok(Chaves(chaves))
}

fn anteriores(configuracao: &Figment) -> Result<Vec<String>, &'static str> {
    let nenhuma = Figment::from(("secret_keys_anteriores", [(); 0]));
    let textos = nenhuma.merge(configuracao).extract_inner("secret_keys_anteriores");
    textos.map_err(|erro| match erro.kind {
        // O erro do TOML mostraria a linha inteira, e nela pode haver uma chave.
        Kind::Message(_) => "o Rocket.toml não abre: confira as aspas e os colchetes",
        _ => "`secret_keys_anteriores` deve ser uma lista: '[\"chave\"]'",
    })
}

/// `None` se ninguém a definiu: o Rocket sorteia uma em debug, e fora dele não inicia.
fn atual(configuracao: &Figment) -> Result<Option<Vec<u8>>, String> {
    match configuracao.find_value("secret_key") {
        Err(_) => Ok(None),
        Ok(Value::String(_, texto)) => em_bytes("a `secret_key`", &texto).map(Some),
        // No lugar da chave que ninguém definiu, o Rocket põe zeros.
        Ok(valor) if valor.deserialize() == Ok([0; 32]) => Ok(None),
        // Só com algarismos, o ambiente a lê como um número.
        Ok(Value::Num(..)) => {
            Err("a `secret_key` é fraca: só tem algarismos. Sorteie outra".into())
        }
        Ok(_) => Err("a `secret_key` deve ser um texto, entre aspas".into()),
    }
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
    if diferentes.len() < BYTES_DIFERENTES {
        return Err(format!("{nome} é fraca: repete os mesmos bytes. Sorteie outra"));
    }
    Ok(bytes)
}

/// Como faz o Rocket: 64 bytes são a chave; menos que isso, a origem dela.
fn como_o_rocket(bytes: &[u8]) -> Key {
    if bytes.len() >= 64 { Key::from(bytes) } else { Key::derive_from(bytes) }
}
