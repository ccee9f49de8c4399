// A busca sem acentos, sem maiúsculas e sem as regras do inglês com que o mdBook faz o índice.
if (window.elasticlunr) {
  const dobrar = (texto) => texto.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  // Uma palavra vazia, ao lado de uma aspa, faria a busca por todas as palavras não achar nada.
  const palavra = (texto) => dobrar(texto) || undefined;
  elasticlunr.Pipeline.registerFunction(palavra, "palavra");
  // Separar no sublinhado deixa achar ROCKET_SECRET_KEY por secret_key.
  elasticlunr.tokenizer.setSeperator(/[^\p{L}\p{M}\p{N}]+/u);

  // O searcher.js carrega o índice por aqui; dele só aproveitamos os textos.
  elasticlunr.Index.load = ({ documentStore: { docs }, fields, ref }) => {
    const indice = new elasticlunr.Index();
    indice.pipeline.add(palavra);
    indice.setRef(ref);
    fields.forEach((campo) => indice.addField(campo));
    for (const secao of Object.values(docs)) {
      // O começo de uma página viria com o título dela duas vezes.
      if (secao.breadcrumbs === `${secao.title} » ${secao.title}`) {
        secao.breadcrumbs = secao.title;
      }
      // Com o título junto do texto, duas palavras podem estar uma em cada lugar.
      indice.addDoc({ ...secao, body: `${secao.breadcrumbs} ${secao.body}` });
    }
    indice.documentStore.docs = docs;
    // A página que tem as palavras no título vem antes das seções, cujos títulos se repetem pelo livro.
    indice.search = (termos, ajustes) => {
      const procuradas = elasticlunr.tokenizer(termos).map(dobrar);
      const daPagina = ({ doc: { title, breadcrumbs } }) =>
        !breadcrumbs.includes(" » ") && procuradas.every((termo) => dobrar(title).includes(termo));
      const achados = elasticlunr.Index.prototype.search.call(indice, termos, ajustes);
      return [...achados.filter(daPagina), ...achados.filter((achado) => !daPagina(achado))];
    };
    return indice;
  };

  // É com ela que o searcher.js decide que palavras destacar no resumo de cada resultado.
  elasticlunr.stemmer = (texto) => dobrar(texto).replace(/^(&[#\w]+;|[^\p{L}\p{N}])+/u, "") || texto;
}
