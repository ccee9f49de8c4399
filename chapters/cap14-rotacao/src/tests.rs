//! O que o capítulo 14 promete.

use rocket::error::ErrorKind;
use rocket::figment::Figment;
use rocket::figment::providers::Serialized;
use rocket::local::blocking::Client;
use teste::{Visitante, caminhos::*};

teste::promessas!(super::rocket: casa, login, corpos, paginas, saida, dicionario);

#[test]
fn depois_da_troca_a_sessao_da_chave_anterior_continua() {
    let [velha, nova] = sorteadas();
    let mut visitante = levar(&dentro(&velha), com_chaves(&nova, &[&velha]));
    visitante.abrir(DASHBOARD).mostra("Bem-vindo, admin! Seu ID é: 12345");
}

#[test]
fn sem_a_lista_a_troca_encerra_a_sessao() {
    let [velha, nova] = sorteadas();
    levar(&dentro(&velha), com_chaves(&nova, &[])).esta_fora("sem a lista");
}

#[test]
fn o_cookie_da_chave_anterior_e_fechado_de_novo_com_a_atual() {
    let [velha, nova] = sorteadas();
    let mut visitante = levar(&dentro(&velha), com_chaves(&nova, &[&velha]));
    let resposta = visitante.abrir(PERFIL);
    let dicionario = r#"{"role":"admin","user_id":12345,"username":"admin"}"#;
    assert_eq!(resposta.abertos["session"], dicionario);
    // A chave velha já pode sair da lista.
    let mut depois = levar(&visitante, com_chaves(&nova, &[]));
    depois.abrir(PERFIL).mostra("Cargo: admin");
}

#[test]
fn fechado_com_a_chave_atual_o_cookie_nao_e_escrito_de_novo() {
    let [velha, nova] = sorteadas();
    let mut visitante = levar(&dentro(&velha), com_chaves(&nova, &[&velha]));
    assert!(visitante.abrir(PERFIL).set_cookie("session").is_some());
    for pagina in [PERFIL, DASHBOARD] {
        let resposta = visitante.abrir(pagina);
        assert_eq!(resposta.cabecalho("Set-Cookie"), None, "{pagina}");
    }
}

#[test]
fn uma_chave_anterior_nunca_fecha_um_cookie() {
    let [velha, nova] = sorteadas();
    let mut visitante = com_chaves(&nova, &[&velha]);
    visitante.entrar();
    levar(&visitante, com_chaves(&velha, &[])).esta_fora("só com a velha");
}

#[test]
fn quem_tem_uma_chave_anterior_fabrica_sessoes_enquanto_ela_esta_na_lista() {
    let [vazada, nova] = sorteadas();
    // No computador de quem a tem, outro servidor cria a sessão do admin.
    let fabricada = dentro(&vazada);
    let mut na_lista = levar(&fabricada, com_chaves(&nova, &[&vazada]));
    na_lista.abrir(PERFIL).mostra("Cargo: admin");
    levar(&fabricada, com_chaves(&nova, &[])).esta_fora("fora da lista");
}

#[test]
fn a_chave_de_duas_trocas_atras_abre_enquanto_esta_na_lista() {
    let [primeira, segunda, terceira] = sorteadas();
    let antes = dentro(&primeira);
    for (anteriores, abre) in [
        ([&*segunda, &*primeira].as_slice(), true),
        (&[&*primeira, &*segunda], true),
        (&[&*segunda], false),
    ] {
        let mut visitante = levar(&antes, com_chaves(&terceira, anteriores));
        let codigo = visitante.abrir(PERFIL).codigo;
        assert_eq!(codigo == 200, abre, "{} na lista", anteriores.len());
    }
}

#[test]
fn o_logout_apaga_tambem_o_cookie_da_chave_anterior() {
    let [velha, nova] = sorteadas();
    let mut visitante = levar(&dentro(&velha), com_chaves(&nova, &[&velha]));
    let resposta = visitante.abrir(LOGOUT);
    resposta.leva_a(LOGIN, "logout");
    let linha = resposta.set_cookie("session").unwrap();
    assert!(linha.starts_with("session=;") && linha.contains("Max-Age=0"), "{linha}");
    assert!(visitante.cookies.is_empty());
}

#[test]
fn o_que_a_rota_muda_vale_mais_que_o_cookie_fechado_de_novo() {
    let [velha, nova] = sorteadas();
    let mut visitante = levar(&dentro(&velha), com_chaves(&nova, &[&velha]));
    visitante.postar(REMOVER_CARGO, "");
    visitante.abrir(PERFIL).mostra("Cargo: visitante");
}

#[test]
fn um_cookie_adulterado_ou_em_claro_nao_abre_com_nenhuma_das_chaves() {
    let [velha, nova] = sorteadas();
    let antes = dentro(&velha);
    for valor in [
        format!("A{}", antes.cookies["session"]),
        r#"{"username":"admin","user_id":12345}"#.to_owned(),
        String::new(),
    ] {
        let mut visitante = com_chaves(&nova, &[&velha]);
        visitante.cookies.insert("session".to_owned(), valor.clone());
        let resposta = visitante.abrir(PERFIL);
        resposta.leva_a(LOGIN, &valor);
        assert_eq!(resposta.cabecalho("Set-Cookie"), None, "{valor}");
    }
}

#[test]
fn uma_lista_com_erro_impede_o_inicio_e_o_erro_nao_mostra_a_chave() {
    let [uma, outra] = sorteadas();
    let com_z = format!("z{}", &outra[1..]);
    let curta = outra[2..].to_owned();
    for (anteriores, motivo) in [
        ([&*com_z].as_slice(), "a 1ª chave de `secret_keys_anteriores` deve ter 64"),
        (&[&*outra, &*curta], "a 2ª chave de `secret_keys_anteriores` deve ter 64"),
        (&["minha-chave"], "a 1ª chave de `secret_keys_anteriores` deve ter 64"),
        (&[""], "a 1ª chave de `secret_keys_anteriores` deve ter 64"),
        (&[&*uma], "a 1ª chave de `secret_keys_anteriores` repete outra da lista ou"),
        (&[&*outra, &*outra], "a 2ª chave de `secret_keys_anteriores` repete outra"),
    ] {
        let erro =
            recusa(&configuracao(&uma).merge(("secret_keys_anteriores", anteriores)));
        assert!(erro.starts_with(motivo), "{erro}");
        for chave in [&uma, &outra, &com_z, &curta] {
            assert!(!erro.contains(&chave[..8]), "{erro}");
        }
    }
    let erro = Client::untracked(montada(&uma, &[&uma])).err().unwrap();
    assert!(matches!(erro.kind(), ErrorKind::FailedFairings(_)), "{erro}");
}

#[test]
fn o_que_nao_e_uma_lista_de_textos_tambem_impede_o_inicio() {
    let [uma, outra] = sorteadas();
    let solta = configuracao(&uma).merge(("secret_keys_anteriores", &outra));
    let numeros = configuracao(&uma).merge(("secret_keys_anteriores", [1, 2]));
    for configuracao in [solta, numeros] {
        let erro = recusa(&configuracao);
        let motivo =
            "`secret_keys_anteriores` deve ser uma lista de textos: '[\"chave\"]'";
        assert_eq!(erro, motivo);
    }
}

#[test]
fn a_mesma_chave_em_maiusculas_tambem_e_uma_repeticao() {
    let [uma] = sorteadas();
    let maiuscula = [uma.to_uppercase()];
    let erro = recusa(&configuracao(&uma).merge(("secret_keys_anteriores", maiuscula)));
    assert!(erro.contains("repete"), "{erro}");
}

fn sorteadas<const N: usize>() -> [String; N] {
    [(); N].map(|()| shared::chave_nova().unwrap())
}

fn configuracao(atual: &str) -> Figment {
    Figment::from(Serialized::default("secret_key", atual))
}

fn recusa(configuracao: &Figment) -> String {
    super::chaves::conferir(configuracao).err().unwrap()
}

fn montada(atual: &str, anteriores: &[&str]) -> rocket::Rocket<rocket::Build> {
    let aplicacao = super::rocket();
    let configuracao = aplicacao.figment().clone();
    let configuracao = configuracao
        .merge(("secret_key", atual))
        .merge(("secret_keys_anteriores", anteriores))
        .merge(("log_level", "critical"));
    aplicacao.configure(configuracao)
}

/// Um navegador sem cookies, para o servidor com esta chave atual e estas anteriores.
fn com_chaves(atual: &str, anteriores: &[&str]) -> Visitante {
    Visitante::de(Client::untracked(montada(atual, anteriores)).unwrap())
}

/// Um navegador que entrou quando a chave atual era esta.
fn dentro(chave: &str) -> Visitante {
    let mut visitante = com_chaves(chave, &[]);
    visitante.entrar();
    visitante
}

/// O mesmo navegador, depois que o servidor reiniciou com outras chaves.
fn levar(antes: &Visitante, mut depois: Visitante) -> Visitante {
    depois.cookies.clone_from(&antes.cookies);
    depois
}
