//! Quem pode entrar, e como a senha é conferida.

use std::collections::BTreeMap;

use argon2::password_hash::{Output, Salt, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use parking_lot::Mutex;
use rocket::tokio::sync::Semaphore;
use rocket::tokio::task::spawn_blocking;
use sha2::{Digest, Sha256};

/// Uma conta. Em vez da senha, o texto que o Argon2id faz dela: dele não se volta à senha.
#[derive(Clone, Copy)]
pub struct Conta {
    /// Com que nome ela entra.
    pub username: &'static str,
    /// O hash da senha, no formato PHC.
    pub hash: &'static str,
    /// O número que a página mostra.
    pub user_id: u32,
    /// O cargo: `admin` ou `cliente`.
    pub role: &'static str,
}

/// Só para aprender: as contas estão no código, e as senhas da lição são fracas (123 e
/// 456). Um site as guarda em um banco de dados. O programa `gerar-hash` faz o texto de
/// outra senha.
pub const CONTAS: [Conta; 2] = [
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

/// As senhas trocadas desde que o programa iniciou: o hash de cada uma, pelo nome da
/// conta. Só para aprender: elas somem quando ele para, e outra instância não as
/// conhece. Um site as guarda no mesmo banco de dados que as contas.
#[derive(Default)]
pub struct Senhas(Mutex<BTreeMap<String, String>>);

impl Senhas {
    /// O hash com que se confere a senha deste nome. O de um nome que não existe dá o
    /// mesmo trabalho: o tempo não diz a ninguém quem tem conta.
    pub fn hash(&self, username: &str) -> String {
        let trocada = self.0.lock().get(username).cloned();
        let da_conta = conta(username).map_or(DE_NINGUEM, |conta| conta.hash);
        trocada.unwrap_or_else(|| da_conta.to_owned())
    }

    /// Troca a senha pela que fez este hash.
    pub fn trocar(&self, username: &str, hash: String) {
        self.0.lock().insert(username.to_owned(), hash);
    }

    /// Verdadeiro se a senha deste carimbo ainda é a da conta. Só para aprender: uma
    /// instância que não trocou a senha não sabe das outras, e aceita o carimbo que
    /// vier.
    pub fn vale(&self, username: &str, carimbo_da_sessao: Option<&str>) -> bool {
        let trocada = self.0.lock().get(username).map(|hash| carimbo(hash));
        trocada.is_none_or(|certo| carimbo_da_sessao == Some(certo.as_str()))
    }
}

// ANCHOR: carimbo
/// O que a sessão guarda da senha com que se entrou: com outra senha, o carimbo é
/// outro. Ele é um hash do hash: a sessão não traz nada com que se adivinhe a senha.
pub fn carimbo(hash: &str) -> String {
    hex::encode(&Sha256::digest(hash)[..8])
}
// ANCHOR_END: carimbo

fn conta(username: &str) -> Option<Conta> {
    CONTAS.into_iter().find(|conta| conta.username == username)
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

/// A conta com este nome e o carimbo da senha, se a senha é a dela.
pub async fn conferir(
    senhas: &Senhas,
    username: &str,
    password: String,
) -> Option<(Conta, String)> {
    let texto = senhas.hash(username);
    let hash = PasswordHash::new(&texto).ok()?;
    // A comparação vai até o fim, como a do Argon2.
    let certa = argon2id(password, &hash).await? == hash.hash?;
    conta(username).filter(|_| certa).map(|conta| (conta, carimbo(&texto)))
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
