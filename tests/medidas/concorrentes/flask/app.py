"""Flask com a `session` dele, no cookie: a página de um capítulo, nos mesmos templates.

CAPITULO=chapters/cap06-dicionario gunicorn --workers 2 app:app
"""

import os
import secrets
from pathlib import Path

from flask import Flask, redirect, render_template, session
from jinja2 import FunctionLoader

RAIZ = Path(__file__).resolve().parents[3]
CAPITULO = RAIZ / os.environ["CAPITULO"] / "templates"


def template(nome):
    pasta = RAIZ / "shared/templates" if nome == "base" else CAPITULO
    arquivo = pasta / f"{nome}.html.j2"
    return arquivo.read_text(encoding="utf-8") if arquivo.exists() else None


app = Flask(__name__)
# Sem a chave no ambiente, só com `--preload` os processos do gunicorn teriam a mesma.
app.secret_key = os.environ.get("SECRET_KEY") or secrets.token_hex(32)
app.jinja_loader = FunctionLoader(template)
# Pelo nome, sem `.html`, o Flask não saberia que é HTML.
app.select_jinja_autoescape = lambda nome: True


@app.route("/entrar")
def entrar():
    session["username"] = "admin"
    session["user_id"] = 12345
    session["role"] = "admin"
    return "Entrou."


@app.route("/dashboard")
def dashboard():
    if "username" not in session:
        return redirect("/login")
    username, user_id = session["username"], session.get("user_id")
    return render_template("dashboard", username=username, user_id=user_id)
