// O que as páginas ganham depois de carregar. Sem isto, o livro se lê do mesmo jeito, com menos conforto.
const COMANDOS = ".language-sh, .language-bash, .language-powershell, .language-bat";

// Antes de o highlight.js pintar o código: o recuo que um trecho traz de onde foi tirado, e o nome do arquivo.
for (const codigo of document.querySelectorAll("main pre > code")) {
  const linhas = codigo.textContent.split("\n");
  const recuos = linhas.filter((linha) => linha.trim()).map((linha) => linha.search(/\S/));
  const recuo = Math.min(...recuos);
  if (recuo > 0 && recuo < Infinity && !codigo.matches(".language-text, .language-diff")) {
    codigo.textContent = linhas.map((linha) => linha.slice(recuo)).join("\n");
  }
  const arquivo = [...codigo.classList].find((classe) => classe.startsWith("arquivo-"))?.slice(8);
  if (arquivo) {
    const nome = document.createElement("span");
    nome.className = "arquivo";
    nome.textContent = arquivo;
    codigo.before(nome);
  }
  // No papel, só um bloco longo se divide entre duas folhas.
  codigo.parentElement.classList.toggle("longo", linhas.length > 12);
  if (codigo.matches(".ingles")) {
    codigo.lang = "en";
  }
}

// O nome de um bloco, para o botão que o copia e para o leitor de telas.
function nomeDoBloco(codigo) {
  const arquivo = codigo.parentElement.querySelector(".arquivo")?.textContent;
  if (arquivo || !codigo.matches(COMANDOS)) {
    return arquivo ?? "o trecho";
  }
  const linhas = codigo.textContent.trim().split("\n");
  return linhas.length > 1 ? "os comandos" : `o comando ${linhas[0]}`;
}

// Em uma resposta: o que se procura, o que se repete em todas, e o que deu certo ou errado.
const REALCES = Object.entries({
  forte: /^(HTTP\/.*|(set-cookie|location|retry-after): [^=;]*| +→ .*| *(Esperado|Veio|Olhe|Warning):)/,
  apagado: /^((content-(type|length)|date|server|permissions-policy|x-content-type-options): .*|x-frame-options: SAMEORIGIN|…|(note: run with|thread 'main'|running \d|---- ).*)$/,
  certo: /^(O ataque falhou|A falha não aparece mais)\.$|(?<= \.\.\. )ok$|^test result: ok/,
  errado: /^(O ataque funcionou|A falha aparece)\.$|(?<= \.\.\. )FAILED$|^test result: FAILED|^(Error|erro):/,
});

// O mesmo texto, com cada linha realçada.
function realcar(texto) {
  return texto.split(/(\n)/).flatMap((linha) => {
    const [className, padrao] = REALCES.find(([, um]) => um.test(linha)) ?? [];
    if (!padrao) {
      return linha;
    }
    const { 0: textContent, index } = padrao.exec(linha);
    const realce = Object.assign(document.createElement("span"), { className, textContent });
    return [linha.slice(0, index), realce, linha.slice(index + textContent.length)];
  });
}

// Depois do book.js, que reescreve os blocos.
addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("main pre > .language-text").forEach((saida) => saida.replaceChildren(...realcar(saida.textContent)));

  // Cada comando com o seu sinal, que fica fora do que se copia.
  for (const codigo of document.querySelectorAll(`main pre > code:is(${COMANDOS})`)) {
    const linhas = codigo.textContent.trimEnd().split("\n").map((linha) => {
      const comando = document.createElement("span");
      comando.className = "comando";
      comando.append(...linha.split(/(\s-\S*)/).map((parte, ordem) => {
        if (ordem % 2 === 0) {
          return parte;
        }
        // Uma opção não se parte no hífen.
        const opcao = document.createElement("span");
        opcao.className = "junto";
        opcao.textContent = parte;
        return opcao;
      }));
      return comando;
    });
    codigo.replaceChildren(...linhas);
  }

  // Um nome curto, como #[launch], não se parte no fim da linha.
  for (const codigo of document.querySelectorAll("main :not(pre) > code")) {
    codigo.classList.toggle("junto", codigo.textContent.length <= (codigo.closest("td") ? 16 : 26));
  }

  // Na ficha, o nome de cada fato fica em cima dele, e não precisa dos dois-pontos.
  for (const nome of document.querySelectorAll(".ficha strong")) {
    nome.textContent = nome.textContent.replace(/:$/, "");
  }

  // Nem “capítulo 6”, que perderia o número.
  for (const ligacao of document.querySelectorAll("main a")) {
    ligacao.classList.toggle("junto", /^capítulo \d+$/.test(ligacao.textContent));
  }

  // Quantos testes há em cada dobra de provas.
  for (const provas of document.querySelectorAll("details.provas")) {
    const nomes = [...provas.querySelectorAll("code")].map((codigo) => codigo.textContent);
    const testes = new Set(nomes.filter((nome) => /^[a-z0-9]+(_[a-z0-9]+){3,}$/.test(nome)));
    if (testes.size > 0) {
      provas.querySelector("summary").append(` (${testes.size})`);
    }
  }

  // No celular, cada linha de uma tabela de três colunas ou mais é um cartão: a célula diz o nome da coluna.
  for (const tabela of document.querySelectorAll("main table")) {
    const titulos = [...tabela.querySelectorAll("th")].map((titulo) => titulo.textContent);
    if (titulos.length < 3) {
      continue;
    }
    tabela.classList.add("cartoes");
    // Sem os papéis, o leitor de telas deixaria de ver uma tabela no que o CSS mostra como cartões.
    tabela.setAttribute("role", "table");
    tabela.querySelectorAll("thead, tbody").forEach((grupo) => grupo.setAttribute("role", "rowgroup"));
    tabela.querySelectorAll("tr").forEach((linha) => linha.setAttribute("role", "row"));
    tabela.querySelectorAll("th").forEach((titulo) => titulo.setAttribute("role", "columnheader"));
    tabela.querySelectorAll("td").forEach((celula) => {
      celula.setAttribute("role", "cell");
      celula.dataset.rotulo = titulos[celula.cellIndex];
    });
  }

  // O sumário da página, que o toc.js põe no do livro, passa para a direita onde há lugar.
  // O glossário já tem as letras.
  const secoes = document.querySelector("body:not(:has(.letras)) .on-this-page");
  const direita = document.querySelector(".nesta-pagina");
  if (secoes && direita) {
    const noLivro = secoes.previousElementSibling;
    const larga = matchMedia("(min-width: 1360px)");
    const arrumar = () => {
      direita.hidden = !larga.matches;
      larga.matches ? direita.append(secoes) : noLivro.after(secoes);
    };
    larga.addEventListener("change", arrumar);
    arrumar();
  }
});

// A folha do aluno e o livro inteiro vão logo para a impressora.
if (document.documentElement.matches(".folha")) {
  const criar = (nome, dados) => Object.assign(document.createElement(nome), dados);
  document.querySelector("html:not(.livro-inteiro) main")?.prepend(criar("p", { className: "nome", textContent: "Nome e turma:" }));
  // Onde a página responde, a folha tem linhas para escrever: duas para cada resposta.
  for (const dobra of document.querySelectorAll("html:not(.livro-inteiro) main :is(details:not(.pergunta details), .pergunta)")) {
    if (dobra.matches(".pergunta") || /^(Resposta|O que você deve ter visto)$/.test(dobra.firstElementChild.textContent)) {
      const respostas = dobra.querySelectorAll(":scope > ol > li").length || 1;
      const linhas = criar("div", { className: "linhas" });
      linhas.append(...Array.from({ length: 2 * respostas }, () => criar("div")));
      dobra.matches(".pergunta") ? dobra.append(linhas) : dobra.after(linhas);
    }
  }
  addEventListener("load", () => setTimeout(print, 100));
}
