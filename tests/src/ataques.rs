//! Ataques de verdade: cada um inicia um capítulo, fala HTTP com ele e conta o que faz.

use std::time::Duration;

use tempfile::TempDir;

use crate::navegador::{Navegador, Resposta};
use crate::processo::{self, Processo};

/// Um ataque que se executa com `cargo ataque NOME CAPITULO`.
pub struct Ataque {
    /// O nome que se digita.
    pub nome: &'static str,
    /// O que ele tenta, em uma linha.
    pub descricao: &'static str,
    /// O primeiro capítulo que tem o que ele ataca.
    pub desde: &'static str,
    /// O que se diz no fim: se funcionou e se não.
    desfechos: [&'static str; 2],
    executar: fn(&mut Cena<'_>) -> Result<bool, String>,
}

const ATAQUE: [&str; 2] = ["O ataque funcionou.", "O ataque falhou."];
/// Ninguém ataca: o servidor é que falha com quem o usa.
const FALHA: [&str; 2] = ["A falha aparece.", "A falha não aparece mais."];

/// Todos os ataques. Um novo é um item aqui, uma função abaixo e uma linha em `tests/ataques.rs`.
pub const ATAQUES: &[Ataque] = &[
    Ataque {
        nome: "emenda",
        descricao: "põe um cookie de uma sessão ao lado dos cookies de outra",
        desde: "cap05-logout",
        desfechos: ATAQUE,
        executar: emenda,
    },
    Ataque {
        nome: "copia",
        descricao: "apresenta uma cópia dos cookies depois do limite sem uso",
        desde: "cap04-recuperar",
        desfechos: ATAQUE,
        executar: copia,
    },
    Ataque {
        nome: "outro-site",
        descricao: "faz o navegador da vítima enviar os formulários de outro site",
        desde: "cap05-logout",
        desfechos: ATAQUE,
        executar: outro_site,
    },
    Ataque {
        nome: "adivinhar",
        descricao: "tenta doze senhas comuns na conta admin",
        desde: "cap03-armazenar",
        desfechos: ATAQUE,
        executar: adivinhar,
    },
    Ataque {
        nome: "troca-de-chave",
        descricao: "troca a chave secreta com uma pessoa dentro do site",
        desde: "cap04-recuperar",
        desfechos: FALHA,
        executar: troca_de_chave,
    },
    Ataque {
        nome: "reuso",
        descricao: "apresenta uma cópia dos cookies depois do logout",
        desde: "cap05-logout",
        desfechos: ATAQUE,
        executar: reuso,
    },
];

impl Ataque {
    /// Executa o ataque contra um capítulo e conta cada passo; verdadeiro se ele funcionou.
    ///
    /// # Erros
    ///
    /// Quando o capítulo não inicia, ou não tem o que o ataque procura.
    pub fn executar(
        &self,
        capitulo: &str,
        contar: &mut dyn FnMut(&str),
    ) -> Result<bool, String> {
        let pasta = TempDir::new().map_err(|erro| format!("sem pasta: {erro}"))?;
        (self.executar)(&mut Cena { capitulo, contar, passos: 0, pasta })
    }

    /// A última linha de `cargo ataque`.
    pub fn desfecho(&self, funcionou: bool) -> &'static str {
        let [sim, nao] = self.desfechos;
        if funcionou { sim } else { nao }
    }
}

/// O capítulo atacado e para quem o ataque conta o que faz.
struct Cena<'a> {
    capitulo: &'a str,
    contar: &'a mut dyn FnMut(&str),
    passos: usize,
    /// Onde o capítulo que as tem guarda as sessões: continuam lá quando ele reinicia.
    pasta: TempDir,
}

impl Cena<'_> {
    /// O capítulo no ar, com uma chave de teste.
    fn iniciar(&self, chave: char) -> Result<Processo, String> {
        self.iniciar_com(chave, &[])
    }

    /// O capítulo no ar, com uma chave de teste e mais estas variáveis de ambiente.
    fn iniciar_com(
        &self,
        chave: char,
        variaveis: &[(&str, &str)],
    ) -> Result<Processo, String> {
        let chave = processo::chave_de_teste(chave);
        let mut comando = processo::servidor(self.capitulo, &chave);
        let sessoes = self.pasta.path().join("sessoes.db");
        comando.env("ROCKET_SESSAO_URL", format!("sqlite:{}", sessoes.display()));
        comando.envs(variaveis.iter().copied());
        Processo::tentar(comando)
            .map_err(|saida| format!("{} não ficou no ar:\n{saida}", self.capitulo))
    }

    /// Um passo do ataque e o que o servidor respondeu.
    fn contar(&mut self, passo: &str, resposta: &str) {
        self.passos += 1;
        (self.contar)(&format!("{}. {passo}\n   → {resposta}", self.passos));
    }
}

/// Quem perdeu o cargo tenta tê-lo de volta com um cookie de quando ainda o tinha.
fn emenda(cena: &mut Cena<'_>) -> Result<bool, String> {
    let servidor = cena.iniciar('1')?;
    let mut janela_a = Navegador::novo(&servidor.endereco);
    entrar(&mut janela_a)?;
    let guardados: Vec<&str> = janela_a.cookies.keys().map(String::as_str).collect();
    cena.contar(
        "Na janela A, entra como admin e guarda os cookies.",
        &format!("cookies: {}", guardados.join(", ")),
    );

    let mut janela_b = Navegador::novo(&servidor.endereco);
    entrar(&mut janela_b)?;
    janela_b.preencher("/perfil", "/remover_cargo", &[])?;
    let sem_cargo = perfil(&mut janela_b)?;
    cena.contar("Na janela B, entra, perde o cargo e abre o perfil.", &sem_cargo);
    if sem_cargo != "Cargo: visitante" {
        return Err("a janela B deveria ter perdido o cargo".to_owned());
    }

    let por_nome = janela_a.cookies.get_key_value("role");
    let levado = por_nome.or_else(|| janela_a.cookies.first_key_value());
    let (nome, valor) = levado.ok_or("a janela A não recebeu nenhum cookie")?;
    janela_b.cookies.insert("role".to_owned(), valor.clone());
    let depois = perfil(&mut janela_b)?;
    let passo = match nome.as_str() {
        "role" => {
            "Leva à janela B o cookie role da janela A e abre o perfil.".to_owned()
        }
        _ => format!(
            "Leva à janela B o cookie {nome} da janela A, com o nome role, e abre o perfil."
        ),
    };
    cena.contar(&passo, &depois);
    Ok(depois == "Cargo: admin")
}

/// Quem copiou os cookies os apresenta depois do limite sem uso.
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
    let aviso = pagina.split_once(r#"role="status">"#).map(|(_, depois)| depois);
    let aviso = aviso.and_then(|depois| depois.split('<').next());
    let aviso = aviso.ok_or("a página de login não diz por que a sessão terminou")?;
    cena.contar("Abre o login com a cópia.", aviso.trim());
    Ok(false)
}

/// Uma página de outro site usa os cookies de quem a abre, em um navegador que os envia.
fn outro_site(cena: &mut Cena<'_>) -> Result<bool, String> {
    let servidor = cena.iniciar('1')?;
    let mut vitima = Navegador::novo(&servidor.endereco);
    entrar(&mut vitima)?;
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

/// Quem não sabe a senha tenta as que mais gente usa.
fn adivinhar(cena: &mut Cena<'_>) -> Result<bool, String> {
    let servidor = cena.iniciar('1')?;
    let mut navegador = Navegador::novo(&servidor.endereco);
    let mut tentar = |senha: &str| {
        let campos = [("username", "admin"), ("password", senha)];
        navegador.preencher("/login", "/login_submit", &campos)
    };
    let mut respostas: Vec<(String, usize)> = Vec::new();
    for senha in SENHAS_COMUNS {
        let resposta = tentar(senha)?;
        let resposta = codigo(&resposta);
        match respostas.last_mut() {
            Some((ultima, vezes)) if ultima == resposta => *vezes += 1,
            _ => respostas.push((resposta.to_owned(), 1)),
        }
    }
    let respostas: Vec<_> = respostas
        .iter()
        .map(|(codigo, vezes)| format!("{codigo} (× {vezes})"))
        .collect();
    let passo = format!("Tenta {} senhas comuns na conta admin.", SENHAS_COMUNS.len());
    cena.contar(&passo, &respostas.join(", "));

    let certa = tentar("123")?;
    let destino = certa.destino().map(|destino| format!(", vai para {destino}"));
    let resposta = format!("{}{}", codigo(&certa), destino.unwrap_or_default());
    cena.contar("Tenta mais uma, 123, que é a certa.", &resposta);
    Ok(certa.codigo == 303)
}

const SENHAS_COMUNS: [&str; 11] = [
    "123456",
    "password",
    "admin",
    "12345678",
    "123456789",
    "1234",
    "12345",
    "102030",
    "brasil",
    "senha",
    "qwerty",
];

/// O código de uma resposta e o nome dele.
fn codigo(resposta: &Resposta) -> &str {
    resposta.estado.trim_start_matches("HTTP/1.1 ")
}

/// Quem administra o site troca a chave, como deve. Quem estava dentro dele continua?
fn troca_de_chave(cena: &mut Cena<'_>) -> Result<bool, String> {
    let servidor = cena.iniciar('1')?;
    let mut navegador = Navegador::novo(&servidor.endereco);
    entrar(&mut navegador)?;
    let cargo = perfil(&mut navegador)?;
    cena.contar("Com a chave 1, entra como admin e abre o perfil.", &cargo);
    drop(servidor);

    let anteriores = format!("[\"{}\"]", processo::chave_de_teste('1'));
    let lista: &[_] = &[("ROCKET_SECRET_KEYS_ANTERIORES", anteriores.as_str())];
    for (passo, variaveis) in [
        ("Inicia com a chave 2, e a 1 na lista das anteriores. Abre o perfil.", lista),
        ("Inicia só com a chave 2. Abre o perfil com o cookie que ficou.", &[]),
    ] {
        let servidor = cena.iniciar_com('2', variaveis)?;
        let mut de_volta = Navegador::novo(&servidor.endereco);
        de_volta.cookies.clone_from(&navegador.cookies);
        let resposta = de_volta.get("/perfil");
        if resposta.destino().is_some_and(|destino| destino.starts_with("/login")) {
            cena.contar(passo, "pede login de novo: a sessão acabou");
            return Ok(true);
        }
        cena.contar(passo, &cargo_em(&resposta)?);
        navegador.cookies = de_volta.cookies;
    }
    Ok(false)
}

/// Quem copiou os cookies os apresenta depois que a vítima saiu.
fn reuso(cena: &mut Cena<'_>) -> Result<bool, String> {
    let servidor = cena.iniciar('1')?;
    let mut vitima = Navegador::novo(&servidor.endereco);
    entrar(&mut vitima)?;
    let mut copia = vitima.clone();
    let aberto = perfil(&mut copia)?;
    cena.contar(
        "A vítima entra como admin. Uma cópia dos cookies abre o perfil.",
        &aberto,
    );

    // Até o capítulo 7 o logout é um link; depois, um formulário com o token.
    let saida = match vitima.preencher("/perfil", "/logout", &[]) {
        Ok(resposta) => resposta,
        Err(_) => vitima.get("/logout"),
    };
    let depois = vitima.get("/perfil");
    if depois.codigo == 200 {
        return Err(format!("o logout não saiu: {}", saida.estado));
    }
    cena.contar("A vítima sai e abre o perfil.", &para_onde(&depois));

    let resposta = copia.get("/perfil");
    let abriu = resposta.codigo == 200;
    let resposta = if abriu { cargo_em(&resposta)? } else { para_onde(&resposta) };
    cena.contar("A cópia abre o perfil outra vez.", &resposta);
    Ok(abriu)
}

/// O código de uma resposta e, se ela manda a outra página, a qual.
fn para_onde(resposta: &Resposta) -> String {
    match resposta.destino().and_then(|destino| destino.split('?').next()) {
        Some(destino) => format!("{}, vai para {destino}", codigo(resposta)),
        None => codigo(resposta).to_owned(),
    }
}

/// O login da lição, pelo formulário da página.
fn entrar(navegador: &mut Navegador) -> Result<(), String> {
    let campos = [("username", "admin"), ("password", "123")];
    let resposta = navegador.preencher("/login", "/login_submit", &campos)?;
    match resposta.destino() {
        Some("/dashboard") => Ok(()),
        _ => Err(format!("o login não entrou: {}", resposta.estado)),
    }
}

/// O cargo que a página de perfil mostra.
fn perfil(navegador: &mut Navegador) -> Result<String, String> {
    cargo_em(&navegador.get("/perfil"))
}

fn cargo_em(resposta: &Resposta) -> Result<String, String> {
    let cargo = resposta.corpo.find("Cargo: ").map(|inicio| &resposta.corpo[inicio..]);
    let cargo = cargo.and_then(|texto| texto.split('<').next());
    cargo
        .map(|cargo| cargo.trim().to_owned())
        .ok_or(format!("o perfil não mostra o cargo: {}", resposta.estado))
}
