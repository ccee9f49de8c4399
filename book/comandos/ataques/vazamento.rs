//! Quem copiou o código do site, com as contas dentro, tenta entrar com o que leu.

use super::{Cena, para_onde};
use crate::Resultado;
use crate::diferencas::fontes;
use crate::navegador::Navegador;

pub(super) fn vazamento(cena: &mut Cena<'_>) -> Resultado<bool> {
    let roubado = codigo_do(cena.capitulo)?;
    let conta = Conta::em(&roubado).ok_or("não achei nenhuma conta no código")?;
    let lido = match &conta.guardado {
        Guardado::Senha(senha) => format!("conta {}, senha {senha}", conta.username),
        // O resto não cabe na tela; os parâmetros estão no começo.
        Guardado::Hash(hash) => format!("conta {}, hash {hash:.40}…", conta.username),
    };
    cena.contar("Lê, no código que copiou, o que ele guarda das contas.", &lido);

    let (Guardado::Senha(senha) | Guardado::Hash(senha)) = &conta.guardado;
    let servidor = cena.iniciar()?;
    let mut navegador = Navegador::novo(&servidor.endereco);
    let campos = [("username", &*conta.username), ("password", &**senha)];
    let resposta = navegador.preencher("/login", "/login_submit", &campos)?;
    let passo = "Digita no login, como senha, exatamente o que leu.";
    cena.contar(passo, &para_onde(&resposta));

    if let Guardado::Hash(hash) = &conta.guardado {
        let custo = custo(hash).ok_or("o hash não diz quanto custa")?;
        cena.contar("Só resta adivinhar em casa, sem que o site perceba.", &custo);
        let fraca = "está em toda lista, e cairia logo: o hash só dá tempo";
        cena.contar("E se a senha for 123, como a da lição?", fraca);
    }
    Ok(resposta.codigo == 303)
}

/// O que se lê de uma conta no código.
struct Conta {
    username: String,
    guardado: Guardado,
}

enum Guardado {
    Senha(String),
    Hash(String),
}

impl Conta {
    /// A primeira conta com uma senha em claro ou, se não há, a primeira com um hash.
    fn em(codigo: &str) -> Option<Conta> {
        let contas = || codigo.split(r#"username: ""#).skip(1);
        let em_claro = contas().find_map(|conta| {
            let (username, depois) = conta.split_once(r#"", password: ""#)?;
            let guardado = Guardado::Senha(ate_as_aspas(depois));
            Some(Conta { username: username.to_owned(), guardado })
        });
        em_claro.or_else(|| {
            contas().find_map(|conta| {
                let inicio = conta.find(r#""$argon2"#)?;
                let guardado = Guardado::Hash(ate_as_aspas(&conta[inicio + 1..]));
                Some(Conta { username: ate_as_aspas(conta), guardado })
            })
        })
    }
}

/// O texto até as aspas que o fecham; uma barra no fim da linha o continua na outra.
fn ate_as_aspas(texto: &str) -> String {
    let texto = texto.split('"').next().unwrap_or_default();
    texto.split('\\').map(str::trim).collect()
}

/// O que custa cada palpite, como o próprio hash conta: `m` em KiB e `t` passadas.
fn custo(hash: &str) -> Option<String> {
    let numero = |nome: &str| -> Option<u32> {
        let (_, depois) = hash.split_once(nome)?;
        depois.split([',', '$']).next()?.parse().ok()
    };
    let (mib, passadas) = (numero("m=")? / 1024, numero("t=")?);
    Some(format!("cada palpite custa {mib} MiB de memória e {passadas} passadas"))
}

/// Todo o Rust de um capítulo, menos os testes.
fn codigo_do(capitulo: &str) -> Resultado<String> {
    let mut arquivos = fontes(capitulo)?;
    arquivos.retain(|nome, _| nome.ends_with(".rs"));
    let codigo: String = arquivos.into_values().collect();
    // Uma comparação conta o mesmo que um padrão do `match`.
    Ok(codigo.replace("dados.", "").replace(" == ", ": ").replace(" && ", ", "))
}
