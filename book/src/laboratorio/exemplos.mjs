// Cookies de verdade, que a lição deu em Flask e em Rocket: um teste os abre com a chave abaixo.
export const FLASK = ".eJyrVirKz0lVslJKTMnNzFPSUSotTi2Kz0xRsjI0MjYxhfDzEnMRSmoBqEEQYQ.awNuJg.2ylzAkoTEDxtaUr0pWYYkfeS_dY";
export const FLASK_CURTO = "eyJ0ZW1hIjoiZXNjdXJvIn0.awNuJg.ra_MBheiZj9r7o5EN5loHzu3pzk";
export const ROCKET = { nome: "username", valor: "MuCM4nn1bFIlGxpA14mDH0JTd%2FpfFKE0zhsnE49h%2FBGn" };
// Uma chave de verdade é sorteada; esta só abre os exemplos.
export const CHAVE_DE_BRINQUEDO = "a".repeat(64);
