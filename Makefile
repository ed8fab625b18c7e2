# Two commands do everything: `make demo` and `make test`. They need Python 3.11+ and make.
PYTHON ?= python3
PORT ?= 8000
DATA ?= data
BIN := .venv/bin
RUNTIME := .venv/.runtime
DEVELOP := .venv/.develop
TRANSLATIONS := .venv/.translations
PROSE := README.md CONTRIBUTING.md changes docs
PIN = ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --custom-compile-command "make requirements"

export PENNYWHISTLE_PORT = $(PORT)

# Prerequisites are made from left to right: the environment first.
.NOTPARALLEL:
.PHONY: help demo test check drill laws simulate bench format messages translations requirements clean

help:
	@echo "make demo            the whole store with sample music: http://localhost:$(PORT)"
	@echo "                     PORT=8001 another port; DATA=folder another folder; FRESH=1 starts over"
	@echo "make test            all tests but the drills; ARGS='-k receipt' some of them"
	@echo "make drill           the slow ones: long journeys, kill -9 under load"
	@echo "make laws            all properties, with four times the examples"
	@echo "make simulate        a store by seed, with crashes between any two statements"
	@echo "                     SEED=7 from this seed on; STEPS=300 each; MINUTES=60 one after another"
	@echo "make check           formatter, linters, types, floors, templates, spelling, migrations"
	@echo "make bench NAME=…    one of: $(filter-out store,$(notdir $(basename $(wildcard benchmarks/*.py))))"
	@echo "make format          format the code and mend what can be mended"
	@echo "make messages        collect the texts to translate (needs GNU gettext)"
	@echo "make translations    compile the translations"
	@echo "make requirements    pin the requirements again, with hashes"
	@echo "make clean           delete the environment and caches; never the data"

demo: $(RUNTIME) $(TRANSLATIONS)
	@PENNYWHISTLE_MODE=demo PENNYWHISTLE_DATA="$(DATA)" \
	  PENNYWHISTLE_FRESH=$(if $(filter-out 0 no,$(FRESH)),yes,no) $(BIN)/pennywhistle serve

# Each worker, and each child that a test starts, would compile everything again without bytecode.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/pytest

# Half of the time tests wait: for a child, a server, the disk. So three at once on two cores.
test: $(DEVELOP) $(TRANSLATIONS)
	$(PYTEST) -n 3 --dist loadscope -m "not drill" $(ARGS)

# The slow drills: kill -9 and the like.
drill: $(DEVELOP) $(TRANSLATIONS)
	$(PYTEST) -n 2 --dist loadfile -m drill $(ARGS)

# All properties, with more examples than plain tests have time for.
laws: $(DEVELOP) $(TRANSLATIONS)
	$(PYTEST) -n 2 --dist loadfile -m "hypothesis and not drill" --hypothesis-profile thorough $(ARGS)

# The same seed does the same, also where something hangs on the order of a set.
simulate: $(DEVELOP) $(TRANSLATIONS)
	@PYTHONPATH=tests PYTHONHASHSEED=0 $(BIN)/python -m simulation.run $(if $(SEED),--seed $(SEED)) \
	  $(if $(STEPS),--steps $(STEPS)) $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

check: $(DEVELOP) $(TRANSLATIONS)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet src
	$(BIN)/codespell src tests benchmarks tools $(PROSE)
	PENNYWHISTLE_MODE=test DJANGO_SETTINGS_MODULE=pennywhistle.config.settings_test \
	  $(BIN)/django-admin makemigrations --check --dry-run

bench: $(DEVELOP) $(TRANSLATIONS)
	@test -f "benchmarks/$(NAME).py" || { echo "Say which: make bench NAME=checkout"; exit 2; }
	$(BIN)/python benchmarks/$(NAME).py $(ARGS)

format: $(DEVELOP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Collect the texts to translate (needs GNU gettext).
messages: $(DEVELOP) $(TRANSLATIONS)
	cd src/pennywhistle && PENNYWHISTLE_MODE=test \
	  DJANGO_SETTINGS_MODULE=pennywhistle.config.settings_test \
	  ../../$(BIN)/django-admin makemessages -l de -l ar --no-location --no-obsolete

translations: $(RUNTIME) $(TRANSLATIONS)

# What a store runs on is taken out of what it was tested with.
requirements: $(DEVELOP)
	cd requirements && $(PIN) develop.in -o develop.txt && $(PIN) -c develop.txt runtime.in -o runtime.txt

clean:
	rm -rf .venv .test-databases build .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests benchmarks tools -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUNTIME): requirements/runtime.txt pyproject.toml
	$(call install,runtime)

$(DEVELOP): requirements/develop.txt pyproject.toml
	$(call install,develop)

# Links the checkout into the environment too, so that one that was moved works again.
$(TRANSLATIONS): tools/link.py $(wildcard src/pennywhistle/locale/*/LC_MESSAGES/django.po)
	@$(BIN)/python tools/link.py
	@touch $@

# The program itself is used from src: a path file in the environment instead of a build.
define install
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or later is needed; say which: make PYTHON=python3.12 …"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what the store needs (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements/$(1).txt
	@touch $@
endef
