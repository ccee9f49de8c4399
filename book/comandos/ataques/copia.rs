//! Quem copiou os cookies os apresenta duas horas depois.

use std::thread;
use std::time::Duration;

use cookie::{Cookie, CookieJar, Key};
use serde_json::Value;

use super::{Cena, ainda_abre, entrar};
use crate::Resultado;
use crate::navegador::Navegador;
use crate::processo::{self, Processo};

const DUAS_HORAS: i64 = 2 * 60 * 60;

pub(super) fn copia(cena: &mut Cena<'_>) -> Resultado<bool> {
    let (servidor, ajustados) = iniciar(cena)?;
    let mut copia = entrar(&servidor)?;
    let copiados: Vec<&str> = copia.cookies.keys().map(String::as_str).collect();
    cena.contar(
        "Entra como admin e copia os cookies.",
        &format!("cookies: {}", copiados.join(", ")),
    );

    if ajustados {
        thread::sleep(Duration::from_secs(3));
        cena.contar("Espera 3 s.", "o limite de 2 s sem uso passou");
    } else {
        let horas = envelhecer(&mut copia);
        let resposta = if horas.is_empty() {
            "não há hora nenhuma: daqui a 2 h a cópia será igual a esta".to_owned()
        } else {
            format!("achou {} e as recuou", horas.join(" e "))
        };
        cena.contar(
            "Faz a cópia ficar 2 h mais velha: abre-a com a chave de teste e recua as horas.",
            &resposta,
        );
    }

    let (abriu, visto) = ainda_abre(&mut copia)?;
    cena.contar("Abre o perfil com a cópia.", &visto);
    Ok(abriu)
}

/// O capítulo no ar. Onde os limites são ajustes do `Rocket.toml`, pede limites curtos, que se
/// podem esperar, e diz que os pediu.
fn iniciar(cena: &mut Cena<'_>) -> Result<(Processo, bool), String> {
    let ajustes = processo::pasta_do_capitulo(cena.capitulo).join("Rocket.toml");
    let ajustes = std::fs::read_to_string(ajustes).unwrap_or_default();
    if !ajustes.contains(".sessao.") {
        return Ok((cena.iniciar()?, false));
    }
    let limites = "{comum={inatividade=2,absoluto=60}}";
    let servidor = cena.iniciar_com('1', &[("ROCKET_SESSAO", limites)])?;
    cena.contar("Inicia o site com os limites de 2 s sem uso e 60 s ao todo.", "no ar");
    Ok((servidor, true))
}

/// Reescreve os cookies como seriam se tivessem 2 h: ninguém espera 2 h por um ataque, mas a chave
/// de teste é conhecida. Devolve os nomes das horas que havia dentro deles.
fn envelhecer(navegador: &mut Navegador) -> Vec<String> {
    let bytes = hex::decode(processo::chave_de_teste('1')).unwrap_or_default();
    let chave = Key::derive_from(&bytes);
    let mut mudadas = Vec::new();
    for (nome, valor) in &mut navegador.cookies {
        let Some(mut dentro) = aberto(&chave, nome, valor) else { continue };
        let horas = recuar(&mut dentro);
        if !horas.is_empty() {
            let mut jar = CookieJar::new();
            let cookie = Cookie::new(nome.clone(), dentro.to_string());
            jar.private_mut(&chave).add(cookie);
            *valor = jar.get(nome).map(|um| um.value().to_owned()).unwrap_or_default();
            mudadas.extend(horas);
        }
    }
    mudadas
}

/// O JSON que há dentro de um cookie, se a chave o abre.
fn aberto(chave: &Key, nome: &str, valor: &str) -> Option<Value> {
    let cookie = Cookie::parse_encoded(format!("{nome}={valor}")).ok()?;
    let cookie = CookieJar::new().private(chave).decrypt(cookie.into_owned())?;
    serde_json::from_str(cookie.value()).ok()
}

/// Recua em 2 h `criada` e `usada`, onde quer que estejam, e diz quais achou.
fn recuar(dentro: &mut Value) -> Vec<String> {
    let mut achadas = Vec::new();
    for (nome, valor) in dentro.as_object_mut().into_iter().flatten() {
        match valor.as_i64() {
            Some(hora) if ["criada", "usada"].contains(&nome.as_str()) => {
                *valor = (hora - DUAS_HORAS).into();
                achadas.push(nome.clone());
            }
            _ => achadas.extend(recuar(valor)),
        }
    }
    achadas
}
