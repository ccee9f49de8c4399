fn remover(chave: &'static str) {
    println!("{chave}");
}

fn limpar() {
    for numero in 1..=3 {
        let chave = format!("produto{numero}");
        remover(&chave);
    }
}
