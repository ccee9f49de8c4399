//! O que o capítulo 18 faz por HTTP, com cada armazenamento.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use book::navegador::{Navegador, Resposta, em_formulario, token};
use book::processo::{Processo, chave_de_teste, servidor};
use cookie::{Cookie, CookieJar, Key};
use tests::servidores::redis_cli;

use super::cap18::armazem::Chave;
use super::{Cenario, Loja, Tipo, id_novo};

pub const CENARIOS: &[Cenario] = &[
    ("um id que o servidor não deu", um_id_que_o_servidor_nao_deu),
    ("o login muda o id", o_login_muda_o_id),
    ("o logout encerra todas as cópias", o_logout_encerra_todas_as_copias),
    ("gravar depois do logout", gravar_depois_do_logout),
    ("500 produtos ao mesmo tempo", quinhentos_produtos_ao_mesmo_tempo),
    ("os dois limites", os_dois_limites),
    ("minhas sessões", minhas_sessoes),
    ("a troca de senha encerra as outras", a_troca_de_senha_encerra_as_outras),
    ("a chave de outra pessoa", a_chave_de_outra_pessoa),
    ("um registro estragado no site", um_registro_estragado),
    ("idas ao armazenamento", idas_ao_armazenamento),
];

const COOKIE: &str = "session";

/// O capítulo 18 no ar, com as sessões neste armazenamento.
pub fn site(loja: &Loja) -> Processo {
    site_com(loja, &[])
}

pub fn site_com(loja: &Loja, variaveis: &[(&str, &str)]) -> Processo {
    Processo::iniciar(comando_com(loja, variaveis))
}

pub fn comando_com(loja: &Loja, variaveis: &[(&str, &str)]) -> Command {
    let mut comando = servidor("cap18-completa", &chave_de_teste('1'));
    comando.env("ROCKET_SESSAO_URL", &loja.endereco);
    // Em release o padrão é true, e o cookie teria outro nome.
    comando.env("ROCKET_HTTPS", "false");
    comando.envs(variaveis.iter().copied());
    comando
}

/// Põe um produto no carrinho, pelo formulário.
pub fn por(navegador: &mut Navegador, produto: &str) -> Resposta {
    let pagina = navegador.get("/carrinho");
    let csrf = token(&pagina.corpo).unwrap_or_else(|| panic!("{pagina:?}")).to_owned();
    por_com(navegador, &csrf, produto)
}

pub fn por_com(navegador: &mut Navegador, csrf: &str, produto: &str) -> Resposta {
    navegador.post("/carrinho", &format!("csrf={csrf}&produto={produto}"))
}

/// Um navegador em que esta pessoa entrou.
pub fn dentro(site: &Processo, username: &str, password: &str) -> Navegador {
    let mut navegador = Navegador::novo(&site.endereco);
    entrar(&mut navegador, username, password);
    navegador
}

fn entrar(navegador: &mut Navegador, username: &str, password: &str) {
    let campos = [("username", username), ("password", password)];
    let resposta = navegador.preencher("/login", "/login_submit", &campos).unwrap();
    assert_eq!(resposta.destino(), Some("/dashboard"), "{resposta:?}");
}

fn maria(site: &Processo) -> Navegador {
    dentro(site, "maria", "456")
}

pub fn quantos(pagina: &str, produto: &str) -> u32 {
    let depois =
        pagina.split_once(&format!("<li>{produto}: ")).map(|(_, depois)| depois);
    let numero = depois.and_then(|depois| depois.split('<').next()?.parse().ok());
    numero.unwrap_or(0)
}

pub fn no_carrinho(navegador: &mut Navegador, produto: &str) -> u32 {
    let pagina = navegador.get("/carrinho");
    assert_eq!(pagina.codigo, 200, "{pagina:?}");
    quantos(&pagina.corpo, produto)
}

fn esta_dentro(navegador: &mut Navegador, username: &str) {
    let pagina = navegador.get("/dashboard");
    assert!(pagina.corpo.contains(&format!("Bem-vindo, {username}!")), "{pagina:?}");
}

fn esta_fora(navegador: &mut Navegador) {
    let pagina = navegador.get("/dashboard");
    assert_eq!(pagina.codigo, 303, "{pagina:?}");
    assert!(pagina.destino().unwrap().starts_with("/login"), "{pagina:?}");
}

/// O id que o cookie deste navegador leva, e o cookie com outro id: os testes têm a chave.
fn id_de(navegador: &Navegador) -> String {
    let mut jar = CookieJar::new();
    let valor =
        Cookie::parse_encoded(format!("{COOKIE}={}", navegador.cookies[COOKIE]));
    jar.add_original(valor.unwrap().into_owned());
    jar.private(&chave()).get(COOKIE).expect("o cookie deve abrir").value().to_owned()
}

fn com_o_id(navegador: &mut Navegador, id: &str) {
    let mut jar = CookieJar::new();
    jar.private_mut(&chave()).add(Cookie::new(COOKIE, id.to_owned()));
    let cookie = jar.get(COOKIE).unwrap().encoded().to_string();
    let (_, valor) = cookie.split_once('=').unwrap();
    navegador.cookies.insert(COOKIE.to_owned(), valor.to_owned());
}

fn chave() -> Key {
    let texto = chave_de_teste('1');
    let byte = |inicio| u8::from_str_radix(&texto[inicio..inicio + 2], 16).unwrap();
    let bytes: Vec<u8> = (0..texto.len()).step_by(2).map(byte).collect();
    Key::derive_from(&bytes)
}

/// Verdadeiro se há um registro deste id. A memória do outro processo, ninguém vê.
fn existe(loja: &Loja, id: &str) -> bool {
    let id = id.to_owned();
    !matches!(loja.tipo, Tipo::Memoria)
        && rocket::execute(async move {
            let armazem = loja.abrir().await;
            armazem.ler(&Chave::do_id(&id)).await.unwrap().is_some()
        })
}

// ASVS 5.0, 7.2.3 e 7.2.4: o servidor sorteia o id, e o login dá outro.

fn um_id_que_o_servidor_nao_deu(loja: &Loja) {
    let site = site(loja);
    for caminho in ["/login", "/carrinho", "/dashboard"] {
        let inventado = id_novo();
        let mut navegador = Navegador::novo(&site.endereco);
        com_o_id(&mut navegador, &inventado);
        assert_eq!(id_de(&navegador), inventado);
        navegador.get(caminho);
        let mut vitima = Navegador::novo(&site.endereco);
        com_o_id(&mut vitima, &inventado);
        let pagina = vitima.get("/login");
        assert!(pagina.corpo.contains("Sua sessão terminou."), "{pagina:?}");
        entrar(&mut vitima, "admin", "123");
        assert_ne!(id_de(&vitima), inventado, "{caminho}");
        assert!(!existe(loja, &inventado), "{caminho}");
        let mut atacante = Navegador::novo(&site.endereco);
        com_o_id(&mut atacante, &inventado);
        esta_fora(&mut atacante);
    }
}

fn o_login_muda_o_id(loja: &Loja) {
    let site = site(loja);
    let mut navegador = Navegador::novo(&site.endereco);
    assert_eq!(por(&mut navegador, "caneca").codigo, 303);
    let (mut velho, id_velho) = (navegador.clone(), id_de(&navegador));
    assert!(existe(loja, &id_velho) || matches!(loja.tipo, Tipo::Memoria));
    entrar(&mut navegador, "maria", "456");
    assert_ne!(id_de(&navegador), id_velho);
    assert_eq!(no_carrinho(&mut navegador, "caneca"), 1);
    assert!(!existe(loja, &id_velho));
    esta_fora(&mut velho);
    assert_eq!(no_carrinho(&mut velho, "caneca"), 0);
}

fn o_logout_encerra_todas_as_copias(loja: &Loja) {
    let site = site(loja);
    let mut navegador = maria(&site);
    let id = id_de(&navegador);
    let mut copias = [navegador.clone(), navegador.clone()];
    copias.iter_mut().for_each(|copia| esta_dentro(copia, "maria"));
    navegador.preencher("/dashboard", "/logout", &[]).unwrap();
    assert!(!existe(loja, &id));
    for copia in &mut copias {
        esta_fora(copia);
        assert_eq!(copia.get("/admin").codigo, 401);
    }
    esta_fora(&mut navegador);
}

/// A requisição lê a sessão antes do logout, e só termina de chegar depois dele.
fn gravar_depois_do_logout(loja: &Loja) {
    let site = site(loja);
    let mut navegador = maria(&site);
    let id = id_de(&navegador);
    let pagina = navegador.get("/carrinho").corpo;
    let corpo = format!("csrf={}&produto=tarde", token(&pagina).unwrap());
    let endereco = site.endereco.trim_start_matches("http://");
    let mut lenta = TcpStream::connect(endereco).unwrap();
    let cabecalho = format!(
        "POST /carrinho HTTP/1.1\r\nHost: {endereco}\r\nConnection: close\r\n\
         Cookie: {COOKIE}={}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n",
        navegador.cookies[COOKIE],
        corpo.len()
    );
    // O Rocket olha o começo do corpo antes de tudo; a sessão é lida antes do resto dele.
    let (comeco, resto) = corpo.split_at(30);
    lenta.write_all(format!("{cabecalho}{comeco}").as_bytes()).unwrap();
    sleep(Duration::from_millis(700));
    let mut copia = navegador.clone();
    navegador.preencher("/dashboard", "/logout", &[]).unwrap();
    lenta.write_all(resto.as_bytes()).unwrap();
    let mut resposta = Vec::new();
    lenta.read_to_end(&mut resposta).unwrap();
    let resposta = String::from_utf8_lossy(&resposta);
    assert!(resposta.starts_with("HTTP/1.1 401 "), "{resposta}");
    assert!(!existe(loja, &id));
    esta_fora(&mut copia);
    assert_eq!(no_carrinho(&mut copia, "tarde"), 0);
}

fn quinhentos_produtos_ao_mesmo_tempo(loja: &Loja) {
    let site = site_com(loja, &[("ROCKET_LOG_LEVEL", "critical")]);
    let mut navegador = Navegador::novo(&site.endereco);
    let csrf = token(&navegador.get("/carrinho").corpo).unwrap().to_owned();
    let inicio = Instant::now();
    scope(|escopo| {
        // Cem navegadores, cinco vezes cada um: quinhentas conexões novas de uma vez mediriam a
        // fila de conexões do sistema.
        let tarefas: Vec<_> = (0..100)
            .map(|_| {
                let mut outro = Navegador::novo(&site.endereco);
                outro.cookies = navegador.cookies.clone();
                let csrf = &csrf;
                escopo.spawn(move || {
                    [(); 5].map(|()| por_com(&mut outro, csrf, "caneca").codigo)
                })
            })
            .collect();
        for tarefa in tarefas {
            assert_eq!(tarefa.join().unwrap(), [303; 5], "{}", site.saida());
        }
    });
    println!("{}: 500 no mesmo carrinho em {:?}", loja.nome, inicio.elapsed());
    assert_eq!(no_carrinho(&mut navegador, "caneca"), 500);
}

fn os_dois_limites(loja: &Loja) {
    let limites =
        "{comum={inatividade=3,absoluto=6},lembrada={inatividade=3,absoluto=6}}";
    let site = site_com(loja, &[("ROCKET_SESSAO", limites)]);
    let [mut em_uso, mut parado] = [(), ()].map(|()| Navegador::novo(&site.endereco));
    for navegador in [&mut em_uso, &mut parado] {
        por(navegador, "caneca");
    }
    let mut copia = em_uso.clone();
    let ids = [&em_uso, &parado].map(id_de);
    // Em uso, ela passa do limite de inatividade; o absoluto, ninguém adia.
    for segundo in 1..=4 {
        sleep(Duration::from_secs(1));
        assert_eq!(no_carrinho(&mut em_uso, "caneca"), 1, "no segundo {segundo}");
    }
    let pagina = parado.get("/login");
    assert!(pagina.corpo.contains("terminou por falta de uso."), "{pagina:?}");
    assert_eq!(no_carrinho(&mut parado, "caneca"), 0);

    sleep(Duration::from_millis(2_500));
    assert_eq!(no_carrinho(&mut em_uso, "caneca"), 0);
    assert_eq!(no_carrinho(&mut copia, "caneca"), 0);
    assert!(ids.iter().all(|id| !existe(loja, id)));
}

/// As chaves que a página oferece encerrar.
fn chaves(pagina: &str) -> Vec<String> {
    let depois = pagina.split(r#"name="chave" value=""#).skip(1);
    depois.filter_map(|resto| resto.split('"').next().map(str::to_owned)).collect()
}

fn minhas_sessoes(loja: &Loja) {
    let site = site(loja);
    let mut esta = maria(&site);
    // As que outros cenários deixaram abertas.
    esta.preencher("/dashboard", "/logout", &[]).unwrap();
    entrar(&mut esta, "maria", "456");
    if !loja.sabe_procurar() {
        let pagina = esta.get("/sessoes");
        assert!(pagina.corpo.contains("não sabe procurar"), "{pagina:?}");
        assert_eq!(chaves(&pagina.corpo), Vec::<String>::new());
        return;
    }
    let _ = esta.preencher("/sessoes", "/sessoes/encerrar_outras", &[]);
    assert_eq!(chaves(&esta.get("/sessoes").corpo), Vec::<String>::new());

    let mut outros = [maria(&site), maria(&site), maria(&site)];
    let mut admin = dentro(&site, "admin", "123");
    let pagina = esta.get("/sessoes").corpo;
    assert_eq!(chaves(&pagina).len(), 3, "{pagina}");
    assert!(pagina.contains("navegador-de-teste"), "{pagina}");
    let desta = Chave::do_id(&id_de(&esta));
    assert!(!chaves(&pagina).contains(&desta.como_texto().to_owned()), "{pagina}");

    let primeira = Chave::do_id(&id_de(&outros[0]));
    encerrar(&mut esta, primeira.como_texto());
    esta_fora(&mut outros[0]);
    outros[1..].iter_mut().for_each(|outro| esta_dentro(outro, "maria"));
    assert_eq!(chaves(&esta.get("/sessoes").corpo).len(), 2);

    esta.preencher("/sessoes", "/sessoes/encerrar_outras", &[]).unwrap();
    outros.iter_mut().for_each(esta_fora);
    esta_dentro(&mut esta, "maria");
    esta_dentro(&mut admin, "admin");
}

fn encerrar(navegador: &mut Navegador, chave: &str) {
    let csrf = token(&navegador.get("/sessoes").corpo).unwrap().to_owned();
    let corpo = format!("csrf={csrf}&chave={}", em_formulario(chave));
    let resposta = navegador.post("/sessoes/encerrar", &corpo);
    assert_eq!(resposta.destino(), Some("/sessoes"), "{resposta:?}");
}

// ASVS 5.0, 7.4.3.
fn a_troca_de_senha_encerra_as_outras(loja: &Loja) {
    let site = site(loja);
    let (mut esta, mut outra) = (maria(&site), maria(&site));
    let mut admin = dentro(&site, "admin", "123");
    let (mut copia, id) = (esta.clone(), id_de(&esta));
    let campos = [("atual", "456"), ("nova", "uma senha maior")];
    let resposta = esta.preencher("/sessoes", "/senha", &campos).unwrap();
    assert_eq!(resposta.destino(), Some("/sessoes"), "{resposta:?}");
    esta_dentro(&mut esta, "maria");
    esta_dentro(&mut admin, "admin");
    assert_ne!(id_de(&esta), id);
    esta_fora(&mut copia);
    if loja.sabe_procurar() {
        esta_fora(&mut outra);
    }
    let campos = [("username", "maria"), ("password", "456")];
    let mut velha = Navegador::novo(&site.endereco);
    let resposta = velha.preencher("/login", "/login_submit", &campos).unwrap();
    assert_eq!(resposta.codigo, 401, "a senha de antes ainda entra");
    dentro(&site, "maria", "uma senha maior");
}

fn a_chave_de_outra_pessoa(loja: &Loja) {
    let site = site(loja);
    let (mut maria, mut admin) = (maria(&site), dentro(&site, "admin", "123"));
    let mut anonimo = Navegador::novo(&site.endereco);
    por(&mut anonimo, "caneca");
    for alheia in [&admin, &anonimo].map(id_de) {
        encerrar(&mut maria, Chave::do_id(&alheia).como_texto());
        encerrar(&mut maria, &alheia);
    }
    for inventada in ["", "*", "%", "' OR ''='", "sessao:x", "../x"] {
        encerrar(&mut maria, inventada);
    }
    esta_dentro(&mut admin, "admin");
    esta_dentro(&mut maria, "maria");
    assert_eq!(no_carrinho(&mut anonimo, "caneca"), 1);
}

fn um_registro_estragado(loja: &Loja) {
    let site = site(loja);
    for (metodo, caminho) in [("GET", "/dashboard"), ("GET", "/carrinho"), ("POST", "")]
    {
        let (mut navegador, mut outra) = (maria(&site), maria(&site));
        let chave = Chave::do_id(&id_de(&navegador));
        let csrf = token(&navegador.get("/carrinho").corpo).unwrap().to_owned();
        if !loja.estragar(&chave) {
            return;
        }
        let resposta = match metodo {
            "GET" => navegador.get(caminho),
            _ => por_com(&mut navegador, &csrf, "caneca"),
        };
        assert!(
            matches!(resposta.codigo, 200 | 303),
            "{metodo} {caminho}: {resposta:?}"
        );
        assert!(!resposta.corpo.contains("maria"), "{metodo} {caminho}: {resposta:?}");
        let log = site.saida();
        assert!(log.contains("o registro está estragado"), "{log}");
        // A página das outras sessões não para por causa dela.
        assert_eq!(outra.get("/sessoes").codigo, 200);
        esta_fora(&mut navegador);
        entrar(&mut navegador, "maria", "456");
        esta_dentro(&mut navegador, "maria");
        esta_dentro(&mut outra, "maria");
    }
    assert!(!site.saida().contains("500 Internal"), "{}", site.saida());
}

/// Quantas vezes cada comando chegou ao Redis desde que a contagem foi zerada.
fn comandos(porta: u16, nome: &str) -> u32 {
    let estatisticas = redis_cli(porta, &["INFO", "commandstats"]);
    let linha = format!("cmdstat_{nome}:calls=");
    let depois = estatisticas.split_once(&linha).map(|(_, depois)| depois);
    depois.and_then(|depois| depois.split(',').next()?.parse().ok()).unwrap_or(0)
}

/// Uma ida para ler, quantas guardas houver; mais uma para gravar; nenhuma, se nada mudou.
fn idas_ao_armazenamento(loja: &Loja) {
    let Tipo::Redis(redis) = &loja.tipo else { return };
    let site = site(loja);
    let mut anonimo = Navegador::novo(&site.endereco);
    let csrf = token(&anonimo.get("/carrinho").corpo).unwrap().to_owned();
    let mut maria = maria(&site);
    maria.get("/dashboard");
    let mut sem_cookie = Navegador::novo(&site.endereco);
    let conta = |caso: &str,
                 esperado: [u32; 3],
                 pedir: &mut dyn FnMut() -> Resposta| {
        redis_cli(redis.porta, &["CONFIG", "RESETSTAT"]);
        let resposta = pedir();
        let idas = ["hmget", "evalsha", "sadd"].map(|nome| comandos(redis.porta, nome));
        assert_eq!(idas, esperado, "{caso}: {resposta:?}");
    };
    conta("sem cookie", [0, 0, 0], &mut || sem_cookie.get("/dashboard"));
    conta("página de erro", [0, 0, 0], &mut || maria.get("/nao-existe"));
    conta("estilo", [0, 0, 0], &mut || maria.get("/estilo.css"));
    conta("ler", [1, 0, 0], &mut || anonimo.get("/carrinho"));
    // As guardas `Usuario` e `Sessao` da mesma rota.
    conta("ler, com login", [1, 0, 0], &mut || maria.get("/dashboard"));
    // A rota recusa o cargo.
    conta("recusar", [1, 0, 0], &mut || maria.get("/admin"));
    conta("mudar", [1, 1, 0], &mut || por_com(&mut anonimo, &csrf, "caneca"));
    conta("token errado", [1, 0, 0], &mut || por_com(&mut anonimo, "x", "caneca"));
    let csrf = token(&maria.get("/carrinho").corpo).unwrap().to_owned();
    conta("mudar, com login", [1, 1, 1], &mut || por_com(&mut maria, &csrf, "caneca"));
    assert_eq!(comandos(redis.porta, "expire"), 0);
}
