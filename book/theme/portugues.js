// Traduz o que searcher.js e book.js escrevem na página; o que é fixo já vem em português.
{
  const avisos = {
    "Copied!": "Copiado!",
    "Clipboard error!": "Não consegui copiar",
  };

  const contagem = (texto) =>
    texto
      .replace(/^No search results for '(.*)'\.$/s, "Nenhum resultado para “$1”.")
      .replace(/^1 search result for '(.*)':$/s, "1 resultado para “$1”:")
      .replace(/^(\d+) search results for '(.*)':$/s, "$1 resultados para “$2”:");

  const trocar = (elemento, texto) => {
    // Escrever o mesmo texto chamaria o observador de novo, sem fim.
    if (elemento.textContent !== texto) {
      elemento.textContent = texto;
    }
  };

  const traduzir = () => {
    for (const botao of document.querySelectorAll(".clip-button:not([title^=Copiar])")) {
      botao.title = `Copiar ${nomeDoBloco(botao.closest("pre").querySelector("code"))}`;
      botao.setAttribute("aria-label", botao.title);
    }
    for (const aviso of document.querySelectorAll(".tooltiptext")) {
      trocar(aviso, avisos[aviso.textContent] ?? aviso.textContent);
    }
    // Um <span> não pode ter nome; o resultado já se explica sem ele.
    for (const trecho of document.querySelectorAll(".teaser[aria-label]")) {
      trecho.removeAttribute("aria-label");
    }
    const cabecalho = document.getElementById("mdbook-searchresults-header");
    if (cabecalho) {
      trocar(cabecalho, contagem(cabecalho.textContent));
    }
  };

  // O observador age antes de o navegador desenhar: o texto em inglês não chega a aparecer.
  new MutationObserver(traduzir).observe(document.body, { childList: true, subtree: true });
}
