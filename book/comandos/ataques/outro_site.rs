//! Uma página de outro site usa os cookies de quem a abre, em um navegador que os envia.

use super::{Ataque, Cena, DE_ATAQUE, codigo, entrar, perfil};
use crate::Resultado;

pub(super) const ATAQUE: Ataque = Ataque {
    nome: "outro-site",
    descricao: "faz o navegador da vítima enviar os formulários de outro site",
    desde: "cap05-logout",
    impedem: &["cap12-formularios"],
    desfechos: DE_ATAQUE,
    executar: outro_site,
};

fn outro_site(cena: &mut Cena<'_>) -> Resultado<bool> {
    let servidor = cena.iniciar()?;
    let mut vitima = entrar(&servidor)?;
    let perfil_de_antes = perfil(&mut vitima)?;
    cena.contar("A vítima entra como admin e abre o perfil.", &perfil_de_antes);

    // Só quem é deste site lê a resposta; para mudar algo, basta que a requisição chegue.
    let mut forjado = vitima.clone();
    forjado.cabecalhos.push(("Origin".to_owned(), OUTRO_SITE.to_owned()));
    let sem_cargo = forjado.post("/remover_cargo", "");
    cena.contar(
        &format!("{OUTRO_SITE} envia por ela o formulário de /remover_cargo."),
        codigo(&sem_cargo),
    );
    // Do que a resposta manda guardar, o navegador não pergunta de quem foi a ideia.
    vitima.cookies.clone_from(&forjado.cookies);
    let depois = perfil(&mut vitima)?;
    cena.contar("A vítima abre o perfil.", &depois);

    // Uma imagem não diz de que página é.
    let mut imagem = vitima.clone();
    let por_get = imagem.get("/logout");
    vitima.cookies.clone_from(&imagem.cookies);
    cena.contar("O outro site mostra a ela uma imagem de /logout.", codigo(&por_get));
    let saiu = vitima.get("/perfil").codigo != 200;
    let estado = if saiu { "a sessão acabou" } else { "a sessão continua" };
    cena.contar("A vítima abre o perfil outra vez.", estado);
    Ok(saiu || depois != perfil_de_antes)
}

const OUTRO_SITE: &str = "https://outro.example";
