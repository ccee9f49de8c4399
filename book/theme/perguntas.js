// As perguntas “Antes de seguir” viram formulários; sem este script, as alternativas são dobras.
{
  const GAVETA = "perguntas";

  // Sem armazenamento, as perguntas funcionam do mesmo jeito, e nada é lembrado.
  const lembrar = () => {
    try { return JSON.parse(localStorage.getItem(GAVETA)) ?? {}; } catch { return {}; }
  };
  const anotar = (id, certa) => {
    try { localStorage.setItem(GAVETA, JSON.stringify({ ...lembrar(), [id]: certa })); } catch { /* idem */ }
  };
  const esquecer = () => {
    try { localStorage.removeItem(GAVETA); } catch { /* idem */ }
  };

  const criar = (nome, atributos, ...filhos) => {
    const elemento = Object.assign(document.createElement(nome), atributos);
    elemento.append(...filhos);
    return elemento;
  };

  const alternativa = (dobra, pergunta) => {
    const [resumo, ...explicacao] = dobra.children;
    const botao = criar("input", { type: "radio", name: pergunta.id });
    const certa = dobra.hasAttribute("data-certa");
    return {
      botao,
      certa,
      explicacao: explicacao.map((paragrafo) => paragrafo.cloneNode(true)),
      // O que só o papel mostra: a explicação ao lado de cada alternativa.
      bloco: criar(
        "div",
        { className: certa ? "alternativa certa" : "alternativa" },
        criar("label", {}, botao, criar("span", {}, ...resumo.childNodes)),
        criar("div", { className: "explicacao" }, ...explicacao),
      ),
    };
  };

  const perguntar = (pergunta) => {
    const dobras = [...pergunta.querySelectorAll("details")];
    const enunciado = pergunta.querySelector("p");
    const alternativas = dobras.map((dobra) => alternativa(dobra, pergunta));
    const resposta = criar("div", { className: "resposta", role: "status" });
    const formulario = criar(
      "form",
      {},
      criar(
        "fieldset",
        {},
        criar("legend", {}, ...enunciado.childNodes),
        ...pergunta.querySelectorAll(":scope > pre"),
        ...alternativas.map(({ bloco }) => bloco),
      ),
      criar("button", { type: "submit" }, "Responder"),
      resposta,
    );
    let primeira = true;
    formulario.addEventListener("submit", (evento) => {
      evento.preventDefault();
      const escolhida = alternativas.find(({ botao }) => botao.checked);
      if (!escolhida) {
        resposta.replaceChildren(criar("p", {}, "Escolha uma das alternativas."));
        return;
      }
      if (primeira) {
        anotar(pergunta.id, escolhida.certa);
        primeira = false;
      }
      resposta.classList.toggle("certa", escolhida.certa);
      resposta.replaceChildren(...escolhida.explicacao.map((paragrafo) => paragrafo.cloneNode(true)));
    });
    pergunta.replaceChildren(formulario);
  };

  // Em Revisão: o que se errou vem primeiro, cada pergunta com a ligação que a segue.
  const rever = (quadro, perguntas) => {
    // Aqui não há “Antes de seguir”: a página inteira é de perguntas.
    perguntas.forEach((pergunta) => pergunta.querySelector("strong").remove());
    const respostas = lembrar();
    const respondidas = perguntas.filter(({ id }) => id in respostas);
    const erradas = respondidas.filter(({ id }) => !respostas[id]);
    const certas = respondidas.length - erradas.length;
    const conta = respondidas.length
      ? `Você acertou ${certas} de ${respondidas.length} na primeira tentativa. No livro há ${perguntas.length} perguntas.`
      : `No livro há ${perguntas.length} perguntas, e neste navegador nenhuma foi respondida.`;
    quadro.append(criar("p", {}, conta));
    if (respondidas.length) {
      const botao = criar("button", { type: "button" }, "Esquecer as respostas neste navegador");
      botao.addEventListener("click", () => { esquecer(); location.reload(); });
      quadro.append(botao);
    }
    if (erradas.length) {
      quadro.append(criar("h2", { id: "para-rever-primeiro" }, "Para rever primeiro"));
      erradas.forEach((pergunta) => quadro.append(pergunta, pergunta.nextElementSibling));
    }
    for (const titulo of document.querySelectorAll("main > h2")) {
      if (!titulo.nextElementSibling?.matches(".pergunta")) {
        titulo.after(criar("p", {}, "As perguntas deste assunto estão no começo da página."));
      }
    }
  };

  const perguntas = [...document.querySelectorAll(".pergunta")];
  const quadro = document.querySelector(".revisao");
  if (!location.pathname.endsWith("/print.html")) {
    if (quadro) { rever(quadro, perguntas); }
    perguntas.forEach(perguntar);
  } else if (quadro) {
    // No papel as dobras saem abertas, e cada pergunta já está no capítulo dela.
    while (quadro.nextElementSibling?.matches("h2, .pergunta, p")) { quadro.nextElementSibling.remove(); }
  }
}
