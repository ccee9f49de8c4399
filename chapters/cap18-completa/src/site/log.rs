//! O log do Rocket fora do debug: se ninguém lê a saída, o site continua sem ele.

use std::io::{Write, stdout};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::spawn;

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

/// Outra thread escreve: só ela para com a saída cheia. Vem antes do Rocket iniciar.
pub fn em_outra_thread(configuracao: &Figment) {
    let (fila, linhas) = sync_channel(1_024);
    let na_fila = Box::leak(Box::new(NaFila(fila)));
    if configuracao.profile() != "debug" && log::set_logger(na_fila).is_ok() {
        log::set_max_level(LevelFilter::from(nivel(configuracao)));
        spawn(move || {
            linhas.iter().try_for_each(|linha| writeln!(stdout(), "{linha}"))
        });
    }
}

struct NaFila(SyncSender<String>);

impl Log for NaFila {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, registro: &Record<'_>) {
        // Se alguém esperasse por lugar na fila, o site pararia junto com quem lê.
        let _ = self.0.try_send(registro.args().to_string());
    }

    fn flush(&self) {}
}
