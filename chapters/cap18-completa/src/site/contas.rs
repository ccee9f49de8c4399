//! Quem pode entrar, e como a senha é conferida.

use std::time::Duration;

use argon2::password_hash::{Output, Salt, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use moka::sync::Cache;
use parking_lot::Mutex;
use rocket::figment::Figment;
use rocket::tokio::sync::Semaphore;
use rocket::tokio::task::spawn_blocking;
use sha2::{Digest, Sha256};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, Row};

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

const TABELA: &str = "
    CREATE TABLE IF NOT EXISTS contas (
        username TEXT PRIMARY KEY,
        user_id BIGINT NOT NULL UNIQUE,
        role TEXT NOT NULL,
        hash TEXT NOT NULL
    );";

/// As contas, em um banco de dados.
pub struct Contas {
    banco: Banco,
    debug: bool,
    /// Os carimbos conferidos há menos de 1 s: uma página não precisa perguntar ao banco.
    carimbos: Cache<String, String>,
}

/// Um nome que cabe na página e que alguém consegue digitar; um caractere de controle, o
/// PostgreSQL nem guarda.
pub fn nome_serve(username: &str) -> bool {
    let cabe = (1..=100).contains(&username.chars().count());
    cabe && username.trim() == username && !username.contains(char::is_control)
}

impl Contas {
    /// Abre o banco de `contas_url`. Em debug, cria as contas da lição que faltam.
    pub async fn abrir(configuracao: &Figment) -> Result<Contas, String> {
        let forma = "um endereço, como \"sqlite:contas.db\"";
        let endereco: String = ajustes::ler(configuracao, "contas_url", forma)?;
        let pasta = ajustes::pasta_de(configuracao, "contas_url");
        let banco = abrir_banco(["as contas", "contas_url", &endereco], &pasta, TABELA);
        let banco = banco.await.map_err(|erro| erro.to_string())?;
        let carimbos = Cache::builder().max_capacity(10_000);
        let carimbos = carimbos.time_to_live(Duration::from_secs(1)).build();
        let debug = configuracao.profile() == "debug";
        let contas = Contas { banco, debug, carimbos };
        for conta in DA_LICAO.iter().filter(|_| debug) {
            contas.criar(conta).await.map_err(|falha| falha.to_string())?;
        }
        Ok(contas)
    }

    /// Cria esta conta. Falso se já há uma com o nome dela.
    pub async fn criar(&self, conta: &Conta<&str>) -> Resposta<bool> {
        let sql = "INSERT INTO contas (username, user_id, role, hash)
            VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        let comando = sqlx::query(sql).bind(conta.username);
        let comando = comando.bind(i64::from(conta.user_id)).bind(conta.role);
        em_tempo(self.banco.mudar(comando.bind(conta.hash))).await.map(|uma| uma == 1)
    }

    /// Troca o hash desta conta. Falso se ela não existe ou já não tem o hash `antigo`;
    /// sem um, vale qualquer um.
    pub async fn trocar(
        &self,
        username: &str,
        antigo: Option<&str>,
        novo: &str,
    ) -> Resposta<bool> {
        let sql = "UPDATE contas SET hash = $2
            WHERE username = $1 AND ($3 = '' OR hash = $3)";
        let comando = sqlx::query(sql).bind(username).bind(novo);
        let comando = comando.bind(antigo.unwrap_or_default());
        let trocado = em_tempo(self.banco.mudar(comando)).await;
        // Nesta instância, a senha antiga deixa de valer agora.
        self.carimbos.invalidate(username);
        trocado.map(|uma| uma == 1)
    }

    /// As contas com que se pode entrar; se são muitas, as 100 primeiras.
    pub async fn todas(&self) -> Resposta<Vec<Conta>> {
        let sql = "SELECT * FROM contas ORDER BY username LIMIT 100";
        self.ler(sqlx::query(sql)).await
    }

    /// A conta com este nome, se alguém pode entrar nela.
    async fn achar(&self, username: &str) -> Resposta<Option<Conta>> {
        if !nome_serve(username) {
            return Ok(None);
        }
        let sql = "SELECT * FROM contas WHERE username = $1";
        Ok(self.ler(sqlx::query(sql).bind(username)).await?.pop())
    }

    async fn ler(
        &self,
        consulta: Query<'_, Any, AnyArguments>,
    ) -> Resposta<Vec<Conta>> {
        let linhas = em_tempo(self.banco.linhas(consulta)).await?;
        let lidas = linhas.iter().map(conta).collect::<Result<Vec<_>, _>>();
        let da_licao =
            |conta: &Conta| DA_LICAO.iter().any(|uma| uma.hash == conta.hash);
        let mut lidas = lidas.map_err(Falha::de)?;
        lidas.retain(|conta| self.debug || !da_licao(conta));
        Ok(lidas)
    }

    /// A conta com este nome, se a senha é a dela.
    pub async fn conferir(
        &self,
        username: &str,
        password: String,
    ) -> Resposta<Option<Conta>> {
        let conta = self.achar(username).await?;
        let certa = confere(a_conferir(conta.as_ref()), password).await == Some(true);
        Ok(conta.filter(|_| certa))
    }

    /// Verdadeiro se este carimbo ainda é o da conta. O que valia há menos de 1 s vale
    /// sem perguntar ao banco; o que não vale se pergunta sempre, porque outra instância
    /// pode ter acabado de trocar a senha.
    pub async fn vale(&self, username: &str, carimbo: &str) -> Resposta<bool> {
        if self.carimbos.get(username).is_some_and(|lembrado| lembrado == carimbo) {
            return Ok(true);
        }
        let conta = self.achar(username).await?;
        let vale = conta.is_some_and(|conta| conta.carimbo() == carimbo);
        if vale {
            self.carimbos.insert(username.to_owned(), carimbo.to_owned());
        }
        Ok(vale)
    }
}

fn conta(linha: &AnyRow) -> Result<Conta, sqlx::Error> {
    Ok(Conta {
        username: linha.try_get("username")?,
        hash: linha.try_get("hash")?,
        user_id: linha.try_get::<i64, _>("user_id")?.try_into().unwrap_or_default(),
        role: linha.try_get("role")?,
    })
}

// ANCHOR: carimbo
impl<T: AsRef<str>> Conta<T> {
    /// O que a sessão guarda da conta com que se entrou: com outra senha ou outro cargo,
    /// o carimbo é outro. Ele é um hash do hash: a sessão não traz nada com que se
    /// adivinhe a senha.
    pub fn carimbo(&self) -> String {
        let tudo = format!("{} {}", self.role.as_ref(), self.hash.as_ref());
        hex::encode(&Sha256::digest(tudo)[..8])
    }
}
// ANCHOR_END: carimbo

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
        let mut memoria = MEMORIAS.lock().pop().unwrap_or_default();
        memoria.resize(params.block_count(), Block::default());
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let (senha, sal) = (password.as_bytes(), &sal);
        let feito = Output::init_with(Params::DEFAULT_OUTPUT_LEN, |feito| {
            Ok(argon2.hash_password_into_with_memory(
                senha,
                sal,
                feito,
                &mut memoria,
            )?)
        });
        // Com o que fica nela, testar um palpite custaria quase nada.
        memoria.fill(Block::default());
        MEMORIAS.lock().push(memoria);
        feito.ok()
    };
    // O Argon2id ocupa o processador por um tempo; em outra thread, o servidor segue
    // atendendo.
    spawn_blocking(calcular).await.ok()?
}
