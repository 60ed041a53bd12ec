# One command each. They install what they need into .venv, once per change of the requirements.
PYTHON ?= python3
PORT ?= 8000
SIMULATOR_PORT ?= 9000
APP_PORT ?= 9001
BIN := .venv/bin
RUNTIME := .venv/.requirements
DEV := .venv/.requirements-dev
JUDGES := .venv-judges/.requirements

.PHONY: help demo test judges check bench format serve pictures failures messages requirements
help:
	@echo "make demo   a running site, with simulated providers before it and an app behind it"
	@echo "make test   everything that passes on a bare machine"
	@echo "make judges installs apps that are not ours, for the tests that sign in to them"
	@echo "make check  format, lint, types, templates, migrations, deploy check"
	@echo "make bench  what a sign-in costs, beside django-allauth, better-auth and Auth.js; ten minutes"
	@echo "make messages  collects the texts for translators, and compiles what they wrote"
	@echo "make serve  the production server, with the settings of the environment"

demo: $(RUNTIME)
	@PORT=$(PORT) SIMULATOR_PORT=$(SIMULATOR_PORT) APP_PORT=$(APP_PORT) exec $(BIN)/python -m config.demo

bench: $(DEV)
	$(BIN)/python -m bench $(ARGS)

serve: $(RUNTIME)
	@PORT=$(PORT) exec $(BIN)/python -m config.serve

test: $(DEV)
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

judges: $(JUDGES)

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	DEBUG=true $(BIN)/mypy
	$(BIN)/djlint --check --lint --quiet templates simulator/templates
	git ls-files -z -- '*.html' | xargs -0 $(BIN)/djade --check --target-version 5.2
	DEBUG=true $(BIN)/python manage.py makemigrations --check --dry-run
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
	ENCRYPTION_KEYS=$$($(BIN)/python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())') \
	BASE_URL=https://signet.example $(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djlint --reformat --quiet templates simulator/templates || true
	git ls-files -z -- '*.html' | xargs -0 $(BIN)/djade --target-version 5.2

pictures: $(RUNTIME)
	DEBUG=true $(BIN)/python manage.py shell --no-imports --verbosity 0 --command \
	  'from attempts.drawing import diagram_file; print(diagram_file(), end="")' \
	  > docs/pictures/how-sign-in-works.svg

messages: $(RUNTIME)
	DEBUG=true $(BIN)/python -m config.messages $(ARGS)

failures: $(RUNTIME)
	DEBUG=true $(BIN)/python manage.py shell --no-imports --verbosity 0 --command \
	  'from diagnosis.failures_doc import write; write()'

requirements: $(DEV)
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras \
	  --no-annotate --custom-compile-command 'make requirements' pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras \
	  --no-annotate --custom-compile-command 'make requirements' pyproject.toml --group dev -o requirements-dev.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras \
	  --no-annotate --custom-compile-command 'make requirements' --group judges -o tests/judges/apps/requirements.txt

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Signet needs Python 3.11 or newer; this is %s. Try: make PYTHON=python3.12" % sys.version.split()[0])'
	$(PYTHON) -m venv .venv

$(RUNTIME): requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $(RUNTIME) $@

$(JUDGES): tests/judges/apps/requirements.txt | $(DEV)
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-judges
	$(BIN)/uv pip install --quiet --python .venv-judges/bin/python --require-hashes -r tests/judges/apps/requirements.txt
	@touch $@
