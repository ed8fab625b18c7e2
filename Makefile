# Two commands do everything: `make demo` and `make test`. They need Python 3.11+ and make.
PYTHON ?= python3
PORT ?= 8000
DATA ?= data
BIN := .venv/bin
RUNTIME := .venv/.runtime
DEVELOP := .venv/.develop

export PENNYWHISTLE_PORT = $(PORT)

.PHONY: demo test check drill bench format messages requirements clean

demo: $(RUNTIME)
	@PENNYWHISTLE_MODE=demo PENNYWHISTLE_DATA="$(abspath $(DATA))" \
	  PENNYWHISTLE_FRESH=$(if $(filter-out 0 no,$(FRESH)),yes,no) $(BIN)/pennywhistle serve

test: $(DEVELOP)
	$(BIN)/pytest -n 2 --dist loadscope -m "not drill" $(ARGS)

# The slow drills: kill -9, long properties.
drill: $(DEVELOP)
	$(BIN)/pytest -m drill $(ARGS)

check: $(DEVELOP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --check --lint --quiet src
	$(BIN)/codespell src docs tests benchmarks README.md
	PENNYWHISTLE_MODE=test DJANGO_SETTINGS_MODULE=pennywhistle.config.settings_test \
	  $(BIN)/django-admin makemigrations --check --dry-run

bench: $(DEVELOP)
	$(BIN)/python benchmarks/$(NAME).py $(ARGS)

format: $(DEVELOP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Collect the texts to translate (needs GNU gettext); they are compiled at set-up.
messages: $(DEVELOP)
	cd src/pennywhistle && PENNYWHISTLE_MODE=test \
	  DJANGO_SETTINGS_MODULE=pennywhistle.config.settings_test \
	  ../../$(BIN)/django-admin makemessages -l de -l ar --no-location --no-obsolete

requirements: $(DEVELOP)
	cd requirements && for name in runtime develop; do \
	  ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --custom-compile-command "make requirements" \
	    $$name.in -o $$name.txt || exit 1; done

$(RUNTIME): requirements/runtime.txt pyproject.toml
	$(call install,runtime)

$(DEVELOP): requirements/develop.txt pyproject.toml
	$(call install,develop)

# The program itself is used from src: a path file in the environment instead of a build.
define install
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what the store needs (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements/$(1).txt
	@$(BIN)/python tools/link.py
	@touch $@
endef
