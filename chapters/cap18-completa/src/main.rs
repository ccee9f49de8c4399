//! Capítulo 18: o site inteiro.

use std::process::ExitCode;

fn main() -> ExitCode {
    rocket_sessoes::site::main()
}
