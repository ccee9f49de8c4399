struct Vez;

impl Drop for Vez {
    fn drop(&mut self) {
        print!("[passa a vez]");
    }
}

fn main() {
    let _ = Vez;
    print!("[grava]");
}
