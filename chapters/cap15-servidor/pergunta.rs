use std::str::FromStr;

trait Armazem {
    fn ler<T: FromStr>(&self, nome: &str) -> Option<T>;
}

struct Sessao<'r> {
    armazem: &'r dyn Armazem,
}
