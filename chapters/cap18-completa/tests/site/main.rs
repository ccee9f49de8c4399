//! O que o site promete, visto como um navegador o vê, e sem rede.
#![allow(clippy::unwrap_used, reason = "em um teste, parar é a resposta certa")]

mod apoio;
mod chaves;
mod concorrencia;
mod contas;
mod login;
mod minhas_sessoes;
mod navegador;
mod sessao;
mod validade;

teste::promessas!(apoio::aplicacao: casa, login, corpos, paginas, saida, dicionario);
