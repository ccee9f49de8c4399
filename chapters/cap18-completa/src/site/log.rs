//! O log do Rocket, fora do debug, passa por uma fila: se ninguém lê a saída, perdem-se
//! linhas, e o site continua.

use std::io::{Write, stdout};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{sleep, spawn};
use std::time::Duration;

use rocket::config::LogLevel;
use rocket::figment::Figment;
use rocket::log::private::{self as log, LevelFilter, Log, Metadata, Record};

/// No nível `debug`, o log do Rocket mostra os formulários e os cookies que chegam.
pub fn perigoso(configuracao: &Figment) -> bool {
    nivel(configuracao) == LogLevel::Debug && configuracao.profile() != "debug"
}

/// Sem um nível que se leia, quem reclama é o Rocket.
fn nivel(configuracao: &Figment) -> LogLevel {
    configuracao.extract_inner("log_level").unwrap_or(LogLevel::Critical)
}

/// Vem antes de tudo do Rocket, que também procura onde escrever.
pub fn em_fila(configuracao: &Figment) {
    if configuracao.profile() != "debug" && log::set_logger(&NaFila).is_ok() {
        log::set_max_level(LevelFilter::from(nivel(configuracao)));
    }
}

/// Quantas linhas estão na fila, onde cabem 1.024, e quantas não couberam.
static ESPERAM: AtomicUsize = AtomicUsize::new(0);
static PERDIDAS: AtomicUsize = AtomicUsize::new(0);

/// A thread que escreve é a única que a saída pode parar. A fila da `tracing-appender`
/// escreveria nela também ao terminar, e o programa pararia.
static ESCRITOR: LazyLock<SyncSender<String>> = LazyLock::new(|| {
    let (envia, recebe) = sync_channel::<String>(1_024);
    spawn(move || {
        for linha in recebe {
            let _ = writeln!(stdout(), "{linha}");
            ESPERAM.fetch_sub(1, Ordering::SeqCst);
            let perdidas = PERDIDAS.swap(0, Ordering::SeqCst);
            if perdidas > 0 {
                let _ =
                    writeln!(stdout(), "log: {perdidas} linhas não couberam na fila");
            }
        }
    });
    envia
});

struct NaFila;

impl Log for NaFila {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, registro: &Record<'_>) {
        ESPERAM.fetch_add(1, Ordering::SeqCst);
        if ESCRITOR.try_send(registro.args().to_string()).is_err() {
            ESPERAM.fetch_sub(1, Ordering::SeqCst);
            PERDIDAS.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Quando o programa termina, as últimas linhas têm 1 s para sair.
    fn flush(&self) {
        for _ in 0..100 {
            if ESPERAM.load(Ordering::SeqCst) > 0 {
                sleep(Duration::from_millis(10));
            }
        }
    }
}

/// Espera pelas últimas linhas, por até 1 s.
pub fn terminar() {
    log::logger().flush();
}
