//! O que o capítulo 16 promete.

use std::path::{Path, PathBuf};

use rocket::error::ErrorKind;
use rocket::futures::future::join_all;
use rocket::local::blocking::Client;
use rocket::{Build, Rocket, execute};
use sqlx::{Connection, SqliteConnection};
use teste::{Visitante, caminhos::*, corrida::apagar_enquanto_tres_gravam};

use crate::armazem::{Armazem, sqlite::Sqlite};

teste::promessas!(em_pasta_nova: casa, login, corpos, paginas, saida, dicionario);

#[test]
fn a_sessao_continua_depois_que_o_programa_reinicia() {
    let pasta = Pasta::nova();
    let mut antes = iniciar(&pasta.0);
    antes.entrar();
    antes.enviar(CARRINHO, CARRINHO, &[("produto", "caneca")]);
    let mut depois = reiniciar(antes, &pasta.0);
    depois.abrir(DASHBOARD).mostra("Bem-vindo, admin! Seu ID é: 12345");
    depois.abrir(CARRINHO).mostra("caneca");
}

#[test]
fn a_sessao_encerrada_continua_encerrada_depois_que_o_programa_reinicia() {
    let pasta = Pasta::nova();
    let mut visitante = iniciar(&pasta.0);
    visitante.entrar();
    let copia = visitante.clone();
    visitante.sair();
    drop(visitante);
    reiniciar(copia, &pasta.0).esta_fora("a cópia, depois do reinício");
}

#[test]
fn o_arquivo_nao_traz_o_id_de_ninguem() {
    let pasta = Pasta::nova();
    let mut visitante = iniciar(&pasta.0);
    let id = visitante.entrar().abertos["session"].clone();
    let partes = ["sessoes.db", "sessoes.db-wal"].map(|nome| pasta.0.join(nome));
    let tudo = partes.map(|parte| std::fs::read(parte).unwrap()).concat();
    let tudo = String::from_utf8_lossy(&tudo);
    assert!(tudo.contains("12345"), "o registro deveria estar no arquivo");
    assert!(!tudo.contains(&id), "o id está no arquivo");
}

#[test]
fn um_registro_vencido_e_como_um_que_nao_existe_e_sai_no_inicio() {
    let pasta = Pasta::nova();
    let mut visitante = iniciar(&pasta.0);
    visitante.entrar();
    sql(&pasta.0, "UPDATE sessoes SET vence = vence - 3600");
    visitante.esta_fora("vencido");
    assert_eq!(registros(&pasta.0), 1);
    reiniciar(visitante, &pasta.0).esta_fora("depois do reinício");
    assert_eq!(registros(&pasta.0), 0);
}

#[test]
fn um_banco_ocupado_responde_503_e_nada_se_perde() {
    let pasta = Pasta::nova();
    let mut visitante = iniciar(&pasta.0);
    visitante.enviar(CARRINHO, CARRINHO, &[("produto", "caneca")]);
    let ocupado = sql(&pasta.0, "BEGIN IMMEDIATE");
    let cookies = visitante.cookies.clone();
    assert_eq!(visitante.entrar().codigo, 503);
    assert_eq!(visitante.cookies, cookies);
    visitante.abrir(CARRINHO).mostra("caneca");
    execute(ocupado.close()).unwrap();
    visitante.entrar().leva_a(DASHBOARD, "depois que o banco respondeu");
    visitante.abrir(CARRINHO).mostra("caneca");
}

#[test]
fn um_banco_que_nao_atende_responde_503_em_portugues() {
    let pasta = Pasta::nova();
    let mut visitante = iniciar(&pasta.0);
    visitante.entrar();
    sql(&pasta.0, "ALTER TABLE sessoes RENAME TO outra");
    let resposta = visitante.abrir(PERFIL);
    assert_eq!(resposta.codigo, 503);
    assert!(resposta.corpo.contains("Serviço indisponível"), "{}", resposta.corpo);
    assert_eq!(visitante.sair().codigo, 503);
    sql(&pasta.0, "ALTER TABLE outra RENAME TO sessoes");
    visitante.abrir(PERFIL).mostra("Seu perfil. Cargo: admin");
}

#[test]
fn um_arquivo_que_nao_abre_impede_o_inicio() {
    let pasta = Pasta::nova();
    let texto = pasta.0.join("texto.db");
    std::fs::write(&texto, "isto não é um banco de dados, e sim um texto").unwrap();
    let (falta, texto) =
        (url(&pasta.0.join("falta")), format!("sqlite:{}", texto.display()));
    for url in [&falta, &texto, "sqlite:", "redis://127.0.0.1"] {
        let erro = Client::untracked(com(super::rocket(), url)).err().unwrap();
        assert!(matches!(erro.kind(), ErrorKind::FailedFairings(_)), "{url}: {erro}");
    }
}

#[test]
fn um_registro_novo_nunca_escreve_por_cima_e_gravar_nao_traz_de_volta() {
    let pasta = Pasta::nova();
    let sqlite = execute(Sqlite::abrir(&pasta.0.join("sessoes.db"))).unwrap();
    assert_eq!(execute(sqlite.criar("nome", "um")), Ok(true));
    assert_eq!(execute(sqlite.criar("nome", "outro")), Ok(false));
    assert_eq!(execute(sqlite.trocar("nome", "dois")), Ok(true));
    assert_eq!(execute(sqlite.ler("nome")), Ok(Some("dois".to_owned())));
    for fim in ["UPDATE sessoes SET vence = 0", "DELETE FROM sessoes"] {
        sql(&pasta.0, fim);
        assert_eq!(execute(sqlite.trocar("nome", "três")), Ok(false), "{fim}");
        assert_eq!(execute(sqlite.ler("nome")), Ok(None), "{fim}");
    }
    assert_eq!(execute(sqlite.apagar("nome")), Ok(()));
}

#[test]
fn o_que_um_logout_apaga_nao_volta_com_tres_requisicoes_gravando_ao_mesmo_tempo() {
    let pasta = Pasta::nova();
    let sqlite = execute(Sqlite::abrir(&pasta.0.join("sessoes.db"))).unwrap();
    apagar_enquanto_tres_gravam(
        30,
        async |nome| assert_eq!(sqlite.criar(nome, "um").await, Ok(true)),
        async |nome| sqlite.trocar(nome, "dois").await.unwrap(),
        async |nome| sqlite.apagar(nome).await.unwrap(),
        async |nome| sqlite.ler(nome).await.unwrap().is_some(),
    );
}

#[test]
fn seis_programas_que_iniciam_juntos_abrem_o_mesmo_arquivo_novo() {
    let pasta = Pasta::nova();
    let arquivo = pasta.0.join("sessoes.db");
    let seis = execute(join_all([(); 6].map(|()| Sqlite::abrir(&arquivo))));
    let seis: Vec<_> = seis.into_iter().filter_map(Result::err).collect();
    assert!(seis.is_empty(), "{seis:?}");
}

/// Apagada no fim do teste.
struct Pasta(PathBuf);

impl Pasta {
    fn nova() -> Pasta {
        let pasta = std::env::temp_dir().join(shared::chave_nova().unwrap());
        std::fs::create_dir(&pasta).unwrap();
        Pasta(pasta)
    }
}

impl Drop for Pasta {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A aplicação com um banco em uma pasta que some com ela.
fn em_pasta_nova() -> Rocket<Build> {
    let pasta = Pasta::nova();
    com(super::rocket(), &url(&pasta.0)).manage(pasta)
}

fn iniciar(pasta: &Path) -> Visitante {
    Visitante::de(Client::untracked(com(super::rocket(), &url(pasta))).unwrap())
}

fn reiniciar(antes: Visitante, pasta: &Path) -> Visitante {
    let cookies = antes.cookies.clone();
    drop(antes);
    let mut depois = iniciar(pasta);
    depois.cookies = cookies;
    depois
}

fn com(aplicacao: Rocket<Build>, url: &str) -> Rocket<Build> {
    let configuracao = aplicacao.figment().clone().merge(("sessao_url", url));
    let configuracao = configuracao.merge(("secret_key", "0123456789abcdef".repeat(4)));
    aplicacao.configure(configuracao.merge(("log_level", "critical")))
}

fn url(pasta: &Path) -> String {
    format!("sqlite:{}", pasta.join("sessoes.db").display())
}

/// Executa um comando por fora do programa, e devolve a conexão, ainda aberta.
fn sql(pasta: &Path, comando: &'static str) -> SqliteConnection {
    execute(async {
        let mut conexao = SqliteConnection::connect(&url(pasta)).await.unwrap();
        sqlx::query(comando).execute(&mut conexao).await.unwrap();
        conexao
    })
}

fn registros(pasta: &Path) -> i64 {
    let consulta = sqlx::query_scalar("SELECT count(*) FROM sessoes");
    execute(consulta.fetch_one(&mut sql(pasta, "SELECT 1"))).unwrap()
}
