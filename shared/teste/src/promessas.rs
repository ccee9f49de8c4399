//! O que vale em mais de um capítulo, escrito uma vez. Cada função recebe a aplicação de um
//! capítulo e interrompe o teste, dizendo em que caso, se a promessa não vale ali.
//! Elas olham a aplicação como um navegador: servem com três cookies, com um ou com um id, e
//! com ou sem campos escondidos nos formulários.

use rocket::http::{ContentType, Method};
use rocket::{Build, Rocket};

use crate::Visitante;
use crate::caminhos::*;

/// Monta a aplicação de um capítulo.
pub type Aplicacao = fn() -> Rocket<Build>;

// A casa: vale desde o capítulo 1.

/// `GET /` redireciona para `/login`.
pub fn a_raiz_redireciona_para_o_login(aplicacao: Aplicacao) {
    Visitante::novo(aplicacao()).abrir("/").leva_a(LOGIN, "raiz");
}

/// A página de login é a do template, e diz em que língua está.
pub fn a_pagina_de_login_vem_do_template_em_portugues(aplicacao: Aplicacao) {
    let pagina = Visitante::novo(aplicacao()).abrir(LOGIN);
    pagina.mostra(r#"<html lang="pt-BR">"#);
    pagina.mostra("<h1>Entrar</h1>");
}

/// Um endereço sem rota recebe a página 404 da casa.
pub fn um_endereco_que_nao_existe_recebe_um_404_em_portugues(aplicacao: Aplicacao) {
    let mut visitante = Visitante::novo(aplicacao());
    visitante.cabecalhos.push(("Accept", "text/html".to_owned()));
    let resposta = visitante.abrir("/nao-existe");
    assert_eq!(resposta.codigo, 404);
    assert_eq!(resposta.cabecalho("Content-Type"), Some("text/html; charset=utf-8"));
    assert!(resposta.corpo.contains("<h1>Página não encontrada</h1>"));
}

// O login: vale desde o capítulo 3.

/// Todo formulário que não é o login certo recebe 401, e nenhuma página abre depois.
pub fn qualquer_outro_login_recebe_401_e_ninguem_entra(aplicacao: Aplicacao) {
    for campos in [
        [("username", "admin"), ("password", "errada")].as_slice(),
        &[("username", "Admin"), ("password", "123")],
        &[("username", "admin"), ("password", "123 ")],
        &[("username", "admin")],
        &[("password", "123")],
        &[],
        &[("username", "\u{fffd}\0"), ("password", "\0")],
        &[("username", "admin"), ("password", &"a".repeat(10_000))],
    ] {
        let mut visitante = Visitante::novo(aplicacao());
        let caso = format!("{campos:?}");
        visitante.enviar(LOGIN, LOGIN_SUBMIT, campos).login_invalido(&caso);
        assert_ne!(visitante.abrir(DASHBOARD).codigo, 200, "{caso} entrou");
    }
}

/// Quem já entrou e erra a senha depois continua com a sessão que tinha, e o nome volta escrito.
pub fn um_login_errado_nao_muda_a_sessao_de_antes(aplicacao: Aplicacao) {
    let mut visitante = Visitante::novo(aplicacao());
    visitante.entrar();
    let antes = visitante.cookies.clone();
    let recusa = visitante.entrar_com("admin", "errada");
    recusa.login_invalido("senha errada");
    assert!(recusa.corpo.contains(r#"value="admin""#), "{}", recusa.corpo);
    assert_eq!(visitante.cookies, antes);
}

/// Outro tipo de conteúdo, ou bytes sem sentido, também é só um login inválido.
pub fn um_corpo_que_nao_e_formulario_tambem_recebe_401(aplicacao: Aplicacao) {
    let certo = b"username=admin&password=123".as_slice();
    let json = br#"{"username":"admin","password":"123"}"#;
    let (formulario, enorme) = (Some(ContentType::Form), [b'a'; 100_000]);
    for (caso, tipo, corpo) in [
        ("JSON", Some(ContentType::JSON), json.as_slice()),
        ("texto puro", Some(ContentType::Plain), certo),
        ("multipart sem limite", Some(ContentType::FormData), certo),
        ("sem tipo", None, certo),
        ("bytes que não são texto", formulario.clone(), &[0xff, 0xfe, 0x00]),
        ("100.000 letras", formulario, &enorme),
    ] {
        let mut visitante = Visitante::novo(aplicacao());
        visitante.pedir(Method::Post, LOGIN_SUBMIT, tipo, corpo).login_invalido(caso);
        assert_ne!(visitante.abrir(DASHBOARD).codigo, 200, "{caso} entrou");
    }
}

// As páginas de quem entrou: vale desde o capítulo 4.

/// O login da lição leva ao texto dela, com os valores que ele armazenou.
pub fn o_dashboard_e_o_perfil_recuperam_o_que_o_login_armazenou(aplicacao: Aplicacao) {
    let mut visitante = Visitante::novo(aplicacao());
    visitante.entrar().leva_a(DASHBOARD, "login certo");
    visitante.abrir(DASHBOARD).mostra("Bem-vindo, admin! Seu ID é: 12345");
    visitante.abrir(PERFIL).mostra("Seu perfil. Cargo: admin");
}

/// Um cookie que o servidor não criptografou com a chave dele vale o mesmo que nenhum.
pub fn um_cookie_em_claro_ou_de_outra_chave_nao_abre_nenhuma_pagina(
    aplicacao: Aplicacao,
) {
    let mut em_claro = Visitante::novo(aplicacao());
    em_claro.esta_fora("sem cookie nenhum");
    let dicionario = r#"{"username":"admin","user_id":12345,"role":"admin"}"#;
    for (nome, valor) in [
        ("username", "admin"),
        ("user_id", "12345"),
        ("role", "admin"),
        ("session", dicionario),
    ] {
        em_claro.cookies.insert(nome.to_owned(), valor.to_owned());
    }
    em_claro.esta_fora("em claro");

    let mut de_outra_chave = Visitante::novo(aplicacao());
    de_outra_chave.entrar();
    let mut visitante = Visitante::novo(aplicacao());
    visitante.cookies = de_outra_chave.cookies;
    visitante.esta_fora("de outra chave");
}

/// Nenhum caractere do texto criptografado pode mudar sem que o cookie deixe de abrir.
pub fn um_unico_caractere_adulterado_e_o_cookie_nao_abre(aplicacao: Aplicacao) {
    let mut dentro = Visitante::novo(aplicacao());
    dentro.entrar();
    // Onde há três cookies, o dashboard e o perfil dependem do último, `username`.
    let (nome, texto) = dentro.cookies.pop_last().expect("o login guarda um cookie");
    for posicao in 0..texto.len() {
        let trocado = if texto[posicao..].starts_with('A') { "B" } else { "A" };
        let mut adulterado = texto.clone();
        adulterado.replace_range(posicao..=posicao, trocado);
        let mut visitante = dentro.clone();
        visitante.cookies.insert(nome.clone(), adulterado);
        visitante.esta_fora(&format!("caractere {posicao}"));
    }
}

// A saída e a segunda conta: vale desde o capítulo 5.

/// A outra conta entra com os valores dela, e nenhum é o da conta da lição.
pub fn a_maria_entra_e_ve_o_nome_o_numero_e_o_cargo_dela(aplicacao: Aplicacao) {
    let mut maria = Visitante::novo(aplicacao());
    maria.entrar_com("maria", "456").leva_a(DASHBOARD, "maria");
    maria.abrir(DASHBOARD).mostra("Bem-vindo, maria! Seu ID é: 67890");
    maria.abrir(PERFIL).mostra("Seu perfil. Cargo: cliente");
}

/// O logout apaga os cookies do navegador, e a página seguinte o diz; sair duas vezes, ou sem
/// ter entrado, responde o mesmo.
pub fn repetir_o_logout_ou_sair_sem_ter_entrado_nao_faz_mal(aplicacao: Aplicacao) {
    let mut visitante = Visitante::novo(aplicacao());
    visitante.sair_de_novo("sem ter entrado");
    visitante.entrar();
    let saida = visitante.sair();
    saida.leva_a(LOGIN, "logout");
    // O aviso vem no endereço ou em um cookie.
    let seguinte = saida.cabecalho("Location").unwrap_or_default();
    visitante.abrir(seguinte).mostra(r#"<p role="status">Você saiu.</p>"#);
    visitante.esta_fora("depois do logout");
    visitante.sair_de_novo("segunda vez");
}

/// `session.pop('role', None)` tira o cargo, e só ele; repetir não muda nada.
pub fn remover_o_cargo_deixa_os_outros_valores_no_lugar(aplicacao: Aplicacao) {
    let mut visitante = Visitante::novo(aplicacao());
    visitante.entrar();
    for vez in ["primeira vez", "segunda vez"] {
        visitante.enviar(PERFIL, REMOVER_CARGO, &[]).leva_a(PERFIL, vez);
    }
    visitante.abrir(PERFIL).mostra("Seu perfil. Cargo: visitante");
    visitante.abrir(DASHBOARD).mostra("Bem-vindo, admin! Seu ID é: 12345");
}

// O dicionário: vale desde o capítulo 6.

/// Depois do login há um cookie só, que não mostra o que leva.
pub fn a_sessao_inteira_vai_em_um_cookie_criptografado_e_protegido(
    aplicacao: Aplicacao,
) {
    let mut visitante = Visitante::novo(aplicacao());
    let resposta = visitante.entrar();
    assert_eq!(visitante.cookies.len(), 1, "{:?}", visitante.cookies);
    let nome = visitante.cookies.keys().next().expect("há um só");
    let linha = resposta.set_cookie(nome).expect("acaba de chegar");
    for atributo in ["HttpOnly", "SameSite=", "Path=/"] {
        assert!(linha.contains(atributo), "falta {atributo} em {linha}");
    }
    assert!(!linha.contains("admin") && !linha.contains("12345"), "{linha}");
}

/// O cookie de outra pessoa, com o nome que se queira, não dá a ninguém o cargo dela.
pub fn a_emenda_de_duas_sessoes_nao_muda_o_cargo_de_ninguem(aplicacao: Aplicacao) {
    let mut admin = Visitante::novo(aplicacao());
    admin.entrar();
    let mut maria = admin.outro();
    maria.entrar_com("maria", "456");
    for valor in admin.cookies.values() {
        for nome in ["role", "username", "sessao", "Session"] {
            let mut emendada = maria.clone();
            emendada.cookies.insert(nome.to_owned(), valor.clone());
            emendada.abrir(PERFIL).mostra("Seu perfil. Cargo: cliente");
            emendada.abrir(DASHBOARD).mostra("Bem-vindo, maria! Seu ID é: 67890");
        }
    }
}

/// Uma página que só lê não devolve `Set-Cookie`.
pub fn ler_as_paginas_nao_escreve_cookie_nenhum(aplicacao: Aplicacao) {
    let mut visitante = Visitante::novo(aplicacao());
    visitante.entrar();
    for pagina in [DASHBOARD, PERFIL] {
        let resposta = visitante.abrir(pagina);
        assert_eq!(resposta.cabecalho("Set-Cookie"), None, "{pagina}");
    }
}

impl Visitante {
    /// Confere que nenhuma página que pede login abre para este navegador.
    #[track_caller]
    pub fn esta_fora(&mut self, caso: &str) {
        for pagina in [DASHBOARD, PERFIL] {
            self.abrir(pagina).leva_a(LOGIN, &format!("{pagina}, {caso}"));
        }
    }

    /// Sai sem estar dentro, como quem volta à página antiga e aperta o botão.
    #[track_caller]
    fn sair_de_novo(&mut self, caso: &str) {
        let resposta = self.sair();
        // Onde só um formulário com campos escondidos sai, quem não entrou não o tem.
        if resposta.codigo != 404 {
            resposta.leva_a(LOGIN, caso);
        }
        self.esta_fora(caso);
    }
}
