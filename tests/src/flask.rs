//! A lição em Flask como processo, e o Python que a executa.

use std::path::PathBuf;
use std::process::Command;

use book::processo::{Processo, chave_de_teste, esquecer};

/// A lição em Flask no ar, em uma porta livre, sem herdar o que o terminal diz ao Flask, e com mais estas
/// variáveis de ambiente.
pub fn flask(chave: char, variaveis: &[(&str, &str)]) -> Processo {
    let mut comando = Command::new(python());
    comando
        .args(["-m", "flask", "--app"])
        .arg(crate::raiz().join("tests/flask/app.py"));
    comando.args(["run", "--port", "0"]).current_dir(crate::raiz());
    esquecer(&mut comando, &["FLASK_", "PYTHONPATH"]);
    comando.envs(variaveis.iter().copied());
    comando.env("PYTHONUNBUFFERED", "1").env("PYTHONDONTWRITEBYTECODE", "1");
    comando.env("SECRET_KEY", chave_de_teste(chave));
    Processo::iniciar(comando)
}

/// O Python do ambiente que tem o Flask.
pub fn python() -> PathBuf {
    let dentro = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    let python = crate::raiz().join("target/flask").join(dentro);
    assert!(python.exists(), "falta {}", python.display());
    python
}
