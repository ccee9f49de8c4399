const INATIVIDADE: i64 = 30 * 60;

fn main() {
    let (agora, usada): (i64, i64) = (10_000, 50_000);
    let sem_uso = agora.saturating_sub(usada);
    println!("{sem_uso} {}", sem_uso < INATIVIDADE);
}
