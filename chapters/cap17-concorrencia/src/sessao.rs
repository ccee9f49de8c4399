//! A sessão: um dicionário que fica no servidor. O cookie só leva o id dele.

use std::collections::BTreeMap;

use rocket::Request;
use rocket::http::{Cookie, CookieJar, Status};
use rocket::request::{FromRequest, Outcome};
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;

use crate::armazem::{Armazem, VALIDADE, Versao, nome};

/// O nome do cookie, o mesmo que o Flask usa.
const COOKIE: &str = "session";

/// Quantas vezes `gravar` tenta. A cada vez que ele perde, outra requisição gravou.
const TENTATIVAS: usize = 100;

// ANCHOR: tipos
/// O dicionário: cada chave com um valor que o JSON sabe escrever.
type Valores = BTreeMap<String, Value>;

/// O que a requisição faz no dicionário, guardado para poder ser feito outra vez.
type Mudanca = Box<dyn Fn(&mut Valores) + Send>;

/// O `session` do Flask.
pub struct Sessao<'r> {
    jar: &'r CookieJar<'r>,
    armazem: &'r dyn Armazem,
    /// O id de um registro que existe; `None` enquanto a sessão não tem um.
    id: Option<String>,
    /// A versão do registro que foi lida.
    versao: Versao,
    valores: Valores,
    mudancas: Vec<Mudanca>,
}
// ANCHOR_END: tipos

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Sessao<'r> {
    type Error = ();

    async fn from_request(requisicao: &'r Request<'_>) -> Outcome<Self, ()> {
        let aberta = abrir(requisicao).await;
        aberta.map_or_else(|codigo| Outcome::Error((codigo, ())), Outcome::Success)
    }
}

/// A sessão do registro que o cookie indica; sem ele, uma vazia e ainda sem id.
async fn abrir<'r>(requisicao: &'r Request<'_>) -> Result<Sessao<'r>, Status> {
    let armazem: Option<&Box<dyn Armazem>> = requisicao.rocket().state();
    let armazem = armazem.ok_or(Status::InternalServerError)?.as_ref();
    let jar = requisicao.cookies();
    let mudancas = Vec::new();
    if let Some(cookie) = jar.get_private(COOKIE)
        && let Some((texto, versao)) = armazem.ler(&nome(cookie.value())).await?
        && let Ok(valores) = serde_json::from_str(&texto)
    {
        let id = Some(cookie.value().to_owned());
        return Ok(Sessao { jar, armazem, id, versao, valores, mudancas });
    }
    Ok(Sessao { jar, armazem, id: None, versao: 0, valores: Valores::new(), mudancas })
}

/// O dicionário do registro: em debug, o Raio-X o mostra ao lado do id.
pub const REGISTRO: shared::Registro = shared::Registro(|requisicao| {
    Box::pin(async { Some(Value::from_iter(abrir(requisicao).await.ok()?.valores)) })
});

impl Sessao<'_> {
    /// `session[chave] = valor`.
    pub fn armazenar(&mut self, chave: &str, valor: impl Into<Value>) {
        let (chave, valor) = (chave.to_owned(), valor.into());
        self.mudar(move |valores| {
            valores.insert(chave.clone(), valor.clone());
        });
    }

    // ANCHOR: alterar
    /// Altera um valor a partir do que ele era. Se outra requisição o alterou antes, a
    /// função é chamada de novo, com o valor que ela deixou.
    pub fn alterar<T: Default + DeserializeOwned + Into<Value>>(
        &mut self,
        chave: &str,
        funcao: impl Fn(&mut T) + Send + 'static,
    ) {
        let chave = chave.to_owned();
        self.mudar(move |valores| {
            let atual =
                valores.get(&chave).and_then(|atual| T::deserialize(atual).ok());
            let mut valor = atual.unwrap_or_default();
            funcao(&mut valor);
            valores.insert(chave.clone(), valor.into());
        });
    }

    /// Faz a mudança agora e a guarda, para o caso de `gravar` precisar repeti-la.
    fn mudar(&mut self, mudanca: impl Fn(&mut Valores) + Send + 'static) {
        mudanca(&mut self.valores);
        self.mudancas.push(Box::new(mudanca));
    }
    // ANCHOR_END: alterar

    /// `session.get(chave)`: `None` se a chave falta ou se o valor não é um `T`.
    pub fn recuperar<T: DeserializeOwned>(&self, chave: &str) -> Option<T> {
        T::deserialize(self.valores.get(chave)?).ok()
    }

    /// `chave in session`.
    pub fn contem(&self, chave: &str) -> bool {
        self.valores.contains_key(chave)
    }

    /// `session.pop(chave, None)`: remove um valor; se ele não existe, nada acontece.
    pub fn remover(&mut self, chave: &str) {
        let chave = chave.to_owned();
        self.mudar(move |valores| {
            valores.remove(&chave);
        });
    }

    /// `session.clear()`. O registro sai do servidor: nenhuma cópia abre mais.
    pub async fn limpar(&mut self) -> Result<(), Status> {
        self.valores.clear();
        self.mudancas.clear();
        if let Some(id) = self.id.take() {
            self.armazem.apagar(&nome(&id)).await?;
        }
        self.jar.remove_private(COOKIE);
        Ok(())
    }

    // ANCHOR: gravar
    /// Grava o dicionário no registro da sessão; 401 se ela terminou antes. Se outra
    /// requisição gravou primeiro, refaz nele as mudanças desta e tenta de novo.
    pub async fn gravar(&mut self) -> Result<(), Status> {
        if self.id.is_none() && self.valores.is_empty() {
            return Ok(());
        }
        let Some(id) = self.id.clone() else { return self.gravar_com_outro_id().await };
        for _ in 0..TENTATIVAS {
            let texto = Value::from_iter(self.valores.clone()).to_string();
            let gravada = self.armazem.trocar(&nome(&id), self.versao, &texto).await?;
            if let Some(versao) = gravada {
                self.enviar(id, versao);
                return Ok(());
            }
            self.refazer(&id).await?;
        }
        Err(Status::ServiceUnavailable)
    }
    // ANCHOR_END: gravar

    // ANCHOR: refazer
    /// Lê o que a outra requisição gravou e faz nele as mudanças desta.
    async fn refazer(&mut self, id: &str) -> Result<(), Status> {
        let lido = self.armazem.ler(&nome(id)).await?;
        // Sem registro, o que a outra requisição fez foi encerrar a sessão.
        let (texto, versao) = lido.ok_or(Status::Unauthorized)?;
        self.valores = serde_json::from_str(&texto).unwrap_or_default();
        self.versao = versao;
        for mudanca in &self.mudancas {
            mudanca(&mut self.valores);
        }
        Ok(())
    }
    // ANCHOR_END: refazer

    /// Grava com um id novo e apaga o registro do antigo, que alguém pode conhecer.
    pub async fn gravar_com_outro_id(&mut self) -> Result<(), Status> {
        let texto = Value::from_iter(self.valores.clone()).to_string();
        let id = sortear()?;
        let gravada = self.armazem.criar(&nome(&id), &texto).await?;
        let versao = gravada.ok_or(Status::InternalServerError)?;
        // Só para aprender: o que outra aba muda durante o login se perde. No capítulo
        // 18, não.
        if let Some(antigo) = &self.id {
            self.armazem.apagar(&nome(antigo)).await?;
        }
        self.enviar(id, versao);
        Ok(())
    }

    // ANCHOR: enviar
    /// Manda ao navegador o id, e nada mais. O que está gravado não se repete.
    fn enviar(&mut self, id: String, versao: Versao) {
        let validade = OffsetDateTime::now_utc() + VALIDADE;
        // Só para aprender: o padrão do Rocket é `SameSite=Strict`, e quem vem por um
        // link de outro site chega sem a sessão. O capítulo 12 troca por `Lax`.
        self.jar.add_private(Cookie::build((COOKIE, id.clone())).expires(validade));
        self.id = Some(id);
        self.versao = versao;
        self.mudancas.clear();
    }
    // ANCHOR_END: enviar
}

/// 128 bits do gerador do sistema, em 32 dígitos hexadecimais: são tantos ids possíveis
/// que ninguém acerta um, e os que já saíram não ajudam a adivinhar o próximo.
fn sortear() -> Result<String, Status> {
    let metade = || getrandom::u64().map_err(|_| Status::InternalServerError);
    Ok(format!("{:016x}{:016x}", metade()?, metade()?))
}
