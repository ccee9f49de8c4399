//! O que está em execução: um trabalho de cada vez, e um capítulo no ar.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, thread};

use book::Resultado;
use book::processo::{LIMITE, Processo};
use book::terminal::{Comando, Terminal};
use book::testes::Testes;
use serde_json::{Value, json};

use super::blocos::Bloco;

/// Quanto um clique espera que o teste de um arquivo salvo pare.
const PACIENCIA: Duration = Duration::from_secs(3);

/// A execução de um bloco.
pub struct Trabalho {
    /// De que página e de que bloco ele é.
    lugar: (String, usize),
    titulo: String,
    /// Foi um arquivo salvo que o pediu: dá a vez a quem clica.
    automatico: bool,
    parado: AtomicBool,
    /// O que já aconteceu, linha a linha, e como terminou.
    feito: Mutex<(Vec<Value>, Option<Value>)>,
}

/// O capítulo no ar, e o bloco que o iniciou.
struct NoAr {
    pacote: String,
    lugar: (String, usize),
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
    trabalhos: Mutex<Vec<Arc<Trabalho>>>,
    no_ar: Mutex<Option<NoAr>>,
    terminais: Mutex<BTreeMap<String, Terminal>>,
}

fn abrir<T>(fechado: &Mutex<T>) -> MutexGuard<'_, T> {
    fechado.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Oficina {
    /// Uma oficina em que nada executa.
    pub fn nova(variaveis: Vec<(&'static str, String)>, pasta: PathBuf) -> Oficina {
        // O que um livro parado à força deixou.
        let _ = fs::remove_dir_all(&pasta);
        let (trabalhos, no_ar, terminais) = Default::default();
        Oficina { variaveis, pasta, trabalhos, no_ar, terminais }
    }

    /// Começa a executar um bloco e devolve o número do trabalho; o erro é o que já está em execução.
    pub fn comecar(
        self: &Arc<Self>,
        pagina: &str,
        bloco: &Bloco,
        automatico: bool,
    ) -> Resultado<usize> {
        let limite = Instant::now() + PACIENCIA;
        let mut trabalhos = loop {
            let trabalhos = abrir(&self.trabalhos);
            let ultimo = trabalhos.last().filter(|um| abrir(&um.feito).1.is_none());
            let Some(ultimo) = ultimo else { break trabalhos };
            if automatico || !ultimo.automatico || Instant::now() > limite {
                return Err(ultimo.titulo.clone());
            }
            ultimo.parado.store(true, Relaxed);
            drop(trabalhos);
            thread::sleep(Duration::from_millis(10));
        };
        let trabalho = Arc::new(Trabalho {
            lugar: (pagina.to_owned(), bloco.numero),
            titulo: bloco.texto.trim().to_owned(),
            automatico,
            parado: AtomicBool::new(false),
            feito: Mutex::default(),
        });
        // Só o último se mostra: do que já terminou basta o número.
        trabalhos.last().inspect(|um| abrir(&um.feito).0.clear());
        trabalhos.push(Arc::clone(&trabalho));
        let numero = trabalhos.len();
        let (oficina, bloco) = (Arc::clone(self), bloco.clone());
        thread::spawn(move || {
            let inicio = Instant::now();
            // Um erro do livro não pode deixar este trabalho em execução para sempre.
            let executar = AssertUnwindSafe(|| oficina.executar(&bloco, &trabalho));
            let fim =
                catch_unwind(executar).unwrap_or(Err("O livro falhou.".to_owned()));
            let (certo, motivo) = match fim {
                Ok(certo) => (certo, None),
                Err(motivo) => (false, Some(motivo)),
            };
            let segundos = inicio.elapsed().as_secs_f64();
            let fim = json!({ "certo": certo, "motivo": motivo, "segundos": segundos });
            abrir(&trabalho.feito).1 = Some(fim);
        });
        Ok(numero)
    }

    /// O que a página mostra: do último trabalho, o que aconteceu depois de `desde`, se ela já tinha
    /// começado a vê-lo; do capítulo no ar, o que escreveu depois de `lido` bytes.
    pub fn estado(&self, visto: usize, desde: usize, lido: u64) -> Value {
        let trabalhos = abrir(&self.trabalhos);
        let numero = trabalhos.len();
        let trabalho = trabalhos.last().map(|um| {
            let (eventos, fim) = &*abrir(&um.feito);
            let desde = if visto == numero { desde } else { 0 };
            let novos = eventos.get(desde..).unwrap_or_default();
            json!({ "numero": numero, "lugar": um.lugar, "automatico": um.automatico,
                "eventos": novos, "fim": fim })
        });
        let mut no_ar = abrir(&self.no_ar);
        // Parou sozinho, ou escreve sem parar.
        drop(no_ar.take_if(|um| {
            um.processo.terminou().is_some() || um.processo.tamanho() > 8 * LIMITE
        }));
        let capitulo = no_ar.as_ref().map(|um| {
            let lido = lido.max(um.inicio);
            let log = um.processo.linhas_desde(lido);
            json!({ "pacote": um.pacote, "processo": um.processo.numero(), "lugar": um.lugar, "endereco": um.processo.endereco,
                "log": String::from_utf8_lossy(&log), "lido": lido + log.len() as u64 })
        });
        json!({ "trabalho": trabalho, "capitulo": capitulo })
    }

    /// Para o trabalho em execução.
    pub fn parar(&self) {
        abrir(&self.trabalhos).last().inspect(|um| um.parado.store(true, Relaxed));
    }

    /// Tira o capítulo do ar, e só volta quando a porta está livre.
    pub fn parar_capitulo(&self) {
        drop(abrir(&self.no_ar).take());
    }

    fn executar(&self, bloco: &Bloco, trabalho: &Trabalho) -> Resultado<bool> {
        let mut terminais = abrir(&self.terminais);
        let (pagina, _) = &trabalho.lugar;
        if !terminais.contains_key(pagina) {
            terminais.insert(pagina.clone(), self.terminal(pagina)?);
        }
        let terminal = terminais.get_mut(pagina).ok_or("sem terminal")?;
        let mut certo = true;
        for comando in &bloco.comandos {
            certo = self.dar_um_passo(comando, bloco, trabalho, terminal)?;
            if !certo {
                break;
            }
        }
        Ok(certo)
    }

    fn terminal(&self, pagina: &str) -> Resultado<Terminal> {
        let pasta = self.pasta.join(pagina);
        fs::create_dir_all(&pasta).map_err(|erro| erro.to_string())?;
        let capitulo = pagina.trim_end_matches(".html");
        Ok(Terminal::novo(capitulo, pasta, &self.variaveis, true))
    }

    fn dar_um_passo(
        &self,
        comando: &Comando,
        bloco: &Bloco,
        trabalho: &Trabalho,
        terminal: &mut Terminal,
    ) -> Resultado<bool> {
        let mut endereco = String::new();
        match comando {
            // No Windows, um programa em execução não se compila de novo.
            Comando::Servir { .. } => self.parar_capitulo(),
            Comando::Testar(_) | Comando::Executar { .. } if cfg!(windows) => {
                self.parar_capitulo();
            }
            Comando::Curl(_) => endereco = self.endereco_de(bloco)?,
            _ => {}
        }
        let mut ouvido = String::new();
        let mut ouvir = |novo: &str| {
            ouvido += novo;
            let linhas = novo.lines().map(Value::from);
            abrir(&trabalho.feito).0.extend(linhas);
            !trabalho.parado.load(Relaxed)
        };
        let (certo, iniciou) = terminal.executar(comando, &endereco, &mut ouvir)?;
        if let Comando::Testar(_) = comando {
            let falhas = Testes::ler(&ouvido).falharam.into_iter().map(|(teste, falha)| {
                json!({ "teste": teste, "lugar": falha.lugar, "mensagem": falha.mensagem })
            });
            abrir(&trabalho.feito).0.extend(falhas);
        }
        if let (Some(processo), Comando::Servir { pacote, .. }) = (iniciou, comando) {
            let (pacote, lugar) = (pacote.clone(), trabalho.lugar.clone());
            let inicio = processo.tamanho();
            *abrir(&self.no_ar) = Some(NoAr { pacote, lugar, processo, inicio });
        }
        Ok(certo)
    }

    /// Onde atende o capítulo que este bloco espera no ar.
    fn endereco_de(&self, bloco: &Bloco) -> Resultado<String> {
        let no_ar = abrir(&self.no_ar);
        let esperado =
            |um: &&NoAr| bloco.capitulo.as_ref().is_none_or(|c| *c == um.pacote);
        let endereco =
            no_ar.as_ref().filter(esperado).map(|um| um.processo.endereco.clone());
        let capitulo = bloco.capitulo.as_deref().unwrap_or("um capítulo");
        endereco.ok_or_else(|| format!("Inicie antes {capitulo}, nesta página."))
    }
}
