//! Quem visita o site nos testes, e o que o servidor guarda dessas visitas.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use rocket::figment::Figment;
use rocket::futures::FutureExt;
use rocket::local::blocking::Client;
use rocket::{Build, Rocket, async_trait};
use rocket_sessoes::Sessoes;
use rocket_sessoes::armazem::{
    self, Armazem, Falha, Registro, Resposta as DoArmazem, Resumo, Versao,
};
pub use rocket_sessoes::site::contas::{Conta, Contas, DA_LICAO};
use serde_json::{Value, json};
use teste::{Resposta, Visitante};
use time::{Duration, OffsetDateTime};

pub const COOKIE: &str = "session";
pub const SENHA_NOVA: &str = "uma senha nova";
pub const LEMBRADO: &str = "username=admin&password=123&lembrar=on";
pub type Loja = Arc<dyn Armazem>;

pub fn aplicacao() -> Rocket<Build> {
    com(&memoria(), configuracao())
}

/// A aplicação com estas sessões, estes ajustes e as contas da lição, só dela.
pub fn com(loja: &Loja, configuracao: Figment) -> Rocket<Build> {
    let pasta = tempfile::tempdir().unwrap();
    let contas = contas(pasta.path(), "debug");
    com_contas(loja, configuracao, contas).manage(pasta)
}

pub fn contas(pasta: &Path, perfil: &str) -> Contas {
    let ajustes = configuracao().select(perfil).merge(("contas_url", endereco(pasta)));
    rocket::execute(Contas::abrir(&ajustes)).unwrap()
}

pub fn endereco(pasta: &Path) -> String {
    format!("sqlite:{}", pasta.join("contas.db").display())
}

pub fn com_contas(loja: &Loja, configuracao: Figment, contas: Contas) -> Rocket<Build> {
    let adiantado = Arc::new(AtomicI64::new(0));
    let segundos = adiantado.clone();
    let relogio = move || agora() + segundos.load(Ordering::SeqCst);
    let sessoes = rocket::execute(Sessoes::abrir(&configuracao)).unwrap();
    let sessoes = sessoes.com_armazem(loja.clone()).com_relogio(relogio);
    rocket_sessoes::site::rocket(sessoes, contas).manage(adiantado)
}

/// O perfil release pede HTTPS; aqui, só o teste que fala dele.
pub fn configuracao() -> Figment {
    shared::configuracao(env!("CARGO_MANIFEST_DIR"))
        .merge(("sessao_url", "memoria:"))
        .merge(("https", false))
}

pub fn memoria() -> Loja {
    rocket::execute(armazem::abrir("memoria:", Path::new("."))).unwrap()
}

pub fn chaves<const N: usize>() -> [String; N] {
    [(); N].map(|()| shared::chave_nova().unwrap())
}

pub fn com_chaves(loja: &Loja, https: bool, atual: &str, outras: &[&str]) -> Visitante {
    let ajustes = configuracao().merge(("https", https)).merge(("secret_key", atual));
    com_chave(com(loja, ajustes.merge(("secret_keys_anteriores", outras))), atual)
}

pub fn com_chave(aplicacao: Rocket<Build>, chave: &str) -> Visitante {
    let dela = aplicacao.figment().clone().merge(("secret_key", chave));
    Visitante::de(Client::untracked(aplicacao.configure(dela)).unwrap())
}

pub fn agora() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

pub fn esperar(visitante: &Visitante, tempo: Duration) {
    let segundos: &Arc<AtomicI64> = visitante.servidor().rocket().state().unwrap();
    segundos.fetch_add(tempo.whole_seconds(), Ordering::SeqCst);
}

pub fn visitante() -> Visitante {
    Visitante::novo(aplicacao())
}

pub fn em(loja: &Loja) -> Visitante {
    Visitante::novo(com(loja, configuracao()))
}

pub fn maria() -> Visitante {
    maria_em(&memoria())
}

pub fn maria_em(loja: &Loja) -> Visitante {
    let mut maria = em(loja);
    maria.entrar_com("maria", "456").leva_a("/dashboard", "maria");
    maria
}

pub fn trocar_senha(maria: &mut Visitante) -> Resposta {
    maria.enviar("/sessoes", "/senha", &[("atual", "456"), ("nova", SENHA_NOVA)])
}

#[track_caller]
pub fn so_entra_com(maria: &Visitante, certa: &str, errada: &str) {
    maria.outro().entrar_com("maria", errada).login_invalido(errada);
    maria.outro().entrar_com("maria", certa).leva_a("/dashboard", certa);
}

#[track_caller]
pub fn recusa(resposta: &Resposta, codigo: u16, motivo: &str) {
    let diz = resposta.corpo.contains(motivo);
    assert!(resposta.codigo == codigo && diz, "{codigo}: {}", resposta.corpo);
}

pub fn por(visitante: &mut Visitante, produto: &str) -> Resposta {
    visitante.postar("/carrinho", &format!("produto={produto}"))
}

pub fn id(visitante: &Visitante) -> String {
    let (nome, valor) = visitante.cookies.first_key_value().unwrap();
    let pedido = visitante.servidor().get("/").cookie((nome.clone(), valor.clone()));
    pedido.inner().cookies().get_private(nome).unwrap().value().to_owned()
}

/// O texto da sessão que o admin teria, com estas horas.
pub fn texto(criada: i64, usada: i64) -> String {
    let carimbo = DA_LICAO[0].carimbo();
    let valores = json!({ "user_id": 1, "role": "dono", "carimbo": carimbo });
    let marcas = json!({ "criada": criada, "usada": usada, "lembrar": false });
    let tudo = json!({ "marcas": marcas, "navegador": "", "valores": valores });
    tudo.to_string().replacen('{', "{\"versao\":1,", 1)
}

/// Um navegador, no mesmo servidor, cujo cookie aponta um registro com este texto.
pub fn com_registro(servidor: &Visitante, texto: &str) -> Visitante {
    let mut visitante = servidor.outro();
    visitante.forjar(COOKIE, guardar(servidor, texto, "admin"));
    visitante
}

/// Guarda um registro desta pessoa, com este texto; responde o id dele.
pub fn guardar(servidor: &Visitante, texto: &str, dono: &str) -> String {
    let id = shared::chave_nova().unwrap();
    let (texto, vence) = (texto.to_owned(), agora() + 3_600);
    let registro = Registro { texto, dono: Some(format!("sessoes:{dono}")), vence };
    let chave = Resumo::do_id("sessoes", &id);
    ja(armazem_de(servidor).gravar(&chave, &registro, None)).unwrap().unwrap();
    id
}

pub fn guardada(servidor: &Visitante, id: &str) -> Option<Value> {
    let lido = ja(armazem_de(servidor).ler(&Resumo::do_id("sessoes", id))).unwrap();
    lido.map(|(registro, _)| serde_json::from_str(&registro.texto).unwrap())
}

fn armazem_de(servidor: &Visitante) -> &dyn Armazem {
    servidor.servidor().rocket().state::<Sessoes>().unwrap().armazem()
}

pub fn de_quem(loja: &Loja, username: &str) -> Vec<(Resumo, Registro)> {
    ja(loja.do_dono(&format!("sessoes:{username}"))).unwrap().unwrap()
}

fn ja<T>(operacao: impl Future<Output = T>) -> T {
    operacao.now_or_never().unwrap()
}

/// Um armazenamento que anota o que lhe pedem, e em que algo acontece logo antes.
pub struct Intrometido {
    pub dentro: Loja,
    lista: bool,
    pub pedidos: Mutex<Vec<&'static str>>,
    antes: Mutex<(&'static str, u32, Funcao)>,
}

type Feito = Result<(), Falha>;
type Funcao = fn(&dyn Armazem, &Resumo) -> Feito;

/// Sem a lista, ele não sabe procurar as sessões de uma pessoa.
pub fn intrometido(lista: bool) -> Arc<Intrometido> {
    let (pedidos, antes) = (Mutex::default(), Mutex::new(("", 0, encerrar as Funcao)));
    Arc::new(Intrometido { dentro: memoria(), lista, pedidos, antes })
}

pub fn com_intrometido() -> (Arc<Intrometido>, Visitante) {
    let loja = intrometido(true);
    let maria = maria_em(&(loja.clone() as Loja));
    (loja, maria)
}

impl Intrometido {
    /// Faz isto antes desta operação, no máximo tantas vezes.
    pub fn antes(&self, operacao: &'static str, vezes: u32, funcao: Funcao) {
        *self.antes.lock().unwrap() = (operacao, vezes, funcao);
    }

    pub fn falha(&self, operacao: &'static str) {
        self.antes(operacao, u32::MAX, |_, _| Err(Falha::de("parado")));
    }

    pub fn responde(&self) {
        self.falha("");
    }

    fn antes_de(&self, operacao: &'static str, resumo: &Resumo) -> Feito {
        self.pedidos.lock().unwrap().push(operacao);
        let mut antes = self.antes.lock().unwrap();
        if antes.0 != operacao || antes.1 == 0 {
            return Ok(());
        }
        antes.1 -= 1;
        (antes.2)(self.dentro.as_ref(), resumo)
    }
}

#[async_trait]
impl Armazem for Intrometido {
    async fn gravar(
        &self,
        resumo: &Resumo,
        registro: &Registro,
        lida: Option<Versao>,
    ) -> DoArmazem<Option<Versao>> {
        self.antes_de(if lida.is_some() { "trocar" } else { "criar" }, resumo)?;
        self.dentro.gravar(resumo, registro, lida).await
    }

    async fn ler(&self, resumo: &Resumo) -> DoArmazem<Option<(Registro, Versao)>> {
        self.antes_de("ler", resumo)?;
        self.dentro.ler(resumo).await
    }

    async fn apagar(&self, resumo: &Resumo, lida: Option<Versao>) -> DoArmazem<bool> {
        self.antes_de("apagar", resumo)?;
        self.dentro.apagar(resumo, lida).await
    }

    async fn do_dono(&self, dono: &str) -> DoArmazem<Option<Vec<(Resumo, Registro)>>> {
        if self.lista { self.dentro.do_dono(dono).await } else { Ok(None) }
    }
}

pub fn mudar_o_carrinho(dentro: &dyn Armazem, qual: &Resumo, novo: Value) -> Feito {
    let (mut registro, versao) = ja(dentro.ler(qual))?.unwrap();
    let mut guardada: Value = serde_json::from_str(&registro.texto).unwrap();
    guardada["valores"]["carrinho"] = novo;
    registro.texto = guardada.to_string();
    ja(dentro.gravar(qual, &registro, Some(versao))).map(|_| ())
}

pub fn encerrar(dentro: &dyn Armazem, chave: &Resumo) -> Feito {
    ja(dentro.apagar(chave, None)).map(|_| ())
}
