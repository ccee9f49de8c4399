//! Ver e encerrar as próprias sessões, e trocar a senha.

use rocket_sessoes::armazem::Resumo;

use super::apoio::*;

#[test]
fn minhas_sessoes_mostra_cada_navegador_e_encerra_o_escolhido() {
    let linux = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0";
    let mut la = maria();
    let mut aqui = la.outro();
    aqui.cabecalhos.push(("User-Agent", linux.to_owned()));
    aqui.entrar_com("maria", "456");
    let lista = aqui.abrir("/sessoes");
    let textos = ["Firefox no Linux", "Navegador desc", "Entrou ", "(esta sessão)."];
    let vezes = textos.map(|texto| lista.corpo.matches(texto).count());
    assert_eq!(vezes, [1, 2, 2, 1], "{}", lista.corpo);
    aqui.enviar("/sessoes", "/sessoes/encerrar", &[]);
    aqui.abrir("/sessoes").mostra("Uma sessão encerrada.");
    la.esta_fora("encerrada de lá");
    aqui.abrir("/perfil").mostra("Cargo: cliente");
}

#[test]
fn ninguem_ve_nem_encerra_a_sessao_de_outra_pessoa() {
    let (loja, mut maria) = com_intrometido();
    let [mut la, mut admin] = [maria.outro(), maria.outro()];
    la.entrar_com("maria", "456");
    admin.entrar();
    let resumo = Resumo::do_id("sessoes", &id(&admin));
    assert!(!maria.abrir("/sessoes").corpo.contains(resumo.como_texto()));
    maria.postar("/sessoes/encerrar", &format!("codigo={}", resumo.como_texto()));
    maria.abrir("/sessoes").mostra("Nenhuma sessão foi encerrada.");
    // Encerrar as outras deixa só esta, e não precisa gravar nada nela.
    loja.falha("trocar");
    maria.enviar("/sessoes", "/sessoes/encerrar_outras", &[]).leva_a("/sessoes", "");
    maria.abrir("/carrinho").mostra("Uma sessão encerrada.");
    assert!(!maria.abrir("/carrinho").corpo.contains("encerrada"), "o aviso, uma vez");
    la.esta_fora("a outra");
    admin.abrir("/perfil").mostra("Cargo: admin");
}

#[test]
fn uma_conta_tem_ate_50_sessoes_e_a_parada_ha_mais_tempo_da_lugar_a_nova() {
    let loja = memoria();
    let mut admin = em(&loja);
    let velha = |n: i64| texto(agora() - 600, agora() - 60 * (n % 7));
    let ids: Vec<_> = (0..50).map(|n| guardar(&admin, &velha(n), "admin")).collect();
    // Quem entra de novo no mesmo navegador não tira o lugar de ninguém.
    for _ in 0..2 {
        admin.entrar();
        assert_eq!(de_quem(&loja, "admin").len(), 50);
    }
    let mut sairam = (0..50).filter(|n| guardada(&admin, &ids[*n]).is_none());
    assert_eq!(sairam.next().unwrap() % 7, 6);
    assert_eq!(sairam.next(), None);
}

#[test]
fn onde_o_armazenamento_nao_sabe_procurar_a_pagina_diz_isso() {
    let mut maria = maria_em(&(intrometido(false) as Loja));
    maria.abrir("/sessoes").mostra("O Memcached não sabe procurar");
    maria.postar("/sessoes/encerrar_outras", "");
    maria.abrir("/sessoes").mostra("Nada foi encerrado");
}

#[test]
fn trocar_a_senha_encerra_as_outras_sessoes_e_da_outro_id_a_esta() {
    let mut aqui = maria();
    aqui.postar("/login_submit", "username=maria&password=456&lembrar=on");
    let mut copia = aqui.clone();
    let resposta = trocar_senha(&mut aqui);
    resposta.leva_a("/sessoes", "senha trocada");
    assert!(resposta.set_cookie(COOKIE).unwrap().contains("Expires="));
    aqui.abrir("/sessoes").mostra("As outras sessões terminaram.");
    copia.esta_fora("o id de antes");
    so_entra_com(&aqui, SENHA_NOVA, "456");
}

#[test]
fn uma_senha_nova_curta_ou_a_atual_errada_nao_muda_nada() {
    let mut maria = maria();
    for (campos, motivo) in [
        ("", "Preencha as duas senhas"),
        ("atual=456&nova=1234567", "A senha nova precisa ter 8"),
        ("atual=123&nova=uma+senha+nova", "A senha atual não é essa"),
    ] {
        recusa(&maria.postar("/senha", campos), 422, motivo);
    }
    maria.abrir("/perfil").mostra("Cargo: cliente");
    so_entra_com(&maria, "456", SENHA_NOVA);
}

#[test]
fn se_o_armazenamento_para_logo_depois_da_troca_a_senha_ja_e_outra() {
    let (loja, mut maria) = com_intrometido();
    // Falha a gravação desta sessão, que ganhou outro id.
    loja.falha("criar");
    assert_eq!(trocar_senha(&mut maria).codigo, 503);
    loja.responde();
    maria.esta_fora("o id de antes");
    so_entra_com(&maria, SENHA_NOVA, "456");
}

#[test]
fn quem_entrava_com_a_senha_antiga_durante_a_troca_nao_fica() {
    // Sem a lista, a sessão só termina porque o carimbo da senha mudou.
    for loja in [memoria(), intrometido(false)] {
        let mut maria = maria_em(&loja);
        let mut la = maria.outro();
        la.entrar_com("maria", "456");
        let do_login = guardada(&maria, &id(&maria)).unwrap().to_string();
        trocar_senha(&mut maria);
        la.esta_fora("a outra");
        // Só agora é gravado o registro de quem conferiu a senha antes da troca.
        let mut tarde = maria.outro();
        tarde.forjar(COOKIE, guardar(&maria, &do_login, "maria"));
        tarde.postar("/remover_cargo", "").leva_a("/login", "a senha antiga");
        let login = tarde.abrir("/login");
        login.mostra("Sua sessão terminou. Entre de novo.</p>");
        assert!(!login.corpo.contains("Sair"));
    }
}

#[test]
fn uma_sessao_encerrada_durante_a_troca_da_senha_nao_volta_com_outro_id() {
    let (loja, mut maria) = com_intrometido();
    loja.antes("apagar", 1, encerrar);
    let resposta = trocar_senha(&mut maria);
    assert_eq!((resposta.codigo, resposta.cabecalho("Set-Cookie")), (401, None));
    assert_eq!(de_quem(&loja.dentro, "maria"), []);
    maria.esta_fora("encerrada no meio");
}
