//! O que dizer a quem tenta iniciar um capítulo e não consegue.

use std::panic;
use std::sync::Once;

/// Depois do erro em inglês com que o Rocket desiste de iniciar, diz em português o que fazer.
pub fn explicar_a_partida() {
    static UMA_VEZ: Once = Once::new();
    UMA_VEZ.call_once(|| {
        let de_sempre = panic::take_hook();
        panic::set_hook(Box::new(move |panico| {
            de_sempre(panico);
            if let Some(conselho) = panico.payload_as_str().and_then(o_que_fazer) {
                eprintln!("\n{conselho}");
            }
        }));
    });
}

/// O que fazer, em português, pelo motivo com que o Rocket desiste de iniciar. `None` se quem
/// executa o programa não pode fazer nada.
pub fn o_que_fazer(motivo: &str) -> Option<&'static str> {
    match motivo {
        "aborting due to socket bind error" => Some(
            "Outro programa já usa esta porta. Encerre-o com Ctrl+C no terminal dele ou, se \
             é de outra pessoa, acrescente ao comando: --config \"env.ROCKET_PORT='8001'\". \
             No livro, defina ROCKET_PORT=8001 e inicie-o de novo.",
        ),
        "aborting due to insecure configuration" => Some(
            "Falta a chave secreta, que fora do debug é obrigatória. Gere uma com \
             `cargo run -p cap02-chave-secreta --bin gerar-chave` e defina ROCKET_SECRET_KEY.",
        ),
        "aborting due to invalid configuration" => Some(
            "Corrija o valor que está depois de “for key”, na variável ROCKET_* ou no \
             Rocket.toml. Se for SECRET_KEY, a chave está incompleta ou tem uma letra errada; \
             se ela aparece inteira acima, está exposta: gere outra.",
        ),
        _ => None,
    }
}
