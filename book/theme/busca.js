// A busca do livro. Do mdBook ficam a caixa, a lista e os textos. O índice dele segue as regras do inglês e só acha
// palavras escritas do mesmo jeito, por isso é aqui que se acha, se ordena e se resume.
const prepararBusca = () => {
  // Um assunto por linha: o começo do endereço em que ele é explicado e as palavras com que se procura por ele, das quais
  // basta o começo. Procurar uma acha também as outras.
  const ASSUNTOS = `
    cap02-chave: chave secreta, sessao some, sessao sumiu, secret key, gerar chave, gerar a chave, criar chave
    cap03-armazenar: login, log in, httponly, http only, add private, set cookie, criar cookie
    cap04-recuperar: session get, get private, keyerror, ler cookie, ler o cookie, ler a sessao
    cap05-logout: logout, sair, saida, logoff, log out, sign out, desconect, desloga, remover a sessao, apagar a sessao, session clear
    cap06-dicionario: carrinho, dicionario, dict, emenda, splicing
    cap07-tamanho: 4096, 4 kb, cookie grande, cookie cheio, tamanho do cookie, tamanho maximo, limite do cookie, 413, cookie some, cookie sumiu
    cap08-validade: expir, validade, vencer, prazo, timeout, time out, max age, inatividade, permanent session, session permanent
    cap09-guardas: login required, proteger pagina, proteger rota, pagina protegida, autoriza, permissao
    cap10-senhas: argon, hash de senha, guardar senha, senha em claro, password, bcrypt, scrypt, vazamento
    cap11-tentativas: tentativa, forca bruta, brute force, bruteforce, rate limit, limiter, adivinhar a senha, 429
    cap12-formularios: csrf, xsrf, outro site, formulario forjado, requisicao forjada, forgery, samesite, same site, cross site, flask wtf
    cap13-navegador: cache, cookie seguro, https, host, no store, botao voltar
    cap14-rotacao: rotacao, rotacionar, rotation, trocar chave, trocar a chave, mudar a chave, chave vazou, chave anterior, fallback
    cap15-servidor: sessao no servidor, server side, lado do servidor, armazenamento no servidor, reuso, replay
    cap16-banco: sqlite, banco de dados, database, flask session, sobrevive ao reinicio
    cap17-concorrencia: concorrencia, race condition, condicao de corrida, duas abas, mudanca perdida, lost update, ao mesmo tempo
    em-producao: producao, deploy, implanta, nginx, systemd, publicar, hospeda, proxy, redis, memcached, postgres
    laboratorio: decodifica, descriptografar o cookie, abrir o cookie
    glossario.html#sequestro: sequestro, roubo, roubar, hijack, session hijack, copia do cookie, cookie copiado, cookie roubado
    glossario.html#fixacao: fixacao, session fixation, fixation
    glossario.html#xss: xss, cross site scripting, injeta javascript, script injetado
    glossario.html#jwt: jwt, json web token, token assinado, itsdangerous
    glossario.html#horario: horario, timestamp, carimbo de hora, segundos desde 1970
    glossario.html#sessao: sessao, session
    -: f5, recarrega, reload, refresh`;

  // O que quase toda pergunta traz e nenhuma página explica.
  const VAZIAS = new Set(`a o as os um uma uns umas de do da dos das no na nos nas em e ou que se ao aos com por pelo pela pra para como
    qual quais quando onde porque meu minha meus seu sua eu me isso isto este esta esse essa ele ela ser e sao fica mais muito demais faz faco fazer usar
    the of to in on is how what flask rocket rust`.split(/\s+/));

  const dobrar = (texto) => texto.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  // O que o singular, o plural, o infinitivo e o particípio têm em comum.
  const raiz = (palavra) => palavra.replace(/oes$/, "ao").replace(/(?<=..[aeo])is$/, "l").replace(/(?<=[rz])es$|(?<=..[^si])s$/, "")
    .replace(/(?<=...[aei])(r|d[oa])$/, "");
  // Separar no sublinhado deixa achar ROCKET_SECRET_KEY por secret_key. Com um espaço no começo, “ sair” é um começo de palavra.
  const separar = (texto) => dobrar(texto).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const normal = (palavras) => ` ${palavras.map(raiz).join(" ")} `;

  const assuntos = ASSUNTOS.trim().split("\n").map((linha) => {
    const [onde, palavras] = linha.trim().split(": ");
    return { onde, palavras: palavras.split(", ").map((palavra) => normal(separar(palavra)).trimEnd()) };
  });
  // As de mais palavras antes: “session fixation” vem antes de “session”.
  const juntas = assuntos.flatMap((assunto) => assunto.palavras.map((palavra) => ({ palavra, assunto })))
    .sort((uma, outra) => outra.palavra.length - uma.palavra.length);

  // O que se procura, ideia por ideia: as palavras digitadas, as outras que dizem o mesmo e onde isso é explicado.
  const entender = (termos) => {
    const todas = separar(termos);
    const cheias = todas.filter((palavra) => !VAZIAS.has(palavra));
    const ideias = [];
    let resto = normal(todas);
    for (const { palavra, assunto } of juntas) {
      if (palavra.lastIndexOf(" ") > 0 && resto.includes(palavra)) {
        ideias.push({ ...assunto, digitada: palavra });
        resto = resto.replace(palavra, " ");
      }
    }
    resto = resto.split(" ");
    for (const palavra of normal(cheias.length ? cheias : todas).trim().split(" ").map((uma) => ` ${uma}`)) {
      // O que uma ideia de mais palavras já levou não se procura de novo.
      if (!resto.includes(palavra.trim())) { continue; }
      const igual = ({ palavra: outra }) => palavra.startsWith(outra) || (palavra.length > 5 && !outra.includes(" ", 1) && outra.startsWith(palavra));
      ideias.push({ palavras: [], ...juntas.find(igual)?.assunto, digitada: palavra });
    }
    return ideias;
  };

  const vezes = (texto, palavra) => texto.split(palavra).length - 1;
  // Uma palavra inteira vale mais que um começo, e a digitada mais que outra que diz o mesmo.
  const quanto = (texto, { digitada, palavras }) => vezes(texto, `${digitada} `) + vezes(texto, digitada)
    + palavras.reduce((soma, palavra) => soma + vezes(texto, palavra), 0) / 2;

  let ideias = [];
  const marcada = (texto) => ideias.some(({ digitada, palavras }) => [...digitada.trim().split(" ").map((uma) => ` ${uma}`), ...palavras]
    .some((palavra) => normal(separar(texto)).includes(palavra)));
  // É com ela que o searcher.js decide o que destacar: o que não se procura nunca é o começo de outra palavra.
  let outras = 0;
  elasticlunr.stemmer = (texto) => marcada(texto) ? "*" : `${outras += 1};`;
  // Na página que se abre, o destaque é o que se digitou, sem “como” nem “de”; se não está nela, o que diz o mesmo.
  const Original = window.Mark;
  window.Mark = function Mark(onde) {
    const marcador = new Original(onde);
    const { mark } = marcador;
    marcador.mark = (palavras, ajustes) => {
      const procuradas = entender(palavras.join(" "));
      for (const lista of [procuradas.map(({ digitada }) => digitada), procuradas.flatMap((ideia) => ideia.palavras)]) {
        if (!onde.querySelector("mark")) {
          mark(lista.map((uma) => uma.trim()), { ...ajustes, accuracy: "complementary", separateWordSearch: false });
        }
      }
    };
    return marcador;
  };

  // Um trecho que se lê: a frase com mais do que se procura e, se couberem, as seguintes. Código, saídas, tabelas, figuras
  // e a ficha não são frases; uma alternativa de pergunta é, mas pode ser falsa.
  const foraDoTrecho = /[{}=;→<]|\/\/\/|@app|::|->|#\[|cargo |curl |^(Objetivo|Tempo|Ponto de partida|Em inglês)|[^.!?)”]$|(\S+\s+){45}/;
  const ALTERNATIVA = /Antes de seguir\.|[^.!?\n]+[.!?]?\s+(Ainda não|Certo)\./g;
  const resumir = (texto) => {
    const frases = texto.replace(ALTERNATIVA, " ").split(/(?<=[.!?])\s+|\n/).map((frase) => frase.trim()).filter((frase) => /\w\w/.test(frase));
    const notas = frases.map((frase) => ideias.filter((ideia) => quanto(normal(separar(frase)), ideia)).length - (foraDoTrecho.test(frase) ? 1.5 : 0));
    let qual = notas.indexOf(Math.max(...notas));
    const palavras = (frases[qual] ?? "").split(/\s+/);
    const inicio = palavras.length > 28 ? Math.max(0, palavras.findIndex(marcada) - 8) : 0;
    while (frases[qual += 1] && !foraDoTrecho.test(frases[qual]) && palavras.length + frases[qual].split(/\s+/).length <= 28) {
      palavras.push(...frases[qual].split(/\s+/));
    }
    return `${inicio ? "… " : ""}${palavras.slice(inicio, inicio + 28).join(" ")}${inicio + 28 < palavras.length ? " …" : ""}`;
  };

  // O searcher.js carrega o índice por aqui; dele só aproveitamos os textos.
  elasticlunr.Index.load = ({ documentStore: { docs } }) => {
    const enderecos = window.search.doc_urls.map((endereco) => dobrar(endereco));
    let [arquivo, pagina] = [];
    const secoes = Object.entries(docs).map(([ref, { title, breadcrumbs, body }]) => {
      // O nome de um teste é uma frase com sublinhados, que ninguém procura.
      const texto = body.replace(/Testes que (provam|mostram) isto|\b[a-z0-9]+(_[a-z0-9]+){4,},?/g, " ");
      const [endereco, tudo] = [enderecos[ref], normal(separar(`${breadcrumbs} ${texto}`))];
      const primeira = arquivo !== (arquivo = endereco.split("#")[0]);
      if (primeira) { pagina = normal(separar(breadcrumbs)); }
      return {
        ref, endereco, primeira, texto, pagina, tudo,
        titulo: normal(separar(title)),
        // Estas seções se repetem em todos os capítulos, e não explicam nenhum assunto.
        peso: /^(O que mudou|Exercício|Quebre de propósito|Testes)/.test(title) ? 0.5 : 1,
        doc: { title, breadcrumbs: breadcrumbs === `${title} » ${title}` ? title : breadcrumbs },
      };
    });
    const explicada = ({ endereco }, { onde }) => onde && endereco.startsWith(onde);
    const pontuar = (secao, ideia, raridade) => {
      const { primeira, pagina, peso, texto } = secao;
      const [titulo, corpo] = [secao.titulo, secao.tudo].map((texto) => quanto(texto, ideia));
      const assunto = explicada(secao, ideia) ? (primeira || ideia.onde.includes("#") ? 6 : 1) : 0;
      // Um título sem texto só anuncia as seções dele.
      if ((!corpo && !assunto) || !texto.trim()) { return 0; }
      const noTitulo = Math.min(titulo, 2) * (primeira ? 2 : 1) + (pagina.includes(ideia.digitada) ? 0.5 : 0);
      return raridade * peso * (corpo / (corpo + 3) + noTitulo + assunto);
    };
    const search = (termos) => {
      ideias = entender(termos);
      const raridade = (ideia) => Math.log(1 + secoes.length / (1 + secoes.filter(({ tudo }) => quanto(tudo, ideia)).length));
      const raridades = ideias.map(raridade);
      const achados = secoes.map((secao) => {
        const notas = ideias.map((ideia, qual) => pontuar(secao, ideia, raridades[qual]));
        return { secao, quantas: notas.filter(Boolean).length, nota: notas.reduce((soma, nota) => soma + nota, 0) };
      });
      // Se nenhuma seção traz tudo, valem as que trazem mais, e sempre a página que explica uma das ideias.
      const maximo = Math.max(1, ...achados.map(({ quantas }) => quantas));
      const vale = ({ quantas, secao }) => quantas === maximo || (secao.primeira && ideias.some((ideia) => explicada(secao, ideia)));
      const daPagina = {};
      // O que só cita a palavra, ao lado de uma página que a explica, não ajuda.
      const pouco = Math.max(...achados.map(({ nota }) => nota)) / 15;
      return achados.filter((um) => vale(um) && um.nota >= pouco).sort((um, outro) => outro.nota - um.nota)
        // Três seções bastam para dizer que a página é aquela.
        .filter(({ secao: { pagina } }) => (daPagina[pagina] = (daPagina[pagina] ?? 0) + 1) <= 3)
        .map(({ secao: { ref, doc, texto }, nota }, qual) => ({ ref, score: nota, doc: { ...doc, body: qual < 20 ? resumir(texto) : "" } }));
    };
    return { search };
  };
};

// Os scripts do mdBook pesam mais que este, e só vêm quando alguém procura algo ou abre um resultado.
if (window.scripts_da_busca) {
  const [botao, caixa, moldura] = ["search-toggle", "searchbar", "search-wrapper"].map((nome) => document.getElementById(`mdbook-${nome}`));
  // O book.js pergunta, para que as teclas digitadas na caixa não sejam atalhos.
  window.search = { hasFocus: () => document.activeElement === caixa };
  const carregar = async () => {
    for (const src of window.scripts_da_busca) {
      // O searcher.js, que é o último, lê o índice assim que chega.
      if (src === window.scripts_da_busca.at(-1)) { prepararBusca(); }
      await new Promise((onload) => { document.head.append(Object.assign(document.createElement("script"), { src, onload })); });
    }
  };
  const abrir = async () => {
    document.removeEventListener("keydown", teclar);
    moldura.classList.remove("hidden");
    caixa.focus();
    await carregar();
    // O searcher.js começa fechado. O que já se digitou fica, com o cursor no fim.
    botao.click();
    caixa.setSelectionRange(caixa.value.length, caixa.value.length);
  };
  const teclar = (evento) => {
    const { key, ctrlKey, altKey, metaKey, target } = evento;
    if (["s", "/"].includes(key) && !ctrlKey && !altKey && !metaKey && !target.matches("input, textarea, select")) {
      evento.preventDefault();
      botao.click();
    }
  };
  if (/[?&](search|highlight)=/.test(location.search)) {
    carregar();
  } else {
    botao.addEventListener("click", abrir, { once: true });
    document.addEventListener("keydown", teclar);
  }
}
