//! O vigia de cada processo que `cargo livro` inicia: se o livro termina, do jeito que for, o vigia para
//! o processo e tudo o que ele iniciou.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
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

/// Executa o comando em um grupo só dele e, quando ele termina, escreve demais ou a entrada fecha,
/// porque o livro terminou, para o que houver no grupo.
fn vigiar(mut comando: impl Iterator<Item = OsString>) -> io::Result<ExitCode> {
    let mut programa = Command::new(comando.next().unwrap_or_default());
    programa.args(comando).stdin(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut programa, 0);
    let mut filho = programa.spawn()?;
    let grupo = filho.id();
    std::thread::spawn(move || {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        parar_o_grupo(grupo)
    });
    #[cfg(unix)]
    std::thread::spawn(move || limitar(grupo));
    let fim = filho.wait()?;
    // O que ele deixou para trás.
    if cfg!(unix) {
        parar_o_grupo(grupo)?;
    }
    Ok(if fim.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Para o grupo que encheria o disco: a saída é um arquivo, e pode não haver ninguém que a leia.
#[cfg(unix)]
fn limitar(grupo: u32) -> io::Result<()> {
    let saida = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned()?;
    let saida = std::fs::File::from(saida);
    while saida.metadata()?.len() < 8 * crate::processo::LIMITE {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    parar_o_grupo(grupo)
}

/// Para um grupo de processos. Com o `kill` que todo shell tem: sem código `unsafe`, a biblioteca
/// padrão só para um de cada vez.
fn parar_o_grupo(grupo: u32) -> io::Result<()> {
    let mut parar = Command::new(if cfg!(windows) { "taskkill" } else { "sh" });
    match cfg!(windows) {
        true => parar.args(["/T", "/F", "/PID", &grupo.to_string()]),
        false => parar.args(["-c", &format!("kill -KILL -{grupo}")]),
    };
    parar.stdout(Stdio::null()).stderr(Stdio::null()).status().map(drop)
}
