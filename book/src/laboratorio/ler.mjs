// Lê cookies sem servidor: entra texto, sai um objeto. Um erro é um valor, `{ erro }`, e nunca uma exceção.

/** Quanto um navegador guarda em um cookie, em bytes. */
export const LIMITE_DO_COOKIE = 4096;
/** Quanto aceitamos descomprimir: poucos bytes de zlib podem virar gigabytes. */
export const LIMITE_ABERTO = 65_536;

const TAMANHO_DO_NONCE = 12;
const TAMANHO_DA_MARCA = 16;
const TAMANHO_DA_ASSINATURA = 20;
// O texto que a crate `cookie` mistura à chave; com ele, a mesma chave serve para assinar e para criptografar.
const CONTEXTO = "COOKIE;SIGNED:HMAC-SHA256;PRIVATE:AEAD-AES-256-GCM";

const numero = (valor) => valor.toLocaleString("pt-BR");

// ——— O cookie do Flask: conteúdo.carimbo.assinatura, cada parte em base64url ———

/** Lê um cookie de sessão do Flask sem chave nenhuma. */
export async function lerFlask(colado) {
  const { erro, valor } = separar(colado);
  if (erro) return { erro };

  const comprimido = valor.startsWith(".");
  const partes = valor.slice(comprimido ? 1 : 0).split(".");
  if (partes.length !== 3) return { erro: semTresPartes(valor, partes.length) };

  const [conteudo, carimbo, assinatura] = partes;
  const bruto = deBase64Url(conteudo, "conteúdo");
  if (bruto.erro) return bruto;
  const aberto = comprimido ? await descomprimir(bruto.bytes) : bruto;
  if (aberto.erro) return aberto;
  const sessao = deJson(aberto.bytes);
  if (sessao.erro) return sessao;
  const hora = deBase64Url(carimbo, "horário");
  if (hora.erro) return hora;
  // Cinco bytes vão além do ano 30.000: mais do que isso não é um carimbo.
  if (hora.bytes.length === 0 || hora.bytes.length > 5) return { erro: semCarimbo(sessao.valor) };

  const marca = deBase64Url(assinatura, "assinatura");
  return {
    partes: { conteudo, carimbo, assinatura },
    comprimido,
    bytes: { comprimidos: bruto.bytes.length, abertos: aberto.bytes.length },
    json: sessao.texto,
    data: new Date(segundos(hora.bytes) * 1000),
    aviso: marca.erro ?? avisoDaAssinatura(marca.bytes.length),
  };
}

function semTresPartes(valor, quantas) {
  if (quantas > 3) return `Há partes demais: o cookie do Flask tem três, e este texto tem ${quantas}. Você colou dois cookies?`;
  if (quantas === 2) return "Falta uma parte: o cookie do Flask tem conteúdo, horário e assinatura. Ele foi copiado até o fim?";
  const doRocket = medirRocket(valor).erro === undefined;
  return doRocket
    ? "Isto não é um cookie do Flask. Parece um cookie privado do Rocket: use a parte 2."
    : "Isto não parece um cookie do Flask: ele tem três partes, separadas por pontos. Ele foi copiado inteiro?";
}

function semCarimbo(sessao) {
  return "alg" in sessao
    ? "Isto parece um JWT, e não um cookie do Flask: a segunda parte não é um horário."
    : "A segunda parte não é um horário. Isto não parece um cookie do Flask.";
}

function avisoDaAssinatura(tamanho) {
  if (tamanho === TAMANHO_DA_ASSINATURA) return undefined;
  return `A assinatura tem ${tamanho} bytes, e a do Flask tem ${TAMANHO_DA_ASSINATURA}. O Flask recusaria este cookie. Ele foi copiado até o fim?`;
}

/** Um inteiro com o byte mais significativo primeiro. */
function segundos(bytes) {
  return bytes.reduce((total, byte) => total * 256 + byte, 0);
}

function deJson(bytes) {
  const texto = deUtf8(bytes);
  if (texto === undefined) return { erro: "O conteúdo se abriu, mas não é texto. Isto não parece um cookie do Flask." };
  try {
    const valor = JSON.parse(texto);
    if (valor === null || typeof valor !== "object" || Array.isArray(valor)) throw new TypeError();
    // Um inteiro longo demais para o JavaScript sairia arredondado: nesse caso, mostramos o original.
    return { valor, texto: /\d{16}/.test(texto) ? texto : JSON.stringify(valor, null, 2) };
  } catch {
    return { erro: "O conteúdo se abriu, mas não é um dicionário em JSON. Isto não parece um cookie do Flask, ou está danificado." };
  }
}

async function descomprimir(bytes) {
  if (typeof DecompressionStream === "undefined") {
    return { erro: "O ponto no início diz que o conteúdo está comprimido, e este navegador não sabe descomprimir. Atualize-o." };
  }
  const leitor = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const pedacos = [];
  let total = 0;
  try {
    for (let lido = await leitor.read(); !lido.done; lido = await leitor.read()) {
      total += lido.value.length;
      if (total > LIMITE_ABERTO) {
        // Parar no meio é a defesa: o resto da bomba nunca chega a existir.
        await leitor.cancel().catch(() => {});
        return { erro: `Paramos de descomprimir em ${numero(LIMITE_ABERTO)} bytes: poucos bytes que viram muitos são uma bomba de descompressão.` };
      }
      pedacos.push(lido.value);
    }
  } catch {
    return { erro: "O ponto no início diz que o conteúdo está comprimido, mas ele não é zlib. O cookie está danificado ou incompleto." };
  }
  return { bytes: juntar(...pedacos) };
}

// ——— O cookie privado do Rocket: base64 de nonce, texto criptografado e marca de autenticação ———

/** Diz o que se vê de um cookie privado sem a chave: só tamanhos. */
export function medirRocket(colado) {
  const { erro, nome, valor } = separar(colado);
  if (erro) return { erro };

  const texto = semPorcento(valor);
  if (texto === undefined) return { erro: "Há um `%` sem os dois dígitos que ele pede. O cookie foi copiado inteiro?" };
  if (/^\.?[\w-]+\.[\w-]+\.[\w-]+$/.test(texto)) {
    return { erro: "Isto não é um cookie privado do Rocket. Parece um cookie do Flask: use a parte 1." };
  }
  const intruso = /[^A-Za-z0-9+/=]/u.exec(texto);
  if (intruso) return { erro: foraDoAlfabeto(intruso, "cookie", "base64") };
  const bytes = deBase64(texto);
  if (!bytes) return { erro: "O base64 está incompleto ou danificado. O cookie foi copiado até o fim?" };
  const tamanho = bytes.length - TAMANHO_DO_NONCE - TAMANHO_DA_MARCA;
  if (tamanho < 0) {
    return { erro: `O cookie tem ${bytes.length} bytes, e o nonce e a marca já ocupam 28. Ele não é privado, ou está incompleto.` };
  }
  return { nome, bytes, nonce: TAMANHO_DO_NONCE, texto: tamanho, marca: TAMANHO_DA_MARCA };
}

/** Abre um cookie privado com o nome e a chave secreta, como a crate `cookie` faz. */
export async function abrirRocket(colado, nome, chave, { subtle } = globalThis.crypto ?? {}) {
  const medido = medirRocket(colado);
  if (medido.erro) return medido;
  if (!nome.trim()) return { erro: "Falta o nome do cookie: ele entra na conta, e sem ele o cookie não abre." };
  const lida = lerChave(chave);
  if (lida.erro) return lida;
  if (!subtle) {
    return { erro: "O navegador só oferece a criptografia em endereços seguros: HTTPS, localhost ou 127.0.0.1. Abra o livro em um deles." };
  }
  const nonce = medido.bytes.slice(0, TAMANHO_DO_NONCE);
  const fechado = medido.bytes.slice(TAMANHO_DO_NONCE);
  const additionalData = emUtf8(nome.trim());
  let aberto;
  try {
    const aes = await subtle.importKey("raw", await metadeQueCriptografa(lida.bytes, subtle), "AES-GCM", false, ["decrypt"]);
    aberto = await subtle.decrypt({ name: "AES-GCM", iv: nonce, additionalData }, aes, fechado);
  } catch {
    // O AES-GCM não diz o motivo, de propósito: a resposta ajudaria quem ataca.
    return { erro: "Não abriu. A chave é outra, o nome é outro, ou algum caractere do cookie mudou. O AES-GCM não diz qual dos três." };
  }
  const valor = deUtf8(new Uint8Array(aberto));
  return valor === undefined ? { erro: "O cookie abriu, mas o valor não é texto." } : { valor };
}

/** Lê a chave nos formatos que o Rocket aceita: 64 hexadecimais, ou 44 ou 88 caracteres em base64. */
export function lerChave(colada) {
  const texto = colada.trim().replace(/^(?:export\s+)?ROCKET_SECRET_KEY=/, "").replace(/^["']|["']$/g, "");
  if (!texto) return { erro: "Falta a chave secreta." };
  let bytes;
  if (texto.length === 64) {
    if (!/^[0-9a-f]+$/i.test(texto)) return { erro: "A chave tem 64 caracteres, mas algum não é hexadecimal: só valem 0 a 9 e a até f." };
    bytes = Uint8Array.from(texto.match(/../g), (par) => parseInt(par, 16));
  } else if (texto.length === 44 || texto.length === 88) {
    bytes = deBase64(texto);
    if (!bytes) return { erro: `A chave tem ${texto.length} caracteres, mas não é base64.` };
    if (bytes.length < 32) return { erro: "A chave tem menos de 32 bytes. O Rocket também a recusa." };
  } else {
    return { erro: `A chave tem ${numero(texto.length)} caracteres. O Rocket aceita 64 hexadecimais, ou 44 ou 88 em base64.` };
  }
  if (bytes.every((byte) => byte === 0)) return { erro: "A chave só tem zeros. Para o Rocket, é o mesmo que não ter chave." };
  return { bytes };
}

/** De uma chave mestra, os 32 bytes que criptografam; os outros 32 são para assinar. */
async function metadeQueCriptografa(mestra, subtle) {
  if (mestra.length >= 64) return mestra.slice(32, 64);
  // A crate `cookie` usa só a segunda metade do HKDF, e o HKDF do navegador sempre faz as duas. Por isso, HMAC.
  const hmac = await subtle.importKey("raw", mestra, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const contexto = emUtf8(CONTEXTO);
  const primeira = new Uint8Array(await subtle.sign("HMAC", hmac, juntar(contexto, [1])));
  return subtle.sign("HMAC", hmac, juntar(primeira, contexto, [2]));
}

// ——— O que os dois têm em comum ———

/** O valor do cookie, venha ele sozinho, como `nome=valor` ou em uma linha `set-cookie` inteira. */
function separar(colado) {
  const texto = colado.trim().replace(/^(?:set-)?cookie:\s*/i, "").split(";", 1)[0].trim();
  // Em `abc==`, o que há antes do sinal de igual não é um nome: é base64.
  const par = /^([^=:"\s]+)\s*[=:]\s*([^=\s].*)$/s.exec(texto);
  const valor = (par ? par[2] : texto).replace(/\s+/g, "").replace(/^"|"$/g, "");
  if (!valor) return { erro: "Falta o cookie: cole o valor dele no campo." };
  if (valor.length > LIMITE_DO_COOKIE) {
    return { erro: `Isto tem ${numero(valor.length)} caracteres, e um navegador só guarda ${numero(LIMITE_DO_COOKIE)} bytes em um cookie.` };
  }
  return { nome: par?.[1], valor };
}

function deBase64Url(texto, parte) {
  const semFim = texto.replace(/={1,2}$/, "");
  const intruso = /[^A-Za-z0-9_-]/u.exec(semFim);
  if (intruso) return { erro: foraDoAlfabeto(intruso, parte, "base64url") };
  // Quatro letras valem três bytes; uma letra sozinha no fim não vale byte nenhum.
  if (semFim.length % 4 === 1) return { erro: `O base64url da parte "${parte}" está incompleto: falta ou sobra um caractere.` };
  return { bytes: deBinario(atob(semFim.replaceAll("-", "+").replaceAll("_", "/"))) };
}

/** Base64 comum, escrito do único jeito que o Rocket aceita; senão, `undefined`. */
function deBase64(texto) {
  if (texto.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(texto)) return undefined;
  const binario = atob(texto);
  return btoa(binario) === texto ? deBinario(binario) : undefined;
}

function foraDoAlfabeto({ 0: caractere, index }, parte, base) {
  return `O caractere "${caractere}", na posição ${numero(index + 1)} da parte "${parte}", não existe em ${base}.`;
}

function semPorcento(texto) {
  try {
    return decodeURIComponent(texto);
  } catch {
    return undefined;
  }
}

function deUtf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const emUtf8 = (texto) => new TextEncoder().encode(texto);
const deBinario = (binario) => Uint8Array.from(binario, (letra) => letra.charCodeAt(0));

function juntar(...pedacos) {
  const tudo = new Uint8Array(pedacos.reduce((total, pedaco) => total + pedaco.length, 0));
  let fim = 0;
  for (const pedaco of pedacos) {
    tudo.set(pedaco, fim);
    fim += pedaco.length;
  }
  return tudo;
}
