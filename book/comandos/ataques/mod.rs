//! Ataques de verdade: cada um inicia um capítulo, fala HTTP com ele e conta o que faz.

use tempfile::TempDir;

use crate::Resultado;
use crate::capitulos::{impede, linhagem};
use crate::navegador::{Navegador, Resposta};
use crate::processo::{self, Processo};

mod adivinhar;
mod cache;
mod copia;
mod duas_abas;
mod emenda;
mod esquecida;
mod outro_site;
mod reinicio;
mod reuso;
mod transborda;
mod vazamento;

/// Um ataque que se executa com `cargo ataque NOME CAPITULO`.
pub struct Ataque {
    /// O nome que se digita.
    pub nome: &'static str,
    /// O capítulo que traz o que ele ataca: quem parte deste também o tem.
    pub desde: &'static str,
    /// O que se diz no fim: se funcionou e se não.
    desfechos: [&'static str; 2],
    executar: Executar,
}

type Executar = fn(&mut Cena<'_>) -> Resultado<bool>;

/// Todos os ataques, com o capítulo que traz o que cada um ataca. Um novo é uma função ao lado, um
/// item aqui e uma linha em [`AJUDA`].
pub const ATAQUES: &[Ataque] = &[
    ataque("emenda", "cap05-logout", emenda::emenda),
    falha("transborda", "cap06-dicionario", transborda::transborda),
    ataque("copia", "cap04-recuperar", copia::copia),
    ataque("esquecida", "cap06-dicionario", esquecida::esquecida),
    ataque("vazamento", "cap03-armazenar", vazamento::vazamento),
    ataque("outro-site", "cap05-logout", outro_site::outro_site),
    falha("link-de-fora", "cap05-logout", outro_site::link_de_fora),
    ataque("adivinhar", "cap03-armazenar", adivinhar::adivinhar),
    falha("cache", "cap04-recuperar", cache::cache),
    falha("troca-de-chave", "cap04-recuperar", reinicio::troca_de_chave),
    ataque("reuso", "cap05-logout", reuso::reuso),
    falha("reinicio", "cap15-servidor", reinicio::reinicio),
    falha("duas-abas", "cap06-dicionario", duas_abas::duas_abas),
];

/// Como se usa o `cargo ataque`, com uma linha para cada um.
pub const AJUDA: &str = include_str!("ajuda.txt");

const fn ataque(nome: &'static str, desde: &'static str, executar: Executar) -> Ataque {
    let desfechos = ["O ataque funcionou.", "O ataque falhou."];
    Ataque { nome, desde, desfechos, executar }
}

/// Ninguém ataca: o servidor é que falha com quem o usa.
const fn falha(nome: &'static str, desde: &'static str, executar: Executar) -> Ataque {
    let desfechos = ["A falha aparece.", "A falha não aparece mais."];
    Ataque { desfechos, ..ataque(nome, desde, executar) }
}

impl Ataque {
    /// Verdadeiro se este capítulo tem o que o ataque ataca.
    pub fn alcanca(&self, capitulo: &str) -> Resultado<bool> {
        Ok(linhagem(capitulo)?.contains(self.desde))
    }

    /// Verdadeiro se o capítulo impede o ataque, ou já o impedia um de que ele parte.
    pub fn impedido(&self, capitulo: &str) -> Resultado<bool> {
        let impedidos: Resultado<Vec<_>> =
            linhagem(capitulo)?.iter().map(|um| impede(um)).collect();
        Ok(impedidos?.concat().iter().any(|nome| nome == self.nome))
    }

    /// Executa o ataque contra um capítulo, conta cada passo e, no fim, se ele funcionou, que é
    /// também o que devolve.
    pub fn executar(
        &self,
        capitulo: &str,
        contar: &mut dyn FnMut(&str),
    ) -> Resultado<bool> {
        let pasta = TempDir::new().map_err(|erro| format!("sem pasta: {erro}"))?;
        let mut cena = Cena { capitulo, contar, passos: 0, pasta };
        let funcionou = (self.executar)(&mut cena)?;
        let [sim, nao] = self.desfechos;
        contar(if funcionou { sim } else { nao });
        Ok(funcionou)
    }
}

/// O capítulo atacado e para quem o ataque conta o que faz.
struct Cena<'a> {
    capitulo: &'a str,
    contar: &'a mut dyn FnMut(&str),
    passos: usize,
    /// Onde o capítulo que as tem guarda as sessões: continuam lá quando ele reinicia.
    pasta: TempDir,
}

impl Cena<'_> {
    /// O capítulo no ar, com a chave de teste 1.
    fn iniciar(&self) -> Resultado<Processo> {
        self.iniciar_com('1', &[])
    }

    /// O capítulo no ar, com uma chave de teste e mais estas variáveis de ambiente.
    fn iniciar_com(
        &self,
        chave: char,
        variaveis: &[(&str, &str)],
    ) -> Resultado<Processo> {
        let chave = processo::chave_de_teste(chave);
        let mut comando = processo::servidor(self.capitulo, &chave);
        processo::guardar_em(&mut comando, self.pasta.path(), self.capitulo);
        comando.envs(variaveis.iter().copied());
        Processo::tentar(comando)
            .map_err(|saida| format!("{} não ficou no ar:\n{saida}", self.capitulo))
    }

    /// Um passo do ataque e o que o servidor respondeu.
    fn contar(&mut self, passo: &str, resposta: &str) {
        self.passos += 1;
        (self.contar)(&format!("{}. {passo}\n   → {resposta}", self.passos));
    }
}

/// O código de uma resposta e, se ela manda a outra página, a qual.
fn para_onde(resposta: &Resposta) -> String {
    match resposta.destino() {
        Some(destino) => format!("{}, vai para {destino}", resposta.estado()),
        None => resposta.estado(),
    }
}

/// Um navegador que fez o login da lição, pelo formulário da página.
pub fn entrar(servidor: &Processo) -> Resultado<Navegador> {
    let mut navegador = Navegador::novo(&servidor.endereco);
    let resposta = navegador.entrar();
    match resposta.destino() {
        Some("/dashboard") => Ok(navegador),
        _ => Err(format!("o login não entrou: {}", resposta.estado())),
    }
}

/// O cargo que a página de perfil mostra.
fn perfil(navegador: &mut Navegador) -> Resultado<String> {
    cargo_em(&navegador.get("/perfil"))
}

/// Se a sessão deste navegador ainda abre o perfil, e o que ele vê.
fn ainda_abre(navegador: &mut Navegador) -> Resultado<(bool, String)> {
    let resposta = navegador.get("/perfil");
    match resposta.destino() {
        Some("/login") => Ok((false, para_onde(&resposta))),
        _ => Ok((true, cargo_em(&resposta)?)),
    }
}

fn cargo_em(resposta: &Resposta) -> Resultado<String> {
    texto_em(resposta, "Cargo: ")
}

/// O texto da página que começa assim, até a próxima marca do HTML.
fn texto_em(resposta: &Resposta, comeco: &str) -> Resultado<String> {
    let inicio = resposta.corpo.find(comeco);
    let inicio =
        inicio.ok_or(format!("a página não diz «{comeco}»: {}", resposta.estado()))?;
    let texto = resposta.corpo[inicio..].split('<').next().unwrap_or_default();
    Ok(texto.trim().to_owned())
}
