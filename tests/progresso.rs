//! `cargo progresso` diz a verdade sobre o que passa e o que falta.

use std::fs;

use tests::processo::{ate_o_fim, comando};
use tests::progresso::{
    Falha, Parte, Resultado, como_veio, entender, partes, proximo_passo, reiniciar,
    relato, tabela,
};
use tests::{arquivos, capitulos, git, ler, raiz};

/// Uma saída de `cargo test` com um teste que falha.
const COM_FALHA: &str = "
running 2 tests
test tests::a_raiz_leva_ao_login ... ok
test tests::o_perfil_recupera_o_cargo ... FAILED

failures:

---- tests::o_perfil_recupera_o_cargo stdout ----

thread 'tests::o_perfil_recupera_o_cargo' (123) panicked at chapters/cap04-recuperar/src/tests.rs:201:5:
o perfil deveria dizer admin
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace


failures:
    tests::o_perfil_recupera_o_cargo

test result: FAILED. 1 passed; 1 failed; 0 ignored
";

#[test]
fn cada_capitulo_do_disco_e_uma_parte() {
    let partes = partes(raiz()).unwrap();
    let nomes: Vec<_> = partes.iter().filter(|parte| !parte.exercicio).collect();
    assert_eq!(
        nomes.iter().map(|parte| &parte.nome).collect::<Vec<_>>(),
        capitulos().iter().collect::<Vec<_>>()
    );
}

#[test]
fn a_tabela_que_o_livro_mostra_conta_os_testes_que_existem() {
    let tabela = ler(raiz().join("book/saidas/como-usar-progresso.txt"));
    for parte in partes(raiz()).unwrap() {
        let fontes = arquivos(&raiz().join(&parte.pasta).join("src"));
        let testes: usize =
            fontes.iter().map(|fonte| ler(fonte).matches("test]\n").count()).sum();
        let certa = tabela.lines().any(|linha| {
            linha.contains(&format!(" {} ", parte.nome))
                && linha.ends_with(&format!(" de {testes}"))
        });
        assert!(certa, "{}: {testes} testes\n{tabela}", parte.nome);
    }
}

#[test]
fn um_teste_que_falha_aparece_como_frase_com_o_lugar_e_a_mensagem() {
    let Resultado::Falhou { passam, falhas } = entender(COM_FALHA, "") else {
        panic!("deveria ter falhado")
    };
    assert_eq!(passam, 1);
    let esperada = Falha {
        frase: "o perfil recupera o cargo".to_owned(),
        lugar: "chapters/cap04-recuperar/src/tests.rs:201:5".to_owned(),
        mensagem: "o perfil deveria dizer admin".to_owned(),
    };
    assert_eq!(falhas, [esperada]);
}

#[test]
fn um_programa_que_nao_compila_nao_conta_como_resolvido() {
    let resultado = entender("", "error[E0425]: cannot find value `x`");
    assert!(matches!(resultado, Resultado::NaoCompila(_)), "{resultado:?}");
}

#[test]
fn tudo_certo_conta_os_testes_e_nao_tem_proximo_passo() {
    let resultado = entender("test tests::a ... ok\ntest tests::b ... ok\n", "");
    assert_eq!(resultado, Resultado::Passou { testes: 2 });
    assert_eq!(proximo_passo(&[(capitulo(), resultado)]), None);
}

#[test]
fn um_capitulo_quebrado_vem_antes_de_um_exercicio_por_resolver() {
    let quebrado = (capitulo(), entender(COM_FALHA, ""));
    let por_resolver = (exercicio(), entender(COM_FALHA, ""));
    let passo = proximo_passo(&[por_resolver, quebrado]).unwrap();
    assert!(passo.starts_with("conserte cap04-recuperar"), "{passo}");
    assert!(passo.contains("git restore chapters/cap04-recuperar"), "{passo}");

    let passo = proximo_passo(&[(exercicio(), entender(COM_FALHA, ""))]).unwrap();
    assert!(
        passo.contains("chapters/cap04-recuperar/exercicio/src/main.rs"),
        "{passo}"
    );
    assert!(passo.contains("procure TODO"), "{passo}");
    assert!(passo.ends_with("cargo test -p ex04-ola"), "{passo}");

    let nao_compila = (exercicio(), entender("", "error[E0425]: cannot find value"));
    let passo = proximo_passo(&[nao_compila]).unwrap();
    assert!(passo.contains("corrija o erro acima"), "{passo}");
    assert!(!passo.contains("TODO"), "{passo}");
}

#[test]
fn a_tabela_e_o_relato_mostram_o_que_falhou_sem_uma_parede_de_texto() {
    let resultados =
        [(capitulo(), entender(COM_FALHA, "")), (exercicio(), entender(COM_FALHA, ""))];
    assert_eq!(
        tabela(&resultados),
        "  ✘ cap04-recuperar  1 de 2\n  · ex04-ola         1 de 2\n"
    );
    let relato = relato(&resultados);
    assert!(relato.contains("cap04-recuperar: o perfil recupera o cargo"), "{relato}");
    assert!(
        relato.contains("em chapters/cap04-recuperar/src/tests.rs:201:5"),
        "{relato}"
    );
    assert!(
        !relato.contains("ex04"),
        "um exercício por resolver não é uma falha:\n{relato}"
    );
    assert!(relato.lines().count() < 8, "{relato}");
}

#[test]
fn cargo_progresso_recusa_em_portugues_o_que_nao_entende() {
    for (argumentos, trecho) in [
        (["--nada"].as_slice(), "não entendi"),
        (&["--reiniciar"], "diga qual"),
        (&["--reiniciar", "ex99"], "não há um exercício `ex99`"),
    ] {
        let mut progresso = comando("progresso");
        progresso.args(argumentos);
        let (certo, saida) = ate_o_fim(progresso);
        assert!(
            !certo && saida.starts_with("erro: ") && saida.contains(trecho),
            "{saida}"
        );
    }
    let mut ajuda = comando("progresso");
    ajuda.arg("--ajuda");
    let (certo, saida) = ate_o_fim(ajuda);
    assert!(certo && saida.contains("Uso: cargo progresso"), "{saida}");
}

#[test]
#[ignore = "precisa de git"]
fn reiniciar_devolve_o_comeco_e_guarda_a_versao_do_estudante() {
    let copia = tempfile::tempdir().unwrap();
    let fonte = copia.path().join(exercicio().pasta).join("src/main.rs");
    fs::create_dir_all(fonte.parent().unwrap()).unwrap();
    git(copia.path(), &["init", "--quiet"]);
    for (versao, mensagem) in
        [("// TODO: comece\n", "veio"), ("// resolvi\n", "resolvi")]
    {
        fs::write(&fonte, versao).unwrap();
        git(copia.path(), &["add", "--all"]);
        git(copia.path(), &["commit", "--quiet", "--message", mensagem]);
    }
    for numero in 1..=2 {
        fs::write(&fonte, format!("// tentativa {numero}\n")).unwrap();
        assert_eq!(como_veio(copia.path(), &exercicio()), Ok(false));
        let guardada = reiniciar(copia.path(), &exercicio()).unwrap();
        assert_eq!(ler(&fonte), "// TODO: comece\n");
        assert_eq!(ler(&guardada), format!("// tentativa {numero}\n"));
        assert!(guardada.ends_with(format!("minha-versao-{numero}.rs")));
        assert_eq!(como_veio(copia.path(), &exercicio()), Ok(true));
    }
}

fn capitulo() -> Parte {
    let pasta = "chapters/cap04-recuperar".into();
    Parte { nome: "cap04-recuperar".to_owned(), pasta, exercicio: false }
}

fn exercicio() -> Parte {
    let pasta = "chapters/cap04-recuperar/exercicio".into();
    Parte { nome: "ex04-ola".to_owned(), pasta, exercicio: true }
}
