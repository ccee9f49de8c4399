//! Um cache entre as pessoas e o servidor entrega a uma a página de outra.

use super::{Cena, cargo_em, entrar, para_onde};
use crate::Resultado;
use crate::navegador::{Navegador, Resposta};

pub(super) fn cache(cena: &mut Cena<'_>) -> Resultado<bool> {
    let servidor = cena.iniciar()?;
    let mut no_meio = Cache::default();
    let mut vitima = entrar(&servidor)?;
    let (da_vitima, de_onde) = no_meio.get(&mut vitima, "/perfil");
    let cargo = cargo_em(&da_vitima)?;
    cena.contar(
        "A vítima entra e abre /perfil através do cache.",
        &format!("{cargo} ({de_onde})"),
    );
    let destino = match no_meio.guardadas.len() {
        0 => "a resposta o proíbe de guardar a página",
        _ => "a resposta não o proíbe: guarda a página por um minuto",
    };
    cena.contar("O cache lê Cache-Control e Vary da resposta.", destino);

    let mut estranho = Navegador::novo(&servidor.endereco);
    let (veio, de_onde) = no_meio.get(&mut estranho, "/perfil");
    let mostra = cargo_em(&veio).unwrap_or_else(|_| para_onde(&veio));
    cena.contar(
        "Um estranho, sem cookie nenhum, abre /perfil através do cache.",
        &format!("{mostra} ({de_onde})"),
    );
    Ok(veio.corpo == da_vitima.corpo)
}

/// Um cache como os que ficam na frente de um site. Uma resposta que não diz quanto tempo
/// vale, ele guarda por um minuto, mais do que isto demora.
#[derive(Default)]
struct Cache {
    guardadas: Vec<Guardada>,
}

/// Uma resposta e o que outra requisição precisa ter de igual para recebê-la.
struct Guardada {
    caminho: String,
    /// Os cabeçalhos que `Vary` cita, com os valores da requisição que a trouxe.
    variam: Vec<(String, String)>,
    resposta: Resposta,
}

impl Cache {
    /// A resposta deste caminho, guardada ou do servidor, e de onde ela veio.
    fn get(&mut self, quem: &mut Navegador, caminho: &str) -> (Resposta, &'static str) {
        let pedido = quem.clone();
        let igual = |(nome, valor): &(String, String)| enviado(&pedido, nome) == *valor;
        let mut guardadas = self.guardadas.iter();
        let guardada = guardadas
            .find(|uma| uma.caminho == caminho && uma.variam.iter().all(igual));
        if let Some(guardada) = guardada {
            return (guardada.resposta.clone(), "do cache");
        }
        let resposta = quem.get(caminho);
        if pode_guardar(&resposta) {
            let nomes = lista(&resposta, "vary").into_iter();
            let variam = nomes.map(|nome| (nome.clone(), enviado(&pedido, &nome)));
            self.guardadas.push(Guardada {
                caminho: caminho.to_owned(),
                variam: variam.collect(),
                resposta: resposta.clone(),
            });
        }
        (resposta, "do servidor")
    }
}

/// Um cache que várias pessoas usam guarda o que ninguém o proíbe de guardar.
fn pode_guardar(resposta: &Resposta) -> bool {
    let ordens = lista(resposta, "cache-control");
    let proibe = ["no-store", "no-cache", "private"];
    resposta.codigo == 200
        && !ordens.iter().any(|ordem| proibe.contains(&ordem.as_str()))
        && lista(resposta, "vary") != ["*"]
}

/// As palavras de um cabeçalho, como `Cookie, Accept`, em minúsculas.
fn lista(resposta: &Resposta, nome: &str) -> Vec<String> {
    let texto = resposta.cabecalho(nome).unwrap_or_default();
    let palavras = texto.split(',').map(|palavra| palavra.trim().to_lowercase());
    palavras.filter(|palavra| !palavra.is_empty()).collect()
}

/// O que a requisição deste navegador leva em um cabeçalho; dos outros, nada.
fn enviado(quem: &Navegador, nome: &str) -> String {
    match nome {
        "cookie" => format!("{:?}", quem.cookies),
        _ => String::new(),
    }
}
