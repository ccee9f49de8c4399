"""A lição original em Flask: é dela que o livro tira os trechos em Python."""

# ANCHOR: importar
from flask import Flask, session, render_template, redirect, url_for
# ANCHOR_END: importar
from flask import abort, make_response, request
from datetime import timedelta
from functools import wraps
from markupsafe import escape
import os
import secrets

# ANCHOR: chave
app = Flask(__name__)
app.secret_key = os.environ.get("SECRET_KEY") or secrets.token_hex(32)
# ANCHOR_END: chave

# ANCHOR: rotacao
anteriores = os.environ.get("SECRET_KEY_FALLBACKS", "")
app.config["SECRET_KEY_FALLBACKS"] = anteriores.split()
# ANCHOR_END: rotacao

# ANCHOR: servidor
from cachelib.file import FileSystemCache
from flask_session import Session

if pasta := os.environ.get("PASTA_DAS_SESSOES"):
    app.config["SESSION_TYPE"] = "cachelib"
    app.config["SESSION_CACHELIB"] = FileSystemCache(pasta)
    Session(app)
# ANCHOR_END: servidor

# ANCHOR: https
if os.environ.get("HTTPS"):
    app.config["SESSION_COOKIE_NAME"] = "__Host-session"
    app.config["SESSION_COOKIE_SECURE"] = True
# ANCHOR_END: https


@app.route("/")
def index():
    return redirect(url_for("login"))


@app.route("/login")
def login():
    return render_template("login.html")


# ANCHOR: armazenar
@app.route("/login_submit", methods=["POST"])
def login_submit():
    username = request.form.get("username")
    password = request.form.get("password")
    if username == "admin" and password == "123":
        # ANCHOR: tres_linhas
        session["username"] = "admin"
        session["user_id"] = 12345
        session["role"] = "admin"
        # ANCHOR_END: tres_linhas
        return redirect(url_for("dashboard"))
    return "Login inválido", 401
# ANCHOR_END: armazenar


# ANCHOR: recuperar
@app.route("/dashboard")
def dashboard():
    if "username" in session:
        username = session["username"]
        user_id = session.get("user_id")
        return f"Bem-vindo, {username}! Seu ID é: {user_id}"
    return redirect(url_for("login"))


@app.route("/perfil")
def perfil():
    if "username" not in session:
        return redirect(url_for("login"))
    role = session.get("role", "visitante")
    return f"Seu perfil. Cargo: {role}"
# ANCHOR_END: recuperar


# ANCHOR: remover
@app.route("/remover_cargo", methods=["POST"])
def remover_cargo():
    session.pop("role", None)
    return redirect(url_for("perfil"))


@app.route("/logout")
def logout():
    session.clear()
    return redirect(url_for("login"))
# ANCHOR_END: remover


# ANCHOR: carrinho
@app.route("/carrinho", methods=["POST"])
def adicionar():
    produtos = session.get("carrinho", [])
    produtos.append(request.form["produto"])
    session["carrinho"] = produtos
    return redirect(url_for("carrinho"))
# ANCHOR_END: carrinho


@app.route("/carrinho")
def carrinho():
    produtos = session.get("carrinho", [])
    itens = [f"<li>{escape(produto)}</li>" for produto in produtos]
    return "\n".join(itens) or "Seu carrinho está vazio."


# ANCHOR: validade
app.permanent_session_lifetime = timedelta(days=30)


@app.route("/lembrar", methods=["POST"])
def lembrar():
    session.permanent = True
    return redirect(url_for("perfil"))
# ANCHOR_END: validade


# Um teste encurta o prazo com FLASK_PERMANENT_SESSION_LIFETIME.
app.config.from_prefixed_env()


# ANCHOR: proteger
def login_required(rota):
    @wraps(rota)
    def conferida():
        if "username" not in session:
            abort(401)
        return rota()

    return conferida


@app.route("/admin")
@login_required
def admin():
    if session.get("role") != "admin":
        abort(403)
    return "Só quem tem o cargo admin vê esta página."
# ANCHOR_END: proteger


# ANCHOR: senhas
from werkzeug.security import check_password_hash, generate_password_hash

CONTAS = {"maria": generate_password_hash("456")}


def conferir(username, password):
    guardado = CONTAS.get(username)
    return guardado is not None and check_password_hash(guardado, password)
# ANCHOR_END: senhas


# ANCHOR: navegador
@app.route("/meu_apelido")
def meu_apelido():
    resposta = make_response(escape(session.get("apelido", "Nenhum.")))
    resposta.headers["Cache-Control"] = "no-store"
    resposta.headers["Content-Security-Policy"] = "default-src 'self'"
    return resposta
# ANCHOR_END: navegador


# ANCHOR: formularios
def token():
    if "csrf" not in session:
        session["csrf"] = secrets.token_hex(16)
    return session["csrf"]


@app.route("/apelido", methods=["GET", "POST"])
def apelido():
    if request.method == "POST":
        recebido = request.form.get("csrf", "")
        if not secrets.compare_digest(recebido.encode(), token().encode()):
            abort(403)
        session["apelido"] = request.form["apelido"]
    return f'<input type="hidden" name="csrf" value="{token()}">'
# ANCHOR_END: formularios


@app.route("/dicionario")
def dicionario():
    session["role"] = "admin"
    tinha = "role" in session
    lido = session["role"]
    del session["role"]
    padrao = session.get("role", "visitante")
    removido = session.pop("role", None)
    return {
        "tinha": tinha,
        "lido": lido,
        "padrao": padrao,
        "removido": removido,
    }
