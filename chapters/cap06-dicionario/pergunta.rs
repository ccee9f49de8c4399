use std::collections::BTreeMap;

fn recuperar(sessao: &BTreeMap<&str, String>, chave: &str) -> Option<Vec<String>> {
    Some(sessao.get(chave)?.split(' ').map(str::to_owned).collect())
}

fn main() {
    let sessao = BTreeMap::from([("carrinho", "caneca".to_owned())]);
    let mut produtos = recuperar(&sessao, "carrinho").unwrap_or_default();
    produtos.push("camiseta".to_owned());
    println!("{:?}", recuperar(&sessao, "carrinho"));
}
