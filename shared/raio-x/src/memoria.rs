//! O que o Raio-X lembra enquanto o programa roda.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use rocket::Response;
use rocket::http::Cookie;
use rocket::serde::Serialize;

/// De quantos cookies ele lembra os atributos; os nomes vêm do servidor, e são poucos.
pub const NOMES: usize = 64;

/// Quantas cópias ele guarda; a mais velha dá lugar à nova.
pub const COPIAS: usize = 20;

/// Um cookie que alguém guardou: qualquer navegador que abra o Raio-X o vê, e pode recebê-lo.
#[derive(Clone, Serialize)]
#[serde(crate = "rocket::serde")]
pub struct Copia {
    pub numero: usize,
    pub nome: String,
    pub valor: String,
    pub texto: String,
    pub aberto: Option<String>,
    pub quando: u64,
}

#[derive(Default)]
struct Lembrado {
    /// Cada cookie como o servidor o definiu pela última vez, desde que iniciou. O navegador
    /// não devolve os atributos: na requisição só viajam o nome e o valor.
    definidos: BTreeMap<String, Cookie<'static>>,
    copias: Vec<Copia>,
}

#[derive(Default)]
pub struct Memoria(Mutex<Lembrado>);

impl Memoria {
    /// Lê os `Set-Cookie` de uma resposta. Um cookie de remoção
    /// não muda o que se sabe do outro.
    pub fn anotar(&self, resposta: &Response<'_>) {
        for linha in resposta.headers().get("Set-Cookie") {
            let Ok(cookie) = Cookie::parse_encoded(linha.to_owned()) else { continue };
            let definidos = &mut self.abrir().definidos;
            let remove = cookie.max_age().is_some_and(|duracao| duracao.is_zero());
            let cabe = definidos.len() < NOMES || definidos.contains_key(cookie.name());
            if !remove && cabe {
                definidos.insert(cookie.name().to_owned(), cookie);
            }
        }
    }

    pub fn definido(&self, nome: &str) -> Option<Cookie<'static>> {
        self.abrir().definidos.get(nome).cloned()
    }

    /// Um cookie com os atributos do que o servidor definiu: é por eles que o navegador
    /// sabe qual este substitui. O prazo fica de fora: quem copia um cookie não o respeita.
    pub fn vestir(&self, nome: &str, valor: &str) -> Cookie<'static> {
        let padrao = || {
            let seguro = nome.starts_with("__");
            Cookie::build((nome.to_owned(), "")).http_only(true).secure(seguro).into()
        };
        let mut cookie: Cookie<'_> = self.definido(nome).unwrap_or_else(padrao);
        cookie.set_value(valor.to_owned());
        cookie.set_expires(None);
        cookie.set_max_age(None);
        cookie
    }

    /// Guarda o cookie, com o texto como viaja e o que a chave leu dele.
    pub fn guardar(&self, cookie: &Cookie<'_>, texto: String, aberto: Option<String>) {
        let copias = &mut self.abrir().copias;
        let numero = copias.first().map_or(1, |ultima| ultima.numero + 1);
        let (nome, valor) = (cookie.name().to_owned(), cookie.value().to_owned());
        let quando = agora();
        copias.insert(0, Copia { numero, nome, valor, texto, aberto, quando });
        copias.truncate(COPIAS);
    }

    /// As cópias, da mais nova para a mais velha.
    pub fn copias(&self) -> Vec<Copia> {
        self.abrir().copias.clone()
    }

    fn abrir(&self) -> MutexGuard<'_, Lembrado> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Agora, em segundos desde 1970.
pub fn agora() -> u64 {
    UNIX_EPOCH.elapsed().map_or(0, |desde| desde.as_secs())
}
