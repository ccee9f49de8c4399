//! Quem copiou o código do site, com as contas dentro, tenta entrar com o que leu.

use regex::Regex;

use super::{Cena, para_onde};
use crate::Resultado;
use crate::diferencas::fontes;
use crate::navegador::Navegador;

pub(super) fn vazamento(cena: &mut Cena<'_>) -> Resultado<bool> {
    let mut roubados = fontes(cena.capitulo)?;
    roubados.retain(|nome, _| nome.ends_with(".rs"));
    let roubado: String = roubados.into_values().collect();
    let contas = |campo| format!(r#"username: "(\w+)",\s*{campo}: "([^"]+)""#);
    let em_claro = achar(&contas("password"), &roubado);
    let conta = em_claro.clone().or_else(|| achar(&contas("hash"), &roubado));
    let [username, guardado] = conta.ok_or("não achei nenhuma conta no código")?;
    // Uma barra no fim da linha continua o texto na outra.
    let guardado: String = guardado.split('\\').map(str::trim).collect();
    let lido = match em_claro {
        Some(_) => format!("conta {username}, senha {guardado}"),
        // O resto não cabe na tela; os parâmetros estão no começo.
        None => format!("conta {username}, hash {guardado:.40}…"),
    };
    cena.contar("Lê, no código que copiou, o que ele guarda das contas.", &lido);

    let servidor = cena.iniciar()?;
    let mut navegador = Navegador::novo(&servidor.endereco);
    let campos = [("username", &*username), ("password", &*guardado)];
    let resposta = navegador.preencher("/login", "/login_submit", &campos)?;
    let passo = "Digita no login, como senha, exatamente o que leu.";
    cena.contar(passo, &para_onde(&resposta));

    if em_claro.is_none() {
        cena.contar(
            "Só resta adivinhar em casa, sem que o site perceba.",
            &custo(&guardado)?,
        );
        let fraca = "está em toda lista, e cairia logo: o hash só dá tempo";
        cena.contar("E se a senha for 123, como a da lição?", fraca);
    }
    Ok(resposta.codigo == 303)
}

/// O que custa cada palpite, como o próprio hash conta: `m` em KiB e `t` passadas.
fn custo(hash: &str) -> Resultado<String> {
    let [kib, passadas] =
        achar(r"m=(\d+),t=(\d+)", hash).ok_or("o hash não diz quanto custa")?;
    let mib = kib.parse::<u32>().map_err(|erro| erro.to_string())? / 1024;
    Ok(format!("cada palpite custa {mib} MiB de memória e {passadas} passadas"))
}

/// As duas partes que o padrão separa, na primeira vez em que aparece.
fn achar(padrao: &str, texto: &str) -> Option<[String; 2]> {
    let achada = Regex::new(padrao).ok()?.captures(texto)?;
    Some(achada.extract().1.map(str::to_owned))
}
