//! Quem copiou os cookies os apresenta depois do limite sem uso.

use std::time::Duration;

use super::{Ataque, Cena, DE_ATAQUE, entrar, perfil};
use crate::html::procurar;
use crate::navegador::Navegador;
use crate::processo;

pub(super) const ATAQUE: Ataque = Ataque {
    nome: "copia",
    descricao: "apresenta uma cópia dos cookies depois do limite sem uso",
    desde: "cap04-recuperar",
    impedem: &["cap08-validade"],
    desfechos: DE_ATAQUE,
    executar: copia,
};

fn copia(cena: &mut Cena<'_>) -> Result<bool, String> {
    let limites = "{comum={inatividade=2,absoluto=60}}";
    let servidor = cena.iniciar_com('1', &[("ROCKET_SESSAO", limites)])?;
    let ajustes = processo::pasta_do_capitulo(cena.capitulo).join("Rocket.toml");
    let tem_limites =
        std::fs::read_to_string(ajustes).is_ok_and(|texto| texto.contains(".sessao."));
    let resposta = if tem_limites {
        "os limites valem neste capítulo"
    } else {
        "este capítulo não tem limites a configurar: a validade está só no navegador"
    };
    cena.contar("Pede ao servidor os limites de 2 s sem uso e 60 s ao todo.", resposta);

    let mut navegador = Navegador::novo(&servidor.endereco);
    entrar(&mut navegador)?;
    let mut copia = navegador.clone();
    let copiados: Vec<&str> = copia.cookies.keys().map(String::as_str).collect();
    cena.contar(
        "Entra como admin e copia os cookies.",
        &format!("cookies: {}", copiados.join(", ")),
    );

    std::thread::sleep(Duration::from_secs(3));
    let passo = "Espera 3 s e abre o perfil com a cópia.";
    let resposta = copia.get("/perfil");
    if !resposta.destino().is_some_and(|destino| destino.starts_with("/login")) {
        let cargo = perfil(&mut copia)?;
        cena.contar(passo, &cargo);
        return Ok(true);
    }
    cena.contar(passo, &format!("{}, para /login", resposta.estado));
    let pagina = copia.get("/login").corpo;
    let avisos = procurar(&pagina, "[role=status]");
    let aviso = avisos.first();
    let aviso = aviso.ok_or("a página de login não diz por que a sessão terminou")?;
    cena.contar("Abre o login com a cópia.", aviso.texto.trim());
    Ok(false)
}
