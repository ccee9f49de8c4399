//! Os exemplos do Laboratório do livro: a página e os testes leem o mesmo arquivo.

use std::path::PathBuf;
use std::process::Command;

use regex::Regex;

use crate::flask::{flask, python};
use book::navegador::Navegador;
use book::processo::{Processo, ate_o_fim, chave_de_teste};

/// A letra que, repetida, é a chave de brinquedo dos exemplos, a mesma no Flask e no Rocket.
pub const LETRA: char = 'a';

/// A pasta dos scripts do Laboratório.
pub fn pasta() -> PathBuf {
    crate::livro().join("src/laboratorio")
}

/// O exemplo gravado com este nome.
pub fn exemplo(nome: &str) -> String {
    let texto = crate::ler(pasta().join("exemplos.mjs"));
    let padrao = Regex::new(&format!(r#"\b{nome}(?: =|:) "([^"]*)""#));
    let achado = padrao.expect("expressão bem formada").captures(&texto);
    achado.unwrap_or_else(|| panic!("falta {nome} em exemplos.mjs"))[1].to_owned()
}

/// Faz login nas duas aplicações, com a chave de brinquedo, e grava os cookies que vierem.
pub fn gravar() {
    let no_flask = cookie_do_login(&flask(LETRA), "session");
    let nome = "username";
    let no_rocket = cookie_do_login(&rocket(&chave_de_teste(LETRA)), nome);
    let curto = no_python("print(assinador.dumps({'tema': 'escuro'}))", "");
    let texto = format!(
        "// Gravado por `cargo run -p tests --bin gravar exemplos`. Não edite à mão.\n\
         export const FLASK = \"{no_flask}\";\n\
         export const FLASK_CURTO = \"{curto}\";\n\
         export const ROCKET = {{ nome: \"{nome}\", valor: \"{no_rocket}\" }};\n\
         // Uma chave de verdade é sorteada; esta só abre os exemplos.\n\
         export const CHAVE_DE_BRINQUEDO = \"{LETRA}\".repeat(64);\n"
    );
    std::fs::write(pasta().join("exemplos.mjs"), texto)
        .expect("os exemplos devem ser gravados");
}

/// A lição em Rocket no ar, com esta chave.
pub fn rocket(chave: &str) -> Processo {
    Processo::capitulo("cap05-logout", chave)
}

/// O valor de um cookie depois do login certo.
pub fn cookie_do_login(servidor: &Processo, nome: &str) -> String {
    let mut navegador = Navegador::novo(&servidor.endereco);
    navegador.entrar();
    navegador.cookies[nome].clone()
}

/// Executa um programa em Python com `assinador`, o que o Flask usa nos cookies, e `argumento`.
pub fn no_python(programa: &str, argumento: &str) -> String {
    let chave = chave_de_teste(LETRA);
    let inicio = "import sys\n\
        from flask import Flask\n\
        app = Flask('laboratorio')\n\
        app.secret_key, argumento = sys.argv[1:]\n\
        assinador = app.session_interface.get_signing_serializer(app)\n";
    let mut comando = Command::new(python());
    comando.args(["-I", "-c", &format!("{inicio}{programa}"), &chave, argumento]);
    let (certo, saida) = ate_o_fim(comando);
    assert!(certo, "{saida}");
    saida.trim_end().to_owned()
}
