fn main() {
    let atual = Some("chave 2".to_owned());
    let mut anteriores = Vec::new();
    for nova in ["chave 1".to_owned(), "chave 2".to_owned()] {
        if atual == Some(nova) {
            continue;
        }
        anteriores.push(nova);
    }
    println!("{anteriores:?}");
}
