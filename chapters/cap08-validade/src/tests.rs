//! O que o capítulo 8 promete.

use serde_json::{Value, json};
use teste::{Resposta, Visitante, caminhos::*};

use super::validade::agora;

teste::promessas!(super::rocket: casa, login, corpos, paginas, saida, dicionario);

const MINUTO: i64 = 60;
const HORA: i64 = 60 * MINUTO;

#[test]
fn o_cookie_leva_as_horas_ao_lado_dos_valores() {
    let antes = agora();
    let sessao = guardada(&Visitante::novo(super::rocket()).entrar());
    let valores = json!({ "username": "admin", "user_id": 12345, "role": "admin" });
    assert_eq!(sessao["valores"], valores);
    let [criada, usada] = horas(&sessao);
    assert!(criada >= antes && criada <= agora() && criada == usada, "{sessao}");
}

#[test]
fn uma_sessao_sem_uso_termina_em_meia_hora() {
    volta(HORA, 29 * MINUTO).abrir(DASHBOARD).mostra("Bem-vindo, admin!");
    volta(HORA, 30 * MINUTO).esta_fora("30 minutos sem uso");
    volta(HORA, 24 * HORA).esta_fora("um dia sem uso");
}

#[test]
fn a_sessao_em_uso_tambem_termina_oito_horas_depois_do_login() {
    volta(8 * HORA - MINUTO, 0).abrir(DASHBOARD).mostra("Bem-vindo, admin!");
    volta(8 * HORA, 0).esta_fora("8 horas, em uso");
    volta(90 * 24 * HORA, 0).esta_fora("três meses, em uso");
}

#[test]
fn uma_copia_do_cookie_deixa_de_abrir_no_prazo_mesmo_que_alguem_a_renove() {
    let mut copia = volta(8 * HORA - MINUTO, 20 * MINUTO);
    let renovada = guardada(&copia.abrir(PERFIL));
    let [criada, usada] = horas(&renovada);
    assert!(usada >= agora() - 1, "{renovada}");
    // O que a renovação mudou foi só a hora do último uso: o fim continua onde estava.
    assert_eq!(agora() - criada, 8 * HORA - MINUTO);
    let mut depois = Visitante::novo(super::rocket());
    depois.forjar("session", sessao(criada - MINUTO, usada));
    depois.esta_fora("a cópia renovada, um minuto depois");
}

#[test]
fn ler_so_escreve_o_cookie_depois_de_um_decimo_do_limite() {
    for (sem_uso, escreve) in [(0, false), (2 * MINUTO, false), (3 * MINUTO, true)] {
        let mut visitante = volta(HORA, sem_uso);
        let resposta = visitante.abrir(PERFIL);
        resposta.mostra("Cargo: admin");
        assert_eq!(resposta.set_cookie("session").is_some(), escreve, "{sem_uso} s");
        // Renovada, a sessão não precisa de outra renovação logo em seguida.
        if escreve {
            let outra = visitante.abrir(PERFIL);
            assert_eq!(outra.cabecalho("Set-Cookie"), None);
        }
    }
}

#[test]
fn a_renovacao_nao_muda_os_valores() {
    let resposta = volta(HORA, 10 * MINUTO).abrir(DASHBOARD);
    let valores = json!({ "username": "admin", "user_id": 12345, "role": "admin" });
    assert_eq!(guardada(&resposta)["valores"], valores);
}

#[test]
fn um_novo_login_conta_as_oito_horas_de_novo() {
    let mut visitante = volta(7 * HORA, 0);
    let [criada, usada] = horas(&guardada(&visitante.entrar()));
    assert!(criada >= agora() - 1 && usada == criada, "{criada} {usada}");
}

#[test]
fn um_login_errado_nao_recomeca_as_oito_horas() {
    let mut visitante = volta(7 * HORA, 600);
    // Depois de dez minutos sem uso, qualquer rota que abre a sessão a renova.
    visitante.postar(LOGIN_SUBMIT, "username=admin").login_invalido("sem senha");
    visitante.entrar_com("admin", "errada").login_invalido("senha errada");
    let resposta = visitante.postar(CARRINHO, "produto=caneca");
    assert!(agora() - horas(&guardada(&resposta))[0] >= 7 * HORA);
}

#[test]
fn guardar_um_valor_nao_adia_o_limite_absoluto() {
    let resposta = volta(7 * HORA, 0).postar(CARRINHO, "produto=caneca");
    let sessao = guardada(&resposta);
    assert_eq!(sessao["valores"]["carrinho"], json!(["caneca"]));
    assert!(agora() - horas(&sessao)[0] >= 7 * HORA, "{sessao}");
}

#[test]
fn de_uma_sessao_que_terminou_nao_sobra_nenhum_valor() {
    let mut visitante = Visitante::novo(super::rocket());
    let ontem = agora() - 24 * HORA;
    let velha = json!({
        "horas": { "criada": ontem, "usada": ontem },
        "valores": { "carrinho": ["caneca"], "role": "admin" },
    });
    visitante.forjar("session", velha);
    visitante.abrir(CARRINHO).mostra("está vazio");
    let sessao = guardada(&visitante.postar(CARRINHO, "produto=camiseta"));
    assert_eq!(sessao["valores"], json!({ "carrinho": ["camiseta"] }));
}

#[test]
fn uma_hora_do_futuro_e_recusada_salvo_a_diferenca_entre_dois_relogios() {
    volta(-30, -30).abrir(DASHBOARD).mostra("Bem-vindo, admin!");
    volta(-2 * MINUTO, 0).esta_fora("criada daqui a dois minutos");
    volta(0, -2 * MINUTO).esta_fora("usada daqui a dois minutos");
    volta(-365 * 24 * HORA, 0).esta_fora("criada daqui a um ano");
}

#[test]
fn horas_absurdas_nao_derrubam_o_servidor() {
    for hora in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX] {
        for (criada, usada) in [(hora, hora), (hora, agora()), (agora(), hora)] {
            let mut visitante = Visitante::novo(super::rocket());
            visitante.forjar("session", sessao(criada, usada));
            visitante.esta_fora(&format!("{criada} e {usada}"));
        }
    }
}

#[test]
fn um_cookie_sem_horas_ou_com_horas_que_nao_sao_numeros_conta_como_sessao_vazia() {
    let valores = json!({ "username": "admin", "user_id": 12345 });
    let agora = agora();
    for horas in [
        json!(null),
        json!({}),
        json!({ "criada": agora }),
        json!({ "usada": agora }),
        json!({ "criada": agora.to_string(), "usada": agora }),
        json!({ "criada": 1e300, "usada": agora }),
    ] {
        let texto = json!({ "horas": horas, "valores": valores });
        let mut visitante = Visitante::novo(super::rocket());
        visitante.forjar("session", &texto);
        visitante.esta_fora(&texto.to_string());
    }
    let mut do_capitulo_6 = Visitante::novo(super::rocket());
    do_capitulo_6.forjar("session", valores);
    do_capitulo_6.esta_fora("o dicionário do capítulo 6");
}

// Os testes seguintes mostram os atalhos deste capítulo, e cada um diz que capítulo o remove.

#[test]
fn atalho_a_copia_do_cookie_ainda_abre_dentro_do_prazo_ate_o_capitulo_15() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.entrar();
    let mut copia = visitante.clone();
    visitante.sair();
    copia.abrir(DASHBOARD).mostra("Bem-vindo, admin!");
}

#[test]
fn atalho_uma_pagina_que_so_le_pode_desfazer_o_que_outra_aba_mudou_ate_o_capitulo_17() {
    let mut uma_aba = volta(HORA, 10 * MINUTO);
    let mut outra_aba = uma_aba.clone();
    uma_aba.postar(CARRINHO, "produto=caneca");
    // A renovação leva o dicionário inteiro, como esta aba o leu.
    let ultima = guardada(&outra_aba.abrir(PERFIL));
    assert_eq!(ultima["valores"].get("carrinho"), None);
}

/// Um navegador com a sessão do login, feita e usada há tantos segundos.
fn volta(criada_ha: i64, usada_ha: i64) -> Visitante {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.forjar("session", sessao(agora() - criada_ha, agora() - usada_ha));
    visitante
}

fn sessao(criada: i64, usada: i64) -> Value {
    let valores = json!({ "username": "admin", "user_id": 12345, "role": "admin" });
    json!({ "horas": { "criada": criada, "usada": usada }, "valores": valores })
}

/// O que a resposta manda guardar, aberto com a chave do servidor.
fn guardada(resposta: &Resposta) -> Value {
    serde_json::from_str(&resposta.abertos["session"]).unwrap()
}

fn horas(sessao: &Value) -> [i64; 2] {
    ["criada", "usada"].map(|nome| sessao["horas"][nome].as_i64().unwrap())
}
