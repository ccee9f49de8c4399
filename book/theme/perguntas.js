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
    const onde = pergunta.querySelector(".onde") ?? "";
    // O código de que se pergunta vem depois da frase: a legenda só leva texto.
    const [frase, ...codigo] = [...pergunta.children].filter((um) => um !== onde && !dobras.includes(um));
    const alternativas = dobras.map((dobra) => alternativa(dobra, pergunta));
    const resposta = criar("div", { className: "resposta", role: "status" });
    const formulario = criar("form", {},
      criar("fieldset", {}, criar("legend", {}, ...frase.childNodes), ...codigo, ...alternativas.map(({ bloco }) => bloco)),
      criar("div", { className: "fim" }, criar("button", { type: "submit" }, "Responder"), onde),
      resposta,
    );
    const explicar = (dada, ...antes) => {
      const { certa, bloco } = dada;
      resposta.className = `resposta ${certa ? "certa" : "errada"}`;
      // O ✓ e o ✗ ficam ao lado do que se escolheu; quem ouve a página tem o “Certo” e o “Ainda não”.
      for (const uma of alternativas) { uma.bloco.classList.toggle("dada", uma === dada); }
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

  // Em Revisão se vê um assunto de cada vez, ou um capítulo, ou o que se errou; o endereço diz qual.
  const rever = (quadro, perguntas) => {
    // Aqui não há “Antes de seguir”: a página inteira é de perguntas.
    for (const pergunta of perguntas) {
      pergunta.querySelector("strong").remove();
      pergunta.nextElementSibling.className = "onde";
      pergunta.append(pergunta.nextElementSibling);
    }
    const respostas = lembrar("perguntas");
    const acertou = (pergunta, resposta = respostas[pergunta.id]) =>
      resposta === true || pergunta.querySelectorAll("details")[resposta]?.matches("[data-certa]");
    const respondidas = perguntas.filter(({ id }) => id in respostas);
    const erradas = respondidas.filter((pergunta) => !acertou(pergunta));
    const certas = respondidas.length - erradas.length;
    const conta = respondidas.length
      ? `Você acertou ${certas} de ${respondidas.length} na primeira tentativa. No livro há ${perguntas.length} perguntas.`
      : `No livro há ${perguntas.length} perguntas, e neste navegador nenhuma foi respondida.`;
    const comeco = criar("div", { className: "comeco" }, criar("p", {}, conta));
    for (const [gaveta, texto] of [
      ["perguntas", "Esquecer as respostas neste navegador"],
      ["marcas", "Esquecer as marcas do sumário"],
    ]) {
      if (Object.keys(lembrar(gaveta)).length) {
        const botao = criar("button", { type: "button" }, texto);
        botao.addEventListener("click", () => { localStorage.removeItem(gaveta); location.reload(); });
        comeco.append(botao, " ");
      }
    }
    const titulos = [...document.querySelectorAll("main > h2")];
    // O que se pode ver: o nome, o endereço e quais perguntas.
    const assuntos = titulos.map((titulo) => {
      const suas = [];
      for (let um = titulo.nextElementSibling; um && !um.matches("h2"); um = um.nextElementSibling) { suas.push(um); }
      quadro.append(criar("section", {}, titulo, ...suas));
      titulo.tabIndex = -1;
      return { nome: titulo.textContent, id: titulo.id, suas: suas.filter((um) => um.matches(".pergunta")) };
    });
    const capitulos = [...new Set(perguntas.map(({ id }) => id.slice(0, 5)))].sort().map((id) =>
      ({ nome: String(Number(id.slice(3))), id, suas: perguntas.filter((um) => um.id.startsWith(id)), rotulo: `Capítulo ${Number(id.slice(3))}` }));
    if (erradas.length) { assuntos.unshift({ nome: "Para rever primeiro", id: "para-rever-primeiro", suas: erradas }); }
    const ligar = ({ nome, id, suas, rotulo }) =>
      criar("a", { href: `#${id}`, ariaLabel: rotulo ?? null }, nome, rotulo ? "" : ` (${suas.length})`);
    const listar = (nome, lista) => criar("nav", { className: "assuntos", ariaLabel: nome },
      criar("p", {}, nome), criar("ul", {}, ...lista.map((um) => criar("li", {}, ligar(um)))));
    // No celular, as listas dobradas deixam as perguntas na primeira tela.
    comeco.append(criar("details", { className: "escolha", open: matchMedia("(min-width: 900px)").matches },
      criar("summary", {}, "Escolher o assunto ou o capítulo"), listar("Por assunto", assuntos), listar("Por capítulo", capitulos)));
    quadro.prepend(comeco);
    const seguir = quadro.appendChild(criar("nav", { className: "seguir", ariaLabel: "Outras perguntas" }));
    const mostrar = (evento) => {
      const aqui = decodeURIComponent(location.hash.slice(1));
      const lista = capitulos.some(({ id }) => id === aqui) ? capitulos : assuntos;
      const qual = Math.max(0, lista.findIndex(({ id, suas }) => id === aqui || (suas !== erradas && suas.some((um) => um.id === aqui))));
      for (const pergunta of perguntas) {
        pergunta.classList.toggle("fora", !lista[qual].suas.includes(pergunta));
      }
      for (const secao of quadro.querySelectorAll("section")) {
        secao.classList.toggle("fora", !secao.querySelector(".pergunta:not(.fora)"));
      }
      for (const link of quadro.querySelectorAll(".assuntos a")) {
        link.ariaCurrent = link.getAttribute("href") === `#${lista[qual].id}` ? "true" : null;
      }
      document.querySelector(".desta-pagina [href*='?folha']").hash = lista[qual].id;
      const vizinho = (outro, antes, depois) => outro ? [criar("a", { href: `#${outro.id}` }, antes, outro.rotulo ?? outro.nome, depois)] : [];
      seguir.replaceChildren(...vizinho(lista[qual - 1], "← ", ""), ...vizinho(lista[qual + 1], "", " →"));
      // Quem escolheu começa a ler, ou a ouvir, do título.
      const titulo = quadro.querySelector("section:not(.fora) h2");
      if (evento) { titulo.focus({ preventScroll: true }); }
      if (aqui) { (perguntas.find(({ id }) => id === aqui) ?? titulo).scrollIntoView(); }
    };
    mostrar();
    // Cada pergunta ainda vai virar um formulário, e os títulos mudam de lugar.
    addEventListener("load", () => mostrar());
    addEventListener("hashchange", mostrar);
  };

  // A folha do aluno tem só o assunto, ou o capítulo, que o endereço diz.
  const cortar = (perguntas) => {
    const aqui = decodeURIComponent(location.hash.slice(1));
    const assunto = document.getElementById(aqui);
    const daqui = (pergunta) => (assunto ? pergunta.dataset.conceito === assunto.textContent : pergunta.id.startsWith(`${aqui}-`));
    if (aqui && perguntas.some(daqui)) {
      for (const um of perguntas.filter((pergunta) => !daqui(pergunta))) { um.nextElementSibling.remove(); um.remove(); }
      document.querySelectorAll("main > h2:not(:has(+ .pergunta))").forEach((titulo) => titulo.remove());
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
  if (document.documentElement.matches(".folha")) {
    if (quadro) { cortar(perguntas); }
  } else {
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
