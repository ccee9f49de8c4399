// O que falta ao mdBook para quem lê pelo teclado ou por um leitor de telas.
document.querySelector("#mdbook-sidebar .active")?.setAttribute("aria-current", "page");

// Só depois do book.js, que precisa mostrar o sumário antes de a caixa mudar.
addEventListener("DOMContentLoaded", () => {
  const caixa = document.getElementById("mdbook-sidebar-toggle-anchor");
  document.getElementById("mdbook-sidebar-toggle").addEventListener("click", () => caixa.click());
});

// Sem entrar na ordem do Tab, o que rola para o lado só se leria com o mouse.
const medida = new ResizeObserver((blocos) => {
  for (const { target: bloco } of blocos) {
    if (bloco.scrollWidth > bloco.clientWidth) {
      bloco.tabIndex = 0;
      bloco.setAttribute("role", "group");
      bloco.ariaLabel = bloco.matches("code") ? `Código: ${nomeDoBloco(bloco)}` : "Tabela";
    } else {
      ["tabindex", "role", "aria-label"].forEach((nome) => bloco.removeAttribute(nome));
    }
  }
});
document.querySelectorAll("main pre > code, main .table-wrapper").forEach((bloco) => medida.observe(bloco));

// O que está dobrado na tela também sai no papel, menos na folha do aluno.
addEventListener("beforeprint", () => {
  document.querySelectorAll("html:not(.folha) details").forEach((dobra) => { dobra.open = true; });
});

// Do teclado se chega a um título pelo sumário: a âncora de cada um só atrasaria o Tab.
document.querySelectorAll("main a.header").forEach((ancora) => { ancora.tabIndex = -1; });

// A ajuda recebe o foco quando abre e o devolve quando fecha; enquanto isso, o resto da página espera.
const ajuda = document.getElementById("mdbook-help-container");
let antes = null;
new MutationObserver(() => {
  const aberta = ajuda.style.display === "flex";
  if (aberta === Boolean(antes)) {
    return;
  }
  const volta = antes;
  antes = aberta ? document.activeElement : null;
  document.getElementById("mdbook-body-container").inert = aberta;
  (aberta ? document.getElementById("mdbook-help-popup") : volta).focus();
}).observe(ajuda, { attributeFilter: ["style"] });
