// A página que executa: um botão em cada bloco de comandos, o que veio embaixo dele, e a faixa do que está no ar.
{
  const ROTULOS = {
    servir: "Iniciar o capítulo", executar: "Executar", testar: "Executar os testes", atacar: "Atacar",
    enviar: "Enviar", definir: "Definir", desfazer: "Desfazer",
  };
  const ENDERECO = "http://127.0.0.1:8000";
  const pagina = location.pathname.split("/").pop() || "index.html";
  const paineis = new Map();
  const sem = (texto) => texto.replace(/\s+/g, "");
  const criar = (nome, atributos, ...filhos) => {
    const elemento = Object.assign(document.createElement(nome), atributos);
    elemento.append(...filhos);
    return elemento;
  };
  const botao = (textContent, nome, onclick, className = "") =>
    criar("button", { type: "button", textContent, onclick, className, ariaLabel: `${textContent}: ${nome}` });
  const pedir = (caminho) => fetch(`/viva/${caminho}`, { method: "POST" });

  // O que fica embaixo de um bloco: o botão, em que estado ele está e o que veio.
  class Painel {
    constructor(codigo, bloco) {
      this.bloco = bloco;
      const comando = bloco.texto.trim().split("\n").pop();
      const rotulo = comando.startsWith("cargo run -p ex") ? "Iniciar o exercício" : ROTULOS[bloco.tipo];
      this.botao = botao(rotulo, comando, () => this.parar.hidden && this.executar());
      this.parar = botao("Parar", comando, () => pedir("parar/trabalho"), "viva-parar");
      this.estado = criar("span", { className: "viva-estado", role: "status" });
      this.testes = criar("ul", { className: "viva-testes" });
      // O leitor de telas anuncia o estado; a saída se lê quando se quer.
      const log = { role: "log", ariaLive: "off", ariaLabel: `Agora, no seu computador: ${comando}` };
      this.saida = criar("pre", { className: "viva-saida", tabIndex: 0, ...log });
      this.agora = criar("div", { className: "viva-agora", hidden: true }, criar("p", {}, "Agora, no seu computador"), this.testes, this.saida);
      this.raiz = criar("div", { className: "viva" }, criar("div", { className: "viva-comandos" }, this.botao, this.parar, this.estado), this.agora);
      this.ocupado(false);
      const lugar = codigo.closest("pre, p, li");
      lugar.matches("li") ? lugar.append(this.raiz) : lugar.after(this.raiz);
    }

    ocupado(sim) {
      // Desligado de verdade, ele perderia o foco de quem usa o teclado.
      [this.botao.ariaDisabled, this.parar.hidden] = [String(sim), !sim];
    }

    // Outro trabalho deste bloco começou.
    limpar() {
      [this.testes, this.saida].forEach((um) => um.replaceChildren());
      this.raiz.classList.remove("certo", "errado");
      this.agora.hidden = true;
      this.ocupado(true);
      this.estado.textContent = "executando…";
    }

    async executar(automatico = false) {
      if (!automatico) { this.limpar(); }
      const resposta = await pedir(`executar/${this.bloco.nome}?automatico=${automatico}`).catch(() => null);
      if (resposta?.ok) {
        perguntar();
      } else if (!automatico) {
        this.fim({ certo: false, motivo: (await resposta?.text()) ?? "O livro não responde: execute cargo livro de novo." });
      }
      return resposta?.ok;
    }

    receber(eventos) {
      let texto = "";
      for (const evento of eventos) {
        const teste = /^test (?:.*::)?(\S+).* \.\.\. (ok|FAILED|ignored)/.exec(evento);
        const doCargo = /^ +(Compiling|Blocking|Finished|Running|Downloading|Downloaded|Updating|Locking|Building) /.exec(evento);
        if (evento.teste) {
          const item = [...this.testes.children].find((um) => um.dataset.nome === evento.teste);
          item?.append(criar("pre", {}, evento.mensagem), criar("small", {}, `em ${evento.lugar}`));
        } else if (doCargo) {
          const andamento = { Compiling: "compilando…", Blocking: "outro Cargo está compilando: espera a vez…" };
          this.estado.textContent = andamento[doCargo[1]] ?? "executando…";
        } else if (teste) {
          const item = criar("li", { className: teste[2] }, teste[1].replaceAll("_", " "));
          item.dataset.nome = teste[1];
          // O que falhou é o que se procura.
          teste[2] === "FAILED" ? this.testes.prepend(item) : this.testes.append(item);
        } else if (!this.testes.childElementCount) {
          texto += `${evento}\n`;
        }
      }
      if (texto) { this.escrever(texto); }
      // Dos testes basta a lista; sem nenhum, o que veio é do compilador.
      const testes = this.testes.childElementCount > 0;
      this.saida.hidden = testes || !this.saida.textContent.trim();
      this.agora.hidden = this.saida.hidden && !testes;
    }

    // Outro trabalho começou, ou o livro saiu do ar, sem que se visse o fim deste.
    perderOFim() {
      if (!this.parar.hidden) {
        this.ocupado(false);
        this.estado.textContent = "parou";
      }
    }

    // Mostra o fim, a não ser que o leitor tenha rolado para trás.
    escrever(texto) {
      const { saida } = this;
      const noFim = saida.scrollHeight - saida.scrollTop - saida.clientHeight < 40;
      saida.append(criar("span", {}, ...realcar(texto)));
      if (saida.childNodes.length > 500) { saida.firstChild.remove(); }
      if (noFim) { saida.scrollTop = saida.scrollHeight; }
    }

    fim({ certo, motivo, segundos = 0 }) {
      const { tipo, exercicio } = this.bloco;
      if (document.activeElement === this.parar) { this.botao.focus(); }
      this.ocupado(false);
      if (motivo?.includes("\n")) {
        this.receber(motivo.split("\n"));
        motivo = null;
      }
      const total = this.testes.childElementCount;
      const conta = `${this.testes.querySelectorAll(".ok").length} de ${total} testes passaram`;
      const resolvido = Boolean(exercicio) && certo && total > 0;
      const terminou = {
        testar: total ? `${certo ? "✔ " : "✘ "}${resolvido ? "Resolvido: " : ""}${conta}` : "✘ não compila",
        servir: certo ? "no ar" : "não ficou no ar",
        definir: "vale nesta página",
        enviar: this.agora.hidden ? "respondeu sem corpo; com -i você vê os cabeçalhos" : "pronto",
      };
      const duracao = segundos >= 0.1 ? ` em ${segundos.toFixed(1).replace(".", ",")} s` : "";
      this.estado.textContent = `${motivo ?? terminou[tipo] ?? (certo ? "pronto" : "terminou com um erro")}${duracao}`;
      // Uma recusa pode ser a lição: só um teste passa ou falha.
      this.raiz.classList.toggle("certo", certo);
      this.raiz.classList.toggle("errado", tipo === "testar" && !certo);
      this.recolherAGravada();
      if (exercicio) {
        document.dispatchEvent(new CustomEvent("exercicio", { detail: { pacote: exercicio, resolvido } }));
      }
    }

    // O que a página mostrava passa para uma dobra: as duas saídas são quase iguais.
    recolherAGravada() {
      const gravada = this.raiz.nextElementSibling;
      if (!this.agora.hidden && gravada?.matches("pre:has(> .language-text)")) {
        this.raiz.append(criar("details", { className: "viva-gravada" }, criar("summary", {}, "O que o livro gravou"), gravada));
      }
    }
  }

  const nome = criar("strong", {});
  const [abrir, raioX] = ["abrir", "Raio-X"].map((texto) => criar("a", { textContent: texto, target: "capitulo", rel: "noopener" }));
  const onde = abrir.appendChild(criar("span", {}));
  let [noAr, iniciado, deQuem, lido] = [null, null, null, 0];
  const deNovo = botao("↻", "reiniciar o capítulo no ar", () => pedir(`executar/${iniciado}`).then(perguntar));
  const tirar = botao("■", "parar o capítulo no ar", () => pedir("parar/capitulo").then(perguntar), "viva-parar");
  deNovo.append(criar("span", {}, " reiniciar"));
  tirar.append(criar("span", {}, " parar"));
  const faixa = criar("aside", { className: "viva-faixa", ariaLabel: "O que está no ar", hidden: true }, nome, abrir, raioX, deNovo, tirar);

  function mostrarCapitulo(capitulo, painel) {
    if (noAr && noAr !== painel && noAr.parar.hidden) { noAr.estado.textContent = "parou"; }
    if (painel) { painel.estado.textContent ||= "no ar"; }
    [noAr, iniciado] = [painel, capitulo?.bloco];
    faixa.hidden = !capitulo;
    document.documentElement.classList.toggle("com-faixa", Boolean(capitulo));
    const { pacote, endereco, log, processo } = capitulo ?? { pacote: "", endereco: ENDERECO };
    nome.textContent = pacote;
    [abrir.href, raioX.href, onde.textContent] = [endereco, `${endereco}/raio-x`, endereco.replace("http://", " ")];
    // Os endereços do texto são os da porta de sempre.
    for (const ligacao of document.querySelectorAll(`main a[href^="${ENDERECO}"]`)) {
      Object.assign(ligacao, { href: ligacao.href.replace(ENDERECO, endereco), target: "capitulo" });
    }
    // De outro processo, o que já se leu não conta.
    if (processo !== deQuem) {
      [lido, deQuem] = [0, processo];
    } else if (log) {
      painel?.receber(log.trimEnd().split("\n"));
      lido = capitulo.lido;
    }
  }

  let [visto, desde, aberto, arquivos, mudou, atual] = [0, 0, false, null, false];
  async function atualizar() {
    const dele = [...paineis.values()].find(({ bloco }) => bloco.exercicio);
    const pergunta = new URLSearchParams({ visto, desde, lido, exercicio: dele?.bloco.exercicio ?? "" });
    const resposta = await fetch(`/viva/estado?${pergunta}`);
    const { trabalho, capitulo, arquivos: agora } = await resposta.json();
    const painel = paineis.get(trabalho?.bloco);
    if (trabalho && trabalho.numero !== visto) {
      if (atual !== painel) { atual?.perderOFim(); }
      [visto, desde, aberto, atual] = [trabalho.numero, 0, true, painel];
      painel?.limpar();
    }
    desde += trabalho?.eventos.length ?? 0;
    painel?.receber(trabalho.eventos);
    if (aberto && trabalho.fim) {
      aberto = false;
      painel?.fim(trabalho.fim);
    }
    // Depois do trabalho que o iniciou: o que o capítulo escreve vem embaixo.
    mostrarCapitulo(capitulo, paineis.get(capitulo?.bloco));
    // Um editor grava em mais de um passo: espera a volta em que nada muda.
    mudou ||= arquivos !== null && agora !== arquivos;
    if (mudou && agora && agora === arquivos && !aberto && (await dele.executar(true))) { mudou = false; }
    arquivos = agora ?? arquivos;
  }

  // Uma pergunta de cada vez, e só com a página à vista.
  let [relogio, perguntando] = [0, false];
  async function perguntar() {
    clearTimeout(relogio);
    if (perguntando || document.visibilityState !== "visible") { return; }
    perguntando = true;
    await atualizar().catch(() => {
      aberto = false;
      mostrarCapitulo(null);
      atual?.perderOFim();
    });
    perguntando = false;
    relogio = setTimeout(perguntar, aberto ? 60 : 500);
  }

  async function iniciar() {
    const resposta = await fetch(`/viva/pagina/${pagina}`);
    document.head.append(criar("link", { rel: "stylesheet", href: "/viva/viva.css" }));
    // O que se inicia ou se desfaz está às vezes no meio de uma frase.
    const codigos = [...document.querySelectorAll("main code")].filter(
      (codigo) => codigo.matches(".language-sh, .language-bash") || /^(cargo run -p ex|git restore chapters\/cap)[\w/-]+$/.test(codigo.textContent),
    );
    for (const bloco of await resposta.json()) {
      const codigo = codigos[bloco.numero];
      // O livro que se lê pode não ser mais o que está no ar.
      if (codigo && sem(codigo.textContent) === sem(bloco.texto)) {
        paineis.set(bloco.nome, new Painel(codigo, bloco));
      }
    }
    document.body.append(faixa);
    document.addEventListener("visibilitychange", perguntar);
    perguntar();
  }
  iniciar();
}
