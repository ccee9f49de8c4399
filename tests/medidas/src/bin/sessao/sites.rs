//! Quais sites são medidos, e a medida de cada um.

use std::path::Path;
use std::process::Command;

use book::navegador::Navegador;
use book::processo::{
    Processo, ate_o_fim, chave_de_teste, pasta_do_capitulo, servidor,
};
use book::raiz;
use teste::servidores::porta_livre;

use crate::carga::{Carga, custo, pedir};
use crate::{Armazens, compilar};

const CAP05: &str = "cap05-logout";
const CAP06: &str = "cap06-dicionario";
const CAP15: &str = "cap15-servidor";
const CAP16: &str = "cap16-banco";
const CAP18: &str = "cap18-completa";

/// Onde fica a sessão de quem não a tem: as linhas com que as outras se comparam.
pub const SEM_SESSAO: &str = "sem sessão";

/// Um site ainda parado.
struct Site {
    onde: &'static str,
    nome: &'static str,
    /// O capítulo que tem a mesma página.
    pagina: &'static str,
    comando: Command,
}

/// Um site no ar, com o que já se mediu dele.
struct NoAr {
    onde: &'static str,
    nome: &'static str,
    pagina: &'static str,
    processo: Processo,
    cookie: String,
    cargas: Vec<Carga>,
}

/// A mediana das rodadas, com a menor e a maior.
#[derive(Clone, Copy)]
pub struct Faixa {
    pub mediana: f64,
    pub menor: f64,
    pub maior: f64,
}

/// O que a tabela diz de um site.
pub struct Resultado {
    pub onde: &'static str,
    pub nome: &'static str,
    pub pagina: &'static str,
    pub rodadas: Vec<f64>,
    pub por_segundo: Faixa,
    /// Contra a mesma página sem sessão, na mesma rodada.
    pub razao: Faixa,
    pub p99_ms: f64,
    pub cpu_us: f64,
    pub memoria_mb: f64,
    pub cookie_bytes: usize,
}

/// Mede cada site uma vez por rodada. Todos ficam no ar, mas só um trabalha de cada vez.
pub fn medir(armazens: &Armazens, rodadas: usize) -> Vec<Resultado> {
    let concorrentes = compilar(&[CAP05, CAP06, CAP15, CAP16, CAP18]);
    let sites = sites(armazens, &concorrentes);
    let mut no_ar: Vec<NoAr> = sites.into_iter().map(iniciar).collect();
    // Perto da página sem sessão com que se compara, um site vê a máquina no mesmo estado que ela.
    let mut ordem: Vec<usize> = (0..no_ar.len()).collect();
    ordem.sort_by_key(|posicao| no_ar[*posicao].pagina);
    // A primeira rodada aquece e não conta.
    for rodada in 0..=rodadas {
        println!("rodada {rodada} de {rodadas}");
        for posicao in &ordem {
            no_ar[*posicao].medir();
        }
        if rodada == 0 {
            no_ar.iter_mut().for_each(|site| site.cargas.clear());
        }
        // Uma rodada vai e a outra volta: nenhum site fica sempre depois do mesmo.
        ordem.reverse();
    }
    no_ar.iter().map(|site| site.resumir(&no_ar)).collect()
}

fn iniciar(Site { onde, nome, pagina, comando }: Site) -> NoAr {
    let processo = Processo::iniciar(comando);
    let mut navegador = Navegador::novo(&processo.endereco);
    // Os concorrentes têm um endereço para isso, em vez de um formulário.
    if navegador.get("/entrar").codigo != 200 {
        navegador.entrar();
    }
    let pares = navegador.cookies.iter().map(|(nome, valor)| format!("{nome}={valor}"));
    let cookie = pares.collect::<Vec<_>>().join("; ");
    NoAr { onde, nome, pagina, processo, cookie, cargas: Vec::new() }
}

impl NoAr {
    fn medir(&mut self) {
        self.conferir();
        let endereco = format!("{}/dashboard", self.processo.endereco);
        let carga = pedir(&endereco, &self.cookie, self.processo.numero());
        println!("  {:16} {:28} {carga}", self.onde, self.nome);
        self.cargas.push(carga);
    }

    /// Sem isto, a medida podia ser a de uma página de erro, ou a de uma que ignora o cookie.
    fn conferir(&self) {
        let nome = format!("{}, {}", self.onde, self.nome);
        for (cookie, reconhece) in [(self.cookie.as_str(), true), ("", false)] {
            let mut navegador = Navegador::novo(&self.processo.endereco);
            navegador.cabecalhos.push(("cookie".to_owned(), cookie.to_owned()));
            let pagina = navegador.get("/dashboard").corpo;
            let esperado = reconhece || self.onde == SEM_SESSAO;
            let achado = pagina.contains("Bem-vindo, admin! Seu ID é: 12345");
            assert_eq!(achado, esperado, "{nome}: {pagina}\n{}", self.processo.saida());
        }
    }

    fn resumir(&self, todos: &[NoAr]) -> Resultado {
        let de_base =
            |outro: &&NoAr| outro.onde == SEM_SESSAO && outro.pagina == self.pagina;
        let base =
            todos.iter().find(de_base).expect("toda página tem a sua sem sessão");
        let pares = self.cargas.iter().zip(&base.cargas);
        let razoes = pares.map(|(uma, outra)| uma.por_segundo / outra.por_segundo);
        let da_carga = |campo: fn(&Carga) -> f64| faixa(self.cargas.iter().map(campo));
        Resultado {
            onde: self.onde,
            nome: self.nome,
            pagina: self.pagina,
            rodadas: self.cargas.iter().map(|carga| carga.por_segundo).collect(),
            por_segundo: da_carga(|carga| carga.por_segundo),
            razao: faixa(razoes),
            p99_ms: da_carga(|carga| carga.p99_ms).mediana,
            cpu_us: da_carga(|carga| carga.cpu_us).mediana,
            memoria_mb: custo(self.processo.numero()).memoria_mb,
            cookie_bytes: self.cookie.len(),
        }
    }
}

/// A mediana destes números, com o menor e o maior.
pub fn faixa(numeros: impl Iterator<Item = f64>) -> Faixa {
    let mut numeros: Vec<f64> = numeros.collect();
    numeros.sort_by(f64::total_cmp);
    let (antes, depois) = ((numeros.len() - 1) / 2, numeros.len() / 2);
    Faixa {
        mediana: f64::midpoint(numeros[antes], numeros[depois]),
        menor: numeros[0],
        maior: numeros[numeros.len() - 1],
    }
}

/// Todos, na ordem da tabela.
fn sites(armazens: &Armazens, concorrentes: &Path) -> Vec<Site> {
    let concorrente = |onde, nome, pagina, qual, endereco: &str| {
        let mut comando = Command::new(concorrentes);
        comando.arg(qual).arg(pasta_do_capitulo(pagina));
        comando.args(Some(endereco).filter(|endereco| !endereco.is_empty()));
        comando.env("PORTA", porta_livre().to_string());
        sem_o_terminal(&mut comando);
        Site { onde, nome, pagina, comando }
    };
    let sem = |nome, pagina| concorrente(SEM_SESSAO, nome, pagina, "sem-sessao", "");
    let mut sites = vec![
        sem("página do capítulo 5", CAP05),
        sem("página do capítulo 6", CAP06),
        sem("página do capítulo 18", CAP18),
        capitulo("cookie", "capítulo 5", CAP05, CAP05),
        capitulo("cookie", "capítulo 6", CAP06, CAP06),
        concorrente("cookie", "axum com axum-extra", CAP06, "axum-cookie", ""),
        concorrente("cookie", "Actix com actix-session", CAP06, "actix-cookie", ""),
        flask(CAP06),
        capitulo("memória", "capítulo 15", CAP15, CAP06),
    ];
    for endereco in &armazens.enderecos {
        let esquema = endereco.split(':').next().unwrap_or_default();
        let onde = crate::tabelas::onde(esquema);
        if esquema == "sqlite" {
            sites.push(capitulo(onde, "capítulo 16", CAP16, CAP06));
        }
        sites.push(completa(
            onde,
            "capítulo 18",
            &no_arquivo(armazens, endereco, "cap18"),
        ));
        if ["memoria", "sqlite", "redis"].contains(&esquema) {
            let endereco = no_arquivo(armazens, endereco, "tower");
            let nome = "axum com tower-sessions";
            sites.push(concorrente(onde, nome, CAP18, "tower", &endereco));
        }
        if esquema == "redis" {
            let nome = "Actix com actix-session";
            sites.push(concorrente(onde, nome, CAP18, "actix-redis", endereco));
        }
    }
    sites
}

/// No SQLite, cada site tem o arquivo dele.
fn no_arquivo(armazens: &Armazens, endereco: &str, nome: &str) -> String {
    let arquivo = armazens.pasta.path().join(format!("{nome}.db"));
    endereco.replace("sessoes.db", &arquivo.display().to_string())
}

fn capitulo(
    onde: &'static str,
    nome: &'static str,
    capitulo: &'static str,
    pagina: &'static str,
) -> Site {
    let mut comando = servidor(capitulo, &chave_de_teste('1'));
    // Como em produção: o log completo escreveria várias linhas por requisição.
    comando.env("ROCKET_LOG_LEVEL", "critical");
    Site { onde, nome, pagina, comando }
}

fn completa(onde: &'static str, nome: &'static str, endereco: &str) -> Site {
    let mut site = capitulo(onde, nome, CAP18, CAP18);
    site.comando.env("ROCKET_SESSAO_URL", endereco);
    site.comando.env("ROCKET_HTTPS", "false");
    site
}

/// O Flask no gunicorn, com um processo por núcleo.
fn flask(pagina: &'static str) -> Site {
    let pasta = raiz().join("tests/medidas/concorrentes/flask");
    let (ambiente, requisitos) =
        (raiz().join("target/gunicorn"), pasta.join("requirements.txt"));
    let python = ambiente.join("bin/python");
    if !python.exists() {
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv"]).arg(&ambiente);
        executar(venv);
    }
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--no-input"]);
    pip.args(["--disable-pip-version-check", "-r"]).arg(requisitos);
    executar(pip);
    let nucleos = std::thread::available_parallelism().map_or(2, usize::from);
    let mut comando = Command::new(python);
    comando.args(["-m", "gunicorn", "--workers", &nucleos.to_string(), "--bind"]);
    comando.arg(format!("127.0.0.1:{}", porta_livre())).arg("app:app");
    comando.current_dir(pasta).env("CAPITULO", format!("chapters/{pagina}"));
    comando.env("SECRET_KEY", chave_de_teste('1')).env("PYTHONDONTWRITEBYTECODE", "1");
    sem_o_terminal(&mut comando);
    Site { onde: "cookie", nome: "Flask com gunicorn", pagina, comando }
}

fn executar(comando: Command) {
    let (certo, saida) = ate_o_fim(comando);
    assert!(certo, "o ambiente do Flask não ficou pronto:\n{saida}");
}

/// O `sem-sessao` é um Rocket, e em release ele exige uma chave.
fn sem_o_terminal(comando: &mut Command) {
    for (variavel, _) in std::env::vars_os() {
        let nome = variavel.to_string_lossy().into_owned();
        if ["ROCKET_", "FLASK_", "GUNICORN_", "CARGO_"]
            .iter()
            .any(|i| nome.starts_with(i))
        {
            comando.env_remove(&variavel);
        }
    }
    comando.env("ROCKET_SECRET_KEY", chave_de_teste('1'));
}
