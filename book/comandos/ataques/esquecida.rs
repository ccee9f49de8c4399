//! Quem não deveria abre uma página cuja rota esqueceu de perguntar quem a pede.

use super::{Cena, entrar, para_onde, perfil};
use crate::Resultado;
use crate::navegador::Navegador;

pub(super) fn esquecida(cena: &mut Cena<'_>) -> Resultado<bool> {
    let servidor = cena.iniciar()?;
    let sem_login = Navegador::novo(&servidor.endereco).get("/admin");
    let passo = "Sem login, digita o endereço da administração: /admin.";
    cena.contar(passo, &para_onde(&sem_login));

    let mut pessoa = entrar(&servidor)?;
    let com_cargo = pessoa.get("/admin");
    cena.contar("Entra com o cargo admin e abre /admin.", &para_onde(&com_cargo));
    if com_cargo.codigo != 200 {
        return Err("a página deveria abrir para quem tem o cargo".to_owned());
    }

    pessoa.preencher("/perfil", "/remover_cargo", &[])?;
    let cargo = perfil(&mut pessoa)?;
    cena.contar("Perde o cargo e abre o perfil.", &cargo);
    let sem_cargo = pessoa.get("/admin");
    cena.contar("Sem o cargo, abre /admin outra vez.", &para_onde(&sem_cargo));
    Ok(sem_login.codigo == 200 || sem_cargo.codigo == 200)
}
