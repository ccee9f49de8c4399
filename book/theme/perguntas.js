// As perguntas “Antes de seguir” viram formulários, que sem este script são dobras, e o sumário marca o que já se fez.
{
  // Sem armazenamento, tudo funciona do mesmo jeito, e nada é lembrado.
  const lembrar = (gaveta) => {
    try { return JSON.parse(localStorage.getItem(gaveta)) ?? {}; } catch { return {}; }
  };
  const anotar = (gaveta, novo) => {
    try { localStorage.setItem(gaveta, JSON.stringify({ ...lembrar(gaveta), ...novo })); } catch { /* idem */ }
    marcar();
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
    // O código de que se pergunta vem depois da frase: a legenda só leva texto.
    const [frase, ...codigo] = [...pergunta.children].filter((um) => !dobras.includes(um));
    const alternativas = dobras.map((dobra) => alternativa(dobra, pergunta));
    const resposta = criar("div", { className: "resposta", role: "status" });
    const formulario = criar("form", {},
      criar("fieldset", {}, criar("legend", {}, ...frase.childNodes), ...codigo, ...alternativas.map(({ bloco }) => bloco)),
      criar("button", { type: "submit" }, "Responder"),
      resposta,
    );
    const explicar = ({ certa, bloco }, ...antes) => {
      resposta.classList.toggle("certa", certa);
      resposta.replaceChildren(...antes, ...bloco.lastElementChild.cloneNode(true).childNodes);
    };
    formulario.addEventListener("submit", (evento) => {
      evento.preventDefault();
      const qual = alternativas.findIndex(({ botao }) => botao.checked);
      if (qual < 0) {
        resposta.replaceChildren(criar("p", {}, "Escolha uma das alternativas."));
        return;
      }
      // Quem tenta de novo aprende, mas o que conta é a primeira.
      if (!(pergunta.id in lembrar("perguntas"))) { anotar("perguntas", { [pergunta.id]: qual }); }
      explicar(alternativas[qual]);
    });
    pergunta.replaceChildren(formulario);
    // Em Revisão se responde de novo, sem olhar; antes, só se guardava se a resposta era certa.
    const primeira = quadro ? undefined : lembrar("perguntas")[pergunta.id];
    const dada = alternativas[primeira] ?? alternativas.find(({ certa }) => certa && primeira === true);
    if (dada) {
      dada.botao.checked = true;
      explicar(dada, criar("p", {}, "A sua primeira resposta foi esta."));
    }
  };

  // Em Revisão: o que se errou vem primeiro, cada pergunta com a ligação que a segue.
  const rever = (quadro, perguntas) => {
    // Aqui não há “Antes de seguir”: a página inteira é de perguntas.
    perguntas.forEach((pergunta) => pergunta.querySelector("strong").remove());
    const respostas = lembrar("perguntas");
    const acertou = (pergunta, resposta = respostas[pergunta.id]) =>
      resposta === true || pergunta.querySelectorAll("details")[resposta]?.matches("[data-certa]");
    const respondidas = perguntas.filter(({ id }) => id in respostas);
    const erradas = respondidas.filter((pergunta) => !acertou(pergunta));
    const certas = respondidas.length - erradas.length;
    const conta = respondidas.length
      ? `Você acertou ${certas} de ${respondidas.length} na primeira tentativa. No livro há ${perguntas.length} perguntas.`
      : `No livro há ${perguntas.length} perguntas, e neste navegador nenhuma foi respondida.`;
    quadro.append(criar("p", {}, conta));
    for (const [gaveta, texto] of [
      ["perguntas", "Esquecer as respostas neste navegador"],
      ["marcas", "Esquecer as marcas do sumário"],
    ]) {
      if (Object.keys(lembrar(gaveta)).length) {
        const botao = criar("button", { type: "button" }, texto);
        botao.addEventListener("click", () => { localStorage.removeItem(gaveta); location.reload(); });
        quadro.append(botao, " ");
      }
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

  // O número do capítulo de uma página, de uma pergunta ou de um exercício.
  const numero = (nome) => nome.match(/(?:^|\/)(?:cap|ex)(\d\d)-[^/]*$/)?.[1];

  // No sumário, ao lado de cada capítulo: lido, quantas perguntas e o exercício.
  const marcar = () => {
    const [marcas, totais] = [lembrar("marcas"), lembrar("totais")];
    const respondidas = Object.keys(lembrar("perguntas")).map(numero);
    for (const link of document.querySelectorAll(".sidebar .chapter-item a[href$='.html']")) {
      const este = numero(link.pathname);
      const feitas = respondidas.filter((um) => um === este).length;
      const feito = [
        marcas[`lido${este}`] && ["✓", "lido"],
        feitas && [`${feitas}/${totais[este]}`, `${feitas} de ${totais[este]} perguntas`],
        marcas[`exercicio${este}`] && ["★", "exercício resolvido"],
      ].filter(Boolean);
      link.querySelector(".marca")?.remove();
      if (feito.length) {
        const [sinais, title] = [0, 1].map((qual) => feito.map((um) => um[qual]).join(qual ? ", " : " "));
        const visivel = criar("span", { ariaHidden: "true", title }, sinais);
        link.append(criar("span", { className: "marca" }, visivel, criar("span", {}, `, ${title}`)));
      }
    }
  };

  const perguntas = [...document.querySelectorAll(".pergunta")];
  const quadro = document.querySelector(".revisao");
  if (!document.documentElement.matches(".folha")) {
    const capitulos = perguntas.map(({ id }) => numero(id));
    const quantas = (um) => capitulos.filter((outro) => outro === um).length;
    anotar("totais", Object.fromEntries(capitulos.map((um) => [um, quantas(um)])));
    if (quadro) { rever(quadro, perguntas); }
    perguntas.forEach(perguntar);
    const daqui = numero(location.pathname);
    const fim = document.querySelector(".vizinhos");
    // Lido é o capítulo cujo fim apareceu na tela.
    const ver = ([um]) => { if (um.isIntersecting) { anotar("marcas", { [`lido${daqui}`]: true }); } };
    if (daqui) { new IntersectionObserver(ver).observe(fim); }
  }
  // Quem executa os testes de um exercício diz se passam. O que não está resolvido some da gaveta.
  document.addEventListener("exercicio", ({ detail }) => {
    anotar("marcas", { [`exercicio${numero(detail.pacote)}`]: detail.resolvido || undefined });
  });
  addEventListener("storage", marcar);
}
