//! Quem copiou os cookies os apresenta duas horas depois.

use std::thread;
use std::time::Duration;

use cookie::{Cookie, CookieJar, Key};
use serde_json::Value;

use super::{Cena, ainda_abre, entrar};
use crate::Resultado;
use crate::navegador::Navegador;
use crate::processo::{chave_de_teste, pasta_do_capitulo};

const DUAS_HORAS: i64 = 2 * 60 * 60;

pub(super) fn copia(cena: &mut Cena<'_>) -> Resultado<bool> {
    // Onde os limites são ajustes do `Rocket.toml`, pede limites curtos, que se podem esperar.
    let ajustes = pasta_do_capitulo(cena.capitulo).join("Rocket.toml");
    let ajustes = std::fs::read_to_string(ajustes).unwrap_or_default();
    let ajustados = ajustes.contains(".sessao.");
    let limites = [("ROCKET_SESSAO", "{comum={inatividade=2,absoluto=60}}")];
    let servidor = cena.iniciar_com('1', if ajustados { &limites } else { &[] })?;
    if ajustados {
        let passo = "Inicia o site com os limites de 2 s sem uso e 60 s ao todo.";
        cena.contar(passo, "no ar");
    }
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
            "não há horário nenhum: daqui a 2 h a cópia será igual a esta".to_owned()
        } else {
            format!("achou {} e os recuou", horas.join(" e "))
        };
        cena.contar(
            "Faz a cópia ficar 2 h mais velha: abre-a com a chave de teste e recua os horários.",
            &resposta,
        );
    }

    let (abriu, visto) = ainda_abre(&mut copia)?;
    cena.contar("Abre o perfil com a cópia.", &visto);
    Ok(abriu)
}

/// Reescreve os cookies como seriam se tivessem 2 h: ninguém espera 2 h por um ataque, mas a chave
/// de teste é conhecida. Devolve os nomes das horas que havia dentro deles.
fn envelhecer(navegador: &mut Navegador) -> Vec<String> {
    let bytes = hex::decode(chave_de_teste('1')).unwrap_or_default();
    let chave = Key::derive_from(&bytes);
    let mut mudadas = Vec::new();
    for (nome, valor) in &mut navegador.cookies {
        let cookie = Cookie::parse_encoded(format!("{nome}={valor}")).ok();
        let aberto = cookie
            .and_then(|um| CookieJar::new().private(&chave).decrypt(um.into_owned()));
        let Some(mut aberto) = aberto else { continue };
        let Ok(mut dentro) = serde_json::from_str(aberto.value()) else { continue };
        mudadas.extend(recuar(&mut dentro));
        aberto.set_value(dentro.to_string());
        let mut jar = CookieJar::new();
        jar.private_mut(&chave).add(aberto);
        *valor = jar.get(nome).map(|um| um.value().to_owned()).unwrap_or_default();
    }
    mudadas
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
