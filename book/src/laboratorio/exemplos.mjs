// Cookies de verdade, que a lição deu em Flask e em Rocket: um teste os abre com a chave abaixo.
export const FLASK = ".eJyrVirKz0lVslJKTMnNzFPSUSotTi2Kz0xRsjI0MjYxhfDzEnMRSmoBqEEQYQ.awNuJg.2ylzAkoTEDxtaUr0pWYYkfeS_dY";
export const FLASK_CURTO =
  // ANCHOR: flask
  "eyJ0ZW1hIjoiZXNjdXJvIn0.awNuJg.ra_MBheiZj9r7o5EN5loHzu3pzk";
  // ANCHOR_END: flask
export const ROCKET = {
  nome: "username",
  // ANCHOR: rocket
  valor: "MuCM4nn1bFIlGxpA14mDH0JTd%2FpfFKE0zhsnE49h%2FBGn",
  // ANCHOR_END: rocket
};
// Uma chave de verdade é sorteada; esta só abre os exemplos.
export const CHAVE_DE_BRINQUEDO = "a".repeat(64);
