// A página que executa: um botão em cada bloco de comandos, o que veio embaixo dele, e a faixa do que está no ar.
{
  const ROTULOS = {
    servir: "Iniciar o capítulo", executar: "Executar", testar: "Executar os testes", atacar: "Atacar", enviar: "Enviar", definir: "Definir",
  };
  const pagina = location.pathname.split("/").pop() || "index.html";
  const paineis = new Map();
  const sem = (texto) => texto.replace(/\s+/g, "");
  const criar = (nome, atributos, ...filhos) => {
    const elemento = Object.assign(document.createElement(nome), atributos);
    elemento.append(...filhos);
    return elemento;
  };
  const pedir = (caminho) => fetch(`/viva/${caminho}`, { method: "POST" });
  const segundos = (valor) => (valor >= 0.1 ? ` em ${valor.toFixed(1).replace(".", ",")} s` : "");

  // O que se sabe de cada teste, para dizer só o que mudou.
  const frase = (nome) => nome.replace(/^.*::/, "").replaceAll("_", " ");

  class Painel {
    constructor(codigo, bloco) {
      this.bloco = bloco;
      const comando = bloco.texto.trim().split("\n").pop();
      const rotulo = bloco.tipo === "servir" && bloco.texto.includes("-p ex") ? "Iniciar o exercício" : ROTULOS[bloco.tipo];
      this.botao = criar("button", { type: "button", textContent: rotulo, onclick: () => this.executar() });
      this.botao.setAttribute("aria-label", `${rotulo}: ${comando}`);
      this.parar = criar("button", { type: "button", className: "viva-parar", textContent: "Parar", hidden: true, onclick: () => pedir("parar/trabalho") });
      this.parar.setAttribute("aria-label", `Parar: ${comando}`);
      this.estado = criar("span", { className: "viva-estado", role: "status" });
      this.testes = criar("ul", { className: "viva-testes" });
      this.saida = criar("pre", { className: "viva-saida", tabIndex: 0 });
      // O leitor de telas anuncia o estado; a saída se lê quando se quer.
      this.saida.setAttribute("role", "log");
      this.saida.setAttribute("aria-live", "off");
      this.saida.setAttribute("aria-label", `Agora, no seu computador: ${comando}`);
      this.agora = criar("div", { className: "viva-agora", hidden: true }, criar("p", {}, "Agora, no seu computador"), this.testes, this.saida);
      this.raiz = criar("div", { className: "viva" }, criar("div", { className: "viva-comandos" }, this.botao, this.parar, this.estado), this.agora);
      codigo.closest("pre").after(this.raiz);
    }

    // Outro trabalho deste bloco começou.
    limpar() {
      this.testes.replaceChildren();
      this.saida.replaceChildren();
      this.raiz.classList.remove("certo", "errado");
      this.agora.hidden = true;
      this.ocupado(true);
    }

    ocupado(sim) {
      this.botao.disabled = sim;
      this.parar.hidden = !sim;
      if (sim) { this.estado.textContent = "executando…"; }
    }

    async executar(automatico = false) {
      if (!automatico) {
        this.limpar();
      }
      const resposta = await pedir(`executar/${pagina}/${this.bloco.numero}?automatico=${automatico}`).catch(() => null);
      if (resposta?.ok) {
        apressar();
      } else if (!automatico) {
        this.fim({ certo: false, motivo: resposta ? await resposta.text() : "O livro não responde: execute cargo livro de novo." });
      }
      return resposta?.ok;
    }

    receber(eventos) {
      for (const evento of eventos) {
        const teste = /^test (\S+).* \.\.\. (ok|FAILED|ignored)/.exec(evento);
        const doCargo = /^ *(Compiling|Blocking|Finished|Running|Downloading|Downloaded|Updating|Locking|Building)\b/.exec(evento);
        if (evento.teste) {
          const item = [...this.testes.children].find((um) => um.dataset.nome === evento.teste);
          item?.append(criar("pre", {}, evento.mensagem), criar("small", {}, `em ${evento.lugar}`));
        } else if (doCargo) {
          this.estado.textContent = doCargo[1] === "Blocking" ? "outro Cargo está compilando: espera a vez…" : doCargo[1] === "Compiling" ? "compilando…" : "executando…";
        } else if (teste) {
          const item = criar("li", { className: teste[2] }, frase(teste[1]));
          item.dataset.nome = teste[1].replace(/^.*::/, "");
          this.testes.append(item);
        } else if (this.bloco.tipo !== "testar" || !this.testes.childElementCount) {
          escrever(this.saida, evento);
        }
      }
      // Dos testes basta a lista; sem nenhum, o que veio é do compilador.
      this.saida.hidden = this.testes.childElementCount > 0 || !this.saida.textContent.trim();
      this.agora.hidden = this.saida.hidden && !this.testes.childElementCount;
    }

    fim({ certo, motivo, segundos: duracao }) {
      this.ocupado(false);
      const testar = this.bloco.tipo === "testar";
      if (motivo?.includes("\n")) {
        this.receber(motivo.split("\n"));
        motivo = null;
      }
      const [passaram, total] = [this.testes.querySelectorAll(".ok").length, this.testes.childElementCount];
      // Uma recusa pode ser a lição: só um teste passa ou falha.
      this.raiz.classList.toggle("certo", certo);
      this.raiz.classList.toggle("errado", testar && !certo);
      const conta = total ? `${passaram} de ${total} testes passaram` : testar && !certo ? "não compila" : null;
      const vazio = this.bloco.tipo === "enviar" && this.agora.hidden ? "respondeu sem corpo; com -i você vê os cabeçalhos" : null;
      const terminou = this.bloco.tipo === "servir" ? (certo ? "no ar" : "não ficou no ar") : this.bloco.tipo === "definir" ? "definido nesta página" : "pronto";
      this.estado.textContent = `${testar ? (certo ? "✔ " : "✘ ") : ""}${motivo ?? conta ?? vazio ?? terminou}${segundos(duracao)}`;
      recolherAGravada(this);
      if (this.bloco.exercicio) {
        if (certo && total) { this.estado.textContent = `✔ Resolvido: ${conta}${segundos(duracao)}`; }
        const detail = { pacote: this.bloco.exercicio, resolvido: certo && total > 0 };
        document.dispatchEvent(new CustomEvent("exercicio", { detail }));
      }
    }
  }

  // O fim é o que interessa, a não ser que o leitor tenha rolado para trás.
  function escrever(saida, texto) {
    const noFim = saida.scrollHeight - saida.scrollTop - saida.clientHeight < 40;
    saida.append(`${texto}\n`);
    while (saida.childNodes.length > 2000) { saida.firstChild.remove(); }
    if (noFim) { saida.scrollTop = saida.scrollHeight; }
  }

  // O que a página mostrava passa para uma dobra: as duas saídas são quase iguais.
  function recolherAGravada({ raiz, agora }) {
    const gravada = raiz.nextElementSibling;
    if (!agora.hidden && gravada?.matches("pre:has(> .language-text)")) {
      raiz.append(criar("details", { className: "viva-gravada" }, criar("summary", {}, "O que o livro gravou"), gravada));
    }
  }

  const nome = criar("strong", {});
  const [abrir, raioX] = ["abrir", "Raio-X"].map((texto) => criar("a", { textContent: texto, target: "capitulo", rel: "noopener" }));
  const tirar = criar("button", { type: "button", className: "viva-parar", textContent: "parar" });
  tirar.onclick = () => pedir("parar/capitulo").then(apressar);
  const faixa = criar("aside", { className: "viva-faixa", ariaLabel: "O que está no ar", hidden: true }, nome, abrir, raioX, tirar);

  let noAr;
  function mostrarCapitulo(capitulo, painel) {
    if (noAr && noAr !== painel && !noAr.botao.disabled) { noAr.estado.textContent = "parou"; }
    noAr = painel;
    faixa.hidden = !capitulo;
    document.documentElement.classList.toggle("com-faixa", Boolean(capitulo));
    if (!capitulo) { return; }
    const { pacote, endereco } = capitulo;
    if (nome.textContent !== pacote) { nome.textContent = pacote; }
    [abrir.href, raioX.href] = [endereco, `${endereco}/raio-x`];
    abrir.title = endereco;
    tirar.setAttribute("aria-label", `parar ${pacote}`);
    // Os endereços do texto são os da porta de sempre.
    for (const ligacao of document.querySelectorAll('main a[href^="http://127.0.0.1:8000"]')) {
      ligacao.href = ligacao.href.replace("http://127.0.0.1:8000", endereco);
      ligacao.target = "capitulo";
    }
  }

  let [visto, desde, lido, aberto, arquivos, mudou] = [0, 0, 0, false, null, false];
  const exercicio = () => [...paineis.values()].find(({ bloco }) => bloco.exercicio);

  async function atualizar() {
    const dele = exercicio();
    const pergunta = new URLSearchParams({ visto, desde, lido });
    if (dele) { pergunta.set("exercicio", dele.bloco.exercicio); }
    const resposta = await fetch(`/viva/estado?${pergunta}`).catch(() => null);
    if (!resposta?.ok) {
      mostrarCapitulo(null);
      return null;
    }
    const { trabalho, capitulo, arquivos: agora } = await resposta.json();
    const donoDe = ([outra, numero]) => (outra === pagina ? paineis.get(numero) : undefined);
    mostrarCapitulo(capitulo, capitulo && donoDe(capitulo.lugar));
    if (trabalho) {
      const painel = donoDe(trabalho.lugar);
      if (trabalho.numero !== visto) {
        [visto, desde, aberto] = [trabalho.numero, 0, true];
        painel?.limpar();
      }
      desde += trabalho.eventos.length;
      painel?.receber(trabalho.eventos);
      if (aberto && trabalho.fim) {
        aberto = false;
        painel?.fim(trabalho.fim);
      }
    }
    if (capitulo?.log) { noAr?.receber(capitulo.log.trimEnd().split("\n")); }
    lido = capitulo?.lido ?? 0;
    // Um editor grava em mais de um passo: espera a volta em que nada muda.
    mudou = mudou || (arquivos !== null && agora !== arquivos);
    if (mudou && agora === arquivos && !aberto && (await dele.executar(true))) { mudou = false; }
    arquivos = agora;
    return aberto ? 60 : 500;
  }

  // Uma pergunta de cada vez, e só com a página à vista.
  let relogio;
  let perguntando = false;
  async function apressar() {
    clearTimeout(relogio);
    if (perguntando || document.visibilityState !== "visible") { return; }
    perguntando = true;
    const espera = await atualizar().catch(() => 500);
    perguntando = false;
    clearTimeout(relogio);
    relogio = setTimeout(apressar, espera ?? 3000);
  }

  async function iniciar() {
    const resposta = await fetch(`/viva/pagina/${pagina}`);
    if (!resposta.ok) { return; }
    document.head.append(criar("link", { rel: "stylesheet", href: "/viva/viva.css" }));
    const codigos = document.querySelectorAll("main pre > code:is(.language-sh, .language-bash)");
    for (const bloco of await resposta.json()) {
      const codigo = codigos[bloco.numero];
      // O livro que se lê pode não ser mais o que está no ar.
      if (codigo && sem(codigo.textContent) === sem(bloco.texto)) {
        paineis.set(bloco.numero, new Painel(codigo, bloco));
      }
    }
    document.body.append(faixa);
    document.addEventListener("visibilitychange", apressar);
    apressar();
  }
  iniciar();
}
