//! O que o capítulo 4 promete.

use teste::{Visitante, caminhos::*};

teste::promessas!(super::rocket: casa, login, corpos, paginas);

#[test]
fn um_id_que_nao_e_numero_leva_ao_login_sem_derrubar_o_servidor() {
    for user_id in ["doze mil", "", "-1", "12.5", "99999999999999999999"] {
        let mut visitante = Visitante::novo(super::rocket());
        visitante.forjar("username", "admin");
        visitante.forjar("user_id", user_id);
        visitante.abrir(DASHBOARD).leva_a(LOGIN, user_id);
    }
}

#[test]
fn sem_cargo_o_perfil_usa_o_valor_padrao() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.forjar("username", "admin");
    visitante.abrir(PERFIL).mostra("Seu perfil. Cargo: visitante");
}

#[test]
fn o_dashboard_exige_o_nome_e_o_numero_e_o_perfil_so_o_nome() {
    let mut visitante = Visitante::novo(super::rocket());
    visitante.forjar("username", "admin");
    visitante.abrir(DASHBOARD).leva_a(LOGIN, "sem número");
    assert_eq!(visitante.abrir(PERFIL).codigo, 200);
}
