use std::cell::OnceCell;

fn main() {
    let anotacao = OnceCell::new();
    anotacao.get_or_init(|| "foi aberta");
    println!("{}", anotacao.get_or_init(|| "não foi aberta"));
}
