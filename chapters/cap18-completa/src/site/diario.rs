//! O diário: uma linha em JSON por requisição, para quem cuida do servidor.

use std::io::{Write, stdout};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use rocket::config::LogLevel;
use rocket::fairing::{AdHoc, Fairing};
use rocket::figment::Figment;
use rocket::http::Status;
use rocket::log::private::{self as log, LevelFilter, Log, Metadata, Record};
use rocket::request::Request;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// O ajuste que liga o diário.
pub fn ligado(configuracao: &Figment) -> Result<bool, String> {
    let erro = "`diario` deve ser true ou false, no Rocket.toml ou no ambiente";
    configuracao.extract_inner("diario").map_err(|_| erro.to_owned())
}

/// O nível do log. Sem um que se leia, quem reclama é o Rocket.
pub fn nivel_do_log(configuracao: &Figment) -> LogLevel {
    configuracao.extract_inner("log_level").unwrap_or(LogLevel::Critical)
}

/// No nível `debug`, o log do Rocket mostra os formulários e os cookies que chegam.
pub fn log_perigoso(configuracao: &Figment) -> bool {
    nivel_do_log(configuracao) == LogLevel::Debug && configuracao.profile() != "debug"
}

/// Quando a requisição chegou. O Rocket já esperou pelo começo do corpo: essa demora, que
/// é de quem o envia, não entra na conta.
pub fn chegada() -> impl Fairing {
    AdHoc::on_request("Diário: a chegada", |requisicao, _| {
        Box::pin(async move {
            requisicao.local_cache(Instant::now);
        })
    })
}

/// A linha do diário, se o ajuste o liga. Vem depois de quem troca a resposta, para dizer
/// o código que o navegador viu.
pub fn saida(ligado: bool) -> impl Fairing {
    AdHoc::on_response("Diário: a saída", move |requisicao, resposta| {
        Box::pin(async move {
            if ligado {
                escrever(linha(requisicao, resposta.status()));
            }
        })
    })
}

/// Quantas linhas esperam por quem lê a saída. As que não cabem se perdem: se alguém
/// esperasse por elas, o site pararia junto com quem lê.
const NA_FILA: usize = 1_024;

static PERDIDAS: AtomicUsize = AtomicUsize::new(0);
static ESPERAM: AtomicUsize = AtomicUsize::new(0);

/// A thread que escreve é a única que a saída pode parar. A fila da `tracing-appender`
/// escreveria nela também ao terminar, e o programa pararia.
static ESCRITOR: LazyLock<SyncSender<String>> = LazyLock::new(|| {
    let (envia, recebe) = sync_channel::<String>(NA_FILA);
    spawn(move || {
        let mut saida = stdout();
        for linha in recebe {
            // Sem quem leia a saída, o diário se perde, e o servidor continua.
            let _ = writeln!(saida, "{linha}");
            ESPERAM.fetch_sub(1, Ordering::SeqCst);
            let perdidas = PERDIDAS.swap(0, Ordering::SeqCst);
            if perdidas > 0 {
                let _ = writeln!(saida, "{}", json!({ "linhas_perdidas": perdidas }));
            }
        }
    });
    envia
});

fn escrever(linha: String) {
    ESPERAM.fetch_add(1, Ordering::SeqCst);
    if ESCRITOR.try_send(linha).is_err() {
        ESPERAM.fetch_sub(1, Ordering::SeqCst);
        PERDIDAS.fetch_add(1, Ordering::SeqCst);
    }
}

/// Quando o programa termina, as últimas linhas ainda podem estar na fila: têm 1 s.
pub fn esperar_as_ultimas() {
    let limite = Instant::now() + Duration::from_secs(1);
    while ESPERAM.load(Ordering::SeqCst) > 0 && Instant::now() < limite {
        sleep(Duration::from_millis(10));
    }
}

/// Com o diário ligado, o log do Rocket usa a mesma fila: escrito por ele, o aviso de uma
/// página que não existe pararia o site do mesmo jeito. Vem antes de tudo do Rocket.
pub fn juntar_o_log(ligado: bool, nivel: LogLevel) {
    if ligado && log::set_logger(&NaFila).is_ok() {
        log::set_max_level(LevelFilter::from(nivel));
    }
}

struct NaFila;

impl Log for NaFila {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, registro: &Record<'_>) {
        // O Rocket termina em `_` o nome do que escreve com recuo.
        let recuo = if registro.target().ends_with('_') { "   >> " } else { "" };
        escrever(format!("{recuo}{}", registro.args()));
    }

    fn flush(&self) {}
}

// ANCHOR: linha
/// Só o que o programa escolheu: a rota é a que o código declara, e nunca o endereço,
/// que pode trazer um token ou um texto de quem chega.
fn linha(requisicao: &Request<'_>, status: Status) -> String {
    let milissegundos = requisicao.local_cache(Instant::now).elapsed().as_millis();
    let linha = json!({
        "hora": OffsetDateTime::now_utc().format(&Rfc3339).ok(),
        "metodo": requisicao.method().as_str(),
        "rota": requisicao.route().map(|rota| rota.uri.path()),
        "status": status.code,
        "ms": u64::try_from(milissegundos).ok(),
    });
    linha.to_string()
}
// ANCHOR_END: linha
