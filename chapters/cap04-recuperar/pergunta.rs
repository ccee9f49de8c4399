use std::str::FromStr;

fn recuperar<T: FromStr>(cookie: Option<&str>) -> Option<T> {
    cookie?.parse().ok()
}

fn main() {
    let role = recuperar(Some("admin")).unwrap_or("visitante");
    println!("{role}");
}
