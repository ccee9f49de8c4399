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
      bloco.ariaLabel = bloco.matches("code") ? "Código" : "Tabela";
    } else {
      ["tabindex", "role", "aria-label"].forEach((nome) => bloco.removeAttribute(nome));
    }
  }
});
document.querySelectorAll("main pre > code, main .table-wrapper").forEach((bloco) => medida.observe(bloco));

// O que está dobrado na tela também sai no papel.
addEventListener("beforeprint", () => {
  document.querySelectorAll("details").forEach((dobra) => { dobra.open = true; });
});
