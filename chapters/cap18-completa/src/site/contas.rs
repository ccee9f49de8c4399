//! Quem pode entrar, e como a senha é conferida.

use std::error::Error;
use std::time::Duration;

use argon2::password_hash::{Output, Salt, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use moka::sync::Cache;
use parking_lot::Mutex;
use rocket::figment::Figment;
use rocket::tokio::sync::Semaphore;
use rocket::tokio::task::spawn_blocking;
use sha2::{Digest, Sha256};
use sqlx::Row;

use crate::ajustes;
use crate::armazem::{Banco, Falha, Resposta, abrir_banco, em_tempo};

/// Uma conta. Em vez da senha, o texto que o Argon2id faz dela: dele não se volta à senha.
#[derive(Clone)]
pub struct Conta<T = String> {
    /// Com que nome ela entra.
    pub username: T,
    /// O hash da senha, no formato PHC.
    pub hash: T,
    /// O número que a página mostra.
    pub user_id: u32,
    /// O cargo: `admin` ou `cliente`.
    pub role: T,
}

/// Só para aprender: as contas da lição, com senhas fracas (123 e 456). Só o perfil debug
/// as cria, e fora dele ninguém entra com estes hashes, nem se já estão na tabela.
pub const DA_LICAO: [Conta<&str>; 2] = [
    Conta {
        username: "admin",
        hash: "$argon2id$v=19$m=19456,t=2,p=1$dZmm85TxEvK9TWNsWKyPaQ$BYufKvQEHH4aZpguGLg2YPp+bRm856B6N9MJKWOF52o",
        user_id: 12345,
        role: "admin",
    },
    Conta {
        username: "maria",
        hash: "$argon2id$v=19$m=19456,t=2,p=1$4y6bKwFVmcHs/EDPKiFgWQ$5pqDQ//3v1Af31tl6M841M+BsjUssgYgsu5lW8jfbmI",
        user_id: 67890,
        role: "cliente",
    },
];

/// O hash de uma senha sorteada e esquecida, para conferir quando a conta não existe.
pub const DE_NINGUEM: &str = "$argon2id$v=19$m=19456,t=2,p=1$IEVhTOT4GRuY+ebcPC4K2g$ehOqeI8lr4ctFE9MIXh/KR37saDYJpMJxp32x8zWfyQ";

/// Cada conferência ocupa 19 MiB: muitas ao mesmo tempo esgotariam a memória.
static VAGAS: Semaphore = Semaphore::const_new(4);

const TABELA: &str = "CREATE TABLE IF NOT EXISTS contas (username TEXT PRIMARY KEY,
    user_id BIGINT NOT NULL UNIQUE, role TEXT NOT NULL, hash TEXT NOT NULL)";

/// As contas, em um banco de dados.
pub struct Contas {
    banco: Banco,
    debug: bool,
    /// Os carimbos conferidos há menos de 1 s: uma página não precisa perguntar ao banco.
    carimbos: Cache<String, String>,
}

/// Um nome que cabe na página. Um caractere de controle, o PostgreSQL nem guarda.
pub fn nome_serve(username: &str) -> bool {
    let cabe = (1..=100).contains(&username.chars().count());
    cabe && username.trim() == username && !username.contains(char::is_control)
}

impl Contas {
    /// Abre o banco de `contas_url`. Em debug, cria as contas da lição que faltam.
    pub async fn abrir(configuracao: &Figment) -> Result<Contas, Box<dyn Error>> {
        let forma = "um endereço, como \"sqlite:contas.db\"";
        let endereco: String = ajustes::ler(configuracao, "contas_url", forma)?;
        let pasta = ajustes::pasta_de(configuracao, "contas_url");
        let o_que = ["as contas", "contas_url", "sqlite: ou postgres:"];
        let banco = abrir_banco(o_que, &endereco, &pasta, TABELA).await?;
        let carimbos = Cache::builder().max_capacity(10_000);
        let carimbos = carimbos.time_to_live(Duration::from_secs(1)).build();
        let debug = configuracao.profile() == "debug";
        let contas = Contas { banco, debug, carimbos };
        for conta in DA_LICAO.iter().filter(|_| debug) {
            contas.criar(conta).await?;
        }
        Ok(contas)
    }

    /// Cria esta conta. Falso se já há uma com o nome dela.
    pub async fn criar(&self, conta: &Conta<&str>) -> Resposta<bool> {
        let sql = "INSERT INTO contas (username, user_id, role, hash)
            VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        let comando = sqlx::query(sql).bind(conta.username);
        let comando = comando.bind(i64::from(conta.user_id)).bind(conta.role);
        Ok(em_tempo(self.banco.mudar(comando.bind(conta.hash))).await? == 1)
    }

    /// Troca o hash desta conta, se o antigo ainda é este; vazio, vale qualquer um.
    pub async fn trocar(&self, nome: &str, antigo: &str, novo: &str) -> Resposta<bool> {
        let sql =
            "UPDATE contas SET hash = $3 WHERE username = $1 AND $2 IN ('', hash)";
        let comando = sqlx::query(sql).bind(nome).bind(antigo).bind(novo);
        let trocadas = em_tempo(self.banco.mudar(comando)).await?;
        // Nesta instância, a senha antiga deixa de valer agora.
        self.carimbos.invalidate(nome);
        Ok(trocadas == 1)
    }

    /// As contas com que se pode entrar; se são muitas, as 100 primeiras.
    pub async fn todas(&self) -> Resposta<Vec<Conta>> {
        self.ler("SELECT * FROM contas WHERE $1 = '' ORDER BY username LIMIT 100", "")
            .await
    }

    /// A conta com este nome, se alguém pode entrar nela.
    async fn achar(&self, nome: &str) -> Resposta<Option<Conta>> {
        if !nome_serve(nome) {
            return Ok(None);
        }
        Ok(self.ler("SELECT * FROM contas WHERE username = $1", nome).await?.pop())
    }

    async fn ler(&self, sql: &'static str, nome: &str) -> Resposta<Vec<Conta>> {
        let linhas = em_tempo(self.banco.linhas(sqlx::query(sql).bind(nome))).await?;
        let lidas = linhas.iter().map(|linha| {
            let user_id = linha.try_get::<i64, _>("user_id")?.try_into();
            Ok(Conta {
                username: linha.try_get("username")?,
                hash: linha.try_get("hash")?,
                user_id: user_id.unwrap_or_default(),
                role: linha.try_get("role")?,
            })
        });
        let lidas: Result<Vec<Conta>, sqlx::Error> = lidas.collect();
        let mut lidas = lidas.map_err(Falha::de)?;
        lidas.retain(|uma| self.debug || DA_LICAO.iter().all(|da| da.hash != uma.hash));
        Ok(lidas)
    }

    /// A conta com este nome, se a senha é a dela.
    pub async fn conferir(&self, nome: &str, senha: String) -> Resposta<Option<Conta>> {
        let conta = self.achar(nome).await?;
        let certa = confere(a_conferir(conta.as_ref()), senha).await == Some(true);
        Ok(conta.filter(|_| certa))
    }

    /// Verdadeiro se este carimbo ainda é o da conta. O que valia há menos de 1 s vale
    /// sem perguntar ao banco. O outro se pergunta sempre: a senha nova vale na hora.
    pub async fn vale(&self, nome: &str, carimbo: &str) -> Resposta<bool> {
        if self.carimbos.get(nome).is_some_and(|lembrado| lembrado == carimbo) {
            return Ok(true);
        }
        let vale = self.achar(nome).await?.is_some_and(|um| um.carimbo() == carimbo);
        if vale {
            self.carimbos.insert(nome.to_owned(), carimbo.to_owned());
        }
        Ok(vale)
    }
}

impl<T: AsRef<str>> Conta<T> {
    /// O que a sessão guarda da conta com que se entrou: com outra senha ou outro cargo,
    /// o carimbo é outro. Ele é um hash do hash: a sessão não traz nada com que se
    /// adivinhe a senha.
    // ANCHOR: carimbo
    pub fn carimbo(&self) -> String {
        let tudo = format!("{} {}", self.role.as_ref(), self.hash.as_ref());
        hex::encode(&Sha256::digest(tudo)[..8])
    }
    // ANCHOR_END: carimbo
}

/// O hash com que se confere a senha. O de uma conta que não existe dá o mesmo trabalho:
/// o tempo não diz a ninguém quem tem conta.
pub fn a_conferir(conta: Option<&Conta>) -> &str {
    conta.map_or(DE_NINGUEM, |conta| &conta.hash)
}

/// A comparação vai até o fim, como a do Argon2.
async fn confere(hash: &str, password: String) -> Option<bool> {
    let hash = PasswordHash::new(hash).ok()?;
    Some(argon2id(password, &hash).await? == hash.hash?)
}

/// O hash de uma senha, com um sal novo. `None` se o sistema não sorteou o sal.
pub async fn hash_de(password: String) -> Option<String> {
    let mut sal = [0; 16];
    getrandom::fill(&mut sal).ok()?;
    let sal = SaltString::encode_b64(&sal).ok()?;
    // O algoritmo e o custo são os de todos os outros.
    let modelo = PasswordHash::new(DE_NINGUEM).ok()?;
    let hash = PasswordHash { salt: Some(sal.as_salt()), ..modelo };
    let feito = argon2id(password, &hash).await?;
    Some(PasswordHash { hash: Some(feito), ..hash }.to_string())
}

/// As memórias que ninguém está usando: no máximo, uma por vaga. Devolvidas ao
/// alocador, muitas ficariam com o processo para sempre.
static MEMORIAS: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

/// O cálculo, com o sal e o custo deste hash.
async fn argon2id(password: String, hash: &PasswordHash<'_>) -> Option<Output> {
    let params = Params::try_from(hash).ok()?;
    let mut sal = [0; Salt::MAX_LENGTH];
    let sal = hash.salt?.decode_b64(&mut sal).ok()?.to_vec();
    let vaga = VAGAS.acquire().await.ok()?;
    let calcular = move || {
        // A vaga é de quem calcula, até o fim.
        let _vaga = vaga;
        let mut blocos = MEMORIAS.lock().pop().unwrap_or_default();
        blocos.resize(params.block_count(), Block::default());
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let senha = password.as_bytes();
        let feito = Output::init_with(Params::DEFAULT_OUTPUT_LEN, |feito| {
            Ok(argon2.hash_password_into_with_memory(
                senha,
                &sal,
                feito,
                &mut blocos,
            )?)
        });
        // Com o que fica nela, testar um palpite custaria quase nada.
        blocos.fill(Block::default());
        MEMORIAS.lock().push(blocos);
        feito.ok()
    };
    // Em outra thread: por um tempo, o Argon2id ocupa um processador inteiro.
    spawn_blocking(calcular).await.ok()?
}
