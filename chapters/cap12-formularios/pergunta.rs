fn de_outra_origem(sec_fetch_site: &[&str]) -> bool {
    match sec_fetch_site {
        ["same-origin" | "none"] | [] => false,
        _ => true,
    }
}

fn main() {
    println!("{}", de_outra_origem(&["same-origin", "same-origin"]));
}
