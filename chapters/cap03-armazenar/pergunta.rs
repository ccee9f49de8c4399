fn login_submit(username: &str) -> &str {
    let permitido = "admin";
    match username {
        permitido => "303",
        _ => "401",
    }
}

fn main() {
    println!("{}", login_submit("caio"));
}
