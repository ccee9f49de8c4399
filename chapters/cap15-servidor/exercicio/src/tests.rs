//! Não mude este arquivo: ele corrige o exercício. Escreva em `src/main.rs`.

use std::fmt::Debug;
use std::path::PathBuf;

use rocket::execute;
use rocket::http::Status;
use rocket::request::FromRequest;
use teste::Visitante;

use crate::capitulo::armazem::Armazem;
use crate::capitulo::sessao::Sessao;
use crate::{Arquivos, aplicacao};

#[test]
fn o_bloco_guarda_as_notas_e_rasgado_fica_vazio() {
    let pasta = Pasta::nova();
    let mut visitante = com_uma_nota(&pasta);
    let antes = visitante.abrir("/").corpo.contains("pão");
    let mut copia = visitante.clone();
    visitante.postar("/rasgar", "");
    let depois = copia.abrir("/").corpo.contains("pão");
    confere(
        "a nota aparece antes de rasgar e não aparece depois",
        (antes, depois),
        (true, false),
        "`apagar` ainda apaga o arquivo?",
    );
}

#[test]
fn as_sessoes_continuam_quando_o_programa_termina() {
    let pasta = Pasta::nova();
    execute(pasta.arquivos().criar("nome", "um")).unwrap();
    confere(
        "outro programa, na mesma pasta, lê o registro",
        execute(pasta.arquivos().ler("nome")),
        Ok(Some("um".to_owned())),
        "`criar` ainda escreve o arquivo?",
    );
}

#[test]
fn um_registro_que_esta_la_pode_ser_trocado() {
    let pasta = Pasta::nova();
    let arquivos = pasta.arquivos();
    execute(arquivos.criar("nome", "um")).unwrap();
    let gravou = execute(arquivos.trocar("nome", "dois"));
    confere(
        "`trocar` grava, e o registro muda",
        (gravou, execute(arquivos.ler("nome"))),
        (Ok(true), Ok(Some("dois".to_owned()))),
        "`trocar` ainda escreve quando o arquivo está lá?",
    );
}

#[test]
fn um_registro_novo_nunca_cobre_outro() {
    let pasta = Pasta::nova();
    let arquivos = pasta.arquivos();
    execute(arquivos.criar("nome", "um")).unwrap();
    let gravou = execute(arquivos.criar("nome", "outro"));
    confere(
        "o segundo `criar` não grava, e o registro continua o mesmo",
        (gravou, execute(arquivos.ler("nome"))),
        (Ok(false), Ok(Some("um".to_owned()))),
        "o que `criar` deve fazer quando `texto` acha um arquivo?",
    );
}

#[test]
fn uma_gravacao_que_chega_depois_do_fim_nao_traz_a_sessao_de_volta() {
    let pasta = Pasta::nova();
    let mut visitante = com_uma_nota(&pasta);
    let gravou = em_outra_aba(&visitante.clone(), |sessao| {
        visitante.postar("/rasgar", "");
        sessao.armazenar("notas", vec!["leite".to_owned()]);
        execute(sessao.gravar())
    });
    confere(
        "quem grava depois que a outra aba rasgou o bloco recebe 401",
        gravou,
        Err(Status::Unauthorized),
        "o que `trocar` deve responder quando `texto` não acha o arquivo?",
    );
}

#[test]
fn rasgar_em_duas_abas_nao_e_um_erro() {
    let pasta = Pasta::nova();
    let mut visitante = com_uma_nota(&pasta);
    let fim = em_outra_aba(&visitante.clone(), |sessao| {
        visitante.postar("/rasgar", "");
        execute(sessao.limpar())
    });
    confere(
        "a aba que rasga por último também consegue",
        fim,
        Ok(()),
        "que erro o disco dá quando o arquivo já não está lá? Veja o que `texto` faz com ele.",
    );
}

/// Alguém com uma nota no bloco.
fn com_uma_nota(pasta: &Pasta) -> Visitante {
    let mut visitante = Visitante::novo(aplicacao(pasta.0.clone()));
    visitante.postar("/anotar", "nota=pão");
    visitante
}

/// Outra requisição do mesmo visitante, que já leu a sessão.
fn em_outra_aba<T>(
    visitante: &Visitante,
    cena: impl FnOnce(&mut Sessao<'_>) -> T,
) -> T {
    let cookie = ("session".to_owned(), visitante.cookies["session"].clone());
    let pedido = visitante.servidor().get("/").cookie(cookie);
    cena(&mut execute(Sessao::from_request(pedido.inner())).unwrap())
}

/// Apagada no fim do teste.
struct Pasta(PathBuf);

impl Pasta {
    fn nova() -> Pasta {
        Pasta(std::env::temp_dir().join(shared::chave_nova().unwrap()))
    }

    /// Um armazenamento que acaba de abrir esta pasta.
    fn arquivos(&self) -> Arquivos {
        Arquivos::em(self.0.clone())
    }
}

impl Drop for Pasta {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[track_caller]
fn confere<T: PartialEq + Debug>(o_que: &str, veio: T, esperado: T, olhe: &str) {
    assert!(
        veio == esperado,
        "Esperado: {o_que}, ou seja, {esperado:?}.\nVeio: {veio:?}.\nOlhe: {olhe}"
    );
}
