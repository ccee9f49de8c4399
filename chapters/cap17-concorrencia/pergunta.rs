type Mudanca = Box<dyn Fn(&mut Vec<String>)>;

fn adicionar(produto: String) -> Mudanca {
    Box::new(move |carrinho| carrinho.push(produto))
}

fn main() {
    let mut carrinho = Vec::new();
    adicionar("caneca".to_owned())(&mut carrinho);
    println!("{carrinho:?}");
}
