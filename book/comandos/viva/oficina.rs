//! O que está em execução: um trabalho de cada vez, e um capítulo no ar.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant, UNIX_EPOCH};
use std::{fs, thread};

use book::Resultado;
use book::processo::Processo;
use book::terminal::{Comando, Terminal};
use book::testes::Testes;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::blocos::Bloco;

/// A execução de um bloco.
pub struct Trabalho {
    bloco: Bloco,
    /// Foi um arquivo salvo que o pediu: dá a vez a quem clica.
    automatico: bool,
    parado: AtomicBool,
    /// O que já aconteceu, linha a linha, e como terminou.
    feito: Mutex<(Vec<Value>, Option<Value>)>,
}

/// O capítulo no ar.
struct NoAr {
    pacote: String,
    bloco: String,
    processo: Processo,
    /// Onde termina o que ele escreveu ao iniciar, que o trabalho já mostrou.
    inicio: u64,
}

/// O que está em execução e o que cada página já definiu.
pub struct Oficina {
    /// O que todo capítulo recebe.
    pub variaveis: Vec<(&'static str, String)>,
    /// Onde fica a pasta de cada página.
    pub pasta: PathBuf,
    /// O último trabalho, e o número dele.
    trabalho: Mutex<(u64, Option<Arc<Trabalho>>)>,
    no_ar: Mutex<Option<NoAr>>,
    terminais: Mutex<BTreeMap<String, Terminal>>,
}

impl Oficina {
    /// Uma oficina em que nada executa.
    pub fn nova(variaveis: Vec<(&'static str, String)>, pasta: PathBuf) -> Oficina {
        // O que um livro parado à força deixou.
        let _ = fs::remove_dir_all(&pasta);
        // Conta a partir do relógio: o número de um livro que já terminou não se repete.
        let agora = UNIX_EPOCH.elapsed().map_or(0, |agora| agora.as_millis() as u64);
        let (trabalho, (no_ar, terminais)) =
            (Mutex::new((agora, None)), Default::default());
        Oficina { variaveis, pasta, trabalho, no_ar, terminais }
    }

    /// Começa a executar um bloco; o erro é o que já está em execução.
    pub fn comecar(self: &Arc<Self>, bloco: &Bloco, automatico: bool) -> Resultado<()> {
        let limite = Instant::now() + Duration::from_secs(3);
        let mut vaga = loop {
            let vaga = self.trabalho.lock();
            let atual = vaga.1.as_ref().filter(|um| um.feito.lock().1.is_none());
            let Some(atual) = atual else { break vaga };
            if automatico || !atual.automatico || Instant::now() > limite {
                return Err(atual.bloco.texto.trim().to_owned());
            }
            atual.parado.store(true, Relaxed);
            drop(vaga);
            thread::sleep(Duration::from_millis(10));
        };
        let trabalho = Arc::new(Trabalho {
            bloco: bloco.clone(),
            automatico,
            parado: AtomicBool::new(false),
            feito: Mutex::default(),
        });
        *vaga = (vaga.0 + 1, Some(Arc::clone(&trabalho)));
        let oficina = Arc::clone(self);
        thread::spawn(move || {
            let inicio = Instant::now();
            // Um erro do livro não pode deixar este trabalho em execução para sempre.
            let executar = AssertUnwindSafe(|| oficina.executar(&trabalho));
            let fim =
                catch_unwind(executar).unwrap_or(Err("O livro falhou.".to_owned()));
            trabalho.feito.lock().1 = Some(json!({
                "certo": fim == Ok(true),
                "motivo": fim.err(),
                "segundos": inicio.elapsed().as_secs_f64(),
            }));
        });
        Ok(())
    }

    /// O que a página mostra: do último trabalho, o que aconteceu depois de `desde`, se ela já tinha
    /// começado a vê-lo; do capítulo no ar, o que escreveu depois de `lido` bytes.
    pub fn estado(&self, visto: u64, desde: usize, lido: u64) -> Value {
        let vaga = self.trabalho.lock();
        let trabalho = vaga.1.as_ref().map(|um| {
            let (eventos, fim) = &*um.feito.lock();
            let desde = if visto == vaga.0 { desde } else { 0 };
            let novos = eventos.get(desde..).unwrap_or_default();
            json!({ "numero": vaga.0, "bloco": um.bloco.nome, "eventos": novos, "fim": fim })
        });
        let mut no_ar = self.no_ar.lock();
        let parou = no_ar.take_if(|um| um.processo.terminou().is_some());
        let capitulo = no_ar.as_ref().map(|um| {
            let lido = lido.max(um.inicio);
            let log = um.processo.linhas_desde(lido);
            json!({ "pacote": um.pacote, "processo": um.processo.numero(), "bloco": um.bloco,
                "endereco": um.processo.endereco, "log": String::from_utf8_lossy(&log),
                "lido": lido + log.len() as u64 })
        });
        // Parar um processo demora, e ninguém espera por isso.
        drop((vaga, no_ar, parou));
        json!({ "trabalho": trabalho, "capitulo": capitulo })
    }

    pub fn parar(&self) {
        self.trabalho.lock().1.iter().for_each(|um| um.parado.store(true, Relaxed));
    }

    /// Tira o capítulo do ar, e só volta quando a porta está livre.
    pub fn parar_capitulo(&self) {
        let tirado = self.no_ar.lock().take();
        drop(tirado);
    }

    fn executar(&self, trabalho: &Trabalho) -> Resultado<bool> {
        let mut terminais = self.terminais.lock();
        let pagina = &trabalho.bloco.pagina;
        let terminal = terminais.entry(pagina.clone()).or_insert_with(|| {
            let capitulo = pagina.trim_end_matches(".html");
            Terminal::novo(capitulo, self.pasta.join(pagina), &self.variaveis, true)
        });
        let mut certo = true;
        for comando in &trabalho.bloco.comandos {
            certo = self.dar_um_passo(comando, trabalho, terminal)?;
            if !certo {
                break;
            }
        }
        Ok(certo)
    }

    fn dar_um_passo(
        &self,
        comando: &Comando,
        trabalho: &Trabalho,
        terminal: &mut Terminal,
    ) -> Resultado<bool> {
        let mut endereco = String::new();
        match comando {
            // No Windows, um programa em execução não se compila de novo.
            Comando::Servir(..) => self.parar_capitulo(),
            Comando::Testar(_) | Comando::Executar(..) if cfg!(windows) => {
                self.parar_capitulo();
            }
            Comando::Curl(_) => endereco = self.endereco_de(&trabalho.bloco)?,
            _ => {}
        }
        let mut ouvido = String::new();
        let mut ouvir = |novo: &str| {
            ouvido += novo;
            let linhas = novo.lines().map(Value::from);
            trabalho.feito.lock().0.extend(linhas);
            !trabalho.parado.load(Relaxed)
        };
        let (certo, iniciou) = terminal.executar(comando, &endereco, &mut ouvir)?;
        if let Comando::Testar(_) = comando {
            let falhas = Testes::ler(&ouvido).falharam.into_iter().map(|(teste, falha)| {
                json!({ "teste": teste, "lugar": falha.lugar, "mensagem": falha.mensagem })
            });
            trabalho.feito.lock().0.extend(falhas);
        }
        if let (Some(processo), Comando::Servir(pacote, _)) = (iniciou, comando) {
            let (pacote, bloco) = (pacote.clone(), trabalho.bloco.nome.clone());
            let inicio = processo.tamanho();
            *self.no_ar.lock() = Some(NoAr { pacote, bloco, processo, inicio });
        }
        Ok(certo)
    }

    /// Onde atende o capítulo que este bloco espera no ar.
    fn endereco_de(&self, bloco: &Bloco) -> Resultado<String> {
        let no_ar = self.no_ar.lock();
        let esperado =
            |um: &&NoAr| bloco.capitulo.as_ref().is_none_or(|c| *c == um.pacote);
        let endereco =
            no_ar.as_ref().filter(esperado).map(|um| um.processo.endereco.clone());
        let capitulo = bloco.capitulo.as_deref().unwrap_or("um capítulo");
        endereco.ok_or_else(|| format!("Inicie antes {capitulo}, nesta página."))
    }
}
