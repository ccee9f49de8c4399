//! Um cache entre as pessoas e o servidor entrega a uma a página de outra.

use super::{Cena, cargo_em, entrar, para_onde};
use crate::Resultado;
use crate::navegador::{Navegador, Resposta};

pub(super) fn cache(cena: &mut Cena<'_>) -> Resultado<bool> {
    let servidor = cena.iniciar()?;
    let da_vitima = entrar(&servidor)?.get("/perfil");
    cena.contar(
        "A vítima entra e abre /perfil através do cache.",
        &format!("{} (do servidor)", cargo_em(&da_vitima)?),
    );
    let guardada = pode_guardar(&da_vitima);
    let destino = if guardada {
        "a resposta não o proíbe: guarda a página por um minuto"
    } else {
        "a resposta o proíbe de guardar a página"
    };
    cena.contar("O cache lê Cache-Control e Vary da resposta.", destino);

    // Os cookies do estranho são outros: se a página varia com eles, a guardada não serve.
    let (veio, de_onde) = if guardada && !diz(&da_vitima, "vary", &["cookie"]) {
        (da_vitima.clone(), "do cache")
    } else {
        (Navegador::novo(&servidor.endereco).get("/perfil"), "do servidor")
    };
    let mostra = cargo_em(&veio).unwrap_or_else(|_| para_onde(&veio));
    cena.contar(
        "Um estranho, sem cookie nenhum, abre /perfil através do cache.",
        &format!("{mostra} ({de_onde})"),
    );
    Ok(veio.corpo == da_vitima.corpo)
}

/// Um cache que várias pessoas usam guarda o que ninguém o proíbe de guardar.
fn pode_guardar(resposta: &Resposta) -> bool {
    let proibe = ["no-store", "no-cache", "private"];
    resposta.codigo == 200
        && !diz(resposta, "cache-control", &proibe)
        && !diz(resposta, "vary", &["*"])
}

/// Se um cabeçalho com várias palavras, como `Cookie, Accept`, diz uma destas.
fn diz(resposta: &Resposta, nome: &str, palavras: &[&str]) -> bool {
    let texto = resposta.cabecalho(nome).unwrap_or_default().to_lowercase();
    texto.split(',').any(|palavra| palavras.contains(&palavra.trim()))
}
