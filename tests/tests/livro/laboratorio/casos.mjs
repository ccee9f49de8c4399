// O que o Laboratório lê e o que ele recusa, sem navegador: executado por laboratorio.rs.

import assert from "node:assert/strict";
import test from "node:test";
import { createCipheriv, createHmac, randomBytes, webcrypto } from "node:crypto";
import { deflateSync } from "node:zlib";
import * as exemplos from "../../../../book/src/laboratorio/exemplos.mjs";
import * as lab from "../../../../book/src/laboratorio/ler.mjs";

// Até o Node 18, o `crypto` dos navegadores não vinha à mão.
globalThis.crypto ??= webcrypto;

const url = (dados) => Buffer.from(dados).toString("base64url");
const HORA = url([0x69, 0x22, 0x35, 0x40]);
const MARCA = url(new Uint8Array(20));
const flask = (json, hora = HORA, marca = MARCA) => `${url(json)}.${hora}.${marca}`;
const zlib = (dados) => `.${url(deflateSync(dados))}.${HORA}.${MARCA}`;

test("lê o cookie gravado do Flask", async () => {
  const lido = await lab.lerFlask(exemplos.FLASK);
  assert.deepEqual(JSON.parse(lido.json), { username: "admin", user_id: 12345, role: "admin" });
  // O login da lição já compensa comprimir.
  assert.equal(lido.comprimido, true);
  assert.ok(lido.bytes.comprimidos < lido.bytes.abertos);
  assert.equal(lido.aviso, undefined);
  // A hora da gravação: depois da primeira versão do livro, e não no futuro.
  assert.ok(lido.data > new Date("2025-01-01") && lido.data < Date.now() + 86_400_000, lido.data);
});

// Como o Flask assina: a adulterada é a troca que a página sugere.
test("só o exemplo adulterado não tem a assinatura da chave de brinquedo", () => {
  const chave = createHmac("sha1", exemplos.CHAVE_DE_BRINQUEDO).update("cookie-session").digest();
  const assinado = (cookie) => {
    const [, texto, marca] = /^(.*)\.([^.]+)$/.exec(cookie);
    return createHmac("sha1", chave).update(texto).digest("base64url") === marca;
  };
  const adulterado = exemplos.FLASK_CURTO.replace("ZXNj", "RXNj");
  const assinados = [exemplos.FLASK, exemplos.FLASK_CURTO, adulterado].map(assinado);
  assert.deepEqual(assinados, [true, true, false]);
});

test("lê o cookie do Flask colado de outros jeitos", async () => {
  const valor = exemplos.FLASK;
  const esperado = await lab.lerFlask(valor);
  for (const colado of [
    `session=${valor}`,
    ` \n${valor}\n`,
    `"${valor}"`,
    `session:"${valor}"`,
    `Set-Cookie: session=${valor}; HttpOnly; Path=/`,
    `cookie: session=${valor}; outro=1`,
    `${valor.slice(0, 20)}\n${valor.slice(20)}`,
  ]) {
    assert.deepEqual(await lab.lerFlask(colado), esperado, colado);
  }
});

test("lê o conteúdo, mesmo adulterado, com acentos ou com números longos", async () => {
  for (const [colado, json] of [
    [exemplos.FLASK_CURTO, /"tema": "escuro"/],
    // A troca que a página sugere.
    [exemplos.FLASK_CURTO.replace("ZXNj", "RXNj"), /"tema": "Escuro"/],
    [flask('{"nome":"Jo\\u00e3o"}'), /João/],
    [flask('{"id":12345678901234567890}'), /12345678901234567890/],
  ]) {
    assert.match((await lab.lerFlask(colado)).json, json);
  }
  assert.equal((await lab.lerFlask(exemplos.FLASK_CURTO)).comprimido, false);
  // O carimbo são segundos desde 1970, e passa de 32 bits.
  const carimbo = url([0x00, 0xff, 0xff, 0xff, 0xff]);
  assert.equal((await lab.lerFlask(flask("{}", carimbo))).data.toISOString(), "2106-02-07T06:28:15.000Z");
});

test("explica o que não é um cookie do Flask", async () => {
  const jwt = `${url('{"alg":"HS256","typ":"JWT"}')}.${url('{"sub":"1"}')}.${MARCA}`;
  for (const [colado, motivo] of [
    ["", /Falta o cookie/],
    ["   ", /Falta o cookie/],
    ["isto não é um cookie", /não parece um cookie do Flask/],
    [exemplos.ROCKET.valor, /cookie privado do Rocket: use a parte 2/],
    [exemplos.FLASK_CURTO.split(".")[0], /três partes/],
    [exemplos.FLASK_CURTO.split(".").slice(0, 2).join("."), /Falta uma parte/],
    [`${exemplos.FLASK}.${exemplos.FLASK}`, /partes demais/],
    [`eyJ@.${HORA}.${MARCA}`, /"@", na posição 4 da parte "conteúdo", não existe em base64url/],
    [`eyJ😀.${HORA}.${MARCA}`, /"😀"/],
    [`eyJ1c.${HORA}.${MARCA}`, /parte "conteúdo" está incompleto/],
    [flask("{}", "a?b"), /parte "horário"/],
    [flask("{}", ""), /não é um horário/],
    [flask("{}", url(new Uint8Array(6))), /não é um horário/],
    [jwt, /parece um JWT/],
    [flask("nada de JSON"), /não é um dicionário em JSON/],
    [flask("[1]"), /não é um dicionário/],
    [flask("null"), /não é um dicionário/],
    [flask([0xff, 0xfe]), /não é texto/],
    [`.${url("nada de zlib")}.${HORA}.${MARCA}`, /não é zlib/],
    [`.${url(deflateSync("{}").subarray(0, 5))}.${HORA}.${MARCA}`, /não é zlib/],
    [`.${exemplos.FLASK_CURTO}`, /não é zlib/],
    ["a".repeat(4097), /4\.097 caracteres/],
  ]) {
    assert.match((await lab.lerFlask(colado)).erro ?? "", motivo, colado);
  }
});

test("avisa de uma assinatura cortada, e ainda lê", async () => {
  const lido = await lab.lerFlask(exemplos.FLASK.slice(0, -1));
  assert.match(lido.json, /admin/);
  assert.ok(lido.aviso);
});

test("para no meio de uma bomba de descompressão", async () => {
  const bomba = zlib(`{"a":"${"a".repeat(2_000_000)}"}`);
  assert.ok(bomba.length <= lab.LIMITE_DO_COOKIE, bomba.length);
  assert.match((await lab.lerFlask(bomba)).erro, /bomba de descompressão/);
  const justo = `{"a":"${"a".repeat(lab.LIMITE_ABERTO - 8)}"}`;
  assert.equal((await lab.lerFlask(zlib(justo))).bytes.abertos, lab.LIMITE_ABERTO);
  assert.match((await lab.lerFlask(zlib(`${justo} `))).erro, /bomba/);
  // Um JSON fundo demais também é um erro, e não uma exceção.
  assert.ok((await lab.lerFlask(zlib(`{"a":${"[".repeat(30_000)}${"]".repeat(30_000)}}`))).erro);
});

test("mede o cookie do Rocket sem a chave", () => {
  const medido = lab.medirRocket(exemplos.ROCKET.valor);
  assert.equal(medido.erro, undefined);
  assert.deepEqual([medido.nonce, medido.texto, medido.marca], [12, "admin".length, 16]);
  const inteira = lab.medirRocket(`set-cookie: username=${exemplos.ROCKET.valor}; HttpOnly; SameSite=Strict`);
  assert.deepEqual(inteira, { ...medido, nome: "username" });
  assert.deepEqual(lab.medirRocket(decodeURIComponent(exemplos.ROCKET.valor)), medido);
});

test("abre o cookie do Rocket com a chave de brinquedo, de qualquer jeito que se cole", async () => {
  const { nome, valor } = exemplos.ROCKET;
  const chave = exemplos.CHAVE_DE_BRINQUEDO;
  for (const caso of [
    [valor, nome, chave],
    [decodeURIComponent(valor), nome, chave],
    [`${nome}=${valor}`, ` ${nome} `, `export ROCKET_SECRET_KEY="${chave}"`],
  ]) {
    assert.deepEqual(await lab.abrirRocket(...caso), { valor: "admin" }, caso.join(" "));
  }
});

test("abre o que o Rocket fechou, em todo formato de chave que ele aceita", async () => {
  const fechados = JSON.parse(process.env.FECHADOS_PELO_ROCKET ?? "[]");
  assert.ok(fechados.length >= 7, "execute por cargo test, que traz os cookies");
  for (const { chave, valor } of fechados) {
    assert.deepEqual(await lab.abrirRocket(valor, "username", chave), { valor: "admin" }, chave);
  }
});

test("abre um valor vazio, um com acentos e um no limite", async () => {
  for (const texto of ["", "João 🚀", "\ufeffmarca", "a".repeat(3_000)]) {
    assert.deepEqual(await lab.abrirRocket(fechar(texto), "nome", exemplos.CHAVE_DE_BRINQUEDO), { valor: texto });
  }
  assert.match((await lab.abrirRocket(fechar([0xff]), "nome", exemplos.CHAVE_DE_BRINQUEDO)).erro, /não é texto/);
});

test("explica por que o cookie do Rocket não abre", async () => {
  const { nome, valor } = exemplos.ROCKET;
  const chave = exemplos.CHAVE_DE_BRINQUEDO;
  const outra = `b${chave.slice(1)}`;
  const trocado = valor.replace(/^./, (letra) => (letra === "A" ? "B" : "A"));
  for (const [caso, motivo] of [
    [[valor, nome, outra], /A chave é outra, o nome é outro, ou algum caractere/],
    [[valor, "role", chave], /o nome é outro/],
    [[trocado, nome, chave], /algum caractere do cookie mudou/],
    [[valor, "", chave], /Falta o nome/],
    [[valor, nome, ""], /Falta a chave/],
    [[valor, nome, "minha-chave"], /11 caracteres/],
    [[valor, nome, "z".repeat(64)], /não é hexadecimal/],
    [[valor, nome, "0".repeat(64)], /só tem zeros/],
    [[valor, nome, "*".repeat(44)], /não é base64/],
    [[valor, nome, `${"YWFh".repeat(10)}YQ==`], /menos de 32 bytes/],
    [[valor, nome, `${"A".repeat(86)}==`], /só tem zeros/],
    [["", nome, chave], /Falta o cookie/],
    [["%", nome, chave], /Há um `%`/],
    [[exemplos.FLASK, nome, chave], /cookie do Flask: use a parte 1/],
    [[exemplos.FLASK_CURTO, nome, chave], /cookie do Flask: use a parte 1/],
    [["abc$", nome, chave], /"\$", na posição 4/],
    [[decodeURIComponent(valor).slice(0, -3), nome, chave], /base64 está incompleto/],
    // Bits de sobra no último caractere: o Rocket recusa, e um leitor frouxo os ignoraria.
    [[fechar("Ana").replace(/.==$/, "B=="), "nome", chave], /base64 está incompleto ou danificado/],
    [[valor, nome, `${"YWFh".repeat(10)}YWF=`], /não é base64/],
    [["YWRtaW4=", nome, chave], /tem 5 bytes/],
    [["a".repeat(4097), nome, chave], /4\.097 caracteres/],
  ]) {
    assert.match((await lab.abrirRocket(...caso)).erro ?? "", motivo, caso.join(" "));
  }
  const semCripto = await lab.abrirRocket(valor, nome, chave, {});
  assert.match(semCripto.erro, /endereços seguros: HTTPS, localhost ou 127\.0\.0\.1/);
});

test("em um cookie curto, nenhum caractere pode mudar", async () => {
  const valor = decodeURIComponent(exemplos.ROCKET.valor);
  for (let i = 0; i < valor.length; i++) {
    const trocado = valor.slice(0, i) + (valor[i] === "x" ? "y" : "x") + valor.slice(i + 1);
    assert.ok((await lab.abrirRocket(trocado, "username", exemplos.CHAVE_DE_BRINQUEDO)).erro, `posição ${i}`);
  }
});

test("um cookie estragado nunca vira uma exceção", async () => {
  for (let vez = 0; vez < 1_000; vez++) {
    const [deFlask, deRocket] = [estragar(exemplos.FLASK), estragar(exemplos.ROCKET.valor)];
    const { nome } = exemplos.ROCKET;
    for (const lido of [
      await lab.lerFlask(deFlask),
      lab.medirRocket(deRocket),
      await lab.abrirRocket(deRocket, nome, exemplos.CHAVE_DE_BRINQUEDO),
    ]) {
      const certo = "json" in lido || "nonce" in lido || "valor" in lido || lido.erro.length > 10;
      assert.ok(certo, JSON.stringify([deFlask, deRocket, lido]));
    }
  }
});

/** Troca, tira ou põe um byte qualquer. */
function estragar(texto) {
  const onde = randomBytes(1)[0] % texto.length;
  const novo = String.fromCharCode(randomBytes(1)[0]);
  return texto.slice(0, onde) + novo + texto.slice(onde + (randomBytes(1)[0] % 2));
}

/** Fecha um valor como a crate `cookie` fecha, com outra biblioteca que não a da página. */
function fechar(valor) {
  const mestra = Buffer.from(exemplos.CHAVE_DE_BRINQUEDO, "hex");
  const contexto = Buffer.from("COOKIE;SIGNED:HMAC-SHA256;PRIVATE:AEAD-AES-256-GCM");
  const passo = (...dados) => createHmac("sha256", mestra).update(Buffer.concat(dados)).digest();
  const primeira = passo(contexto, Buffer.from([1]));
  const nonce = randomBytes(12);
  const aes = createCipheriv("aes-256-gcm", passo(primeira, contexto, Buffer.from([2])), nonce);
  aes.setAAD(Buffer.from("nome"));
  const fechado = Buffer.concat([aes.update(Buffer.from(valor)), aes.final()]);
  return Buffer.concat([nonce, fechado, aes.getAuthTag()]).toString("base64");
}
