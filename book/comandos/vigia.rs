//! O vigia de cada processo que `cargo livro` inicia: se o livro termina, do jeito que for, o vigia para
//! o processo e tudo o que ele iniciou.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::OnceLock;

/// O programa que faz de vigia; sem ele, os processos não têm um.
static VIGIA: OnceLock<PathBuf> = OnceLock::new();

/// A palavra com que `cargo livro` inicia a si mesmo como vigia.
const VIGIAR: &str = "vigiar";

/// Daqui em diante, todo processo deste programa tem um vigia, que é este programa outra vez. Em quem
/// já é o vigia, vigia até o fim e devolve como terminar.
pub fn vigiar_todos() -> io::Result<Option<ExitCode>> {
    let mut argumentos = std::env::args_os().skip(1);
    if argumentos.next().is_some_and(|um| um == VIGIAR) {
        return vigiar(argumentos).map(Some);
    }
    // O Cargo pode trocar o nosso arquivo enquanto executamos.
    let este = match cfg!(target_os = "linux") {
        true => "/proc/self/exe".into(),
        false => std::env::current_exe()?,
    };
    VIGIA.get_or_init(|| este);
    Ok(None)
}

/// O mesmo comando, com um vigia, se este programa os tem.
pub fn vigiado(mut comando: Command) -> io::Result<Command> {
    let Some(vigia) = VIGIA.get() else {
        comando.stdin(Stdio::null());
        return Ok(comando);
    };
    let mut vigia = Command::new(vigia);
    vigia.arg(VIGIAR).arg(comando.get_program()).args(comando.get_args());
    for (nome, valor) in comando.get_envs() {
        match valor {
            Some(valor) => vigia.env(nome, valor),
            None => vigia.env_remove(nome),
        };
    }
    comando.get_current_dir().map(|pasta| vigia.current_dir(pasta));
    // Um grupo só dele: o Ctrl+C do terminal é do livro, que o fecha.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut vigia, 0);
    vigia.stdin(Stdio::piped());
    Ok(vigia)
}

/// Executa o comando e, se a entrada fecha, porque o livro terminou, para o grupo inteiro.
fn vigiar(mut comando: impl Iterator<Item = OsString>) -> io::Result<ExitCode> {
    let programa = comando.next().unwrap_or_default();
    let mut filho =
        Command::new(programa).args(comando).stdin(Stdio::null()).spawn()?;
    std::thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        parar_o_grupo()
    });
    let fim = filho.wait()?;
    Ok(if fim.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Para este processo e os que ele iniciou. Com um comando do sistema, porque sem código `unsafe` a
/// biblioteca padrão só para um de cada vez.
fn parar_o_grupo() -> io::Result<Child> {
    let este = std::process::id();
    if cfg!(windows) {
        return Command::new("taskkill")
            .args(["/T", "/F", "/PID", &este.to_string()])
            .spawn();
    }
    Command::new("kill").args(["-KILL", "--", &format!("-{este}")]).spawn()
}
