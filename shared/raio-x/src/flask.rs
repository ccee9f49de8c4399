//! A mesma sessão, como o Flask a escreveria no cookie dele.

use serde_json::{Map, Value};

use crate::Visto;

/// Os valores que abriram, em JSON, e se vieram soltos, cada um em um cookie. `None`, se
/// não há nenhum. `define`, se este servidor definiu um cookie com a sessão inteira.
pub fn sessao_em_json(cookies: &[Visto<'_>], define: bool) -> Option<(String, bool)> {
    let abertos = |da_sessao: bool| {
        let deste_tipo = cookies.iter().filter(move |um| um.da_sessao == da_sessao);
        deste_tipo.filter_map(|um| Some((um, um.aberto.as_deref()?)))
    };
    // Um cookie pode ter ficado de outro capítulo: decide o que este servidor definiu.
    let so_soltos = !define && abertos(false).any(|(um, _)| um.atributos.is_some());
    let inteira = abertos(true).find_map(|(_, texto)| dicionario(texto));
    let (valores, soltos) = match inteira {
        Some(inteira) if !so_soltos => (inteira, false),
        _ if define => return None,
        _ => {
            let valor =
                |(um, texto): (&Visto<'_>, &str)| (um.nome.into(), texto.into());
            (abertos(false).map(valor).collect(), true)
        }
    };
    (!valores.is_empty()).then(|| (em_json(valores.into()), soltos))
}

/// A sessão inteira de um cookie: o dicionário sozinho ou, com mais alguma coisa ao lado,
/// em `valores`.
fn dicionario(aberto: &str) -> Option<Map<String, Value>> {
    let Value::Object(mut objeto) = serde_json::from_str(aberto).ok()? else {
        return None;
    };
    if let Some(Value::Object(valores)) = objeto.get_mut("valores") {
        return Some(std::mem::take(valores));
    }
    Some(objeto)
}

/// Um valor em JSON como o Python o escreve: em ordem alfabética e só com caracteres ASCII.
pub fn em_json(mut valor: Value) -> String {
    valor.sort_all_objects();
    let json = valor.to_string();
    let letras = json.encode_utf16().map(|unidade| match unidade {
        0x20..=0x7e => String::from_utf16_lossy(&[unidade]),
        _ => format!("\\u{unidade:04x}"),
    });
    letras.collect()
}
