//! Os corpos que um formulário de login pode trazer sem ser o login certo.

/// O tipo que um navegador dá a um formulário comum.
pub const FORMULARIO: &str = "application/x-www-form-urlencoded";

/// Um corpo de requisição e o nome do caso, que aparece quando o teste falha.
#[derive(Debug)]
pub struct Corpo {
    /// O que há de errado com ele.
    pub caso: &'static str,
    /// O `Content-Type`, se a requisição leva um.
    pub tipo: Option<&'static str>,
    /// O corpo.
    pub bytes: Vec<u8>,
}

/// Corpos que não são o login certo; a lição responde a todos com 401.
pub fn recusados() -> Vec<Corpo> {
    let certo = "username=admin&password=123";
    let json = r#"{"username":"admin","password":"123"}"#;
    let parte =
        "--X\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nadmin\r\n";
    let textos = [
        ("senha errada", Some(FORMULARIO), "username=admin&password=errada"),
        ("nome errado", Some(FORMULARIO), "username=outro&password=123"),
        ("nome em maiúsculas", Some(FORMULARIO), "username=ADMIN&password=123"),
        ("campos com outro nome", Some(FORMULARIO), "usuario=admin&senha=123"),
        ("espaço no fim do nome", Some(FORMULARIO), "username=admin+&password=123"),
        ("espaço no fim da senha", Some(FORMULARIO), "username=admin&password=123%20"),
        ("zero no fim do nome", Some(FORMULARIO), "username=admin%00&password=123"),
        ("falta a senha", Some(FORMULARIO), "username=admin"),
        ("falta o nome", Some(FORMULARIO), "password=123"),
        ("senha vazia", Some(FORMULARIO), "username=admin&password="),
        ("nome vazio", Some(FORMULARIO), "username=&password=123"),
        ("os dois vazios", Some(FORMULARIO), "username=&password="),
        ("campos sem valor", Some(FORMULARIO), "username&password"),
        (
            "o nome errado vem primeiro",
            Some(FORMULARIO),
            "username=x&username=admin&password=123",
        ),
        ("só separadores", Some(FORMULARIO), "=&=&&=username"),
        ("ponto e vírgula", Some(FORMULARIO), "username=admin;password=123"),
        ("corpo vazio", Some(FORMULARIO), ""),
        ("porcentagem pela metade", Some(FORMULARIO), "username=%&password=%1"),
        (
            "bytes que não são UTF-8, codificados",
            Some(FORMULARIO),
            "username=%FF%FE&password=123",
        ),
        ("JSON que se diz formulário", Some(FORMULARIO), json),
        ("JSON", Some("application/json"), json),
        ("formulário que se diz JSON", Some("application/json"), certo),
        ("texto puro", Some("text/plain"), certo),
        ("tipo desconhecido", Some("application/octet-stream"), certo),
        ("tipo malformado", Some(";;/x"), certo),
        ("sem tipo", None, certo),
        ("sem tipo e sem corpo", None, ""),
        ("multipart sem limite", Some("multipart/form-data"), parte),
        ("multipart cortado", Some("multipart/form-data; boundary=X"), parte),
        ("multipart que é outra coisa", Some("multipart/form-data; boundary=X"), certo),
    ];
    let mut corpos: Vec<Corpo> = textos
        .into_iter()
        .map(|(caso, tipo, texto)| Corpo { caso, tipo, bytes: texto.into() })
        .collect();
    let latino = b"username=admin\xff&password=123".to_vec();
    corpos.push(Corpo {
        caso: "UTF-8 inválido",
        tipo: Some(FORMULARIO),
        bytes: latino,
    });
    // A semente fixa repete os mesmos bytes em toda execução.
    let mut sorteio = fastrand::Rng::with_seed(5);
    for tamanho in [1, 10, 100, 1_000, 10_000] {
        let bytes = (0..tamanho).map(|_| sorteio.u8(..)).collect();
        corpos.push(Corpo { caso: "bytes sorteados", tipo: Some(FORMULARIO), bytes });
    }
    corpos
}
