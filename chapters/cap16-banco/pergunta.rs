fn main() {
    let url = Some("sqlite:sessoes.db".to_owned());
    let caminho = url.and_then(|url| url.strip_prefix("sqlite:"));
    println!("{caminho:?}");
}
