//! Gera uma chave secreta forte e mostra como entregá-la ao Rocket em cada terminal.

use std::process::ExitCode;

// ANCHOR: gerar
fn main() -> ExitCode {
    match shared::chave_nova() {
        Ok(chave) => {
            println!(
                "Copie a linha do seu terminal. Cada execução gera outra chave.\n"
            );
            println!("bash e zsh:\nexport ROCKET_SECRET_KEY=\"{chave}\"\n");
            println!("PowerShell:\n$env:ROCKET_SECRET_KEY = \"{chave}\"\n");
            println!("cmd:\nset ROCKET_SECRET_KEY={chave}");
            ExitCode::SUCCESS
        }
        Err(erro) => {
            eprintln!("erro: o sistema não conseguiu gerar a chave: {erro}");
            ExitCode::FAILURE
        }
    }
}
// ANCHOR_END: gerar
