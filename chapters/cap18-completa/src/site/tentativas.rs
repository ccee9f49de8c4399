//! Quantas vezes seguidas se pode errar o login.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use parking_lot::Mutex;

/// Erros seguidos em uma conta, ou vindos de um endereço, antes de ter de esperar.
const POR_CONTA: u32 = 10;
const POR_ENDERECO: u32 = 50;

/// Quanto dura a espera, em segundos, contados da primeira tentativa.
const JANELA: i64 = 15 * 60;

/// Quantos nomes e endereços a memória guarda: quem inventa nomes não a enche.
const LUGARES: usize = 10_000;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Quem {
    Conta(String),
    Endereco(IpAddr),
}

#[derive(Clone, Copy)]
struct Contagem {
    tentativas: u32,
    termina: i64,
}

/// As tentativas de login dos últimos 15 minutos.
#[derive(Default)]
pub struct Tentativas(Mutex<HashMap<Quem, Contagem>>);

impl Tentativas {
    /// Conta uma tentativa, antes de conferir a senha: muitas ao mesmo tempo não
    /// escapam da conta. O erro é quantos segundos faltam para tentar de novo.
    pub fn contar(&self, nome: &str, de: Option<IpAddr>, hora: i64) -> Result<(), i64> {
        let mut contagens = self.0.lock();
        for (quem, limite) in quem_tenta(nome, de) {
            if !contagens.contains_key(&quem) {
                abrir_lugar(&mut contagens, hora);
            }
            let uma = Contagem { tentativas: 0, termina: hora.saturating_add(JANELA) };
            let contagem = contagens.entry(quem).or_insert(uma);
            if contagem.termina <= hora {
                *contagem = uma;
            }
            if contagem.tentativas >= limite {
                return Err(contagem.termina.saturating_sub(hora));
            }
            contagem.tentativas += 1;
        }
        Ok(())
    }

    /// Quem acertou a senha recomeça do zero. O endereço só perde esta tentativa: de lá
    /// podem ter vindo erros em outras contas.
    pub fn esquecer(&self, nome: &str, de: Option<IpAddr>) {
        let mut contagens = self.0.lock();
        contagens.remove(&conta(nome));
        let do_endereco = de.map(rede).map(Quem::Endereco);
        if let Some(contagem) = do_endereco.and_then(|quem| contagens.get_mut(&quem)) {
            contagem.tentativas = contagem.tentativas.saturating_sub(1);
        }
    }
}

/// O endereço vem primeiro: enquanto ele espera, o que chega dele não conta contra
/// ninguém.
fn quem_tenta(nome: &str, de: Option<IpAddr>) -> impl Iterator<Item = (Quem, u32)> {
    let rede = de.map(|endereco| (Quem::Endereco(rede(endereco)), POR_ENDERECO));
    rede.into_iter().chain([(conta(nome), POR_CONTA)])
}

/// O que conta como um endereço: quem tem um IPv6 costuma ter os 2⁶⁴ da mesma rede, e um
/// IPv4 pode chegar escrito como IPv6.
fn rede(endereco: IpAddr) -> IpAddr {
    match endereco.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 => v4,
    }
}

fn conta(username: &str) -> Quem {
    // Um nome enorme não ocupa mais memória que um comum.
    Quem::Conta(username.chars().take(100).collect())
}

/// Com a memória cheia, saem as contagens que já terminaram e a de menos tentativas: a
/// de quem já espera é a última a sair.
fn abrir_lugar(contagens: &mut HashMap<Quem, Contagem>, agora: i64) {
    if contagens.len() < LUGARES {
        return;
    }
    contagens.retain(|_, contagem| contagem.termina > agora);
    let menor = contagens.iter().min_by_key(|(_, c)| (c.tentativas, c.termina));
    if let Some(quem) = menor.map(|(quem, _)| quem.clone()) {
        contagens.remove(&quem);
    }
}
