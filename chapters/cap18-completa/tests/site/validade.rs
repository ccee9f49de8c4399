//! Quando uma sessão termina.

use rocket_sessoes::Sessoes;
use time::Duration;

use super::apoio::*;

#[test]
fn lembrar_de_mim_faz_um_cookie_de_30_dias() {
    let mut visitante = visitante();
    let entrou = visitante.postar("/login_submit", LEMBRADO);
    let validade = entrou.cookies[0].expires_datetime().unwrap();
    assert_eq!((validade.unix_timestamp() - agora() + 60) / 3_600, 720);
    let mut copia = visitante.clone();
    esperar(&visitante, Duration::days(6));
    visitante.abrir("/perfil").mostra("Cargo: admin");
    esperar(&visitante, Duration::days(7));
    copia.esta_fora("7 dias sem uso");
}

#[test]
fn uma_sessao_sem_uso_termina_e_o_login_diz_por_que() {
    let mut maria = maria();
    esperar(&maria, Duration::minutes(29));
    maria.abrir("/perfil").mostra("Cargo: cliente");
    esperar(&maria, Duration::minutes(30));
    maria.abrir("/login").mostra("Sua sessão terminou por falta de uso.</p>");
    // O motivo é dito uma vez: o navegador já não traz o cookie.
    assert!(!maria.abrir("/login").corpo.contains("terminou"));
}

#[test]
fn o_limite_absoluto_encerra_ate_a_sessao_em_uso() {
    let mut maria = maria();
    let mut de_novo = maria.outro();
    de_novo.entrar();
    for _ in 1..24 {
        esperar(&maria, Duration::minutes(20));
        maria.abrir("/perfil").mostra("Cargo: cliente");
        de_novo.abrir("/perfil").mostra("Cargo: admin");
    }
    de_novo.entrar();
    esperar(&maria, Duration::minutes(20));
    maria.esta_fora("8 h");
    maria.abrir("/login").mostra("chegou ao tempo máximo");
    de_novo.abrir("/perfil").mostra("Cargo: admin");
}

#[test]
fn a_renovacao_so_grava_e_escreve_o_cookie_depois_de_um_decimo_do_limite() {
    let mut maria = maria();
    for (segundos, renova) in [(170, false), (20, true), (170, false)] {
        esperar(&maria, Duration::seconds(segundos));
        let antes = guardada(&maria, &id(&maria));
        assert_eq!(maria.abrir("/perfil").cookies.len(), usize::from(renova));
        assert_eq!(guardada(&maria, &id(&maria)) != antes, renova, "{segundos}");
    }
}

#[test]
fn o_registro_dura_uma_hora_alem_do_limite_e_o_da_lembrada_os_dias_dela() {
    let loja = memoria();
    let mut visitante = em(&loja);
    for (lembrar, limite) in [("off", Duration::minutes(30)), ("on", Duration::days(7))]
    {
        let campos = format!("username=admin&password=123&lembrar={lembrar}");
        visitante.postar("/login_submit", &campos);
        let prazo = (limite + Duration::hours(1)).whole_seconds();
        let faltam = de_quem(&loja, "admin")[0].1.vence - agora();
        assert!((prazo - 60..=prazo).contains(&faltam), "{faltam} s");
    }
}

#[test]
fn uma_hora_do_futuro_e_recusada_salvo_a_diferenca_entre_dois_relogios() {
    let servidor = visitante();
    for (adiante, vale) in [(30, true), (120, false), (i64::MAX / 2, false)] {
        let mut quem = com_registro(&servidor, &texto(agora(), agora() + adiante));
        assert_eq!(quem.abrir("/perfil").codigo == 200, vale, "{adiante} s");
    }
    // O errado pode ser este relógio: nem o registro sai, nem o cookie.
    let mut adiantado = com_registro(&servidor, &texto(agora() + 300, agora() + 300));
    let login = adiantado.abrir("/login");
    login.mostra("ainda não chegou");
    assert_eq!(login.cabecalho("Set-Cookie"), None);
    esperar(&servidor, Duration::minutes(5));
    adiantado.clone().abrir("/dashboard").mostra("Bem-vindo, admin!");
    esperar(&servidor, Duration::minutes(-5));
    adiantado.clone().postar("/logout", "").leva_a("/login", "do futuro");
    esperar(&servidor, Duration::minutes(5));
    adiantado.esta_fora("saiu pelo relógio atrasado");
}

#[test]
fn limites_que_nao_servem_impedem_o_inicio_e_dizem_por_que() {
    let passa = "em `sessao.comum`, `inatividade` não pode passar de `absoluto`";
    for (ajuste, valor, motivo) in [
        ("comum.inatividade", 0, "`sessao.comum.inatividade` deve ser"),
        ("lembrada.absoluto", 1_i64 << 32, "`sessao.lembrada.absoluto` deve ser"),
        ("comum.inatividade", 28_801, passa),
        ("comum.inatvidade", 60, "não conheço `inatvidade` em `sessao`"),
    ] {
        let ajustes = configuracao().merge((format!("sessao.{ajuste}"), valor));
        let erro = rocket::execute(Sessoes::abrir(&ajustes)).err().unwrap().to_string();
        assert!(erro.starts_with(motivo), "{ajuste} = {valor}: {erro}");
    }
}
