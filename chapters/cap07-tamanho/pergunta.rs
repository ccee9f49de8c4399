struct NaoCabe;
struct Recusa(NaoCabe);

fn armazenar(bytes: usize) -> Result<(), NaoCabe> {
    if bytes > 2_800 { Err(NaoCabe) } else { Ok(()) }
}

fn login_submit() -> Result<&'static str, Recusa> {
    armazenar(5_000)?;
    Ok("/dashboard")
}
