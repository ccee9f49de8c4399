fn abre_admin(role: &str) -> bool {
    match role {
        "admin" => true,
        "cliente" => false,
    }
}
