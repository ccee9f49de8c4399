use std::collections::HashMap;

#[derive(Clone, Copy)]
struct Contagem {
    tentativas: u32,
}
fn main() {
    let contagens = HashMap::from([("maria", Contagem { tentativas: 9 })]);
    let mut contagem = contagens["maria"];
    contagem.tentativas += 1;
    println!("{}", contagens["maria"].tentativas);
}
