// Liga os campos do Laboratório às funções que leem cookies. Tudo acontece nesta página.

import { CHAVE_DE_BRINQUEDO, FLASK, FLASK_CURTO, ROCKET } from "./exemplos.mjs";
import { abrirRocket, lerFlask, medirRocket } from "./ler.mjs";

const PAUSA = 200;
const achar = (id) => document.getElementById(id);

/** Um elemento com estes filhos. O texto entra como texto: um cookie nunca vira HTML. */
function criar(nome, classe, ...filhos) {
  const elemento = document.createElement(nome);
  if (classe) elemento.className = classe;
  elemento.append(...filhos);
  return elemento;
}

const paragrafo = (...filhos) => criar("p", "", ...filhos);
const codigo = (texto) => criar("code", "lab-codigo", texto);
const erro = (titulo, texto) => criar("p", "lab-erro", criar("strong", "", titulo), ` ${texto}`);

/** Uma lista de partes: o nome de cada uma e o que se sabe dela. */
function lista(partes) {
  const itens = partes.flatMap(([nome, ...filhos]) => [criar("dt", "", nome), criar("dd", "", ...filhos)]);
  return criar("dl", "", ...itens);
}

function plural(quantos, singular, muitos = `${singular}s`) {
  return `${quantos.toLocaleString("pt-BR")} ${quantos === 1 ? singular : muitos}`;
}

async function resultadoDoFlask() {
  const colado = achar("lab-flask").value;
  if (!colado.trim()) return [];
  const lido = await lerFlask(colado);
  if (lido.erro) return [erro("Não deu para ler.", lido.erro)];
  const { partes, bytes } = lido;
  const forma = lido.comprimido
    ? `O ponto no início avisa: zlib. O JSON tem ${plural(bytes.abertos, "byte")}; comprimido, são ${bytes.comprimidos.toLocaleString("pt-BR")}.`
    : `Não está comprimido: são ${plural(bytes.abertos, "byte")} de JSON, escritos em base64url.`;
  const data = lido.data.toLocaleString("pt-BR", { dateStyle: "full", timeStyle: "medium" });
  return [
    paragrafo(criar("strong", "", "Lido sem chave nenhuma.")),
    lista([
      ["Conteúdo", codigo(partes.conteudo), paragrafo(forma), criar("code", "lab-codigo lab-aberto", lido.json)],
      ["Horário", codigo(partes.carimbo), paragrafo(`${data}, no fuso deste computador.`)],
      [
        "Assinatura",
        codigo(partes.assinatura),
        paragrafo("Só quem tem a chave secreta sabe fazê-la. Sem a chave, esta página lê o conteúdo, mas não confere se ele foi adulterado."),
      ],
    ]),
    ...(lido.aviso ? [erro("Atenção.", lido.aviso)] : []),
  ];
}

async function resultadoDoRocket() {
  const [colado, nome, chave] = ["lab-rocket", "lab-nome", "lab-chave"].map((id) => achar(id).value);
  if (!colado.trim()) return [];
  const medido = medirRocket(colado);
  if (medido.erro) return [erro("Não deu para ler.", medido.erro)];
  const tamanhos = [
    ["Nonce", paragrafo(`${plural(medido.nonce, "byte")}, sorteados a cada cookie.`)],
    ["Texto criptografado", paragrafo(`${plural(medido.texto, "byte")}: o tamanho do valor é tudo o que se vê dele.`)],
    ["Marca de autenticação", paragrafo(`${plural(medido.marca, "byte")}, que denunciam qualquer alteração.`)],
  ];
  if (!chave.trim()) {
    return [paragrafo(criar("strong", "", "Fechado."), " Sem a chave secreta, só dá para medir."), lista(tamanhos)];
  }
  const aberto = await abrirRocket(colado, nome, chave);
  return aberto.erro
    ? [erro("Continua fechado.", aberto.erro), lista(tamanhos)]
    : [paragrafo(criar("strong", "", "Aberto com a chave.")), lista([["Valor", criar("code", "lab-codigo lab-aberto", aberto.valor)], ...tamanhos])];
}

/** Refaz o resultado quando um dos campos muda, depois de uma pausa na digitação. */
function acompanhar(ids, saida, resultado) {
  const vazio = [...saida.childNodes];
  let ultimo = 0;
  let espera;
  const refazer = async () => {
    const este = ++ultimo;
    const filhos = await resultado();
    // Uma resposta antiga, que demorou mais, não pode cobrir a nova.
    if (este === ultimo) saida.replaceChildren(...(filhos.length ? filhos : vazio));
  };
  for (const id of ids) {
    achar(id).addEventListener("input", () => {
      clearTimeout(espera);
      espera = setTimeout(refazer, PAUSA);
    });
  }
  return refazer;
}

/** Um botão que preenche campos e mostra o resultado na hora. */
function preencher(botao, valores, refazer) {
  achar(botao).addEventListener("click", () => {
    for (const [id, valor] of Object.entries(valores)) achar(id).value = valor;
    refazer();
  });
}

function iniciar() {
  const flask = acompanhar(["lab-flask"], achar("lab-flask-resultado"), resultadoDoFlask);
  preencher("lab-flask-exemplo", { "lab-flask": FLASK }, flask);
  preencher("lab-flask-curto", { "lab-flask": FLASK_CURTO }, flask);
  preencher("lab-flask-limpar", { "lab-flask": "" }, flask);

  const rocket = acompanhar(["lab-rocket", "lab-nome", "lab-chave"], achar("lab-rocket-resultado"), resultadoDoRocket);
  preencher("lab-rocket-exemplo", { "lab-rocket": ROCKET.valor, "lab-nome": ROCKET.nome, "lab-chave": "" }, rocket);
  preencher("lab-rocket-chave", { "lab-chave": CHAVE_DE_BRINQUEDO }, rocket);
  preencher("lab-rocket-limpar", { "lab-rocket": "", "lab-nome": "", "lab-chave": "" }, rocket);
  // Quem cola a linha inteira já disse o nome do cookie.
  achar("lab-rocket").addEventListener("input", () => {
    const { nome } = medirRocket(achar("lab-rocket").value);
    if (nome) achar("lab-nome").value = nome;
  });

  // Os botões só aparecem quando funcionam.
  for (const controles of document.querySelectorAll(".lab-botoes")) controles.hidden = false;
  achar("lab-parado").hidden = true;

  // O Raio-X traz um cookie no endereço, depois do `#`, que não viaja pela rede.
  const trazido = () => {
    const partes = (document.URL.split("#")[1] ?? "").split("&").map((parte) => parte.split("="));
    const { nome, valor } = Object.fromEntries(partes);
    if (!valor) return;
    achar("lab-rocket").value = decodeURIComponent(valor);
    achar("lab-nome").value = decodeURIComponent(nome ?? "");
    rocket();
    achar("lab-chave").focus();
  };
  addEventListener("hashchange", trazido);
  trazido();
}

// Na página que junta o livro inteiro para imprimir, os campos podem faltar.
if (achar("lab-flask")) iniciar();
