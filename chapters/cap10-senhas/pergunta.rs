use std::thread;

fn conferir(password: &str) -> bool {
    let calculo = thread::spawn(move || password == "123");
    calculo.join().unwrap_or(false)
}
